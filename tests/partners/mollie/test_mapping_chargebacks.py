"""What Mollie's chargeback says: card or bank debit, open or reversed, and amounts of whatever sign."""

from typing import Any

import pytest

from recoup.domain.dispute import fold
from recoup.domain.instants import parse_instant
from recoup.domain.legs import Told
from recoup.domain.observation import Said, observe
from recoup.domain.tables import moves
from recoup.partners.contract import Reading
from recoup.partners.mollie.mapping import read_chargebacks
from tests.partners.mollie.sent import arrived, body, chargeback, money

REVERSED = "2026-01-20T10:00:00+01:00"


def read(**told: Any) -> Reading:
    """A page with one chargeback."""
    return read_chargebacks(arrived("chargebacks"), body(chargeback(**told)))


def said(**told: Any) -> Said:
    """What it says, without a finding."""
    reading = read(**told)
    assert (reading.findings, reading.quarantined) == ([], [])
    return reading.observations[0].said


def test_a_cards_chargeback_is_opened_with_its_debit() -> None:
    """As at its creation, in the payment's currency."""
    found = said()
    assert (found.kind, found.move, found.partner_status) == ("dispute", "chargeback_opened", "received")
    assert (found.amount_minor, found.currency, found.payment_ref) == (4338, "USD", "tr_1")
    assert found.occurred_at == found.opened_at == parse_instant("2026-01-01T17:00:52Z")
    assert found.legs == (Told("debit", 1, 4338, "USD"),)
    assert (found.due_at, found.due_state, found.network) == (None, "unsaid", None)


def test_a_reversed_one_is_won_with_its_credit() -> None:
    """As at its reversal."""
    found = said(reversedAt=REVERSED)
    assert (found.move, found.partner_status) == ("chargeback_won", "reversed")
    assert found.occurred_at == parse_instant(REVERSED)
    assert [leg.leg for leg in found.legs] == ["debit", "credit"]


@pytest.mark.parametrize(
    ("code", "nature"),
    [
        ("MD01", "unauthorised"),
        ("MD06", "refund_right"),
        ("AM04", "failure"),
        ("MD07", "administrative"),
        ("MS03", None),
    ],
)
def test_a_reason_of_sepa_is_a_return_and_the_decision(code: str, nature: str | None) -> None:
    """Its nature says whether it counts as a dispute; a nature that is not known is not "failure"."""
    found = said(reason={"code": code, "description": "…"})
    assert (found.kind, found.nature, found.move, found.reason_code) == ("return", nature, "return_final", code)
    assert (found.network, found.due_state) == ("sepa", "none_allowed")


def test_a_return_that_comes_back_is_won() -> None:
    """It stays a return."""
    found = said(reason={"code": "MD06"}, reversedAt=REVERSED)
    assert (found.kind, found.move) == ("return", "won")


def test_an_unknown_reason_is_a_return_of_unknown_nature() -> None:
    """Only bank debits have a reason; what this one says nobody knows, so it is no failure."""
    reading = read(reason={"code": "ZZ99"})
    found = reading.observations[0].said
    assert (found.kind, found.nature, found.network, found.reason_code) == ("return", None, None, "ZZ99")
    assert [f.check for f in reading.findings] == ["vocabulary.unknown"]


@pytest.mark.parametrize("value", ["43.38", "-43.38"])
def test_the_sign_of_an_amount_says_nothing(value: str) -> None:
    """Mollie's own texts disagree on it."""
    assert said(amount=money(value)).amount_minor == 4338


@pytest.mark.parametrize(
    "amount", [None, money("43.381"), money("43,38"), money("1e3"), money("4_3"), money(""), money("1", "XXX")]
)
def test_what_is_no_amount_is_not_known(amount: Any) -> None:
    """Never zero, and no leg."""
    reading = read(amount=amount)
    found = reading.observations[0].said
    assert (found.amount_minor, found.currency, found.legs) == (None, None, ())
    assert [f.check for f in reading.findings] == ["mollie.amount"]


@pytest.mark.parametrize(("value", "currency", "minor"), [("1990", "JPY", 1990), ("1.990", "KWD", 1990)])
def test_amounts_have_the_decimals_of_their_currency(value: str, currency: str, minor: int) -> None:
    """None for yen, three for dinars."""
    assert said(amount=money(value, currency)).amount_minor == minor


def test_a_time_that_is_none_is_a_finding() -> None:
    """Then the chargeback is as at the fetch."""
    reading = read(createdAt="2018-03-14")
    assert reading.observations[0].said.occurred_at == arrived().landed_at
    assert [f.check for f in reading.findings] == ["mollie.instant"]


def test_received_and_reversed_in_any_order_is_one_won_dispute() -> None:
    """Without a finding."""
    told = [said(), said(reversedAt=REVERSED), said()]
    seen = [
        observe(one, partner="mollie", account="o", feed="f", delivery="d", position=n, landed_at=0, trust="fetched")
        for n, one in enumerate(told)
    ]
    forwards, backwards = fold(seen, moves()), fold(reversed(seen), moves())
    assert forwards.dispute == backwards.dispute
    assert (forwards.findings, forwards.dispute.outcome) == ((), "won")
