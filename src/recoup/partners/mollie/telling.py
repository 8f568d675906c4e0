"""What every mapping of Mollie's objects needs beside `recoup.partners.telling`: its words, times and amounts."""

import datetime as dt
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Notes
from recoup.domain.instants import local_day, parse_instant
from recoup.domain.money import check_currency, unit_rules
from recoup.errors import InstantRefused, MoneyRefused
from recoup.partners.mollie.wire import Amount
from recoup.partners.telling import Telling

NAME = "mollie"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "mollie/codes.csv")


def meaning(vocabulary: str, word: str | None, on: dt.date) -> str | None:
    """Give what a word means on a day; None for an absent word, as for one that is not known."""
    return None if word is None else CODES.meaning(vocabulary, word, on)


def instant(text: str | None, field: str, notes: Notes) -> int | None:
    """Give the instant that a field names; an absent or impossible one is None, the latter with a note."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except InstantRefused as error:
        notes.add("mollie.instant", field, error.found, error.wanted)
        return None


def needed(text: str | None, field: str) -> int:
    """Give the instant that a record cannot do without.

    Raises:
      InstantRefused: There is none.
    """
    if text is None:
        raise InstantRefused("", f"no {field}", "an instant with its offset")
    return parse_instant(text)


def amount(telling: Telling, told: Amount | None, field: str, at: int) -> tuple[int, str]:
    """Give an amount in minor units of ISO 4217, and its currency.

    Raises:
      MoneyRefused: It is missing, or is none.
    """
    if told is None:
        raise MoneyRefused("", f"no {field}", "currency and value")
    currency, arrived = check_currency(told.currency), telling.arrived
    on = local_day(at, "UTC")
    return unit_rules().from_major(arrived.partner, arrived.feed, currency, told.value, on), currency
