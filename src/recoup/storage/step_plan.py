"""What of a list of steps is to be run, given what an earlier run left behind. Pure.

A step's fingerprint is a hash over its statement, the values it takes and the fingerprints of all it reads, down to
the digests of what was attached before the first step. So a changed statement, value or input changes the
fingerprint of everything that follows from it, and of nothing else.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from recoup.errors import StorageProblem
from recoup.storage.dialect import ordering_of, parameters_of, tables_of
from recoup.storage.engine import Value
from recoup.storage.steps import Step

# `run` it; `keep` what an earlier run wrote; `leave` it out, as nothing that runs reads it.
Action = Literal["run", "keep", "leave"]


@dataclass(frozen=True, slots=True)
class Planned:
    """One step and what becomes of it.

    Attributes:
      parameters: Those of the run's parameters that its statement takes.
      fingerprint: Hash over everything that its rows follow from.
    """

    step: Step
    parameters: Mapping[str, Value]
    fingerprint: str
    action: Action


def planned(
    steps: Sequence[Step],
    inputs: Mapping[str, str],
    parameters: Mapping[str, Value],
    finished: Mapping[str, str],
    wanted: Collection[str] = (),
) -> list[Planned]:
    """Say of each step whether it is run, kept or left out.

    Args:
      steps: In an order in which each reads only earlier ones and inputs.
      inputs: What is attached already: its name to a digest of what it holds.
      parameters: Values by name, for all steps together.
      finished: Copies that an earlier run wrote and that are as it left them: name to fingerprint.
      wanted: Steps whose rows somebody reads afterwards; besides them, a step that no other reads is always run.
    Raises:
      StorageProblem: Two steps have one name, a step reads what is not there before it or takes a value that nobody
        gave, a view takes one at all, or a copy is ordered by what is no column of it.
    """
    fingerprints = dict(inputs)
    taken: list[Mapping[str, Value]] = []
    for step in steps:
        _check_names(step, fingerprints, inputs)
        if step.kind == "copy":
            ordering_of(step.sql)  # refuses an order that could not be restored
        taken.append(_taken(step, parameters))
        fingerprints[step.name] = _fingerprint(step, taken[-1], fingerprints)
    actions = _actions(steps, fingerprints, finished, wanted)
    return [
        Planned(step, values, fingerprints[step.name], action)
        for step, values, action in zip(steps, taken, actions, strict=True)
    ]


def _check_names(step: Step, known: Mapping[str, str], inputs: Mapping[str, str]) -> None:
    if step.name in known:
        found = "the name of an input" if step.name in inputs else "the name of an earlier step"
        raise StorageProblem(where=f"step {step.name}", found=found, wanted="a name of its own")
    missing = sorted(tables_of(step.sql) - known.keys())
    if missing:
        raise StorageProblem(
            where=f"step {step.name}", found=f"it reads {', '.join(missing)}", wanted="earlier steps and inputs"
        )


def _taken(step: Step, parameters: Mapping[str, Value]) -> Mapping[str, Value]:
    names = sorted(parameters_of(step.sql))
    missing = [name for name in names if name not in parameters]
    if missing:
        raise StorageProblem(
            where=f"step {step.name}", found=f"no value for {', '.join(missing)}", wanted="one for each parameter"
        )
    if names and step.kind == "view":
        raise StorageProblem(where=f"step {step.name}", found="parameters", wanted="none, as it is a view")
    return {name: parameters[name] for name in names}


def _fingerprint(step: Step, values: Mapping[str, Value], known: Mapping[str, str]) -> str:
    reads = {name: known[name] for name in sorted(tables_of(step.sql))}
    told = json.dumps([step.sql, values, reads], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _actions(
    steps: Sequence[Step], fingerprints: Mapping[str, str], finished: Mapping[str, str], wanted: Collection[str]
) -> list[Action]:
    read_by_any = {name for step in steps for name in tables_of(step.sql)}
    needed = set(wanted)
    actions: list[Action] = []
    for step in reversed(steps):
        action: Action = "run"
        if step.kind == "copy":
            action = "keep" if finished.get(step.name) == fingerprints[step.name] else "run"
        elif step.name in read_by_any and step.name not in needed:
            action = "leave"
        if action == "run":
            needed |= tables_of(step.sql)
        actions.append(action)
    return actions[::-1]
