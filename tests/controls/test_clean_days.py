from collections.abc import Callable

import msgspec
import pytest

from recoup.domain.legs import Told
from recoup.domain.terms import Schedule
from tests.controls.home import DAILY, TERMS, Home, at, iso


def test_a_clean_story_raises_nothing_on_any_day(home: Home) -> None:
    """Announced, settled, paid out, banked, confirmed and answered: silent on each of twenty days."""
    home.clean_story()
    for day in range(20):
        home.check(day)
    assert home.breaks(with_closed=True) == []


def test_a_story_told_day_by_day_raises_nothing(home: Home) -> None:
    """The check runs each evening while the facts still come in."""
    home.payment("ch_dp_1")
    home.check(-1)
    home.opened()
    home.check(0)
    home.settled()
    home.sold()
    home.confirmed()
    home.confirmed(kind="dispute_fee", minor=-1500)
    home.check(1)
    home.paid()
    home.check(2)
    home.banked()
    home.answered()
    home.check(3)
    home.won()
    home.check(7)
    home.settled(day=8, gross=5000, fee=0, batch="po_2")
    home.sold("po_2", 8)
    home.confirmed(day=8, kind="dispute_credit", minor=5000)
    home.paid("po_2", 9, 105_000)
    home.check(9)
    home.banked("po_2", 10, 105_000)
    for day in range(10, 30):
        home.check(day)
    assert home.breaks(with_closed=True) == []


def test_money_over_a_long_weekend_raises_nothing(home: Home) -> None:
    """Good Friday and Easter Monday are no banking days: what was announced on Thursday may settle on Wednesday."""
    thursday = 31  # 2026-04-02
    home.payment("ch_dp_1")
    home.opened(day=thursday)
    for day in range(thursday, thursday + 7):
        home.check(day)
    assert home.breaks(with_closed=True) == []
    home.check(thursday + 7)
    assert {b.control for b in home.breaks()} == {"leg_unsettled", "house_unconfirmed"}


def test_a_new_partner_without_contract_is_asked_for_nothing(home_with: Callable[..., Home]) -> None:
    """Without a term there is no expectation, and a balance that waits is no break; a note says what is not checked."""
    home = home_with(msgspec.structs.replace(TERMS, days=type(TERMS.days)(), fees=()))
    home.payment("ch_dp_1")
    home.opened()
    home.check(15)
    assert [(b.control, b.severity) for b in home.breaks()] == [("no_contract", "note")]


@pytest.mark.parametrize("first", [0, 26])  # the second span has the day on which clocks go forward in most of Europe
def test_files_on_time_raise_nothing(home_with: Callable[..., Home], first: int) -> None:
    """A daily report at noon of the next day, weekends included, from the first that ever came."""
    home = home_with(msgspec.structs.replace(TERMS, schedules=(DAILY,)))
    for day in range(first, first + 8):
        home.check(day + 1, hour=11)
        home.report(day + 1, [], landed_at=at(day + 1, 11, 50), covers_on=iso(day))
        home.check(day + 1)
    assert home.breaks(with_closed=True) == []


def test_a_file_of_banking_days_is_not_missed_on_a_holiday(home_with: Callable[..., Home]) -> None:
    """Friday's file is due on the next banking day; Saturday has none."""
    schedule = Schedule("payout_report", "banking_daily", days_after=1)
    home = home_with(msgspec.structs.replace(TERMS, schedules=(schedule,)))
    thursday, friday, monday = 3, 4, 7
    home.report(friday, [], covers_on=iso(thursday))
    home.check(friday + 2)
    assert home.breaks() == []
    home.report(monday, [], covers_on=iso(friday))
    home.check(monday)
    assert home.breaks() == []


def test_a_partner_that_closes_an_inquiry_raises_nothing(home: Home) -> None:
    """An inquiry has no money: nothing is waited for."""
    home.payment("ch_dp_1")
    home.event("dp_1", "inquiry_opened", 0, due_at=at(9), due_state="said", opened_at=at(0, 9))
    home.event("dp_1", "inquiry_closed", 4)
    home.check(20)
    assert home.breaks() == []


def test_a_lost_dispute_raises_nothing(home: Home) -> None:
    """One debit and no credit is what lost means."""
    home.clean_story()
    home.event("dp_1", "lost", 8)
    home.check(20)
    assert home.breaks() == []


def test_a_second_chargeback_is_no_double_debit(home: Home) -> None:
    """Taken, given back, taken again, each announced: three legs, and none of them is odd."""
    home.clean_story()
    home.event("dp_1", "chargeback_reversed", 5, legs=(Told("credit", 1, 5000, "USD", is_provisional=True),))
    home.settled(day=6, gross=5000, fee=0, batch="po_1b")
    home.event("dp_1", "second_chargeback", 8, legs=(Told("debit", 2, 5000, "USD"),))
    home.settled(day=9, gross=-5000, fee=0, batch="po_1b", identity="txn_again")
    home.check(11)
    assert home.breaks() == []
