"""Instants carry their offset, days end where their zone says, and clocks going forward or back change nothing."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.instants import (
    DAY,
    HOUR,
    day_end,
    day_start,
    from_epoch_millis,
    from_epoch_seconds,
    local_day,
    parse_day,
    parse_instant,
    parse_local,
    render_instant,
    render_minute,
    zone_of,
)
from recoup.errors import InstantRefused

ZONES = [
    "UTC",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "America/Mexico_City",
    "Europe/Berlin",
    "Europe/London",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]
zones = st.sampled_from(ZONES)
days = st.dates(dt.date(2015, 1, 1), dt.date(2037, 12, 30))
micros = st.integers(0, 4_102_444_800_000_000)


@given(instant=micros)
def test_what_is_rendered_is_read_back(instant: int) -> None:
    """Every instant survives being written and read, to the microsecond."""
    text = render_instant(instant)
    assert len(text) == 27
    assert parse_instant(text) == instant


def test_a_sentence_has_instants_to_the_minute() -> None:
    """As a person writes them, never rounded up."""
    assert render_minute(parse_instant("2026-01-31T23:59:59.999999Z")) == "2026-01-31 23:59 UTC"


@given(instant=micros, zone=zones)
def test_an_instant_is_the_same_in_any_offset(instant: int, zone: str) -> None:
    """Python's own ISO form, with the zone's offset, names the same microsecond."""
    text = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=instant)).astimezone(ZoneInfo(zone))
    assert parse_instant(text.isoformat()) == instant


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("2026-01-31T23:30:00.000000Z", "2026-01-31T23:30:00.000000Z"),
        ("2026-01-31T23:30:00Z", "2026-01-31T23:30:00.000000Z"),
        ("2026-01-31T23:30Z", "2026-01-31T23:30:00.000000Z"),
        ("2026-01-31t23:30:00z", "2026-01-31T23:30:00.000000Z"),
        ("2026-01-31 23:30:00 +0100", "2026-01-31T22:30:00.000000Z"),
        ("2026-01-31T23:30:00.5+01:00", "2026-01-31T22:30:00.500000Z"),
        ("2026-01-31T23:30:00-05", "2026-02-01T04:30:00.000000Z"),
        ("2026-01-31T23:30:00.123456789Z", "2026-01-31T23:30:00.123456Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("2026-01-31T23:30:00-00:30", "2026-02-01T00:00:00.000000Z"),
    ],
)
def test_forms_that_partners_write(text: str, rendered: str) -> None:
    """ISO 8601 with an offset, in the ways it is written; digits past the microsecond are cut off."""
    assert render_instant(parse_instant(text)) == rendered


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T23:30:00", "2026-01-31 23:30:00", "2026-01-31", "1767225600", "", "Z", "2026-01-31T23:30:00 UTC",
        "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T23:30:61Z",
        "2026-01-31T23:30:00+19:00", "2026-01-31T23:30:00+01:75", "26-01-31T23:30:00Z", "2026-1-31T23:30:00Z",
        "２０２６-01-31T23:30:00Z", "0000-01-31T23:30:00Z", "2026-01-31T23:30:00Z\n", "31/01/2026 23:30Z",
    ],
)  # fmt: skip
def test_a_time_without_offset_is_refused(text: str) -> None:
    """No zone is ever assumed, and no day that does not exist is bent into one."""
    with pytest.raises(InstantRefused):
        parse_instant(text)


def test_local_time_needs_its_zone() -> None:
    """A report that names its zone elsewhere is read in it."""
    assert render_instant(parse_local("2026-07-01 12:00:00", "Europe/Berlin")) == "2026-07-01T10:00:00.000000Z"
    assert render_instant(parse_local("2026-01-01 12:00:00", "Europe/Berlin")) == "2026-01-01T11:00:00.000000Z"


def test_a_local_time_that_clocks_jumped_over_is_refused() -> None:
    """02:30 did not happen in Berlin on 2026-03-29."""
    with pytest.raises(InstantRefused, match="exists in Europe/Berlin"):
        parse_local("2026-03-29 02:30:00", "Europe/Berlin")


def test_of_a_local_time_that_happened_twice_the_first_is_meant() -> None:
    """02:30 happened twice in Berlin on 2026-10-25; the earlier one leaves more time."""
    assert render_instant(parse_local("2026-10-25 02:30:00", "Europe/Berlin")) == "2026-10-25T00:30:00.000000Z"


def test_local_time_with_an_offset_is_refused() -> None:
    """Whoever has an offset does not need us to name a zone."""
    with pytest.raises(InstantRefused):
        parse_local("2026-10-25 02:30:00Z", "Europe/Berlin")


def test_epoch_counts() -> None:
    """Stripe counts seconds, others milliseconds."""
    assert from_epoch_seconds(1_723_679_999) == parse_instant("2024-08-14T23:59:59Z")
    assert from_epoch_millis(1_723_679_999_500) == parse_instant("2024-08-14T23:59:59.5Z")


@pytest.mark.parametrize("count", [True, 1.5, "1723679999", None, 10**18, -(10**18)])
def test_a_count_that_is_no_instant_is_refused(count: object) -> None:
    """No fraction, no text, no year 31,690,708."""
    with pytest.raises(InstantRefused):
        from_epoch_seconds(count)  # type: ignore[arg-type]
    with pytest.raises(InstantRefused):
        from_epoch_millis(count if count != 10**18 else 10**21)  # type: ignore[arg-type]


def test_days_are_read_strictly() -> None:
    """A day has four, two and two digits, and exists."""
    assert parse_day("2028-02-29") == dt.date(2028, 2, 29)
    for text in ("2026-02-29", "2026-2-28", "20260228", "2026-02-28T00:00", ""):
        with pytest.raises(InstantRefused):
            parse_day(text)


@given(day=days, zone=zones)
def test_a_day_ends_where_the_next_begins(day: dt.date, zone: str) -> None:
    """No microsecond belongs to two days or to none, also when clocks change."""
    assert day_end(day, zone) + 1 == day_start(day + dt.timedelta(days=1), zone)
    assert local_day(day_end(day, zone), zone) == day
    assert local_day(day_start(day, zone), zone) == day


@given(day=days, zone=zones)
def test_a_day_has_23_to_25_hours(day: dt.date, zone: str) -> None:
    """The length of a day is what its zone says, never 24 hours by arithmetic."""
    assert 23 * HOUR <= day_end(day, zone) + 1 - day_start(day, zone) <= 25 * HOUR


def test_days_of_changing_clocks_are_shorter_and_longer() -> None:
    """Berlin in 2026: 23 hours on 29 March, 25 on 25 October."""
    spring, autumn = dt.date(2026, 3, 29), dt.date(2026, 10, 25)
    assert day_end(spring, "Europe/Berlin") + 1 - day_start(spring, "Europe/Berlin") == DAY - HOUR
    assert day_end(autumn, "Europe/Berlin") + 1 - day_start(autumn, "Europe/Berlin") == DAY + HOUR


def test_an_unknown_zone_is_refused() -> None:
    """A name with a slip is not taken for UTC."""
    for name in ("Europe/Berlim", "", "../etc/passwd", "CEST+1"):
        with pytest.raises(InstantRefused):
            zone_of(name)
