"""Stamps that cannot be, and pages that were made long before they were fetched."""

from datetime import UTC, datetime
from email.utils import format_datetime

from recoup.domain.canonical import canonical
from recoup.domain.instants import DAY, HOUR, SECOND
from tests.controls.home import Home, at, ours


def fetched(home: Home, day: int, made_at: int | None = None, feed: str = "disputes") -> str:
    """One page as it was fetched on a day, with the date in its head."""
    stamp = datetime.fromtimestamp((at(day) if made_at is None else made_at) // SECOND, UTC)
    headers = {"date": format_datetime(stamp, usegmt=True), "recoup-request": "GET /v1/disputes?limit=100"}
    told = canonical({"headers": headers, "start_line": "HTTP/1.1 200 OK"})
    return home.delivery(feed, at(day), name=f"page_{day}", trust="fetched", headers=told)


def test_a_message_from_the_future_is_the_partners_clock(home: Home) -> None:
    """It is stamped with tomorrow."""
    home.clean_story(without=["answered"])
    home.event("dp_1", "chargeback_under_review", 3, occurred_at=at(4), is_slot_spent=True)
    home.check(4)
    found = home.only()
    assert (found.control, found.classes[0], found.feed) == ("partner_clock", "partner_clock", "webhook")
    assert found.disputes == [ours("dp_1")]
    assert "2026-03-06 10:00" in found.explanation


def test_a_second_ahead_is_no_clock_to_ask_about(home: Home) -> None:
    """Networks set clocks to the second, and messages are stamped to the second."""
    home.clean_story(without=["answered"])
    home.event("dp_1", "chargeback_under_review", 3, occurred_at=at(3, 9, 1) + SECOND, is_slot_spent=True)
    home.check(4)
    assert home.breaks(with_closed=True) == []


def messages(home: Home, count: int, late_by: int, apart: int = HOUR, wobble: int = 0) -> None:
    """So many messages of one day, each late by as much, or by more and more."""
    for number in range(count):
        occurred_at = at(3, 1) + number * apart
        home.event(
            "dp_1",
            "chargeback_opened",
            3,
            record_id=f"evt_{number}",
            occurred_at=occurred_at,
            landed_at=occurred_at + late_by + 9 * SECOND + number * wobble,
        )


def test_a_day_of_messages_late_by_whole_hours_is_another_zone(home: Home) -> None:
    """All of them by one hour, through half a day."""
    home.clean_story(without=["answered"])
    messages(home, 6, HOUR)
    home.check(4)
    found = [b for b in home.breaks() if b.control == "partner_clock"]
    assert [b.classes[0] for b in found] == ["partner_clock"]
    assert "All 6 messages on stripe webhook of 2026-03-05 came 1 hour after" in found[0].explanation


def test_messages_held_back_by_an_outage_are_no_zone(home: Home) -> None:
    """Late by different times; or a retry an hour later of what came within minutes."""
    home.clean_story(without=["answered"])
    messages(home, 6, HOUR, wobble=10 * 60 * SECOND)
    home.check(4)
    assert "partner_clock" not in {b.control for b in home.breaks()}


def test_messages_of_a_few_minutes_sent_again_an_hour_later_are_no_zone(home: Home) -> None:
    """That is how partners try again."""
    home.clean_story(without=["answered"])
    messages(home, 6, HOUR, apart=60 * SECOND)
    home.check(4)
    assert "partner_clock" not in {b.control for b in home.breaks()}


def test_a_page_made_long_before_is_an_old_copy(home: Home) -> None:
    """Fetched three times and made once; over with the next fresh page."""
    home.clean_story()
    fetched(home, 1)
    stale = [fetched(home, day, made_at=at(1)) for day in (2, 3)]
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0], found.feed) == ("stale_page", "stale_content", "disputes")
    assert sorted(found.deliveries) == sorted(stale)
    fetched(home, 4)
    home.check(4)
    assert home.breaks() == []
    assert [b.closed_at for b in home.breaks(with_closed=True)] == [at(4)]


def test_old_pages_that_somebody_hands_in_are_no_copies(home: Home) -> None:
    """Where no page ever came fresh, nobody sweeps."""
    home.clean_story()
    for day in (2, 3):
        fetched(home, day, made_at=at(day) - 40 * DAY)
    home.check(4)
    assert home.breaks(with_closed=True) == []
