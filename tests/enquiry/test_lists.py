from typing import Any

import pytest

from recoup.domain.instants import DAY, HOUR
from recoup.enquiry import lists, selector
from recoup.enquiry.selector import Breaks, Disputes, parse_at_least
from recoup.errors import UsageProblem
from recoup.storage.register import View
from tests.fakes.small_home import BREAK, DUE, NOTICE, NOW, OPENED, WON, WON_AT


def ids(view: View, known_at: int | None = None, **which: Any) -> list[str]:
    return [row.id for row in lists.disputes(view, Disputes(**which), NOW, known_at)]


def test_disputes_come_soonest_due_first_and_notices_only_when_asked_for(view: View) -> None:
    """What must be acted on leads the list; a notice is counted, but it is no dispute."""
    assert ids(view) == [DUE, WON]
    assert ids(view, kind="notice") == [NOTICE]


@pytest.mark.parametrize(
    ("which", "found"),
    [
        ({"partner": "adyen"}, []),
        ({"merchant": "mer_1"}, [WON]),
        ({"stage": "chargeback"}, [DUE, WON]),
        ({"outcome": "won"}, [WON]),
        ({"outcome": "open"}, [DUE]),
        ({"due_within": 72 * HOUR}, [DUE]),
        ({"due_within": 49 * HOUR}, []),
        ({"min_money": parse_at_least("12345")}, [DUE]),
        ({"min_money": parse_at_least("50.00USD")}, [DUE, WON]),
        ({"min_money": parse_at_least("50.00EUR")}, []),
    ],
)
def test_each_filter_narrows(view: View, which: dict[str, Any], found: list[str]) -> None:
    """A filter leaves out what does not fit it, and nothing else."""
    assert ids(view, **which) == found


def test_disputes_can_be_asked_as_we_knew_them(view: View) -> None:
    """Before the win was told the dispute stood open; before it was told of at all it was not there."""
    [before] = lists.disputes(view, Disputes(), NOW, known_at=WON_AT - 1)
    assert (before.id, before.outcome, before.turn) == (WON, None, "merchant")
    assert ids(view, known_at=OPENED - 1) == []
    assert ids(view, known_at=NOW) == [DUE, WON]


def test_fields_of_a_dispute_are_those_of_the_contract() -> None:
    """Other tools hold on to these names."""
    assert " ".join(lists.DisputeRow.__struct_fields__) == (
        "id kind nature chain partner account merchant partner_dispute_id payment_ref network stage turn "
        "partner_status outcome finality amount_minor amount_won_minor amount_lost_minor currency reason_code "
        "partner_due_at act_by_at due_source opened_at"
    )


def test_fields_of_a_break_are_those_of_the_contract() -> None:
    """Other tools hold on to these names."""
    assert " ".join(lists.BreakRow.__struct_fields__) == (
        "id kind classes control partner account feed merchant deliveries disputes amounts severity nearest_due_at "
        "age_days first_seen_at status owner explanation ticket snoozed_until_at waits_for_approval work "
        "symptoms"
    )


def test_breaks_are_the_open_ones_unless_all_are_asked_for(view: View) -> None:
    """The most severe and then the oldest stands first; a closed one only shows among all."""
    [row] = lists.breaks(view, Breaks(), NOW)
    assert (row.id, row.age_days, row.classes) == (BREAK, 2, ("missing_file", "late_file"))
    assert [row.severity for row in lists.breaks(view, Breaks(is_all=True), NOW)] == ["page", "ticket"]


@pytest.mark.parametrize(
    ("which", "count"),
    [
        ({"partner": "adyen"}, 0),
        ({"merchant": "mer_1"}, 0),
        ({"owner": "ops"}, 0),
        ({"class_": "late_file"}, 1),
        ({"class_": "fx"}, 0),
        ({"due_within": 72 * HOUR}, 1),
        ({"due_within": HOUR}, 0),
        ({"min_money": parse_at_least("12345")}, 1),
        ({"min_money": parse_at_least("1.01EUR")}, 0),
    ],
)
def test_each_filter_narrows_breaks(view: View, which: dict[str, Any], count: int) -> None:
    """As for disputes."""
    assert len(lists.breaks(view, Breaks(**which), NOW)) == count


def test_breaks_can_be_asked_as_we_knew_them(view: View) -> None:
    """What has been closed since was open then, and what was found later was not there."""
    [row] = lists.breaks(view, Breaks(), NOW, known_at=NOW - 4 * DAY)
    assert (row.control, row.status) == ("money.leg_open", "open")


def test_ids_are_given_back_in_the_order_of_lists(view: View) -> None:
    """Unknown ids are left out."""
    assert [row.id for row in lists.disputes_by_id(view, [WON, DUE, "dis_none"])] == [DUE, WON]


def test_selection_of_what_there_is_not_is_refused() -> None:
    """A slip of the pen is a message with the vocabulary, never an empty list."""
    with pytest.raises(UsageProblem, match="chargeback"):
        selector.check_disputes(Disputes(stage="chargback"))
