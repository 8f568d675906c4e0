"""Instants: integer microseconds since 1970-01-01 UTC, and the days that they fall on in a zone.

No naive time is ever read as if it had a zone: text must carry its offset, or the caller names the
zone. Nothing here asks what time it is.
"""

import datetime as dt
import re
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recoup.errors import InstantRefused

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z; negative before."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""24 hours. A calendar day may have 23 or 25: use `day_start`, `day_end` and `local_day`."""
QUARTER = 15 * MINUTE
"""No zone since 1972 has begun a day within a quarter of an hour: what counts in days is the same for all of one."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_DATE = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_CLOCK = r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
_WITH_OFFSET = re.compile(rf"{_DATE}[Tt ]{_CLOCK} ?(?:([Zz])|([+-])([0-9]{{2}}):?([0-9]{{2}})?)")
_LOCAL = re.compile(rf"{_DATE}[Tt ]{_CLOCK}")
_DAY = re.compile(_DATE)
_EXCERPT = 40


def parse_instant(text: str) -> Instant:
    """Read an ISO 8601 instant that carries its offset: `2026-01-31T23:30:00.5+01:00`, or `Z`.

    Digits after the sixth decimal are cut off, never rounded up: no instant moves later.

    Raises:
      InstantRefused: No offset, no such day or time, or any other form.
    """
    found = _WITH_OFFSET.fullmatch(text)
    if found is None:
        raise _refused(text, "an instant with its offset, like 2026-01-31T23:30:00Z")
    *wall, utc, sign, hours, minutes = found.groups()
    offset = 0 if utc else int(hours) * 60 + int(minutes or 0)
    if offset > 18 * 60 or int(minutes or 0) > 59:
        raise _refused(text, "an offset of at most 18 hours")
    return _micros(_datetime(text, wall, dt.UTC)) - (-1 if sign == "-" else 1) * offset * MINUTE


def parse_local(text: str, zone: str) -> Instant:
    """Read a date and time without offset that a partner writes in a zone we know of it.

    Of a time that happens twice, when clocks go back, the first one is meant.

    Raises:
      InstantRefused: An offset is there after all, no such day or time, or one that clocks jumped over.
    """
    found = _LOCAL.fullmatch(text)
    if found is None:
        raise _refused(text, "a date and a time without offset, like 2026-01-31 23:30:00")
    wall = _datetime(text, list(found.groups()), zone_of(zone))
    instant = _micros(wall)
    if _at(instant, zone).replace(tzinfo=None) != wall.replace(tzinfo=None):
        raise _refused(text, f"a time that exists in {zone}")
    return instant


def parse_day(text: str) -> dt.date:
    """Read a day, `2026-01-31`.

    Raises:
      InstantRefused: No such day, or any other form.
    """
    found = _DAY.fullmatch(text)
    if found is None:
        raise _refused(text, "a day like 2026-01-31")
    return _datetime(text, [*found.groups(), "0", "0", None, None], dt.UTC).date()


def from_epoch_seconds(seconds: int) -> Instant:
    """Give the instant for whole seconds since 1970, as Stripe writes them.

    Raises:
      InstantRefused: Not an integer, or outside the years 1 to 9999.
    """
    return _within(seconds, SECOND)


def from_epoch_millis(millis: int) -> Instant:
    """Give the instant for whole milliseconds since 1970.

    Raises:
      InstantRefused: Not an integer, or outside the years 1 to 9999.
    """
    return _within(millis, 1000)


def render_instant(instant: Instant) -> str:
    """Write an instant as `2026-01-31T23:30:00.000000Z`; `parse_instant` reads it back."""
    return (_EPOCH + instant * _MICROSECOND).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def render_minute(instant: Instant) -> str:
    """Write an instant in a sentence, to the minute: `2026-01-31 23:30 UTC`."""
    return render_instant(instant)[:16].replace("T", " ") + " UTC"


def local_day(instant: Instant, zone: str) -> dt.date:
    """Give the day that an instant falls on in a zone."""
    return _day_of_quarter(instant // QUARTER, zone)


@lru_cache(maxsize=1 << 17)
def _day_of_quarter(quarter: int, zone: str) -> dt.date:
    return _at(quarter * QUARTER, zone).date()


@lru_cache(maxsize=1 << 14)
def day_start(day: dt.date, zone: str) -> Instant:
    """Give the first instant of a day in a zone: midnight, or, where clocks jump over it, when they have jumped."""
    return _micros(dt.datetime.combine(day, dt.time(), zone_of(zone)))


def day_end(day: dt.date, zone: str) -> Instant:
    """Give the last microsecond of a day in a zone; a date-only deadline ends there."""
    return day_start(day + dt.timedelta(days=1), zone) - 1


@cache
def zone_of(name: str) -> ZoneInfo:
    """Give the zone of this name in the IANA database.

    Raises:
      InstantRefused: There is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _refused(name, "the name of a zone, like Europe/Berlin") from error


def _datetime(text: str, wall: list[str | None], zone: dt.tzinfo) -> dt.datetime:
    *numbers, fraction = wall
    micro = int((fraction or "0").ljust(6, "0")[:6])
    year, month, day, hour, minute, second = (int(n or 0) for n in numbers)
    try:
        return dt.datetime(year, month, day, hour, minute, second, micro, tzinfo=zone)
    except ValueError as error:
        raise _refused(text, "a day and a time that exist") from error


def _micros(moment: dt.datetime) -> Instant:
    return (moment - _EPOCH) // _MICROSECOND


def _at(instant: Instant, zone: str) -> dt.datetime:
    return (_EPOCH + instant * _MICROSECOND).astimezone(zone_of(zone))


def _within(count: int, micros: int) -> Instant:
    if isinstance(count, bool) or not isinstance(count, int):
        raise _refused(str(count), "an integer count since 1970")
    try:
        return _micros(_EPOCH + count * micros * _MICROSECOND)
    except OverflowError as error:
        raise _refused(str(count), "a count within the years 1 to 9999") from error


def _refused(found: str, wanted: str) -> InstantRefused:
    short = found if len(found) <= _EXCERPT else f"{found[:_EXCERPT]}…"
    return InstantRefused(where="", found=repr(short), wanted=wanted)
