import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import select

from recoup.errors import StorageProblem
from recoup.storage.engine import DuckEngine, Engine, connect
from recoup.storage.lake import Lake
from recoup.storage.register import Register
from recoup.storage.schema import book
from recoup.storage.steps import Step


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """DuckDB with its spill directory in a home of its own."""
    opened = DuckEngine(connect(tmp_path))
    yield opened
    opened.close()


def test_rows_of_the_register_become_a_table(engine: Engine, register: Register) -> None:
    """Rows go over some thousands at a time; a day's text becomes a day."""
    with register.transaction("ada", "land", "x", 0) as tx:
        tx.insert(book, [(f"book {n}", "platform", f"2026-01-{n % 28 + 1:02}") for n in range(60_000)])
    columns = {"name": "VARCHAR", "preset": "VARCHAR", "locked_through": "DATE"}
    with register.reading() as view:
        engine.attach_rows("book", columns, (row for part in view.batches(select(book)) for row in part))
    found = engine.rows("select count(*), min(locked_through), max(locked_through) from book")
    assert found == [(60_000, dt.date(2026, 1, 1), dt.date(2026, 1, 28))]


def test_rows_of_every_type_go_over(engine: Engine) -> None:
    """The five types of the lake, and what is absent; no rows are an empty table."""
    columns = {"a": "BIGINT", "b": "DECIMAL(38,0)", "c": "VARCHAR", "d": "BOOLEAN", "e": "DATE"}
    row = (2**62, Decimal(10**37), "é", True, dt.date(2026, 1, 31))
    engine.attach_rows("t", columns, [row, (None,) * 5])
    assert engine.rows("select * from t") == [row, (None,) * 5]
    engine.attach_rows("t", columns, [])
    assert engine.rows("select * from t") == []


def test_other_types_and_names_are_refused(engine: Engine) -> None:
    """A type that the lake does not hold, or a name that is not ours, never reaches a statement."""
    with pytest.raises(StorageProblem, match=r"t\.a: DOUBLE; wanted one of BIGINT"):
        engine.attach_rows("t", {"a": "DOUBLE"}, [])
    with pytest.raises(StorageProblem, match="the name"):
        engine.attach_rows("t; drop table x", {"a": "BIGINT"}, [])


def test_steps_run_one_after_the_other(engine: Engine, tmp_path: Path) -> None:
    """A table, a view over it, a file of it; parameters by name."""
    engine.run(Step("a", "select i as n from range($count) r(i)"), {"count": 5})
    engine.run(Step("b", "select n * 10 as n from a", "view"))
    engine.run(Step("c", "select n from b where n > $least", "copy", tmp_path / "it's.parquet"), {"least": 20})
    assert engine.rows("select n from read_parquet($path)", {"path": str(tmp_path / "it's.parquet")}) == [(30,), (40,)]


def test_a_step_may_run_again(engine: Engine) -> None:
    """The second run replaces what the first one made."""
    for count in (3, 5):
        engine.run(Step("a", "select * from range($count)"), {"count": count})
    assert engine.rows("select count(*) from a") == [(5,)]


def test_files_of_the_lake_become_a_view(engine: Engine, tmp_path: Path) -> None:
    """Their own columns, not those that the path seems to have; no files are an empty view."""
    lake = Lake(tmp_path / "lake")
    columns = {"partner": "VARCHAR", "net_minor": "BIGINT"}
    for day in ("2026-01-30", "2026-01-31"):
        lake.gather("money_line", "stripe", "payouts", day, columns, [(f"in file {day}", 1)])
    engine.attach_files("money_line", columns, lake.files("money_line"))
    assert engine.rows("select * from money_line") == [("in file 2026-01-30", 1), ("in file 2026-01-31", 1)]
    engine.attach_files("nothing", columns, [])
    assert engine.rows("select * from nothing") == []


def test_long_work_tells_how_far_it_is(engine: Engine) -> None:
    """Percents that do not fall, while the statement runs."""
    told: list[int] = []
    engine.attach_rows("n", {"i": "BIGINT"}, ((i,) for i in range(100_000)))
    sql = "select count(*) as c from n, range(20000) r(j) where md5(cast(i + j as varchar)) like '0%' and i < $most"
    most = 40
    while not told and most < 100_000:  # however quick the machine is
        engine.run(Step("long", sql), {"most": most}, told.append)
        most *= 4
    assert told
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 100


def test_the_engine_keeps_the_order_and_the_zone(tmp_path: Path) -> None:
    """Rows come in the order of the file, and instants are read in UTC, whatever the machine is set to."""
    with connect(tmp_path) as connection:
        assert connection.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]
        assert connection.execute("select current_setting('preserve_insertion_order')").fetchall() == [(True,)]


def test_the_engine_fetches_nothing(tmp_path: Path) -> None:
    """An extension that is not there is an error, not a download."""
    with connect(tmp_path) as connection, pytest.raises(duckdb.Error):
        connection.execute("select * from read_csv('https://localhost:1/x.csv')")


def test_only_who_asks_has_the_token_key(tmp_path: Path) -> None:
    """The macros hold the key, so a connection without them is what people's queries get."""
    with connect(tmp_path) as connection, pytest.raises(duckdb.CatalogException):
        connection.execute("select scrub_text('x')")
    with connect(tmp_path, token_key="ab" * 32) as connection:
        assert connection.execute("select scrub_text('4242424242424242')").fetchall() == [("424242******4242",)]
