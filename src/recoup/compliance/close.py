"""Whether a month may be closed: every day of every account sealed, and no correction waiting for a person.

Closing itself is a ruling that locks a book through the month (`app/locking.py`): entries about a locked day then go to
the next open period, with their own day kept. This room says whether that is due; it locks nothing.
"""

import calendar as months
import datetime as dt
from collections.abc import Sequence

import msgspec

from recoup.compliance import corrections, seals
from recoup.compliance.content import each, first_day, last_day
from recoup.compliance.readiness import Wait, readiness
from recoup.enquiry.partner_day_sides import Account, Days, Roles, within
from recoup.storage import schema
from recoup.storage.register import View


class Unsealed(msgspec.Struct, frozen=True):
    """One day that is not sealed; without waits it could be."""

    covers_on: str
    waits: tuple[Wait, ...]


class AccountMonth(msgspec.Struct, frozen=True):
    """One account in one month."""

    partner: str
    account: str
    days: int
    """Days of the month since the account began."""
    sealed: int
    unsealed: tuple[Unsealed, ...]
    corrections: tuple[str, ...]
    """Corrections that nobody has accepted."""


class Month(msgspec.Struct, frozen=True):
    """Whether a month is ready to be closed, and what is missing."""

    month: str
    is_ready: bool
    accounts: tuple[AccountMonth, ...]


def month_of(text: str) -> Days:
    """Give the first and last day of a month written `2026-03`.

    Raises:
      ValueError: It is written otherwise, or there is no such month.
    """
    first = dt.datetime.strptime(text, "%Y-%m").replace(tzinfo=dt.UTC).date()
    last = first.replace(day=months.monthrange(first.year, first.month)[1])
    return Days(first.isoformat(), last.isoformat())


def month(view: View, text: str, ours: Sequence[Account], books: Roles, now: int) -> Month:
    """Say which days of a month are missing for its close.

    Args:
      view: One unchanging view of the register.
      text: The month, `2026-03`.
      ours: The accounts; those in their trial phase are not booked and left out.
      books: Of each partner, the feeds that book each role.
      now: The present.
    """
    days = month_of(text)
    found = [_account(view, account, days, books, now) for account in ours if account.is_booked]
    told = tuple(row for row in found if row is not None)
    is_over = all(last_day(account, now) >= days.last_on for account in ours)
    is_ready = is_over and all(row.sealed == row.days and not row.corrections for row in told)
    return Month(text, is_ready, told)


def _account(view: View, account: Account, days: Days, books: Roles, now: int) -> AccountMonth | None:
    first = first_day(view, account)
    if first is None or first > days.last_on:
        return None
    since = Days(max(first, days.first_on), days.last_on)
    s = schema.seal.c
    ours = (s.partner == account.partner, s.account == account.account)
    sealed = {seal.covers_on for seal in seals.latest(view, [*ours, within(s.covers_on, since)])}
    waits = readiness(view, account, since, books, now)
    return AccountMonth(
        account.partner,
        account.account,
        days=len(list(each(since))),
        sealed=len(sealed),
        unsealed=tuple(Unsealed(day.covers_on, day.waits) for day in waits if day.covers_on not in sealed),
        corrections=tuple(
            c.correction
            for c in corrections.unaccepted(view)
            if (c.partner, c.account) == (account.partner, account.account)
            and since.first_on <= c.covers_on <= since.last_on
        ),
    )
