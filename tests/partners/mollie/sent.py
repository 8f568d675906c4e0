"""What Mollie sends, in the shapes of its published fixtures, and how it arrives."""

import json
from typing import Any

from recoup.partners.contract import Arrived

T0 = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""
DAY = 86_400_000_000


def arrived(feed: str = "webhook", **told: Any) -> Arrived:
    """A delivery of our account in Amsterdam."""
    plain: dict[str, Any] = {
        "delivery": "del_1",
        "partner": "mollie",
        "account": "org_1",
        "feed": feed,
        "name": "x.http",
        "landed_at": T0 + 2 * DAY,
        "zone": "Europe/Amsterdam",
    }
    return Arrived(**plain | told)


def money(value: str, currency: str = "EUR") -> dict[str, str]:
    """An amount as text."""
    return {"currency": currency, "value": value}


def chargeback(**told: Any) -> dict[str, Any]:
    """A card chargeback of 43.38 USD, settled in euros."""
    return {
        "resource": "chargeback",
        "id": "chb_1",
        "amount": money("43.38", "USD"),
        "settlementAmount": money("-35.07"),
        "createdAt": "2026-01-01T17:00:52.0Z",
        "reversedAt": None,
        "paymentId": "tr_1",
        "_links": {},
    } | told


def event(kind: str = "chargeback.received", entity: dict[str, Any] | None = None, **told: Any) -> dict[str, Any]:
    """A signed event that carries its chargeback."""
    return {
        "resource": "event",
        "id": "event_1",
        "type": kind,
        "entityId": "chb_1",
        "createdAt": "2026-01-01T17:01:00.0Z",
        "_embedded": {"entity": chargeback() if entity is None else entity},
    } | told


def txn(kind: str, initial: str, deductions: str | None, result: str, **told: Any) -> dict[str, Any]:
    """One movement of a balance."""
    return {
        "resource": "balance_transaction",
        "id": f"baltr_{kind}",
        "type": kind,
        "initialAmount": money(initial),
        "deductions": None if deductions is None else money(deductions),
        "resultAmount": money(result),
        "createdAt": "2026-01-01T23:30:00+00:00",
        "context": {"paymentId": "tr_1"},
    } | told


def settlement(**told: Any) -> dict[str, Any]:
    """A settlement of 39.75 EUR that was paid out."""
    return {
        "resource": "settlement",
        "id": "stl_1",
        "reference": "1234567.2601.03",
        "createdAt": "2026-01-02T06:00:01.0Z",
        "settledAt": "2026-01-02T09:41:44.0Z",
        "amount": money("39.75"),
        "status": "paidout",
        "periods": {},
    } | told


def page(many: str, *things: Any, after: str | None = None) -> dict[str, Any]:
    """One page of a list."""
    link = None if after is None else {"href": f"https://api.mollie.com/v2/{many}?from={after}&limit=2"}
    return {"count": len(things), "_embedded": {many: list(things)}, "_links": {"next": link}}


def body(document: Any) -> bytes:
    """The document as bytes."""
    return json.dumps(document).encode()
