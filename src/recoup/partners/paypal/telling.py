"""What every mapping of PayPal's records needs beside `recoup.partners.telling`: its words, amounts and times."""

import datetime as dt
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Notes
from recoup.domain.instants import local_day, parse_instant
from recoup.domain.money import check_currency, unit_rules
from recoup.errors import InstantRefused, MoneyRefused
from recoup.partners.paypal.wire import Money
from recoup.partners.telling import Telling

NAME = "paypal"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "paypal/codes.csv")

Amount = tuple[int, str]
"""Minor units of ISO 4217, and the currency."""


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
        notes.add("paypal.instant", field, error.found, error.wanted)
        return None


def amount(telling: Telling, money: Money | None, field: str, notes: Notes) -> Amount | None:
    """Give an amount of 0 or more; an absent one is None, as is one that is none, with a note."""
    if money is None or money.value is None or money.currency_code is None:
        return None
    value = f"0{money.value}" if money.value.startswith(".") else money.value
    try:
        currency = check_currency(money.currency_code)
        minor = unit_rules().from_major(NAME, telling.arrived.feed, currency, value, local_day(telling.at, "UTC"))
        if minor < 0:
            raise MoneyRefused("", f"{minor}", "an amount of 0 or more")
    except MoneyRefused as error:
        notes.add("paypal.amount", field, error.found, error.wanted)
        return None
    return minor, currency
