"""What codes and days of ACH mean to us: its vocabularies, and the day on which an entry settles."""

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import get_args

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Notes
from recoup.domain.instants import local_day
from recoup.domain.observation import Nature
from recoup.formats.nacha_records import Entry, FileHeader
from recoup.partners.contract import Arrived

NAME = "ach"
CURRENCY = "USD"
"""Entries are in US dollars, international ones too: their foreign amount is an addenda."""
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "ach/codes.csv")
_NATURES: dict[str, Nature] = {nature: nature for nature in get_args(Nature)}


def nature(code: str, on: dt.date) -> Nature | None:
    """Why a return with this code came back; None where the code leaves it open or is not known."""
    return _NATURES.get(CODES.meaning("nature", code, on) or "")


def settled_on(entry: Entry, arrived: Arrived, notes: Notes) -> dt.date:
    """Give the day an entry settles: as the operator states it, else the day of its file, else when the file came."""
    created = entry.file.created_on if entry.file is not None else None
    landed = local_day(arrived.landed_at, arrived.zone)
    stated = entry.batch.settled_on(created or landed)
    if stated is None and created is None:
        notes.add("ach.day", "Settlement Date", "neither it nor a creation date", "a day", "warn")
    return stated or created or landed


def file_key(entry: Entry) -> str | None:
    """Name the file that an entry came in, as its header does: sender, day and modifier."""
    return None if entry.file is None else _key_of(entry.file)


@lru_cache(maxsize=64)
def _key_of(header: FileHeader) -> str | None:
    created = header.created_on
    return None if created is None else f"{header.origin} {created.isoformat()} {header.modifier}".strip()
