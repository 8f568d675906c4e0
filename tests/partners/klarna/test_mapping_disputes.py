"""What Klarna's disputes say: states under both rules to moves, amounts, legs, due times, unknown words."""

from itertools import permutations
from typing import Any

import pytest

from recoup.domain.dispute import fold
from recoup.domain.instants import parse_instant
from recoup.domain.legs import Told
from recoup.domain.observation import Said, observe
from recoup.domain.tables import moves
from recoup.partners.contract import Reading
from recoup.partners.klarna.mapping import read_disputes, read_webhook
from tests.partners.klarna.sent import arrived, body, dispute, event, page

DEBIT = (Told("debit", 1, 11400, "SEK"),)
NEW = {"configuration": {"base_framework": "FRAMEWORK_2026"}}
OLD = {"configuration": {"base_framework": "FRAMEWORK_2020"}}


def read(state: str | None = "INITIATED", **told: Any) -> Reading:
    """A page with one dispute."""
    return read_disputes(arrived("disputes"), body(page(dispute(state, **told))))


def said(reading: Reading) -> Said:
    """The one thing it says, without a finding."""
    assert (reading.findings, reading.quarantined) == ([], [])
    return reading.observations[0].said


def pushed(state: str | None, **told: Any) -> Reading:
    """What an event says."""
    return read_webhook(arrived(), body(event(dispute(state, **told), "payment.dispute.updated")))


@pytest.mark.parametrize(
    ("state", "told", "move", "is_spent"),
    [
        ("INITIATED", {}, "chargeback_announced", False),
        ("REPRESENTMENT", {}, "chargeback_under_review", True),
        ("PRE_ARBITRATION", NEW, "pre_arbitration_opened", True),
        ("PRE_ARBITRATION", {"previous_state": "REPRESENTMENT"}, "pre_arbitration_opened", True),
        ("PRE_ARBITRATION", {"arbitration_expires_at": "2026-02-01T00:00:00.000Z"}, "pre_arbitration_opened", True),
        (
            "PRE_ARBITRATION",
            NEW | {"arbitration": {"preliminary_outcome": "WON"}},
            "pre_arbitration_won_provisional",
            None,
        ),
        ("PRE_ARBITRATION", OLD, "collaboration_opened", None),
        ("ARBITRATION", {}, "arbitration_opened", None),
        ("MERCHANT_EVIDENCE_PENDING", OLD, "chargeback_announced", False),
        ("ARBITRATION_PENDING", OLD, "chargeback_under_review", True),
    ],
)
def test_states_are_moves_without_money(state: str, told: dict[str, Any], move: str, is_spent: bool | None) -> None:
    """Whether the amount is withheld while a dispute is open is in no message."""
    for found in (said(read(state, **told)), said(pushed(state, **told))):
        assert (found.move, found.partner_status, found.is_slot_spent) == (move, state, is_spent)
        assert (found.legs, found.kind, found.network) == ((), "dispute", "klarna")


def test_pre_arbitration_under_rules_that_nobody_says_is_unknown() -> None:
    """It opens a dispute of 2020 and appeals one of 2026: it is asked for, and said."""
    reading = pushed("PRE_ARBITRATION")
    assert [finding.check for finding in reading.findings] == ["klarna.framework"]
    assert (reading.observations[0].said.move, len(reading.fetch)) == ("unknown", 1)


@pytest.mark.parametrize(
    ("told", "move"),
    [
        ({"previous_state": "INITIATED"}, "chargeback_lost"),
        ({"previous_state": "REPRESENTMENT"}, "chargeback_lost"),
        ({"previous_state": "INITIATED", "representment": {"state": "EVIDENCE_WAIVED"}}, "chargeback_accepted"),
        (
            {"previous_state": "INITIATED", "state_context": {"representment": {"state": "EVIDENCE_REQUEST_EXPIRED"}}},
            "chargeback_expired",
        ),
        ({"previous_state": "PRE_ARBITRATION", **NEW}, "pre_arbitration_lost"),
        (
            {"previous_state": "PRE_ARBITRATION", **NEW, "representment": {"state": "EVIDENCE_WAIVED"}},
            "pre_arbitration_lost",
        ),
        ({"previous_state": "ARBITRATION"}, "arbitration_lost"),
        ({"previous_state": "PRE_ARBITRATION", **OLD}, "lost"),
        ({}, "lost"),
    ],
)
def test_a_lost_end_is_named_by_its_stage_and_takes_the_amount(told: dict[str, Any], move: str) -> None:
    """How it was lost shows only where the answer was ours to give."""
    found = said(read("CLOSED", dispute_outcome="LOST", **told))
    assert (found.move, found.legs) == (move, DEBIT)


@pytest.mark.parametrize(
    ("previous", "move"),
    [
        ("INITIATED", "chargeback_won"),
        ("ARBITRATION_PENDING", "chargeback_won"),
        ("PRE_ARBITRATION", "pre_arbitration_won"),
        ("ARBITRATION", "arbitration_won"),
        (None, "won"),
    ],
)
def test_a_won_end_moves_nothing(previous: str | None, move: str) -> None:
    """The outcome may stand in the context of the state alone."""
    found = said(read("CLOSED", previous_state=previous, state_context={"dispute_outcome": "WON"}))
    assert (found.move, found.legs) == (move, ())


@pytest.mark.parametrize(("outcome", "findings"), [(None, 0), ("DRAWN", 1)])
def test_an_end_without_a_known_outcome_is_neither(outcome: str | None, findings: int) -> None:
    """It is asked for; a new word is said."""
    reading = pushed("CLOSED", previous_state="ARBITRATION", dispute_outcome=outcome)
    assert (reading.observations[0].said.move, len(reading.findings)) == ("closed_unknown", findings)
    assert len(reading.fetch) == 1


def test_an_end_after_an_unknown_state_is_not_known_either() -> None:
    """Which decision it is nobody can say."""
    reading = pushed("CLOSED", previous_state="LIMBO", dispute_outcome="LOST")
    assert (reading.observations[0].said.move, len(reading.fetch)) == ("closed_unknown", 1)
    assert [finding.check for finding in reading.findings] == ["vocabulary.unknown"]


@pytest.mark.parametrize("state", ["LIMBO", None, ""])
def test_an_unknown_state_stays_unknown(state: str | None) -> None:
    """With a finding, and asked for."""
    reading = pushed(state)
    assert [finding.check for finding in reading.findings] == ["vocabulary.unknown"]
    assert (reading.observations[0].said.move, len(reading.fetch)) == ("unknown", 1)


def test_a_loss_without_its_amount_is_asked_for() -> None:
    """Later events leave it out: that is no fault, and a page tells it."""
    reading = pushed("CLOSED", dispute_outcome="LOST", dispute_details=None)
    assert (said(reading).amount_minor, said(reading).legs, len(reading.fetch)) == (None, (), 1)
    assert pushed("REPRESENTMENT", dispute_details=None).fetch == []


@pytest.mark.parametrize(
    "details",
    [
        {"dispute_amount": -1, "currency": "SEK"},
        {"dispute_amount": 1, "currency": "XXX"},
        {"dispute_amount": 10**30, "currency": "SEK"},
        {"dispute_amount": 1},
        {"currency": "SEK"},
    ],
)
def test_an_amount_that_is_none_stays_unknown(details: dict[str, Any]) -> None:
    """Never zero, and said."""
    reading = read("CLOSED", dispute_outcome="LOST", dispute_details=details)
    found = reading.findings + [bad.finding for bad in reading.quarantined]
    assert len(found) == 1
    assert all(one.said.amount_minor is None and one.said.legs == () for one in reading.observations)


@pytest.mark.parametrize(
    ("state", "told", "due"),
    [
        ("INITIATED", {"representment": {"expires_at": "2026-01-23T12:00:00.000Z"}}, "2026-01-23T12:00:00Z"),
        (
            "INITIATED",
            {"state_context": {"representment": {"expires_at": "2026-01-23T12:00:00.000Z"}}},
            "2026-01-23T12:00:00Z",
        ),
        (
            "INITIATED",
            {
                "representment": {"expires_at": "2026-01-23T12:00:00.000Z"},
                "updated_fields": {"evidence_response_deadline_at": "2026-01-30T12:00:00.000Z"},
            },
            "2026-01-30T12:00:00Z",
        ),
        ("REPRESENTMENT", {"representment": {"expires_at": "2026-01-23T12:00:00.000Z"}}, None),
        ("PRE_ARBITRATION", {"arbitration_expires_at": "2026-02-01T00:00:00.000Z"}, "2026-02-01T00:00:00Z"),
        (
            "MERCHANT_EVIDENCE_PENDING",
            {"state_context": {"evidence_response_deadline_at": "2026-01-16T12:00:00.000Z"}},
            "2026-01-16T12:00:00Z",
        ),
        ("CLOSED", {"dispute_outcome": "WON", "arbitration_expires_at": "2026-02-01T00:00:00.000Z"}, None),
    ],
)
def test_due_is_what_the_state_lets_us_do(state: str, told: dict[str, Any], due: str | None) -> None:
    """An extension counts; where we cannot act nothing is due."""
    found = said(read(state, **told))
    assert found.due_at == (None if due is None else parse_instant(due))
    assert found.due_state == ("unsaid" if due is None else "said")


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("PRODUCTS_NOT_RECEIVED", "goods_not_received"),
        ("PURCHASE_HIGH_RISK", "high_risk_order"),
        ("REFUND_NOT_PROCESSED", "return"),
        ("NON_COMPLIANCE", "NON_COMPLIANCE"),
        (None, None),
    ],
)
def test_reasons_of_both_rules_are_one_table(reason: str | None, code: str | None) -> None:
    """Where the table has none, Klarna's word stays."""
    assert said(read(dispute_reason=reason)).reason_code == code


def test_an_unknown_reason_stays_as_it_is() -> None:
    """With a finding."""
    reading = read(dispute_reason="BAD_WEATHER")
    assert [finding.check for finding in reading.findings] == ["vocabulary.unknown"]
    assert reading.observations[0].said.reason_code == "BAD_WEATHER"


def test_times_are_the_disputes_own() -> None:
    """Its last update, else the envelope's time, else ours."""
    found = said(read(updated_at="2026-01-03T00:00:00.123Z"))
    assert found.occurred_at == parse_instant("2026-01-03T00:00:00.123Z")
    assert found.opened_at == parse_instant("2026-01-02T12:00:00Z")
    late = said(pushed("REPRESENTMENT", updated_at=None, created_at=None))
    assert (late.occurred_at, late.opened_at) == (parse_instant("2026-01-02T12:00:01Z"), None)
    bad = pushed("REPRESENTMENT", updated_at="yesterday")
    assert [finding.check for finding in bad.findings] == ["klarna.instant"]


def test_payment_is_the_order() -> None:
    """As settlement reports name it; a partner's dispute has only the transaction."""
    assert said(read()).payment_ref == "5c8ca572-5751-4f0a-ab2f-0a29aa845b37"
    assert said(read(order_id=None)).payment_ref == "krn:payment:eu1:transaction:6debe89e-98c0-486e-b7a5-08a4f6df94b0"


def test_a_dispute_is_the_same_in_whichever_order_it_is_heard() -> None:
    """From its opening through an appeal to its loss."""
    steps: list[tuple[str, dict[str, Any]]] = [
        ("INITIATED", {}),
        ("REPRESENTMENT", {"dispute_details": None}),
        ("PRE_ARBITRATION", {"previous_state": "REPRESENTMENT"}),
        ("ARBITRATION", {"previous_state": "PRE_ARBITRATION"}),
        ("CLOSED", {"previous_state": "ARBITRATION", "dispute_outcome": "LOST"}),
    ]
    seen = []
    for day, (state, told) in enumerate(steps, start=2):
        document = event(dispute(state, updated_at=f"2026-01-{day:02}T12:00:00.000Z", **told), event_id=f"e{day}")
        found = said(read_webhook(arrived(), body(document)))
        seen.append(
            observe(
                found,
                partner="klarna",
                account="K123456",
                feed="webhook",
                delivery=f"d{day}",
                position=1,
                landed_at=found.occurred_at,
                trust="signed",
            )
        )
    folded = [fold(order, moves()) for order in permutations(seen)]
    assert all(one == folded[0] for one in folded)
    assert folded[0].findings == ()
    ended = folded[0].dispute
    assert (ended.stage, ended.outcome, [leg.name for leg in ended.legs]) == ("arbitration", "lost", ["d1"])
