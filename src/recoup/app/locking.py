"""Locking and opening periods of the books as use cases: one ruling each, in a batch of its own.

A lock is one person's when the period is over, its books balance and every day of it is sealed. What locks all the
same, or opens what was locked, holds once a second person approves it.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from recoup.compliance import close
from recoup.domain.card_numbers import mask
from recoup.domain.instants import render_instant
from recoup.domain.ruling import Kind, Ruling, Standing
from recoup.enquiry import books
from recoup.enquiry.partner_day_sides import Account, Roles, our_accounts
from recoup.errors import LockRefused, UsageProblem
from recoup.ledger.periods import day_before, first_and_last
from recoup.storage import rulings, schema
from recoup.storage.register import Batch, Register, View

KIND: Kind = "books_locked_through"
MISSING_SHOWN = 3


class Locked(msgspec.Struct, frozen=True):
    """How a book stands after somebody locked, opened or approved."""

    book: str
    locked_through: str | None
    """The last day that takes no entry."""
    waiting: str | None
    """What waits for a second person: the last day that will be locked; None where nothing waits."""
    is_waiting: bool
    missing: tuple[str, ...]
    """What was not complete when it was locked all the same."""


class Locking:
    """What can be done with the periods of one home's books."""

    def __init__(self, register: Register, roles: Roles, *, actor: str, now: int, recorded_at: int) -> None:
        self._register, self._roles = register, roles
        self._actor, self._now, self._recorded_at = actor, now, recorded_at

    def lock(self, period: str, book: str, reason: str, *, is_forced: bool = False) -> Locked:
        """Lock a period and all before it: entries about its days then go to the next open one.

        Raises:
          LockRefused: No such book, a period that is locked or not over, or one that is not complete and is not forced.
          UsageProblem: It is no period.
        """
        _, last_on = _days(period)
        with self._register.transaction(self._actor, "lock", f"{book} {period}", self._recorded_at) as batch:
            locked_through = _book(batch, book)
            if locked_through is not None and last_on <= locked_through:
                raise LockRefused(f"{book} {period}", f"locked through {locked_through}", "a period that is open")
            if render_instant(self._now)[:10] <= last_on:
                raise LockRefused(f"{book} {period}", "a period that is not over", "a month in the past")
            missing = self._missing(batch, book, period)
            if missing and not is_forced:
                raise _incomplete(book, period, missing)
            return self._rule(batch, book, last_on, reason, missing, needs_approval=bool(missing))

    def unlock(self, period: str, book: str, reason: str) -> Locked:
        """Ask to open a period and all after it; a second person approves it.

        Raises:
          LockRefused: No such book, or a period that is open.
          UsageProblem: It is no period.
        """
        first_on, _ = _days(period)
        with self._register.transaction(self._actor, "unlock", f"{book} {period}", self._recorded_at) as batch:
            locked_through = _book(batch, book)
            if locked_through is None or locked_through < first_on:
                found = "nothing locked" if locked_through is None else f"locked through {locked_through}"
                raise LockRefused(f"{book} {period}", found, "a period that is locked", "See: recoup books periods")
            before = day_before(first_on)
            first_locked = _first_locked(rulings.rulings(batch, KIND, book))
            value = before if first_locked is not None and first_locked <= before else None
            return self._rule(batch, book, value, reason, (), needs_approval=True)

    def approve(self, book: str, reason: str) -> Locked:
        """Let what waits on a book hold.

        Raises:
          LockRefused: No such book, nothing waits, or it was this person who asked for it.
        """
        with self._register.transaction(self._actor, "approve", book, self._recorded_at) as batch:
            _book(batch, book)
            waits = rulings.standings(batch, KIND).get(book, Standing()).waiting
            if waits is None:
                raise LockRefused(book, "nothing that waits for approval", "a lock that waits for a second person")
            if waits.actor == self._actor:
                remedy = f'Another person runs: recoup books approve --book {book} --reason "…"'
                raise LockRefused(book, f"{self._actor}, who asked for it", "a second person", remedy)
            return self._rule(batch, book, waits.value, reason, (), approves=waits.ruling)

    def _rule(
        self,
        batch: Batch,
        book: str,
        value: str | None,
        reason: str,
        missing: Sequence[str],
        *,
        needs_approval: bool = False,
        approves: str | None = None,
    ) -> Locked:
        now = rulings.add(
            batch,
            KIND,
            book,
            value=value,
            reason=mask(reason),
            actor=self._actor,
            at=self._now,
            recorded_at=self._recorded_at,
            needs_approval=needs_approval,
            approves=approves,
        )
        batch.update(schema.book, ("locked_through",), [(book, now.value)])
        waits = now.waiting
        return Locked(book, now.value, waits.value if waits else None, waits is not None, tuple(missing))

    def _missing(self, view: View, book: str, period: str) -> list[str]:
        """What is not complete: sides that do not balance, days that nobody sealed, corrections nobody accepted."""
        found = [
            f"debits and credits differ by {minor} {currency} (minor units)"
            for currency, minor in books.unbalanced(view, book)
        ]
        ours = _accounts_of(view, book)
        for row in close.month(view, period, ours, self._roles, self._now).accounts:
            name = f"{row.partner}/{row.account}"
            if row.unsealed:
                found.append(f"{name}: {len(row.unsealed)} of {row.days} days not sealed")
            if row.corrections:
                found.append(f"{name}: {len(row.corrections)} corrections that nobody accepted")
        return found


def _days(period: str) -> tuple[str, str]:
    try:
        return first_and_last(period)
    except ValueError as problem:
        raise UsageProblem("PERIOD", repr(period[:20]), "a month like 2026-03") from problem


def _book(view: View, name: str) -> str | None:
    found: dict[str, str | None] = dict(view.rows(select(schema.book.c.name, schema.book.c.locked_through)))
    if name not in found:
        raise LockRefused(f"--book {name}", "no such book", " or ".join(sorted(found)))
    return found[name]


def _first_locked(said: Sequence[Ruling]) -> str | None:
    """The earliest day through which the book was ever locked: what lies before was not opened by anybody."""
    return min((one.value for one in said if one.value is not None), default=None)


def _accounts_of(view: View, book: str) -> list[Account]:
    a = schema.account.c
    ours = set(view.rows(select(a.partner, a.account).where(a.book == book)))
    return [account for account in our_accounts(view) if (account.partner, account.account) in ours]


def _incomplete(book: str, period: str, missing: Sequence[str]) -> LockRefused:
    more = f"; and {len(missing) - MISSING_SHOWN} more" if len(missing) > MISSING_SHOWN else ""
    return LockRefused(
        f"{book} {period}",
        "; ".join(missing[:MISSING_SHOWN]) + more,
        "books that balance, and every day sealed",
        f"See: recoup seal month {period}. To lock it all the same, with a second person: "
        f'recoup books lock {period} --book {book} --anyway --reason "…"',
    )
