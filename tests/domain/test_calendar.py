"""Business days are data: counted along the calendar, and never past its last year."""

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recoup.domain import tables
from recoup.domain.calendar import (
    Calendar,
    add_business_days,
    business_day_from,
    calendar,
    end_of_day_instant,
    is_business_day,
    is_published,
    nearing_end,
    next_business_day,
)
from recoup.domain.instants import HOUR, local_day
from recoup.errors import CalendarExhausted, NoDeadlineRule

NAMES = sorted(span.calendar for span in tables.calendars())
calendars = st.sampled_from(NAMES).map(calendar)
days = st.dates(dt.date(2024, 3, 1), dt.date(2028, 10, 1))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_the_four_calendars_cover_2024_to_2028() -> None:
    """Fed, TARGET, England and Wales, and Mexico's banks."""
    assert NAMES == ["fed", "mexico", "target", "uk"]
    for name in NAMES:
        assert calendar(name).first_day <= day("2024-01-01")
        assert calendar(name).last_day >= day("2028-12-31")


@pytest.mark.parametrize(
    ("name", "text", "is_open"),
    [
        ("fed", "2026-07-03", True),  # the holiday falls on Saturday: the Friday before is open
        ("fed", "2027-07-05", False),  # the holiday falls on Sunday: the Monday after is closed
        ("fed", "2027-12-24", True),
        ("fed", "2026-11-26", False),
        ("fed", "2026-11-27", True),
        ("fed", "2026-04-03", True),  # Good Friday is no holiday of the Fed
        ("target", "2026-04-03", False),
        ("target", "2026-04-06", False),
        ("target", "2026-05-01", False),
        ("target", "2026-05-14", True),  # Ascension is a holiday in many countries, not in TARGET
        ("target", "2026-12-24", True),
        ("uk", "2026-12-28", False),  # for Boxing Day on a Saturday
        ("uk", "2027-12-27", False),
        ("uk", "2027-12-28", False),
        ("uk", "2026-08-31", False),
        ("mexico", "2024-10-01", False),  # the change of government, once in six years
        ("mexico", "2026-10-01", True),
        ("mexico", "2025-04-17", False),
        ("mexico", "2026-11-02", False),
        ("mexico", "2025-12-12", False),
        ("mexico", "2026-11-16", False),
        ("mexico", "2026-11-20", True),
    ],
)
def test_known_days(name: str, text: str, is_open: bool) -> None:
    """Days that a rule of thumb gets wrong."""
    assert is_business_day(calendar(name), day(text)) is is_open


@pytest.mark.parametrize(("name", "year", "count"), [("fed", 2026, 10), ("target", 2026, 5), ("uk", 2026, 8)])
def test_closed_weekdays_of_a_year(name: str, year: int, count: int) -> None:
    """2026: ten of the Fed's eleven holidays fall on weekdays; 26 December is a Saturday."""
    assert sum(closed.year == year for closed in calendar(name).closed) == count


@given(book=calendars, start=days, count=st.integers(-30, 30))
def test_counting_skips_what_is_closed(book: Calendar, start: dt.date, count: int) -> None:
    """Between start and end lie exactly that many business days, the last of them the end."""
    end = add_business_days(book, start, count)
    step = 1 if count >= 0 else -1
    passed = [start + dt.timedelta(days=n * step) for n in range(1, abs((end - start).days) + 1)]
    assert sum(is_business_day(book, each) for each in passed) == abs(count)
    assert count == 0 or is_business_day(book, end)


@given(book=calendars, start=days, one=st.integers(0, 20), two=st.integers(0, 20))
def test_counting_in_two_steps_is_counting_at_once(book: Calendar, start: dt.date, one: int, two: int) -> None:
    """n days and m days are n + m days."""
    assert add_business_days(book, add_business_days(book, start, one), two) == add_business_days(
        book, start, one + two
    )


@given(book=calendars, start=days)
def test_next_business_day_lies_after_and_nothing_open_between(book: Calendar, start: dt.date) -> None:
    """The first one after, never the day itself."""
    found = next_business_day(book, start)
    assert found > start
    between = (found - start).days
    assert not any(is_business_day(book, start + dt.timedelta(days=n)) for n in range(1, between))
    assert business_day_from(book, start) == (start if is_business_day(book, start) else found)


@given(book=calendars, start=days)
def test_a_business_day_ends_on_its_own_day(book: Calendar, start: dt.date) -> None:
    """The end of the next business day lies on that day in the zone, whatever clocks do in between."""
    assume(is_business_day(book, start))
    end = next_business_day(book, start)
    length = end_of_day_instant(end, book.zone) - end_of_day_instant(start, book.zone)
    assert local_day(end_of_day_instant(end, book.zone), book.zone) == end
    assert abs(length - (end - start).days * 24 * HOUR) <= HOUR


@pytest.mark.parametrize(
    ("name", "before", "hours"),
    [("fed", "2026-03-06", 71), ("fed", "2026-10-30", 73), ("target", "2026-03-27", 71), ("uk", "2026-10-23", 73)],
)
def test_a_weekend_on_which_clocks_change_is_not_72_hours(name: str, before: str, hours: int) -> None:
    """From the end of Friday to the end of Monday: 71 hours in spring, 73 in autumn."""
    book = calendar(name)
    monday = next_business_day(book, day(before))
    assert monday.weekday() == 0
    assert end_of_day_instant(monday, book.zone) - end_of_day_instant(day(before), book.zone) == hours * HOUR


@pytest.mark.parametrize("name", NAMES)
def test_past_the_last_year_no_date_is_computed(name: str) -> None:
    """Neither a weekday nor a count that leads there is guessed."""
    book = calendar(name)
    after = book.last_day + dt.timedelta(days=1)
    with pytest.raises(CalendarExhausted, match=rf"calendar {name}: {after}"):
        is_business_day(book, after)
    with pytest.raises(CalendarExhausted):
        add_business_days(book, book.last_day - dt.timedelta(days=5), 10)
    with pytest.raises(CalendarExhausted):
        add_business_days(book, book.first_day + dt.timedelta(days=5), -10)


def test_the_last_year_is_announced() -> None:
    """A finding is due from the first day of the last year on, and not before."""
    book = calendar("uk")
    assert not nearing_end(book, day("2027-12-31"))
    assert nearing_end(book, day("2028-01-01"))
    assert nearing_end(book, day("2031-01-01"))


def test_years_that_nobody_published_are_told_apart() -> None:
    """Mexico's days for 2027 follow the pattern, and are not published."""
    assert is_published(calendar("mexico"), day("2026-12-31"))
    assert not is_published(calendar("mexico"), day("2027-01-01"))


def test_an_unknown_calendar_is_refused() -> None:
    """No calendar is taken in place of another."""
    with pytest.raises(NoDeadlineRule, match="one of fed, target, uk, mexico"):
        calendar("canada")
