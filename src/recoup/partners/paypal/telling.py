"""What every mapping of PayPal's records needs beside `recoup.partners.telling`: its words, amounts and times."""

from functools import partial
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Notes
from recoup.domain.instants import local_day
from recoup.domain.money import check_currency, unit_rules
from recoup.errors import MoneyRefused
from recoup.partners.paypal.wire import Money
from recoup.partners.telling import Telling, told_instant

NAME = "paypal"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "paypal/codes.csv")
meaning = CODES.meaning
instant = partial(told_instant, NAME)

Amount = tuple[int, str]
"""Minor units of ISO 4217, and the currency."""


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
