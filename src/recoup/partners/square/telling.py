"""What every mapping of Square's objects needs beside `recoup.partners.telling`: its words, times and amounts."""

from functools import partial
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.money import check_currency
from recoup.errors import MoneyRefused
from recoup.partners.square.wire import Money
from recoup.partners.telling import Telling, minor, told_instant

NAME = "square"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "square/codes.csv")
meaning = CODES.meaning
instant = partial(told_instant, NAME)


def amount(telling: Telling, money: Money | None, field: str, at: int) -> tuple[int, str]:
    """Give an amount in minor units of ISO 4217, and its currency.

    Raises:
      MoneyRefused: Amount or currency is missing, or is none.
    """
    if money is None or money.amount is None or money.currency is None:
        raise MoneyRefused("", f"{field} without amount or currency", "both")
    currency = check_currency(money.currency)
    return minor(telling, money.amount, currency, at), currency
