"""What every mapping of Mollie's objects needs beside `recoup.partners.telling`: its words, times and amounts."""

from functools import partial
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.instants import local_day, parse_instant
from recoup.domain.money import check_currency, unit_rules
from recoup.errors import InstantRefused, MoneyRefused
from recoup.partners.mollie.wire import Amount
from recoup.partners.telling import Telling, told_instant

NAME = "mollie"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "mollie/codes.csv")
meaning = CODES.meaning
instant = partial(told_instant, NAME)


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
