"""Faults of the stream of messages: never made, all at once, replayed, signed anew, with gaps, from another clock."""

from collections.abc import Callable
from typing import Any

import msgspec

from recoup.domain.instants import DAY, HOUR, MINUTE, SECOND
from recoup.simulator.channel import Channel, Sent, body_of
from recoup.simulator.fault import Fault, Money, Scene, Told, alone, choose_case, choose_sent, first_of
from recoup.simulator.file_faults import cases_in
from recoup.simulator.message_faults import PUSH_WAIT
from recoup.simulator.stripe import wire as stripe_wire
from recoup.simulator.truth_faults import about, step_in_time

_NEW_KEY = "whsec_test_of_tomorrow"
_OUTAGE = 20 * HOUR

Json = dict[str, Any]


def told_otherwise(channel: Channel, sent: Sent, edit: Callable[[Json], None]) -> None:
    """Change an event that Stripe sends, and sign it as Stripe would."""
    event: Json = msgspec.json.decode(body_of(channel.read(sent)))
    edit(event)
    change_body(channel, sent, msgspec.json.encode(event))


def change_body(channel: Channel, sent: Sent, body: bytes) -> None:
    """Put another body into a message or a page of Stripe's, signed as Stripe would."""
    if sent.feed == "webhook":
        channel.change(sent, stripe_wire.webhook_message(body, sent.received_at))
    else:
        channel.change(sent, stripe_wire.page_message("/v1/disputes?limit=100", body, sent.received_at))


def _never_made(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W2", step_in_time(scene, "stripe", "answer", 3 * DAY))
    gone = alone(about(channel, case, "webhook"), "W2")
    pages = channel.on("stripe", "disputes", case.id)
    swept = first_of((s for s in pages if s.received_at > case.opened_at), "W2")
    for sent in gone:
        channel.drop(sent)
    shown_at = swept.received_at + PUSH_WAIT
    return Told([swept], [case.id], first_visible_at=shown_at, lost=[sent.path for sent in gone])


def _at_one_instant(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W4", step_in_time(scene, "stripe", "debit"))
    (sent,) = alone(about(channel, case, "webhook")[:1], "W4")
    for _ in range(4):
        channel.list_again(channel.again(sent, sent.received_at))
    return Told([sent], [case.id])


def _held_back(scene: Scene, channel: Channel) -> Told:
    # From after a sweep to before the next: what is held back is told by nobody else meanwhile.
    pages = channel.on("stripe", "disputes")
    begins = first_of((s for s in pages if s.received_at >= scene.at), "W7").received_at + MINUTE
    after = channel.on("stripe", "webhook")
    held = alone([s for s in after if begins <= s.received_at < begins + _OUTAGE], "W7")
    for place, sent in enumerate(held):
        channel.delay(sent, begins + _OUTAGE + place * SECOND // 10)
        channel.change(sent, stripe_wire.webhook_message(body_of(channel.read(sent)), sent.received_at))
    return Told(held, sorted({case for sent in held for case in cases_in(scene, sent)}))


def _replayed(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W9", step_in_time(scene, "stripe", "debit", 3 * DAY))
    (sent,) = alone(about(channel, case, "webhook")[:1], "W9")
    path = f"{sent.path[:-5]}_replayed.http"
    again = channel.again(sent, sent.received_at + 2 * DAY, path)
    channel.send(again, channel.read(sent))
    return Told([again])


def _new_key(scene: Scene, channel: Channel) -> Told:
    found = alone([s for s in channel.on("stripe", "webhook") if s.received_at >= scene.at], "W10")
    for sent in found:
        body = body_of(channel.read(sent))
        channel.change(sent, stripe_wire.webhook_message(body, sent.received_at, _NEW_KEY))
    return Told(found, sorted({case for sent in found for case in cases_in(scene, sent)}))


def _with_gaps(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W11", step_in_time(scene, "stripe", "debit", 3 * DAY))
    found = alone(about(channel, case, "webhook")[:1], "W11")

    def strip(event: Json) -> None:
        for name in ("id", "charge", "payment_intent"):
            event["data"]["object"].pop(name)

    told_otherwise(channel, found[0], strip)
    return Told(found[:1], [case.id], [Money(case.currency, case.amount_minor)])


def _half_a_page(scene: Scene, channel: Channel) -> Told:
    found = [s for s in channel.on("stripe", "disputes") if s.received_at + DAY < channel.until]
    sent = choose_sent(scene, "W12", [s for s in found if len(_listed(channel, s)) > 3])
    page: Json = msgspec.json.decode(body_of(channel.read(sent)))
    page["data"] = page["data"][::2]
    change_body(channel, sent, msgspec.json.encode(page))
    return Told([sent])


def _listed(channel: Channel, sent: Sent) -> list[Json]:
    return list(msgspec.json.decode(body_of(channel.read(sent)))["data"])


def _from_tomorrow(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "P3", step_in_time(scene, "stripe", "answer", 3 * DAY))
    found = alone(about(channel, case, "webhook", since=case.step_at("answer") or 0)[:1], "P3")

    def set_forward(event: Json) -> None:
        event["created"] += DAY // SECOND

    told_otherwise(channel, found[0], set_forward)
    return Told(found, [case.id])


_STRIPE = ("stripe", "webhook")

FAULTS = (
    Fault(
        "W2", "no message about a dispute is ever made", "D", "lost_event", *_STRIPE, 30,
        disturb=_never_made, is_harmless=True,
    ),
    Fault(
        "W4", "one message comes five times at one instant", "D", "duplicate_rows", *_STRIPE, 40,
        disturb=_at_one_instant, is_harmless=True, is_silent=True, about="deliveries", has_twin=True,
    ),
    Fault(
        "W7", "messages of a day come at once after an outage", "D", "timing", *_STRIPE, 40,
        disturb=_held_back, is_harmless=True, is_silent=True, about="deliveries", has_twin=True,
    ),
    Fault(
        "W9", "an old message is sent again as it was", "D", "forged", *_STRIPE, 30,
        disturb=_replayed, is_harmless=True, is_silent=True, about="deliveries", has_twin=True,
    ),
    Fault(
        "W10", "messages are signed with another key from a day on", "D", "key_rotated", *_STRIPE, 88,
        disturb=_new_key, about="deliveries",
    ),
    Fault(
        "W11", "a message does not say which dispute it is about", "D", "bad_record", *_STRIPE, 35,
        disturb=_with_gaps, about="deliveries",
    ),
    Fault(
        "W12", "a page of the list holds half of it", "D", "timing", "stripe", "disputes", 50,
        disturb=_half_a_page, is_harmless=True, is_silent=True, about="deliveries", has_twin=True,
    ),
    Fault("P3", "a message is stamped with tomorrow", "D", "partner_clock", *_STRIPE, 45, disturb=_from_tomorrow),
)  # fmt: skip
