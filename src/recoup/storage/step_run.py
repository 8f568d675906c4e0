"""Running a list of steps: with progress, stoppable at any time, and continued where the last run got to.

What a finished copy wrote is noted in `steps.json` of the run's folder, with the step's fingerprint and the hash of
its file. The next run keeps the file if both still hold, and runs again only what something missing follows from.
Tables and views are an engine's own and gone with it, so a run that must survive a stop makes its stages copies.
"""

import fcntl
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from recoup.errors import StorageProblem
from recoup.storage.engine import Engine, Value
from recoup.storage.files import appearing
from recoup.storage.lake import COLUMN_TYPES
from recoup.storage.step_plan import Planned, planned
from recoup.storage.steps import Step

NOTES = "steps.json"
_KINDS = {str(kind): name for name, kind in COLUMN_TYPES.items()}


@dataclass(frozen=True, slots=True)
class StepProgress:
    """How far a run is.

    Attributes:
      step: The step that it is at.
      number: Its place among all steps, from 1.
      steps: How many there are.
      percent: How much of this step is done; 0 when it starts, 100 when it ends or was kept.
    """

    step: str
    number: int
    steps: int
    percent: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A copy that is there.

    Attributes:
      sha256: Hash of its file.
      is_kept: Whether an earlier run wrote it.
    """

    step: str
    path: Path
    rows: int
    sha256: str
    is_kept: bool


def run_steps(
    engine: Engine,
    steps: Sequence[Step],
    folder: Path,
    inputs: Mapping[str, str],
    parameters: Mapping[str, Value] | None = None,
    progress: Callable[[StepProgress], None] | None = None,
    wanted: Collection[str] = (),
) -> list[Finished]:
    """Run steps in their order; each copy can be read by later steps, and by the engine's owner, under its name.

    Args:
      folder: Where the run's notes are; one run at a time. Two runs over one folder continue each other.
      inputs: What is attached to the engine already: its name to a digest of what it holds (`files_digest`, or a
        hash of the rows). A digest that says the same for other rows makes a run keep what it should not.
      parameters: Values by name, for all steps together.
      wanted: Tables and views that the engine's owner reads afterwards though a step reads them too.
    Returns:
      The copies, in their order.
    Raises:
      StorageProblem: The steps do not fit together, which is said before any runs; or another run is in the folder.
      StatementFailed: The engine could not run one; what was finished before stays finished.
      KeyboardInterrupt: Somebody pressed Ctrl-C; the same holds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        notes = _Notes(folder / NOTES)
        plan = planned(steps, inputs, parameters or {}, notes.holding(steps), wanted)
        for number, part in enumerate(plan, start=1):
            tell = _teller(progress, part.step.name, number, len(plan))
            _perform(engine, part, notes, tell)
        return [notes.finished(part) for part in plan if part.step.kind == "copy"]


def files_digest(paths: Sequence[Path]) -> str:
    """Give a digest of files that are never changed in place: their paths, sizes and times, not their bytes."""
    told = [(str(path.absolute()), path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(paths)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _perform(engine: Engine, part: Planned, notes: "_Notes", tell: Callable[[int], None]) -> None:
    if part.action == "leave":
        return
    tell(0)
    if part.action == "run":
        notes.forget(part.step.name)
        engine.run(part.step, part.parameters, tell)
    if part.step.path is not None:
        if part.action == "run":
            notes.note(part, part.step.path)
        engine.attach_files(part.step.name, _columns(part.step.path), [part.step.path])
    tell(100)


def _teller(
    progress: Callable[[StepProgress], None] | None, step: str, number: int, steps: int
) -> Callable[[int], None]:
    """Give what hears percents of one step and passes on those that are more than before."""
    last = -1

    def tell(percent: int) -> None:
        nonlocal last
        if progress is not None and percent > last:
            last = percent
            progress(StepProgress(step, number, steps, percent))

    return tell


def _columns(path: Path) -> dict[str, str]:
    return {field.name: _KINDS[str(field.type)] for field in pq.read_schema(path)}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder; the kernel gives it back even when the process is killed."""
    with open(folder / ".lock", "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise StorageProblem(
                where=str(folder),
                found="another run at work",
                wanted="one at a time",
                remedy="Wait until it is done, or stop it; then run this again.",
            ) from problem
        yield


class _Notes:
    """What is finished: by step, its fingerprint, and its file with rows, size and hash; written at each change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._said: dict[str, dict[str, str | int]] = _read(path)
        self._kept = set(self._said)

    def holding(self, steps: Sequence[Step]) -> dict[str, str]:
        """Give the fingerprints of copies whose files are where the steps want them, byte for byte as written."""
        held = {}
        for step in steps:
            said = self._said.get(step.name)
            if said and step.path is not None and said["path"] == str(step.path) and _is_as_written(step.path, said):
                held[step.name] = str(said["fingerprint"])
        return held

    def forget(self, step: str) -> None:
        """Take a step back before its file is written anew."""
        self._kept.discard(step)
        if self._said.pop(step, None):
            self._write()

    def note(self, part: Planned, path: Path) -> None:
        """Note that a step's file is there whole."""
        self._said[part.step.name] = {
            "fingerprint": part.fingerprint,
            "path": str(path),
            "rows": pq.read_metadata(path).num_rows,
            "bytes": path.stat().st_size,
            "sha256": _hash(path),
        }
        self._write()

    def finished(self, part: Planned) -> Finished:
        """Say what is known of a copy."""
        name = part.step.name
        said = self._said[name]
        path = Path(str(said["path"]))
        return Finished(name, path, int(said["rows"]), str(said["sha256"]), name in self._kept)

    def _write(self) -> None:
        with appearing(self._path) as temporary:
            temporary.write_text(json.dumps(self._said, indent=1, sort_keys=True) + "\n")


def _read(path: Path) -> dict[str, dict[str, str | int]]:
    """Read the notes of an earlier run; without them, or with damaged ones, it starts from the beginning."""
    try:
        said = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _is_as_written(path: Path, said: Mapping[str, str | int]) -> bool:
    return path.is_file() and path.stat().st_size == said["bytes"] and _hash(path) == said["sha256"]


def _hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
