"""Klarna's feeds of messages and pages: how they are taken apart, what is refused.

What a dispute says is in `mapping_disputes.py`, what a settlement report says in `mapping_settlement.py`, the
shapes in `wire.py`, the words in `codes.csv`, the quirks in `README.md`. Pure: bytes in, a reading out.
"""

from typing import Any

import msgspec

from recoup.domain.findings import excerpt
from recoup.formats.plain_text import reference
from recoup.partners.contract import Arrived, Reading
from recoup.partners.klarna.mapping_disputes import take_dispute, take_event
from recoup.partners.klarna.wire import Event
from recoup.partners.telling import Telling, read_event, read_page, refuse, shaped, take

_OF_DISPUTES = "payment.dispute."


def read_webhook(arrived: Arrived, body: bytes) -> Reading:
    """Read one event: a dispute's; any other is kept and counted."""
    return read_event(arrived, body, _read_event)


def read_disputes(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of disputes, or a single one, as snapshots as at their last update."""
    return read_page(arrived, body, _records, _said_instead, "a list of disputes, or one", take_dispute)


class _Account(msgspec.Struct):
    merchant_id: str | None = None


class _Named(msgspec.Struct):
    metadata: _Account | None = None


_NAMED = msgspec.json.Decoder(_Named)


def account_of(body: bytes) -> str | None:
    """Give the merchant that an event names; None where it names none, for pages and all else."""
    try:
        metadata = _NAMED.decode(body).metadata
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None if metadata is None else reference(metadata.merchant_id)


def _read_event(telling: Telling, document: Any, reading: Reading) -> None:
    event = shaped(telling, document, Event, reading)
    if event is None or not event.metadata.event_type.startswith(_OF_DISPUTES):
        return
    if event.payload is None:
        refuse(telling, reading, "klarna.event", "an event without payload", "the dispute in payload")
        return
    told = event.metadata
    heard = Telling(telling.arrived, 1, "event", telling.at, reference(told.event_id), told.event_type)
    take(lambda one, record, into: take_event(one, record, into, told.occurred_at), heard, event.payload, reading)


def _records(document: Any) -> list[Any] | None:
    """Give the records of a page, None where the document is neither a list of disputes nor one."""
    if not isinstance(document, dict):
        return None
    disputes = document.get("disputes")
    if isinstance(disputes, list):
        return disputes
    return [document] if "payment_dispute_id" in document else None


def _said_instead(document: Any) -> str:
    if not isinstance(document, dict):
        return "no object"
    error = document.get("error_code")
    return f"an error {excerpt(error)}" if isinstance(error, str) else "an object that is neither"
