from recoup.domain.instants import DAY
from recoup.enquiry.today import today
from recoup.storage.register import View
from tests.fakes.small_home import BREAK, DUE, NOW, OPENED


def test_today_names_what_needs_a_person(view: View) -> None:
    """A deadline within 72 hours, the break, the file that is late."""
    found = today(view, NOW)
    assert [row.id for row in found.due] == [DUE]
    assert [row.id for row in found.breaks_largest] == [row.id for row in found.breaks_oldest] == [BREAK]
    assert [(late.partner, late.feed, late.kind, late.count) for late in found.late] == [
        ("stripe", "payout_report", "file", 1)
    ]


def test_changes_count_the_last_day_and_no_later(view: View) -> None:
    """A dispute told of for the first time is new and not changed."""
    changes = today(view, NOW).changes
    assert (changes.deliveries, changes.disputes_new, changes.disputes_changed) == (1, 2, 0)
    assert (changes.entries, changes.breaks_opened) == (3, 0)


def test_a_decision_counts_once_it_is_told(view: View) -> None:
    """The dispute that was open yesterday and is won today has changed and is decided."""
    changes = today(view, OPENED + 12 * DAY).changes
    assert (changes.disputes_new, changes.disputes_changed, changes.disputes_decided) == (0, 1, 1)
