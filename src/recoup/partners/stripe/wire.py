"""Stripe's messages as Stripe sends them: shapes for the parts we read, everything else let through.

Fields are optional wherever any API version since 2013 leaves them out; which of them must be
there, `mapping.py` says. Amounts are integers in the smallest unit, instants are epoch seconds.
Sources: stripe/openapi `fixtures3.json`, stripe-python `_dispute.py`, `_balance_transaction.py`,
`_event.py`; older shapes as public fixtures show them.
"""

from typing import Any

import msgspec

SIGNATURE_HEADER = "stripe-signature"
REQUEST_HEADER = "recoup-request"
"""Header under which a page that we fetched names its request, where the start line is that of the answer."""


class Expanded(msgspec.Struct, frozen=True, gc=False):
    """A reference that was expanded into its object; dispute sources carry amount and currency."""

    id: str
    object: str | None = None
    amount: int | None = None
    currency: str | None = None


Reference = str | Expanded | None


class Event(msgspec.Struct, frozen=True, gc=False):
    """The envelope of a webhook. `account` is the connected account that it is about."""

    id: str
    type: str
    created: int
    data: "EventData"
    account: str | None = None
    livemode: bool | None = None


class EventData(msgspec.Struct, frozen=True, gc=False):
    """What an event carries: the object as it looked when the event occurred."""

    object: dict[str, Any]


class CardDetails(msgspec.Struct, frozen=True, gc=False):
    """Of a card dispute. A reason code may come as a number where a proxy re-wrote the JSON."""

    brand: str | None = None
    network: str | None = None
    case_type: str | None = None
    network_reason_code: str | int | None = None


class WalletDetails(msgspec.Struct, frozen=True, gc=False):
    """Of an Amazon Pay, Klarna or PayPal dispute."""

    dispute_type: str | None = None
    reason_code: str | int | None = None
    case_id: str | None = None


class MethodDetails(msgspec.Struct, frozen=True, gc=False):
    """How the disputed payment was made."""

    type: str | None = None
    card: CardDetails | None = None
    amazon_pay: WalletDetails | None = None
    klarna: WalletDetails | None = None
    paypal: WalletDetails | None = None


class EvidenceDetails(msgspec.Struct, frozen=True, gc=False):
    """Where our answer stands. `due_by` is null while unknown and 0 where no response is allowed."""

    due_by: int | None = None
    submission_count: int | None = None


class BalanceTransaction(msgspec.Struct, frozen=True, gc=False):
    """One movement of our balance. `net` is what moved; usually, but not always, amount less fee."""

    id: str
    amount: int
    currency: str
    created: int
    fee: int = 0
    net: int | None = None
    reporting_category: str | None = None
    source: Reference = None
    type: str | None = None


class Dispute(msgspec.Struct, frozen=True, gc=False):
    """A dispute (`dp_…`, older `du_…`). `evidence_due_by` is where 2013 had the due time."""

    id: str | None = None
    object: str | None = None
    amount: int | None = None
    currency: str | None = None
    charge: Reference = None
    payment_intent: Reference = None
    created: int | None = None
    status: str | None = None
    reason: str | None = None
    network_reason_code: str | int | None = None
    balance_transactions: tuple[BalanceTransaction, ...] | None = None
    evidence_details: EvidenceDetails | None = None
    evidence_due_by: int | None = None
    payment_method_details: MethodDetails | None = None


class EarlyFraudWarning(msgspec.Struct, frozen=True, gc=False):
    """A fraud notice of the issuer (TC40, SAFE) about one charge."""

    id: str
    created: int
    charge: Reference = None
    fraud_type: str | None = None
    actionable: bool | None = None


class Payout(msgspec.Struct, frozen=True, gc=False):
    """A payout to our bank. `failure_balance_transaction` is the movement that took a failed or canceled one back."""

    id: str
    amount: int
    currency: str
    created: int
    status: str | None = None
    statement_descriptor: str | None = None
    failure_balance_transaction: Reference = None


class ReportRun(msgspec.Struct, frozen=True, gc=False):
    """A finished run of a report; `result` is the file with its rows."""

    id: str
    report_type: str | None = None
    result: Reference = None


def identifier(value: Reference) -> str | None:
    """Give the id that a reference names, expanded or not."""
    return value.id if isinstance(value, Expanded) else value
