"""How a ticket stands by its steps."""

from itertools import permutations
from typing import Any

import pytest

from recoup.domain.tickets import Step, missing, ticket_standing


def step(sequence: int, verb: Any, **more: Any) -> Step:
    return Step(step=f"s{sequence}", ticket="t", sequence=sequence, verb=verb, at=sequence, actor="mo", **more)


def test_a_ticket_is_a_draft_until_somebody_says_that_it_went_out() -> None:
    """Writing it sends nothing."""
    assert ticket_standing([step(1, "open")]).status == "draft"
    sent = ticket_standing([step(1, "open"), step(2, "sent", due_at=9)])
    assert (sent.status, sent.sent_at, sent.due_at, sent.is_owed) == ("sent", 2, 9, True)


def test_an_answer_is_owed_until_it_comes_and_again_after_a_reminder() -> None:
    """The last time asked counts, with its due time."""
    steps = [step(1, "open"), step(2, "sent", due_at=5), step(3, "answer"), step(4, "remind", due_at=8)]
    answered = ticket_standing(steps[:3])
    assert (answered.status, answered.due_at, answered.answered_at) == ("answered", None, 3)
    again = ticket_standing(steps)
    assert (again.status, again.due_at, again.sent_at, again.reminders) == ("sent", 8, 2, 1)


@pytest.mark.parametrize(("now", "is_overdue"), [(8, False), (9, False), (10, True)])
def test_only_a_time_that_is_over_is_overdue(now: int, is_overdue: bool) -> None:
    """And only while an answer is owed."""
    asked = [step(1, "open"), step(2, "sent", due_at=9)]
    assert ticket_standing(asked).is_overdue(now) == is_overdue
    assert not ticket_standing([*asked, step(3, "answer")]).is_overdue(now)
    assert not ticket_standing([step(1, "open"), step(2, "sent")]).is_overdue(now)


def test_the_order_in_which_steps_are_read_does_not_matter() -> None:
    """Their sequence does."""
    steps = [
        step(1, "open"),
        step(2, "sent", due_at=9),
        step(3, "escalate"),
        step(4, "credit", currency="EUR", amount_minor=5),
    ]
    assert len({str(ticket_standing(order)) for order in permutations(steps)}) == 1


def test_money_is_summed_by_currency_and_closing_can_be_taken_back() -> None:
    """What was owed before is owed again."""
    came = [step(n, "credit", currency=code, amount_minor=5) for n, code in ((3, "EUR"), (4, "USD"), (5, "EUR"))]
    steps = [step(1, "open"), step(2, "sent"), *came, step(6, "close")]
    closed = ticket_standing(steps)
    assert (closed.status, closed.closed_at, closed.received) == ("closed", 6, {"EUR": 10, "USD": 5})
    assert ticket_standing([*steps, step(7, "reopen")]).status == "sent"
    assert ticket_standing([step(1, "open"), step(2, "close"), step(3, "reopen")]).status == "draft"
    assert missing({"EUR": 7, "JPY": 1}, closed.received) == {"EUR": -3, "JPY": 1}
