"""Square's messages as Square sends them: shapes for the parts we read, everything else let through.

Amounts are integers in the smallest unit, instants are RFC 3339. Messages of deprecated events name a
dispute by `dispute_id`, all others by `id`; the published schema of events puts the dispute into
`data.object.object`, the published examples into `data.object.dispute`.
Sources: square/connect-api-specification `api.json`, square-python-sdk `types/`.
"""

from typing import Any

import msgspec

SIGNATURE_HEADER = "x-square-hmacsha256-signature"


class Money(msgspec.Struct, frozen=True, gc=False):
    """An amount in the smallest unit of its currency."""

    amount: int | None = None
    currency: str | None = None


class DisputedPayment(msgspec.Struct, frozen=True, gc=False):
    """Which payment is disputed."""

    payment_id: str | None = None


class Dispute(msgspec.Struct, frozen=True, gc=False):
    """A dispute as it looked; `version` counts its changes."""

    id: str | None = None
    dispute_id: str | None = None
    amount_money: Money | None = None
    reason: str | None = None
    state: str | None = None
    due_at: str | None = None
    disputed_payment: DisputedPayment | None = None
    card_brand: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    brand_dispute_id: str | None = None
    version: int | None = None
    location_id: str | None = None


class EventObject(msgspec.Struct, frozen=True, gc=False):
    """The object of an event, under either of its names."""

    dispute: dict[str, Any] | None = None
    object: dict[str, Any] | None = None


class EventData(msgspec.Struct, frozen=True, gc=False):
    """What an event carries: the object as it looked when the event occurred."""

    type: str | None = None
    id: str | None = None
    object: EventObject | None = None


class Event(msgspec.Struct, frozen=True, gc=False):
    """The envelope of a webhook; deprecated events come beside their successors under the same `event_id`."""

    type: str
    event_id: str
    merchant_id: str | None = None
    location_id: str | None = None
    created_at: str | None = None
    data: EventData | None = None


class Details(msgspec.Struct, frozen=True, gc=False):
    """What a payout entry is about, by the `type_…_details` of its type."""

    payment_id: str | None = None
    dispute_id: str | None = None


class PayoutEntry(msgspec.Struct, frozen=True, gc=False):
    """One movement that a payout paid; net is what moved. The sign of the fee was never seen."""

    id: str | None = None
    payout_id: str | None = None
    effective_at: str | None = None
    type: str | None = None
    gross_amount_money: Money | None = None
    fee_amount_money: Money | None = None
    net_amount_money: Money | None = None
    type_dispute_details: Details | None = None
    type_open_dispute_details: Details | None = None
    type_charge_details: Details | None = None
    type_refund_details: Details | None = None
    type_fee_details: Details | None = None


class Payout(msgspec.Struct, frozen=True, gc=False):
    """A payout to our bank; a negative amount is a withdrawal from it. `end_to_end_id` may stand on the statement."""

    id: str | None = None
    status: str | None = None
    created_at: str | None = None
    amount_money: Money | None = None
    end_to_end_id: str | None = None
