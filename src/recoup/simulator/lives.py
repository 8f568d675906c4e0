"""How cases go, as scripts: each life is a row of steps with the hours that pass before each.

A deck of lives is dealt over and over, so that a month shows every outcome. The
hours are shorter than most issuers take, so that many lives end within it; the
order of the steps is what the partners document. The house answers or accepts in
good time: a dispute that runs out unanswered is a fault, not a clean day.
"""

from collections.abc import Sequence

import msgspec


class Beat(msgspec.Struct, frozen=True):
    """One step of a life and how many hours, at least and at most, after the step before it."""

    word: str
    hours_min: int
    hours_max: int


class Life(msgspec.Struct, frozen=True):
    """One way that a case may go; `weight` cards of it are in the deck."""

    name: str
    weight: int
    beats: tuple[Beat, ...]
    kind: str
    then: str | None
    """What else befalls the payment: `refund`, or `dispute` (of its own, days later)."""
    codes: tuple[str, ...]
    """The reason codes that it may have; none where they follow from what was paid with."""
    age_days: tuple[int, int] | None
    """How old the payment is, at least and at most; None where a scheme does not care."""


def life(
    name: str,
    weight: int,
    *beats: tuple[str, int, int],
    kind: str = "dispute",
    then: str | None = None,
    codes: tuple[str, ...] = (),
    age_days: tuple[int, int] | None = None,
) -> Life:
    """One life, from its name, its weight in the deck and its beats."""
    return Life(name, weight, tuple(Beat(*beat) for beat in beats), kind, then, codes, age_days)


NEVER = 24 * 400
"""Hours until a decision that no simulated span sees."""

INQUIRY = ("inquiry", 0, 0)
"""The beat with which a partner asks before it takes."""


def deck(lives: Sequence[Life]) -> list[Life]:
    """All cards of a partner's deck, before it is shuffled."""
    return [one for one in lives for _ in range(one.weight)]


def life_of(lives: Sequence[Life], name: str) -> Life:
    """The life of this name."""
    return next(one for one in lives if one.name == name)
