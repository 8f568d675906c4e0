"""Patterns of arrival that are learnt, and those that are none."""

import datetime as dt
import random

import pytest

from recoup.domain.arrivals import Arrival, in_words, is_wanted, learn
from recoup.domain.calendar import calendar, is_business_day
from recoup.domain.terms import Schedule

FIRST = dt.date(2026, 2, 2)
"""A Monday; the clocks of Europe go forward on 29 March, Good Friday is 3 April."""


def on(days: list[dt.date], after: int = 1, minute: int = 540) -> list[Arrival]:
    return [Arrival(day, day + dt.timedelta(days=after), minute + day.day % 7) for day in days]


def span(count: int, first: dt.date = FIRST) -> list[dt.date]:
    return [first + dt.timedelta(days=n) for n in range(count)]


def learnt(arrivals: list[Arrival]) -> Schedule:
    found = learn("report", arrivals)
    assert isinstance(found, Schedule), found
    return found


def test_every_day() -> None:
    """Weekends included, a day after, by the latest minute, rounded up."""
    schedule = learnt(on(span(30)))
    assert (schedule.weekdays, schedule.days_after, schedule.due_time) == ((1, 2, 3, 4, 5, 6, 7), 1, "09:10")
    assert schedule.grace_hours == 2
    assert schedule.is_learnt


def test_working_days_keep_every_holiday_that_was_never_broken() -> None:
    """February has no European holiday: nobody knows yet, so none is expected to be worked on."""
    schedule = learnt(on([day for day in span(28) if day.weekday() < 5]))
    assert schedule.weekdays == (1, 2, 3, 4, 5)
    assert "target" in schedule.holidays
    assert not is_wanted(schedule, dt.date(2026, 4, 3))
    assert is_wanted(schedule, dt.date(2026, 4, 7))


def test_a_file_on_a_holiday_says_that_the_calendar_is_not_kept() -> None:
    """It came on Presidents' Day, so the calendar of the Fed is none of it."""
    schedule = learnt(on([day for day in span(28) if day.weekday() < 5]))
    assert dt.date(2026, 2, 16) in span(28)
    assert "fed" not in schedule.holidays
    banking = [day for day in span(28) if is_business_day(calendar("fed"), day)]
    assert "fed" in learnt(on(banking)).holidays


def test_month_ends() -> None:
    """The last day of each month, whatever its number."""
    ends = [dt.date(2026, month, day) for month, day in ((1, 31), (2, 28), (3, 31), (4, 30))]
    assert learnt(on(ends)).month_day == -1
    assert learnt(on([day.replace(day=5) for day in ends])).month_day == 5
    assert learn("report", on(ends[:3])) == "learning"


def test_one_lost_file_is_forgiven_and_many_are_no_pattern() -> None:
    """One in twenty."""
    days = span(40)
    assert learnt(on([day for day in days if day != days[11]])).weekdays == (1, 2, 3, 4, 5, 6, 7)
    assert (
        learn("report", on([day for day in span(60) if random.Random(day.toordinal()).random() < 0.6])) == "irregular"
    )


def test_a_few_files_are_not_learnt_from() -> None:
    """Two weeks are too short for a pattern of weeks: a partner's first fortnight."""
    assert learn("report", on(span(14))) == "learning"


def test_the_order_and_repeats_are_of_no_account() -> None:
    """The first arrival for a day counts."""
    arrivals = on(span(30))
    again = [Arrival(one.covers_on, one.landed_on + dt.timedelta(days=3), 5) for one in arrivals[:10]]
    shuffled = [*arrivals, *again]
    random.Random(3).shuffle(shuffled)
    assert learn("report", shuffled) == learn("report", arrivals)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (Schedule("f", "weekdays", "09:10", weekdays=(1, 2, 3, 4, 5)), "for Mon to Fri, by 09:10, 1 day after"),
        (
            Schedule("f", "weekdays", "06:00", 0, weekdays=(2, 4), holidays=("fed",)),
            "for Tue, Thu without holidays (fed), by 06:00",
        ),
        (Schedule("f", "monthly", "12:00", 3), "for the last day of each month, by 12:00, 3 days after"),
    ],
)
def test_a_schedule_in_words(schedule: Schedule, said: str) -> None:
    """For whoever accepts it."""
    assert in_words(schedule) == said
