"""One canonical fact from one record: what a partner told us about one dispute, once.

An observation says only what its record said; None means "not said", never a
default. Order of arrival is not in it: `occurred_at` orders, `landed_at` tells
since when we know. Read `dispute.py` next for how a set of these becomes a dispute.
"""

import hashlib
from typing import Literal

import msgspec

from recoup.domain.ids import derive, dispute_id
from recoup.domain.legs import Told

Form = Literal["event", "snapshot", "row"]
Kind = Literal["notice", "alert", "resolution", "request", "dispute", "return", "compliance_case"]
Trust = Literal["signed", "partly", "fetched", "given"]
"""signed: every field under a verified signature; partly: only some are (Adyen); fetched: read from the
partner over our own authenticated call or file channel; given: unsigned bytes handed in by a person."""
Nature = Literal["failure", "unauthorised", "refund_right", "administrative", "indemnity"]
"""Why a bank debit came back. A failure is a failed payment and never a dispute; an administrative return says that
account or mandate changed."""
UNDISPUTED: frozenset[Nature] = frozenset({"failure", "administrative"})
"""Natures of returns that are in no list, rate or ratio of disputes."""
DueState = Literal["said", "none_allowed", "unsaid", "left_empty"]
"""Whether a record says until when an answer is waited for. Left empty: it asks for one, is known to say until when,
and does not; nothing is known by it, as of an unsaid one, and somebody should ask at once."""


class Said(msgspec.Struct, frozen=True, gc=False):
    """What one record says, before it is known where the record lies. Instants in microseconds UTC."""

    partner_dispute_id: str
    form: Form
    occurred_at: int
    """When it happened for an event, how the object looked *as at* for a snapshot."""
    move: str
    """A name of the MOVES table; `unknown` when the partner's word is in no vocabulary."""
    record_id: str | None = None
    kind: Kind | None = None
    nature: Nature | None = None
    """Of a return; None where the code's nature is not known, which is not "failure"."""
    partner_status: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    payment_ref: str | None = None
    case_ref: str | None = None
    """What links the disputes of one payment: the network's case id, ARN or the original dispute's id."""
    network: str | None = None
    reason_code: str | None = None
    due_at: int | None = None
    due_state: DueState = "unsaid"
    opened_at: int | None = None
    is_slot_spent: bool | None = None
    legs: tuple[Told, ...] = ()


class Observation(msgspec.Struct, frozen=True, gc=False):
    """One thing one partner told us, once, and where its bytes lie."""

    id: str
    dispute: str
    partner: str
    account: str
    feed: str
    delivery: str
    position: int
    landed_at: int
    trust: Trust
    content: str
    """SHA-256 of the canonical content: the same record id with other content is a finding."""
    said: Said


_CANONICAL = msgspec.json.Encoder(order="deterministic")


def content_hash(said: Said) -> str:
    """Hex SHA-256 over what was said: equal for equal content, however the partner laid it out."""
    return hashlib.sha256(_CANONICAL.encode(said)).hexdigest()


def observe(
    said: Said, *, partner: str, account: str, feed: str, delivery: str, position: int, landed_at: int, trust: Trust
) -> Observation:
    """Place what was said: key it so that telling it again gives the same observation.

    The key is the partner's own record id where there is one, else the object,
    the as-at time and the content. A record that says two things about two
    disputes gives two observations, so the dispute is always part of the key.
    """
    content = content_hash(said)
    told = said.record_id if said.record_id is not None else f"{said.occurred_at}:{content}"
    return Observation(
        id=derive("obs", partner, account, said.partner_dispute_id, told),
        dispute=dispute_id(partner, account, said.partner_dispute_id),
        partner=partner,
        account=account,
        feed=feed,
        delivery=delivery,
        position=position,
        landed_at=landed_at,
        trust=trust,
        content=content,
        said=said,
    )
