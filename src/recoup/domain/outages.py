"""An outage of a partner as one object: from when to when nothing was to be expected of it, of which feeds, and why.

Told by people, word by word, each with its reason; how an outage stands is its latest word. What was due within it is
held and not overdue, until it is over and a grace has passed. Nothing here knows how words are kept.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from recoup.domain.instants import HOUR, Instant

Verb = Literal["open", "change", "close", "withdraw"]
GRACE_HOURS = 24
"""After the end a partner sends what it held back: a day, where nobody says otherwise."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One thing said of one outage; it repeats all that holds after it."""

    word: str
    outage: str
    sequence: int
    """1 for the first of an outage."""
    verb: Verb
    partner: str
    account: str | None = None
    """None for all accounts there."""
    feeds: tuple[str, ...] = ()
    """Empty for all of them."""
    from_at: Instant
    to_at: Instant | None = None
    """None while nobody knows the end."""
    grace_hours: int = GRACE_HOURS
    reason: str
    actor: str
    at: Instant


class Source(msgspec.Struct, frozen=True):
    """A feed from which something should come; account None where any of the partner's may tell it."""

    partner: str
    account: str | None
    feed: str


class Outage(msgspec.Struct, frozen=True):
    """How one outage stands."""

    words: tuple[Word, ...]
    """In order; one at least."""

    @property
    def now(self) -> Word:
        """The latest word."""
        return self.words[-1]

    @property
    def outage(self) -> str:
        """Its id."""
        return self.now.outage

    @property
    def is_withdrawn(self) -> bool:
        """It was none."""
        return self.now.verb == "withdraw"

    @property
    def is_open(self) -> bool:
        """Nobody has said that it is over."""
        return not self.is_withdrawn and self.now.to_at is None

    @property
    def released_at(self) -> Instant | None:
        """When what it holds is due: its end and the grace; None while it is open."""
        return None if self.now.to_at is None else self.now.to_at + self.now.grace_hours * HOUR

    def lasts_at(self, at: Instant) -> bool:
        """Whether something still follows from it at an instant: it is open, or its grace has not passed."""
        return not self.is_withdrawn and self.now.from_at <= at and (self.is_open or at < (self.released_at or 0))

    def covers(self, partner: str, account: str | None, feed: str | None) -> bool:
        """Whether it is about a feed of an account; None for any of them."""
        said = self.now
        is_account = said.account is None or account in (None, said.account)
        is_feed = not said.feeds or feed is None or feed in said.feeds
        return not self.is_withdrawn and said.partner == partner and is_account and is_feed

    def holds(self, sources: Iterable[Source], due_at: Instant) -> bool:
        """Whether what was due at an instant, from one of these sources, was due within it or before its grace ends."""
        released_at = self.released_at
        within = self.now.from_at <= due_at and (released_at is None or due_at <= released_at)
        return within and any(self.covers(s.partner, s.account, s.feed) for s in sources)


class Hold(msgspec.Struct, frozen=True):
    """What keeps an expectation from being overdue."""

    outage: str
    until_at: Instant | None
    """When it is due instead; None while the outage is open."""
    reason: str

    def is_over(self, at: Instant) -> bool:
        """Whether it is due again."""
        return self.until_at is not None and self.until_at <= at


def outages(words: Iterable[Word]) -> list[Outage]:
    """Fold words, in any order, into outages, in order of their beginning."""
    by_outage: dict[str, list[Word]] = {}
    for word in sorted(words, key=lambda w: (w.outage, w.sequence)):
        by_outage.setdefault(word.outage, []).append(word)
    found = [Outage(tuple(told)) for told in by_outage.values()]
    return sorted(found, key=lambda one: (one.now.from_at, one.outage))


def hold_of(sources: Iterable[Source], due_at: Instant, known: Iterable[Outage]) -> Hold | None:
    """Give what holds an expectation: of several outages the one that ends last; None where nothing does."""
    told = tuple(sources)
    holding = [one for one in known if one.holds(told, due_at)]
    if not holding:
        return None
    last = max(holding, key=lambda one: (one.is_open, one.released_at or 0, one.outage))
    return Hold(last.outage, last.released_at, last.words[0].reason)
