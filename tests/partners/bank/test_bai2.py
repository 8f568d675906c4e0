"""BAI2 becomes money lines, where a report is final and adds up."""

import io

import pytest

from recoup.partners.bank.mapping_bai2 import lay_out_bai2, read_bai2
from recoup.partners.contract import Arrived, Reading

DETAIL = (
    "16,165,12345,Z,TRACE-000123,OURS-1,STRIPE TRANSFER/",
    "88,EREF: po_1",
    "16,557,2345,Z,TRACE-000124,,RETURNED/",
)


def report(
    *detail: str,
    status: str = "1",
    modifier: str = "2",
    closing: int = 20_000,
    account: str = "1234567",
    total: int | None = None,
) -> bytes:
    """A report of one account that opens with 100.00 dollars."""
    amounts = sum(int(line.split(",")[2]) for line in detail if line.startswith("16"))
    lines = [f"03,{account},USD,010,10000,,,015,{closing},,/", *detail]
    stated = 10_000 + closing + amounts if total is None else total
    lines.append(f"49,{stated},{len(lines) + 1}/")
    whole = [
        "01,BANK,US,260105,0200,1,,,2/",
        f"02,US,BANK,{status},260104,2359,USD,{modifier}/",
        *lines,
        f"98,{stated},1,{len(lines) + 2}/",
        f"99,{stated},1,{len(lines) + 4}/",
    ]
    return "\n".join([*whole, ""]).encode()


def read(raw: bytes, account: str = "default") -> Reading:
    """The one part of a small file."""
    arrived = Arrived("del_1", "bank", account, "bai2", "x.bai", 1_780_000_000_000_000, "America/New_York")
    (reading,) = read_bai2(arrived, io.BytesIO(raw))
    assert reading.records == reading.accepted + len(reading.quarantined)
    return reading


def test_a_credit_names_its_payout_and_a_return_is_seen() -> None:
    """EREF in a continuation; the type code is the partner's kind."""
    reading = read(report(*DETAIL))
    assert (reading.held, reading.covers_on, reading.sequence, reading.findings) == (None, "2026-01-04", None, [])
    first, second = reading.money_lines
    assert (first.identity, first.batch, first.net_minor, first.currency) == ("TRACE-000123", "po_1", 12_345, "USD")
    assert (first.reference, first.effective_on) == ("STRIPE TRANSFER", "2026-01-04")
    assert (second.partner_kind, second.net_minor, second.batch) == ("557", -2_345, None)


@pytest.mark.parametrize(("total", "closing", "check"), [(1, 20_000, "bai2.total"), (None, 20_001, "bai2.proof")])
def test_what_does_not_add_up_is_held(total: int | None, closing: int, check: str) -> None:
    """A control total, a balance."""
    held = read(report(*DETAIL, total=total, closing=closing)).held
    assert held is not None
    assert held.check == check


@pytest.mark.parametrize(("status", "modifier"), [("1", "1"), ("1", "3"), ("4", "2")])
def test_interim_and_test_reports_book_nothing(status: str, modifier: str) -> None:
    """They are read and proved; a note says why nothing comes of them."""
    reading = read(report(*DETAIL, status=status, modifier=modifier))
    assert (reading.held, reading.accepted, reading.money_lines) == (None, 2, [])
    assert [(found.check, found.severity) for found in reading.findings] == [("bank.interim", "note")]


def test_a_deletion_is_for_a_person() -> None:
    """Nobody else can say which lines it takes back."""
    reading = read(report(*DETAIL, status="2"))
    assert (reading.held, [bad.finding.check for bad in reading.quarantined]) == (None, ["bank.deletion"] * 2)


def test_a_bad_record_is_quarantined_and_the_rest_goes_on() -> None:
    """The proof says that it is open."""
    reading = read(report(*DETAIL).replace(b"16,557,2345", b"16,999,2345"))
    assert (reading.held, len(reading.money_lines)) == (None, 1)
    assert [bad.finding.check for bad in reading.quarantined] == ["bai2.type"]
    assert {found.check for found in reading.findings} == {"bai2.unproven"}


def test_another_account_is_held() -> None:
    """Every record is somebody else's."""
    assert read(report(*DETAIL), account="1234567").held is None
    held = read(report(*DETAIL), account="7654321").held
    assert held is not None
    assert held.check == "bank.account"


def test_type_codes_are_shown_with_what_they_mean() -> None:
    """And the direction that they have."""
    laid = list(lay_out_bai2(io.BytesIO(report(*DETAIL))))
    told = {field.raw: field.meaning for record in laid for field in record.fields if field.name == "type code"}
    assert told["165"] == "credit: preauthorised ACH credit"
    assert told["557"] == "debit: ACH credit received was returned"
