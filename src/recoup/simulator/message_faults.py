"""Faults of messages: lost, again, out of order, altered, forged, from the past."""

from typing import Any

import msgspec

from recoup.domain.instants import HOUR, MINUTE
from recoup.simulator.adyen import wire as adyen_wire
from recoup.simulator.channel import Channel, Sent, body_of
from recoup.simulator.fault import Fault, Money, Scene, Told, alone, choose_case, first_of
from recoup.simulator.stripe import wire as stripe_wire
from recoup.simulator.truth import Case
from recoup.simulator.truth_faults import step_in_time

PUSH_WAIT = HOUR
"""So long after a page or report shows a step its message may still come; only then is it lost."""
_OUT_OF_ORDER = 13 * HOUR
"""Messages so far apart at most change places, before the next report would tell of the first."""
_FORGED_KEY = "whsec_test_of_somebody_else"


def _message(channel: Channel, fault: str, case: Case, *keys: str) -> Sent:
    """The webhook about a step of a case."""
    return alone(list(channel.on(case.partner, "webhook", case.id, *keys))[:1], fault)[0]


def _lost_at_stripe(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W1", step_in_time(scene, "stripe", "lose"))
    sent = _message(channel, "W1", case, "lose")
    swept = _next_told(channel, "W1", case, "disputes", sent.received_at)
    channel.drop(sent)
    return Told([swept], [case.id], first_visible_at=swept.received_at + PUSH_WAIT, lost=[sent.path])


def _next_told(channel: Channel, fault: str, case: Case, feed: str, after: int) -> Sent:
    """The first page or report about a case after an instant."""
    return first_of((s for s in channel.on(case.partner, feed, case.id) if s.received_at > after), fault)


def _lost_at_adyen(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W1-adyen", step_in_time(scene, "adyen", "debit"))
    sent = _message(channel, "W1-adyen", case, "debit")
    told = _next_told(channel, "W1-adyen", case, "dispute_report", sent.received_at)
    channel.drop(sent)
    return Told([told], [case.id], first_visible_at=told.received_at + PUSH_WAIT, lost=[sent.path])


def _again(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W3", step_in_time(scene, "stripe", "answer"))
    sent = _message(channel, "W3", case, "answer")
    again = _send_again(channel, sent, body_of(channel.read(sent)), sent.received_at + 65 * MINUTE, "again")
    return Told([again], [case.id])


def _send_again(channel: Channel, sent: Sent, body: bytes, at: int, word: str) -> Sent:
    name = f"{sent.path.rpartition('/')[2][:-5]}_{word}"
    return stripe_wire.send_webhook(channel, body, at, set(sent.keys), name)


def _out_of_order(scene: Scene, channel: Channel) -> Told:
    fits = step_in_time(scene, "adyen", "debit")
    case = choose_case(scene, "W5", lambda c: fits(c) if _is_soon_debited(c) else None)
    first, second = _message(channel, "W5", case, "announce"), _message(channel, "W5", case, "debit")
    channel.delay(first, second.received_at + 12 * MINUTE)
    return Told([first], [case.id])


def _is_soon_debited(case: Case) -> bool:
    """Whether the first message, out of order, is late by hours: by a day it would be a lost one that is found."""
    debit_at = case.step_at("debit")
    return case.steps[0].word == "announce" and debit_at is not None and debit_at - case.opened_at < _OUT_OF_ORDER


def _other_body(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W6", step_in_time(scene, "stripe", "answer"))
    sent = _message(channel, "W6", case, "answer")
    event: dict[str, Any] = msgspec.json.decode(body_of(channel.read(sent)))
    event["data"]["object"]["amount"] += 1000
    again = _send_again(channel, sent, msgspec.json.encode(event), sent.received_at + 3 * HOUR, "other")
    return Told([again], [case.id], [Money(case.currency, 1000)])


def _forged(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W8", step_in_time(scene, "stripe", "debit"))
    at = case.steps[0].at + 5 * HOUR
    about = stripe_wire.dispute_object(case, case.steps[0].at, []) | {"status": "won"}
    name = f"evt_1{scene.chance.word()}{scene.chance.word()[:9]}"
    body = stripe_wire.event_body(name, "charge.dispute.closed", at, about)
    sent = stripe_wire.send_webhook(channel, body, at, {case.id}, name)
    channel.change(sent, stripe_wire.webhook_message(body, at, _FORGED_KEY))
    return Told([sent], [case.id], [Money(case.currency, case.amount_minor)])


def _from_the_past(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "M1", step_in_time(scene, "stripe", "lose"))
    sent = _message(channel, "M1", case, "lose")
    decided_at = case.step_at("lose") or 0
    at = decided_at + 20 * HOUR
    about = stripe_wire.dispute_object(case, decided_at - 1, [m for m in case.movements if m.at < decided_at])
    name = f"evt_1{scene.chance.word()}{scene.chance.word()[:9]}"
    body = stripe_wire.event_body(name, "charge.dispute.updated", at, about)
    return Told([stripe_wire.send_webhook(channel, body, at + MINUTE, {case.id, *sent.keys}, name)], [case.id])


def _unsigned_item(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W8-adyen", step_in_time(scene, "adyen", "debit"))
    step = case.steps[0]
    item = adyen_wire.case_item(case, step) | {"eventCode": "CHARGEBACK_REVERSED"}
    body = adyen_wire.notification_body([adyen_wire.signed(item, "00" * 32)])
    at = step.at + 4 * HOUR
    sent = adyen_wire.send_webhook(channel, body, at, f"{case.id}_FORGED", {case.id})
    return Told([sent], [case.id], [Money(case.currency, case.amount_minor)])


_STRIPE, _ADYEN = ("stripe", "webhook"), ("adyen", "webhook")

FAULTS = (
    Fault(
        "W1", "the message that closes a dispute is lost", "D", "lost_event", *_STRIPE, 50,
        disturb=_lost_at_stripe, is_harmless=True,
    ),
    Fault(
        "W1-adyen", "the message of a chargeback is lost", "D", "lost_event", *_ADYEN, 35,
        disturb=_lost_at_adyen, is_harmless=True,
    ),
    Fault(
        "W3", "a message is delivered again", "D", "duplicate_rows", *_STRIPE, 20,
        disturb=_again, is_harmless=True, is_silent=True, about="deliveries", has_twin=True,
    ),
    Fault(
        "W5", "messages come out of order", "D", "timing", *_ADYEN, 25,
        disturb=_out_of_order, is_harmless=True, is_silent=True, has_twin=True,
    ),
    Fault("W6", "one id, two contents", "D", "same_id_other_body", *_STRIPE, 30, disturb=_other_body),
    Fault(
        "W8", "somebody else signs a win", "D", "forged", *_STRIPE, 15, disturb=_forged, about="deliveries",
    ),
    Fault(
        "W8-adyen", "an item is signed with another key", "D", "forged", *_ADYEN, 65,
        disturb=_unsigned_item, about="deliveries",
    ),
    Fault("M1", "an old state comes after the last", "D", "status_regression", *_STRIPE, 45, disturb=_from_the_past),
)  # fmt: skip
