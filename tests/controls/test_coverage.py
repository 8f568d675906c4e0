"""A dispute at a stage that takes money, and no word of its debit: a table asks for it, a contract says when."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from recoup.controls.run import check
from recoup.domain.outcome_money import OutcomeMoney
from recoup.domain.terms import Days
from tests.controls.home import PARTNERS, TERMS, Home, at, iso, ours, partner

OPEN = OutcomeMoney(
    grade="V",
    stage="chargeback",
    outcome=None,
    debits=1,
    credits=0,
    by="announce_to_settle",
    source="the partner's guide",
)


def look(home: Home, day: int, row: OutcomeMoney = OPEN) -> None:
    """Check in the evening of a day, with this row in the partner's table."""
    stripe = partner("stripe", PARTNERS["stripe"].books, (*PARTNERS["stripe"].outcome_money, row))
    check(home.register, at(day, 23), {**PARTNERS, "stripe": stripe}, actor="test", recorded_at=at(day, 23))


def told(home: Home, **more: Any) -> None:
    """The account is connected since yesterday; a chargeback is told on day 0, without its debit."""
    home.payment("ch_dp_1")
    home.event("dp_0", "inquiry_opened", -1, kind="request", payment_ref=None)
    home.opened(legs=(), **more)


def test_a_chargeback_without_a_debit_is_missed_when_its_time_is_over(home: Home) -> None:
    """Two banking days from Monday: silent on Wednesday, a break with the money on Thursday."""
    told(home)
    look(home, 2)
    assert home.breaks() == []
    look(home, 3)
    found = home.only()
    assert (found.control, found.classes[:2]) == ("case_without_money", ["not_debited", "lost_event"])
    assert (found.feed, found.disputes, found.amounts) == ("webhook", [ours("dp_1")], {"USD": 5000})
    assert f"at chargeback since {iso(0)}" in found.explanation


@pytest.mark.parametrize("how", ["announced", "settled"])
def test_a_debit_that_comes_later_ends_it(home: Home, how: str) -> None:
    """Announced by a message, or settled by a report, which then has nothing that announced it."""
    told(home)
    look(home, 3)
    if how == "announced":
        home.opened(day=4, record_id="evt_late")
    else:
        home.settled(day=4)
    look(home, 4)
    assert "case_without_money" not in [b.control for b in home.breaks()]


def test_what_the_house_charged_for_it_is_the_same_thing(home: Home) -> None:
    """The money was taken, and only the row that tells it is missing."""
    told(home)
    home.confirmed(day=1)
    look(home, 6)
    found = home.only()
    assert found.control == "case_without_money"
    assert "house unexpected" in found.explanation


@pytest.mark.parametrize(
    "row",
    [
        msgspec.structs.replace(OPEN, debits=0),
        msgspec.structs.replace(OPEN, by=None),
        msgspec.structs.replace(OPEN, stage="second_chargeback"),
    ],
)
def test_a_table_that_asks_for_no_debit_misses_none(home: Home, row: OutcomeMoney) -> None:
    """Of another stage, without a time, or where nothing is taken."""
    told(home)
    look(home, 9, row)
    assert "case_without_money" not in [b.control for b in home.breaks()]


def test_without_a_time_in_the_contract_nothing_is_missed(home_with: Callable[..., Home]) -> None:
    """What was not agreed is not expected."""
    home = home_with(msgspec.structs.replace(TERMS, days=Days()))
    told(home)
    look(home, 9)
    assert "case_without_money" not in [b.control for b in home.breaks()]


def test_disputes_older_than_the_connection_are_not_meant(home: Home) -> None:
    """Their debit was told to nobody here."""
    home.payment("ch_dp_1")
    home.opened(legs=(), opened_at=at(-5))
    look(home, 9)
    assert "case_without_money" not in [b.control for b in home.breaks()]


def test_a_notification_waits_for_its_chargeback(home: Home) -> None:
    """The money follows the chargeback, and that has a time of its own."""
    home.event("dp_0", "inquiry_opened", -1, kind="request", payment_ref=None)
    home.event("dp_1", "chargeback_announced", 0, opened_at=at(0))
    look(home, 4)
    assert "case_without_money" not in [b.control for b in home.breaks()]
