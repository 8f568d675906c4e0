"""What Square's payouts and payout entries say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.partners.contract import Reading
from recoup.partners.square.mapping import read_payout_entries, read_payouts
from tests.partners.square.sent import arrived, body, entry, payout

ABOUT = {"payment_id": "PAY1", "dispute_id": "SQD1"}


def read(*entries: dict[str, Any]) -> Reading:
    """A page of entries."""
    return read_payout_entries(arrived("payout_entries"), body({"payout_entries": list(entries)}))


def test_a_filed_chargeback_is_a_dispute_line_in_its_payout() -> None:
    """It names dispute and payment."""
    (line,) = read(entry("OPEN_DISPUTE", -8801, -8801, type_open_dispute_details=ABOUT)).money_lines
    assert (line.kind, line.partner_dispute_id, line.payment_ref) == ("dispute", "SQD1", "PAY1")
    assert (line.identity, line.batch) == ("poe_OPEN_DISPUTE_-8801", "po_1")
    assert (line.gross_minor, line.fee_minor, line.net_minor, line.currency) == (-8801, 0, -8801, "USD")
    assert line.effective_on == "2026-01-01"  # the day in California


def test_what_comes_back_of_a_dispute_is_its_reversal() -> None:
    """By its sign alone."""
    (line,) = read(entry("DISPUTE", 8801, 8801, type_dispute_details=ABOUT)).money_lines
    assert (line.kind, line.partner_dispute_id) == ("dispute_reversal", "SQD1")


@pytest.mark.parametrize("sign", [1, -1])
def test_the_fee_is_what_gross_and_net_differ_by(sign: int) -> None:
    """Whichever sign Square gives it."""
    told = entry("CHARGE", 15000, 14550, fee_amount_money={"amount": sign * 450, "currency": "USD"})
    reading = read(told)
    (line,) = reading.money_lines
    assert (line.kind, line.fee_minor, reading.findings) == ("charge", 450, [])


def test_another_fee_is_a_finding() -> None:
    """Net is what moved all the same."""
    reading = read(entry("CHARGE", 15000, 14550, fee_amount_money={"amount": 400, "currency": "USD"}))
    assert [line.net_minor for line in reading.money_lines] == [14550]
    assert [f.check for f in reading.findings] == ["square.net"]


def test_an_unknown_type_is_an_unknown_line() -> None:
    """Counted with the money it moved, and said."""
    reading = read(entry("MOON_TAX", -5, -5))
    assert [line.kind for line in reading.money_lines] == ["unknown"]
    assert [f.check for f in reading.findings] == ["vocabulary.unknown"]


@pytest.mark.parametrize(
    "told",
    [
        {"id": None},
        {"effective_at": None},
        {"effective_at": "2026-01-02"},
        {"net_amount_money": None},
        {"net_amount_money": {"amount": 1, "currency": "EUR"}},
    ],
)
def test_an_entry_without_what_it_needs_is_quarantined(told: dict[str, Any]) -> None:
    """With its reason."""
    reading = read(entry("CHARGE", 1, 1) | told)
    assert (reading.accepted, reading.money_lines, len(reading.quarantined)) == (0, [], 1)


def test_a_payout_leaves_the_balance() -> None:
    """Known by its own id, with what may stand on the statement."""
    (line,) = read_payouts(arrived("payouts"), body({"payouts": [payout()]})).money_lines
    assert (line.kind, line.identity, line.batch, line.net_minor) == ("payout", "po_1", "po_1", -5000)
    assert line.reference == "L2100000005"


def test_a_withdrawal_from_the_bank_comes_in() -> None:
    """A negative payout."""
    (line,) = read_payouts(arrived("payouts"), body({"payout": payout(-700)})).money_lines
    assert line.net_minor == 700


def test_an_unknown_status_is_a_finding() -> None:
    """The payout stands."""
    reading = read_payouts(arrived("payouts"), body({"payout": payout(status="LOST_AT_SEA")}))
    assert [f.check for f in reading.findings] == ["vocabulary.unknown"]
    assert len(reading.money_lines) == 1


@given(st.lists(st.tuples(st.integers(-(10**12), 10**12), st.integers(0, 10**6)), max_size=20))
def test_entries_and_payout_tie_out(moved: list[tuple[int, int]]) -> None:
    """The sum of the nets is the payout, whatever the entries are."""
    told = [entry("CHARGE", gross, gross - fee, id=f"poe_{n}") for n, (gross, fee) in enumerate(moved)]
    paid = read_payouts(arrived("payouts"), body({"payout": payout(sum(g - f for g, f in moved))})).money_lines
    assert sum(line.net_minor for line in read(*told).money_lines) + paid[0].net_minor == 0
