"""PayPal's messages as PayPal sends them: shapes for the parts we read, everything else let through.

Which fields are there depends on the caller, the stage and the feed: a list leaves out transactions
and money, a message has an outcome only at the end. Amounts are decimal text, instants RFC 3339.
Sources: paypal/paypal-rest-api-specifications `customer_disputes_v1.json`,
`notifications_webhooks_v1.json` (Apache-2.0).
"""

from typing import Any

import msgspec

ALGORITHM_HEADER = "paypal-auth-algo"
CERTIFICATE_HEADER = "paypal-cert-url"
TRANSMISSION_ID_HEADER = "paypal-transmission-id"
TRANSMISSION_TIME_HEADER = "paypal-transmission-time"
SIGNATURE_HEADER = "paypal-transmission-sig"


class Event(msgspec.Struct, frozen=True, gc=False):
    """The envelope of a webhook; `resource` is the dispute as it looked when the event occurred."""

    id: str
    event_type: str
    create_time: str | None = None
    resource_type: str | None = None
    resource: dict[str, Any] | None = None


class Money(msgspec.Struct, frozen=True, gc=False):
    """An amount in major units, as text; `.5` without a digit before the point is legal."""

    currency_code: str | None = None
    value: str | None = None


class Transaction(msgspec.Struct, frozen=True, gc=False):
    """A disputed payment; the seller's id of it is ours."""

    seller_transaction_id: str | None = None
    buyer_transaction_id: str | None = None
    transaction_status: str | None = None
    gross_amount: Money | None = None


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """How a dispute ended; `amount_refunded` may be less than what was disputed."""

    outcome_code: str | None = None
    amount_refunded: Money | None = None


class Adjudication(msgspec.Struct, frozen=True, gc=False):
    """One decision of PayPal; a dispute may have several, and money may follow each."""

    type: str | None = None
    adjudication_time: str | None = None


class Movement(msgspec.Struct, frozen=True, gc=False):
    """One movement of money for the dispute, on the balance of one party."""

    affected_party: str | None = None
    amount: Money | None = None
    initiated_time: str | None = None
    type: str | None = None
    reason: str | None = None


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """What was asked for or handed in, and by whom."""

    source: str | None = None
    evidence_type: str | None = None


class Dispute(msgspec.Struct, frozen=True, gc=False):
    """A dispute as listed, shown or sent."""

    dispute_id: str | None = None
    create_time: str | None = None
    update_time: str | None = None
    disputed_transactions: tuple[Transaction, ...] | None = None
    reason: str | None = None
    status: str | None = None
    dispute_amount: Money | None = None
    external_reason_code: str | None = None
    dispute_outcome: Outcome | None = None
    adjudications: tuple[Adjudication, ...] | None = None
    money_movements: tuple[Movement, ...] | None = None
    dispute_life_cycle_stage: str | None = None
    dispute_channel: str | None = None
    evidences: tuple[Evidence, ...] | None = None
    seller_response_due_date: str | None = None
