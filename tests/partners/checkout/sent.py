"""What Checkout.com sends, in the shapes of its documented events and its SDK's test answers, and how it arrives."""

import json
from pathlib import Path
from typing import Any

from recoup.intake.table_reader import Job, TableReading, Workroom, read_table
from recoup.partners.checkout.tables import TABLE_FEEDS
from recoup.partners.checkout.telling import CODES
from recoup.partners.contract import Arrived
from tests.fakes.engines import engine

ENTITY = "ent_test"
T0 = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""
HOUR = 3_600_000_000


def arrived(feed: str = "webhook", **told: Any) -> Arrived:
    """A delivery of our entity in London."""
    plain: dict[str, Any] = {
        "delivery": "del_1",
        "partner": "checkout",
        "account": ENTITY,
        "feed": feed,
        "name": "x.http",
        "landed_at": T0 + 1000 * HOUR,
        "zone": "Europe/London",
    }
    return Arrived(**plain | told)


def data(**told: Any) -> dict[str, Any]:
    """The dispute of an event: 81.50 GBP."""
    return {
        "id": "dsp_1",
        "date": "2026-01-02T15:20:31.5042702+00:00",
        "category": "fraudulent",
        "amount": 8150,
        "currency": "GBP",
        "reason_code": "10.4",
        "payment_id": "pay_1",
        "payment_action_id": "act_1",
        "payment_reference": "order 1",
        "payment_method": "VISA",
        "client_id": "cli_test",
        "processing_channel_id": "pc_test",
        "entity_id": ENTITY,
        "evidence_required_by": "2026-01-20T18:00:00+00:00",
    } | told


def event(kind: str = "dispute_evidence_required", told: Any = None, **envelope: Any) -> dict[str, Any]:
    """An event about a dispute."""
    return {
        "id": "evt_1",
        "type": kind,
        "timestamp": "2026-01-02T15:20:32.582+00:00",
        "version": "1.0.6",
        "data": data() if told is None else told,
    } | envelope


def listed(status: str | None = "evidence_required", **told: Any) -> dict[str, Any]:
    """A dispute of a list: the payment in its own fields."""
    return {
        "id": "dsp_1",
        "category": "fraudulent",
        "status": status,
        "amount": 8150,
        "currency": "GBP",
        "reason_code": "10.4",
        "payment_id": "pay_1",
        "payment_reference": "order 1",
        "payment_method": "Visa",
        "payment_arn": "74351062091188763786402",
        "received_on": "2026-01-02T15:20:31Z",
        "last_update": "2026-01-02T15:20:31Z",
        "evidence_required_by": "2026-01-20T18:00:00Z",
        "entity_id": ENTITY,
    } | told


def single(**told: Any) -> dict[str, Any]:
    """A dispute alone: the payment in an object."""
    of_payment = ("payment_id", "payment_reference", "payment_method", "payment_arn")
    plain = {key: value for key, value in listed().items() if key not in of_payment}
    payment = {
        "id": "pay_1",
        "reference": "order 1",
        "amount": 8150,
        "currency": "GBP",
        "method": "Visa",
        "arn": "74351062091188763786402",
    }
    return plain | {"payment": payment} | told


def page(*disputes: Any, **told: Any) -> dict[str, Any]:
    """One page of the list."""
    return {"limit": 250, "skip": 0, "total_count": len(disputes), "data": list(disputes)} | told


def body(document: Any) -> bytes:
    """The document as bytes."""
    return json.dumps(document).encode()


def breakdown(kind: str, gross: str, net: str, **told: str) -> dict[str, str]:
    """One line of a settlement breakdown."""
    return {
        "Client Entity ID": ENTITY,
        "Type": kind,
        "Payment ID": f"pay_{kind}".replace(" ", "_"),
        "Reference": "order 1",
        "Processed On": "2026-01-02T10:00:00.123",
        "Available On": "2026-01-03T00:00:00",
        "Holding Currency": "USD",
        "Payout ID": "00000003k599",
        "Gross In Holding Currency": gross,
        "Deduction In Holding Currency": "0",
        "Net In Holding Currency": net,
        "Processing Currency": "USD",
        "Gross In Processing Currency": gross,
        "FX Rate Applied": "1",
        "Payment Method": "Visa",
    } | told


def paid(amount: str = "79.51", **told: str) -> dict[str, str]:
    """One line of a payouts report."""
    return {
        "Client Entity ID": ENTITY,
        "Client Entity Name": "Recoup",
        "Holding Currency": "USD",
        "Payout ID": "00000003K599",
        "Payout Date": "2026-01-03T00:00:00:000",
        "Payout Amount": amount,
        "Merchant Payout Fees": "-2.00",
        "Chargeback Fees": "0",
    } | told


def action(breakdown_type: str, amount: str, **told: str) -> dict[str, str]:
    """One line of a financial actions report."""
    return {
        "Client Entity ID": ENTITY,
        "Payment ID": "pay_1",
        "Action ID": "act_1",
        "Action Type": "Capture",
        "Breakdown Type": breakdown_type,
        "Holding Currency": "GBP",
        "Holding Currency Amount": amount,
        "Processed On": "2026-07-09T18:07:06.844",
    } | told


def report(*rows: dict[str, str]) -> str:
    """A report of these lines, with the header of the first."""
    head = list(rows[0])
    return "".join(",".join(cells) + "\n" for cells in [head, *([row[c] for c in head] for row in rows)])


def read(feed: str, content: str, room: Path, name: str = "file.csv", account: str = ENTITY) -> TableReading:
    """Read a report as the intake does."""
    path = room / "in.csv"
    path.write_text(content)
    told = arrived(feed, name=name, account=account)
    return read_table(Workroom(engine()), Job(TABLE_FEEDS[feed], told, path, CODES), room)
