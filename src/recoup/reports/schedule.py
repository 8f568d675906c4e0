"""When a report is due: instants along a rhythm, counted in days of a zone and business days of a calendar. Pure."""

import datetime as dt
import re
from collections.abc import Iterator

from recoup.domain.calendar import Calendar, calendar, is_business_day
from recoup.domain.instants import Instant, local_day, parse_local, zone_of
from recoup.errors import CalendarExhausted, InstantRefused, NoDeadlineRule, ReportInvalid
from recoup.reports.definition import Schedule

BUSINESS_DAYS_MAX = 15
"""Every month of every calendar has as many."""
LOOK_BACK_DAYS = 70
"""The longest way from one time of a schedule to the next, with room."""
MISSED_MAX = 31
"""Of a report that was not made for long, the latest times; an older one may be made by hand."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ONE_DAY = dt.timedelta(days=1)
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def check_schedule(schedule: Schedule, where: str) -> None:
    """Look at a schedule.

    Raises:
      ReportInvalid: No such time, zone or calendar, or a business day that not every month has.
    """
    if not _CLOCK.fullmatch(schedule.at):
        raise ReportInvalid(where, f"at {schedule.at!r}", "a time like 07:00")
    if not 1 <= schedule.business_day <= BUSINESS_DAYS_MAX:
        raise ReportInvalid(where, f"business_day {schedule.business_day}", f"1 to {BUSINESS_DAYS_MAX}")
    if schedule.calendar is None and schedule.every in ("business_day", "month"):
        raise ReportInvalid(where, f"every {schedule.every} without a calendar", "fed, target, uk or mexico")
    try:
        zone_of(schedule.zone)
        if schedule.calendar is not None:
            calendar(schedule.calendar)
    except (InstantRefused, NoDeadlineRule) as problem:
        raise ReportInvalid(where, problem.found, problem.wanted) from problem


def slots(schedule: Schedule, after: Instant | None, until: Instant) -> list[Instant]:
    """Give the times of a schedule after an instant and up to another, oldest first, at most `MISSED_MAX`.

    Args:
      schedule: A checked one.
      after: The latest time that was kept; None before the first, of which only the latest time counts.
      until: The present.
    Raises:
      CalendarExhausted: Its calendar does not cover the days looked at.
    """
    found = []
    for slot in _back_from(schedule, until):
        if after is not None and slot <= after:
            break
        found.append(slot)
        if after is None or len(found) == MISSED_MAX:
            break
    return found[::-1]


def next_slot(schedule: Schedule, after: Instant) -> Instant | None:
    """Give the next time of a schedule; None where it lies past its calendar."""
    day = local_day(after, schedule.zone)
    for ahead in range(LOOK_BACK_DAYS):
        try:
            is_due = _is_due(schedule, day + ahead * _ONE_DAY)
        except CalendarExhausted:
            return None
        if is_due and (at := _instant(schedule, day + ahead * _ONE_DAY)) > after:
            return at
    return None


def _back_from(schedule: Schedule, until: Instant) -> Iterator[Instant]:
    day = local_day(until, schedule.zone)
    for back in range(LOOK_BACK_DAYS):
        past = day - back * _ONE_DAY
        if _is_due(schedule, past) and (at := _instant(schedule, past)) <= until:
            yield at


def _is_due(schedule: Schedule, day: dt.date) -> bool:
    if schedule.every == "day":
        return True
    if schedule.every == "week":
        return _WEEKDAYS[day.weekday()] == schedule.weekday
    kept = calendar(schedule.calendar or "")
    if not is_business_day(kept, day):
        return False
    return schedule.every == "business_day" or _number_in_month(kept, day) == schedule.business_day


def _number_in_month(kept: Calendar, day: dt.date) -> int:
    return sum(is_business_day(kept, day.replace(day=number)) for number in range(1, day.day + 1))


def _instant(schedule: Schedule, day: dt.date) -> Instant:
    """Give the time on a day; where clocks jump over it, the time as it is an hour later."""
    try:
        return parse_local(f"{day} {schedule.at}", schedule.zone)
    except InstantRefused:
        hour, minute = schedule.at.split(":")
        return parse_local(f"{day} {int(hour) + 1:02}:{minute}", schedule.zone)
