"""Counts that fall, bytes that come again, messages that are long under way; and what says nothing."""

import pytest
from sqlalchemy import select

from recoup.controls import volumes
from recoup.controls.moment import load_moment
from recoup.controls.run import Control
from recoup.controls.symptom import Symptom
from recoup.domain import tables
from recoup.domain.instants import HOUR
from recoup.partners.registry import partners
from recoup.storage import schema
from tests.controls.home import Home, at


def seen(home: Home, control: Control, day: int, hour: int = 23) -> list[Symptom]:
    with home.register.reading() as view:
        return control(view, load_moment(view, at(day, hour), tables.moves(), partners()))


def files(home: Home, counts: list[int], first: int = 0) -> None:
    for day, count in enumerate(counts, first):
        home.report(day, [], name=f"day_{day}.csv", records=count, accepted=count)


def messages(home: Home, day: int, count: int) -> None:
    """One delivery that stands for as many messages, as only sums are looked at."""
    home.delivery("webhook", at(day, 12), name=f"messages_{day}", records=count, accepted=count)


def weeks(usual: list[int], count: int = 5) -> list[int]:
    return [number + (day % 3) for day, number in enumerate(usual * count)]


@pytest.mark.parametrize("counts", [weeks([100] * 5 + [30, 20]), [5 * n for n in weeks([100] * 5 + [30, 20])]])
def test_weeks_like_any_others_say_nothing(home: Home, counts: list[int]) -> None:
    """Quiet weekends are usual, at any volume."""
    files(home, counts)
    assert [len(seen(home, volumes.low_volume, day)) for day in range(0, 36, 3)] == [0] * 12


def test_a_peak_and_its_end_say_nothing(home: Home) -> None:
    """Five times as much for a week is no fault, and neither is the week after."""
    files(home, [*weeks([100] * 7), *[500] * 7, *[100] * 7])
    assert [seen(home, volumes.low_volume, day) for day in range(35, 49)] == [[]] * 14


def test_an_empty_report_of_a_busy_feed_is_seen_the_day_after(home: Home) -> None:
    """It came, and has no rows: its totals are in question."""
    files(home, [*weeks([100] * 7), 0])
    assert seen(home, volumes.low_volume, 35) == []
    (symptom,) = seen(home, volumes.low_volume, 36, hour=1)
    assert (symptom.kind, symptom.classes[0], symptom.since_on) == ("statistical", "control_total", "2026-04-06")
    assert "0 records came on stripe payout_report" in symptom.seen


def test_half_of_the_rows_of_a_busy_feed_are_missed(home: Home) -> None:
    """A consistent partial file; at a tenth of the volume nobody could tell, and nothing is said."""
    files(home, [*weeks([1_000] * 7), 500])
    assert len(seen(home, volumes.low_volume, 36)) == 1
    files(home, [*weeks([20] * 7), 12], first=100)
    assert seen(home, volumes.low_volume, 136) == []


def test_messages_that_stop_are_seen_though_nothing_says_so(home: Home) -> None:
    """A feed that was moved without a word: days without a message, in one break."""
    for day, count in enumerate(weeks([60] * 7)):
        messages(home, day, count)
    (symptom,) = seen(home, volumes.low_volume, 38)
    assert (symptom.classes[0], symptom.since_on, symptom.until_on) == ("missing_file", "2026-04-06", "2026-04-08")


def test_few_messages_must_stay_away_for_two_days(home: Home) -> None:
    """A mean of twelve: one empty day may be chance."""
    for day in range(35):
        messages(home, day, 12 + day % 2)
    assert seen(home, volumes.low_volume, 36) == []
    assert len(seen(home, volumes.low_volume, 37)) == 1


def test_three_weeks_tell_nothing(home: Home) -> None:
    """A new partner's first weeks."""
    files(home, [*weeks([100] * 7, 3), 0])
    assert seen(home, volumes.low_volume, 22) == []


@pytest.mark.parametrize(("repeats", "said"), [(0, 0), (3, 0), (19, 0), (40, 1)])
def test_known_bytes_over_and_over(home: Home, repeats: int, said: int) -> None:
    """A few are usual; it is noted and nothing more."""
    for number in range(50):
        home.delivery("webhook", at(number % 5) + number, name=f"first_{number}")
    for number in range(repeats):
        home.delivery("webhook", at(6) + number, name=f"again_{number}", is_repeat=True, status="known")
    found = seen(home, volumes.repeated_deliveries, 6)
    assert len(found) == said
    assert all(symptom.is_note for symptom in found)


@pytest.mark.parametrize(("late", "said"), [(0, 0), (1, 0), (3, 1), (24, 1)])
def test_an_hour_of_late_messages(home: Home, late: int, said: int) -> None:
    """More than one in twenty, of twenty at least; the day after it is over."""
    home.payment("ch_dp_1")
    for number in range(24):
        landed_at = at(1, 12) + number
        at_ = landed_at - (HOUR if number < late else 0)
        home.event(
            "dp_1",
            "chargeback_under_review",
            1,
            occurred_at=at_,
            record_id=f"evt_{number}",
            landed_at=landed_at,
        )
    assert len(seen(home, volumes.intake_lag, 1)) == said
    assert seen(home, volumes.intake_lag, 3) == []


def test_statistics_page_nobody(home: Home) -> None:
    """Whatever money or number there is."""
    files(home, [*weeks([100] * 7), 0])
    home.check(36)
    b = schema.break_.c
    with home.register.reading() as view:
        assert view.rows(select(b.control, b.kind, b.severity)) == [("low_volume", "statistical", "ticket")]
