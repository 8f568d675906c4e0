"""Days and times as partners write them: local text, banking days, hours of delivery."""

import datetime as dt
from email.utils import format_datetime
from functools import cache

from recoup.domain.calendar import add_business_days, calendar, is_business_day
from recoup.domain.instants import SECOND, day_start, zone_of

ONE_DAY = dt.timedelta(days=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
CLOCK = tuple(f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(86_400))
"""Each second of a day as `10:11:12`."""


def days_from(first: dt.date, count: int) -> list[dt.date]:
    """Give so many days in a row."""
    return [first + ONE_DAY * n for n in range(count)]


@cache
def banking_day_after(day: dt.date, count: int, calendar_name: str) -> dt.date:
    """Give the day so many banking days later; the day itself is not counted."""
    return add_business_days(calendar(calendar_name), day, count)


@cache
def is_banking_day(day: dt.date, calendar_name: str) -> bool:
    """Say whether banks of this calendar are open."""
    return is_business_day(calendar(calendar_name), day)


@cache
def at_local(day: dt.date, clock: str, zone: str) -> int:
    """Give the instant of a time of day (HH:MM) in a zone."""
    hour, minute = clock.split(":")
    moment = dt.datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zone_of(zone))
    return int((moment - _EPOCH) // dt.timedelta(microseconds=1))


def utc_text(at: int) -> str:
    """Write an instant as `2026-02-02T10:11:12Z`."""
    day, second = divmod(at // SECOND, 86_400)
    return f"{date_text(day)}T{CLOCK[second]}Z"


@cache
def date_text(epoch_day: int) -> str:
    """Write a day, counted from 1 January 1970, as `2026-02-02`."""
    return (dt.date(1970, 1, 1) + ONE_DAY * epoch_day).isoformat()


class LocalDay:
    """One day in a zone: where it starts, how long it is, how its times read on the wall."""

    __slots__ = ("day", "offset_end", "offset_start", "seconds", "start", "text", "zone")

    def __init__(self, day: dt.date, zone: str) -> None:
        self.day = day
        self.zone = zone
        self.text = day.isoformat()
        self.start = day_start(day, zone)
        self.seconds = (day_start(day + ONE_DAY, zone) - self.start) // SECOND
        self.offset_start = offset_seconds(self.start, zone)
        self.offset_end = offset_seconds(self.start + (self.seconds - 1) * SECOND, zone)

    @property
    def switch(self) -> int:
        """The first second of this day, since 1970, at which its last offset holds."""
        low, high = self.start // SECOND, self.start // SECOND + self.seconds - 1
        while low < high:
            middle = (low + high) // 2
            if offset_seconds(middle * SECOND, self.zone) == self.offset_end:
                high = middle
            else:
                low = middle + 1
        return low


def offset_seconds(at: int, zone: str) -> int:
    """Give how far a zone's wall is ahead of UTC at an instant."""
    offset = _moment(at, zone).utcoffset()
    assert offset is not None
    return int(offset // dt.timedelta(seconds=1))


def wall_text(at: int, zone: str) -> str:
    """Write an instant as `2026-02-02 10:11:12` in a zone."""
    return _moment(at, zone).strftime("%Y-%m-%d %H:%M:%S")


def offset_text(at: int, zone: str) -> str:
    """Write an instant as `2026-02-02T10:11:12+01:00` in a zone."""
    return _moment(at, zone).isoformat(timespec="seconds")


def http_date(at: int) -> str:
    """Write an instant as HTTP does: `Mon, 02 Feb 2026 10:11:12 GMT`."""
    return format_datetime(_moment(at, "UTC").replace(tzinfo=dt.UTC), usegmt=True)


def zone_text(at: int, zone: str) -> str:
    """Give the short name of a zone at an instant, as reports write it: `CET`, `CEST`."""
    return _moment(at, zone).strftime("%Z")


def _moment(at: int, zone: str) -> dt.datetime:
    return (_EPOCH + dt.timedelta(seconds=at // SECOND)).astimezone(zone_of(zone))


def two(minor: int) -> str:
    """A positive amount of a currency with two decimals; quicker than `render_major`, for millions of sales."""
    return f"{minor // 100}.{minor % 100:02}"
