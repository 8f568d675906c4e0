"""When a partner-day may be sealed, and what each other day waits for.

A day is complete when it is over, when the contract's time for telling of it is over, when the files of that time have
come, when no break about the day is open, and when no money of the day stands in suspense. Each thing that is missing
is a `Wait` with a sentence.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Select, cast, func, or_, select

from recoup.compliance.content import each, span
from recoup.domain.calendar import add_business_days, calendar
from recoup.domain.canonical import parse
from recoup.domain.instants import day_end, local_day, render_instant
from recoup.domain.money import render
from recoup.domain.terms import Terms, terms_on
from recoup.enquiry.partner_day_sides import Account, Days, Roles
from recoup.errors import CalendarExhausted
from recoup.storage import schema
from recoup.storage.register import View
from recoup.storage.types import Whole

Kind = Literal["time", "file", "break", "suspense"]
FILES = ("file", "sequence")
SIDEWAYS = ("banks", "confirms")
"""Roles of feeds that tell of other partners' days: a bank's statement, the house's ledger."""
NOT_OF_THE_DAY = ("deadline",)
"""Kinds of breaks that say nothing about what moved on a day."""
OF_SEALS = "sealed_day_changed"
"""The control that speaks of sealed days: what it says of one day stops no other."""


class Wait(msgspec.Struct, frozen=True):
    """One thing that a day waits for."""

    kind: Kind
    what: str
    until: int | None = None
    """The instant from which on it is waited for no more, where that is known."""


class Readiness(msgspec.Struct, frozen=True):
    """One partner-day that is not sealed, and what it waits for; for nothing: it may be sealed."""

    partner: str
    account: str
    covers_on: str
    waits: tuple[Wait, ...]


def readiness(view: View, account: Account, days: Days, books: Roles, now: int) -> list[Readiness]:
    """Say of each day of an account what it waits for.

    Args:
      view: One unchanging view of the register.
      account: Whose days.
      days: From the first to the last.
      books: Of each partner, the feeds that book each role.
      now: The present.
    """
    terms = _terms(view, account)
    ripe = {day: ripe_at(account, day, terms) for day in each(days)}
    files = _files(view, account, books, days, max(ripe.values(), default=now))
    breaks, unattributed = _breaks(view, account, days), _unattributed(view, account, days)
    return [
        Readiness(
            account.partner,
            account.account,
            day,
            (*_time(at, now), *_missing(files, day, at), *breaks[day], *unattributed[day]),
        )
        for day, at in ripe.items()
    ]


def _time(at: int, now: int) -> Iterator[Wait]:
    if now <= at:
        yield Wait("time", f"by the contract what moved may be told until {render_instant(at)}", at)


# --- time -----------------------------------------------------------------------------------


def ripe_at(account: Account, day: str, terms: tuple[Terms, ...]) -> int:
    """Give the last instant at which the contract lets somebody tell of a day in time."""
    agreed = terms_on(terms, day)
    counts = (agreed.days.announce_to_settle, agreed.days.settle_to_announce, agreed.days.announce_to_house)
    after = max((count for count in counts if count is not None), default=0)
    ripe = _last_on(dt.date.fromisoformat(day), after, agreed)
    for schedule in agreed.schedules:
        ripe = max(ripe, _last_on(dt.date.fromisoformat(day), schedule.days_after, agreed))
    return day_end(ripe, account.zone)


def _last_on(day: dt.date, count: int, agreed: Terms) -> dt.date:
    if agreed.day_kind == "banking":
        try:
            return add_business_days(calendar(agreed.calendar), day, count)
        except CalendarExhausted:
            pass  # past a calendar's end days are counted as they come; its own control says that it ends
    return day + dt.timedelta(days=count)


def _terms(view: View, account: Account) -> tuple[Terms, ...]:
    c = schema.contract.c
    ours = (c.partner == account.partner, c.account == account.account)
    rows = view.rows(select(c.body).where(*ours).order_by(c.valid_from))
    return tuple(msgspec.json.decode(row[0], type=Terms) for row in rows)


# --- files ----------------------------------------------------------------------------------


class _File(msgspec.Struct, frozen=True):
    """A file that has not come; `covers_on` is None for one that is only known by its number."""

    feed: str
    subject: str
    covers_on: str | None
    opened_at: int
    due_at: int
    is_own: bool

    @property
    def name(self) -> str:
        return self.subject.rpartition(":")[2]


def _files(view: View, account: Account, books: Roles, days: Days, until: int) -> list[_File]:
    e = schema.expectation.c
    columns = (e.kind, e.feed, e.subject, e.opened_at, e.due_at, e.partner, e.account)
    is_open = (e.kind.in_(FILES), e.closed_at.is_(None), e.opened_at.between(span(account, days)[0], until))
    ours = (e.partner == account.partner) & (e.account == account.account)
    sideways = sorted(name for name, roles in books.items() if name != account.partner and set(SIDEWAYS) & set(roles))
    rows = view.rows(select(*columns).where(*is_open, or_(ours, e.partner.in_(sideways))).order_by(e.due_at, e.subject))
    return [
        _File(
            f"{partner} {feed}",
            subject,
            subject.rpartition(":")[2] if kind == "file" else None,
            opened_at,
            due_at,
            (partner, whose) == (account.partner, account.account),
        )
        for kind, feed, subject, opened_at, due_at, partner, whose in rows
    ]


def _missing(files: Sequence[_File], day: str, ripe: int) -> Iterator[Wait]:
    """Own files of the whole time in which the day may be told; of others, their file on the day."""
    for file in files:
        if file.is_own and file.opened_at <= ripe and (file.covers_on is None or file.covers_on >= day):
            told = f"of {file.name}" if file.covers_on else f"number {file.name}"
        elif not file.is_own and file.covers_on == day:
            told = f"of {file.name}"
        else:
            continue
        yield Wait("file", f"{file.feed} {told} has not come, due {render_instant(file.due_at)}")


# --- suspense -------------------------------------------------------------------------------


def _unattributed(view: View, account: Account, days: Days) -> Mapping[str, list[Wait]]:
    """What came on each day and still belongs to nothing, by currency.

    The break that explains it may be another partner's, about a file that never came, and name no day of this account.
    What a person called known is not waited for.
    """
    p, e, b = schema.posting.c, schema.entry.c, schema.break_.c
    known = {part for row in view.rows(select(b.cause).where(b.status == "known")) for part in row[0].split(":")}
    asked = frozenset(each(days))
    balance = cast(func.sum(p.amount_minor), Whole)
    statement = (
        select(func.min(e.effective_on), p.batch, p.currency, balance)
        .select_from(schema.posting)
        .join(schema.entry, e.entry == p.entry)
        .where(e.is_active == 1, p.account == "suspense")
        .where(p.partner == account.partner, p.partner_account == account.account)
        .group_by(p.dispute, p.leg, p.batch, p.currency)
        .having(balance != 0)
    )
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for day, batch, currency, minor in view.rows(statement):
        if day in asked and batch not in known:
            sums[day, currency] += abs(minor)
    found: dict[str, list[Wait]] = defaultdict(list)
    for (day, currency), minor in sorted(sums.items()):
        found[day].append(Wait("suspense", f"{render(minor, currency)} stands in suspense"))
    return found


# --- breaks ---------------------------------------------------------------------------------


class _Break(msgspec.Struct, frozen=True):
    id: str
    control: str
    cause: str
    partner: str
    account: str | None
    disputes: tuple[str, ...]
    deliveries: tuple[str, ...]

    @property
    def wait(self) -> Wait:
        return Wait("break", f"{self.control.replace('_', ' ')} {self.id} is open")


def _breaks(view: View, account: Account, days: Days) -> Mapping[str, list[Wait]]:
    """The open breaks about each day: by the day they name, their deliveries, their leg, batch or disputes."""
    found: dict[str, list[Wait]] = defaultdict(list)
    moved = _Moved(view, account, days)
    for b in _open_breaks(view):
        for day in moved.days_of(b):
            found[day].append(b.wait)
    return found


def _open_breaks(view: View) -> list[_Break]:
    b = schema.break_.c
    columns = (b.break_, b.control, b.cause, b.partner, b.account, b.disputes, b.deliveries)
    is_ours = (b.status == "open", b.kind.not_in(NOT_OF_THE_DAY), b.control != OF_SEALS)
    rows = view.rows(select(*columns).where(*is_ours).order_by(b.first_seen_at, b.break_))
    return [_Break(*(*row[:5], tuple(parse(row[5])), tuple(parse(row[6])))) for row in rows]


class _Moved:
    """On which of the days of one account something of a dispute, a batch or a delivery moved."""

    def __init__(self, view: View, account: Account, days: Days) -> None:
        self._view, self._account = view, account
        self._days = frozenset(each(days))

    def days_of(self, b: _Break) -> list[str]:
        """Give the days that a break is about, those of this account alone."""
        parts = b.cause.split(":")
        is_own = b.partner == self._account.partner and b.account in (None, self._account.account)
        days = {part for part in parts if part in self._days} if is_own else set()
        if is_own and b.deliveries:
            days |= self._of_deliveries(b.deliveries)
        if parts[:2] == [self._account.partner, self._account.account] and len(parts) > 2:
            days |= self._of_batch(parts[2])
        days |= self._of_disputes(b)
        return sorted(days & self._days)

    def _of_disputes(self, b: _Break) -> set[str]:
        p = schema.posting.c
        rows = []
        for dispute in b.disputes:
            leg = b.cause.removeprefix(f"{dispute}:")
            of_leg = [p.leg == leg] if leg != b.cause and len(leg) < 5 else []  # a cause may name the leg
            rows += self._view.rows(self._entries().where(p.dispute == dispute, *of_leg))
        return {row[0] for row in rows}

    def _of_batch(self, batch: str) -> set[str]:
        p = schema.posting.c
        return {row[0] for row in self._view.rows(self._entries().where(p.batch == batch))}

    def _entries(self) -> Select[Any]:
        e, p = schema.entry.c, schema.posting.c
        ours = (p.partner == self._account.partner, p.partner_account == self._account.account)
        joined = schema.posting.join(schema.entry, e.entry == p.entry)
        return select(e.effective_on).select_from(joined).where(*ours, e.is_active == 1).distinct()

    def _of_deliveries(self, deliveries: Iterable[str]) -> set[str]:
        d = schema.delivery
        names = [c.name for c in d.columns]
        at = [names.index(name) for name in ("covers_on", "landed_at")]
        rows = [[row[i] for i in at] for row in self._view.by_keys(d, "delivery", deliveries)]
        return {on or local_day(landed_at, self._account.zone).isoformat() for on, landed_at in rows}
