"""What PayPal sends, in the shapes of its published specification, and how it arrives."""

import json
from typing import Any

from recoup.partners.contract import Arrived, Placed, Reading

HOUR = 3_600_000_000
LANDED_AT = 1_767_312_000_000_000
"""2026-01-02T00:00:00Z."""


def arrived(feed: str = "webhook", **told: Any) -> Arrived:
    """A delivery of our account in California."""
    plain: dict[str, Any] = {
        "delivery": "del_1",
        "partner": "paypal",
        "account": "EZ782AXEUJUW8",
        "feed": feed,
        "name": "x.http",
        "landed_at": LANDED_AT,
        "zone": "America/Los_Angeles",
    }
    return Arrived(**plain | told)


def money(value: str, currency: str = "USD") -> dict[str, str]:
    """An amount as PayPal writes it."""
    return {"currency_code": currency, "value": value}


def dispute(stage: str | None = "CHARGEBACK", status: str | None = "WAITING_FOR_SELLER_RESPONSE", **told: Any) -> Any:
    """A claim over 100.00 USD."""
    return {
        "dispute_id": "PP-D-12345",
        "create_time": "2026-01-01T08:00:00.000Z",
        "update_time": "2026-01-01T10:00:00.000Z",
        "disputed_transactions": [
            {
                "buyer_transaction_id": "BUYER1",
                "seller_transaction_id": "7SELLER1",
                "transaction_status": "COMPLETED",
                "gross_amount": money("100.00"),
                "seller": {"merchant_id": "EZ782AXEUJUW8"},
            }
        ],
        "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        "status": status,
        "dispute_amount": money("100.00"),
        "dispute_life_cycle_stage": stage,
        "dispute_channel": "INTERNAL",
        "seller_response_due_date": "2026-01-11T08:00:00.000Z",
        "links": [{"href": "https://api-m.paypal.com/v1/customer/disputes/PP-D-12345", "rel": "self"}],
    } | told


def event(kind: str, thing: dict[str, Any], **told: Any) -> dict[str, Any]:
    """A webhook's event about a dispute."""
    return {
        "id": f"WH-{kind}",
        "event_version": "1.0",
        "create_time": "2026-01-01T10:00:05.000Z",
        "resource_type": "dispute",
        "event_type": f"CUSTOMER.DISPUTE.{kind}",
        "summary": "A dispute",
        "resource": thing,
    } | told


def moved(direction: str, value: str, at: str, reason: str = "DISPUTE_SETTLEMENT", whose: str = "SELLER") -> Any:
    """A movement of money."""
    return {"affected_party": whose, "type": direction, "reason": reason, "amount": money(value), "initiated_time": at}


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


COLUMNS = (
    "Transaction ID,Invoice ID,PayPal Reference ID,PayPal Reference ID Type,Transaction Event Code,"
    "Transaction Initiation Date,Transaction Completion Date,Transaction Debit or Credit,Gross Transaction Amount,"
    "Gross Transaction Currency,Fee Debit or Credit,Fee Amount,Fee Currency,Custom Field,Consumer ID,"
    "Payment Tracking ID,Store ID,Bank Reference ID"
)
AT = "2026/01/01 10:21:47 -0800"


def row(name: str, code: str, sign: str, amount: str, currency: str = "EUR", **told: str) -> str:
    """One row of a settlement report; `ref` is the transaction that it names."""
    ref, fee, fee_sign = told.get("ref", ""), told.get("fee", ""), told.get("fee_sign", "DR")
    kind = "TXN" if ref else ""
    fees = f"{fee_sign},{fee},{currency}" if fee else ",,"
    rest = f"{told.get('custom', '')},PAYER1,,,{told.get('bank', '')}"
    return (
        f'SB,"{name}","INV-1","{ref}",{kind},{code},{AT},{told.get("at", AT)},{sign},{amount},{currency},{fees},{rest}'
    )


def footer(kind: str, currency: str, sums: str, begin: int = 1000, end: int = 1000) -> str:
    """Sums in one currency, and the balances around them, debit balances as `DR`."""
    told = ",".join(f"{'CR' if amount >= 0 else 'DR'},{abs(amount)}" for amount in (begin, end, begin, end, 0, 0))
    return f"{kind},{currency},{sums},{told},1"


def report(
    rows: list[str], footers: list[tuple[str, str, int]], count: int | None = None, columns: str = COLUMNS
) -> bytes:
    """A whole report of one section; footers are (currency, four sums, what moved)."""
    counted = len(rows) if count is None else count
    lines = [
        "RH,2026/01/02 02:22:35 -0800,A,EZ782AXEUJUW8,9",
        "FH,1",
        "SH,2026/01/01 00:00:00 -0800,2026/01/01 23:59:59 -0800,EZ782AXEUJUW8",
        f"CH,{columns}",
        *rows,
        *(footer("SF", currency, sums, 1000, 1000 + moved) for currency, sums, moved in footers),
        f"SC,{counted}",
        *(footer("RF", currency, sums, 1000, 1000 + moved) for currency, sums, moved in footers),
        f"RC,{counted}",
        f"FF,{counted}",
    ]
    return ("\n".join(lines) + "\n").encode()


HOLD_AND_CHARGEBACK = [
    row("1SALE", "T0006", "CR", "10000", fee="410"),
    row("9HOLD", "T1110", "DR", "5900", ref="1SALE"),
    row("9HOLD", "T1111", "CR", "5900", ref="1SALE"),
    row("6CHARGE", "T1201", "DR", "10000", ref="1SALE"),
    row("2FEE", "T0106", "DR", "1600", ref="6CHARGE"),
]
"""A payment, a hold over another amount and its release, the chargeback, and its fee."""
SUMS = [("EUR", "15900,17500,0,410", -2010)]


def chargeback_report() -> bytes:
    """The report that holds them."""
    return report(HOLD_AND_CHARGEBACK, SUMS)
