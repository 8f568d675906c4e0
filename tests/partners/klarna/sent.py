"""What Klarna sends, in the shapes of its published interface and fields, and how it arrives."""

import io
import json
from collections.abc import Sequence
from typing import Any

from recoup.partners.contract import Arrived, Reading
from recoup.partners.klarna.mapping_settlement import read_settlement
from recoup.partners.klarna.wire import TOTALS

MERCHANT = "K123456"
T0 = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""
HOUR = 3_600_000_000
DISPUTE = "krn:network:us1:live:payment:dispute:5169719611111"
COLUMNS = (
    "type",
    "capture_date",
    "sale_date",
    "order_id",
    "short_order_id",
    "capture_id",
    "merchant_reference1",
    "amount",
    "posting_currency",
    "detailed_type",
    "reversal_reference",
)
SUMMARY = ("payment_reference", "settlement_currency", "payout_date", "merchant_id", "merchant_settlement_type")


def arrived(feed: str = "webhook", **told: Any) -> Arrived:
    """A delivery of our merchant in Stockholm."""
    plain: dict[str, Any] = {
        "delivery": "del_1",
        "partner": "klarna",
        "account": MERCHANT,
        "feed": feed,
        "name": "x.http",
        "landed_at": T0 + 1000 * HOUR,
        "zone": "Europe/Stockholm",
    }
    return Arrived(**plain | told)


def dispute(state: str | None = "INITIATED", **told: Any) -> dict[str, Any]:
    """A dispute over 114.00 SEK, as a webhook tells it."""
    return {
        "payment_dispute_id": DISPUTE,
        "order_id": "5c8ca572-5751-4f0a-ab2f-0a29aa845b37",
        "payment_transaction_id": "krn:payment:eu1:transaction:6debe89e-98c0-486e-b7a5-08a4f6df94b0",
        "state": state,
        "updated_at": "2026-01-02T12:00:00.000Z",
        "created_at": "2026-01-02T12:00:00.000Z",
        "dispute_reason": "PRODUCTS_OR_SERVICES_NOT_RECEIVED",
        "dispute_details": {"dispute_amount": 11400, "currency": "SEK", "created_by": "CUSTOMER"},
    } | told


def event(payload: dict[str, Any] | None, kind: str = "payment.dispute.state-change.initiated", **told: Any) -> Any:
    """A webhook."""
    metadata = {
        "event_type": kind,
        "event_id": "d9f9b1a0-3c5d-4b8e-8a53-0a0f6f1f7a11",
        "event_version": "v4",
        "occurred_at": "2026-01-02T12:00:01.000Z",
        "merchant_id": MERCHANT,
        "webhook_id": "krn:partner:global:notification:webhook:120e5b7e-abcd-4def-8a90-dca726e639b5",
        "live": True,
    }
    return {"metadata": metadata | told, "payload": payload}


def page(*disputes: Any, last: str | None = None) -> dict[str, Any]:
    """One page of the list."""
    return {"disputes": list(disputes), "pagination": {"count": len(disputes), "last_item": last}}


def body(document: Any) -> bytes:
    """The document as bytes."""
    return json.dumps(document).encode()


def row(kind: str, amount: str, **told: str) -> dict[str, str]:
    """One transaction of a settlement report."""
    return {
        "type": kind,
        "capture_date": "2026-01-01T07:45:00Z",
        "sale_date": "2025-12-30T07:45:00Z",
        "order_id": "c504a9bb-1948-46d5",
        "short_order_id": "9875QW2",
        "capture_id": "8e93b66-6ab1",
        "merchant_reference1": "order 1",
        "amount": amount,
        "posting_currency": "SEK",
        "detailed_type": kind,
        "reversal_reference": "",
    } | told


def report(totals: dict[str, str], rows: Sequence[dict[str, str]], delimiter: str = ";", **told: str) -> bytes:
    """A settlement report; totals that are not named are zero."""
    names = [*SUMMARY, *(f"total_{name}_amount" for name, _ in TOTALS), "total_settlement_amount"]
    plain = {
        "payment_reference": "PAYREF1",
        "settlement_currency": "SEK",
        "payout_date": "2026-01-05T23:30:00Z",
        "merchant_id": MERCHANT,
        "merchant_settlement_type": "NET",
    }
    summary = plain | {f"total_{name}_amount": amount for name, amount in totals.items()} | told
    lines = [names, [summary.get(name, "0.00") for name in names], [], list(COLUMNS)]
    lines += [[one[name] for name in COLUMNS] for one in rows]
    return "".join(delimiter.join(line) + "\r\n" for line in lines).encode()


def read(told: bytes, **arrival: Any) -> list[Reading]:
    """The parts of a settlement report."""
    return list(read_settlement(arrived("settlement_report", name="r.csv", **arrival), io.BytesIO(told)))


def whole(told: bytes, **arrival: Any) -> Reading:
    """A report that is read in one part."""
    (reading,) = read(told, **arrival)
    return reading


def is_refused(told: bytes) -> bool:
    """Whether a report is held, by its shape or by a total that is not its rows'."""
    parts = read(told)
    controls = [control for part in parts for control in part.controls]
    return any(part.held for part in parts) or any(one.stated != one.computed for one in controls)
