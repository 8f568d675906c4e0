"""Files read as sets: what is taken, what is quarantined, what is held, and that positions stay true."""

import csv
import datetime as dt
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recoup.domain.money import unit_rules
from recoup.domain.money_line import BOOKED_ONE_BY_ONE
from recoup.intake import table_checks
from recoup.intake.table_reader import OWN_LAKE_FILE_LINES
from recoup.partners.contract import TABLE_COLUMNS
from recoup.storage import schema
from tests.fakes.tables import (
    CHARGEBACK,
    FEEDS,
    SALE,
    SETTLEMENT_HEADER,
    connection,
    lines,
    read,
    read_path,
    settlement,
    shown,
)

# Test numbers as the networks' own sandboxes publish them.
CARD_NUMBERS = ("4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "3530111333300000")


def _sales(count: int) -> list[str]:
    return [SALE.format(n=n) for n in range(1, count + 1)]


def test_records_are_accepted_or_quarantined_and_nothing_else(tmp_path: Path) -> None:
    """The law of reading, on a file with good and bad records."""
    told = _sales(9)
    told[3] = told[3].replace("9.50", "9,50").replace(",9,50,", ',"9,50",')
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path)
    assert (reading.held, reading.records, reading.accepted, len(reading.quarantined)) == (None, 9, 8, 1)
    assert shown(reading) == [
        '4: Net Credit (NC) "9,50"; wanted an amount in digits, with a point and at most 2 decimals [table.amount]'
    ]
    assert [line.position for line in reading.money_lines] == [1, 2, 3, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    "amount", ["1e3", "1_000", "NaN", "12.345", "12.", ".5", "+1.00", " 9.50", "９.50", "0x10", "--1"]
)
def test_an_amount_that_a_cast_would_read_is_refused(tmp_path: Path, amount: str) -> None:
    """Pattern before cast: what looks like a number to a computer is none to a bank."""
    reading = read("adyen", "settlement_detail", settlement(SALE.format(n=1).replace("9.50", amount)), tmp_path)
    assert [q.finding.check for q in reading.quarantined] == ["table.amount"]


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [("JPY", "1200", 1200), ("KWD", "1.250", 1250), ("EUR", "12.5", 1250), ("HUF", "12.50", 1250), ("BHD", "0.001", 1)],
)
def test_minor_units_follow_the_currency(tmp_path: Path, currency: str, amount: str, minor: int) -> None:
    """Zero, two and three decimals, each as ISO 4217 has them."""
    reading = read("bank", "statement", _statement(amount, currency), tmp_path)
    assert reading.held is None
    assert [line.net_minor for line in reading.money_lines] == [minor]


@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "12.50"), ("JPY", "12.00"), ("EUR", "0.001"), ("KWD", "1.2505")]
)
def test_more_decimals_than_the_currency_has_are_refused(tmp_path: Path, currency: str, amount: str) -> None:
    """Never rounded: the file and we do not agree on the unit."""
    reading = read("bank", "statement", _statement(amount, currency), tmp_path)
    assert [q.finding.check for q in reading.quarantined] == ["table.amount"]


def test_amounts_of_fifteen_digits_are_read_to_the_cent(tmp_path: Path) -> None:
    """The longest amount that passes the pattern is still exact."""
    reading = read("bank", "statement", _statement("90000000000000.07", "EUR"), tmp_path)
    assert [line.net_minor for line in reading.money_lines] == [9_000_000_000_000_007]
    reading = read("bank", "statement", _statement("900000000000000.07", "EUR"), tmp_path)
    assert [line.net_minor for line in reading.money_lines] == [90_000_000_000_000_007]


def test_adyens_own_decimals_are_brought_to_iso(tmp_path: Path) -> None:
    """Adyen writes two decimals of the Chilean peso, which has none: 10.00 is 10, and 10.50 cannot be said."""
    told = SALE.format(n=1).replace("EUR", "CLP").replace("0.30,0.15,0.05", ",,").replace("9.50", "10.00")
    reading = read("adyen", "settlement_detail", settlement(told), tmp_path)
    assert [(line.net_minor, line.currency) for line in reading.money_lines] == [(10, "CLP")]
    half = told.replace("10.00", "10.50")
    assert [q.finding.check for q in read("adyen", "settlement_detail", settlement(half), tmp_path).quarantined] == [
        "table.amount"
    ]


def test_every_unit_rule_has_a_pattern() -> None:
    """A pair of decimals without a pattern would refuse every amount of its currency."""
    pairs = {pair for partner in FEEDS for pair in unit_rules().factors(partner, "*", dt.date(2026, 6, 1)).values()}
    for wire, iso in pairs:
        fit = max(wire, iso) * 10 + iso
        told = "1.0;" if fit >= 10 else "1;"
        assert connection().execute("select are_amounts(?, ?)", [told, fit]).fetchall() == [(True,)], fit


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("2026-05-10 12:00:00", "2026-13-10 12:00:00"), "table.instant"),
        (("2026-05-10 12:00:00", "10/05/2026 12:00"), "table.instant"),
        (("2026-05-10 12:00:00", "2026-02-30 12:00:00"), "table.instant"),
        ((",EUR,,9.50", ",EUX,,9.50"), "table.currency"),
        ((",EUR,,9.50", ",XAU,,9.50"), "table.currency"),
        ((",Settled,", ",,"), "table.missing"),
        ((",EUR,,9.50", ",EUR,,"), "table.missing"),
        (("0.15", "0.16"), "table.net"),
    ],
)
def test_a_cell_that_cannot_be_right_quarantines_its_record(tmp_path: Path, change: tuple[str, str], code: str) -> None:
    """Days, currencies, words and sums, each with a code of its own; the records around it go through."""
    told = [SALE.format(n=1), SALE.format(n=2).replace(*change), SALE.format(n=3)]
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path)
    assert [(q.position, q.finding.check) for q in reading.quarantined] == [(2, code)]
    assert reading.accepted == 2


def test_a_record_of_another_account_is_quarantined_and_a_whole_file_held(tmp_path: Path) -> None:
    """One foreign line is an error in a file, a file of them is somebody else's."""
    told = [SALE.format(n=1), SALE.format(n=2).replace("RecoupCOM", "OtherCOM")]
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path, account="RecoupCOM")
    assert shown(reading) == ['2: Merchant Account "OtherCOM"; wanted the account RecoupCOM [table.wrong_account]']
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path, account="ThirdCOM")
    assert reading.held is not None
    assert reading.held.check == "table.wrong_account"
    assert reading.money_lines == []


def test_a_line_in_a_currency_that_the_account_has_not_is_quarantined(tmp_path: Path) -> None:
    """Known only where the account's currencies are."""
    told = settlement(SALE.format(n=1), SALE.format(n=2).replace("EUR", "GBP"))
    assert read("adyen", "settlement_detail", told, tmp_path).accepted == 2
    reading = read("adyen", "settlement_detail", told, tmp_path, currencies=("EUR",))
    assert shown(reading) == ["2: a line in GBP; wanted the currency of the account, EUR [table.currency_of_account]"]


def test_an_identity_that_is_said_twice_counts_once(tmp_path: Path) -> None:
    """The second record is quarantined, and the message names the first."""
    reading = read("adyen", "settlement_detail", settlement(*_sales(3), SALE.format(n=2)), tmp_path)
    assert shown(reading) == [
        '4: "MOD0000000000002|Settled|7" again, after record 2; wanted one record [table.duplicate]'
    ]


def test_an_unknown_word_goes_through_as_unknown_and_is_told_once(tmp_path: Path) -> None:
    """Its money is part of the batch whatever it means."""
    told = [SALE.format(n=n).replace("Settled", "Sprinkled") for n in (1, 2)]
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path)
    assert [line.kind for line in reading.money_lines] == ["unknown", "unknown"]
    assert [(f.check, f.found) for f in reading.findings] == [("codes.unknown", '"Sprinkled" in 2 records')]


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    """What a column is called counts, not where it stands."""
    rows = list(csv.reader(settlement(*_sales(3), CHARGEBACK.format(n=4)).splitlines()))
    turned = io.StringIO()
    csv.writer(turned).writerows([row[::-1] for row in rows])
    straight = read("adyen", "settlement_detail", settlement(*_sales(3), CHARGEBACK.format(n=4)), tmp_path)
    assert read("adyen", "settlement_detail", turned.getvalue(), tmp_path).money_lines == straight.money_lines


def test_a_missing_column_holds_the_file_and_an_unknown_one_is_noted(tmp_path: Path) -> None:
    """A layout may grow; it may not lose what we read."""
    reading = read("adyen", "settlement_detail", settlement(SALE.format(n=1)).replace(",Type,", ",Kind,"), tmp_path)
    assert reading.held is not None
    assert (reading.held.check, reading.held.found) == ("table.layout", "25 columns, without Type")
    grown = lines(f"{SETTLEMENT_HEADER},Colour", f"{SALE.format(n=1)},blue")
    reading = read("adyen", "settlement_detail", grown, tmp_path)
    assert (reading.held, reading.accepted) == (None, 1)
    assert [(f.check, f.severity, f.found) for f in reading.findings] == [
        ("contract.drift", "note", '1 columns that no layout names: "Colour"')
    ]


def test_a_column_that_stands_twice_holds_the_file(tmp_path: Path) -> None:
    """Which of the two would count?"""
    doubled = lines(f"{SETTLEMENT_HEADER},Type", f"{SALE.format(n=1)},Refunded")
    held = read("adyen", "settlement_detail", doubled, tmp_path).held
    assert held is not None
    assert (held.check, held.found) == ("table.layout", "column Type twice")


def test_a_shifted_record_is_quarantined_by_its_columns(tmp_path: Path) -> None:
    """One delimiter too many, and one column lost; positions and lines of the others stay."""
    told = _sales(5)
    told[1] += ",more"
    told[3] = told[3].replace(",visa,", ",")
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path, name="s.csv")
    assert [(q.position, q.finding.where, q.finding.found) for q in reading.quarantined] == [
        (2, "s.csv:3", "26 columns"),
        (4, "s.csv:5", "24 columns"),
    ]
    assert [line.position for line in reading.money_lines] == [1, 3, 5]


def test_columns_shifted_in_every_record_let_nothing_through(tmp_path: Path) -> None:
    """The header is right, and every value one place to the left."""
    told = [f"{sale.replace('Recoup,', '', 1)}," for sale in _sales(3)]
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path)
    assert (reading.accepted, len(reading.quarantined)) == (0, 3)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_held(tmp_path: Path, kept: float) -> None:
    """Wherever the cut falls: in the header, in a record; nothing of it is applied."""
    whole = settlement(*_sales(20), payout="190.00")
    reading = read("adyen", "settlement_detail", whole[: int(len(whole) * kept)], tmp_path)
    assert reading.held is not None
    assert reading.money_lines == []


def test_a_file_without_its_last_line_end_is_whole(tmp_path: Path) -> None:
    """RFC 4180 allows it."""
    reading = read("adyen", "settlement_detail", settlement(*_sales(2)).removesuffix("\n"), tmp_path)
    assert (reading.held, reading.accepted) == (None, 2)


def test_a_misencoded_file_is_held_with_place_and_rule(tmp_path: Path) -> None:
    """Latin-1 is not guessed; UTF-8 with a mark and UTF-16 are read."""
    told = settlement(SALE.format(n=1).replace("order-1", "commande-é"))
    held = read("adyen", "settlement_detail", told.encode("latin-1"), tmp_path, name="s.csv").held
    assert held is not None
    assert (held.check, held.where) == ("delimited.encoding", "s.csv:2")
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        reading = read("adyen", "settlement_detail", told.encode(encoding), tmp_path)
        assert [line.reference for line in reading.money_lines] == ["commande-é"], encoding


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_lines_may_end_as_other_systems_end_them(tmp_path: Path, ending: str) -> None:
    """CRLF, and CR alone."""
    reading = read("adyen", "settlement_detail", settlement(*_sales(3)).replace("\n", ending), tmp_path)
    assert [line.position for line in reading.money_lines] == [1, 2, 3]


def test_mixed_line_ends_are_read_line_by_line(tmp_path: Path) -> None:
    """Two systems wrote one file."""
    mixed = settlement(*_sales(2)) + settlement(*_sales(4)).split("\n", 3)[3].replace("\n", "\r\n")
    assert [line.position for line in read("adyen", "settlement_detail", mixed, tmp_path).money_lines] == [1, 2, 3, 4]


def test_quoted_fields_may_hold_delimiters_and_line_ends(tmp_path: Path) -> None:
    """A record is not a line."""
    told = SALE.format(n=1).replace("order-1", '"order, ""1""\nof two"')
    reading = read("adyen", "settlement_detail", settlement(told, SALE.format(n=2)), tmp_path)
    assert [(line.position, line.reference) for line in reading.money_lines] == [
        (1, 'order, "1"\nof two'),
        (2, "order-2"),
    ]


def test_an_unclosed_quote_holds_the_file(tmp_path: Path) -> None:
    """It has eaten what follows."""
    told = [SALE.format(n=1), SALE.format(n=2).replace("order-2", '"order-2'), *_sales(5)[2:]]
    held = read("adyen", "settlement_detail", settlement(*told), tmp_path, name="s.csv").held
    assert held is not None
    assert (held.check, held.where) == ("delimited.unclosed_quote", "s.csv:3")


def test_a_header_alone_is_an_empty_report_and_nothing_at_all_is_none(tmp_path: Path) -> None:
    """A quiet day, and a transfer that failed."""
    reading = read("adyen", "settlement_detail", settlement(), tmp_path)
    assert (reading.held, reading.records) == (None, 0)
    held = read("adyen", "settlement_detail", b"", tmp_path).held
    assert held is not None
    assert held.check == "delimited.empty"


def test_a_wrong_delimiter_holds_the_file(tmp_path: Path) -> None:
    """Semicolons make one column of all."""
    held = read("adyen", "settlement_detail", settlement(*_sales(2)).replace(",", ";"), tmp_path).held
    assert held is not None
    assert held.check == "table.layout"


def test_a_file_of_bad_records_is_held_as_a_whole(tmp_path: Path) -> None:
    """Ten thousand refused records are one bad file, not ten thousand problems."""
    told = [sale.replace("9.50", "nine") for sale in _sales(table_checks.REFUSED_MAX + 1)]
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path)
    assert reading.held is not None
    assert reading.held.check == "table.refused"
    assert reading.quarantined == []


def test_the_stated_payout_must_pay_the_other_lines(tmp_path: Path) -> None:
    """A batch that pays out another sum than its lines come to is held, and the message has both."""
    told = (*_sales(2), CHARGEBACK.format(n=3))
    reading = read("adyen", "settlement_detail", settlement(*told, payout="3.35"), tmp_path)
    assert reading.held is None
    assert [(c.name, c.stated, c.computed, c.currency) for c in reading.controls] == [
        ("payout of batch 7", 335, 335, "EUR")
    ]
    held = read("adyen", "settlement_detail", settlement(*told, payout="3.36"), tmp_path, name="s.csv").held
    assert held is not None
    assert (held.check, held.found) == (
        "intake.control_total",
        "payout of batch 7 stated 3.36 EUR, computed 3.35 EUR",
    )


def test_a_total_that_a_bad_amount_leaves_open_is_said_and_holds_nothing(tmp_path: Path) -> None:
    """The good rest goes through; the books will show what is missing."""
    told = (SALE.format(n=1), SALE.format(n=2).replace("9.50", "nine"))
    reading = read("adyen", "settlement_detail", settlement(*told, payout="19.00"), tmp_path)
    assert (reading.held, reading.accepted, reading.controls) == (None, 2, [])
    assert [f.check for f in reading.findings] == ["table.total_unproven"]


def test_a_bad_record_with_a_readable_amount_still_counts_in_the_total(tmp_path: Path) -> None:
    """What cannot be placed can still be added up."""
    told = (SALE.format(n=1), SALE.format(n=2).replace("2026-05-10", "2026-15-10"))
    reading = read("adyen", "settlement_detail", settlement(*told, payout="19.00"), tmp_path)
    assert (reading.held, reading.accepted) == (None, 2)
    assert [(c.stated, c.computed) for c in reading.controls] == [(1900, 1900)]


def test_a_large_file_makes_a_parquet_in_the_order_of_its_records(tmp_path: Path) -> None:
    """Lines booked one by one come out with their positions, the others as totals; together they are the file."""
    count = OWN_LAKE_FILE_LINES
    told = _sales(count)
    for at in (4_999, count - 2):
        told[at] = CHARGEBACK.format(n=at + 1)
    net = 950 * (count - 2) - 2 * 1565
    reading = read("adyen", "settlement_detail", settlement(*told, payout=f"{net / 100:.2f}"), tmp_path)
    assert reading.held is None
    assert [(line.position, line.kind) for line in reading.money_lines] == [
        (5_000, "dispute"),
        (count - 1, "dispute"),
        (count + 1, "payout"),
    ]
    assert [row[1:4] + row[7:12] for row in reading.totals] == [
        ("7", "charge", "EUR", count - 2, 1000 * (count - 2), 50 * (count - 2), 950 * (count - 2), "2026-05-10")
    ]
    assert len(reading.totals[0]) == len(schema.settlement_total.columns)
    assert reading.parquet is not None
    references = pq.read_table(reading.parquet, columns=["reference"]).column(0).to_pylist()
    assert references == [f"order-{n}" for n in range(1, count + 1)] + ["TX1 batch 7, RecoupCOM"]


@pytest.mark.parametrize("in_memory", [0, 1 << 30])
def test_both_ways_of_staging_read_alike(tmp_path: Path, in_memory: int) -> None:
    """Through memory and through Parquet: the same lines, positions, problems and totals."""
    told = _sales(OWN_LAKE_FILE_LINES + 50)
    told[10] = told[10].replace("9.50", "nine")
    told[20] += ",more"
    told[30] = told[29]
    told[40] = CHARGEBACK.format(n=41)
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path, in_memory_bytes=in_memory)
    assert [q.position for q in reading.quarantined] == [11, 21, 31]
    assert reading.accepted == OWN_LAKE_FILE_LINES + 47
    assert [line.position for line in reading.money_lines] == [41]
    assert reading.totals[0][7] == OWN_LAKE_FILE_LINES + 46
    assert reading.parquet is not None
    kept = pq.read_table(reading.parquet, columns=["position"]).column(0).to_pylist()
    assert kept == [n for n in range(1, OWN_LAKE_FILE_LINES + 51) if n not in (11, 21, 31)]


def test_a_lake_file_has_only_types_that_every_engine_reads(tmp_path: Path) -> None:
    """BIGINT and VARCHAR; never DOUBLE, HUGEINT or unsigned."""
    reading = read("adyen", "settlement_detail", settlement(*_sales(OWN_LAKE_FILE_LINES)), tmp_path)
    assert reading.parquet is not None
    read_back = pq.read_schema(reading.parquet)
    assert set(read_back.types) <= {pa.int64(), pa.string()}
    assert tuple(read_back.names) == TABLE_COLUMNS["money_line"]


def test_totals_leave_out_exactly_what_is_booked_one_by_one(tmp_path: Path) -> None:
    """No line is booked twice, none is forgotten."""
    told = [*_sales(OWN_LAKE_FILE_LINES), CHARGEBACK.format(n=77_777)]
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path)
    assert {line.kind for line in reading.money_lines} <= BOOKED_ONE_BY_ONE
    assert sum(row[7] for row in reading.totals) + len(reading.money_lines) == reading.accepted


def test_card_numbers_survive_in_no_column(tmp_path: Path) -> None:
    """Planted in every text column of accepted and refused records alike; no line, message or file shows one."""
    width = len(SETTLEMENT_HEADER.split(","))
    for number in CARD_NUMBERS:
        told = []
        for place in range(width):
            cells = next(csv.reader([SALE.format(n=place)]))
            cells[place] = number
            told.append(",".join(cells))
        reading = read("adyen", "settlement_detail", settlement(*told), tmp_path, name="s.csv")
        assert number not in repr((reading.money_lines, reading.quarantined, reading.findings, reading.held))
        assert reading.accepted + len(reading.quarantined) == width


@pytest.mark.parametrize("in_memory", [0, 1 << 30])
def test_card_numbers_do_not_reach_the_lake(tmp_path: Path, in_memory: int) -> None:
    """A large file with numbers in references, text and identifiers: they leave before anything is written."""
    told = _sales(OWN_LAKE_FILE_LINES)
    told[5] = told[5].replace("MOD0000000000006", CARD_NUMBERS[0])
    told[6] = told[6].replace("order-7", "paid with 4111 1111 1111 1111")
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path, in_memory_bytes=in_memory)
    assert reading.parquet is not None
    written = repr(pq.read_table(reading.parquet).to_pylist())
    assert CARD_NUMBERS[0] not in written
    assert "4111 1111" not in written
    assert "411111******1111" in written
    assert "tok_" in written


def test_ten_thousand_references_still_join(tmp_path: Path) -> None:
    """Identifiers that look like card numbers become tokens, each its own, the same in every file."""
    numbers = [f"{4_000_000_000_000_000 + n * 7_919}" for n in range(10_000)]
    told = [SALE.format(n=n).replace(f"PSP{n:013}", number) for n, number in enumerate(numbers)]
    there = read("adyen", "settlement_detail", settlement(*told), tmp_path)
    again = read("adyen", "settlement_detail", settlement(*reversed(told)), tmp_path)
    assert there.parquet is not None
    assert again.parquet is not None
    columns = ["payment_ref", "reference"]
    first = {row["reference"]: row["payment_ref"] for row in pq.read_table(there.parquet, columns=columns).to_pylist()}
    second = {row["reference"]: row["payment_ref"] for row in pq.read_table(again.parquet, columns=columns).to_pylist()}
    assert first == second
    assert len(set(first.values())) == 10_000
    tokens = [ref for ref in first.values() if ref.startswith("tok_")]
    assert tokens  # a tenth of them pass Luhn
    assert not set(tokens) & set(numbers)


def test_a_column_full_of_card_numbers_is_a_finding(tmp_path: Path) -> None:
    """Somebody sends numbers where references belong."""
    told = [SALE.format(n=n).replace(f"PSP{n:013}", CARD_NUMBERS[n % 5]) for n in range(50)]
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path)
    assert [(f.check, f.found) for f in reading.findings] == [
        ("card_numbers.share", "card numbers in 50 of 50 values of payment_ref")
    ]


def test_a_torn_parquet_file_is_held(tmp_path: Path) -> None:
    """Its footer is at the end: cut anywhere, it is no file."""
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({"record": ["total"]}), path)
    path.write_bytes(path.read_bytes()[:-20])
    held = read_path("house", "payments", path, tmp_path).held
    assert held is not None
    assert held.check == "parquet.truncated"


def _statement(amount: str, currency: str) -> str:
    head = "record,account,statement,booked_on,value_on,amount,currency,reference,end_to_end,remittance,lines"
    line = f"line,acc,1,2026-01-31,,{amount},{currency},BK-1,,,"
    return lines(
        head, f"opening,acc,1,2026-01-30,,0,{currency},,,,", line, f"closing,acc,1,2026-01-31,,{amount},{currency},,,,1"
    )
