"""The house's own files: their layout as documented, their totals, and what is wrong with a row."""

import re
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recoup.partners import house
from recoup.partners.house.partner import PARTNER
from recoup.partners.house.wire import COLUMNS
from recoup.storage import schema
from tests.fakes.tables import lines, read, read_path, shown

README = (Path(house.__file__).parent / "README.md").read_text()
EXAMPLES = re.findall(r"```csv\n(.*?)```", README, re.DOTALL)
PAYMENT = "line,pay_{n},m_7,stripe,acct_1,ch_{n},{amount},{currency},2026-01-31T10:00:00Z,"


def _payments(*told: str, totals: tuple[str, ...] = ()) -> str:
    return lines(",".join(COLUMNS["payments"]), *told, *totals)


def _total(amount: str, currency: str, count: int) -> str:
    return f"total,,,,,,{amount},{currency},,{count}"


@pytest.mark.parametrize(("feed", "example"), [("payments", 0), ("merchants", 1), ("ledger", 2)])
def test_the_documented_examples_are_read(tmp_path: Path, feed: str, example: int) -> None:
    """What README.md shows goes through, without a word."""
    reading = read("house", feed, EXAMPLES[example], tmp_path)
    assert (reading.held, reading.quarantined, reading.findings) == (None, [], [])
    assert reading.records == reading.accepted > 0


def test_rows_are_as_the_register_wants_them(tmp_path: Path) -> None:
    """As many values as the table has columns, in its order."""
    reading = read("house", "payments", EXAMPLES[0], tmp_path)
    assert [len(row) for row in reading.house["payment"]] == [len(schema.payment.columns)] * 2
    row = dict(zip((c.name for c in schema.payment.columns), reading.house["payment"][1], strict=True))
    assert (row["captured_minor"], row["currency"], row["captured_at"]) == (500, "JPY", 1_769_853_605_000_000)
    assert (row["delivery"], row["position"]) == ("del_1", 2)


def test_merchants_and_their_accounts_come_from_one_file(tmp_path: Path) -> None:
    """Two kinds of rows, two tables, one count."""
    reading = read("house", "merchants", EXAMPLES[1], tmp_path)
    assert reading.records == 2
    assert [row[:3] for row in reading.house["merchant"]] == [("m_7", "Seven Bikes", "EUR")]
    assert [row[:5] for row in reading.house["account_merchant"]] == [("adyen", "RecoupCOM", "m_7", "2024-01-01", None)]
    assert [len(row) for row in reading.house["merchant"]] == [len(schema.merchant.columns)]
    assert [len(row) for row in reading.house["account_merchant"]] == [len(schema.account_merchant.columns)]


def test_a_bad_row_of_either_kind_is_quarantined_in_its_place(tmp_path: Path) -> None:
    """A merchant without an id, an account from no day, a row of no kind."""
    told = lines(
        ",".join(COLUMNS["merchants"]),
        "merchant,,Seven Bikes,EUR,,,,,",
        "account,m_7,,,adyen,RecoupCOM,,,",
        "branch,m_7,,,,,,,",
        "account,m_7,,,adyen,RecoupCOM,2024-01-01,2023-01-01,",
        "total,,,,,,,,4",
    )
    reading = read("house", "merchants", told, tmp_path)
    assert shown(reading) == [
        "1: merchant nothing; wanted a value in every record [table.missing]",
        "2: valid_from nothing; wanted a day that exists, as 2026-01-31 [table.day]",
        '3: record "branch"; wanted merchant, account or total [table.word]',
        '4: valid_to "2023-01-01"; wanted a day after valid_from [table.word]',
    ]
    assert (reading.records, reading.accepted) == (4, 0)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_file_cut_between_two_lines_is_held(tmp_path: Path, cut: int) -> None:
    """Wherever it is cut, a total is missing or wrong."""
    whole = _payments(
        PAYMENT.format(n=1, amount="12.50", currency="EUR"),
        PAYMENT.format(n=2, amount="500", currency="JPY"),
        totals=(_total("12.50", "EUR", 1), _total("500", "JPY", 1)),
    )
    assert read("house", "payments", whole, tmp_path).held is None
    kept = "".join(whole.splitlines(keepends=True)[:-cut])
    held = read("house", "payments", kept, tmp_path).held
    assert held is not None
    assert held.check == "intake.control_total"


@pytest.mark.parametrize(
    "totals",
    [
        (_total("12.51", "EUR", 1),),
        (_total("12.50", "EUR", 2),),
        (_total("12.50", "USD", 1),),
        (_total("12,50", "EUR", 1).replace("12,50", '"12,50"'),),
        (_total("12.50", "EUR", 1), _total("0.01", "EUR", 0)),
    ],
)
def test_a_total_that_differs_holds_the_file(tmp_path: Path, totals: tuple[str, ...]) -> None:
    """In amount, number, currency or by a stray one."""
    held = read(
        "house", "payments", _payments(PAYMENT.format(n=1, amount="12.50", currency="EUR"), totals=totals), tmp_path
    ).held
    assert held is not None
    assert held.check == "intake.control_total"


def test_two_files_joined_are_held(tmp_path: Path) -> None:
    """A total in the middle is the end of another file."""
    told = _payments(
        PAYMENT.format(n=1, amount="12.50", currency="EUR"),
        _total("12.50", "EUR", 1),
        PAYMENT.format(n=2, amount="12.50", currency="EUR"),
        totals=(_total("12.50", "EUR", 1),),
    )
    held = read("house", "payments", told, tmp_path).held
    assert held is not None
    assert held.check == "table.total_not_last"


def test_a_day_without_rows_states_that(tmp_path: Path) -> None:
    """One total row, no lines."""
    for feed, columns in COLUMNS.items():
        total = ["total", *[""] * (len(columns) - 2), "0"]
        reading = read(
            "house", feed, lines(",".join(columns), ",".join(total)), tmp_path, name=f"{feed}_2026-01-31.csv"
        )
        assert (reading.held, reading.records, reading.covers_on) == (None, 0, "2026-01-31"), feed


def test_ledger_lines_are_signed_as_the_merchants_balance_moves(tmp_path: Path) -> None:
    """A debit of which 5.00 could not be paid."""
    told = lines(
        ",".join(COLUMNS["ledger"]),
        "line,hl_1,m_7,dispute_debit,stripe,dp_1,pay_1,-12.50,5.00,EUR,2026-02-03,",
        "line,hl_2,m_7,dispute_debit,,dp_1,pay_1,-12.50,,EUR,2026-02-03,",
        "line,hl_3,m_7,gift,,,,1.00,,EUR,2026-02-03,",
        "line,hl_4,m_7,other,,,,1.00,-1.00,EUR,2026-02-03,",
        "total,,,,,,,-23.00,,EUR,,4",
    )
    reading = read("house", "ledger", told, tmp_path)
    assert [row[:10] for row in reading.house["house_line"]] == [
        ("hl_1", "m_7", "dispute_debit", "stripe", "dp_1", "pay_1", -1250, 500, "EUR", "2026-02-03")
    ]
    assert [q.finding.check for q in reading.quarantined] == ["table.missing", "table.word", "table.amount"]


def test_allocations_say_who_bears_what(tmp_path: Path) -> None:
    """The merchant or the house, nobody else."""
    told = lines(
        ",".join(COLUMNS["allocations"]),
        "line,al_1,pay_1,merchant,house,house,2026-01-01,",
        "line,al_2,pay_1,issuer,house,house,2026-01-01,",
        "total,,,,,,,2",
    )
    reading = read("house", "allocations", told, tmp_path)
    assert [row[:6] for row in reading.house["allocation"]] == [
        ("al_1", "pay_1", "merchant", "house", "house", "2026-01-01")
    ]
    assert shown(reading) == ['2: principal "issuer"; wanted merchant or house [table.word]']


def test_refunds_need_an_instant_with_its_offset(tmp_path: Path) -> None:
    """A local time is nobody's time."""
    told = lines(
        ",".join(COLUMNS["refunds"]),
        "line,re_1,pay_1,1.00,EUR,2026-01-31T10:00:00+01:00,",
        "line,re_2,pay_1,1.00,EUR,2026-01-31 10:00:00,",
        "total,,,2.00,EUR,,2",
    )
    reading = read("house", "refunds", told, tmp_path)
    assert [row[:5] for row in reading.house["refund"]] == [("re_1", "pay_1", 100, "EUR", 1_769_850_000_000_000)]
    assert [q.finding.check for q in reading.quarantined] == ["table.instant"]


def _parquet(path: Path, amount: pa.Array) -> None:
    table = pa.table(
        {
            "record": ["line", "total"],
            "payment": ["pay_1", None],
            "merchant": ["m_7", None],
            "partner": ["stripe", None],
            "account": ["acct_1", None],
            "payment_ref": ["ch_1", None],
            "amount": amount,
            "currency": ["EUR", "EUR"],
            "captured_at": pa.array([1_769_853_600_000_000, None], pa.timestamp("us", "UTC")),
            "lines": pa.array([None, 1], pa.int64()),
        }
    )
    pq.write_table(table, path)


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    """Decimals, instants and integers of their own types."""
    path = tmp_path / "p.parquet"
    _parquet(path, pa.array([Decimal("12.50"), Decimal("12.50")], pa.decimal128(18, 2)))
    reading = read_path("house", "payments", path, tmp_path)
    assert (reading.held, reading.accepted) == (None, 1)
    assert reading.house["payment"][0][5:8] == (1250, "EUR", 1_769_853_600_000_000)


def test_parquet_with_fractions_of_two_is_held(tmp_path: Path) -> None:
    """12.1 in a DOUBLE is not 12.10."""
    path = tmp_path / "p.parquet"
    _parquet(path, pa.array([12.5, 12.5], pa.float64()))
    held = read_path("house", "payments", path, tmp_path).held
    assert held is not None
    assert held.check == "parquet.column_type"


def test_the_house_confirms_by_its_ledger() -> None:
    """And by nothing else."""
    assert PARTNER.books == {"confirms": ("ledger",)}
    assert set(PARTNER.feeds) == set(COLUMNS)
