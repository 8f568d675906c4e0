"""The life of an account as a person rules it: gate, opening, second person, closing; a refusal says what to do."""

from pathlib import Path

import pytest

from recoup.app import create_home
from recoup.storage.register import open_register
from tests.controls.home import ACCOUNT, Home
from tests.fakes.command_line import answer, run, settings_of

WHY = ("--reason", "agreed with the partner")
LATER = ("--as-of", "2026-05-02T12:00:00Z")
BALANCE = '\n[[balance]]\naccount = "{account}"\ncurrency = "USD"\namount_minor = {minor}\n'
FORM = 'on = "2026-03-04"\nstatement = "7"\n' + BALANCE


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home with one told story in March of an account in trial."""
    settings = settings_of(tmp_path / "home")
    create_home(settings)
    register = open_register(settings.register_url)
    Home(register, phase="shadow").clean_story()
    register.close()
    return settings.home


@pytest.fixture(autouse=True)
def _mo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "mo")


def form(room: Path, minor: int = 5000, account: str = "partner_balance") -> str:
    path = room / "opening.toml"
    path.write_text(FORM.format(account=account, minor=minor))
    return str(path)


def ours(place: Path) -> dict[str, object]:
    """How the account at the partner stands."""
    (row,) = answer(place, "partner", "life", "stripe")
    return dict(row)


def test_in_trial_nothing_is_booked_and_nobody_is_called(place: Path) -> None:
    """It is folded and checked; today names none of its disputes."""
    assert (ours(place)["phase"], ours(place)["books_from"]) == ("shadow", None)
    assert [e for e in answer(place, "books", "entries") if e["postings"][0]["partner"] == "stripe"] == []
    assert len(answer(place, "disputes")) == 1
    assert "not booked" in run(place, "partner", "life").stdout


def test_the_gate_counts_what_agrees_and_lists_what_is_missing(place: Path) -> None:
    """One dispute is too few; what was settled agrees to the cent."""
    shown = run(place, "partner", "gate", "stripe", "--on", "2026-03-20", *LATER)
    assert shown.exit_code == 1
    assert "The gate is not passed" in shown.stdout
    refused = run(place, "partner", "gate", "stripe", "--on", "2026-03-20", "--json", *LATER)
    assert refused.exit_code == 1
    assert '"legs_settled"' in refused.stdout
    found = {verdict["check"]: verdict for verdict in _document(refused.stdout)["verdicts"]}
    assert (found["legs_settled"]["counted"], found["legs_settled"]["agreed"]) == (1, 1)
    assert (found["disputes_seen"]["found"], found["disputes_seen"]["is_met"]) == (1, False)


def _document(text: str) -> dict[str, list[dict[str, object]]]:
    import json

    return dict(json.loads(text))


def test_going_live_is_refused_with_what_is_missing_and_needs_a_second_person_all_the_same(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked cannot approve; then what was before the day is carried in, and what came later is booked."""
    words = ("partner", "promote", "stripe", "--on", "2026-03-04", *WHY, *LATER)
    refused = run(place, *words)
    assert refused.exit_code == 1
    assert "disputes_seen: " in refused.stderr
    assert "--anyway" in refused.stderr
    asked = answer(place, *words, "--anyway")
    assert (asked["phase"], asked["is_waiting"]) == ("shadow", True)
    assert asked["missing"]
    assert run(place, "partner", "approve", asked["ruling"], *WHY).exit_code == 1
    monkeypatch.setenv("LOGNAME", "jo")
    assert run(place, "partner", "approve", "rul_of_nobody", *WHY).exit_code == 1
    approved = answer(place, "partner", "approve", asked["ruling"][:12], *WHY, *LATER)
    assert (approved["phase"], approved["books_from"]) == ("live", "2026-03-04")
    entries = answer(place, "books", "entries")
    assert min(e["effective_on"] for e in entries if e["postings"][0]["partner"] == "stripe") == "2026-03-04"
    assert ours(place)["history"][0]["approved_by"] == "jo"  # type: ignore[index]
    assert answer(place, "books", "trial")["balanced"]
    assert run(place, *words).exit_code == 1


def test_an_opening_is_agreed_by_two_and_what_differs_is_a_break(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement's own accounts are taken as it says; the rest is set against what our facts carry in."""
    words = ("books", "open-with", "stripe", "--file", form(tmp_path, -12, "partner_clearing"), *WHY, *LATER)
    told = answer(place, *words)
    assert told["ruled"]["is_waiting"]
    assert {row["account"] for row in told["apart"]} >= {"partner_clearing"}
    shown = run(place, *words)
    assert "Not what our own facts carry in" in shown.stdout
    waiting = ours(place)["waiting"][0]["ruling"]  # type: ignore[index]
    asked = answer(place, "partner", "promote", "stripe", "--on", "2026-03-04", "--anyway", *WHY, *LATER)
    monkeypatch.setenv("LOGNAME", "jo")
    answer(place, "partner", "approve", waiting, *WHY, *LATER)
    answer(place, "partner", "approve", asked["ruling"], *WHY, *LATER)
    answer(place, "check", *LATER)
    assert [b["control"] for b in answer(place, "breaks") if b["control"] == "opening_differs"] == ["opening_differs"]
    opened = [e for e in answer(place, "books", "entries") if e["rule"] == "opening_agreed"]
    assert [(p["account"], p["amount_minor"]) for p in opened[0]["postings"]] == [
        ("opening_clearing", -12),
        ("opening_balance", 12),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('on = "2026-03-04"\n', "statement"),
        ('on = "soon"\nstatement = "7"\n', "soon"),
        (FORM.format(account="fee_expense", minor=1), "fee_expense"),
        ((FORM + BALANCE).format(account="bank", minor=1), "twice"),
        (FORM.format(account="bank", minor=1).replace("USD", "EURO"), "EURO"),
        ("not toml", "not"),
    ],
)
def test_a_form_that_does_not_hold_is_refused(place: Path, tmp_path: Path, text: str, said: str) -> None:
    """Before anything is ruled."""
    path = tmp_path / "opening.toml"
    path.write_text(text)
    refused = run(place, "books", "open-with", "stripe", "--file", str(path), *WHY, *LATER)
    assert refused.exit_code == 1
    assert "[app.life_refused]" in refused.stderr
    assert ours(place)["waiting"] == []


def test_a_draft_is_a_form_of_what_our_facts_say(place: Path, tmp_path: Path) -> None:
    """It can be given back as it is, once the statement is named."""
    text = run(place, "books", "open-with", "stripe", "--draft", "2026-03-04").stdout
    path = tmp_path / "draft.toml"
    path.write_text(text.replace('statement = ""', 'statement = "7"'))
    told = answer(place, "books", "open-with", "stripe", "--file", str(path), *WHY, *LATER)
    assert told["apart"] == []
    assert answer(place, "books", "open-with", "stripe", "--draft", "2026-03-04")["balances"]


def test_an_account_is_closed_when_nothing_of_it_is_left(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing first; the end wants no open dispute, every balance at zero and the last statement, or two people."""
    asked = answer(place, "partner", "promote", "stripe", "--on", "2026-03-04", "--anyway", *WHY, *LATER)
    assert run(place, "partner", "close", "stripe", *WHY, *LATER).exit_code == 1
    monkeypatch.setenv("LOGNAME", "jo")
    answer(place, "partner", "approve", asked["ruling"], *WHY, *LATER)
    assert run(place, "partner", "end", "stripe", *WHY, *LATER).exit_code == 1
    closing = answer(place, "partner", "close", "stripe", "--on", "2026-04-20", *WHY, *LATER)
    assert (closing["phase"], closing["is_waiting"]) == ("closing", False)
    refused = run(place, "partner", "end", "stripe", *WHY, *LATER)
    assert refused.exit_code == 1
    assert "no last statement was named" in refused.stderr
    ended = answer(place, "partner", "end", "stripe", "--statement", "2026-04", "--anyway", *WHY, *LATER)
    if ended["is_waiting"]:
        monkeypatch.setenv("LOGNAME", "mo")
        ended = answer(place, "partner", "approve", ended["ruling"], *WHY, *LATER)
    assert ended["phase"] == "closed"
    assert run(place, "partner", "trial", "stripe", *WHY, *LATER).exit_code == 1


def test_a_day_to_come_a_ruling_without_a_reason_and_an_unknown_account_are_refused(place: Path) -> None:
    """What did not happen yet cannot be booked from."""
    assert run(place, "partner", "promote", "stripe", "--on", "2027-01-01", *WHY, *LATER).exit_code == 1
    assert run(place, "partner", "promote", "stripe").exit_code == 2
    assert run(place, "partner", "promote", "stripe", "--account", "acct_other", *WHY).exit_code == 1
    assert run(place, "partner", "gate", "nobody").exit_code == 1
    assert run(place, "books", "open-with", "stripe").exit_code == 2
    assert ACCOUNT in run(place, "partner", "promote", "stripe", "--account", "acct_other", *WHY).stderr
