"""What is true of an engine, whichever it is; and how one is chosen."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from recoup.errors import EngineMissing, StatementFailed, StorageProblem
from recoup.settings import EngineSettings
from recoup.storage.engine import DuckEngine, Engine, connect
from recoup.storage.engines import open_engine
from recoup.storage.lake import Lake, check_types
from recoup.storage.statement_failure import failure
from recoup.storage.steps import Step


def test_steps_run_one_after_the_other(each_engine: Engine, tmp_path: Path) -> None:
    """A table, a view over it, a file of it; parameters by name."""
    made = tmp_path / "it's.parquet"
    each_engine.run(Step("a", "select i as n from range($count) r(i)"), {"count": 5})
    each_engine.run(Step("b", "select n * 10 as n from a", "view"))
    each_engine.run(Step("c", "select n from b where n > $least order by n desc", "copy", made), {"least": 20})
    assert pq.read_table(made).to_pylist() == [{"n": 40}, {"n": 30}]


def test_a_statement_may_end_as_a_file_does(each_engine: Engine, tmp_path: Path) -> None:
    """With a semicolon, or a comment; and its columns may be called by words of the other engine."""
    for number, sql in enumerate(("select 1 as rank;\n", "select 1 as rank -- the first", "select 1 as minus\n")):
        each_engine.run(Step("a", sql))
        each_engine.run(Step("b", sql, "copy", tmp_path / f"{number}.parquet"))
        assert pq.read_metadata(tmp_path / f"{number}.parquet").num_rows == 1


def test_a_step_may_run_again(each_engine: Engine) -> None:
    """The second run replaces what the first one made."""
    for count in (3, 5):
        each_engine.run(Step("a", "select i from range($count) r(i)"), {"count": count})
    assert each_engine.rows("select count(*) as k from a") == [(5,)]


def test_no_rows_are_a_table_and_a_file(each_engine: Engine, tmp_path: Path) -> None:
    """With all their columns, though there is nothing to see their types by."""
    made = tmp_path / "nothing.parquet"
    each_engine.run(Step("a", "select i, 'x' as s, cast(1 as decimal(38,0)) as m from range(0) r(i)"))
    assert each_engine.rows("select i + 1 as i, m from a") == []
    each_engine.run(Step("b", "select i, s, m, i > 1 as f, date '2026-01-31' as d from a", "copy", made))
    assert [str(field.type) for field in pq.read_schema(made)] == [
        "int64",
        "string",
        "decimal128(38, 0)",
        "bool",
        "date32[day]",
    ]


def test_a_copy_has_the_columns_of_the_lake(each_engine: Engine, tmp_path: Path) -> None:
    """Whole numbers of any width become the lake's; both engines write the same file's rows and types."""
    made = tmp_path / "made.parquet"
    sql = """
        select cast(7 as integer) as a, cast(8 as bigint) as b, cast(9 as decimal(18,0)) as m,
          'é' as s, true as f, date '2026-01-31' as d, cast(null as varchar) as none
    """
    each_engine.run(Step("a", sql, "copy", made))
    check_types(made)
    assert [str(value) for value in pq.read_table(made).to_pylist()[0].values()] == [
        "7",
        "8",
        "9",
        "é",
        "True",
        "2026-01-31",
        "None",
    ]


@pytest.mark.parametrize(
    "wrong", ["cast(1 as double)", "cast('1.5' as decimal(18,1))", "{'a': 1}", "cast('2026-01-31' as timestamp)"]
)
def test_what_has_no_place_in_the_lake_is_not_written(each_engine: Engine, tmp_path: Path, wrong: str) -> None:
    """A fraction, a struct, an instant as a type: refused by the name of its column."""
    made = tmp_path / "made.parquet"
    with pytest.raises(StorageProblem, match=r"made\.parquet\.wrong"):
        each_engine.run(Step("a", f"select {wrong} as wrong", "copy", made))
    assert not made.exists()


def test_a_copy_stands_in_the_order_of_its_statement(each_engine: Engine, tmp_path: Path) -> None:
    """However many parts the engine wrote it in."""
    each_engine.run(
        Step(
            "a", "select i, (i * 7919) % 130003 as k from range(130000) r(i) order by k", "copy", tmp_path / "a.parquet"
        )
    )
    keys = pq.read_table(tmp_path / "a.parquet").column("k").to_pylist()
    assert len(keys) == 130_000
    assert keys == sorted(keys)


def test_files_of_the_lake_become_a_view(each_engine: Engine, tmp_path: Path) -> None:
    """Their own columns, not those that the path seems to have; no files are an empty view."""
    lake = Lake(tmp_path / "a lake [of é]")
    columns = {"partner": "VARCHAR", "net_minor": "BIGINT"}
    for day in ("2026-01-30", "2026-01-31"):
        lake.gather("money_line", "stripe", "payouts", day, columns, [(f"in file {day}", 1)])
    each_engine.attach_files("money_line", dict(reversed(columns.items())), lake.files("money_line"))
    found = each_engine.rows("select * from money_line order by partner")
    assert found == [(1, "in file 2026-01-30"), (1, "in file 2026-01-31")]
    each_engine.attach_files("nothing", columns, [])
    assert each_engine.rows("select * from nothing") == []


def test_many_rows_go_over(each_engine: Engine) -> None:
    """Some thousands at a time, none lost."""
    each_engine.attach_rows("n", {"i": "BIGINT"}, ((i,) for i in range(250_001)))
    assert each_engine.rows("select count(*) as k, count(distinct i) as d, max(i) as m from n") == [
        (250_001,) * 2 + (250_000,)
    ]


def test_other_types_and_names_are_refused(each_engine: Engine) -> None:
    """A type that the lake does not hold, or a name that is not ours, never reaches a statement."""
    with pytest.raises(StorageProblem, match=r"t\.a: DOUBLE; wanted one of BIGINT"):
        each_engine.attach_rows("t", {"a": "DOUBLE"}, [])
    with pytest.raises(StorageProblem, match="the name"):
        each_engine.attach_rows("t; drop table x", {"a": "BIGINT"}, [])


def test_a_view_takes_no_parameters(each_engine: Engine) -> None:
    """It is computed later, when nobody remembers them."""
    with pytest.raises(StorageProblem):
        each_engine.run(Step("v", "select $a as a", "view"), {"a": 1})


def test_an_engine_that_cannot_be_had_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such engine, no address, no client: each with what to do."""
    with pytest.raises(EngineMissing, match="wanted duckdb or spark"):
        open_engine("flink", EngineSettings(), tmp_path)
    with pytest.raises(EngineMissing, match="RECOUP_SPARK_URL is not set"):
        open_engine("spark", EngineSettings(), tmp_path)
    monkeypatch.setitem(sys.modules, "recoup.storage.spark", None)
    with pytest.raises(EngineMissing, match=r"pip install 'recoup\[spark\]'"):
        open_engine("spark", EngineSettings(spark_url="sc://127.0.0.1:1"), tmp_path)


def test_ctrl_c_stops_a_statement(each_engine: Engine, tmp_path: Path) -> None:
    """Within moments, though it would run for minutes; nothing is written, and the engine can go on."""
    sql = """
        select count(*) as k from range(100000000) a(i) join range(3000) b(j) on (i + j) % 7 = 3 and i * j > 5
    """
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    began = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        each_engine.run(Step("long", sql, "copy", tmp_path / "long.parquet"))
    assert time.monotonic() - began < 20
    assert not (tmp_path / "long.parquet").exists()
    assert each_engine.rows("select 1 as a") == [(1,)]


def test_duckdb_spills_within_its_limit(tmp_path: Path) -> None:
    """More rows than fit are sorted all the same; without room on the disk the problem says what to raise."""
    sql = "select md5(cast(i as varchar)) as a, sha256(cast(i as varchar)) as b from range(500000) r(i) order by a"
    step = Step("sorted", sql, "copy", tmp_path / "sorted.parquet")
    with connect(tmp_path / "engine", memory="64MiB", threads=1, is_ordered=False) as connection:
        connection.execute("set max_temp_directory_size = '1MiB'")
        with pytest.raises(StatementFailed, match="RECOUP_ENGINE_MEMORY"):
            DuckEngine(connection).run(step)
        assert not step.path or not step.path.exists()
        connection.execute("set max_temp_directory_size = '1GiB'")
        DuckEngine(connection).run(step)
    assert pq.read_metadata(tmp_path / "sorted.parquet").num_rows == 500_000


def test_a_failure_repeats_no_values() -> None:
    """What the engine quotes may be a partner's text."""
    told = failure("step a", "Conversion Error: Could not convert string '4111111111111111 x' to INT64\n\nLINE 1: …")
    assert told.found == "Conversion Error: Could not convert string … to INT64"
    assert "RECOUP_ENGINE_MEMORY" in failure("step a", "Out of Memory Error", out_of_room=True).remedy
