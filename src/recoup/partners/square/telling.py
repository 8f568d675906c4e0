"""What every mapping of Square's objects needs beside `recoup.partners.telling`: its words, times and amounts."""

import datetime as dt
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Notes
from recoup.domain.instants import parse_instant
from recoup.domain.money import check_currency
from recoup.errors import InstantRefused, MoneyRefused
from recoup.partners.square.wire import Money
from recoup.partners.telling import Telling, minor

NAME = "square"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "square/codes.csv")


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
        notes.add("square.instant", field, error.found, error.wanted)
        return None


def amount(telling: Telling, money: Money | None, field: str, at: int) -> tuple[int, str]:
    """Give an amount in minor units of ISO 4217, and its currency.

    Raises:
      MoneyRefused: Amount or currency is missing, or is none.
    """
    if money is None or money.amount is None or money.currency is None:
        raise MoneyRefused("", f"{field} without amount or currency", "both")
    currency = check_currency(money.currency)
    return minor(telling, money.amount, currency, at), currency
