"""Decisions about breaks as values: how they add up, and when they hold no longer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.break_work import PAGES_TENTH, Decision, Shown, grown, lapsed, needs_approval, standing
from recoup.domain.terms import PAGE_MINOR

SMALL = Shown({"USD": 100}, 1, "ticket")


def said(sequence: int, verb: Any, **more: Any) -> Decision:
    return Decision(
        decision=f"dec_{sequence}",
        break_="brk_1",
        sequence=sequence,
        verb=verb,
        actor=more.pop("actor", "mo"),
        at=sequence,
        shown=more.pop("shown", SMALL),
        **more,
    )


@given(st.permutations([said(1, "assign", value="mo"), said(2, "known"), said(3, "link", value="T-1")]))
def test_decisions_add_up_in_their_order_however_they_come(decisions: list[Decision]) -> None:
    """The sequence counts, not the order of reading."""
    now = standing(decisions)
    assert (now.status, now.owner, now.ticket) == ("known", "mo", "T-1")


def test_what_waits_for_approval_changes_nothing_until_it_is_approved() -> None:
    """Then it holds as it was decided."""
    waits = said(1, "close", needs_approval=True)
    assert (standing([waits]).status, standing([waits]).waiting) == ("open", waits)
    approved = standing([waits, said(2, "approve", approves="dec_1", actor="jo")])
    assert (approved.status, approved.waiting, approved.holds) == ("closed", None, waits)


def test_an_approval_of_what_was_replaced_counts_for_nothing() -> None:
    """A newer decision has to be approved itself."""
    decisions = [
        said(1, "close", needs_approval=True),
        said(2, "known", needs_approval=True),
        said(3, "approve", approves="dec_1"),
    ]
    assert standing(decisions).status == "open"


@pytest.mark.parametrize("verb", ["reopen", "gone"])
def test_what_was_decided_ends_and_the_owner_stays(verb: str) -> None:
    """A person's or Recoup's own word ends a status, nobody's work."""
    now = standing([said(1, "assign", value="mo"), said(2, "snooze", until_at=9), said(3, verb)])
    assert (now.status, now.owner, now.until_at) == ("open", "mo", None)


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (SMALL, None),
        (Shown({"USD": 101}, 1, "ticket"), "more money is in question in USD"),
        (Shown({"USD": -101}, 1, "ticket"), "more money is in question in USD"),
        (Shown({"USD": 100, "EUR": 1}, 1, "ticket"), "more money is in question in EUR"),
        (Shown({"USD": 100}, 2, "ticket"), "2 disputes instead of 1"),
        (Shown({"USD": 100}, 1, "page"), "page instead of ticket"),
        (Shown({"USD": 1}, 0, "note"), None),
    ],
)
def test_a_break_grows_by_money_disputes_or_urgency(shown: Shown, why: str | None) -> None:
    """Less of any of them is no reason to open it again."""
    assert grown(SMALL, shown) == why


def test_a_snooze_ends_at_its_time() -> None:
    """Not a microsecond before."""
    now = standing([said(1, "snooze", until_at=9)])
    assert lapsed(now, SMALL, 8) is None
    assert lapsed(now, SMALL, 9) == "its time is over"


def test_many_small_breaks_decided_at_once_need_a_second_person_like_a_large_one() -> None:
    """Money is added up per currency, so that nothing is cut into slices."""
    half = Shown({"USD": PAGE_MINOR // PAGES_TENTH // 2}, 1, "ticket")
    other = Shown({"EUR": PAGE_MINOR // PAGES_TENTH // 2}, 1, "ticket")
    assert needs_approval("known", [half, half], {})
    assert not needs_approval("known", [half, other], {})
    assert not needs_approval("snooze", [half, half], {})


def test_a_second_person_is_asked_from_a_tenth_of_what_pages_by_contract() -> None:
    """A forint is not a cent: what is much is said by currency."""
    told = Shown({"HUF": 30_000_000}, 1, "ticket")
    assert needs_approval("close", [told], {})
    assert not needs_approval("close", [told], {"HUF": 400_000_000})
    assert needs_approval("close", [told, told], {"HUF": 400_000_000})
