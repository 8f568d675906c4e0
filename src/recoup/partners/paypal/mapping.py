"""PayPal's messages and pages: which object comes on which feed, how it is taken apart, what is refused.

What a dispute says is in `mapping_disputes.py`, reports are in `report.py` and `mapping_reports.py`,
the words in `codes.csv`, the quirks in `README.md`. Pure: bytes in, a reading out.
"""

from typing import Any

from recoup.domain.findings import Notes, excerpt
from recoup.formats.plain_text import reference
from recoup.partners.contract import Arrived, Reading
from recoup.partners.paypal.mapping_disputes import take_dispute
from recoup.partners.paypal.telling import instant
from recoup.partners.paypal.wire import Event
from recoup.partners.telling import Telling, read_event, read_page, refuse, shaped, take

_DISPUTES = "CUSTOMER.DISPUTE."


def read_webhook(arrived: Arrived, body: bytes) -> Reading:
    """Read one event: a dispute's; any other is kept and counted."""
    return read_event(arrived, body, _read_event)


def read_disputes(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of disputes, or a single one, as snapshots as at their own last update."""
    return read_page(arrived, body, _records, _said_instead, "a list of disputes, or one dispute", take_dispute)


def _read_event(telling: Telling, document: Any, reading: Reading) -> None:
    if not isinstance(document, dict) or not isinstance(document.get("event_type"), str):
        refuse(telling, reading, "paypal.event", _said_instead(document), "an event with its event_type")
        return
    if not document["event_type"].startswith(_DISPUTES):
        return
    event = shaped(telling, document, Event, reading)
    if event is None:
        return
    notes = Notes(f"{telling.where} {reference(event.id) or 'event'}")
    at = instant(event.create_time, "create_time", notes)
    reading.findings.extend(notes.found)
    told = Telling(telling.arrived, 1, "event", at or telling.at, reference(event.id), event.event_type)
    take(take_dispute, told, event.resource or {}, reading)


def _records(document: Any) -> list[Any] | None:
    """Give the disputes of a page, None where the document is neither a list of them nor one."""
    if not isinstance(document, dict):
        return None
    items = document.get("items")
    if isinstance(items, list):
        return items
    return [document] if "dispute_id" in document else None


def _said_instead(document: Any) -> str:
    """What came instead, by the name that PayPal's errors carry."""
    if not isinstance(document, dict):
        return "no object"
    name = document.get("name")
    return f"an error {excerpt(name)}" if isinstance(name, str) and "debug_id" in document else "another object"
