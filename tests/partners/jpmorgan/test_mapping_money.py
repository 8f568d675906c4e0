"""What rows of fees and of settled transactions say about money."""

from recoup.domain.instants import parse_instant
from tests.partners.jpmorgan.sent import SAMPLES, checks, read, sample

FEES = (SAMPLES / "fees/FeeDetails.csv").read_bytes()


def test_fee_costs_and_a_fee_of_nothing_is_none() -> None:
    """Zero is `0.00E+00` after a spreadsheet, and nothing all the same."""
    reading = sample("fee_details", "fees/FeeDetails.csv")
    assert [(line.kind, line.fee_minor, line.net_minor) for line in reading.money_lines] == [
        ("fee", 2, -2),
        ("fee", 5, -5),
    ]
    line = reading.money_lines[0]
    assert (line.batch, line.effective_on, line.payment_ref) == ("13740000002", "2026-01-06", "order-2000")
    assert line.occurred_at == parse_instant("2026-01-06T05:00:00Z")
    assert (reading.records, reading.accepted) == (3, 3)


def test_fee_report_and_submission_report_tell_the_same_fee() -> None:
    """By submission, record and text."""
    one, other = (
        sample(feed, f"fees/{name}.csv").money_lines
        for feed, name in (
            ("fee_details", "FeeDetails"),
            ("submission_details", "SubmissionDetails"),
        )
    )
    assert [(line.id, line.net_minor) for line in one] == [(line.id, line.net_minor) for line in other]


def test_fee_that_stands_twice_is_quarantined() -> None:
    """Each fee of a record is charged once."""
    rows = FEES.splitlines(keepends=True)
    reading = read("fee_details", b"".join([*rows[:4], rows[3], *rows[4:]]))
    assert (reading.records, reading.accepted) == (4, 3)
    assert "jpmorgan.row" in checks(reading)


def test_fee_in_scientific_notation_is_quarantined() -> None:
    """What it was is not known."""
    reading = read("fee_details", FEES.replace(b",-0.05,", b",-5.1E-02,"))
    assert (reading.accepted, len(reading.quarantined)) == (2, 1)


def test_unknown_category_of_charges_is_a_finding() -> None:
    """The fee is a fee all the same."""
    reading = read("fee_details", FEES.replace(b"Processing Fees", b"Dancing Fees"))
    assert (len(reading.money_lines), "vocabulary.unknown" in checks(reading)) == (2, True)


def test_authorisations_move_nothing_and_deposits_are_refused() -> None:
    """Nobody published a row of a deposit."""
    for feed, name in (("settlement_details", "SettlementDetails"), ("transaction_details", "TransactionDetails")):
        reading = sample(feed, f"settled/{name}.csv")
        assert (reading.records, reading.accepted, reading.money_lines) == (3, 2, [])
        assert reading.quarantined[0].finding.found == '"Y"'
