"""`break …` as a person calls it."""

from pathlib import Path

import pytest

from recoup.storage import schema
from recoup.storage.register import open_register
from tests.fakes.command_line import AS_OF, answer, run, settings_of, small
from tests.fakes.small_home import BREAK

NOW = ("--as-of", AS_OF)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of its own, since it is changed."""
    return small(tmp_path / "home")


def test_a_break_gets_an_owner_a_note_and_a_ticket(home: Path) -> None:
    """All of it stands in the list, and what was decided with its time when the break is asked for."""
    assert "1 break assigned" in run(home, "break", "assign", BREAK, "--to", "mo", *NOW).stdout
    answer(home, "break", "note", BREAK, "--reason", "asked the partner", "--minutes", "10", *NOW)
    answer(home, "break", "link", BREAK, "--ticket", "OPS-7", *NOW)
    (row,) = answer(home, "breaks", "--owner", "mo", *NOW)
    assert (row["owner"], row["ticket"], row["status"], row["work"]) == ("mo", "OPS-7", "open", [])
    (row,) = answer(home, "breaks", BREAK, *NOW)
    assert [done["verb"] for done in row["work"]] == ["assign", "note", "link"]
    assert "asked the partner" in run(home, "breaks", BREAK, *NOW).stdout


def test_what_is_snoozed_or_known_is_listed_only_with_all(home: Path) -> None:
    """And comes back when it is taken back."""
    answer(home, "break", "snooze", BREAK[:12], "--until", "3d", "--reason", "the partner mends it", *NOW)
    assert answer(home, "breaks", *NOW) == []
    (row,) = [row for row in answer(home, "breaks", "--all", *NOW) if row["id"] == BREAK]
    assert (row["status"], row["snoozed_until_at"]) == ("snoozed", "2026-03-23T12:00:00.000000Z")
    answer(home, "break", "reopen", BREAK, "--reason", "it is worse", *NOW)
    assert [row["id"] for row in answer(home, "breaks", *NOW)] == [BREAK]


def test_many_are_shown_first_and_decided_about_with_yes(home: Path) -> None:
    """The same options as the list narrow them."""
    words = ("break", "known", "--partner", "stripe", "--reason", "agreed", *NOW)
    assert "add --yes" in run(home, *words).stdout
    assert [row["status"] for row in answer(home, "breaks", *NOW)] == ["open"]
    told = answer(home, *words, "--yes")
    assert (told["is_done"], [row["status"] for row in told["breaks"]]) == (True, ["known"])


@pytest.mark.parametrize(
    "words",
    [
        ("close", BREAK),
        ("snooze", BREAK, "--reason", "later"),
        ("snooze", BREAK, "--reason", "later", "--until", "2020-01-01T00:00:00Z"),
        ("known", "--reason", "all of them"),
        ("link", BREAK),
        ("note", BREAK, "--partner", "stripe", "--reason", "both"),
    ],
    ids=" ".join,
)
def test_what_is_missing_or_does_not_go_together_is_wrong_usage(home: Path, words: tuple[str, ...]) -> None:
    """Exit 2, and nothing is decided."""
    assert run(home, "break", *words, *NOW).exit_code == 2


def test_large_ones_wait_in_today_for_a_second_person(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever the machine says is another."""
    large = ("break", "close", BREAK, "--reason", "paid by hand", *NOW)
    register = open_register(settings_of(home).register_url)
    with register.transaction("test", "check", "break", 0) as batch:
        batch.update(schema.break_, ["amounts"], [(BREAK, '[{"currency":"USD","minor":100000}]')])
    register.close()
    monkeypatch.setenv("LOGNAME", "mo")
    assert "a second person has to approve" in run(home, *large).stdout
    assert [row["waits_for_approval"] for row in answer(home, "today", *NOW)["approvals"]] == ["close"]
    assert "Waiting for a second person: 1" in run(home, "today", *NOW).stdout
    answer(home, "break", "snooze", BREAK, "--until", "1d", "--reason", "tomorrow", *NOW)
    answer(home, *large)
    told = answer(home, "today", *NOW)
    assert ([row["status"] for row in told["approvals"]], told["breaks_away"]) == (["snoozed"], 1)
    assert run(home, "break", "approve", BREAK, *NOW).exit_code == 1
    monkeypatch.setenv("LOGNAME", "jo")
    assert [row["status"] for row in answer(home, "break", "approve", BREAK, *NOW)["breaks"]] == ["closed"]
