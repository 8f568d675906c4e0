"""`ticket …` and `work` as a person calls them."""

from pathlib import Path

import pytest

from tests.fakes.command_line import AS_OF, answer, run, small
from tests.fakes.small_home import BREAK

NOW = ("--as-of", AS_OF)
LATER = ("--as-of", "2026-03-24T12:00:00Z")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of its own, since it is changed."""
    return small(tmp_path / "home")


def test_a_ticket_from_the_first_word_to_the_last(home: Path, tmp_path: Path) -> None:
    """Written, sent, late, answered, closed; each step is shown and nothing is sent by itself."""
    written = run(home, "ticket", "open", BREAK[:12], "--ask", "Please look.", "--out", str(tmp_path / "out"), *NOW)
    assert written.exit_code == 0, written.output
    assert "is written, and not sent" in written.stdout
    [row] = answer(home, "ticket", "list", *NOW)
    key = row["id"]
    assert (row["status"], sorted(path.suffix for path in (tmp_path / "out").iterdir())) == ("draft", [".csv", ".txt"])
    sent = answer(home, "ticket", "sent", key[:10], "--by", "mail", "--due", "2d", "--minutes", "3", *NOW)
    assert (sent["status"], sent["due_at"]) == ("sent", "2026-03-22T12:00:00.000000Z")
    assert "Tickets without their answer: 1" in run(home, "today", *LATER).stdout
    assert [late["id"] for late in answer(home, "ticket", "list", "--overdue", *LATER)] == [key]
    assert "1 reminder" in run(home, "ticket", "remind", key, "--by", "phone", "--due", "1d", *LATER).stdout
    answer(home, "ticket", "escalate", key, "--reason", "no answer", "--to", "the desk above", *LATER)
    said = answer(home, "ticket", "answer", key, "--text", "it was looked at", *LATER)
    assert (said["status"], said["reminders"], said["escalations"]) == ("answered", 1, 1)
    assert "No movement" in run(home, "ticket", "credit", key, *LATER).stdout
    assert run(home, "ticket", "close", key, *LATER).exit_code == 2
    answer(home, "ticket", "close", key, "--reason", "nothing was wrong", *LATER)
    shown = run(home, "ticket", "show", key, "--message", *LATER)
    assert "escalate: to the desk above, no answer" in shown.stdout
    assert "1. Please look." in shown.stdout
    assert answer(home, "ticket", "list", *LATER) == []
    assert answer(home, "ticket", "reopen", key, "--reason", "it came back", *LATER)["status"] == "answered"


def test_work_is_counted_with_tickets(home: Path) -> None:
    """Minutes as people said them, and no money where nobody said what an hour costs."""
    assert "Nobody has worked" in run(home, "work", *NOW).stdout
    answer(home, "break", "note", BREAK, "--reason", "asked", "--minutes", "10", *NOW)
    answer(home, "ticket", "open", BREAK, "--ask", "Please look.", "--minutes", "5", *NOW)
    [row] = answer(home, "work", "--month", "2026-03", *NOW)
    assert (row["by_hand"], row["timed"], row["minutes"], row["cost_minor"]) == (2, 2, 15, None)
    assert "15 minutes" in run(home, "work", *NOW).stdout
    assert answer(home, "work", "--partner", "nobody", *NOW) == []
    assert run(home, "work", "--month", "2026-13", *NOW).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("answer", "tkt_x"),
        ("sent", "tkt_x", "--by", "pigeon"),
        ("sent", "tkt_x", "--due", "soon"),
        ("escalate", "tkt_x"),
    ],
)
def test_what_is_missing_is_usage(home: Path, words: tuple[str, ...]) -> None:
    """Before anything is looked for."""
    assert run(home, "ticket", *words, *NOW).exit_code == 2
