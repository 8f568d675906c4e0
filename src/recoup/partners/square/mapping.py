"""Square's feeds: which object comes on which, how events and pages are taken apart, what is refused.

What a dispute says is in `mapping_disputes.py`, what money says in `mapping_money.py`, the shapes in
`wire.py`, the words in `codes.csv`, the quirks in `README.md`. Pure: bytes in, a reading out.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from recoup.domain.findings import Finding, excerpt
from recoup.formats.plain_text import reference
from recoup.formats.strict_json import MESSAGE, PAGE, parse
from recoup.partners.contract import Arrived, Quarantined, Reading
from recoup.partners.square.mapping_disputes import take_dispute
from recoup.partners.square.mapping_money import take_payout, take_payout_entry
from recoup.partners.square.wire import Event, EventObject
from recoup.partners.telling import Take, Telling, fetched_at, refuse, shaped, take, take_page

_NO_OBJECT = EventObject()


def read_webhook(arrived: Arrived, body: bytes) -> Reading:
    """Read one event: a dispute's; any other is kept and counted."""
    document = parse(body, MESSAGE, arrived.name)
    if isinstance(document, Finding):
        return Reading(records=1, quarantined=[Quarantined(1, document)])
    return _read_events(arrived, [document], arrived.landed_at)


def read_events(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of the Events API: events that webhooks may have lost."""
    found = _page(arrived, body, "events", "event")
    if isinstance(found, Finding):
        return Reading(held=found)
    return _read_events(arrived, found, fetched_at(arrived))


def read_disputes(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of disputes, or a single one, as snapshots as at their last update."""
    return _read_page(arrived, body, "disputes", "dispute", take_dispute)


def read_payouts(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of payouts, or a single one."""
    return _read_page(arrived, body, "payouts", "payout", take_payout)


def read_payout_entries(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of what a payout paid."""
    return _read_page(arrived, body, "payout_entries", "payout_entry", take_payout_entry)


class _Named(msgspec.Struct):
    merchant_id: str | None = None


_NAMED = msgspec.json.Decoder(_Named)


def account_of(body: bytes) -> str | None:
    """Give the merchant that an event names; None for pages and for what is no JSON."""
    try:
        return reference(_NAMED.decode(body).merchant_id)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _read_events(arrived: Arrived, documents: Sequence[Any], at: int) -> Reading:
    reading = Reading(records=len(documents))
    for position, document in enumerate(documents, start=1):
        take(_take_event, Telling(arrived, position, "event", at), document, reading)
    reading.accepted = reading.records - len(reading.quarantined)
    return reading


def _take_event(telling: Telling, document: Any, reading: Reading) -> None:
    event = shaped(telling, document, Event, reading)
    if event is None or not event.type.startswith("dispute."):
        return
    told = (event.data and event.data.object) or _NO_OBJECT
    dispute = told.dispute or told.object
    if dispute is None:
        refuse(telling, reading, "square.event", "an event without its dispute", "data.object.dispute")
        return
    heard = Telling(telling.arrived, telling.position, "event", telling.at, reference(event.event_id), event.type)
    take_dispute(heard, dispute, reading)


def _read_page(arrived: Arrived, body: bytes, many: str, one: str, take_record: Take) -> Reading:
    found = _page(arrived, body, many, one)
    return Reading(held=found) if isinstance(found, Finding) else take_page(arrived, found, take_record)


def _page(arrived: Arrived, body: bytes, many: str, one: str) -> list[Any] | Finding:
    """Give the records of a page; an answer without any is `{}`, as Square writes an empty list."""
    document = parse(body, PAGE, arrived.name)
    if isinstance(document, Finding):
        return document
    if isinstance(document, dict) and "errors" not in document:
        if isinstance(listed := document.get(many), list):
            return listed
        if isinstance(single := document.get(one), dict):
            return [single]
        if not document:
            return []
    return Finding("square.page", arrived.name, _said_instead(document), f"{many}, or one {one}")


def _said_instead(document: Any) -> str:
    if not isinstance(document, dict):
        return "no object"
    errors = document.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return f"an error {excerpt(str(errors[0].get('code')))}"
    return f"an object with {excerpt(', '.join(sorted(document)))}"
