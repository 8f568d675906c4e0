from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recoup.domain.instants import DAY
from recoup.enquiry.today import today
from recoup.storage import rulings, schema
from recoup.storage.migrate import migrate
from recoup.storage.register import Register, View, open_register
from tests.fakes.small_home import BREAK, DUE, NOW, OPENED, ROWS, fill


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Register]:
    """A small home that a test changes."""
    register = open_register(f"sqlite:///{tmp_path / 'register.db'}")
    migrate(register)
    fill(register, ROWS, NOW)
    yield register
    register.close()


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


def test_a_page_without_money_stands_in_front(own: Register) -> None:
    """What wakes people is not left out because others have more money or are older."""
    with own.transaction("test", "check", "break", 0) as batch:
        (row,) = batch.by_keys(schema.break_, "break_", [BREAK])
        told = dict(zip((str(c.name) for c in schema.break_.columns), row, strict=True))
        for number in range(12):
            more = {"break_": f"brk_{number:02}", "first_seen_at": NOW, "amounts": "[]", "severity": "page"}
            quiet = {"first_seen_at": OPENED, "amounts": f'[{{"currency":"USD","minor":{number}}}]', "severity": "note"}
            one = told | more | (quiet if number else {"nearest_due_at": NOW})
            batch.insert(schema.break_, [tuple(one[str(c.name)] for c in schema.break_.columns)])
    with own.reading() as view:
        found = today(view, NOW)
    assert [row.id for row in found.breaks_urgent] == ["brk_00"]
    assert "brk_00" not in {row.id for row in (*found.breaks_largest, *found.breaks_oldest)}


@pytest.mark.parametrize("kind", ["account_phase", "account_opening", "books_locked_through"])
def test_rulings_that_wait_for_a_second_person_are_named_with_their_command(own: Register, kind: Any) -> None:
    """Until somebody else approves."""
    said: dict[str, Any] = {"value": None, "reason": "agreed", "at": NOW, "recorded_at": NOW}
    with own.transaction("mo", "rule", kind, 0) as batch:
        rulings.add(batch, kind, "stripe/acct_1", actor="mo", needs_approval=True, **said)
    with own.reading() as view:
        (waits,) = today(view, NOW).waiting
    assert (waits.by, waits.about) == ("mo", "stripe/acct_1")
    assert waits.approve.startswith("recoup ")
    with own.transaction("jo", "approve", kind, 0) as batch:
        rulings.add(batch, kind, "stripe/acct_1", actor="jo", approves=waits.id, **said)
    with own.reading() as view:
        assert today(view, NOW).waiting == ()
