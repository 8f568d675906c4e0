"""The life of an account at a partner, as dated rulings of people: trial, opening balances, live, closing, closed.

The phase of an account, and since when its facts are booked, are a fold of what was ruled over the phase that it was
set up with. Nothing here knows how rulings are kept: `ruling.py` has their shape. Read `ledger/opening.py` next for
what an opening entry books.
"""

from collections.abc import Sequence
from typing import Literal, get_args

import msgspec

from recoup.domain.canonical import canonical
from recoup.domain.instants import Instant
from recoup.domain.ruling import Held, Standing

Phase = Literal["shadow", "live", "closing", "closed"]
PHASES: tuple[str, ...] = get_args(Phase)
SHADOW: Phase = "shadow"
FROM_THE_FIRST = ""
"""`books_from` of an account that was never in trial: before every ISO day."""


class Balance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One opening balance that was agreed: debit positive, minor units."""

    account: str
    """Of the chart, such as partner_clearing."""
    currency: str
    amount_minor: int
    says: str = ""
    """Where it stands: the page of the statement, the house's own report."""


class PhaseSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a ruling on a phase says."""

    phase: Phase
    from_on: str
    """ISO day in the account's zone, from which on it holds."""
    missing: tuple[str, ...] = ()
    """What the gate, or the closing, still asked for."""
    statement: str | None = None
    """Of the end: the partner's last statement, by its own number or date."""


class OpeningSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a ruling on an opening says: what an account has at the beginning of a day."""

    on: str
    """ISO day in the account's zone; what happened on it or later is not in the balances."""
    statement: str
    """The partner's statement that they were agreed with, by its own number or date."""
    balances: tuple[Balance, ...] = ()
    statement_hash: str | None = None
    """Hex SHA-256 of the statement's bytes, where a person had them."""


def write_said(said: PhaseSaid | OpeningSaid) -> str:
    """A ruling's value, as canonical JSON."""
    return canonical(msgspec.to_builtins(said))


_PHASE = msgspec.json.Decoder(PhaseSaid)
_OPENING = msgspec.json.Decoder(OpeningSaid)


class Change(msgspec.Struct, frozen=True):
    """A phase that was ruled, since it holds."""

    ruling: str
    said: PhaseSaid
    at: Instant
    by: str
    approved_by: str | None
    reason: str


class Opening(msgspec.Struct, frozen=True):
    """Opening balances that were agreed and approved."""

    ruling: str
    said: OpeningSaid
    at: Instant
    by: str
    approved_by: str | None
    reason: str


class Waiting(msgspec.Struct, frozen=True):
    """What a second person has not approved yet."""

    ruling: str
    what: PhaseSaid | OpeningSaid
    by: str
    at: Instant
    reason: str


class Life(msgspec.Struct, frozen=True):
    """How an account stands by what was ruled."""

    initial: str = "live"
    """The phase that it was set up with."""
    changes: tuple[Change, ...] = ()
    """Phases that were ruled, in the order in which they came to hold."""
    openings: tuple[Opening, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    @property
    def phase(self) -> str:
        """The phase that the account is in now."""
        return self.changes[-1].said.phase if self.changes else self.initial

    @property
    def since_on(self) -> str | None:
        """Since which ISO day it is in that phase; None where it was set up so."""
        return self.changes[-1].said.from_on if self.changes else None

    @property
    def began(self) -> Change | None:
        """The change by which its facts are booked; None where they are from the first, or not at all."""
        before, found = self.initial, None
        for change in self.changes:
            if change.said.phase == SHADOW:
                found = None
            elif before == SHADOW:
                found = change
            before = change.said.phase
        return found

    @property
    def books_from(self) -> str | None:
        """From which ISO day on facts are booked, "" from the first; None in trial, where none are."""
        began = self.began
        if began is not None:
            return began.said.from_on
        return None if self.phase == SHADOW else FROM_THE_FIRST

    @property
    def opening(self) -> Opening | None:
        """The latest opening balances that were agreed."""
        return self.openings[-1] if self.openings else None

    @property
    def ends_on(self) -> str | None:
        """The first ISO day on which it is closed for good; None while it is not."""
        return self.since_on if self.phase == "closed" else None

    @property
    def closes_on(self) -> str | None:
        """The ISO day from which on no new dispute is expected; None where any may come, or nobody ruled a day."""
        if self.phase not in ("closing", "closed"):
            return None
        found = [change.said.from_on for change in self.changes if change.said.phase == "closing"]
        return found[-1] if found else None


def life(initial: str, phases: Standing, openings: Standing) -> Life:
    """Fold what was ruled about one account over the phase that it was set up with."""
    return Life(
        initial,
        changes=tuple(Change(held.said.ruling, _phase(held), *_signed(held)) for held in phases.held),
        openings=tuple(Opening(held.said.ruling, _opening(held), *_signed(held)) for held in openings.held),
        waiting=(*_waiting(phases, _PHASE), *_waiting(openings, _OPENING)),
    )


def _phase(held: Held) -> PhaseSaid:
    return _PHASE.decode(held.said.value or "")


def _opening(held: Held) -> OpeningSaid:
    return _OPENING.decode(held.said.value or "")


def _signed(held: Held) -> tuple[Instant, str, str | None, str]:
    return held.since_at, held.said.actor, held.approved_by, held.said.reason


def _waiting(
    now: Standing, read: "msgspec.json.Decoder[PhaseSaid] | msgspec.json.Decoder[OpeningSaid]"
) -> Sequence[Waiting]:
    said = now.waiting
    if said is None:
        return []
    return [Waiting(said.ruling, read.decode(said.value or ""), said.actor, said.at, said.reason)]
