"""What every mapping of Braintree's disputes needs beside `recoup.partners.telling`: its words, amounts and times."""

from functools import partial
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Notes
from recoup.domain.instants import day_start, local_day, parse_day
from recoup.domain.money import check_currency, unit_rules
from recoup.errors import InstantRefused, MoneyRefused
from recoup.partners.telling import Telling, told_instant

NAME = "braintree"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "braintree/codes.csv")
meaning = CODES.meaning
instant = partial(told_instant, NAME)


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
