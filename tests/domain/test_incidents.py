"""Incidents as values: who joins which, and who is told within the budget."""

from typing import Any

from recoup.domain.incidents import (
    GROUP_WITHIN,
    PAGES_A_DAY,
    URGENT_WITHIN,
    Incident,
    Member,
    alerted,
    joins,
    loudest,
)
from recoup.domain.instants import DAY, HOUR

NOW = 100 * DAY


def incident(key: str = "inc_1", **more: Any) -> Incident:
    told = {"partner": "stripe", "feed": "report", "family": "money", "opened_at": NOW, "joined_at": NOW}
    return Incident(incident=key, **{**told, "severity": "page", **more})


def member(**more: Any) -> Member:
    told: dict[str, Any] = {
        "break_": "brk_1",
        "partner": "stripe",
        "feed": "report",
        "family": "money",
        "first_seen_at": NOW,
        "is_open": True,
        "severity": "ticket",
        "nearest_due_at": None,
    }
    return Member(**{**told, **more})


def test_a_break_joins_what_grew_within_the_time_and_nothing_else() -> None:
    """Partner, feed and family are the same, and the time is near."""
    one = incident()
    assert joins(member(first_seen_at=NOW + GROUP_WITHIN), [one]) == one
    assert joins(member(first_seen_at=NOW + GROUP_WITHIN + 1), [one]) is None
    assert joins(member(partner="adyen"), [one]) is None
    assert joins(member(feed="webhook"), [one]) is None
    assert joins(member(family="delivery"), [one]) is None


def test_the_loudest_counts() -> None:
    """And nothing is a note."""
    assert loudest(["note", "page", "ticket"]) == "page"
    assert loudest([]) == "note"


def test_nobody_is_told_the_same_twice() -> None:
    """Only what grows louder is told again."""
    told = alerted(incident(severity="ticket"), None, [], NOW)
    assert (told.alerted_as, told.alerted_at) == ("ticket", NOW)
    assert alerted(told, None, [], NOW + DAY) == told
    louder = alerted(incident(severity="page", alerted_as="ticket", alerted_at=NOW), None, [], NOW + HOUR)
    assert (louder.alerted_as, louder.alerted_at) == ("page", NOW + HOUR)
    assert alerted(incident(severity="note"), None, [], NOW).alerted_as is None


def test_past_the_budget_a_page_is_a_ticket_unless_it_is_due_soon() -> None:
    """Of one partner, within a day."""
    others = [incident(f"inc_{n}", alerted_as="page", alerted_at=NOW - HOUR) for n in range(10, 10 + PAGES_A_DAY)]
    held = alerted(incident(), None, others, NOW)
    assert (held.alerted_as, held.is_over_budget) == ("ticket", True)
    urgent = alerted(incident(), NOW + URGENT_WITHIN - 1, others, NOW)
    assert (urgent.alerted_as, urgent.is_over_budget) == ("page", False)
    assert alerted(incident(), None, others, NOW + DAY).alerted_as == "page"
    assert alerted(incident(partner="adyen"), None, others, NOW).alerted_as == "page"
    assert alerted(held, None, others, NOW + DAY).alerted_as == "page"
