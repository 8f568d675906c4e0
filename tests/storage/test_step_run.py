import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from recoup.errors import StatementFailed, StorageProblem
from recoup.storage.engine import DuckEngine, Engine, connect
from recoup.storage.step_plan import planned
from recoup.storage.step_run import NOTES, Finished, StepProgress, files_digest, run_steps
from recoup.storage.steps import Step

LINES = {"id": "BIGINT", "n": "BIGINT"}


def pipeline(folder: Path, least: str = "$least") -> list[Step]:
    """A table, a copy of some of it, a view over the copy, and a copy of that."""
    return [
        Step("even", "select id, n from line where n % 2 = 0"),
        Step("large", f"select id, n from even where n >= {least} order by id", "copy", folder / "large.parquet"),
        Step("twice", "select id, n * 2 as n from large", "view"),
        Step("out", "select id, n from twice order by id desc", "copy", folder / "out.parquet"),
    ]


class Listening:
    """An engine that notes what it was asked to run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.ran: list[str] = []
        self.attach_rows = engine.attach_rows
        self.attach_files = engine.attach_files
        self.rows = engine.rows
        self.close = engine.close

    def run(self, step: Step, *rest: object) -> None:
        self.ran.append(step.name)
        self._engine.run(step, *rest)  # type: ignore[arg-type]


@pytest.fixture
def listening(each_engine: Engine) -> Listening:
    """Each engine with ten lines."""
    each_engine.attach_rows("line", LINES, [(number, number) for number in range(10)])
    return Listening(each_engine)


def run(engine: Engine, steps: list[Step], folder: Path, digest: str = "ten", least: int = 4) -> list[Finished]:
    return run_steps(engine, steps, folder, {"line": digest}, {"least": least})


def test_steps_run_in_their_order_and_copies_can_be_read(listening: Listening, tmp_path: Path) -> None:
    """Each copy under its step's name, by later steps and afterwards."""
    done = run(listening, pipeline(tmp_path), tmp_path)
    assert [(one.step, one.rows, one.is_kept) for one in done] == [("large", 3, False), ("out", 3, False)]
    assert listening.rows("select id, n from out order by id") == [(4, 8), (6, 12), (8, 16)]
    assert pq.read_table(tmp_path / "out.parquet").column("id").to_pylist() == [8, 6, 4]


def test_a_second_run_keeps_what_is_finished(listening: Listening, tmp_path: Path) -> None:
    """Nothing runs again, and what was kept can be read all the same."""
    first = run(listening, pipeline(tmp_path), tmp_path)
    listening.ran.clear()
    second = run(listening, pipeline(tmp_path), tmp_path)
    assert listening.ran == []
    assert [one.sha256 for one in second] == [one.sha256 for one in first]
    assert {one.is_kept for one in second} == {True}
    assert listening.rows("select count(*) as k from out") == [(3,)]


def test_a_stopped_run_goes_on_after_the_last_finished_copy(listening: Listening, tmp_path: Path) -> None:
    """What failed or was stopped left nothing; what was before it stays."""
    broken = pipeline(tmp_path)
    broken[3] = Step(
        "out", "select id, cast(cast(n as varchar) || 'x' as bigint) as n from twice", "copy", broken[3].path
    )
    with pytest.raises(StatementFailed):
        run(listening, broken, tmp_path)
    assert not (tmp_path / "out.parquet").exists()
    listening.ran.clear()
    done = run(listening, pipeline(tmp_path), tmp_path)
    assert listening.ran == ["twice", "out"]
    assert [(one.step, one.is_kept) for one in done] == [("large", True), ("out", False)]


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


SPOILS: dict[str, Callable[[Path], object]] = {
    "a file is gone": lambda folder: (folder / "large.parquet").unlink(),
    "a file was changed": lambda folder: spoil(folder / "large.parquet"),
    "the notes are gone": lambda folder: (folder / NOTES).unlink(),
    "the notes are damaged": lambda folder: (folder / NOTES).write_text('{"large": '),
    "the notes are others": lambda folder: (folder / NOTES).write_text("[]"),
}


@pytest.mark.parametrize("what", SPOILS)
def test_what_is_not_as_it_was_left_is_made_again(tmp_path: Path, what: str) -> None:
    """Trust is in the hash of the file, not in its name."""
    engine = DuckEngine(connect(tmp_path / "engine"))
    engine.attach_rows("line", LINES, [(number, number) for number in range(10)])
    before = run(engine, pipeline(tmp_path), tmp_path)
    SPOILS[what](tmp_path)
    after = run(engine, pipeline(tmp_path), tmp_path)
    assert [one.rows for one in after] == [3, 3]
    assert not after[0].is_kept
    assert [one.sha256 for one in after] == [one.sha256 for one in before]
    engine.close()


def test_a_changed_statement_value_or_input_runs_what_follows(tmp_path: Path) -> None:
    """And what does not follow from it stays."""
    steps = pipeline(tmp_path)
    plan = planned(steps, {"line": "ten"}, {"least": 4}, {})
    finished = {part.step.name: part.fingerprint for part in plan if part.step.kind == "copy"}

    def actions(steps: list[Step], digest: str = "ten", least: int = 4) -> list[str]:
        return [part.action for part in planned(steps, {"line": digest}, {"least": least}, finished)]

    assert actions(steps) == ["leave", "keep", "leave", "keep"]
    assert actions(steps, digest="eleven") == ["run"] * 4
    assert actions(steps, least=5) == ["run"] * 4
    changed = [*steps[:2], Step("twice", "select id, n * 3 as n from large", "view"), steps[3]]
    assert actions(changed) == ["leave", "keep", "run", "run"]


def test_a_table_that_somebody_reads_afterwards_is_made(tmp_path: Path) -> None:
    """The last of a line always; one in between when it is asked for."""
    steps = [*pipeline(tmp_path), Step("counted", "select count(*) as k from out")]
    plan = planned(steps, {"line": "ten"}, {"least": 4}, {})
    finished = {part.step.name: part.fingerprint for part in plan if part.step.kind == "copy"}
    found = [part.action for part in planned(steps, {"line": "ten"}, {"least": 4}, finished)]
    assert found == ["leave", "keep", "leave", "keep", "run"]
    found = [part.action for part in planned(steps, {"line": "ten"}, {"least": 4}, finished, {"twice"})]
    assert found == ["leave", "keep", "run", "keep", "run"]


WRONG = {
    "it reads nowhere": [Step("a", "select 1 as x from nowhere")],
    "it reads later": [Step("a", "select x from later"), Step("later", "select 1 as x")],
    "the name of an earlier step": [Step("a", "select 1 as x"), Step("a", "select 2 as x")],
    "the name of an input": [Step("line", "select 1 as x")],
    "no value for most": [Step("a", "select $most as x")],
    "parameters; wanted none": [Step("a", "select $least as x", "view")],
    "which is no column of the result": [Step("a", "select id from line order by abs(n)", "copy", Path("a.parquet"))],
    "list() or array_agg()": [Step("a", "select list(n) as x from line")],
}


@pytest.mark.parametrize("found", WRONG)
def test_steps_that_do_not_fit_are_refused_before_any_runs(found: str) -> None:
    """Names, values and portability."""
    with pytest.raises(StorageProblem) as caught:
        planned(WRONG[found], {"line": "ten"}, {"least": 4}, {})
    assert found in str(caught.value)


def test_names_made_by_with_are_no_inputs() -> None:
    """They are the statement's own."""
    step = Step("a", "with b as (select id from line), c as (select id from b) select id from c join line using (id)")
    assert [part.action for part in planned([step], {"line": "ten"}, {}, {})] == ["run"]


def test_progress_is_told_over_steps(listening: Listening, tmp_path: Path) -> None:
    """Each step that runs or is kept begins with 0 and ends with 100, in order."""
    told: list[StepProgress] = []
    run_steps(listening, pipeline(tmp_path), tmp_path, {"line": "ten"}, {"least": 4}, told.append)
    edges = [(one.step, one.number, one.percent) for one in told if one.percent in (0, 100)]
    assert edges == [(name, n, p) for n, name in enumerate(("even", "large", "twice", "out"), 1) for p in (0, 100)]
    assert {one.steps for one in told} == {4}


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second is refused while the first is at work, and not afterwards."""
    engine = DuckEngine(connect(tmp_path / "engine"))
    inside, done = threading.Event(), threading.Event()

    def hold(_progress: StepProgress) -> None:
        inside.set()
        done.wait(10)

    step = Step("a", "select 1 as x", "copy", tmp_path / "a.parquet")
    first = threading.Thread(target=run_steps, args=(engine, [step], tmp_path, {}, {}, hold))
    first.start()
    inside.wait(10)
    with pytest.raises(StorageProblem, match="another run at work"):
        run_steps(engine, [step], tmp_path, {})
    done.set()
    first.join()
    assert run_steps(engine, [step], tmp_path, {})[0].is_kept
    engine.close()


def test_a_digest_of_files_sees_another_file(tmp_path: Path) -> None:
    """Their order does not matter, their size and time do."""
    paths = [tmp_path / name for name in ("a", "b")]
    for path in paths:
        path.write_text("x")
    before = files_digest(paths)
    assert files_digest(paths[::-1]) == before
    paths[0].write_text("xy")
    assert files_digest(paths) != before
    assert files_digest(paths[1:]) != before
