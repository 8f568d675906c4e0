"""Values of fixed-width fields: signs punched into the last digit, days without a year or with its last digit alone.

Pure. What does not fit gives None: the caller knows which record it was and says so.
"""

import datetime as dt
import re

_POSITIVE = {"{": "0"} | {chr(ord("A") + n): str(n + 1) for n in range(9)}
_NEGATIVE = {"}": "0"} | {chr(ord("J") + n): str(n + 1) for n in range(9)}
DIGITS_MAX = 18
"""What 64 bits hold whatever the digits are."""
_FORMS = {
    "YYYYMMDD": re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
    "MMDDYYYY": re.compile(r"(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?P<year>[0-9]{4})"),
    "DDMMYY": re.compile(r"(?P<day>[0-9]{2})(?P<month>[0-9]{2})(?P<year>[0-9]{2})"),
    "YYYYDDD": re.compile(r"(?P<year>[0-9]{4})(?P<ordinal>[0-9]{3})"),
    "YYDDD": re.compile(r"(?P<year>[0-9]{2})(?P<ordinal>[0-9]{3})"),
}
YEARS_AROUND = 5
"""How many years a last digit of a year reaches back and forth: five, or it would be ambiguous."""


def number(text: str) -> int | None:
    """Give the number that digits write; None for blanks, other characters or more than 18 digits."""
    bare = text.strip(" ")
    # `isdigit` alone would take digits of other scripts, and `int` signs and underscores.
    return int(bare) if bare.isdigit() and bare.isascii() and len(bare) <= DIGITS_MAX else None


def overpunched(text: str) -> int | None:
    """Give a signed number whose last character is digit and sign in one: `00002254H` is 22548, `0000345N` is -3455.

    A plain last digit is unsigned, and positive. None for anything else.

    Source:
      Finance::AMEX::Transaction, on SOC_AMOUNT: A to I and { are positive, J to R and } negative.
    """
    bare = text.strip(" ")
    if not bare:
        return None
    body, last = bare[:-1], bare[-1]
    if last in _POSITIVE:
        return number(body + _POSITIVE[last])
    if last in _NEGATIVE:
        size = number(body + _NEGATIVE[last])
        return None if size is None else -size
    return number(bare)


def day(text: str, form: str) -> dt.date | None:
    """Give the day that a text of one of the forms with a year writes; two-digit years are of this century."""
    found = _FORMS[form].fullmatch(text) if form in _FORMS else None
    if found is None:
        return None
    parts = found.groupdict()
    year = int(parts["year"]) + (2000 if len(parts["year"]) == 2 else 0)
    if "ordinal" in parts:
        return of_year(year, int(parts["ordinal"]))
    return _date(year, int(parts["month"]), int(parts["day"]))


def of_year(year: int, ordinal: int) -> dt.date | None:
    """Give the nth day of a year; None where the year has no such day."""
    first = _date(year, 1, 1)
    if first is None or not 1 <= ordinal <= 366:
        return None
    found = first + dt.timedelta(days=ordinal - 1)
    return found if found.year == year else None


def day_by_last_digit(text: str, near: dt.date) -> dt.date | None:
    """Give the day of YDDD that is nearest to another: "9365" near 2020-01-02 is 2019-12-31."""
    if not re.fullmatch(r"[0-9]{4}", text):
        return None
    years = (near.year + n for n in range(-YEARS_AROUND, YEARS_AROUND + 1) if (near.year + n) % 10 == int(text[0]))
    return _nearest([of_year(year, int(text[1:])) for year in years], near)


def day_of_no_year(text: str, near: dt.date) -> dt.date | None:
    """Give the day of MMDD that is nearest to another: "1231" near 2020-01-02 is 2019-12-31."""
    if not re.fullmatch(r"[0-9]{4}", text):
        return None
    years = range(near.year - 4, near.year + 5)  # a 29th of February may be four years off
    month, of_month = int(text[:2]), int(text[2:])
    return _nearest([_date(year, month, of_month) for year in years], near)


def day_of_no_year_until(text: str, until: dt.date) -> dt.date | None:
    """Give the latest day of MMDD that is not after another: "1231" until 2020-01-02 is 2019-12-31."""
    if not re.fullmatch(r"[0-9]{4}", text):
        return None
    days = [_date(until.year - back, int(text[:2]), int(text[2:])) for back in range(9)]
    return next((found for found in days if found is not None and found <= until), None)


def day_of_no_month_until(text: str, until: dt.date) -> dt.date | None:
    """Give the latest day with this number in its month that is not after another: "31" until 03-01 is 01-31."""
    if not re.fullmatch(r"[0-9]{2}", text):
        return None
    months = ((until.year * 12 + until.month - 1 - back) for back in range(13))
    days = [_date(month // 12, month % 12 + 1, int(text)) for month in months]
    return next((found for found in days if found is not None and found <= until), None)


def _nearest(days: list[dt.date | None], near: dt.date) -> dt.date | None:
    return min((found for found in days if found is not None), key=lambda found: abs(found - near), default=None)


def _date(year: int, month: int, of_month: int) -> dt.date | None:
    try:
        return dt.date(year, month, of_month)
    except ValueError:
        return None
