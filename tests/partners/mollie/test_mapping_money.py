"""What Mollie's balance transactions and settlements say."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.partners.contract import Reading
from recoup.partners.mollie.mapping import read_balance_transactions, read_settlements
from tests.partners.mollie.sent import arrived, body, money, page, settlement, txn


def read(*told: dict[str, Any]) -> Reading:
    """A page of movements."""
    return read_balance_transactions(arrived("balance_transactions"), body(page("balance_transactions", *told)))


def settled(**told: Any) -> Reading:
    """A page with one settlement."""
    return read_settlements(arrived("settlements"), body(page("settlements", settlement(**told))))


def test_a_chargeback_takes_its_amount_and_its_fee() -> None:
    """It names chargeback and payment."""
    told = txn("chargeback", "-35.07", "-15.00", "-50.07", context={"paymentId": "tr_1", "chargebackId": "chb_1"})
    (line,) = read(told).money_lines
    assert (line.kind, line.partner_dispute_id, line.payment_ref) == ("dispute", "chb_1", "tr_1")
    assert (line.gross_minor, line.fee_minor, line.net_minor, line.currency) == (-3507, 1500, -5007, "EUR")
    assert (line.identity, line.batch, line.effective_on) == ("baltr_chargeback", None, "2026-01-02")


def test_a_reversal_gives_it_back() -> None:
    """Under a context of its own."""
    context = {"chargebackReversal": {"paymentId": "tr_1", "chargebackId": "chb_1"}}
    (line,) = read(txn("chargeback-reversal", "35.07", None, "35.07", context=context)).money_lines
    assert (line.kind, line.partner_dispute_id, line.net_minor, line.fee_minor) == (
        "dispute_reversal",
        "chb_1",
        3507,
        0,
    )


def test_a_transfer_to_the_bank_is_the_settlement_on_both_feeds() -> None:
    """One identity, one batch, one amount."""
    told = txn("outgoing-transfer", "-39.75", None, "-39.75", context={"settlementId": "stl_1", "transferId": "t"})
    (moved,) = read(told).money_lines
    (paid,) = settled().money_lines
    assert (moved.kind, moved.identity, moved.batch, moved.net_minor) == ("payout", "stl_1", "stl_1", -3975)
    assert (paid.kind, paid.identity, paid.batch, paid.net_minor) == ("payout", "stl_1", "stl_1", -3975)
    assert (moved.id, paid.reference) == (paid.id, "1234567.2601.03")


def test_what_does_not_add_up_is_a_finding() -> None:
    """Net is what moved."""
    reading = read(txn("refund", "-10.00", "-0.25", "-10.20"))
    assert [line.net_minor for line in reading.money_lines] == [-1020]
    assert [f.check for f in reading.findings] == ["mollie.net"]


def test_an_unknown_type_is_an_unknown_line() -> None:
    """The list of types is not definitive, Mollie says."""
    reading = read(txn("moon-tax", "-1.00", None, "-1.00"))
    assert [line.kind for line in reading.money_lines] == ["unknown"]
    assert [f.check for f in reading.findings] == ["vocabulary.unknown"]


@pytest.mark.parametrize(
    "told",
    [
        {"id": None},
        {"createdAt": None},
        {"createdAt": "2026-01-01"},
        {"resultAmount": None},
        {"initialAmount": money("1.001")},
        {"resultAmount": money("1.00", "USD")},
    ],
)
def test_a_movement_without_what_it_needs_is_quarantined(told: dict[str, Any]) -> None:
    """With its reason."""
    reading = read(txn("payment", "1.00", None, "1.00") | told)
    assert (reading.accepted, reading.money_lines, len(reading.quarantined)) == (0, [], 1)


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        ({"status": "open"}, 0),
        ({"status": "pending"}, 0),
        ({"status": "failed"}, 0),
        ({"status": None}, 1),
        ({"status": None, "settledAt": None}, 0),
        ({"id": "open"}, 0),
        ({"id": "next", "status": None}, 0),
    ],
)
def test_a_settlement_pays_once_it_is_paid_out(told: dict[str, Any], lines: int) -> None:
    """Accepted in any case."""
    reading = settled(**told)
    assert (reading.accepted, len(reading.money_lines), reading.findings) == (1, lines, [])


def test_an_unknown_status_pays_nothing_and_is_said() -> None:
    """It is not taken for paid."""
    reading = settled(status="halfway")
    assert (reading.money_lines, [f.check for f in reading.findings]) == ([], ["vocabulary.unknown"])


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**5))
def test_gross_less_fee_is_net(gross: int, fee: int) -> None:
    """Whatever the amounts, exactly."""
    texts = [f"{Decimal(minor).scaleb(-2):.2f}" for minor in (gross, -fee, gross - fee)]
    reading = read(txn("payment", *texts))
    (line,) = reading.money_lines
    assert (line.gross_minor, line.fee_minor, line.net_minor, reading.findings) == (gross, fee, gross - fee, [])
