"""What people decide about breaks, as values: assigned, snoozed, known, closed, and when a decision holds no longer.

A decision is a fact of its own and is only ever added; how a break stands is a
fold of its decisions. Nothing here knows how decisions are kept: see
`enquiry/break_work.py` for that.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

import msgspec

from recoup.domain.instants import DAY, Instant
from recoup.domain.terms import PAGE_MINOR

Verb = Literal["assign", "note", "snooze", "known", "close", "link", "approve", "reopen", "gone"]
"""`gone` is Recoup's own: nothing shows the cause any more, so what was decided about it is over."""
Status = Literal["open", "snoozed", "known", "closed"]
VERBS: tuple[str, ...] = get_args(Verb)
APPROVED: tuple[Verb, ...] = ("known", "close")
"""What a second person approves above the limit."""
PAGES_TENTH = 10
"""A second person is asked from a tenth of the money on that pages: from 1,000.00 EUR, where no contract says more."""
SNOOZE_DAYS = 30
"""Looking away needs nobody else, so it ends: what is to be left alone for longer is called known or closed."""
_STATUS: Mapping[str, Status] = {"snooze": "snoozed", "known": "known", "close": "closed"}
_LOUDNESS: Mapping[str, int] = {"note": 0, "ticket": 1, "page": 2}


class Shown(msgspec.Struct, frozen=True):
    """What a break showed at an instant: money in minor units per currency, how many disputes, how loud."""

    amounts: Mapping[str, int]
    disputes: int
    severity: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was decided about one break."""

    decision: str
    break_: str
    sequence: int
    """1 for the first of a break."""
    verb: Verb
    value: str | None = None
    """The owner of `assign`, None for nobody; the ticket of `link`."""
    until_at: Instant | None = None
    reason: str | None = None
    actor: str
    is_automatic: bool = False
    at: Instant
    shown: Shown
    needs_approval: bool = False
    approves: str | None = None
    """The decision that `approve` lets hold."""


class Standing(msgspec.Struct, frozen=True):
    """How a break stands by what was decided."""

    status: Status = "open"
    owner: str | None = None
    is_assigned: bool = False
    """Somebody said who owns it, if only that nobody does."""
    ticket: str | None = None
    holds: Decision | None = None
    """What made it snoozed, known or closed."""
    waiting: Decision | None = None
    """What a second person has not approved yet."""

    @property
    def until_at(self) -> Instant | None:
        """Until when it is snoozed."""
        return self.holds.until_at if self.holds is not None else None


def standing(decisions: Iterable[Decision]) -> Standing:
    """Fold the decisions about one break, in any order, into how it stands."""
    now = Standing()
    for said in sorted(decisions, key=lambda d: d.sequence):
        now = _after(now, said)
    return now


def _after(now: Standing, said: Decision) -> Standing:
    if said.verb == "assign":
        return msgspec.structs.replace(now, owner=said.value, is_assigned=True)
    if said.verb == "link":
        return msgspec.structs.replace(now, ticket=said.value)
    if said.verb in ("reopen", "gone"):
        return msgspec.structs.replace(now, status="open", holds=None, waiting=None)
    if said.verb == "approve":
        waits = now.waiting
        return _held(now, waits) if waits is not None and waits.decision == said.approves else now
    if said.verb == "note":
        return now
    return msgspec.structs.replace(now, waiting=said) if said.needs_approval else _held(now, said)


def _held(now: Standing, said: Decision) -> Standing:
    return msgspec.structs.replace(now, status=_STATUS[said.verb], holds=said, waiting=None)


def needs_approval(verb: Verb, shown: Iterable[Shown], limits: Mapping[str, int]) -> bool:
    """Say whether a second person is asked: by the money of all breaks that are decided about at once.

    Args:
      verb: What is decided.
      shown: What each of the breaks shows.
      limits: From how much money on a break pages, by currency; `PAGE_MINOR` where nothing is said.
    """
    sums: dict[str, int] = {}
    for one in shown:
        for currency, minor in one.amounts.items():
            sums[currency] = sums.get(currency, 0) + abs(minor)
    is_much = any(minor * PAGES_TENTH >= limits.get(currency, PAGE_MINOR) for currency, minor in sums.items())
    return verb in APPROVED and is_much


def is_too_long(until_at: Instant | None, now: Instant) -> bool:
    """Say whether a snooze would last longer than one may look away alone."""
    return until_at is not None and until_at > now + SNOOZE_DAYS * DAY


def lapsed(now: Standing, shown: Shown, as_of: Instant) -> str | None:
    """Say why what was decided holds no longer though the cause lasts; None where it holds."""
    if now.holds is None:
        return None
    if now.until_at is not None and now.until_at <= as_of:
        return "its time is over"
    return grown(now.holds.shown, shown)


def grown(then: Shown, shown: Shown) -> str | None:
    """Say what a break shows more of than then: money, disputes, urgency; None where nothing."""
    for currency, minor in sorted(shown.amounts.items()):
        if abs(minor) > abs(then.amounts.get(currency, 0)):
            return f"more money is in question in {currency}"
    if shown.disputes > then.disputes:
        return f"{shown.disputes} disputes instead of {then.disputes}"
    if _LOUDNESS.get(shown.severity, 0) > _LOUDNESS.get(then.severity, 0):
        return f"{shown.severity} instead of {then.severity}"
    return None
