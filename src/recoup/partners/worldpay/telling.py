"""What every mapping of Worldpay's cases needs beside `recoup.partners.telling`: its words, amounts and days."""

import datetime as dt
from functools import cache
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Notes, excerpt
from recoup.domain.instants import day_start, parse_day
from recoup.domain.money import check_currency
from recoup.errors import InstantRefused, MoneyRefused
from recoup.partners.telling import Telling
from recoup.partners.telling import minor as minor_units

NAME = "worldpay"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "worldpay/codes.csv")


def meaning(vocabulary: str, word: str | None, on: dt.date) -> str | None:
    """Give what a word means on a day, however it is spaced and in whatever letters; None where it is not known."""
    known = None if word is None else _spellings(vocabulary).get(_bare(word))
    return None if known is None else CODES.meaning(vocabulary, known, on)


@cache
def _spellings(vocabulary: str) -> dict[str, str]:
    """Give the words of a vocabulary by their bare letters: `Assign To Merchant` is also `Assign to Merchant`."""
    return {_bare(word): word for word in CODES.known(vocabulary)}


def _bare(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum() or letter == "/")


def beginning(text: str | None, field: str, zone: str, notes: Notes) -> int | None:
    """Give the first instant of a day without zone, in the account's: of a due day the strictest reading."""
    day = day_of(text, field, notes)
    return None if day is None else day_start(day, zone)


def day_of(text: str | None, field: str, notes: Notes) -> dt.date | None:
    """Give the day that a field names; an absent or impossible one is None, the latter with a note."""
    if text is None:
        return None
    try:
        return parse_day(text)
    except InstantRefused as error:
        notes.add("worldpay.day", field, error.found, error.wanted)
        return None


def minor(telling: Telling, text: str | None, currency: str | None, field: str, notes: Notes) -> int | None:
    """Give an amount of 0 or more in minor units of ISO 4217; an absent one is None, as is one that is none."""
    if text is None or currency is None:
        return None
    try:
        if not text.isascii() or not text.isdecimal() or len(text) > 18:
            raise MoneyRefused("", excerpt(text), "an integer of minor units, 0 or more")
        return minor_units(telling, int(text), check_currency(currency), telling.at)
    except MoneyRefused as error:
        notes.add("worldpay.amount", field, error.found, error.wanted)
        return None
