"""What people rule that derivation follows from: that a period of the books is locked, for one. Values only.

A ruling is a fact of its own, dated and with a reason, and is only ever added: a later one on the same subject takes
its place. A replay is given all of them, so that what follows from them follows again. What is decided about a break
is no ruling: nothing is derived from it (`break_work.py`). Read `storage/rulings.py` for how they are kept.
"""

from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

from recoup.domain.ids import derive
from recoup.domain.instants import Instant

Kind = Literal["books_locked_through", "account_phase", "account_opening", "shape_accepted", "schedule"]
"""What is ruled on: of a book, the last day that takes no entry; of a partner's account, its phase, and the balances
that its books begin with (`partner_life.py`); of a feed, what of its shape is accepted, and when its files are due."""
KINDS: tuple[str, ...] = get_args(Kind)


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """One thing ruled on one subject."""

    ruling: str
    kind: Kind
    subject: str
    """The name of a book; `partner/account`; of a feed canonical JSON of partner, account and feed."""
    sequence: int
    """1 for the first of a kind and subject."""
    value: str | None = None
    """What holds from then on; of an approval nothing."""
    reason: str
    actor: str
    at: Instant
    """Since when it is known."""
    needs_approval: bool = False
    """It holds once another person approves it."""
    approves: str | None = None
    """The ruling that this one lets hold."""


class Held(msgspec.Struct, frozen=True):
    """A ruling since it holds: its own instant, or that of the approval."""

    since_at: Instant
    said: Ruling
    approved_by: str | None = None


class Standing(msgspec.Struct, frozen=True):
    """What was ruled on one subject: all that holds or held, in order, and what waits for a second person."""

    held: tuple[Held, ...] = ()
    waiting: Ruling | None = None

    @property
    def value(self) -> str | None:
        """What holds now."""
        return self.held[-1].said.value if self.held else None


def standing(rulings: Iterable[Ruling]) -> Standing:
    """Fold the rulings of one kind on one subject, in any order."""
    now = Standing()
    for said in sorted(rulings, key=lambda r: r.sequence):
        if said.needs_approval:
            now = Standing(now.held, said)
        elif said.approves is None:
            now = Standing((*now.held, Held(said.at, said)))
        elif now.waiting is not None and now.waiting.ruling == said.approves:
            now = Standing((*now.held, Held(said.at, now.waiting, said.actor)))
    return now


def ruling_id(kind: Kind, subject: str, sequence: int) -> str:
    """The id of a ruling."""
    return derive("rul", kind, subject, sequence)
