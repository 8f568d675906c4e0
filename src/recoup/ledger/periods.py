"""Periods of the books, months written `2026-03`, and which one takes an entry where some are locked.

A day in a locked period goes to the first open one; the entry keeps its own day, which is the link to the period it
belongs to. Nothing posted moves when a period is locked or opened again.
"""

import calendar as months
import datetime as dt

import msgspec


class Locked(msgspec.Struct, frozen=True):
    """Through which day a book takes no entry."""

    through: str | None = None
    """As it is now: what is posted now follows it, since whenever it is known."""
    history: tuple[tuple[int, str | None], ...] = ()
    """Where everything is derived anew: since which instant it was through which day; in order. An entry then goes
    where it went when it was booked."""

    def when(self, booked_at: int) -> str | None:
        """The last ISO day that takes no entry booked at this instant; None where nothing is locked."""
        if not self.history:
            return self.through
        return next((through for since_at, through in reversed(self.history) if since_at < booked_at), None)


OPEN = Locked()


def period_of(effective_on: str, locked_through: str | None) -> str:
    """The period, YYYY-MM, that takes an entry of this day.

    Args:
      effective_on: ISO day.
      locked_through: The last ISO day that takes no entry; None where nothing is locked.
    """
    if locked_through is None or effective_on > locked_through:
        return effective_on[:7]
    return (dt.date.fromisoformat(locked_through) + dt.timedelta(days=1)).isoformat()[:7]


def first_and_last(period: str) -> tuple[str, str]:
    """The first and the last ISO day of a period.

    Raises:
      ValueError: It is not written so, or there is no such month.
    """
    first = dt.datetime.strptime(period, "%Y-%m").replace(tzinfo=dt.UTC).date()
    if first.isoformat()[:7] != period:
        raise ValueError(period)
    return first.isoformat(), first.replace(day=months.monthrange(first.year, first.month)[1]).isoformat()


def day_before(day: str) -> str:
    """The ISO day before one."""
    return (dt.date.fromisoformat(day) - dt.timedelta(days=1)).isoformat()
