"""Which leg a line belongs to: settled lines by what the partner says, house lines by what they answer.

A partner's word comes first (the cycle it names, then the reference it told with
the leg); only lines without either are counted, by (effective_on, identity). So
no order of arrival shows, and a later word moves a line to the leg it names.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from recoup.domain.legs import Leg
from recoup.domain.money_line import MoneyLine
from recoup.ledger.facts import HouseLine


def in_order(lines: Iterable[MoneyLine]) -> list[MoneyLine]:
    """Each line once, by (effective_on, identity)."""
    distinct = {line.id: line for line in lines}
    if len(distinct) == 1:
        return [*distinct.values()]
    return sorted(distinct.values(), key=_by_day)


def _by_day(line: MoneyLine) -> tuple[str, str]:
    return line.effective_on, line.identity


def number_lines(lines: Sequence[MoneyLine], legs: Sequence[Leg]) -> list[tuple[MoneyLine, int]]:
    """The cycle that each line settles.

    Args:
      lines: Lines of one direction, in order.
      legs: The announced legs of that direction.
    """
    if not lines:
        return []
    by_ref = {leg.ref: leg.cycle for leg in legs if leg.ref is not None}
    named = [line.cycle if line.cycle is not None else by_ref.get(line.identity) for line in lines]
    taken = {cycle for cycle in named if cycle is not None}
    numbered = []
    following = 1
    for line, cycle in zip(lines, named, strict=True):
        if cycle is None:
            while following in taken:
                following += 1
            cycle = following
            taken.add(cycle)
        numbered.append((line, cycle))
    return numbered


class Slot(NamedTuple):
    """One charge or credit that the house is to confirm."""

    leg: str
    amount_minor: int
    """Positive."""
    currency: str
    until_on: str | None = None
    """The day on which it lapsed: a provisional credit that was taken back. A later line cannot mean it."""


def place_house_lines(lines: Iterable[HouseLine], slots: Sequence[Slot], otherwise: str) -> list[tuple[HouseLine, str]]:
    """The leg that each line of the house confirms.

    In order of (effective_on, id) each takes the first free slot of its own
    amount, else the first free one. When none is free, it doubles the last one,
    so that what the house did twice shows on the leg that it did it for.

    Args:
      lines: Lines of one kind.
      slots: What may be confirmed, in order of cycle.
      otherwise: The leg when there is no slot at all.
    """
    free = list(slots)
    placed = []
    for line in sorted({line.id: line for line in lines}.values(), key=_by_day_and_id):
        lasting = [slot for slot in slots if slot.until_on is None or line.effective_on < slot.until_on]
        slot = _fitting([slot for slot in lasting if slot in free], line)
        if slot is not None:
            free.remove(slot)
        placed.append((line, slot.leg if slot else lasting[-1].leg if lasting else otherwise))
    return placed


def _fitting(free: Sequence[Slot], line: HouseLine) -> Slot | None:
    """The first free slot of the line's own amount, else the first."""
    for slot in free:
        if slot.amount_minor == abs(line.amount_minor) and slot.currency == line.currency:
            return slot
    return free[0] if free else None


def _by_day_and_id(line: HouseLine) -> tuple[str, str]:
    return line.effective_on, line.id
