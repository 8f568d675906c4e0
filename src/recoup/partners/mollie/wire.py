"""Mollie's messages as Mollie sends them: shapes for the parts we read, everything else let through.

Amounts are texts in major units with the decimals of their currency, instants are ISO 8601 with an offset.
Sources: mollie-api-python `tests/responses/`, docs.mollie.com/reference, SDK pages on `BalanceTransactionType`.
"""

from typing import Any

import msgspec

SIGNATURE_HEADER = "x-mollie-signature"


class Amount(msgspec.Struct, frozen=True, gc=False):
    """An amount as text in major units: "43.38"."""

    currency: str
    value: str


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why a bank debit came back; card schemes give none."""

    code: str | None = None
    description: str | None = None


class Chargeback(msgspec.Struct, frozen=True, gc=False):
    """A chargeback: it has no status and no due time, only when it came and when it was reversed."""

    id: str | None = None
    amount: Amount | None = None
    reason: Reason | None = None
    createdAt: str | None = None  # noqa: N815  (the partner's own name)
    reversedAt: str | None = None  # noqa: N815
    paymentId: str | None = None  # noqa: N815


class Embedded(msgspec.Struct, frozen=True, gc=False):
    """What an event carries, where the webhook was set up to carry it."""

    entity: dict[str, Any] | None = None


class Event(msgspec.Struct, frozen=True, gc=False):
    """The envelope of a signed event."""

    id: str
    type: str
    entityId: str | None = None  # noqa: N815
    createdAt: str | None = None  # noqa: N815
    embedded: Embedded | None = msgspec.field(name="_embedded", default=None)


class BalanceTransaction(msgspec.Struct, frozen=True, gc=False):
    """One movement of our balance: what it was for, what was deducted from it, and what moved."""

    id: str | None = None
    type: str | None = None
    resultAmount: Amount | None = None  # noqa: N815
    initialAmount: Amount | None = None  # noqa: N815
    deductions: Amount | None = None
    createdAt: str | None = None  # noqa: N815
    context: dict[str, Any] | None = None


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """A payout to our bank; `reference` stands on the statement."""

    id: str | None = None
    reference: str | None = None
    createdAt: str | None = None  # noqa: N815
    settledAt: str | None = None  # noqa: N815
    amount: Amount | None = None
    status: str | None = None
