import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.instants import DAY, parse_instant, render_instant
from recoup.errors import ReportInvalid
from recoup.reports.definition import Schedule
from recoup.reports.schedule import MISSED_MAX, check_schedule, next_slot, slots

DAILY = Schedule(every="day", at="07:00", zone="Europe/Amsterdam")
MONTHLY = Schedule(every="month", at="09:00", zone="Europe/Amsterdam", calendar="target", business_day=1)
WEEKLY = Schedule(every="week", at="06:30", weekday="fri")
EACH = Schedule(every="business_day", at="08:00", calendar="fed", zone="America/New_York")


def between(schedule: Schedule, after: str | None, until: str) -> list[str]:
    since = None if after is None else parse_instant(after)
    return [render_instant(slot)[:16] for slot in slots(schedule, since, parse_instant(until))]


def test_seven_in_the_morning_is_seven_on_both_sides_of_the_clock_change() -> None:
    """In UTC it is an hour earlier from then on."""
    found = between(DAILY, "2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z")
    assert found == ["2026-03-28T06:00", "2026-03-29T05:00", "2026-03-30T05:00"]


def test_a_time_that_clocks_jump_over_is_kept_an_hour_later() -> None:
    """At 02:30 on that day there is no 02:30."""
    night = Schedule(every="day", at="02:30", zone="Europe/Amsterdam")
    assert between(night, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z") == ["2026-03-29T01:30"]


def test_the_first_business_day_of_a_month_is_none_of_its_holidays() -> None:
    """Labour Day closes TARGET on Friday 1 May 2026, so it is Monday the 4th."""
    assert between(MONTHLY, "2026-03-31T00:00:00Z", "2026-05-20T00:00:00Z") == ["2026-04-01T07:00", "2026-05-04T07:00"]


def test_weeks_and_business_days_leave_the_others_out() -> None:
    """Thanksgiving 2026 is no business day of the Fed."""
    assert between(WEEKLY, "2026-11-01T00:00:00Z", "2026-11-15T00:00:00Z") == ["2026-11-06T06:30", "2026-11-13T06:30"]
    assert between(EACH, "2026-11-25T00:00:00Z", "2026-11-28T23:00:00Z") == ["2026-11-25T13:00", "2026-11-27T13:00"]


def test_before_the_first_run_only_the_latest_time_counts() -> None:
    """A new installation does not make reports of days before it was there."""
    assert between(DAILY, None, "2026-03-05T12:00:00Z") == ["2026-03-05T06:00"]


def test_of_a_long_absence_the_latest_times_count() -> None:
    """A month of mornings, not years of them."""
    found = between(DAILY, "2025-01-01T00:00:00Z", "2026-03-05T12:00:00Z")
    assert (len(found), found[-1]) == (MISSED_MAX, "2026-03-05T06:00")


@given(st.integers(parse_instant("2025-01-01T00:00:00Z"), parse_instant("2029-12-01T00:00:00Z")))
def test_the_next_time_is_the_next_that_will_be_due(now: int) -> None:
    """Up to it nothing is due, at it it is."""
    for schedule in (DAILY, WEEKLY, EACH, MONTHLY):
        at = next_slot(schedule, now)
        assert at is not None
        assert now < at <= now + 40 * DAY
        assert slots(schedule, now, at - 1) == []
        assert slots(schedule, now, at) == [at]


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(every="day", at="7:00"),
        Schedule(every="day", at="24:00"),
        Schedule(every="day", at="07:00", zone="Europe/Atlantis"),
        Schedule(every="month", at="07:00"),
        Schedule(every="business_day", at="07:00", calendar="moon"),
        Schedule(every="month", at="07:00", calendar="fed", business_day=16),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(schedule: Schedule) -> None:
    """A time, zone, calendar or day that does not exist."""
    with pytest.raises(ReportInvalid):
        check_schedule(schedule, "report.toml")
