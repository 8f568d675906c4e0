"""Stripe messages as bytes: disputes, events and pages, signed with a test key."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from recoup.intake.arrival import Arrival

SECRET = "whsec_test_of_the_tests"
ACCOUNT = "acct_test"
START = 1_770_000_000  # 2026-02-02T02:40:00Z
DAY = 86_400


def dispute(number: int = 1, status: str = "needs_response", **changes: Any) -> dict[str, Any]:
    """A dispute object."""
    return {
        "id": f"dp_{number}",
        "object": "dispute",
        "amount": 5_000,
        "currency": "usd",
        "charge": f"ch_{number}",
        "created": START,
        "reason": "fraudulent",
        "status": status,
        "balance_transactions": [],
        "evidence_details": {"due_by": START + 9 * DAY, "submission_count": 0},
        "payment_method_details": {
            "type": "card",
            "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"},
        },
    } | changes


def withdrawal(number: int = 1, amount: int = 5_000, fee: int = 1_500, **changes: Any) -> dict[str, Any]:
    """The balance transaction that takes a disputed amount and its fee."""
    return {
        "id": f"txn_{number}",
        "object": "balance_transaction",
        "amount": -amount,
        "currency": "usd",
        "fee": fee,
        "net": -amount - fee,
        "created": START,
        "available_on": START,
        "reporting_category": "dispute",
        "source": f"dp_{number}",
        "status": "available",
        "type": "adjustment",
    } | changes


def reversal(number: int = 1, amount: int = 5_000, **changes: Any) -> dict[str, Any]:
    """The balance transaction that gives it back."""
    given = {"id": f"txn_back_{number}", "amount": amount, "fee": 0, "net": amount, "created": START + 20 * DAY}
    return withdrawal(number) | given | {"reporting_category": "dispute_reversal"} | changes


def event(name: str, kind: str, at: int, body: dict[str, Any]) -> bytes:
    """An event that carries an object."""
    told = {
        "id": name,
        "object": "event",
        "api_version": "2026-06-24.dahlia",
        "created": at,
        "type": kind,
        "livemode": True,
        "data": {"object": body},
    }
    return json.dumps(told).encode()


def page(*items: dict[str, Any]) -> bytes:
    """One page of a list."""
    return json.dumps({"object": "list", "data": list(items), "has_more": False, "url": "/v1/disputes"}).encode()


def signature(body: bytes, at: int, secret: str = SECRET) -> str:
    """The header that Stripe would send."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def webhook(body: bytes, at: int, *, name: str = "", secret: str = SECRET, lag: int = 1) -> Arrival:
    """A webhook as it arrives `lag` seconds after it was sent."""
    return Arrival(
        partner="stripe",
        feed="webhook",
        name=name or f"webhook-{at}",
        landed_at=(at + lag) * 1_000_000,
        body=body,
        start_line="POST /webhooks/stripe HTTP/1.1",
        headers={"stripe-signature": signature(body, at, secret), "content-type": "application/json"},
    )


def fetched(feed: str, body: bytes, at: int, name: str = "page-1") -> Arrival:
    """A page as it was fetched."""
    return Arrival(
        partner="stripe",
        feed=feed,
        name=f"{name}-{at}",
        landed_at=at * 1_000_000,
        body=body,
        start_line="HTTP/1.1 200 OK",
        headers={"content-type": "application/json"},
    )


def won_life(number: int = 1) -> Sequence[Arrival]:
    """A dispute that is opened, answered and won, told by webhooks and settled by balance transactions."""
    opened = dispute(number)
    taken = dispute(number, "under_review", balance_transactions=[withdrawal(number)])
    won = dispute(number, "won", balance_transactions=[withdrawal(number), reversal(number)])
    return (
        webhook(event(f"evt_{number}_1", "charge.dispute.created", START, opened), START),
        webhook(event(f"evt_{number}_2", "charge.dispute.funds_withdrawn", START + 60, taken), START + 60),
        webhook(event(f"evt_{number}_3", "charge.dispute.updated", START + DAY, taken), START + DAY),
        webhook(event(f"evt_{number}_4", "charge.dispute.closed", START + 20 * DAY, won), START + 20 * DAY),
        webhook(event(f"evt_{number}_5", "charge.dispute.funds_reinstated", START + 20 * DAY, won), START + 20 * DAY),
        fetched("balance_transactions", page(withdrawal(number)), START + 2 * DAY),
        fetched("balance_transactions", page(withdrawal(number), reversal(number)), START + 21 * DAY),
        fetched("disputes", page(won), START + 22 * DAY),
    )
