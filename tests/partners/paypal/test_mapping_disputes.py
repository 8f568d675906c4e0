"""What a PayPal dispute says, stage by stage, outcome by outcome."""

from typing import Any

import pytest

from recoup.domain.instants import parse_instant
from recoup.domain.legs import Told
from recoup.domain.observation import Said
from recoup.domain.tables import moves
from recoup.partners.paypal.mapping import read_disputes, read_webhook
from recoup.partners.paypal.telling import CODES
from tests.partners.paypal.sent import LANDED_AT, arrived, body, checks, dispute, event, money, moved, only


def said(thing: dict[str, Any]) -> Said:
    """What a dispute says when it is fetched."""
    return only(read_disputes(arrived("disputes"), body(thing))).said


def told(kind: str, thing: dict[str, Any]) -> Said:
    """What a dispute says when it is sent."""
    return only(read_webhook(arrived(), body(event(kind, thing)))).said


def ended(code: str | None, stage: str | None = "CHARGEBACK", refunded: str | None = None, **more: Any) -> Any:
    """A resolved dispute."""
    outcome: dict[str, Any] = {} if code is None else {"outcome_code": code}
    if refunded is not None:
        outcome["amount_refunded"] = money(refunded)
    return dispute(stage, "RESOLVED", dispute_outcome=outcome, **more)


def test_claim_that_waits_for_us_says_all_it_knows() -> None:
    """Amount, payment, reason, due time, and that nothing was taken yet."""
    found = said(dispute())
    assert (found.partner_dispute_id, found.kind, found.move) == ("PP-D-12345", "dispute", "chargeback_announced")
    assert (found.amount_minor, found.currency, found.payment_ref) == (10000, "USD", "7SELLER1")
    assert (found.network, found.reason_code) == ("paypal", "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
    assert (found.due_at, found.due_state) == (parse_instant("2026-01-11T08:00:00Z"), "said")
    assert found.opened_at == parse_instant("2026-01-01T08:00:00Z")
    assert (found.partner_status, found.legs) == ("CHARGEBACK/WAITING_FOR_SELLER_RESPONSE", ())


def test_page_is_as_at_the_disputes_own_update_and_a_message_as_at_the_event() -> None:
    """Fetched later it is no later news."""
    assert said(dispute()).occurred_at == parse_instant("2026-01-01T10:00:00Z")
    assert told("UPDATED", dispute()).occurred_at == parse_instant("2026-01-01T10:00:05Z")
    assert said(dispute(update_time=None)).occurred_at == LANDED_AT


@pytest.mark.parametrize(
    ("stage", "status", "channel", "move"),
    [
        ("INQUIRY", "OPEN", "INTERNAL", "inquiry_opened"),
        ("INQUIRY", "WAITING_FOR_BUYER_RESPONSE", "INTERNAL", "inquiry_answered"),
        ("CHARGEBACK", "OPEN", None, "chargeback_announced"),
        ("CHARGEBACK", "UNDER_REVIEW", "INTERNAL", "chargeback_under_review"),
        ("CHARGEBACK", "OPEN", "EXTERNAL", "chargeback_opened"),
        ("PRE_ARBITRATION", "WAITING_FOR_SELLER_RESPONSE", "INTERNAL", "pre_arbitration_opened"),
        ("PRE_ARBITRATION", "UNDER_REVIEW", "INTERNAL", "pre_arbitration_under_review"),
        ("ARBITRATION", "UNDER_REVIEW", "INTERNAL", "arbitration_opened"),
        ("CHARGEBACK", "OPEN", "ALERT", "collaboration_opened"),
    ],
)
def test_stage_and_status_say_the_move(stage: str, status: str, channel: str | None, move: str) -> None:
    """PayPal's own chargeback is a claim, and not a card's."""
    assert said(dispute(stage, status, dispute_channel=channel)).move == move


@pytest.mark.parametrize(
    ("stage", "code", "move"),
    [
        ("CHARGEBACK", "RESOLVED_SELLER_FAVOUR", "chargeback_won"),
        ("CHARGEBACK", "RESOLVED_BUYER_FAVOUR", "chargeback_lost"),
        ("PRE_ARBITRATION", "RESOLVED_SELLER_FAVOUR", "pre_arbitration_won"),
        ("ARBITRATION", "RESOLVED_BUYER_FAVOUR", "arbitration_lost"),
        ("INQUIRY", "CANCELED_BY_BUYER", "inquiry_closed"),
        ("INQUIRY", "RESOLVED_BUYER_FAVOUR", "lost"),
        ("CHARGEBACK", "CANCELED_BY_BUYER", "withdrawn"),
        (None, "RESOLVED_SELLER_FAVOUR", "won"),
        ("CHARGEBACK", "RESOLVED_WITH_PAYOUT", "closed_unknown"),
        ("CHARGEBACK", "ACCEPTED", "closed_unknown"),
        ("CHARGEBACK", "DENIED", "closed_unknown"),
        ("CHARGEBACK", "NONE", "closed_unknown"),
    ],
)
def test_outcome_decides_only_where_it_names_who_has_the_money(stage: str | None, code: str, move: str) -> None:
    """Of payouts and of words that name the dispute PayPal does not say whose they are."""
    reading = read_disputes(arrived("disputes"), body(ended(code, stage)))
    assert (only(reading).said.move, reading.findings) == (move, [])


def test_resolved_without_outcome_is_neither_won_nor_lost() -> None:
    """As every message but the last is without one, and some last ones too."""
    assert told("RESOLVED", ended(None)).move == "closed_unknown"
    bare = dispute()
    del bare["status"]
    assert told("RESOLVED", bare).move == "closed_unknown"


def test_part_of_the_amount_refunded_is_a_split_and_its_debit_that_part() -> None:
    """40.00 of 100.00 were taken."""
    found = said(ended("RESOLVED_BUYER_FAVOUR", refunded="40.00"))
    assert (found.move, found.legs) == ("split", (Told("debit", 1, 4000, "USD"),))
    whole = said(ended("RESOLVED_BUYER_FAVOUR", refunded="100.00"))
    assert (whole.move, whole.legs) == ("chargeback_lost", (Told("debit", 1, 10000, "USD"),))


def test_unknown_outcome_and_status_stay_unknown() -> None:
    """With a finding each, and asked for again."""
    reading = read_disputes(arrived("disputes"), body(ended("RESOLVED_BY_COIN")))
    assert (only(reading).said.move, checks(reading)) == ("closed_unknown", ["vocabulary.unknown"])
    reading = read_webhook(arrived(), body(event("UPDATED", dispute("CHARGEBACK", "PARKED"))))
    assert (only(reading).said.move, checks(reading)) == ("unknown", ["vocabulary.unknown"])
    assert reading.fetch == ["PP-D-12345"]


def test_resolution_with_a_status_that_ends_nothing_is_taken_by_its_status() -> None:
    """With a finding."""
    reading = read_webhook(arrived(), body(event("RESOLVED", dispute())))
    assert (only(reading).said.move, checks(reading)) == ("chargeback_announced", ["paypal.event_conflict"])


def test_movements_on_our_balance_are_legs_in_their_order() -> None:
    """Debit, fee, credit; those of the buyer and of PayPal are not ours, and a fee given back announces nothing."""
    movements = [
        moved("CREDIT", "100.00", "2026-01-09T00:00:00Z"),
        moved("DEBIT", "100.00", "2026-01-03T00:00:00Z"),
        moved("DEBIT", "20.00", "2026-01-03T00:00:00Z", "CHARGEBACK_FEE"),
        moved("CREDIT", "20.00", "2026-01-09T00:00:00Z", "CHARGEBACK_FEE"),
        moved("CREDIT", "100.00", "2026-01-03T00:00:00Z", whose="BUYER"),
        moved("DEBIT", "60.00", "2026-01-12T00:00:00Z"),
    ]
    found = said(dispute(money_movements=movements))
    assert found.legs == (
        Told("debit", 1, 10000, "USD"),
        Told("fee", 1, 2000, "USD"),
        Told("credit", 1, 10000, "USD"),
        Told("debit", 2, 6000, "USD"),
    )


def test_movement_for_an_unknown_reason_is_no_leg() -> None:
    """It moved something, and nobody knows what for."""
    reading = read_disputes(
        arrived("disputes"), body(dispute(money_movements=[moved("DEBIT", "1.00", "2026-01-03T00:00:00Z", "TIP")]))
    )
    assert (only(reading).said.legs, checks(reading)) == ((), ["vocabulary.unknown"])


@pytest.mark.parametrize(("value", "minor"), [("23", 2300), (".5", 50), ("0.5", 50), ("12.34", 1234)])
def test_amounts_are_read_as_the_specification_allows(value: str, minor: int) -> None:
    """Without decimals, and without a digit before the point."""
    assert said(dispute(dispute_amount=money(value))).amount_minor == minor


@pytest.mark.parametrize("amount", [money("1.234"), money("-1.00"), money("1e3"), money("1.00", "XXX"), money("1,00")])
def test_amount_that_is_none_leaves_the_dispute_without(amount: dict[str, str]) -> None:
    """Kept, with a finding; never zero."""
    reading = read_disputes(arrived("disputes"), body(dispute(dispute_amount=amount)))
    assert (only(reading).said.amount_minor, checks(reading)) == (None, ["paypal.amount"])


def test_network_code_of_a_card_counts_before_paypals_word() -> None:
    """And the network of an external case is not PayPal."""
    found = said(dispute(dispute_channel="EXTERNAL", external_reason_code="4853"))
    assert (found.reason_code, found.network) == ("4853", None)


def test_slot_is_spent_once_we_handed_something_in_unless_we_are_asked() -> None:
    """Evidence of the buyer is not ours."""
    ours, theirs = [{"source": "SUBMITTED_BY_SELLER"}], [{"source": "SUBMITTED_BY_BUYER"}]
    assert said(dispute("CHARGEBACK", "UNDER_REVIEW", evidences=ours)).is_slot_spent is True
    assert said(dispute("CHARGEBACK", "UNDER_REVIEW", evidences=theirs)).is_slot_spent is False
    assert said(dispute(evidences=ours)).is_slot_spent is False
    assert said(dispute()).is_slot_spent is None


def test_listed_dispute_has_no_payment_and_is_fetched() -> None:
    """A list leaves out transactions."""
    listed = dispute()
    del listed["disputed_transactions"]
    reading = read_disputes(arrived("disputes"), body({"items": [listed, dispute()], "links": []}))
    assert [placed.said.payment_ref for placed in reading.observations] == [None, "7SELLER1"]
    assert reading.fetch == ["PP-D-12345"]


def test_case_about_several_payments_is_linked_by_the_first() -> None:
    """With a finding."""
    several = [{"seller_transaction_id": "A"}, {"seller_transaction_id": "B"}]
    reading = read_disputes(arrived("disputes"), body(dispute(disputed_transactions=several)))
    assert (only(reading).said.payment_ref, checks(reading)) == ("A", ["paypal.transactions"])


def test_dispute_without_id_is_quarantined() -> None:
    """Nobody's dispute."""
    reading = read_webhook(arrived(), body(event("CREATED", {"status": "OPEN"})))
    assert (reading.accepted, checks(reading)) == (0, ["paypal.dispute_id"])


def test_every_move_of_the_vocabulary_is_a_move() -> None:
    """A word that leads nowhere would be an unknown one."""
    words = {
        CODES.meaning(name, code) for name in ("stage_status", "stage_outcome", "outcome") for code in CODES.known(name)
    }
    assert words <= set(moves())
