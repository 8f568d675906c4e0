"""Every construct that our SQL may use, on both engines, row for row and type for type.

Whoever needs one that is not here adds it to `parity/` first, and to the list in docs/guides/spark.md.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from recoup.errors import RecoupError, StatementFailed, StorageProblem
from recoup.settings import EngineSettings
from recoup.storage.dialect import parsed
from recoup.storage.engine import Engine, Row
from recoup.storage.engines import open_engine
from recoup.storage.steps import Step

COLUMNS = {
    "id": "BIGINT",
    "s": "VARCHAR",
    "n": "BIGINT",
    "d": "DATE",
    "c": "VARCHAR",
    "f": "BOOLEAN",
    "m": "DECIMAL(38,0)",
}
ROWS: list[Row] = [
    (1, "a", 10, "2026-01-30", "USD", True, Decimal(10**37)),
    (2, "b", -7, "2026-02-28", "EUR", False, Decimal(-5)),
    (3, None, None, None, "USD", None, None),
    (4, "B ", 7, "2024-02-29", "JPY", True, Decimal(0)),
    (5, "é", 0, "2026-12-31", "usd", False, Decimal(7)),
    (6, "a", 10, "2026-01-30", "USD", True, Decimal(3)),
]

STATEMENTS = Path(__file__).parent / "parity"


def statements() -> Iterator[tuple[str, str]]:
    """Give every statement of the files, named by its file and place."""
    for path in sorted(STATEMENTS.glob("*.sql")):
        text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("--"))
        for number, sql in enumerate(filter(None, map(str.strip, text.split(";\n"))), start=1):
            yield f"{path.stem}-{number}", sql.rstrip(";")


CASES = list(statements())
Both = Callable[[str], tuple[list[Row], list[Row]]]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, spark_url: str) -> Iterator[Both]:
    """Both engines with the same rows, asked the same."""
    place = tmp_path_factory.mktemp("parity")
    duckdb = open_engine("duckdb", EngineSettings(memory="512MiB", threads=2), place / "duckdb")
    spark = open_engine("spark", EngineSettings(spark_url=spark_url), place / "spark")
    for engine in (duckdb, spark):
        engine.attach_rows("t", COLUMNS, ROWS)
    yield lambda sql: (duckdb.rows(sql), spark.rows(sql))
    duckdb.close()
    spark.close()


@pytest.mark.parametrize("sql", [sql for _, sql in CASES], ids=[name for name, _ in CASES])
def test_each_construct_says_the_same_on_both(both: Both, sql: str) -> None:
    """The same rows in the same order, each value of the same type of Python."""
    there, here = both(sql)
    assert here == there
    assert [[type(value) for value in row] for row in here] == [[type(value) for value in row] for row in there]


FAILS = [
    "select cast(sum(cast(x as decimal(38,0))) as bigint) as a from (values (9223372036854775807), (1)) as v(x)",
    "select cast('99999999999999999999999999999999999999' as decimal(38,0)) * 10 as a",
    "select cast(m as bigint) as a from t where id = 1",
    "select cast(s as bigint) as a from t where id = 1",
    "select cast(s as date) as a from t where id = 1",
    "select cast('2026-02-30' as date) as a",
    "select missing from t",
    "select id from nowhere",
]


@pytest.mark.parametrize("sql", FAILS)
def test_what_fails_on_one_fails_on_the_other(each_engine: Engine, sql: str) -> None:
    """Too large, no number, no day, no such column: an error of ours, never a wrong value."""
    each_engine.attach_rows("t", COLUMNS, ROWS)
    with pytest.raises(StatementFailed) as caught:
        each_engine.rows(sql)
    assert "9223372036854775808" not in str(caught.value)


REFUSED = [
    "select c, list(s order by id) as a from t group by c",
    "select array_agg(id) as a from t",
    "select regexp_replace(s, 'a', '') as a from t",
    "select dayofweek(d) as a from t",
    "select isodow(d) as a from t",
    "select weekday(d) as a from t",
    "select extract(dow from d) as a from t",
    "select count(*) over (order by d range between 5 preceding and current row) as a from t",
    "select format('{}', s) as a from t",
    "select try(cast(s as bigint)) as a from t",
    "select string_split(s, ',') as a from t",
    "select substr(s, 0, 2) as a from t",
    "select hash(s) as a from t",
    "drop table t",
    "select 1 as a; select 2 as a",
    "select from where",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_what_would_differ_without_an_error_is_refused(sql: str) -> None:
    """Before it runs anywhere, with what to write instead."""
    with pytest.raises(StorageProblem):
        parsed(sql)


@pytest.mark.parametrize("value", [5, -(2**62), 2**31, 'it\'s \\ "x" $a :b', "é", "", True, False, None])
def test_parameters_of_every_kind_arrive_as_they_are(each_engine: Engine, value: str | int | bool | None) -> None:
    """By name, never as text of the statement."""
    assert each_engine.rows("select $value as a, $value is null as b", {"value": value}) == [(value, value is None)]


def test_rows_of_every_type_go_over(each_engine: Engine) -> None:
    """The five types of the lake, and what is absent; no rows are an empty table."""
    columns = {"a": "BIGINT", "b": "DECIMAL(38,0)", "c": "VARCHAR", "d": "BOOLEAN", "e": "DATE"}
    row = (2**62, Decimal(10**37), "é", True, dt.date(2026, 1, 31))
    each_engine.attach_rows("t", columns, [row, (None,) * 5])
    assert each_engine.rows("select * from t order by a") == [row, (None,) * 5]
    each_engine.attach_rows("t", columns, [])
    assert each_engine.rows("select * from t") == []


def test_a_failed_sum_leaves_no_file(each_engine: Engine, tmp_path: Path) -> None:
    """Whole or not at all, on both."""
    sql = "select cast(i * cast(9223372036854775807 as decimal(38,0)) as bigint) as a from range($n) r(i)"
    with pytest.raises(RecoupError):
        each_engine.run(Step("much", sql, "copy", tmp_path / "out" / "much.parquet"), {"n": 5})
    assert list((tmp_path / "out").glob("*")) == []
