"""What a person reads above a column, and in a cell: words and grouped digits in place of names and exact texts."""

import re

from recoup.domain.instants import parse_instant, render_minute
from recoup.reports.answers import Text, shown_head
from recoup.reports.questions import Column

NOTHING = "–"
_UNITS = {"days": "days", "pct": "%", "bps": "bp", "hours": "hours"}
_OURS = re.compile(r"[a-z]{3}_[a-z2-7]{26}")
_SHORT = 12


def head_of(column: Column) -> str:
    """Give the words above a column: `age_days` is `Age, days`, `act_by_at` is `Act by`."""
    words = shown_head(column).split("_")
    if len(words) > 1 and words[-1] in _UNITS:
        return f"{_sentence(words[:-1])}, {_UNITS[words[-1]]}"
    if len(words) > 1 and words[-1] in ("at", "on") and column.kind in ("instant", "day"):
        words = words[:-1]
    return _sentence(words)


def cell_of(column: Column, text: Text) -> str:
    """Give what a person reads in a cell: grouped digits, instants to the minute, ids of ours shortened."""
    if text is None:
        return NOTHING
    if column.kind in ("whole", "decimal"):
        return grouped(text)
    if column.kind == "instant":
        return render_minute(parse_instant(text)).removesuffix(" UTC")
    if column.kind == "flag":
        return "yes" if text == "true" else "no"
    return text[:_SHORT] if _OURS.fullmatch(text) else text


def grouped(text: str) -> str:
    """Group the digits before the point: `1234567.50` is `1,234,567.50`; a minus is one, not a hyphen."""
    sign, digits = ("\N{MINUS SIGN}", text[1:]) if text.startswith("-") else ("", text)
    whole, point, fraction = digits.partition(".")
    return f"{sign}{int(whole):,}{point}{fraction}"


def _sentence(words: list[str]) -> str:
    text = " ".join(words)
    return text[:1].upper() + text[1:]
