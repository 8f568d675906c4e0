"""Runs as the register keeps them: what was asked, what the rows hash to; never the rows.

Makes: report_run (one row per run) and report_answer (one row per question of a run), in one audited transaction.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.domain.canonical import canonical, parse
from recoup.reports.stamp import Stamp
from recoup.storage.register import Batch, View
from recoup.storage.schema import report_answer, report_run


class Kept(msgspec.Struct, frozen=True):
    """One run as kept. Instants in microseconds UTC."""

    run: str
    report: str
    query_hash: str
    parameters: Mapping[str, str | None]
    as_of: int
    known_at: int
    slot_at: int | None
    rows: int
    rows_hash: str
    tables_hash: str
    version: str
    actor: str
    made_at: int


class KeptAnswer(msgspec.Struct, frozen=True):
    """One answer as kept."""

    run: str
    question: str
    query_hash: str
    rows: int
    rows_hash: str
    sums: Mapping[str, Mapping[str, int]]


def record(batch: Batch, stamp: Stamp) -> None:
    """Keep a run; one that is kept already stays as it is."""
    asked = stamp.asked
    row = (
        *(stamp.run, stamp.report, stamp.query_hash, canonical(dict(asked.parameters))),
        *(asked.as_of, asked.known_at, asked.slot_at, stamp.rows, stamp.rows_hash, stamp.tables_hash),
        *(asked.version, asked.made_by, asked.made_at),
    )
    if batch.insert_new(report_run, [row]):
        answers = [
            (stamp.run, a.question, a.query_hash, a.rows, a.rows_hash, canonical(msgspec.to_builtins(a.sums)))
            for a in stamp.answers
        ]
        batch.insert(report_answer, answers)


def history(view: View, report: str | None = None, most: int = 50) -> list[Kept]:
    """Give the latest runs, newest first; of one report, or of all."""
    statement = select(report_run).order_by(report_run.c.made_at.desc(), report_run.c.run).limit(most)
    if report is not None:
        statement = statement.where(report_run.c.report == report)
    return [_kept(row) for row in view.rows(statement)]


def latest_slot(view: View, report: str) -> int | None:
    """Give the latest time of a report's schedule for which a run is kept."""
    at = report_run.c.slot_at
    statement = select(at).where(report_run.c.report == report, at.is_not(None)).order_by(at.desc()).limit(1)
    found = view.rows(statement)
    return int(found[0][0]) if found else None


def slots_kept(
    view: View, report: str, names: Sequence[str], since: int
) -> Mapping[tuple[str | None, ...], frozenset[int]]:
    """Give the times of a report's schedule for which runs are kept, by what was chosen for some parameters.

    Args:
      view: The register.
      report: Whose runs.
      names: Of the parameters, in the order of the keys.
      since: Times from here on; microseconds UTC.
    """
    r = report_run.c
    found: dict[tuple[str | None, ...], set[int]] = defaultdict(set)
    for slot_at, parameters in view.rows(select(r.slot_at, r.parameters).where(r.report == report, r.slot_at >= since)):
        chosen = parse(parameters) if names else {}
        found[tuple(chosen.get(name) for name in names)].add(slot_at)
    return {key: frozenset(times) for key, times in found.items()}


def answers_with(view: View, rows_hash: str) -> list[tuple[Kept, KeptAnswer]]:
    """Give every run that gave these rows, oldest first."""
    return _with_runs(view, view.by_keys(report_answer, "rows_hash", [rows_hash]))


def answers_of(view: View, run: str) -> list[tuple[Kept, KeptAnswer]]:
    """Give the answers of one run."""
    return _with_runs(view, view.by_keys(report_answer, "run", [run]))


def _with_runs(view: View, rows: list[tuple[Any, ...]]) -> list[tuple[Kept, KeptAnswer]]:
    answers = [KeptAnswer(*(*row[:-1], parse(row[-1]))) for row in rows]
    runs = {row[0]: _kept(row) for row in view.by_keys(report_run, "run", [answer.run for answer in answers])}
    return sorted(
        ((runs[a.run], a) for a in answers), key=lambda pair: (pair[0].made_at, pair[0].run, pair[1].question)
    )


def _kept(row: tuple[Any, ...]) -> Kept:
    run, report, query_hash, parameters, *rest = row
    return Kept(run, report, query_hash, parse(parameters), *rest)
