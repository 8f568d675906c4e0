"""What every reading of J.P. Morgan's reports needs: its words, amounts and days, and what spreadsheets did to them.

A report that somebody opened in a spreadsheet and saved again has numbers in scientific notation, times
without hours and days in another order. What can still be read exactly is read; what cannot is absent
with a finding for its column, and is never used to know anything by.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Finding, excerpt
from recoup.domain.instants import parse_day
from recoup.domain.money import check_currency, parse_major
from recoup.errors import InstantRefused, MoneyRefused
from recoup.formats.plain_text import reference

NAME = "jpmorgan"
ZONE = "America/New_York"
"""The zone of all days: each beside its two times, Eastern and UTC, of published reports."""
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "jpmorgan/codes.csv")
_SCIENTIFIC = re.compile(r"-?[0-9](?:\.[0-9]+)?E[+-]?[0-9]{1,3}")
_NOTHING = re.compile(r"-?0(?:\.0+)?E[+-]?[0-9]{1,3}")
_HEADLESS_TIME = re.compile(r"[0-9]{2}:[0-9]{2}\.[0-9]")
_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,8})?")
_US_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
DECIMALS_WRITTEN = 8


class Refused(ValueError):
    """A row that cannot be read: the column, what was found, what was wanted. Caught where rows are taken."""

    def __init__(self, column: str, found: str, wanted: str) -> None:
        """Say which cell, and what is wrong with it."""
        super().__init__(column, found, wanted)
        self.column, self.found, self.wanted = column, found, wanted


class Damage:
    """What a spreadsheet destroyed in one file: how many values of each column, and one of them."""

    def __init__(self) -> None:
        self._columns: dict[str, tuple[int, int, str]] = {}

    def look(self, cells: Mapping[str, str], line: int) -> None:
        """Count the destroyed values of one row."""
        for column, text in cells.items():
            if ("E+" in text or text.endswith(".0")) and is_damaged(text) and not _NOTHING.fullmatch(text):
                count, first, shown = self._columns.get(column, (0, line, text))
                self._columns[column] = (count + 1, first, shown)

    def findings(self, where: str) -> Iterator[Finding]:
        """Give one finding for each column."""
        for column, (count, line, text) in self._columns.items():
            found = f"{count} values like {excerpt(text)}, as a spreadsheet leaves them"
            yield Finding(
                "jpmorgan.spreadsheet", f"{where}:{line} {column}", found, "the report as it was sent", "warn"
            )


def is_damaged(text: str) -> bool:
    """Say whether a value is what a spreadsheet leaves of a long number or of a time."""
    if "E" not in text and ":" not in text:
        return False  # most values, and this is the quick way to know it
    return _SCIENTIFIC.fullmatch(text) is not None or _HEADLESS_TIME.fullmatch(text) is not None


def sound(text: str) -> str | None:
    """Give a reference or word; None for an absent or a destroyed one."""
    return None if is_damaged(text) else reference(text)


def key(text: str, column: str) -> str:
    """Give what a row is known by.

    Raises:
      Refused: It is absent, or destroyed: nothing is known by what is left of it.
    """
    found = sound(text)
    if found is None:
        raise Refused(column, excerpt(text), "a number that is whole")
    return found


def currency_of(text: str, column: str) -> str:
    """Give a currency.

    Raises:
      Refused: It is none with minor units.
    """
    try:
        return check_currency(text)
    except MoneyRefused as error:
        raise Refused(column, error.found, error.wanted) from error


def minor(text: str, currency: str, column: str) -> int:
    """Give an amount with up to eight decimals in minor units; an absent one is refused as any other.

    Raises:
      Refused: No amount, one that a spreadsheet destroyed, or one with a fraction of a minor unit.
    """
    if _NOTHING.fullmatch(text):
        return 0  # nothing with eight decimals, `0E-8`, is nothing in every notation
    bare = text.lstrip(" +") if not text.startswith("-") else text
    try:
        if not _AMOUNT.fullmatch(bare):
            raise MoneyRefused("", excerpt(text), f"an amount with at most {DECIMALS_WRITTEN} decimals")
        whole, point, fraction = bare.partition(".")
        return parse_major(whole + (point + kept if (kept := fraction.rstrip("0")) else ""), currency)
    except MoneyRefused as error:
        raise Refused(column, error.found, error.wanted) from error


@lru_cache(maxsize=4096)
def day(text: str, column: str) -> dt.date:
    """Give a day, `2023-10-01` or `10/1/2023`.

    Raises:
      Refused: It is none.
    """
    american = _US_DAY.fullmatch(text)
    month, number, year = american.groups() if american else ("", "", "")
    try:
        return parse_day(f"{year}-{month:>02}-{number:>02}" if american else text)
    except InstantRefused as error:
        raise Refused(column, excerpt(text), "a day, 2026-01-31 or 1/31/2026") from error
