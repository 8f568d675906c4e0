import datetime as dt
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from recoup.errors import StorageProblem
from recoup.storage.lake import COLUMN_TYPES, Lake, arrow_table, check_types

DELIVERY = "del_" + "a2" * 13
COLUMNS = {"identity": "VARCHAR", "net_minor": "BIGINT", "effective_on": "DATE", "is_fee": "BOOLEAN"}
ROWS = [("txn_1", -5000, "2026-01-31", False), ("txn_2", None, None, True)]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    return Lake(tmp_path / "lake")


def written(path: Path, query: str, **settings: int) -> Path:
    with duckdb.connect() as connection:
        for name, value in settings.items():
            connection.execute(f"set {name} = {value}")
        connection.execute(f"copy ({query}) to '{path}' (format parquet, row_group_size 2048)")
    return path


def test_a_day_is_written_anew_and_in_order(lake: Lake) -> None:
    """The file of a day has exactly the rows that were given last, as they were given."""
    lake.gather("money_line", "stripe", "payouts", "2026-01-31", COLUMNS, ROWS[:1])
    name = lake.gather("money_line", "stripe", "payouts", "2026-01-31", COLUMNS, ROWS)
    assert name == "money_line/partner=stripe/feed=payouts/2026-01-31.parquet"
    found = duckdb.connect().execute("select * from read_parquet($path)", {"path": str(lake.path(name))}).fetchall()
    assert [row[:4] for row in found] == [("txn_1", -5000, dt.date(2026, 1, 31), False), ("txn_2", None, None, True)]


def test_a_day_without_rows_has_no_file(lake: Lake) -> None:
    """A day whose rows are gone leaves no empty file behind; one that never had any is no error."""
    lake.gather("money_line", "stripe", "payouts", "2026-01-31", COLUMNS, ROWS)
    for _ in range(2):
        assert lake.gather("money_line", "stripe", "payouts", "2026-01-31", COLUMNS, []) is None
    assert lake.files("money_line") == []


def test_every_type_of_the_lake_passes_its_own_check(lake: Lake) -> None:
    """What `gather` writes is what the check allows, for all five types."""
    columns = {f"c{n}": kind for n, kind in enumerate(COLUMN_TYPES)}
    row = [
        {"BIGINT": 1, "DECIMAL(38,0)": Decimal(10**37), "VARCHAR": "x", "BOOLEAN": True}.get(k)
        for k in columns.values()
    ]
    name = lake.gather("money_line", "stripe", "payouts", "2026-01-31", columns, [row])
    assert name is not None
    check_types(lake.path(name))


@pytest.mark.parametrize(
    "expression",
    ["1.5::double", "1::hugeint", "1::ubigint", "1::integer", "1::decimal(38,2)", "[1]", "now()", "'x'::blob"],
)
def test_other_types_never_reach_the_lake(lake: Lake, tmp_path: Path, expression: str) -> None:
    """Fractions of two, unsigned and wide numbers, lists: refused by name before the file is moved."""
    path = written(tmp_path / "x.parquet", f"select 1::bigint as a, {expression} as odd")
    with pytest.raises(StorageProblem, match=r"x\.parquet column odd: .*; wanted BIGINT, DECIMAL"):
        lake.keep_delivery("money_line", "stripe", "payout_report", DELIVERY, path)
    assert lake.files("money_line") == []


def test_a_delivery_is_moved_in_whole_and_twice_is_once(lake: Lake, tmp_path: Path) -> None:
    """The same delivery read again is the same file."""
    names = [
        lake.keep_delivery(
            "money_line", "stripe", "payout_report", DELIVERY, written(tmp_path / "x.parquet", "select 1::bigint as a")
        )
        for _ in range(2)
    ]
    assert names == [f"money_line/partner=stripe/feed=payout_report/{DELIVERY}.parquet"] * 2
    assert lake.files("money_line") == lake.deliveries() == [lake.path(names[0])]
    assert not (tmp_path / "x.parquet").exists()


def test_files_are_listed_by_partner_and_feed(lake: Lake) -> None:
    """All of a table, or those of one partner or feed, in order; half-written ones are not files yet."""
    for partner, feed in (("stripe", "payouts"), ("adyen", "settlement_detail"), ("stripe", "activity_report")):
        lake.gather("money_line", partner, feed, "2026-01-31", COLUMNS, ROWS)
    (lake.root / "money_line/partner=stripe/feed=payouts/.2026-02-01.parquet.abc.parquet").touch()
    assert [path.parts[-3][8:] + " " + path.parts[-2][5:] for path in lake.files("money_line")] == [
        "adyen settlement_detail",
        "stripe activity_report",
        "stripe payouts",
    ]
    assert len(lake.files("money_line", partner="stripe")) == 2
    assert len(lake.files("money_line", feed="settlement_detail")) == 1
    assert lake.files("other") == []


@pytest.mark.parametrize("word", ["../x", "a/b", "", "A", "x=y", "a b", "*x*"])
def test_paths_are_made_of_our_own_words(lake: Lake, word: str) -> None:
    """Nothing that came from outside can lead out of the lake, or to another file in it."""
    for names in ((word, "stripe", "payouts"), ("money_line", word, "payouts"), ("money_line", "stripe", word)):
        with pytest.raises(StorageProblem, match="in a path"):
            lake.gather(*names, "2026-01-31", COLUMNS, ROWS)
    with pytest.raises(StorageProblem, match="in a path"):
        lake.gather("money_line", "stripe", "payouts", word, COLUMNS, ROWS)
    with pytest.raises(StorageProblem, match="in a path"):
        lake.files(word)


def test_the_digest_of_a_delivery_is_of_its_rows(lake: Lake, tmp_path: Path) -> None:
    """However Parquet laid them, the same rows in the same order have one digest; any other rows another."""
    rows = "select i::bigint as a, case when i % 7 > 0 then 'v' || i end as b from range({n}) r(i) order by i {order}"

    def digest(query: str, **settings: int) -> str:
        lake.keep_delivery("money_line", "stripe", "x", DELIVERY, written(tmp_path / "x.parquet", query, **settings))
        (found,) = lake.digests()
        return found

    usual = digest(rows.format(n=10_000, order="asc"), threads=1)
    assert digest(rows.format(n=10_000, order="asc") + " limit 99999", threads=2) == usual
    assert digest(rows.format(n=10_000, order="desc")) != usual
    assert digest(rows.format(n=9_999, order="asc")) != usual
    assert digest(f"select a + (a = 77)::bigint as a, b from ({rows.format(n=10_000, order='asc')})") != usual


def test_an_absent_value_is_not_an_empty_one(lake: Lake, tmp_path: Path) -> None:
    """NULL and '' differ in the digest, and so does where a value ends."""
    digests = set()
    for values in ("null::varchar, ''", "'', null::varchar", "'', ''", "'a', 'b'", "'ab', ''"):
        path = written(tmp_path / "x.parquet", f"select {values}")
        lake.keep_delivery("money_line", "stripe", "x", DELIVERY, path)
        digests |= set(lake.digests())
    assert len(digests) == 5


def test_day_files_are_in_no_digest(lake: Lake) -> None:
    """Their rows are in the register, and counted there."""
    lake.gather("money_line", "stripe", "payouts", "2026-01-31", COLUMNS, ROWS)
    assert lake.digests() == []
    assert pq.read_metadata(lake.files("money_line")[0]).num_rows == 2


@pytest.mark.parametrize("numbers", [[1, -(2**63), 2**63 - 1], [None, 7, None] * 5, [None], []])
def test_a_column_comes_out_as_it_went_in(numbers: list[int | None]) -> None:
    """Absent values too, at the edges of a byte of Arrow's bits."""
    texts = [None if number is None else f"é{number}" for number in numbers]
    table = arrow_table({"n": "BIGINT", "t": "VARCHAR"}, list(zip(numbers, texts, strict=True)))
    table.validate(full=True)
    assert (table.column("n").to_pylist(), table.column("t").to_pylist()) == (numbers, texts)


def test_a_number_that_no_column_holds_is_refused() -> None:
    """Loudly, and never as another number."""
    with pytest.raises(OverflowError):
        arrow_table({"n": "BIGINT"}, [(2**63,)])


def test_lines_go_into_the_lake_without_pandas() -> None:
    """It costs 65 MB and its time to load, and is imported by pyarrow's own way wherever it is installed."""
    said = (
        "import sys; from recoup.storage.lake import arrow_table;"
        "arrow_table({'n': 'BIGINT', 't': 'VARCHAR', 'd': 'DATE'}, [(1, 'a', '2026-01-31'), (None, None, None)]);"
        "print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
