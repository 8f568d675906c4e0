"""Exchange rates that a rule may name: `rates.csv` beside the rules, a row per source, day and two currencies.

A rate is kept as a whole number of billionths, so that no fraction of two comes near money.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterable
from math import gcd
from pathlib import Path

import msgspec

from recoup.domain.money import exponent
from recoup.errors import RulesInvalid

COLUMNS = ("source", "on_day", "base", "quote", "rate")
RATE_COLUMNS = {"source": "VARCHAR", "on_day": "DATE", "base": "VARCHAR", "quote": "VARCHAR", "rate_nano": "BIGINT"}
_RATE = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?")
_CURRENCY = re.compile(r"[A-Z]{3}")


class Rate(msgspec.Struct, frozen=True):
    """What one unit of `base` costs in `quote`, in billionths."""

    source: str
    on_day: dt.date
    base: str
    quote: str
    rate_nano: int


def read_rates(path: Path) -> tuple[Rate, ...]:
    """Read the rates of a file; no file is no rates.

    Raises:
      RulesInvalid: Naming the line that is no rate, or the second rate of one source, day and pair of currencies.
    """
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise RulesInvalid(f"{path.name}:1", f"columns {', '.join(rows.fieldnames or ())}", ", ".join(COLUMNS))
        return _unique(path, [_rate(path, number, row) for number, row in enumerate(rows, start=2)])


def _rate(path: Path, number: int, row: dict[str, str]) -> Rate:
    place = f"{path.name}:{number}"
    told = _RATE.fullmatch(row["rate"] or "")
    if told is None:
        raise RulesInvalid(f"{place} rate", repr(row["rate"]), "a decimal above zero such as 1.0825")
    nano = int(told[1]) * 10**9 + int((told[2] or "").ljust(9, "0"))
    if nano == 0:
        raise RulesInvalid(f"{place} rate", repr(row["rate"]), "a decimal above zero such as 1.0825")
    for column in ("base", "quote"):
        if not _CURRENCY.fullmatch(row[column] or ""):
            raise RulesInvalid(f"{place} {column}", repr(row[column]), "a currency such as EUR")
    try:
        day = dt.date.fromisoformat(row["on_day"] or "")
    except ValueError:
        raise RulesInvalid(f"{place} on_day", repr(row["on_day"]), "a day such as 2026-01-31") from None
    return Rate(row["source"], day, row["base"], row["quote"], nano)


def _unique(path: Path, rates: Iterable[Rate]) -> tuple[Rate, ...]:
    seen: dict[tuple[str, dt.date, str, str], Rate] = {}
    for number, rate in enumerate(rates, start=2):
        key = (rate.source, rate.on_day, rate.base, rate.quote)
        if seen.setdefault(key, rate) is not rate:
            raise RulesInvalid(
                f"{path.name}:{number}",
                f"a second rate of {rate.source} for {rate.base}/{rate.quote} on {rate.on_day}",
                "one",
            )
    return tuple(seen.values())


RATE_TABLE = {"on_day": "DATE", "base": "VARCHAR", "quote": "VARCHAR", "times": "BIGINT", "per": "BIGINT"}
CARRIED_DAYS_MAX = 4
"""A rate holds over a long weekend; after that there is none."""


def scaled(rates: Iterable[Rate], source: str) -> list[tuple[dt.date, str, str, int, int]]:
    """Give the rates of one source as fractions: quote times `per` is base times `times`, both in minor units.

    A day without a rate has that of the latest day before, for a long weekend at most. Each rate serves in both
    directions, unless the other direction is told itself.
    """
    told = sorted((r for r in rates if r.source == source), key=lambda r: (r.base, r.quote, r.on_day))
    days: dict[tuple[str, str, dt.date], tuple[int, int]] = {}
    for rate in told:
        up, down = 10 ** exponent(rate.quote), 10 ** exponent(rate.base)
        times, per = rate.rate_nano * up, 10**9 * down
        shared = gcd(times, per)
        days[rate.base, rate.quote, rate.on_day] = (times // shared, per // shared)
    for (base, quote, day), (times, per) in list(days.items()):
        days.setdefault((quote, base, day), (per, times))
    carried = dict(days)
    for (base, quote, day), fraction in days.items():
        for ahead in range(1, CARRIED_DAYS_MAX + 1):
            later = (base, quote, day + dt.timedelta(days=ahead))
            if later in days:
                break
            carried[later] = fraction
    return [(day, base, quote, times, per) for (base, quote, day), (times, per) in sorted(carried.items())]
