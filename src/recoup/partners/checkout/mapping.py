"""Checkout.com's feeds of messages and pages: how they are taken apart, what is refused.

What a dispute says is in `mapping_disputes.py`, the reports are read as sets (`tables.py`), the shapes are
in `wire.py`, the words in `codes.csv`, the quirks in `README.md`. Pure: bytes in, a reading out.
"""

import csv
from typing import Any

import msgspec

from recoup.domain.findings import excerpt
from recoup.formats.plain_text import reference
from recoup.partners.checkout.mapping_disputes import take_dispute, take_event
from recoup.partners.checkout.wire import Event
from recoup.partners.contract import Arrived, Reading
from recoup.partners.telling import Telling, read_event, read_page, refuse, shaped, take

ACCOUNT_COLUMN = "Client Entity ID"
HEAD_BYTES = 1 << 16
_OF_DISPUTES = ("dispute_", "request_for_information_")


def read_webhook(arrived: Arrived, body: bytes) -> Reading:
    """Read one event: a dispute's; any other is kept and counted."""
    return read_event(arrived, body, _read_event)


def read_disputes(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of disputes, or a single one, as snapshots as at their last update."""
    return read_page(arrived, body, _records, _said_instead, "a list of disputes, or one", take_dispute)


class _Account(msgspec.Struct):
    entity_id: str | None = None


class _Data(msgspec.Struct):
    entity_id: str | None = None
    account: _Account | None = None


class _Named(msgspec.Struct):
    data: _Data | None = None


_NAMED = msgspec.json.Decoder(_Named)


def account_of(body: bytes) -> str | None:
    """Give the entity that an event, or the first row of a report, names; None for pages and all else."""
    try:
        data = _NAMED.decode(body).data
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return reference(_entity_of_report(body))
    if data is None:
        return None
    return reference(data.entity_id or (data.account.entity_id if data.account else None))


def _entity_of_report(head: bytes) -> str | None:
    lines = head[:HEAD_BYTES].decode("utf-8-sig", errors="replace").splitlines()[:2]
    try:
        rows = list(csv.reader(lines))
    except csv.Error:
        return None
    if len(rows) < 2 or ACCOUNT_COLUMN not in rows[0]:
        return None
    place = rows[0].index(ACCOUNT_COLUMN)
    return rows[1][place] or None if place < len(rows[1]) else None


def _read_event(telling: Telling, document: Any, reading: Reading) -> None:
    event = shaped(telling, document, Event, reading)
    if event is None or not event.type.startswith(_OF_DISPUTES):
        return
    if event.data is None:
        refuse(telling, reading, "checkout.event", "an event without data", "the dispute in data")
        return
    told_at = event.timestamp or event.created_on
    heard = Telling(telling.arrived, 1, "event", telling.at, reference(event.id), event.type)
    take(lambda one, record, into: take_event(one, record, into, told_at), heard, event.data, reading)


def _records(document: Any) -> list[Any] | None:
    """Give the records of a page, None where the document is neither a list of disputes nor one."""
    if not isinstance(document, dict) or "error_type" in document:
        return None
    data = document.get("data")
    if isinstance(data, list):
        return data
    return [document] if "id" in document and "status" in document else None


def _said_instead(document: Any) -> str:
    if not isinstance(document, dict):
        return "no object"
    error = document.get("error_type")
    return f"an error {excerpt(error)}" if isinstance(error, str) else "an object that is neither"
