"""What Checkout.com's disputes say: events and statuses to moves, amounts, legs, due times, unknown words."""

from itertools import permutations
from typing import Any

import pytest

from recoup.domain.dispute import fold
from recoup.domain.instants import parse_instant
from recoup.domain.legs import Told
from recoup.domain.observation import Said, observe
from recoup.domain.tables import moves
from recoup.partners.checkout.mapping import read_disputes, read_webhook
from recoup.partners.contract import Reading
from tests.partners.checkout.sent import arrived, body, data, event, listed, page

LEGS = {"d": Told("debit", 1, 8150, "GBP"), "c": Told("credit", 1, 8150, "GBP")}


def read(**told: Any) -> Reading:
    """A page with one dispute."""
    return read_disputes(arrived("disputes"), body(page(listed(**told))))


def said(reading: Reading) -> Said:
    """The one thing it says, without a finding."""
    assert (reading.findings, reading.quarantined) == ([], [])
    return reading.observations[0].said


def pushed(kind: str, **envelope: Any) -> Said:
    """What an event says."""
    return said(read_webhook(arrived(), body(event(kind, **envelope))))


@pytest.mark.parametrize(
    ("kind", "move", "legs", "is_spent"),
    [
        ("dispute_received", "chargeback_announced", "", None),
        ("dispute_evidence_required", "chargeback_opened", "d", False),
        ("dispute_evidence_submitted", "chargeback_under_review", "d", True),
        ("dispute_evidence_acknowledged_by_scheme", "chargeback_under_review", "d", True),
        ("dispute_accepted", "chargeback_accepted", "d", None),
        ("dispute_canceled", "withdrawn", "", None),
        ("dispute_expired", "chargeback_expired", "d", None),
        ("dispute_lost", "chargeback_lost", "d", None),
        ("dispute_won", "chargeback_won", "dc", None),
        ("dispute_resolved", "refunded", "", None),
        ("dispute_arbitration_evidence_submitted", "arbitration_opened", "d", True),
        ("dispute_arbitration_sent_to_scheme", "arbitration_opened", "d", True),
        ("dispute_arbitration_won", "arbitration_won", "dc", None),
        ("dispute_arbitration_lost", "arbitration_lost", "d", None),
    ],
)
def test_events_are_moves_with_their_legs(kind: str, move: str, legs: str, is_spent: bool | None) -> None:
    """Taken when evidence is required, given back when won; a canceled one does not say."""
    found = pushed(kind)
    assert (found.move, found.partner_status, found.kind, found.is_slot_spent) == (move, kind, "dispute", is_spent)
    assert found.legs == tuple(LEGS[leg] for leg in legs)


@pytest.mark.parametrize(
    ("status", "move", "legs"),
    [
        ("evidence_required", "chargeback_opened", "d"),
        ("evidence_under_review", "chargeback_under_review", "d"),
        ("resolved", "refunded", ""),
        ("canceled", "withdrawn", ""),
        ("won", "chargeback_won", "dc"),
        ("lost", "chargeback_lost", "d"),
        ("accepted", "chargeback_accepted", "d"),
        ("expired", "chargeback_expired", "d"),
        ("arbitration_under_review", "arbitration_opened", "d"),
        ("arb_evidence_submitted", "arbitration_opened", "d"),
        ("arbitration_won", "arbitration_won", "dc"),
        ("arbitration_lost", "arbitration_lost", "d"),
    ],
)
def test_statuses_are_the_same_moves(status: str, move: str, legs: str) -> None:
    """As a page tells them."""
    found = said(read(status=status))
    assert (found.move, found.partner_status, found.form) == (move, status, "snapshot")
    assert found.legs == tuple(LEGS[leg] for leg in legs)


@pytest.mark.parametrize(
    ("reason", "move", "kind"),
    [
        ("rapid_dispute_resolution", "prevented", "resolution"),
        ("already_refunded", "refunded", "dispute"),
        ("negative_amount", "closed_unknown", None),
    ],
)
def test_what_resolved_a_dispute_refines_it(reason: str, move: str, kind: str | None) -> None:
    """A rapid resolution is no chargeback."""
    found = said(read(status="resolved", resolved_reason=reason))
    assert (found.move, found.kind, found.legs) == (move, kind, ())


def test_a_request_for_information_is_a_request() -> None:
    """It takes nothing."""
    found = pushed("request_for_information_received")
    assert (found.kind, found.move, found.legs) == ("request", "inquiry_opened", ())


def test_all_that_a_dispute_says() -> None:
    """Payment, network, reason, due time, opening."""
    found = pushed("dispute_evidence_required")
    assert (found.amount_minor, found.currency, found.payment_ref) == (8150, "GBP", "pay_1")
    assert (found.network, found.reason_code, found.case_ref) == ("visa", "10.4", None)
    assert (found.due_at, found.due_state) == (parse_instant("2026-01-20T18:00:00Z"), "said")
    assert found.opened_at == found.occurred_at
    assert pushed("dispute_lost").opened_at is None


@pytest.mark.parametrize("kind", ["dispute_vanished", "dispute_"])
def test_an_unknown_event_changes_nothing_and_is_asked_for(kind: str) -> None:
    """The word stands as it was said."""
    reading = read_webhook(arrived(), body(event(kind)))
    (placed,) = reading.observations
    assert (placed.said.move, placed.said.kind, placed.said.partner_status) == ("unknown", None, kind)
    assert ([f.check for f in reading.findings], reading.fetch) == (["vocabulary.unknown"], ["dsp_1"])


def test_an_unknown_status_is_neither_lost_nor_closed() -> None:
    """A finding."""
    reading = read(status="evaporated")
    assert (reading.observations[0].said.move, reading.observations[0].said.legs) == ("unknown", ())
    assert [f.check for f in reading.findings] == ["vocabulary.unknown"]


@pytest.mark.parametrize(
    "told",
    [
        {"category": "moon"},
        {"payment_method": "moon"},
        {"reason_code": "99.9"},
        {"status": "resolved", "resolved_reason": "moon"},
    ],
)
def test_unknown_words_are_findings(told: dict[str, Any]) -> None:
    """The dispute goes on."""
    reading = read(**told)
    assert ([f.check for f in reading.findings], reading.accepted) == (["vocabulary.unknown"], 1)


def test_an_event_without_amount_leaves_it_unknown_and_asks() -> None:
    """Some had none."""
    reading = read_webhook(arrived(), body(event(told=data(amount=None))))
    found = reading.observations[0].said
    assert (found.amount_minor, found.legs, reading.fetch) == (None, (), ["dsp_1"])
    assert [f.check for f in reading.findings] == ["checkout.amount"]


@pytest.mark.parametrize("told", [{"amount": -1}, {"currency": "gbp"}, {"currency": "XXX"}, {"amount": 10**30}])
def test_what_is_no_amount_is_not_known(told: dict[str, Any]) -> None:
    """Never zero."""
    reading = read(**told)
    assert reading.observations[0].said.amount_minor is None
    assert [f.check for f in reading.findings] == ["checkout.amount"]


def test_a_short_reference_links_nothing() -> None:
    """The published example has nine digits; an acquirer's reference number has more."""
    assert said(read(payment_arn="384251173")).case_ref is None


def test_an_impossible_due_time_is_a_finding() -> None:
    """And no due time."""
    reading = read(evidence_required_by="2026-02-30T00:00:00Z")
    assert (reading.observations[0].said.due_at, reading.observations[0].said.due_state) == (None, "unsaid")
    assert [f.check for f in reading.findings] == ["checkout.instant"]


def test_a_life_in_any_order_is_one_dispute() -> None:
    """Received, required, submitted, lost, taken to arbitration, won: by events in any order, and a page."""
    kinds = ("received", "evidence_required", "evidence_submitted", "lost", "arbitration_sent_to_scheme")
    story = [
        pushed(f"dispute_{kind}", id=f"evt_{day}", told=data(date=f"2026-01-{day:02}T00:00:00Z"))
        for day, kind in enumerate(kinds, start=1)
    ]
    story.append(said(read(status="arbitration_won", last_update="2026-02-01T00:00:00Z")))
    seen = [
        observe(one, partner="checkout", account="e", feed="f", delivery="d", position=1, landed_at=0, trust="signed")
        for one in story
    ]
    folded = [fold(order, moves()) for order in permutations(seen)]
    assert all(one == folded[0] for one in folded)
    assert folded[0].findings == ()
    dispute = folded[0].dispute
    assert (dispute.stage, dispute.outcome, dispute.reason_code) == ("arbitration", "won", "10.4")
    assert [leg.name for leg in dispute.legs] == ["c1", "d1"]
