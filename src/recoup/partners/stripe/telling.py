"""What every mapping of Stripe's objects needs beside `recoup.partners.telling`: its words, and its times."""

from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Notes
from recoup.domain.instants import from_epoch_seconds
from recoup.errors import InstantRefused

NAME = "stripe"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "stripe/codes.csv")
meaning = CODES.meaning


def instant(seconds: int | None, field: str, notes: Notes) -> int | None:
    """Give the instant that a field names; an absent or impossible one is None, the latter with a note."""
    if seconds is None:
        return None
    try:
        return from_epoch_seconds(seconds)
    except InstantRefused as error:
        notes.add("stripe.instant", field, error.found, error.wanted)
        return None
