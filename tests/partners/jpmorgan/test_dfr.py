"""The Delimited File Report: chargebacks and returned checks, as far as it is public."""

import pytest

from recoup.domain.legs import Told
from tests.partners.jpmorgan.sent import SAMPLES, checks, read, sample

CHARGEBACKS = (SAMPLES / "dfr/chargebacks.dfr").read_bytes()


def test_chargebacks_are_the_disputes_of_the_other_reports() -> None:
    """By sequence number; the summary says what moves money."""
    reading = sample("dfr", "dfr/chargebacks.dfr")
    assert [(p.said.partner_dispute_id, p.said.move) for p in reading.observations] == [
        ("700000001", "chargeback_opened"),
        ("700000001", "chargeback_opened"),
        ("700000003", "chargeback_opened"),
    ]
    assert reading.observations[0].said.legs == (Told("debit", 1, 2550, "USD"),)
    assert [(line.identity, line.net_minor) for line in reading.money_lines] == [
        ("700000001|CB|RECD|2026-01-05", -2550),
        ("700000001|CB|RECD|2026-01-05|fee", -1500),
        ("700000003|CB|RECD|2026-01-05", -4000),
    ]
    assert checks(reading) == []


def test_order_number_may_have_commas_and_no_card_number_is_read() -> None:
    """The account number is whole in the file."""
    reading = sample("dfr", "dfr/chargebacks.dfr")
    assert reading.observations[2].said.payment_ref == "T1,b36046,154"
    assert "4111111111111111" not in repr(reading)
    assert "5555555555554444" not in repr(reading)


def test_returned_check_is_a_return_whose_money_nothing_marks() -> None:
    """Without a summary it is not known whether it moves money; other reports are counted, with a note."""
    reading = sample("dfr", "dfr/returns.dfr")
    (placed,) = reading.observations
    assert (placed.said.kind, placed.said.network, placed.said.reason_code) == ("return", "ach", "R67")
    assert (placed.said.amount_minor, placed.said.legs, reading.money_lines) == (3835, (), [])
    assert (reading.records, reading.accepted, checks(reading)) == (2, 2, ["jpmorgan.other_report"])
    assert reading.findings[0].severity == "note"


def test_text_that_there_is_no_data_is_a_file_without_records() -> None:
    """Anything else than that is no report."""
    assert checks(sample("dfr", "dfr/nothing.dfr")) == []
    assert checks(read("dfr", b"")) == ["jpmorgan.truncated"]
    assert checks(read("dfr", b"RFR rejected\n")) == ["jpmorgan.frame"]


def test_summary_that_differs_is_a_finding_and_holds_nothing() -> None:
    """Nobody published what it sums."""
    reading = read("dfr", CHARGEBACKS.replace(b"FIN|2| 65.50", b"FIN|3| 65.50"))
    assert (reading.held, checks(reading)) == (None, ["jpmorgan.total"])


@pytest.mark.parametrize("kept", range(8))
def test_file_cut_at_any_record_is_held(kept: int) -> None:
    """Its last record is missing."""
    body = b"".join(CHARGEBACKS.splitlines(keepends=True)[:kept])
    assert checks(read("dfr", body))[-1] == "jpmorgan.truncated"


@pytest.mark.parametrize(
    ("body", "check"),
    [
        (CHARGEBACKS + CHARGEBACKS, "jpmorgan.frame"),
        (CHARGEBACKS.replace(b"*DFREND|PID=972331", b"*DFREND|PID=972332"), "jpmorgan.frame"),
        (CHARGEBACKS.replace(b"HPDE0017|", b"*DFRBEG|", 1), "jpmorgan.frame"),
        (CHARGEBACKS.replace(b"order-1001", b"\xc3\xa4", 1), "jpmorgan.line"),
        (CHARGEBACKS.replace(b"order-1001", b"\0", 1), "jpmorgan.line"),
        (CHARGEBACKS.replace(b'"order-1001"', b'"order', 1), "jpmorgan.quotes"),
        (CHARGEBACKS.decode().encode("cp500"), "jpmorgan.line"),
    ],
    ids=range(7),
)
def test_what_is_no_file_is_held(body: bytes, check: str) -> None:
    """Two in one, another's end, no ASCII, quotes that do not close."""
    assert checks(read("dfr", body))[-1] == check


def test_record_with_too_few_fields_is_quarantined() -> None:
    """More of them are newer ones, and no harm."""
    body = CHARGEBACKS.replace(b'|"T1,b36046,154"|5555555555554444', b"")
    reading = read("dfr", body)
    assert (reading.records, reading.accepted) == (3, 2)
    assert reading.quarantined[0].finding.check == "jpmorgan.cells"
    assert reading.quarantined[0].position == 3
