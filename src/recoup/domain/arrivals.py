"""When files of a feed come, learnt from when they came: on which days, how long after the day they cover, by when.

A pattern is told only where it fits all that came, but for one gap in twenty files: days of the week, of business
alone where no file ever came on a holiday, or one day of each month. What fits no pattern is irregular, and nothing is
expected of it. The same arrivals give the same pattern, in whatever order they are told.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from recoup.domain.calendar import calendar, is_business_day
from recoup.domain.tables import calendars
from recoup.domain.terms import Schedule
from recoup.errors import CalendarExhausted

DAYS_MIN, WEEKS_MIN = 15, 3
"""A weekly pattern is learnt from so many files in so many weeks: each day of the week has had its chance."""
MONTHS_MIN = 4
DAYS_MAX = 60
"""Of the last files alone: patterns change."""
GAPS_PER = 20
"""One gap is forgiven for so many files: one that was lost while we learnt must not teach us that it may be."""
GRACE_HOURS, GRACE_HOURS_MAX = 2, 12
_ROUND_MINUTES = 5
_ONE_DAY = dt.timedelta(days=1)
_LAST = -1
_DAY_MINUTES = 24 * 60

Why = Literal["learning", "irregular"]


class Arrival(msgspec.Struct, frozen=True, order=True):
    """One file: the day it covers, the local day and minute of the day at which it came."""

    covers_on: dt.date
    landed_on: dt.date
    minute: int


def learn(feed: str, arrivals: Iterable[Arrival]) -> Schedule | Why:
    """Give the schedule that arrivals follow; `learning` while they are few, `irregular` where they follow none."""
    came = _first_of_each(arrivals)[-DAYS_MAX:]
    if len(came) < MONTHS_MIN:
        return "learning"
    days = [one.covers_on for one in came]
    weeks = (days[-1] - days[0]).days // 7
    if (monthly := _monthly(days)) is not None:
        return _timed(Schedule(feed, "monthly", month_day=monthly), came)
    if len(came) < DAYS_MIN or weeks < WEEKS_MIN:
        return "learning" if weeks < 2 * DAYS_MIN else "irregular"
    pattern = _weekly(feed, days)
    return "irregular" if pattern is None else _timed(pattern, came)


def _first_of_each(arrivals: Iterable[Arrival]) -> list[Arrival]:
    first: dict[dt.date, Arrival] = {}
    for one in sorted(arrivals):
        first.setdefault(one.covers_on, one)
    return [first[day] for day in sorted(first)]


def _monthly(days: Sequence[dt.date]) -> int | None:
    """Give the day of the month, -1 for the last, where a file covers one day of every month."""
    months = [day.year * 12 + day.month for day in days]
    if months != list(range(months[0], months[0] + len(months))):
        return None
    if all((day + _ONE_DAY).day == 1 for day in days):
        return _LAST
    return days[0].day if len({day.day for day in days}) == 1 else None


def _weekly(feed: str, days: Sequence[dt.date]) -> Schedule | None:
    """Give the days of the week, without the holidays of every calendar on which no file ever came."""
    there = set(days)
    weekdays = tuple(sorted({day.isoweekday() for day in days}))
    quiet = tuple(name for name in _names() if not any(_is_holiday(name, day) for day in there))
    schedule = Schedule(feed, "weekdays", weekdays=weekdays, holidays=quiet)
    wanted = {day for day in _span(days[0], days[-1]) if is_wanted(schedule, day)}
    if there - wanted or len(wanted - there) * GAPS_PER > len(wanted):
        return None
    return schedule


def _names() -> tuple[str, ...]:
    return tuple(sorted(span.calendar for span in calendars()))


def _is_holiday(name: str, day: dt.date) -> bool:
    """Say whether a working day of the week is none in a calendar; past its end nothing is known to be one."""
    try:
        return day.isoweekday() <= 5 and not is_business_day(calendar(name), day)
    except CalendarExhausted:
        return False


def is_wanted(schedule: Schedule, day: dt.date) -> bool:
    """Say whether a file covers a day, by its days of the week or month and the calendars it keeps."""
    if schedule.cadence == "monthly":
        if schedule.month_day == _LAST:
            return (day + _ONE_DAY).day == 1
        return day.day == schedule.month_day
    return day.isoweekday() in schedule.weekdays and not any(_is_holiday(name, day) for name in schedule.holidays)


def _span(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    while first <= last:
        yield first
        first += _ONE_DAY


def _timed(schedule: Schedule, came: Sequence[Arrival]) -> Schedule:
    """Add by when files came: the latest of them, and as much grace as they spread."""
    after = [max((one.landed_on - one.covers_on).days, 0) for one in came]
    minutes = sorted(one.minute for one, days in zip(came, after, strict=True) if days == max(after))
    latest = min(-(-minutes[-1] // _ROUND_MINUTES) * _ROUND_MINUTES, _DAY_MINUTES - 1)
    spread = -(-(minutes[-1] - minutes[0]) // 60)
    return msgspec.structs.replace(
        schedule,
        due_time=f"{latest // 60:02d}:{latest % 60:02d}",
        days_after=max(after),
        grace_hours=min(max(GRACE_HOURS, spread), GRACE_HOURS_MAX),
        is_learnt=True,
    )


def in_words(schedule: Schedule) -> str:
    """Say a schedule for a person."""
    when = f"by {schedule.due_time}"
    if schedule.days_after:
        when += f", {schedule.days_after} day{'' if schedule.days_after == 1 else 's'} after"
    match schedule.cadence:
        case "monthly":
            day = "last day" if schedule.month_day == _LAST else f"day {schedule.month_day}"
            return f"for the {day} of each month, {when}"
        case "weekdays":
            return f"for {_week(schedule.weekdays)}{_without(schedule.holidays)}, {when}"
        case "daily":
            return f"for every day, {when}"
        case "banking_daily":
            return f"for every banking day, {when}"
        case _:
            return "without a time"


_NAMES: Mapping[int, str] = {1: "Mon", 2: "Tue", 3: "Wed", 4: "Thu", 5: "Fri", 6: "Sat", 7: "Sun"}


def _week(weekdays: Sequence[int]) -> str:
    if len(weekdays) == 7:
        return "every day"
    is_run = len(weekdays) > 2 and list(weekdays) == list(range(weekdays[0], weekdays[0] + len(weekdays)))
    return f"{_NAMES[weekdays[0]]} to {_NAMES[weekdays[-1]]}" if is_run else ", ".join(_NAMES[one] for one in weekdays)


def _without(holidays: Sequence[str]) -> str:
    return f" without holidays ({', '.join(holidays)})" if holidays else ""
