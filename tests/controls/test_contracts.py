from collections.abc import Callable

import msgspec
import pytest

from recoup.domain.terms import Days, FeeTerm, Terms
from tests.controls.home import ACCOUNT, DAYS, FEE, TERMS, Home, Seen

NEVER = Terms(valid_from="2099-01-01")
"""A contract that has not begun: as good as none."""


def notes(home: Home, day: int = 20) -> list[Seen]:
    home.check(day)
    return [b for b in home.breaks() if b.control == "no_contract"]


def test_disputes_without_a_contract_are_noted_once(home_with: Callable[..., Home]) -> None:
    """One note for the account, and nothing else: without a term nothing is ever late."""
    home = home_with(NEVER)
    home.clean_story()
    home.opened("dp_2", payment_ref="ch_dp_1", legs=())
    home.answered("dp_2")
    (found,) = notes(home)
    assert (found.severity, found.partner, found.account, found.amounts) == ("note", "stripe", ACCOUNT, {})
    assert f"Account {ACCOUNT} at stripe has 2 disputes and money and no contract" in found.explanation
    assert "no fee is compared" in found.explanation


def test_money_alone_is_enough_to_ask_for_a_contract(home_with: Callable[..., Home]) -> None:
    """Sales and a payout; the bank that tells of it needs none."""
    home = home_with(NEVER)
    home.sold()
    home.paid(minor=100_000)
    home.banked(minor=100_000)
    (found,) = notes(home)
    assert "has money and no contract" in found.explanation


def test_an_account_of_which_nothing_came_is_silent(home_with: Callable[..., Home]) -> None:
    """It is set up, and waits."""
    home = home_with(NEVER)
    home.payment("ch_dp_1")
    assert notes(home) == []


def test_a_whole_contract_is_silent(home: Home) -> None:
    """Also where a dispute was won."""
    home.clean_story()
    home.won()
    assert notes(home) == []


@pytest.mark.parametrize(
    ("days", "fees", "unsaid"),
    [
        (DAYS, (), "what a dispute costs"),
        (msgspec.structs.replace(DAYS, win_to_credit=None), (FEE,), "when a win is credited"),
        (msgspec.structs.replace(DAYS, announce_to_settle=None), (FEE,), "when what is announced is settled"),
        (Days(), (), "when what is announced is settled nor when a win is credited nor what a dispute costs"),
    ],
)
def test_a_contract_that_leaves_open_what_was_needed_says_so(
    home_with: Callable[..., Home], days: Days, fees: tuple[FeeTerm, ...], unsaid: str
) -> None:
    """What could not be compared or expected is named."""
    home = home_with(msgspec.structs.replace(TERMS, days=days, fees=fees))
    home.clean_story()
    home.won()
    (found,) = notes(home)
    assert f"its contract does not say {unsaid}." in found.explanation


def test_a_fee_for_returns_is_what_a_bank_debit_costs(home_with: Callable[..., Home]) -> None:
    """A contract about bank debits agrees on no fee for receiving a dispute."""
    home = home_with(msgspec.structs.replace(TERMS, fees=(FeeTerm("bank_return"),)))
    home.clean_story()
    assert notes(home) == []


def test_what_nothing_asked_for_may_stay_open(home_with: Callable[..., Home]) -> None:
    """Nothing was won, and no money moved: neither credit nor fee is missed."""
    fee = FeeTerm("received")  # agreed, without a price: known not to be compared
    home = home_with(
        msgspec.structs.replace(TERMS, days=msgspec.structs.replace(DAYS, win_to_credit=None), fees=(fee,))
    )
    home.clean_story()
    assert notes(home) == []


def test_a_contract_that_ended_before_the_latest_fact_is_none(home_with: Callable[..., Home]) -> None:
    """And one that ended after it still covers what came."""
    for until, count in (("2026-03-03", 1), ("2026-12-31", 0)):
        home = home_with(msgspec.structs.replace(TERMS, valid_to=until))
        home.clean_story()
        assert len(notes(home)) == count


def test_the_note_closes_when_a_contract_is_given(home_with: Callable[..., Home]) -> None:
    """It was true until then, and stays in the list of closed ones."""
    home = home_with(NEVER)
    home.clean_story()
    assert len(notes(home)) == 1
    home.agree(TERMS)
    assert notes(home) == []
    assert [b.status for b in home.breaks(with_closed=True) if b.control == "no_contract"] == ["closed"]
