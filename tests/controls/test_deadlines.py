from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from recoup.domain.terms import Terms
from tests.controls.home import TERMS, Home, at, ours


def test_an_unanswered_dispute_pages_three_days_before_its_deadline(home: Home) -> None:
    """Due on day 20 at nine: silent with more than 72 hours left."""
    home.clean_story(without=["answered"])
    home.check(17, hour=9)
    assert home.breaks() == []
    home.check(17, hour=10)
    found = home.only()
    assert (found.control, found.classes[0], found.severity) == ("clock_headroom", "deadline_near", "page")
    assert (found.nearest_due_at, found.amounts) == (at(20, 9), {"USD": 5000})
    assert "as the partner said" in found.explanation


def test_an_answered_dispute_has_no_deadline(home: Home) -> None:
    """A spent slot has no clock."""
    home.clean_story()
    home.check(19)
    assert home.breaks() == []


@pytest.mark.parametrize(("day", "likeliest"), [(21, "deadline_passed"), (24, "lost_event")])
def test_a_deadline_that_passed(home: Home, day: int, likeliest: str) -> None:
    """First it is ours; days later the partner's end of it is missing."""
    home.clean_story(without=["answered"])
    home.check(day)
    assert (home.only().control, home.only().classes[0]) == ("clock_headroom", likeliest)


def test_a_decided_dispute_has_no_deadline(home: Home) -> None:
    """Lost for want of an answer, and told: nothing is left to do."""
    home.clean_story(without=["answered"])
    home.event("dp_1", "lost", 16)
    home.check(24)
    assert home.breaks() == []


@pytest.mark.parametrize(("moved_to", "word"), [(12, "forward"), (25, "back")])
def test_a_deadline_that_moved_within_its_stage(home: Home, moved_to: int, word: str) -> None:
    """The earlier one counts either way."""
    home.clean_story(without=["answered"])
    home.event(
        "dp_1",
        "chargeback_opened",
        3,
        record_id="evt_moved",
        due_at=at(moved_to, 9),
        due_state="said",
        opened_at=at(0, 9),
    )
    home.check(4)
    found = home.only()
    assert (found.control, found.classes[0], found.disputes) == ("deadline_moved", "deadline_moved", [ours("dp_1")])
    assert found.nearest_due_at == at(min(moved_to, 20), 9)
    assert f" {word} to 2026-03-{2 + moved_to:02} 09:00 UTC" in found.explanation


def test_a_deadline_that_moved_by_seconds_is_told_in_full(home: Home) -> None:
    """To the minute both times would read the same."""
    home.clean_story(without=["answered"])
    home.event(
        "dp_1",
        "chargeback_opened",
        3,
        record_id="evt_moved",
        due_at=at(20, 9) + 59_000_000,
        due_state="said",
        opened_at=at(0, 9),
    )
    home.check(4)
    assert "from 2026-03-22T09:00:00.000000Z back to 2026-03-22T09:00:59.000000Z" in home.only().explanation


def test_the_deadline_of_a_new_stage_is_not_a_moved_one(home: Home) -> None:
    """An inquiry's answer and a chargeback's are two clocks."""
    home.payment("ch_dp_1")
    home.event("dp_1", "inquiry_opened", -8, due_at=at(6), due_state="said", opened_at=at(-8, 9))
    home.opened(opened_at=None)
    home.check(0)
    assert home.breaks() == []


def test_a_notice_that_came_when_most_of_the_time_was_over(home: Home) -> None:
    """Opened on day 0, due on day 20, heard of on day 12; the account was connected before."""
    home.payment("ch_dp_0")
    home.opened("dp_0", day=-3)
    home.answered("dp_0", day=-2)
    home.settled("dp_0", day=-2)
    home.confirmed("dp_0", day=-2)
    home.confirmed("dp_0", day=-2, kind="dispute_fee", minor=-1500)
    home.payment("ch_dp_1")
    home.opened(landed_at=at(12))
    home.check(12, hour=11)
    late = [b for b in home.breaks() if b.control == "late_notice"]
    assert [(b.classes[0], b.disputes, b.feed) for b in late] == [("late_notice", [ours("dp_1")], "webhook")]


def test_a_late_notice_explains_the_deadline_that_is_near(home: Home) -> None:
    """Told on day 18 of a dispute due on day 20: one cause, one break."""
    home.payment("ch_dp_0")
    home.opened("dp_0", day=-3)
    home.answered("dp_0", day=-2)
    home.settled("dp_0", day=-2)
    home.confirmed("dp_0", day=-2)
    home.confirmed("dp_0", day=-2, kind="dispute_fee", minor=-1500)
    home.payment("ch_dp_1")
    home.opened(landed_at=at(18), legs=())
    home.check(18, hour=11)
    (found,) = (b for b in home.breaks() if b.disputes == [ours("dp_1")])
    assert (found.control, found.severity) == ("late_notice", "page")
    assert "a deadline that is near or past" in found.explanation


def test_old_disputes_of_a_new_partner_are_no_late_notices(home: Home) -> None:
    """What was open when the account was connected could not be told earlier."""
    home.payment("ch_dp_1")
    home.opened(landed_at=at(12))
    home.check(12, hour=11)
    assert "late_notice" not in {b.control for b in home.breaks()}


def test_a_dispute_without_any_deadline_is_noted(home: Home) -> None:
    """A day after it is known, and only as a note."""
    home.clean_story(without=["opened", "answered"])
    home.opened(due_at=None, due_state="unsaid")
    home.check(0)
    assert home.breaks() == []
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0]) == ("deadline_missing", "deadline_missing")


def test_a_day_to_answer_by_that_is_left_empty_is_missed_at_once(home: Home) -> None:
    """Though a rule of the network computes one; over once the partner says it."""
    home.payment("ch_dp_1")
    home.opened(due_at=None, due_state="left_empty", network="visa", reason_code="13.1")
    home.check(0)
    found = home.only()
    assert (found.control, found.classes[0], found.amounts) == ("deadline_missing", "deadline_missing", {"USD": 5000})
    assert "leaves empty until when" in found.explanation
    home.opened(day=1, record_id="evt_again", due_at=at(20, 9), due_state="said", legs=())
    home.check(1)
    assert home.breaks() == []
    assert [b.closed_at for b in home.breaks(with_closed=True)] == [at(1, 9, 1)]


def test_a_day_that_was_said_before_is_not_missed(home: Home) -> None:
    """The partner says it once, and leaves it empty when it tells the same dispute again."""
    home.payment("ch_dp_1")
    home.opened()
    home.opened(day=1, record_id="evt_again", due_at=None, due_state="left_empty", legs=())
    home.check(1)
    assert home.breaks() == []


def test_an_answer_ends_that_a_day_was_left_empty(home: Home) -> None:
    """Nobody waits for us any more."""
    home.payment("ch_dp_1")
    home.opened(due_at=None, due_state="left_empty")
    home.check(0)
    home.answered(day=1)
    home.check(1)
    assert [b.status for b in home.breaks(with_closed=True)] == ["closed"]


def test_a_time_of_no_answer_for_a_dispute_that_waits_for_one_is_odd(home: Home) -> None:
    """The partner says both: answer, and none is possible."""
    home.clean_story(without=["opened", "answered"])
    home.opened(due_at=None, due_state="none_allowed")
    home.check(3)
    assert home.only().control == "deadline_missing"
    assert "means that no answer is possible" in home.only().explanation


def test_a_calendar_that_ends_soon_is_noted(home_with: Callable[..., Home]) -> None:
    """England's bank holidays are known through 2028."""
    home = home_with(Terms(valid_from="2024-01-01", calendar="uk"))
    home.check(30)
    assert home.breaks() == []
    home.check(1000)
    assert (home.only().control, home.only().severity) == ("calendar_ending", "note")


def test_past_the_end_of_a_calendar_nothing_is_expected(home_with: Callable[..., Home]) -> None:
    """No date is computed there; the calendar's own break says why."""
    home = home_with(msgspec.structs.replace(TERMS, calendar="uk"))
    home.clean_story(without=["opened", "settled", "sold", "confirmed", "fee_confirmed", "paid", "banked", "answered"])
    home.opened(day=1100)
    home.answered(day=1101)
    home.check(1110)
    assert {b.control for b in home.breaks()} == {"calendar_ending"}


CARD: dict[str, Any] = {"network": "visa", "reason_code": "10.4"}
"""Of a network whose rules give a limit."""


@pytest.mark.parametrize("due_at", [0, 86_400_000_000, at(-3)])
def test_a_deadline_that_cannot_be_read_is_one_break_and_the_rules_limit_counts(home: Home, due_at: int) -> None:
    """Told as 1970, or before the dispute: said at once as a note, with what counts instead, and nothing is overdue."""
    home.clean_story(without=["opened", "answered"])
    home.opened(due_at=due_at, due_state="said", **CARD)
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0]) == ("deadline_unreadable", "deadline_missing")
    assert "cannot be read as a deadline; it is left out, and 2026-" in found.explanation
    assert "1970" not in found.explanation
    home.answered(day=4)
    home.check(5)
    assert home.breaks() == []


def test_a_right_deadline_after_one_that_cannot_be_read_has_not_moved(home: Home) -> None:
    """The odd one never counted."""
    home.clean_story(without=["opened", "answered"])
    home.opened(due_at=1, due_state="said")
    home.event("dp_1", "chargeback_opened", 1, record_id="evt_right", due_at=at(20, 9), due_state="said")
    home.check(3)
    assert (home.only().control, home.only().nearest_due_at) == ("deadline_unreadable", at(20, 9))


def test_asked_for_an_answer_and_told_that_none_is_allowed_the_rules_limit_counts(home: Home) -> None:
    """A due time of zero with a status that asks: explained, and the clock of the network's rules runs."""
    home.clean_story(without=["opened", "answered"])
    home.opened(due_at=None, due_state="none_allowed", **CARD)
    home.check(3)
    found = home.only()
    assert found.control == "deadline_missing"
    assert "means that no answer is possible; 2026-" in found.explanation
    assert "as a rule of the network says" in found.explanation or "not verified" in found.explanation
    home.check(60)
    assert home.only().control == "deadline_missing"
