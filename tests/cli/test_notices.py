"""`recoup notices`: pages, and how far each has come."""

from pathlib import Path

import pytest

from recoup.app import open_app
from recoup.storage import schema
from tests.controls.home import at
from tests.fakes.command_line import answer, empty_home, run, settings_of


@pytest.fixture
def paged(tmp_path: Path) -> Path:
    """A home with a page that is delivered, one that is not, and one for what was held back."""
    place = empty_home(tmp_path / "home")
    pages = [
        ("ntc_1", "inc_abcdefgh", "stripe", "deadline", 1, 1, at(1), at(1)),
        ("ntc_2", "inc_ijklmnop", "adyen", "money", 1, 1, at(2), at(2)),
        ("ntc_3", None, "adyen", "delivery", 12, 4, at(3), at(3)),
    ]
    with open_app(settings_of(place)) as app:
        with app.register.transaction("test", "plant", "pages", 0) as batch:
            batch.insert(schema.notice, pages)
        with app.register.noting() as batch:
            batch.insert(
                schema.notice_sending,
                [
                    ("ntc_1", "webhook", 1, 0, at(1), at(1), None),
                    ("ntc_2", "webhook", 0, 3, at(2), None, "OSError: status 500"),
                ],
            )
    return place


def test_pages_are_listed_with_how_far_they_have_come(paged: Path) -> None:
    """The newest first; what is with nobody says why."""
    shown = run(paged, "notices").stdout
    assert "12 incidents over the budget of the day" in shown
    assert "webhook: delivered 2026-03-03 10:00" in shown
    assert "webhook: not delivered after 3 tries: OSError: status 500" in shown
    assert "on no outlet" in shown
    told = answer(paged, "notices", "--limit", "2")
    assert [page["id"] for page in told] == ["ntc_3", "ntc_2"]
    assert told[1]["sendings"][0]["is_delivered"] is False


def test_a_home_without_pages_says_so(tmp_path: Path) -> None:
    """And where to look instead."""
    place = empty_home(tmp_path / "home")
    assert "No page was made" in run(place, "notices").stdout
    assert answer(place, "notices") == []
