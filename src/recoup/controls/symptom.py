"""A symptom: one thing that one control sees, with everything that lets it be put beside others of the same cause."""

from typing import Literal

import msgspec

from recoup.domain.instants import Instant

Scope = Literal["leg", "line", "batch", "payout", "payment", "house", "fee"]
STATISTICAL = "statistical"
"""The family of controls that tell what is likely and never proven: they page nobody by themselves."""


class Stake(msgspec.Struct, frozen=True, gc=False):
    """Money at risk, positive minor units. The same money seen at two stations has one key per station."""

    scope: Scope
    key: str
    currency: str
    minor: int


class Source(msgspec.Struct, frozen=True, gc=False):
    """A feed that would have told us; account None where any account of the partner may."""

    partner: str
    account: str | None
    feed: str


class Symptom(msgspec.Struct, frozen=True, kw_only=True):
    """What a control saw. `seen` and `expected` are whole sentences without their full stop."""

    control: str
    kind: str
    """The family of the control: delivery, vocabulary, lifecycle, money and so on; of matching, the pair of sides."""
    cause: str
    """Names the cause within the control; the same at every check as long as it lasts."""
    classes: tuple[str, ...]
    """Names of `classes.py`, the likeliest first."""
    partner: str
    seen: str
    expected: str = ""
    account: str | None = None
    feed: str | None = None
    deliveries: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()
    legs: tuple[str, ...] = ()
    """`<dispute>:<leg>`."""
    batches: tuple[str, ...] = ()
    """`<partner>:<account>:<batch>`."""
    stakes: tuple[Stake, ...] = ()
    since_on: str | None = None
    """First ISO day on which what is missing could have been told; for a file the first day it covers."""
    until_on: str | None = None
    told_on: str | None = None
    """The ISO day that most likely tells it, where that is not the first: of several causes the nearest counts."""
    waits_for: tuple[Source, ...] = ()
    """The feeds that should have told it: a file of theirs that is missing in these days explains it."""
    silences: tuple[Source, ...] = ()
    """The feeds that it keeps from telling, where they are others or more than its own: those of an outage."""
    due_at: Instant | None = None
    """A deadline of its own, beside those of its disputes."""
    ended_at: Instant | None = None
    """Since when it is over; it is then written down as closed."""
    is_loss: bool = True
    """Something of the partner's may have been lost by it, which explains what is waited for in these days."""
    is_page: bool = False
    """Wakes somebody, whatever money and deadlines say."""
    owner: str | None = None
    """Who looks at it as long as nobody is named."""
    look: str = ""
    """The command that looks next, where it is not that of the class."""
    things: int = 1
    """How many things of one kind it stands for."""
    is_note: bool = False
    """Alone, without money or a deadline, it only informs."""
