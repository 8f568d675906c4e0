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

State = Literal["built", "on_us", "undetectable", "not_built"]
_TABLES = Path(__file__).parent / "tables"


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
    injected: str
    """How the tests bring it about in the running program, where it is one of our own side that no delivery shows."""
    places: Sequence[Place]


def known_faults() -> list[Known]:
    """All faults of the list, in its order."""
    injected = {row["fault"]: row["injected"] for row in _rows("own_side.csv")}
    return [_known(row, injected.get(row["fault"], "")) for row in _rows("known_faults.csv")]


def _rows(name: str) -> list[dict[str, str]]:
    with (_TABLES / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _known(row: dict[str, str], injected: str) -> Known:
    places = [_place(word, fault) for word, fault in FAULTS.items() if word.partition("-")[0] == row["fault"]]
    state = _state(row, injected, places)
    return Known(row["fault"], row["title"], state, row["outside_check"], row["waits_for"], injected, places)


def _state(row: dict[str, str], injected: str, places: Sequence[Place]) -> State:
    if places:
        return "built"
    if injected:
        return "on_us"
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
