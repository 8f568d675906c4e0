"""Klarna's messages as it sends them: shapes for the parts we read, everything else let through.

Amounts of disputes are integers in minor units, instants RFC 3339 in UTC with milliseconds. A webhook tells
what belongs to a state in fields of the dispute, a page tells it in `state_context` too.
Sources: klarna-python-sdk (made from Klarna's OpenAPI), documented examples of docs.klarna.com (V2.r5, V4).
"""

from collections.abc import Mapping
from typing import Any

import msgspec

SIGNATURE_HEADER = "klarna-signature"
KEY_HEADER = "klarna-signing-key-id"
TOTALS: tuple[tuple[str, int], ...] = (
    ("sale", 1),
    ("return", -1),
    ("reversal", -1),
    ("fee", -1),
    ("fee_correction", 1),
    ("commission", 1),
    ("commission_reversal", -1),
    ("tax", -1),
    ("charge", -1),
    ("credit", 1),
    ("repay", -1),
    ("holdback", -1),
    ("release", 1),
    ("fee_refund", 1),
    ("deposit", 1),
)
"""The totals of a settlement report, and how each counts in the published equation. That a deposit, which turns
what was not paid into a debt, counts for us was inferred: a settlement below zero pays nothing."""
ROWS: Mapping[str, tuple[str, int]] = {
    "SALE": ("sale", 1),
    "RETURN": ("return", -1),
    "REVERSAL": ("reversal", -1),
    "REVERSAL_MERCHANT_PROTECTION": ("reversal", 1),
    "FEE": ("fee", -1),
    "COMMISSION": ("commission", 1),
    "CHARGE": ("charge", -1),
    "CREDIT": ("credit", 1),
    "HOLDBACK": ("holdback", -1),
    "RELEASE": ("release", 1),
    "FEE_REFUND": ("fee_refund", 1),
    "CORRECTION": ("fee_correction", 0),
    "TAX": ("tax", -1),
}
"""The types of rows: the total that has their sum, and how they move our balance; 0 is as written. In which total a
correction is was not read."""
WITHOUT_ROWS = frozenset({"fee_correction", "commission_reversal", "tax", "repay", "deposit"})
"""Totals that rows make up in part, or not at all: what is left of them is a movement of its own."""


class Details(msgspec.Struct, frozen=True, gc=False):
    """What is disputed; later messages of a dispute leave it out."""

    dispute_amount: int | None = None
    currency: str | None = None


class Representment(msgspec.Struct, frozen=True, gc=False):
    """Our one answer: where it stands, and until when it may come."""

    state: str | None = None
    expires_at: str | None = None


class Arbitration(msgspec.Struct, frozen=True, gc=False):
    """What Klarna found so far."""

    preliminary_outcome: str | None = None


class Configuration(msgspec.Struct, frozen=True, gc=False):
    """Under which rules a dispute runs."""

    base_framework: str | None = None


class Updated(msgspec.Struct, frozen=True, gc=False):
    """What an update changed."""

    evidence_response_deadline_at: str | None = None


class StateContext(msgspec.Struct, frozen=True, gc=False):
    """What belongs to the state of a dispute on a page."""

    representment: Representment | None = None
    arbitration: Arbitration | None = None
    arbitration_expires_at: str | None = None
    dispute_outcome: str | None = None
    evidence_response_deadline_at: str | None = None


class Dispute(msgspec.Struct, frozen=True, gc=False):
    """A dispute as a webhook or a page tells it; no telling has all fields."""

    payment_dispute_id: str | None = None
    state: str | None = None
    previous_state: str | None = None
    dispute_reason: str | None = None
    dispute_details: Details | None = None
    order_id: str | None = None
    payment_transaction_id: str | None = None
    representment: Representment | None = None
    arbitration: Arbitration | None = None
    arbitration_expires_at: str | None = None
    dispute_outcome: str | None = None
    state_context: StateContext | None = None
    updated_fields: Updated | None = None
    configuration: Configuration | None = None
    created_at: str | None = None
    updated_at: str | None = None


class Metadata(msgspec.Struct, frozen=True, gc=False):
    """Who is told what, and when it happened."""

    event_type: str
    event_id: str
    occurred_at: str | None = None
    merchant_id: str | None = None


class Event(msgspec.Struct, frozen=True, gc=False):
    """The envelope of a webhook."""

    metadata: Metadata
    payload: dict[str, Any] | None = None
