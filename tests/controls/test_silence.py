"""Feeds that nobody declared: what is learnt of them, missed, and accepted."""

from collections.abc import Callable

import msgspec
import pytest

from recoup.controls.moment import Accepted, Moment, load_moment, with_schedules
from recoup.controls.silence import habits, learnt_file_missing
from recoup.domain import tables
from recoup.domain.canonical import canonical
from recoup.domain.terms import Schedule, Terms
from recoup.partners.registry import partners
from recoup.storage import rulings
from tests.controls.home import ACCOUNT, TERMS, Home, at, iso


def moment(home: Home, day: int) -> Moment:
    with home.register.reading() as view:
        return load_moment(view, at(day, 23), tables.moves(), partners())


def missing(home: Home, day: int) -> list[tuple[str | None, str | None]]:
    with home.register.reading() as view:
        return [(s.since_on, s.until_on) for s in learnt_file_missing(view, moment(home, day))]


def deliver(home: Home, days: list[int], hour: int = 9) -> None:
    for day in days:
        home.report(day + 1, [], landed_at=at(day + 1, hour), covers_on=iso(day))


def working(days: range) -> list[int]:
    return [day for day in days if day % 7 < 5]


def test_a_file_that_stays_away_is_missed_without_a_contract(home: Home) -> None:
    """It came every working day; from Monday on it is missed, and the break grows until it comes again."""
    deliver(home, working(range(26)))
    assert [missing(home, day) for day in range(20, 29)] == [[]] * 9
    assert missing(home, 29) == [(iso(28), iso(28))]
    assert missing(home, 31) == [(iso(28), iso(30))]
    deliver(home, [31])
    assert missing(home, 32) == []


@pytest.mark.parametrize(("counts", "is_missed"), [((1, 3), False), ((1, 40), True), ((0, 3), True)])
def test_a_feed_of_few_records_may_come_only_when_there_is_something_to_tell(
    counts: tuple[int, int], is_missed: bool, home: Home
) -> None:
    """A day without a return comes soon where returns are two a day; who sends a file of none sends one each day."""
    for day in working(range(26)):
        count = counts[day % 2]
        landed_at = at(day + 1, 9)
        home.report(
            day + 1, [], landed_at=landed_at, covers_on=iso(day), records=count, accepted=count, name=f"{day}.xml"
        )
    assert bool(missing(home, 29)) == is_missed


def test_weekends_holidays_and_the_change_of_clocks_are_no_silence(home: Home) -> None:
    """Sixty days with the end of winter time (day 27) and Easter (days 32 to 35)."""
    days = [day for day in working(range(60)) if day not in (32, 35)]
    for day in days:
        deliver(home, [day], hour=9 if day < 27 else 8)
        assert missing(home, day) == []
    for day in (32, 33, 34, 35, 36):
        assert missing(home, day) == []


def test_a_contract_is_asked_in_place_of_the_habit(home_with: Callable[..., Home]) -> None:
    """What was agreed has its own control."""
    schedule = Schedule("payout_report", "daily")
    home = home_with(msgspec.structs.replace(TERMS, schedules=(schedule,)))
    deliver(home, list(range(26)))
    assert missing(home, 40) == []
    with home.register.reading() as view:
        (habit,) = habits(view, moment(home, 26))
    assert (habit.source, habit.pattern) == ("contract", "for every day, by 12:00, 1 day after")


def rule(home: Home, schedule: Schedule, day: int) -> None:
    with home.register.transaction("ann", "accept", "schedule", at(day)) as batch:
        rulings.add(
            batch,
            "schedule",
            canonical(["stripe", ACCOUNT, "payout_report"]),
            value=canonical(msgspec.to_builtins(Accepted(iso(day), schedule))),
            reason="confirmed",
            actor="ann",
            at=at(day),
            recorded_at=at(day),
        )


def test_an_accepted_habit_is_expected_like_a_contract(home: Home) -> None:
    """From the day on which it was accepted; before it nothing is asked, and the learnt control is silent."""
    deliver(home, working(range(26)))
    with home.register.reading() as view:
        (habit,) = habits(view, moment(home, 26))
    assert habit.source == "learnt"
    assert habit.schedule is not None
    rule(home, habit.schedule, 28)
    home.check(31)
    assert [(b.control, b.feed) for b in home.breaks()] == [("missing_file", "payout_report")]
    assert missing(home, 31) == []
    deliver(home, [28, 29, 30])
    home.check(31)
    assert home.breaks() == []


def test_a_feed_without_a_schedule_by_ruling_is_left_alone(home: Home) -> None:
    """Somebody said that there is none."""
    deliver(home, working(range(26)))
    rule(home, Schedule("payout_report", "none", is_learnt=True), 28)
    assert missing(home, 40) == []
    home.check(40)
    assert home.breaks() == []


@pytest.mark.parametrize(("day", "found"), [("2026-01-10", None), ("2026-02-10", "monthly"), ("2026-03-10", "monthly")])
def test_what_terms_say_goes_before_what_was_accepted(day: str, found: str | None) -> None:
    """And what was accepted holds across terms."""
    terms = (Terms(valid_from="2026-01-01"), Terms(valid_from="2026-03-01", schedules=(Schedule("a", "daily"),)))
    told = with_schedules(terms, [("2026-02-01", Schedule("b", "monthly")), ("2026-02-01", Schedule("a", "monthly"))])
    on = next(t for t in reversed(told) if t.valid_from <= day)
    schedule = on.schedule("b")
    assert (schedule.cadence if schedule else None) == found
    assert on.schedule("a") is None or day < "2026-03-01" or on.schedule("a") == Schedule("a", "daily")
