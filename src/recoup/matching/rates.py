"""Exchange rates that a rule may name: `rates.csv` beside the rules, a row per source, day and two currencies.

What a rate is, and how it is used: `recoup.domain.rates`.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path

from recoup.domain.rates import Rate
from recoup.errors import RulesInvalid

COLUMNS = ("source", "on_day", "base", "quote", "rate")
RATE_COLUMNS = {"source": "VARCHAR", "on_day": "DATE", "base": "VARCHAR", "quote": "VARCHAR", "rate_nano": "BIGINT"}
_RATE = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def rates_of(home: Path) -> Path:
    """Where a home keeps the rates that it goes by."""
    return home / "matching" / "rates.csv"


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


def add_rates(path: Path, rates: Iterable[Rate]) -> None:
    """Add rates to those of a home; what it has already for a source, day and pair stays.

    Raises:
      RulesInvalid: What it has cannot be read.
    """
    found = {_key(rate): rate for rate in (*rates, *read_rates(path))}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rates_text(sorted(found.values(), key=_key)), encoding="utf-8")


def rates_text(rates: Iterable[Rate]) -> str:
    """Write rates as the file has them."""
    rows = [f"{r.source},{r.on_day},{r.base},{r.quote},{_decimal(r.rate_nano)}" for r in rates]
    return "\n".join([",".join(COLUMNS), *rows, ""])


def _decimal(nano: int) -> str:
    whole, rest = divmod(nano, 10**9)
    return f"{whole}.{rest:09}"


def _key(rate: Rate) -> tuple[str, dt.date, str, str]:
    return rate.source, rate.on_day, rate.base, rate.quote


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
        if seen.setdefault(_key(rate), rate) is not rate:
            raise RulesInvalid(
                f"{path.name}:{number}",
                f"a second rate of {rate.source} for {rate.base}/{rate.quote} on {rate.on_day}",
                "one",
            )
    return tuple(seen.values())


RATE_TABLE = {"on_day": "DATE", "base": "VARCHAR", "quote": "VARCHAR", "times": "BIGINT", "per": "BIGINT"}
