"""What Square's dispute object says: states to moves, amounts, legs, due times, and what nobody knows."""

from typing import Any

import pytest

from recoup.domain.dispute import fold
from recoup.domain.instants import parse_instant
from recoup.domain.legs import Told
from recoup.domain.observation import Said, observe
from recoup.domain.tables import moves
from recoup.partners.contract import Reading
from recoup.partners.square.mapping import read_disputes, read_webhook
from tests.partners.square.sent import arrived, body, dispute, event


def read(**told: Any) -> Reading:
    """A page with one dispute."""
    return read_disputes(arrived("disputes"), body({"dispute": dispute(**told)}))


def said(**told: Any) -> Said:
    """What it says, without a finding."""
    reading = read(**told)
    assert (reading.findings, reading.quarantined) == ([], [])
    return reading.observations[0].said


@pytest.mark.parametrize(
    ("state", "move", "legs", "is_spent"),
    [
        ("INQUIRY_EVIDENCE_REQUIRED", "inquiry_opened", "", False),
        ("INQUIRY_PROCESSING", "inquiry_answered", "", True),
        ("INQUIRY_CLOSED", "inquiry_closed", "", None),
        ("EVIDENCE_REQUIRED", "chargeback_opened", "d", False),
        ("PROCESSING", "chargeback_under_review", "d", True),
        ("WON", "chargeback_won", "dc", None),
        ("LOST", "chargeback_lost", "d", None),
        ("ACCEPTED", "chargeback_accepted", "d", None),
    ],
)
def test_states_are_moves_with_their_legs(state: str, move: str, legs: str, is_spent: bool | None) -> None:
    """Money is taken when a chargeback is filed, and given back when it is won."""
    found = said(state=state)
    assert (found.move, found.partner_status, found.is_slot_spent) == (move, state, is_spent)
    both = {"d": Told("debit", 1, 8801, "USD"), "c": Told("credit", 1, 8801, "USD")}
    assert found.legs == tuple(both[leg] for leg in legs)


def test_all_that_a_dispute_says() -> None:
    """Payment, network, case, reason, due time, opening."""
    found = said()
    assert (found.amount_minor, found.currency, found.payment_ref) == (8801, "USD", "PAY1")
    assert (found.network, found.case_ref, found.reason_code) == ("visa", "CASE1", "AMOUNT_DIFFERS")
    assert (found.due_at, found.due_state) == (parse_instant("2026-01-14T00:00:00Z"), "said")
    assert found.opened_at == parse_instant("2026-01-01T00:00:00Z")


def test_an_unknown_state_changes_nothing_and_is_asked_for_again() -> None:
    """Neither lost nor closed; the word stands as Square said it."""
    reading = read_webhook(arrived(), body(event(told=dispute("VANISHED"))))
    (placed,) = reading.observations
    assert (placed.said.move, placed.said.partner_status, placed.said.legs) == ("unknown", "VANISHED", ())
    assert [f.check for f in reading.findings] == ["vocabulary.unknown"]
    assert reading.fetch == ["SQD1"]


@pytest.mark.parametrize("field", ["card_brand", "reason"])
def test_unknown_words_are_findings(field: str) -> None:
    """The dispute goes on."""
    reading = read(**{field: "MOON"})
    assert [f.check for f in reading.findings] == ["vocabulary.unknown"]
    assert reading.accepted == 1


def test_another_brand_is_no_network() -> None:
    """Square's own word for not known."""
    assert said(card_brand="OTHER_BRAND").network is None


@pytest.mark.parametrize(
    "money",
    [
        None,
        {"amount": 100},
        {"amount": -1, "currency": "USD"},
        {"amount": 1, "currency": "usd"},
        {"amount": 1, "currency": "XAU"},
        {"amount": 10**30, "currency": "USD"},
    ],
)
def test_what_is_no_amount_is_not_known(money: Any) -> None:
    """Never zero, and no leg."""
    reading = read(amount_money=money)
    found = reading.observations[0].said
    assert (found.amount_minor, found.currency, found.legs) == (None, None, ())
    assert [f.check for f in reading.findings] == ["square.amount"]


@pytest.mark.parametrize("money", [{"amount": 1.5, "currency": "USD"}, {"amount": "1", "currency": "USD"}])
def test_an_amount_that_is_no_integer_does_not_fit(money: Any) -> None:
    """Quarantined: the shape is not Square's."""
    assert read(amount_money=money).accepted == 0


def test_yen_have_no_cents() -> None:
    """5000 JPY are 5000."""
    assert said(amount_money={"amount": 5000, "currency": "JPY"}).amount_minor == 5000


def test_times_that_are_none_are_findings() -> None:
    """The dispute is still told: as at the fetch, without a due time."""
    reading = read(updated_at="yesterday", due_at="2026-02-30T00:00:00Z")
    found = reading.observations[0].said
    assert (found.occurred_at, found.due_at, found.due_state) == (arrived().landed_at, None, "unsaid")
    assert [f.check for f in reading.findings] == ["square.instant", "square.instant"]


def test_a_life_told_in_any_order_is_one_dispute() -> None:
    """Opened, answered, won: by events and a page."""
    story = [
        (dispute("EVIDENCE_REQUIRED", version=1), "e1"),
        (dispute("PROCESSING", version=4, updated_at="2026-01-03T00:00:00Z"), "e2"),
        (dispute("WON", version=6, updated_at="2026-01-20T00:00:00Z"), "e3"),
    ]
    told = [read_webhook(arrived(), body(event(told=d, event_id=e))).observations[0].said for d, e in story]
    told.append(said(state="WON", version=6, updated_at="2026-01-20T00:00:00Z"))
    seen = [
        observe(one, partner="square", account="M", feed="f", delivery="d", position=1, landed_at=0, trust="fetched")
        for one in told
    ]
    forwards, backwards = fold(seen, moves()), fold(reversed(seen), moves())
    assert forwards == backwards
    assert forwards.findings == ()
    assert (forwards.dispute.outcome, [leg.name for leg in forwards.dispute.legs]) == ("won", ["c1", "d1"])
