"""Values in a person's words: amounts with their currency, deadlines and ages, short ids. Pure.

Text of partners goes to terminals only through `clean`, so that no delivery can move somebody's cursor.
"""

import re
from collections.abc import Iterable, Mapping

from recoup.domain.instants import DAY, HOUR, MINUTE, render_instant
from recoup.domain.money import render
from recoup.errors import MoneyRefused

SHORT_ID = 12
"""Prefix and eight characters of an id of ours: told apart among a trillion, and `trace` takes it."""
NOTHING = "–"
_ID = re.compile(r"\b[a-z]{3}_[a-z2-7]{26}\b")
_INSTANT = re.compile(r"\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\.\d{6}Z")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Give text without what a terminal would obey: control characters and changes of writing direction."""
    return _CONTROLS.sub("�", text)


def money(minor: int | None, currency: str | None) -> str:
    """Write an amount: `12.34 EUR`; bare minor units where the currency is none."""
    if minor is None:
        return NOTHING
    try:
        return render(minor, currency or "")
    except MoneyRefused:
        return f"{minor} {currency or '?'} (minor)"


def amounts(found: Iterable[tuple[int, str]]) -> str:
    """Write several amounts, never added."""
    return " + ".join(money(minor, currency) for minor, currency in found) or NOTHING


def due(at: int | None, now: int) -> str:
    """Say how far a deadline is: `in 2 d 3 h`, `overdue 4 h`."""
    if at is None:
        return NOTHING
    return f"in {span(at - now)}" if at >= now else f"overdue {span(now - at)}"


def span(length: int) -> str:
    """Write a length of time in its two largest units: `2 d 3 h`, `3 h 5 min`, `5 min`; days alone from ten on."""
    days, rest = divmod(length, DAY)
    hours, rest = divmod(rest, HOUR)
    if days >= 10:
        return f"{days} d"
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    minutes = rest // MINUTE
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def moment(at: int | None) -> str:
    """Write an instant to the minute, in UTC."""
    return NOTHING if at is None else render_instant(at)[:16].replace("T", " ")


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun: `1 dispute`, `2,000 disputes`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def readable(text: str) -> str:
    """Give text with its instants to the minute, as a person writes them."""
    return _INSTANT.sub(r"\1 \2 UTC", text)


def brief(text: str) -> str:
    """Give text with its instants to the minute and ids of ours shortened."""
    return _ID.sub(lambda found: short(found[0]), readable(text))


def short(key: str | None) -> str:
    """Shorten an id of ours; others stay as they are."""
    if key is None:
        return NOTHING
    is_ours = len(key) == 30 and key[3:4] == "_"
    return key[:SHORT_ID] if is_ours else key


WAITED_FOR: Mapping[str, str] = {
    "file": "file",
    "sequence": "file by its number",
    "leg_announced": "announcement",
    "leg_settled": "settlement",
    "leg_confirmed": "confirmation by the house",
    "paid_out": "payout",
    "bank_credit": "credit at the bank",
    "credit_after_win": "credit after a win",
    "chargeback_after_notice": "chargeback after a notice",
}
"""Kinds of expectation in a person's words."""


def waited_for(kind: str, feed: str | None) -> str:
    """What is waited for, with the feed that should bring it where it is known."""
    said = WAITED_FOR.get(kind, kind)
    return f"{feed} {said}" if feed else said
