"""`drift` and `expectations` as a person calls them: what is seen of feeds, and accepted."""

from pathlib import Path

import pytest

from recoup.app import create_home
from recoup.storage.register import open_register
from recoup.watch.many_tellings import another_column
from tests.controls.home import Home, at, iso
from tests.fakes.command_line import answer, empty_home, run, settings_of

AS_OF = ("--as-of", "2026-03-28T23:00:00Z")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home with a file of every day, and with a column more on the eighth."""
    settings = settings_of(tmp_path / "home")
    create_home(settings)
    register = open_register(settings.register_url)
    home = Home(register)
    another_column(home)
    for day in range(8, 26):
        home.report(day + 1, [], covers_on=iso(day), landed_at=at(day + 1, 9))
    register.close()
    return settings.home


def test_a_new_column_is_listed_and_accepted(place: Path) -> None:
    """By its feed, with a reason; then nothing is other than accepted."""
    then = ("--as-of", "2026-03-09T23:00:00Z")
    (row,) = answer(place, "drift", *then)
    assert (row["feed"], row["learnt_on"]) == ("payout_report", "2026-03-06")
    assert [(change["field"], change["kind"]) for change in row["changes"]] == [("settlement_hint", "added")]
    assert "settlement_hint is new, in 1 of 1" in run(place, "drift", *then).stdout
    assert run(place, "drift", "accept", "stripe", "payout_report", *then).exit_code == 2
    ruled = answer(place, "drift", "accept", "stripe", "payout_report", "--reason", "announced", *then)
    assert (ruled["since_on"], ruled["accepted"]) == ("2026-03-09", ["settlement_hint"])
    assert "settlement_hint" not in run(place, "drift", *then).stdout


def test_a_habit_is_listed_and_accepted(place: Path) -> None:
    """Learnt, then accepted: from that day on by a person's word."""
    (row,) = answer(place, "expectations", *AS_OF)
    assert (row["source"], row["covers_on"]) == ("learnt", "2026-03-27")
    assert run(place, "expectations", "accept", "stripe", "payout_report", *AS_OF).exit_code == 2
    said = run(place, "expectations", "accept", "stripe", "payout_report", "--reason", "they said so", *AS_OF)
    assert "Accepted from 2026-03-28 on" in said.stdout
    (row,) = answer(place, "expectations", *AS_OF)
    assert row["source"] == "accepted"
    again = run(place, "expectations", "accept", "stripe", "payout_report", "--none", "--reason", "no", *AS_OF)
    assert again.exit_code == 0
    assert [one["source"] for one in answer(place, "expectations", *AS_OF)] == ["none"]


@pytest.mark.parametrize("word", ["drift", "expectations"])
def test_an_empty_home_has_nothing_to_say(tmp_path: Path, word: str) -> None:
    """In words, and as an empty list."""
    home = empty_home(tmp_path / "home")
    assert answer(home, word) == []
    assert "recoup ingest" in run(home, word).stdout
