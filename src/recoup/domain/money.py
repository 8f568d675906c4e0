"""Amounts: text to minor units and back, never through a float.

An amount is an int of minor units with its currency beside it, within signed 64 bits. Text is
checked by pattern before anything converts it, so that `1e3`, `1_000`, `NaN`, full-width digits
and too many decimals are refused, not read. Exponents are those of ISO 4217 (`tables/currencies.csv`);
where a partner counts otherwise (`tables/unit_rules.csv`), `UnitRules` brings its amounts to ISO's.
"""

import datetime as dt
import re
from collections.abc import Iterable
from functools import cache

import msgspec

from recoup.domain import tables
from recoup.domain.card_numbers import mask
from recoup.domain.rows import Currency, UnitRule
from recoup.errors import MoneyRefused

MINOR_MAX = 2**63 - 1
"""Largest amount that every store can hold; the smallest is its negative, so that signs can turn."""
DECIMALS_MAX = 4
"""Most decimals of any currency of ISO 4217 (CLF, UYW)."""
ANY_FEED = "*"
_EXCERPT = 40
_MINOR = re.compile(r"-?[0-9]{1,19}")
_MAJOR = tuple(
    re.compile(r"-?[0-9]{1,15}" + (rf"(?:\.[0-9]{{1,{decimals}}})?" if decimals else ""))
    for decimals in range(DECIMALS_MAX + 1)
)


def exponent(currency: str) -> int:
    """Give the number of decimals of a currency in ISO 4217.

    Raises:
      MoneyRefused: Not a code in force, or one without minor units (metals, units of account, XXX).
    """
    row = _by_code().get(currency)
    if row is None:
        raise _refused(currency, "a code of ISO 4217 in capital letters")
    if row.exponent is None:
        raise _refused(currency, "a currency with minor units")
    return row.exponent


def check_currency(code: str) -> str:
    """Give the code back if it is exactly one of a currency with minor units.

    Raises:
      MoneyRefused: It is not; `usd` is not, see `canonical_currency`.
    """
    exponent(code)
    return code


def canonical_currency(text: str) -> str:
    """Give the code of a currency that a partner may write in small letters: `usd` is `USD`.

    Raises:
      MoneyRefused: Not a currency with minor units in any case of letters.
    """
    if not text.isascii():
        raise _refused(text, "a code of ISO 4217")
    return check_currency(text.upper())


def currency_of_number(numeric: str) -> str:
    """Give the code for a three-digit number of ISO 4217, as clearing files carry it: `978` is `EUR`.

    Raises:
      MoneyRefused: Not the number of a currency with minor units.
    """
    row = _by_number().get(numeric)
    if row is None:
        raise _refused(numeric, "a three-digit number of ISO 4217")
    return check_currency(row.code)


def parse_major(text: object, currency: str, decimals: int | None = None) -> int:
    """Read an amount in major units, `12.34`, as minor units.

    Args:
      text: A decimal with a point, ASCII digits, at most 15 before the point; `-` alone as sign. Only a str is read.
      currency: ISO 4217 code.
      decimals: How many decimals the amount may have, and in which minor units the answer is; ISO's by default.
    Returns:
      Minor units at `decimals`.
    Raises:
      MoneyRefused: The text is anything else, or does not fit 64 bits.
    """
    allowed = exponent(currency) if decimals is None else decimals
    if not 0 <= allowed <= DECIMALS_MAX:
        raise _refused(str(allowed), f"0 to {DECIMALS_MAX} decimals")
    if not isinstance(text, str) or not _MAJOR[allowed].fullmatch(text):
        raise _refused(str(text), _wanted_major(allowed, currency))
    whole, _, fraction = text.lstrip("-").partition(".")
    minor = int(whole) * 10**allowed + int(fraction.ljust(allowed, "0") or "0")
    return _fitting(-minor if text.startswith("-") else minor)


def parse_minor(value: object) -> int:
    """Read an amount that already is in minor units, as JSON integer or as its digits.

    Raises:
      MoneyRefused: Anything but an integer within 64 bits; true and false are none.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _refused(str(value), "an integer of minor units")
    if isinstance(value, str):
        if not _MINOR.fullmatch(value):
            raise _refused(value, "an integer of minor units")
        value = int(value)
    return _fitting(value)


def render(minor: int, currency: str) -> str:
    """Write an amount for a person: `12.34 EUR`, `500 JPY`, `-0.005 KWD`."""
    return f"{render_major(minor, currency)} {currency}"


def render_major(minor: int, currency: str) -> str:
    """Write an amount in major units with all its decimals: `12.34`; `parse_major` reads it back."""
    decimals = exponent(currency)
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    point = len(digits) - decimals
    return ("-" if minor < 0 else "") + digits[:point] + ("." + digits[point:] if decimals else "")


def render_total(total: int, currency: str | None) -> str:
    """Write a control total for a person: an amount in its currency, or a count; an unknown currency stands masked."""
    if currency is None:
        return str(total)
    try:
        return render(total, currency)
    except MoneyRefused:
        return f"{total} (minor units) {mask(currency)}"


class UnitRules:
    """What partners count in: for each (partner, feed, currency) the number of decimals, ISO 4217's by default.

    Only rows that were read somewhere count (grade V or S); of the others `doubts` tells.
    """

    def __init__(self, rules: Iterable[UnitRule]) -> None:
        self._rules: dict[tuple[str, str, str], list[UnitRule]] = {}
        for rule in rules:
            self._rules.setdefault((rule.partner, rule.feed, rule.currency), []).append(rule)

    def rule(self, partner: str, feed: str, currency: str, on: dt.date) -> UnitRule | None:
        """Give the rule in force on a day, that of the feed before that of all feeds; None where ISO 4217 holds."""
        for name in (feed, ANY_FEED):
            for rule in self._rules.get((partner, name, currency), ()):
                if rule.holds(on):
                    return rule
        return None

    def exponent(self, partner: str, feed: str, currency: str, on: dt.date) -> int:
        """Give the number of decimals that this feed counts in.

        Raises:
          MoneyRefused: Not a currency with minor units.
        """
        rule = self.rule(partner, feed, currency, on)
        return exponent(currency) if rule is None or rule.grade in ("U", "C") else rule.exponent

    def doubts(self, partner: str, feed: str, currency: str, on: dt.date) -> UnitRule | None:
        """Give the rule that is known of but not settled, so that a control can look at ratios of 10; else None."""
        rule = self.rule(partner, feed, currency, on)
        return rule if rule is not None and rule.grade in ("U", "C") else None

    def from_minor(self, partner: str, feed: str, currency: str, value: object, on: dt.date) -> int:
        """Bring an amount in the partner's minor units to those of ISO 4217: Adyen's 100000 CLP is 1000 CLP.

        Raises:
          MoneyRefused: Not an amount, or not a whole number of ISO's minor units.
        """
        return _rescaled(parse_minor(value), currency, self.exponent(partner, feed, currency, on))

    def from_major(self, partner: str, feed: str, currency: str, text: object, on: dt.date) -> int:
        """Bring an amount in major units, with as many decimals as partner or ISO 4217 use, to minor units of ISO.

        Raises:
          MoneyRefused: Not an amount, or not a whole number of ISO's minor units.
        """
        decimals = max(self.exponent(partner, feed, currency, on), exponent(currency))
        return _rescaled(parse_major(text, currency, decimals), currency, decimals)

    def factors(self, partner: str, feed: str, on: dt.date) -> dict[str, tuple[int, int]]:
        """Give (decimals of the feed, decimals of ISO) for every currency, to join against in SQL."""
        return {
            code: (self.exponent(partner, feed, code, on), row.exponent)
            for code, row in _by_code().items()
            if row.exponent is not None
        }


@cache
def unit_rules() -> UnitRules:
    """Give the rules of `tables/unit_rules.csv`."""
    return UnitRules(tables.unit_rules())


class Amount(msgspec.Struct, frozen=True, gc=False):
    """An amount and its currency, for places that pass them together. Minor units of ISO 4217."""

    minor: int
    currency: str

    def plus(self, other: "Amount") -> "Amount":
        """Add two amounts of one currency.

        Raises:
          MoneyRefused: The currencies differ, or the sum does not fit 64 bits.
        """
        if other.currency != self.currency:
            raise _refused(f"{other.currency} beside {self.currency}", "amounts of one currency")
        return Amount(_fitting(self.minor + other.minor), self.currency)

    def __str__(self) -> str:
        """Write the amount for a person."""
        return render(self.minor, self.currency)


def _rescaled(minor: int, currency: str, decimals: int) -> int:
    shift = exponent(currency) - decimals
    if shift >= 0:
        return _fitting(minor * 10**shift)
    scale: int = 10**-shift
    whole, rest = divmod(abs(minor), scale)
    if rest:
        raise _refused(f"{minor} at {decimals} decimals", f"a whole number of minor units of {currency}")
    return whole if minor >= 0 else -whole


def _fitting(minor: int) -> int:
    if not -MINOR_MAX <= minor <= MINOR_MAX:
        raise _refused(f"a number of {len(str(abs(minor)))} digits", "an amount within 64 bits")
    return minor


def _wanted_major(decimals: int, currency: str) -> str:
    tail = f" and at most {decimals} decimals" if decimals else " without decimals"
    return f"an amount of {currency} in ASCII digits, a point{tail}" if decimals else f"an amount of {currency}{tail}"


def _refused(found: str, wanted: str) -> MoneyRefused:
    short = found if len(found) <= _EXCERPT else f"{found[:_EXCERPT]}…"
    return MoneyRefused(where="", found=repr(short), wanted=wanted)


@cache
def _by_code() -> dict[str, Currency]:
    return {row.code: row for row in tables.currencies()}


@cache
def _by_number() -> dict[str, Currency]:
    return {row.numeric: row for row in tables.currencies()}
