"""What every mapping of Braintree's disputes needs beside `recoup.partners.telling`: its words, amounts and times."""

import datetime as dt
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Notes
from recoup.domain.instants import day_start, local_day, parse_day, parse_instant
from recoup.domain.money import check_currency, unit_rules
from recoup.errors import InstantRefused, MoneyRefused
from recoup.partners.telling import Telling

NAME = "braintree"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "braintree/codes.csv")


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
        notes.add("braintree.instant", field, error.found, error.wanted)
        return None


def beginning(text: str | None, field: str, zone: str, notes: Notes) -> int | None:
    """Give the first instant of a day without zone, in the account's: of a due day the strictest reading."""
    if text is None:
        return None
    try:
        return day_start(parse_day(text), zone)
    except InstantRefused as error:
        notes.add("braintree.day", field, error.found, error.wanted)
        return None


def minor(telling: Telling, text: str | None, currency: str | None, field: str, notes: Notes) -> int | None:
    """Give an amount of 0 or more in minor units of ISO 4217; an absent one is None, as is one that is none."""
    if text is None or currency is None:
        return None
    try:
        day = local_day(telling.at, "UTC")
        found = unit_rules().from_major(NAME, telling.arrived.feed, check_currency(currency), text, day)
        if found < 0:
            raise MoneyRefused("", f"{found}", "an amount of 0 or more")
    except MoneyRefused as error:
        notes.add("braintree.amount", field, error.found, error.wanted)
        return None
    return found
