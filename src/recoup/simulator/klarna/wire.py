"""Klarna as it speaks: signed messages, and a dispute as the API shows it (version 4, the rules of 2026).

Shapes follow documented examples of docs.klarna.com; see `recoup/partners/klarna/README.md`. Amounts are integers of
minor units, instants have milliseconds.
"""

import uuid
from typing import Any

import msgspec

from recoup.domain.instants import HOUR, SECOND, render_instant
from recoup.partners.klarna.signature import sign
from recoup.simulator.chance import Chance
from recoup.simulator.channel import Channel, Sent, http_message
from recoup.simulator.klarna.profile import ACCOUNT, KEY, KEY_NAME, PARTNER
from recoup.simulator.truth import Case, Step
from recoup.simulator.world import World

Document = dict[str, Any]
STATES = {
    "announce": "INITIATED",
    "answer": "REPRESENTMENT",
    "appeal": "PRE_ARBITRATION",
    "arbitrate": "ARBITRATION",
    "won": "CLOSED",
    "lost": "CLOSED",
    "accepted_loss": "CLOSED",
    "upheld": "CLOSED",
}
OUTCOMES = {"won": "WON", "lost": "LOST", "accepted_loss": "LOST", "upheld": "LOST"}
_REASONS = {
    "fraud": "PURCHASE_UNAUTHORIZED",
    "not_received": "PRODUCTS_OR_SERVICES_NOT_RECEIVED",
    "not_as_described": "PRODUCTS_DEFECTIVE_OR_NOT_AS_DESCRIBED",
    "duplicate": "INCORRECT_AMOUNT",
    "credit": "REFUND_NOT_PROCESSED",
}
_APPEAL_HOURS = 24 * 30
_NAMES = uuid.UUID("3c6e3f55-3a07-4a8d-8c2e-4b6f2a0c9f11")
"""Names of events are made in this space, so that the same seed gives the same."""


def dispute(case: Case, now: int) -> Document:
    """A dispute as the API shows it at an instant."""
    done = [step for step in case.steps if step.at <= now]
    last = done[-1]
    state = case.status_told.get(last.word, STATES[last.word])
    told: Document = {
        "payment_dispute_id": case.id,
        "order_id": case.payment.ref,
        "state": state,
        "updated_at": stamp(last.at),
        "created_at": stamp(case.opened_at),
        "dispute_reason": _REASONS[case.cause],
        "dispute_details": {"dispute_amount": case.said_amount(), "currency": case.currency, "created_by": "CUSTOMER"},
    }
    return told | _of_state(case, done)


def _of_state(case: Case, done: list[Step]) -> Document:
    """What belongs to the state that the last of these steps led to."""
    last, before = done[-1], done[-2] if len(done) > 1 else None
    due_at = case.due_at(last.at)
    if last.word == "announce":
        expires_at = None if due_at is None else stamp(due_at)
        return {"representment": {"state": "EVIDENCE_REQUESTED", "expires_at": expires_at}}
    told: Document = {"previous_state": STATES[before.word]} if before else {}
    if last.word == "appeal":
        told["arbitration_expires_at"] = stamp(last.at + _APPEAL_HOURS * HOUR)
    if last.word in OUTCOMES:
        told["dispute_outcome"] = OUTCOMES[last.word]
    if last.word == "accepted_loss":
        told["representment"] = {"state": "EVIDENCE_WAIVED"}
    return told


def stamp(at: int) -> str:
    """An instant as Klarna writes it."""
    return f"{render_instant(at)[:23]}Z"


def event_body(case: Case, step: Step) -> bytes:
    """One message about a step of a case."""
    kind = STATES[step.word].lower().replace("_", "-")
    metadata = {
        "event_type": f"payment.dispute.state-change.{kind}",
        "event_id": str(uuid.uuid5(_NAMES, f"{case.id}/{step.word}/{step.at}")),
        "event_version": "v4",
        "occurred_at": stamp(step.at),
        "merchant_id": ACCOUNT,
        "live": True,
    }
    return msgspec.json.encode({"metadata": metadata, "payload": dispute(case, step.at)})


def message(body: bytes, key: str = KEY) -> bytes:
    """One raw request, signed over its bytes."""
    headers = {
        "host": "hooks.marketplace.example",
        "content-type": "application/json; charset=utf-8",
        "klarna-signing-key-id": KEY_NAME,
        "klarna-signature": sign(body, key).hex(),
    }
    return http_message("POST /webhooks/klarna HTTP/1.1", headers, body)


def write_webhooks(world: World, channel: Channel) -> None:
    """Send a message for each step of every case."""
    for case in world.cases_at(PARTNER):
        chance = Chance(world.plan.seed, "webhook", case.id)
        for number, step in enumerate(case.steps, start=1):
            late = case.told_late_by if number == 1 else 0
            at = step.at + late + chance.between(1, 40) * SECOND + chance.below(SECOND)
            path = f"klarna/webhook/{case.id.rpartition(':')[2]}_{number}_{STATES[step.word]}.http"
            sent = Sent(path, PARTNER, "webhook", at, ACCOUNT, frozenset({case.id, step.word}))
            channel.send(sent, message(event_body(case, step)))
