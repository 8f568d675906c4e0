"""What Square sends, in the shapes of its published examples, and how it arrives."""

import json
from typing import Any

from recoup.partners.contract import Arrived

AT = "2026-01-02T10:00:00.000Z"
T0 = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""
HOUR = 3_600_000_000


def arrived(feed: str = "webhook", **told: Any) -> Arrived:
    """A delivery of our account in California."""
    plain: dict[str, Any] = {
        "delivery": "del_1",
        "partner": "square",
        "account": "MERCHANT1",
        "feed": feed,
        "name": "x.http",
        "landed_at": T0 + 48 * HOUR,
        "zone": "America/Los_Angeles",
    }
    return Arrived(**plain | told)


def dispute(state: str | None = "EVIDENCE_REQUIRED", **told: Any) -> dict[str, Any]:
    """A card dispute of 88.01 USD."""
    return {
        "id": "SQD1",
        "amount_money": {"amount": 8801, "currency": "USD"},
        "brand_dispute_id": "CASE1",
        "card_brand": "VISA",
        "created_at": "2026-01-01T00:00:00.000Z",
        "disputed_payment": {"payment_id": "PAY1"},
        "due_at": "2026-01-14T00:00:00.000Z",
        "location_id": "LOC1",
        "reason": "AMOUNT_DIFFERS",
        "reported_at": "2026-01-01T00:00:00.000Z",
        "state": state,
        "updated_at": AT,
        "version": 1,
    } | told


def event(kind: str = "dispute.created", told: dict[str, Any] | None = None, **envelope: Any) -> dict[str, Any]:
    """An event about a dispute."""
    return {
        "merchant_id": "MERCHANT1",
        "location_id": "LOC1",
        "type": kind,
        "event_id": "ev-1",
        "created_at": AT,
        "data": {"type": "dispute", "id": "SQD1", "object": {"dispute": dispute() if told is None else told}},
    } | envelope


def entry(kind: str, gross: int, net: int, **told: Any) -> dict[str, Any]:
    """One movement that a payout paid."""
    return {
        "id": f"poe_{kind}_{gross}",
        "payout_id": "po_1",
        "effective_at": "2026-01-02T03:04:05Z",
        "type": kind,
        "gross_amount_money": {"amount": gross, "currency": "USD"},
        "fee_amount_money": {"amount": gross - net, "currency": "USD"},
        "net_amount_money": {"amount": net, "currency": "USD"},
    } | told


def payout(amount: int = 5000, **told: Any) -> dict[str, Any]:
    """A payout to our bank."""
    return {
        "id": "po_1",
        "status": "PAID",
        "location_id": "LOC1",
        "created_at": "2026-01-03T00:00:00Z",
        "updated_at": "2026-01-04T00:00:00Z",
        "amount_money": {"amount": amount, "currency": "USD"},
        "arrival_date": "2026-01-05",
        "end_to_end_id": "L2100000005",
    } | told


def body(document: Any) -> bytes:
    """The document as bytes."""
    return json.dumps(document).encode()
