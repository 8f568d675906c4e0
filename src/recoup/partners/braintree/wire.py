"""Braintree's disputes as Braintree sends them, in XML and in the JSON of GraphQL, brought to one shape.

The two tell the same dispute in other words: XML names fields with dashes and statuses in small
letters, GraphQL in camel case and capitals. Old messages have `amount` where newer ones have
`amount-disputed`. Amounts are decimal text, some days have no time and no zone.
Sources: braintree_python `dispute.py`, `webhook_testing_gateway.py`, `dispute_gateway.py` (MIT);
developer.paypal.com/braintree/graphql/reference/types/dispute; exports of the Wikimedia Foundation.
"""

from typing import Any

import msgspec

from recoup.formats.xml_tree import Node

SIGNATURE_FIELD = "bt_signature"
PAYLOAD_FIELD = "bt_payload"


class Dispute(msgspec.Struct, frozen=True, gc=False):
    """One dispute. Every value is text as sent, but words, which are in small letters; absent and nil are None."""

    id: str | None = None
    status: str | None = None
    kind: str | None = None
    amount: str | None = None
    amount_won: str | None = None
    currency: str | None = None
    reason: str | None = None
    reason_code: str | None = None
    case_number: str | None = None
    reference_number: str | None = None
    original_dispute_id: str | None = None
    pre_dispute_program: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    date_opened: str | None = None
    received_date: str | None = None
    reply_by_date: str | None = None
    response_deadline: str | None = None
    transaction_id: str | None = None
    payment_instrument_subtype: str | None = None
    history: tuple[str, ...] = ()
    """Instants at which the status changed, as sent."""


class Notification(msgspec.Struct, frozen=True, gc=False):
    """The envelope of a message; without an id of its own."""

    kind: str | None
    timestamp: str | None
    dispute: Node | None


class Amount(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """An amount of GraphQL."""

    value: str | None = None
    currency_code: str | None = None


class StatusEvent(msgspec.Struct, frozen=True, gc=False):
    """One change of status; histories come newest first or oldest first."""

    timestamp: str | None = None
    status: str | None = None


class ExportedTransaction(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The disputed payment; `legacyId` is its id everywhere else."""

    legacy_id: str | None = None


class Exported(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A dispute of GraphQL; `legacyId` is its id everywhere else."""

    legacy_id: str | None = None
    type: str | None = None
    status: str | None = None
    amount_disputed: Amount | None = None
    amount_won: Amount | None = None
    case_number: str | None = None
    reference_number: str | None = None
    created_at: str | None = None
    received_date: str | None = None
    reply_by_date: str | None = None
    response_deadline: str | None = None
    status_history: tuple[StatusEvent, ...] | None = None
    transaction: ExportedTransaction | None = None


def notification(root: Node) -> Notification | None:
    """Give the envelope that a document is; None for another document."""
    if root.name != "notification":
        return None
    subject = root.child("subject")
    return Notification(text(root, "kind"), text(root, "timestamp"), subject.child("dispute") if subject else None)


def of_xml(node: Node) -> Dispute:
    """Give the dispute that an element is."""
    payment = node.child("transaction")
    history = node.child("status-history")
    return Dispute(
        id=text(node, "id"),
        status=text(node, "status"),
        kind=text(node, "kind"),
        amount=text(node, "amount-disputed") or text(node, "amount"),
        amount_won=text(node, "amount-won"),
        currency=text(node, "currency-iso-code"),
        reason=text(node, "reason"),
        reason_code=text(node, "reason-code"),
        case_number=text(node, "case-number"),
        reference_number=text(node, "reference-number"),
        original_dispute_id=text(node, "original-dispute-id"),
        pre_dispute_program=text(node, "pre-dispute-program"),
        created_at=text(node, "created-at"),
        updated_at=text(node, "updated-at"),
        date_opened=text(node, "date-opened"),
        received_date=text(node, "received-date"),
        reply_by_date=text(node, "reply-by-date"),
        transaction_id=text(payment, "id") if payment else None,
        payment_instrument_subtype=text(payment, "payment-instrument-subtype") if payment else None,
        history=tuple(
            at for event in (history.children if history else ()) if (at := text(event, "timestamp")) is not None
        ),
    )


def of_export(found: Exported) -> Dispute:
    """Give the dispute that an object of GraphQL is."""
    amount, won = found.amount_disputed or Amount(), found.amount_won or Amount()
    return Dispute(
        id=found.legacy_id,
        status=_small(found.status),
        kind=_small(found.type),
        amount=amount.value,
        amount_won=won.value,
        currency=amount.currency_code,
        case_number=found.case_number,
        reference_number=found.reference_number,
        created_at=found.created_at,
        received_date=found.received_date,
        reply_by_date=found.reply_by_date,
        response_deadline=found.response_deadline,
        transaction_id=found.transaction.legacy_id if found.transaction else None,
        history=tuple(event.timestamp for event in found.status_history or () if event.timestamp is not None),
    )


def text(node: Node, name: str) -> str | None:
    """Give the text of a child; None where it is absent, empty or nil."""
    child = node.child(name)
    return None if child is None or child.attributes.get("nil") == "true" else child.text or None


def _small(word: Any) -> str | None:
    return word.lower() if isinstance(word, str) else None
