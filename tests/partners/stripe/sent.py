"""What Stripe sends, in the shapes of its published fixtures, and how it arrives."""

import json
from typing import Any

from recoup.partners.contract import Arrived, Placed, Reading

T0 = 1_767_225_600
"""2026-01-01T00:00:00Z in epoch seconds, as Stripe writes instants."""
HOUR = 3_600
DAY = 86_400
MICRO = 1_000_000


def arrived(feed: str = "webhook", **told: Any) -> Arrived:
    """A delivery of our account in California."""
    plain: dict[str, Any] = {
        "delivery": "del_1",
        "partner": "stripe",
        "account": "acct_test_1",
        "feed": feed,
        "name": "x.http",
        "landed_at": (T0 + DAY) * MICRO,
        "zone": "America/Los_Angeles",
    }
    return Arrived(**plain | told)


def dispute(status: str | None = "needs_response", **told: Any) -> dict[str, Any]:
    """A card dispute of 50.00 USD."""
    return {
        "id": "dp_1",
        "object": "dispute",
        "amount": 5000,
        "currency": "usd",
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "created": T0,
        "status": status,
        "reason": "fraudulent",
        "balance_transactions": [],
        "evidence": {"uncategorized_text": None},
        "evidence_details": {"due_by": T0 + 9 * DAY, "has_evidence": False, "past_due": False, "submission_count": 0},
        "payment_method_details": {
            "type": "card",
            "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"},
        },
        "livemode": False,
    } | told


def txn(amount: int, at: int = T0, **told: Any) -> dict[str, Any]:
    """A balance transaction of a dispute: negative withdraws, positive reinstates."""
    category = "dispute" if amount < 0 else "dispute_reversal"
    return {
        "id": f"txn_{at}_{'d' if amount < 0 else 'c'}",
        "object": "balance_transaction",
        "amount": amount,
        "currency": "usd",
        "created": at,
        "fee": 1500 if amount < 0 else 0,
        "net": amount - (1500 if amount < 0 else 0),
        "reporting_category": category,
        "source": "dp_1",
        "type": "adjustment",
        "status": "available",
        "exchange_rate": None,
    } | told


def event(kind: str, thing: dict[str, Any], at: int = T0, **told: Any) -> dict[str, Any]:
    """A webhook's event about a thing."""
    return {
        "id": f"evt_{kind}_{at}",
        "object": "event",
        "api_version": "2026-06-24.dahlia",
        "created": at,
        "type": kind,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
    } | told


def page(*things: dict[str, Any], has_more: bool = False) -> dict[str, Any]:
    """A page of a list."""
    return {"object": "list", "url": "/v1/things", "has_more": has_more, "data": list(things)}


def body(thing: Any) -> bytes:
    """The bytes of a thing."""
    return json.dumps(thing, indent=2).encode()


def only(reading: Reading) -> Placed:
    """The one observation of a reading, which keeps the law of records."""
    assert reading.held is None
    assert reading.records == reading.accepted + len(reading.quarantined)
    (placed,) = reading.observations
    return placed


def checks(reading: Reading) -> list[str]:
    """The codes of all that is wrong."""
    found = [finding.check for finding in reading.findings]
    return [
        *found,
        *(bad.finding.check for bad in reading.quarantined),
        *([reading.held.check] if reading.held else []),
    ]
