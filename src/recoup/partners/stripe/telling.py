"""How one Stripe object came to us, and what every mapping of it needs. Read `mapping.py` for what is made of it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Finding, Notes
from recoup.domain.instants import from_epoch_seconds, local_day
from recoup.domain.money import unit_rules
from recoup.domain.observation import Form
from recoup.errors import InstantRefused
from recoup.formats.strict_json import shape
from recoup.partners.contract import Arrived, Quarantined, Reading

NAME = "stripe"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "stripe/codes.csv")

Shape = TypeVar("Shape", bound=msgspec.Struct)


class Telling(msgspec.Struct, frozen=True, gc=False):
    """How one object came to us: as which form, as at when, under which record id, by which type of event."""

    arrived: Arrived
    position: int
    form: Form
    at: int
    record_id: str | None = None
    event: str | None = None
    account: str | None = None
    """The connected account that the event is about, where it names one."""

    @property
    def where(self) -> str:
        """File and position, as findings name them."""
        return f"{self.arrived.name}:{self.position}"

    def notes(self, name: str) -> Notes:
        """An empty sheet for what is wrong with the object of this name."""
        return Notes(f"{self.where} {name}")


Take = Callable[[Telling, Any, Reading], None]
"""Adds what one object says to the reading, or quarantines it."""


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


def meaning(vocabulary: str, word: str | None, on: dt.date) -> str | None:
    """Give what a word means on a day; None for an absent word, as for one that is not known."""
    return None if word is None else CODES.meaning(vocabulary, word, on)


def minor(telling: Telling, amount: int, currency: str, at: int) -> int:
    """Bring an amount of Stripe's to minor units of ISO 4217; raises MoneyRefused where that cannot be."""
    return unit_rules().from_minor(NAME, telling.arrived.feed, currency, amount, local_day(at, "UTC"))


def instant(seconds: int | None, field: str, notes: Notes) -> int | None:
    """Give the instant that a field names; an absent or impossible one is None, the latter with a note."""
    if seconds is None:
        return None
    try:
        return from_epoch_seconds(seconds)
    except InstantRefused as error:
        notes.add("stripe.instant", field, error.found, error.wanted)
        return None
