"""The values of MT940: days without a century, days without a year, amounts with a comma, and the `:61:` line.

An entry date has month and day alone. Its year is that which brings it nearest to the opening balance's day, and not to
the value date: a debit that bounced in January may carry a value date of December. Only where the value date is more
than a year away from the opening balance does the year follow from it.
A value date that does not exist (German banks write 30 February) costs that date and is a finding; the movement stands
on the entry date that the bank stated. An entry date that does not exist costs the movement: on which day it was booked
nobody says, and the value date is not taken for it. Only where a bank states no entry date at all was the movement
booked on its value date.
"""

import datetime as dt
import re

import msgspec

from recoup.domain.findings import Finding, excerpt
from recoup.domain.money import MINOR_MAX, exponent
from recoup.errors import MoneyRefused

_LINE = re.compile(
    r"([0-9]{6})([0-9]{4}|[ ]{4})?(R?[CD]|E[CD])([A-Z])?([0-9]{1,18},[0-9]{0,4})"
    r"[ ]?([A-Z][A-Z0-9 ]{3})?([^\n]*)(?:\n(.*))?",
    re.DOTALL,
)
_AMOUNT_IN = re.compile(r"(?:[0-9]{6}(?:[0-9]{4}|[ ]{4})?)?(R?[CD]|E[CD])[A-Z]?([0-9]{1,18},[0-9]{0,4})(?![0-9])")
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]{1,18},[0-9]{0,4})\s*")
_FLOOR = re.compile(r"([A-Z]{3})([CD]?)([0-9]{1,18},[0-9]{0,4})\s*")
_SUM = re.compile(r"([0-9]{1,9})([A-Z]{3})([0-9]{1,18},[0-9]{0,4})\s*")
SIGN = {"C": 1, "RD": 1, "EC": 1, "D": -1, "RC": -1, "ED": -1}
"""How a mark moves our balance: the reversal of a debit is money back."""
_HALF_YEAR = 183


class Heading(msgspec.Struct, frozen=True):
    """What a message says before its movements: account, number, currency, and the day that years follow from."""

    account: str = ""
    number: int | None = None
    """Of the statement; 0 where the bank does not number."""
    page: int | None = None
    currency: str | None = None
    opened_on: dt.date | None = None
    is_interim: bool = False
    """An MT942: movements since the last statement, which will tell them again."""


class Movement(msgspec.Struct, frozen=True, gc=False):
    """One `:61:` line with its `:86:`. Amount in minor units, signed as our balance moves; days are ISO text."""

    line: int
    heading: Heading
    booked_on: str
    """The entry date; the value date where the bank gives no other."""
    value_on: str | None
    """None where the value date is no day."""
    minor: int
    currency: str
    mark: str
    """C, D, RC, RD; in MT942 also EC and ED, which are expected and not booked."""
    kind: str
    """Type of transaction with its identification: NTRF, NRTI, FMSC."""
    reference: str
    """Reference for the account owner; NONREF where there is none."""
    bank_reference: str
    """What stands after `//`: the bank's own reference."""
    supplementary: str
    details: str
    """Text of `:86:`, lines joined by a line feed."""


class Refused(msgspec.Struct, frozen=True, gc=False):
    """A `:61:` line that cannot be read, with its amount where that can."""

    line: int
    finding: Finding
    minor: int | None = None


class Balance(msgspec.Struct, frozen=True, gc=False):
    """One balance; in debt it is negative."""

    line: int
    on: str
    minor: int
    currency: str
    is_final: bool = True
    """False for the balance between two pages of one statement."""


class Days:
    """Days as the format writes them; most of a file's days are few, so each is worked out once."""

    def __init__(self) -> None:
        self._full: dict[str, dt.date | None] = {}
        self._near: dict[tuple[str, dt.date], dt.date | None] = {}

    def full(self, text: str) -> dt.date | None:
        """Give the day of `YYMMDD`, None where there is none; years from 80 on are of the last century."""
        try:
            return self._full[text]
        except KeyError:
            return self._full.setdefault(text, _full_day(text))

    def near(self, text: str, near: dt.date) -> dt.date | None:
        """Give the day of `MMDD` that lies nearest to another, None where no year has it near."""
        key = (text, near)
        try:
            return self._near[key]
        except KeyError:
            return self._near.setdefault(key, _near_day(text, near))


def movement(
    name: str, line: int, text: str, details: list[str], heading: Heading, days: Days
) -> tuple[Movement | Refused, list[Finding]]:
    """Read one `:61:` line.

    Returns:
      The movement or why it is none, and what is odd about it all the same.
    """
    found = _LINE.fullmatch(text)
    if found is None or not found[6]:
        found = _LINE.fullmatch(text.replace("\n", "", 1))  # some banks wrap the line itself
    if found is None or heading.currency is None:
        return _refused(name, line, text, heading), []
    value, entry, mark, _funds, amount, kind, references, supplementary = found.groups()
    minor = minor_of(amount, heading.currency)
    if minor is None:
        return Refused(line, _wrong_amount(name, line, amount, heading.currency)), []
    value_on = days.full(value)
    near = _anchor(heading.opened_on, value_on)
    booked_on = days.near(entry, near) if entry and near and entry != "    " else value_on
    signed = minor * SIGN[mark]
    if booked_on is None:
        return Refused(line, _odd_day(name, line, value if value_on is None else str(entry)), signed), []
    odd = [] if value_on is not None else [_odd_day(name, line, value)]
    owner, _slashes, bank = references.partition("//")
    return (
        Movement(
            line,
            heading,
            booked_on.isoformat(),
            None if value_on is None else value_on.isoformat(),
            signed,
            heading.currency,
            mark,
            kind or "",
            owner.strip(),
            bank.strip(),
            (supplementary or "").strip(),
            details[0] if len(details) == 1 else "\n".join(details),
        ),
        odd,
    )


def balance(text: str, line: int, days: Days, is_final: bool) -> Balance | None:
    """Read a balance field (60, 62, 64, 65); None where it is none."""
    found = _BALANCE.fullmatch(text.partition("\n")[0])
    if found is None:
        return None
    mark, day, currency, amount = found.groups()
    on, minor = days.full(day), minor_of(amount, currency)
    return (
        None if on is None or minor is None else Balance(line, on.isoformat(), minor * SIGN[mark], currency, is_final)
    )


def floor(text: str) -> tuple[str, int] | None:
    """Read a floor limit (34F): its currency, and the amount below which movements are left out."""
    found = _FLOOR.fullmatch(text)
    minor = minor_of(found[3], found[1]) if found else None
    return None if found is None or minor is None else (found[1], minor)


def number_and_sum(text: str) -> tuple[int, str, int] | None:
    """Read the count and sum of entries (90C, 90D): (count, currency, sum)."""
    found = _SUM.fullmatch(text)
    minor = minor_of(found[3], found[2]) if found else None
    return None if found is None or minor is None else (int(found[1]), found[2], minor)


def minor_of(amount: str, currency: str) -> int | None:
    """Give `1234,5` in minor units; None for too many decimals, no currency in force, or more than 64 bits."""
    whole, _, fraction = amount.partition(",")
    decimals = _decimals(currency)
    if decimals is None or len(fraction) > decimals:
        return None
    minor = int(whole + fraction.ljust(decimals, "0"))
    return minor if minor <= MINOR_MAX else None


_DECIMALS: dict[str, int | None] = {}


def _decimals(currency: str) -> int | None:
    """Digits after the comma; three letters make few currencies, so that the answers are kept."""
    if currency not in _DECIMALS:
        try:
            _DECIMALS[currency] = exponent(currency)
        except MoneyRefused:
            _DECIMALS[currency] = None
    return _DECIMALS[currency]


def _anchor(opened_on: dt.date | None, value_on: dt.date | None) -> dt.date | None:
    """The day that an entry date lies near: the opening balance's, unless the value date is of another year."""
    if opened_on is None or (value_on is not None and abs((value_on - opened_on).days) > 2 * _HALF_YEAR):
        return value_on
    return opened_on


def _full_day(text: str) -> dt.date | None:
    year = int(text[:2])
    try:
        return dt.date(year + (1900 if year > 79 else 2000), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


def _near_day(text: str, near: dt.date) -> dt.date | None:
    found = [day for year in (near.year, near.year - 1, near.year + 1) if (day := _day(year, text)) is not None]
    best = min(found, key=lambda day: abs((day - near).days), default=None)
    return best if best is not None and abs((best - near).days) <= _HALF_YEAR else None


def _day(year: int, text: str) -> dt.date | None:
    try:
        return dt.date(year, int(text[:2]), int(text[2:4]))
    except ValueError:
        return None


def _refused(name: str, line: int, text: str, heading: Heading) -> Refused:
    where = f"{name}:{line}"
    if heading.currency is None:
        wanted = "an opening balance (60F) or floor limit (34F) before it, with the currency"
        return Refused(line, Finding("mt940.currency", where, "a movement of a currency that nobody stated", wanted))
    found = _AMOUNT_IN.match(text)
    minor = minor_of(found[2], heading.currency) if found else None
    wanted = "YYMMDD, MMDD, a mark (C, D, RC, RD), the amount with its comma, type, reference"
    return Refused(
        line,
        Finding("mt940.line", where, excerpt(text.partition("\n")[0]), wanted),
        None if minor is None or found is None else minor * SIGN[found[1]],
    )


def _wrong_amount(name: str, line: int, amount: str, currency: str) -> Finding:
    wanted = f"an amount of a currency in force, with no more decimals than {currency} has"
    return Finding("mt940.amount", f"{name}:{line}", excerpt(f"{amount} {currency}"), wanted)


def _odd_day(name: str, line: int, text: str) -> Finding:
    return Finding("mt940.day", f"{name}:{line}", excerpt(text), "a day that exists", "warn")
