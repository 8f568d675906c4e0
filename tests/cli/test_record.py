"""`record` as a person calls it: what a portal said, from the form to the dispute."""

import tomllib
from pathlib import Path

import pytest

from recoup.app import create_home, open_app
from recoup.intake import grounding
from recoup.intake.ground import Account, Book
from tests.fakes.command_line import answer, run, settings_of

STATUS = 'dispute = "dp_9"\nchannel = "portal"\nseen_at = "2026-03-05T10:00:00Z"\nstatus = "under review"\n'
WON = STATUS + 'outcome = "won"\nkind = "dispute"\n'
NOW = ("--as-of", "2026-03-06T12:00:00Z")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one account."""
    settings = settings_of(tmp_path / "home")
    create_home(settings)
    with open_app(settings) as app, app.register.transaction("test", "setup", "home", 0) as batch:
        grounding.write_accounts(batch, [Account("stripe", "acct_1", zone="UTC")], [Book("main", "platform")])
    return settings.home


def form(home: Path, text: str) -> tuple[str, ...]:
    path = home.parent / "form.toml"
    path.write_text(text)
    return ("record", "--partner", "stripe", "--file", str(path), *NOW)


def test_the_template_is_a_form(home: Path) -> None:
    """As it is printed, it can be recorded."""
    text = run(home, "record", "--template").stdout
    assert tomllib.loads(text)["dispute"] == "dp_1"
    assert answer(home, *form(home, text))["tells"] == []


def test_a_status_is_told_at_once(home: Path) -> None:
    """It needs nobody else, and is trusted as what a person hands in."""
    told = answer(home, *form(home, STATUS))
    assert (told["needs_approval"], told["tells"], told["account"]) == (False, ["status"], "acct_1")
    (row,) = answer(home, "disputes", *NOW)
    assert (row["partner_status"], row["outcome"]) == ("under review", None)
    (row,) = answer(home, "sql", "select feed, trust from observations")
    assert row == {"feed": "manual", "trust": "given"}


def test_what_there_is_not_is_said_in_words(home: Path) -> None:
    """Not an empty table, and not what the operating system says."""
    assert "Nothing was recorded by hand." in run(home, "record", "list", *NOW).stdout
    refused = run(home, "record", "--partner", "stripe", "--file", "none.toml", *NOW).output
    assert "none.toml: no file that can be read" in refused
    assert "Errno" not in refused


def test_an_outcome_tells_nothing_until_a_second_person_approves(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor may the one who recorded it approve; the bytes are kept from the beginning."""
    monkeypatch.setenv("LOGNAME", "mo")
    told = answer(home, *form(home, WON))
    assert told["is_waiting"]
    (waits,) = answer(home, "today", *NOW)["waiting"]
    assert waits["approve"] == f"recoup record approve {told['record']}"
    assert f"recoup record approve {told['record'][:12]}" in run(home, "today", *NOW).stdout
    assert answer(home, "disputes", *NOW) == []
    assert run(home, "record", "approve", told["record"], *NOW).exit_code == 1
    monkeypatch.setenv("LOGNAME", "jo")
    assert answer(home, "record", "approve", told["record"][:12], *NOW)["approved_by"] == "jo"
    assert [row["outcome"] for row in answer(home, "disputes", *NOW)] == ["won"]
    assert run(home, "record", "approve", told["record"], *NOW).exit_code == 1
    assert answer(home, "record", "list", "--waiting", *NOW) == []
    assert answer(home, "replay", "--check")["same"]


def test_what_is_attached_lies_in_the_delivery(home: Path) -> None:
    """Too much of it is refused."""
    page = home.parent / "page.png"
    page.write_bytes(b"a page")
    answer(home, *form(home, STATUS), "--attach", str(page))
    assert [row["records"] for row in answer(home, "sql", "select records from deliveries")] == [1]
    page.write_bytes(b"\0" * (4 * 1024 * 1024 + 1))
    assert run(home, *form(home, STATUS), "--attach", str(page)).exit_code == 1


@pytest.mark.parametrize(
    "text",
    [
        STATUS + 'outcome = "victory"\n',
        STATUS + 'amount = "50.00"\n',
        STATUS + 'amount = "50,00"\ncurrency = "USD"\n',
        STATUS + 'due_at = "tomorrow"\n',
        STATUS + 'account = "acct_none"\n',
        STATUS + 'colour = "red"\n',
        STATUS.replace("portal", "pigeon"),
        "not a form",
    ],
)
def test_a_form_that_does_not_hold_together_is_refused(home: Path, text: str) -> None:
    """Nothing of it is landed."""
    result = run(home, *form(home, text))
    assert (result.exit_code, "[app.record_refused]" in result.stderr) == (1, True), result.output
    assert answer(home, "sql", "select name from deliveries") == []
