"""What people decide about breaks, on a home whose causes last, grow, go and come back."""

from typing import Any

import pytest
from sqlalchemy import select

from recoup.app.break_work import Wanted, Work
from recoup.domain.instants import DAY
from recoup.enquiry import break_work, lists
from recoup.enquiry.selector import Breaks
from recoup.errors import WorkRefused
from recoup.storage import schema
from tests.controls.home import Home, at


def work(home: Home, day: int, actor: str = "mo") -> Work:
    return Work(home.register, actor=actor, now=at(day), recorded_at=at(day))


def keys(home: Home) -> list[str]:
    with home.register.reading() as view:
        return [row.id for row in lists.breaks(view, Breaks(is_all=True), at(9))]


def status(home: Home) -> str:
    (b,) = home.breaks(with_closed=True)
    return b.status


def decide(home: Home, day: int, verb: Any, actor: str = "mo", **more: Any) -> lists.BreakRow:
    (row,) = work(home, day, actor).decide(keys(home), Wanted(verb=verb, **more))
    return row


def touches(home: Home) -> list[tuple[Any, ...]]:
    t = schema.touch.c
    with home.register.reading() as view:
        return view.rows(select(t.verb, t.actor, t.is_automatic, t.minutes).order_by(t.at, t.verb))


@pytest.fixture
def unconfirmed(home: Home) -> Home:
    """The house has not charged the merchant: one break that lasts."""
    home.clean_story(without=["confirmed"])
    home.check(4)
    return home


@pytest.mark.parametrize("verb", ["known", "snooze", "close"])
def test_what_was_decided_lasts_from_check_to_check(unconfirmed: Home, verb: str) -> None:
    """It survives every check while the cause shows what it showed."""
    more: dict[str, Any] = {"until_at": at(30)} if verb == "snooze" else {}
    then = decide(unconfirmed, 4, verb, reason="agreed", **more).status
    for day in (5, 6):
        assert unconfirmed.check(day).opened == 0
    assert status(unconfirmed) == then != "open"


def test_nobody_looks_away_for_good_alone(unconfirmed: Home) -> None:
    """A snooze of years would be closing without a second person."""
    with pytest.raises(WorkRefused, match="30 days at most"):
        decide(unconfirmed, 4, "snooze", reason="later", until_at=at(4) + 31 * DAY)
    assert decide(unconfirmed, 4, "snooze", reason="later", until_at=at(4) + 30 * DAY).status == "snoozed"


def test_a_snooze_opens_again_at_its_time(unconfirmed: Home) -> None:
    """By the first check after it, with the reason."""
    decide(unconfirmed, 4, "snooze", until_at=at(6), reason="waiting for the partner")
    unconfirmed.check(5)
    assert status(unconfirmed) == "snoozed"
    unconfirmed.check(7)
    assert unconfirmed.only().status == "open"
    with unconfirmed.register.reading() as view:
        (row,) = lists.breaks(view, Breaks(id=keys(unconfirmed)[0]), at(7))
    assert [(w.verb, w.actor, w.reason) for w in row.work][-1] == ("reopen", "check", "its time is over")


def test_a_cause_that_is_gone_and_comes_back_opens_again(unconfirmed: Home) -> None:
    """Closed by a person, gone, shown again: what was decided was about the first time."""
    row = decide(unconfirmed, 4, "close", reason="charged by hand")
    key = row.id
    unconfirmed.confirmed(day=6)
    unconfirmed.check(6)
    with unconfirmed.register.reading() as view:
        said = break_work.decisions(view, [key])[key]
    assert [one.verb for one in said] == ["close", "gone"]


def test_a_second_person_approves_above_the_limit(home: Home) -> None:
    """The one who asked may not; until then the break stays open."""
    home.opened(minor=5_000_000)
    home.check(9)
    with home.register.reading() as view:
        key = next(row.id for row in lists.breaks(view, Breaks(), at(9)) if row.amounts)
    known = Wanted(verb="known", reason="agreed")
    (row,) = work(home, 9).decide([key], known)
    assert (row.status, row.waits_for_approval) == ("open", "known")
    with pytest.raises(WorkRefused, match="who asked for it"):
        work(home, 9).decide([key], Wanted(verb="approve"))
    (row,) = work(home, 9, "jo").decide([key], Wanted(verb="approve"))
    assert (row.status, row.waits_for_approval) == ("known", None)
    with pytest.raises(WorkRefused, match="nothing that waits"):
        work(home, 9, "ed").decide([key], Wanted(verb="approve"))


def test_every_decision_is_in_the_work_log(unconfirmed: Home) -> None:
    """By hand with minutes, where they were told; by itself when the cause is gone."""
    decide(unconfirmed, 4, "assign", value="mo")
    decide(unconfirmed, 5, "note", reason="called them", minutes=15)
    unconfirmed.confirmed(day=6)
    unconfirmed.check(6)
    assert touches(unconfirmed) == [("assign", "mo", 0, None), ("note", "mo", 0, 15), ("close", "check", 1, None)]


def test_card_numbers_in_a_reason_are_masked(unconfirmed: Home) -> None:
    """Nobody reads them back."""
    row = decide(unconfirmed, 4, "note", reason="card 4242424242424242 was refunded")
    assert row.work[-1].reason is not None
    assert "4242424242424242" not in row.work[-1].reason


def test_a_break_that_is_over_is_not_closed(unconfirmed: Home) -> None:
    """Nor snoozed, nor known."""
    key = keys(unconfirmed)[0]
    unconfirmed.confirmed(day=6)
    unconfirmed.check(6)
    with pytest.raises(WorkRefused, match="over"):
        work(unconfirmed, 6).decide([key], Wanted(verb="close", reason="x"))


def test_a_person_takes_back_what_was_decided(unconfirmed: Home) -> None:
    """The break is open again at once."""
    decide(unconfirmed, 4, "close", reason="agreed")
    row = decide(unconfirmed, 5, "reopen", reason="it was not")
    assert (row.status, unconfirmed.only().closed_at) == ("open", None)
    with pytest.raises(WorkRefused, match="nothing was decided"):
        decide(unconfirmed, 5, "reopen", reason="again")
