"""What every mapping of Klarna's objects needs beside `recoup.partners.telling`: its words, and its times."""

import datetime as dt
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Notes
from recoup.domain.instants import parse_instant
from recoup.errors import InstantRefused

NAME = "klarna"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "klarna/codes.csv")


def meaning(vocabulary: str, word: str | None, on: dt.date) -> str | None:
    """Give what a word means on a day; None for an absent word, as for one that is not known."""
    return None if word is None else CODES.meaning(vocabulary, word, on)


def instant(text: str | None, field: str, notes: Notes) -> int | None:
    """Give the instant that a field names; an absent or impossible one is None, the latter with a note."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except InstantRefused as error:
        notes.add("klarna.instant", field, error.found, error.wanted)
        return None
