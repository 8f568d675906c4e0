"""Business days: calendars as data, dates counted along them, and no date past the last year that a calendar knows.

The days are in `tables/calendars.csv` and `tables/calendar_days.csv`; a partner's own calendar is
a `Calendar` built from its contract. Counting is by day, then an instant is taken in the zone:
never 24 hours at a time, which is wrong twice a year.
"""

import datetime as dt
from functools import cache

import msgspec

from recoup.domain import tables
from recoup.domain.instants import Instant, day_end
from recoup.domain.rows import CalendarSpan
from recoup.errors import CalendarExhausted, NoDeadlineRule

_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_ONE_DAY = dt.timedelta(days=1)


class Calendar(msgspec.Struct, frozen=True):
    """Which days are business days, from the first day known to the last."""

    name: str
    zone: str
    weekend: frozenset[int]
    """Weekdays as `date.weekday` counts them: Monday is 0."""
    closed: frozenset[dt.date]
    first_day: dt.date
    last_day: dt.date
    published_to: dt.date
    """Days after this one follow the known pattern; nobody has published them."""


@cache
def calendar(name: str) -> Calendar:
    """Give a calendar of the tables: fed, target, uk or mexico.

    Raises:
      NoDeadlineRule: There is no calendar of this name.
    """
    span = next((span for span in tables.calendars() if span.calendar == name), None)
    if span is None:
        known = ", ".join(span.calendar for span in tables.calendars())
        raise NoDeadlineRule(where="", found=f"calendar {name!r}", wanted=f"one of {known}")
    return _built(span)


def is_business_day(calendar: Calendar, day: dt.date) -> bool:
    """Say whether this is a business day.

    Raises:
      CalendarExhausted: The calendar does not cover the day.
    """
    if not calendar.first_day <= day <= calendar.last_day:
        raise CalendarExhausted(
            where=f"calendar {calendar.name}",
            found=f"{day}",
            wanted=f"a day from {calendar.first_day} to {calendar.last_day}",
            remedy="Add the year to tables/calendar_days.csv.",
        )
    return day.weekday() not in calendar.weekend and day not in calendar.closed


def add_business_days(calendar: Calendar, day: dt.date, count: int) -> dt.date:
    """Give the day that lies `count` business days after this one, or before it where `count` is negative.

    The day itself is not counted and need not be a business day; `count` 0 gives it back.

    Raises:
      CalendarExhausted: The way leads out of the years that the calendar covers.
    """
    step = _ONE_DAY if count >= 0 else -_ONE_DAY
    for _ in range(abs(count)):
        day += step
        while not is_business_day(calendar, day):
            day += step
    return day


def next_business_day(calendar: Calendar, day: dt.date) -> dt.date:
    """Give the first business day after this day.

    Raises:
      CalendarExhausted: It is past the last year that the calendar covers.
    """
    return add_business_days(calendar, day, 1)


def business_day_from(calendar: Calendar, day: dt.date) -> dt.date:
    """Give this day if it is a business day, else the first one after it.

    Raises:
      CalendarExhausted: It is past the last year that the calendar covers.
    """
    return day if is_business_day(calendar, day) else next_business_day(calendar, day)


def end_of_day_instant(day: dt.date, zone: str) -> Instant:
    """Give the last microsecond of a day in a zone."""
    return day_end(day, zone)


def nearing_end(calendar: Calendar, day: dt.date) -> bool:
    """Say whether a day lies in the last year that the calendar covers, or past it: time for a finding."""
    return day.year >= calendar.last_day.year


def is_published(calendar: Calendar, day: dt.date) -> bool:
    """Say whether the days up to this one were published by whoever keeps the calendar."""
    return day <= calendar.published_to


def _built(span: CalendarSpan) -> Calendar:
    return Calendar(
        name=span.calendar,
        zone=span.zone,
        weekend=frozenset(_WEEKDAYS[word] for word in span.weekend.split()),
        closed=frozenset(row.day for row in tables.calendar_days() if row.calendar == span.calendar),
        first_day=dt.date(span.first_year, 1, 1),
        last_day=dt.date(span.last_year, 12, 31),
        published_to=dt.date(span.last_published_year, 12, 31),
    )
