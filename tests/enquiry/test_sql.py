from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recoup.enquiry.sql import Answer, Home, Limits, ask
from recoup.errors import SqlRefused
from recoup.partners.contract import MONEY_LINE_COLUMNS
from recoup.storage.migrate import migrate
from recoup.storage.register import View, open_register
from tests.fakes.small_home import DUE, LINES, NOW, REPORTED, WON, fill


class Run(Protocol):
    def __call__(self, query: str, **limits: int) -> Answer: ...


@pytest.fixture
def run(view: View, tmp_path: Path) -> Run:
    def run(query: str, **limits: int) -> Answer:
        return ask(view, query, Home(tmp_path), NOW, Limits(**limits))

    return run


def test_rows_come_as_objects_with_the_values_of_the_contract(run: Run) -> None:
    """Integers are integers, instants text in UTC, absent is null."""
    answer = run(f"select id, amount_minor, act_by_at, outcome, is_slot_spent from disputes where id = '{DUE}'")
    assert answer.objects() == [
        {
            "id": DUE,
            "amount_minor": 12_345,
            "act_by_at": "2026-03-22T14:00:00.000000Z",
            "outcome": None,
            "is_slot_spent": False,
        }
    ]


def test_a_source_answers_to_the_registers_own_name(run: Run) -> None:
    """Hints and habits name either."""
    assert run("select count(*) as n from dispute").rows == run("select count(*) as n from disputes").rows == ((3,),)


def test_sources_join_and_sum_without_fractions(run: Run) -> None:
    """A sum of amounts stays an integer."""
    answer = run(
        "with won as (select * from disputes where outcome = 'won')"
        " select l.kind, sum(l.net_minor) as net_minor, max(l.effective_on) as day"
        " from money_lines l join won on won.id = l.dispute group by l.kind order by 1"
    )
    assert answer.rows == (("dispute", -6500, "2026-03-02"), ("dispute_reversal", 5000, "2026-03-13"))


def test_balances_are_those_of_the_books(run: Run) -> None:
    """What stands on an account, by leg."""
    answer = run(
        "select account, leg, balance_minor from balances where balance_minor <> 0 and leg is not null order by 1"
    )
    assert answer.rows == (("merchant_clearing", "d1", 12_345), ("partner_clearing", "d1", -12_345))


def test_the_present_is_the_homes(run: Run) -> None:
    """as_of() is what `--as-of` or the home's clock says."""
    assert run("select id from disputes where act_by_at < as_of() + interval 72 hour").rows == ((DUE,),)
    assert run("select as_of() as now").rows == (("2026-03-20T12:00:00.000000Z",),)


def test_instants_with_a_zone_are_given_in_utc(run: Run) -> None:
    """Whatever the query makes of them."""
    answer = run("select opened_at at time zone 'UTC' as z, 1 as one from disputes where id = '" + WON + "'")
    assert answer.rows == (("2026-03-01T09:00:00.000000Z", 1),)


def test_nested_values_and_odd_ones_are_json(run: Run) -> None:
    """Lists, structs, exact decimals, bytes; what is no number is null."""
    answer = run(
        "select [1, 2] as l, {'a': 1.50::decimal(4,2)} as s, 'nan'::double as n, '\\x01'::blob as b,"
        " 5::decimal(9,2) as d"
    )
    assert answer.rows == (([1, 2], {"a": "1.50"}, None, "01", 5),)


def test_rows_and_bytes_beyond_the_limit_are_cut_and_said_so(run: Run) -> None:
    """Nobody takes a part for the whole."""
    assert run("select * from range(5)", rows=5).is_cut is False
    cut = run("select * from range(6)", rows=5)
    assert (len(cut.rows), cut.is_cut) == (5, True)
    assert run("select repeat('x', 1000) from range(6)", result_bytes=3000).is_cut


@pytest.mark.parametrize(
    "query",
    [
        "",
        "select 1; select 2",
        "insert into disputes values (1)",
        "update disputes set stage = 'won'",
        "delete from disputes",
        "create table x as select 1",
        "drop table disputes",
        "copy disputes to '/tmp/x.csv'",
        "copy (select 1) to '/tmp/x.csv'",
        "attach 'other.db'",
        "pragma database_list",
        "set memory_limit = '10GB'",
        "install httpfs",
        "load httpfs",
        "call pragma_version()",
        "explain analyze select 1",
        "select * from 'secrets.csv'",
        "select * from '/etc/passwd'",
        'select * from "keys/home.key"',
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from read_blob('/etc/passwd')",
        "select * from parquet_scan('x.parquet')",
        "select * from glob('/*')",
        "select * from sniff_csv('/etc/passwd')",
        "select * from duckdb_settings()",
        "select * from duckdb_secrets()",
        "select * from information_schema.tables",
        "select * from main.disputes",
        "select * from copy.main.disputes",
        "select * from secret",
        "select * from object",
        "select * from setting",
        "select * from query('select 1')",
        "select * from query_table('disputes')",
        "select * from disputes, lateral (select * from read_text('/etc/passwd'))",
        "select (select content from read_text('/etc/passwd'))",
        "with x as (select * from read_text('/etc/passwd')) select * from x",
        "select getenv('HOME')",
        "from 'x.csv'",
        "(" * 5000 + "select 1" + ")" * 5000,
        "select " + "x" * 60_000,
    ],
)
def test_what_is_not_a_select_over_sources_is_refused(run: Run, query: str) -> None:
    """Writes, files, networks, settings and tables of secrets, whichever way they are asked for."""
    with pytest.raises(SqlRefused):
        run(query)


def test_a_mistake_in_the_query_is_a_message_with_the_next_step(run: Run) -> None:
    """DuckDB's own words, and where the columns are listed."""
    with pytest.raises(SqlRefused, match=r"stagee.*recoup sql --list"):
        run("select stagee from disputes")


def test_a_query_without_end_is_ended(run: Run) -> None:
    """The child is killed from outside when its time is over."""
    with pytest.raises(SqlRefused, match="second"):
        run("select count(*) from range(1000000000000) where range % 7 = 3", seconds=1)


def test_a_query_beyond_its_memory_is_ended(run: Run) -> None:
    """Memory is the child's, and the copy's directory is not written to."""
    with pytest.raises(SqlRefused, match="64 MiB"):
        run("select list(range) from range(100000000)", memory_mib=64)


def test_nothing_of_the_copy_stays(run: Run, tmp_path: Path) -> None:
    """The throw-away database is thrown away, after an answer and after a refusal."""
    run("select 1")
    with pytest.raises(SqlRefused):
        run("select nothing from disputes")
    assert list(tmp_path.iterdir()) == []


def test_lines_that_only_the_lake_has_are_among_the_money_lines(tmp_path: Path) -> None:
    """Those of a large delivery that are booked in total; what the register has is not told twice."""
    large = {**REPORTED, "delivery": "del_large", "name": "large.csv", "lake_file": "money_line/large.parquet"}
    lake = tmp_path / "lake"
    (lake / "money_line").mkdir(parents=True)
    columns: dict[str, list[Any]] = {name: [None, None, None] for name in MONEY_LINE_COLUMNS}
    columns.update(
        identity=["txn_a", "txn_b", "txn_1"],
        kind=["charge", "charge", "dispute"],
        partner_dispute_id=[None, None, "dp_won"],
        net_minor=[100, 250, -6500],
        currency=["USD"] * 3,
        effective_on=["2026-03-02"] * 3,
        occurred_at=[0] * 3,
    )
    pq.write_table(pa.table(columns), lake / "money_line" / "large.parquet")
    other = open_register(f"sqlite:///{tmp_path / 'register.db'}")
    migrate(other)
    fill(other, {"delivery": [large], "money_line": LINES}, NOW)
    with other.reading() as view:
        answer = ask(
            view,
            "select identity, position, id is null as is_in_lake, feed, net_minor, effective_on"
            " from money_lines order by 1",
            Home(tmp_path, lake),
            NOW,
        )
    other.close()
    assert answer.rows == (
        ("txn_1", 2, False, "payout_report", -6500, "2026-03-02"),
        ("txn_2", 2, False, "payout_report", 5000, "2026-03-13"),
        ("txn_a", 1, True, "payout_report", 100, "2026-03-02"),
        ("txn_b", 2, True, "payout_report", 250, "2026-03-02"),
    )


def test_a_refusal_tells_a_slip_from_a_limit(run: Run) -> None:
    """A column that there is not is no matter of limits, and no message holds marks of a terminal."""
    with pytest.raises(SqlRefused) as misread:
        run("select nope from disputes")
    assert misread.value.wanted == "one that can be answered"
    with pytest.raises(SqlRefused) as broken:
        run("export database 'x'")
    assert "\x1b" not in str(broken.value)
