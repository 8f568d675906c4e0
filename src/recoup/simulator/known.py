"""The list of all faults that dispute integrations are known to have: which can be simulated, and what of the others.

Never silent about a gap: what no data can show is named with the outside check that bounds it, what is not built yet
with what it waits for.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from recoup.simulator.fault import Fault
from recoup.simulator.faults import FAULTS

State = Literal["built", "undetectable", "not_built"]
_TABLE = Path(__file__).parent / "tables" / "known_faults.csv"


class Place(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """One way to ask for a fault."""

    word: str
    title: str
    partner: str
    feed: str
    class_: str
    cause: str
    ends: Literal["open", "heals", "silent"]
    """What a sound platform has of it in the end: an open break, one that closed by itself, none ever."""


class Known(msgspec.Struct, frozen=True):
    """One fault of the list."""

    fault: str
    title: str
    state: State
    outside_check: str
    """What bounds it, or the part of it, that no data shows; else empty."""
    waits_for: str
    """What must exist before it can be built; else empty."""
    places: Sequence[Place]


def known_faults() -> list[Known]:
    """All faults of the list, in its order."""
    with _TABLE.open(encoding="utf-8", newline="") as lines:
        return [_known(row) for row in csv.DictReader(lines)]


def _known(row: dict[str, str]) -> Known:
    places = [_place(word, fault) for word, fault in FAULTS.items() if word.partition("-")[0] == row["fault"]]
    return Known(row["fault"], row["title"], _state(row, places), row["outside_check"], row["waits_for"], places)


def _state(row: dict[str, str], places: Sequence[Place]) -> State:
    if places:
        return "built"
    return "undetectable" if row["outside_check"] and not row["waits_for"] else "not_built"


def _place(word: str, fault: Fault) -> Place:
    ends: Literal["open", "heals", "silent"] = "heals" if fault.is_harmless else "open"
    return Place(
        word=word,
        title=fault.title,
        partner=fault.partner,
        feed=fault.feed,
        class_=fault.class_,
        cause=fault.cause,
        ends="silent" if fault.is_silent else ends,
    )
