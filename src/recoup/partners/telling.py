"""How one record came to us, and what every mapping of records in Python needs, whoever the partner is.

A mapping is a function of a `Telling` and a record that adds to a `Reading`, or
refuses the record. What a value means stays in the partner's folder.
"""

from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import msgspec

from recoup.domain.findings import Finding, Notes
from recoup.domain.instants import from_epoch_seconds, local_day, parse_instant
from recoup.domain.money import unit_rules
from recoup.domain.observation import Form
from recoup.errors import InstantRefused, MoneyRefused
from recoup.formats.strict_json import MESSAGE, PAGE, parse, shape
from recoup.partners.contract import Arrived, Quarantined, Reading

Shape = TypeVar("Shape", bound=msgspec.Struct)


class Telling(msgspec.Struct, frozen=True, gc=False):
    """How one record came to us: as which form, as at when, under which record id, by which type of event."""

    arrived: Arrived
    position: int
    form: Form
    at: int
    record_id: str | None = None
    event: str | None = None
    account: str | None = None
    """Our account that the record is about, where it names one."""

    @property
    def where(self) -> str:
        """File and position, as findings name them."""
        return f"{self.arrived.name}:{self.position}"

    def notes(self, name: str) -> Notes:
        """An empty sheet for what is wrong with the object of this name."""
        return Notes(f"{self.where} {name}")


Take = Callable[[Telling, Any, Reading], None]
"""Adds what one record says to the reading, or quarantines it."""


def shaped(telling: Telling, record: Any, kind: type[Shape], reading: Reading) -> Shape | None:
    """Give the record in its shape; quarantine it and give None where it does not fit."""
    found = shape(record, kind, telling.where)
    if isinstance(found, Finding):
        reading.quarantined.append(Quarantined(telling.position, found))
        return None
    return found


def refuse(telling: Telling, reading: Reading, check: str, found: str, wanted: str) -> None:
    """Quarantine the record with its reason."""
    reading.quarantined.append(Quarantined(telling.position, Finding(check, telling.where, found, wanted)))


def take(take_record: Take, telling: Telling, record: Any, reading: Reading) -> None:
    """Take one record; a value that money or time cannot be quarantines it, as `<partner>.value`."""
    try:
        take_record(telling, record, reading)
    except (MoneyRefused, InstantRefused) as error:
        refuse(telling, reading, f"{telling.arrived.partner}.value", error.found, error.wanted)


def take_page(arrived: Arrived, records: Sequence[Any], take_record: Take) -> Reading:
    """Take the records of a page, one snapshot each, as at the time of the fetch."""
    reading = Reading(records=len(records))
    at = fetched_at(arrived)
    for position, record in enumerate(records, start=1):
        take(take_record, Telling(arrived, position, "snapshot", at), record, reading)
    reading.accepted = reading.records - len(reading.quarantined)
    return reading


def minor(telling: Telling, amount: int, currency: str, at: int) -> int:
    """Bring an integer amount of the partner's to minor units of ISO 4217, by its unit rules on that day.

    Raises:
      MoneyRefused: Not a currency, or an amount that is no whole number of its minor units.
    """
    arrived = telling.arrived
    return unit_rules().from_minor(arrived.partner, arrived.feed, currency, amount, local_day(at, "UTC"))


def told_instant(partner: str, text: str | None, field: str, notes: Notes) -> int | None:
    """Give the instant that a field names; an absent or impossible one is None, the latter with a note."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except InstantRefused as error:
        notes.add(f"{partner}.instant", field, error.found, error.wanted)
        return None


def read_event(arrived: Arrived, body: bytes, take_event: Take) -> Reading:
    """Read a message that is one event in JSON; what is no JSON is quarantined."""
    reading = Reading(records=1)
    document = parse(body, MESSAGE, arrived.name)
    if isinstance(document, Finding):
        reading.quarantined.append(Quarantined(1, document))
    else:
        take_event(Telling(arrived, 1, "event", arrived.landed_at), document, reading)
    reading.accepted = 1 - len(reading.quarantined)
    return reading


def read_page(
    arrived: Arrived,
    body: bytes,
    records_of: Callable[[Any], Sequence[Any] | None],
    said_instead: Callable[[Any], str],
    wanted: str,
    take_record: Take,
) -> Reading:
    """Read a page of records in JSON, or a single one, as snapshots; one that is neither is held.

    Args:
      arrived: The delivery.
      body: Its bytes.
      records_of: The records of a page; None where a document is none.
      said_instead: What such a document is, in words.
      wanted: What it should be, in words.
      take_record: Takes one record.
    """
    document = parse(body, PAGE, arrived.name)
    if isinstance(document, Finding):
        return Reading(held=document)
    records = records_of(document)
    if records is None:
        return Reading(held=Finding(f"{arrived.partner}.page", arrived.name, said_instead(document), wanted))
    return take_page(arrived, records, take_record)


def fetched_at(arrived: Arrived) -> int:
    """Give the time that a page shows: that of the answer's `Date`, else when it landed."""
    try:
        answered = parsedate_to_datetime(arrived.headers["date"])
    except (KeyError, ValueError, TypeError):
        return arrived.landed_at
    return from_epoch_seconds(int(answered.timestamp())) if answered.tzinfo else arrived.landed_at
