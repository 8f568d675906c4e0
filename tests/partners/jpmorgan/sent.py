"""What J.P. Morgan sends, in the shapes of its published reports, and how it arrives."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from recoup.partners.contract import Arrived, Reading
from recoup.partners.jpmorgan.partner import PARTNER

SAMPLES = Path(__file__).parents[2] / "contract/samples/jpmorgan"
ENTITY = "ProcessingEntityId=100000000001"
DISPUTE = {
    "Account Number": "411111XXXXXX1111",
    "Acquirer Reference Number": "74537606005000000000011",
    "Activity Date": "2026-01-05",
    "Dispute Category Code": "RECD",
    "Dispute Due Date": "2026-02-02",
    "Dispute Due Timestamp": "2026-02-02T05:00:00.000Z",
    "Dispute Initiate Date": "2026-01-03",
    "Dispute Transaction Sequence Number": "700000001",
    "Dispute Usage Code": "9",
    "Financial Non-Financial Code": "FIN",
    "Fund Transfer Effective Timestamp": "2026-01-07T05:00:00.000Z",
    "Fund Transfer Identifier": "13740000001",
    "Merchant Order Number": "order-1001",
    "Payment Brand Dispute Reason Code": "13.1",
    "Payment Method Code": "VI",
    "Post Deposit Event Action Presentment Currency Amount": "25.50000000",
    "Post Deposit Event Action Settlement Currency Amount": "25.50000000",
    "Post Deposit Event Dispute Type Code": "CB",
    "Presentment Currency Code": "USD",
    "Settlement Currency Code": "USD",
}
"""A chargeback as DisputeDetails tells it."""


def arrived(feed: str, **told: Any) -> Arrived:
    """A file of our account in New York."""
    plain: dict[str, Any] = {
        "delivery": "del_1",
        "partner": "jpmorgan",
        "account": "100000000001",
        "feed": feed,
        "name": "x.csv",
        "landed_at": 1_767_700_800_000_000,
        "zone": "America/New_York",
    }
    return Arrived(**plain | told)


def lines(rows: Iterable[Sequence[str]]) -> bytes:
    """CSV, with line ends as published."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def report(*rows: dict[str, str], name: str = "DisputeDetails", to: str = "2026-01-05") -> bytes:
    """A report of the Reporting API whose columns are those of its first row."""
    first = (ENTITY, "Frequency=adhoc")
    about = (ENTITY, f"ReportTypeName={name}", "Frequency=adhoc", "FromDate=2026-01-05", f"ToDate={to}")
    columns = list(rows[0] if rows else DISPUTE)
    return lines([first, about, columns, *([row[column] for column in columns] for row in rows), first])


def dispute(**told: str) -> dict[str, str]:
    """A row of it; the last word of a column's name is enough where it is the only one that has it."""
    changed = {_column(name): value for name, value in told.items()}
    return DISPUTE | changed


def _column(name: str) -> str:
    words = name.replace("_", " ").casefold()
    (found,) = [column for column in DISPUTE if words in column.casefold()]
    return found


def read(feed: str, body: bytes, **told: Any) -> Reading:
    """Everything that a file says, its parts joined."""
    whole = Reading()
    found = PARTNER.feeds[feed]
    for part in found.read(arrived(feed, **told), io.BytesIO(body)):  # type: ignore[arg-type, union-attr]
        whole.records += part.records
        whole.accepted += part.accepted
        whole.observations += part.observations
        whole.money_lines += part.money_lines
        whole.quarantined += part.quarantined
        whole.findings += part.findings
        whole.controls += part.controls
        whole.held = whole.held or part.held
        whole.covers_on = part.covers_on or whole.covers_on
    assert whole.held is not None or whole.records == whole.accepted + len(whole.quarantined)
    return whole


def sample(feed: str, file: str) -> Reading:
    """What a file of the contract's samples says."""
    return read(feed, (SAMPLES / file).read_bytes())


def checks(reading: Reading) -> list[str]:
    """The codes of all that is wrong."""
    held = [reading.held.check] if reading.held else []
    return [*(found.check for found in reading.findings), *(bad.finding.check for bad in reading.quarantined), *held]
