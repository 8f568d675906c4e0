"""One canonical movement on a settlement report, payout or bank statement.

Signed as it moves our balance at the partner (or bank): money to us is
positive. A line's identity is partner-wide, so that the same money told by an
API, two report layouts and a statement is one line; each feed's telling is kept
and compared.
"""

from typing import Literal

import msgspec

LineKind = Literal[
    "charge",
    "refund",
    "refund_failure",
    "dispute",
    "dispute_reversal",
    "dispute_fee",
    "fee",
    "adjustment",
    "reserve",
    "transfer",
    "payout",
    "payout_failure",
    "bank",
    "opening",
    "unknown",
]
DISPUTE_KINDS: frozenset[str] = frozenset({"dispute", "dispute_reversal", "dispute_fee"})
BOOKED_ONE_BY_ONE: frozenset[str] = DISPUTE_KINDS | {"payout", "payout_failure", "bank"}
"""All other kinds are booked in total per delivery, payout, kind and currency."""


class MoneyLine(msgspec.Struct, frozen=True, gc=False):
    """One movement; net is gross less fee unless the partner says otherwise, and a fee that costs us is positive."""

    id: str
    partner: str
    account: str
    feed: str
    delivery: str
    position: int
    identity: str
    kind: LineKind
    partner_kind: str | None
    """The partner's own word for it."""
    dispute: str | None
    """As the partner names it; of a line that names none, what was found by its payment."""
    partner_dispute_id: str | None
    payment_ref: str | None
    cycle: int | None
    """Where the partner's word names it (a second chargeback is 2); else the order of the lines counts."""
    batch: str | None
    """The payout or batch in which it is paid; None while that is not known."""
    gross_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    original_minor: int | None
    original_currency: str | None
    """The amount in the dispute's own currency, where the line was converted."""
    occurred_at: int
    effective_on: str
    """ISO day in the account's zone."""
    reference: str | None
    landed_at: int
