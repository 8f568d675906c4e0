"""`proof` and `seal` as a person calls them, on one told story."""

from pathlib import Path

import pytest

from recoup.app import create_home
from recoup.storage.register import open_register
from tests.controls.home import Home, iso
from tests.fakes.command_line import answer, run, settings_of

AS_OF = ("--as-of", "2026-03-31T12:00:00Z")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home in which the fee of a dispute was not passed to the house, and all else was told."""
    settings = settings_of(tmp_path / "home")
    create_home(settings)
    register = open_register(settings.register_url)
    Home(register).clean_story(without=("fee_confirmed",))
    register.close()
    return settings.home


def test_a_day_is_proved_in_a_table_and_its_open_balances_are_named(place: Path) -> None:
    """What each side told, what was booked of it, and what is left by which name."""
    shown = run(place, "proof", "--partner", "stripe", "--day", iso(1), "--open", *AS_OF).stdout
    assert "money: lines about disputes, net" in shown
    assert "left by lost event: 1 balance, 15.00 USD" in shown
    assert "Open balances" in shown
    days = run(place, "proof", "--from", iso(0), "--to", iso(9), *AS_OF).stdout
    assert "lost event 15.00 USD (1)" in " ".join(days.split())
    assert days.splitlines()[0].split()[:3] == ["day", "account", "in"]
    assert "0 tied, 0 waiting, 1 open." in shown


def test_proofs_as_json_hold_single_balances_only_when_asked(place: Path) -> None:
    """A day may have many."""
    span = ("--from", iso(0), "--to", iso(9))
    brief, whole = (answer(place, "proof", *span, *more, *AS_OF) for more in ((), ("--open",)))
    assert [day["standing"] for day in brief["days"] if day["partner"] == "stripe"] == ["tied", "open", "tied", "tied"]
    assert {len(day["open"]) for day in brief["days"]} == {0}
    assert [b["name"] for day in whole["days"] for b in day["open"]] == ["lost_event"]
    assert brief["explained"] == [
        {"currency": "USD", "rows": 1, "explained_rows": 1, "minor": 1500, "explained_minor": 1500}
    ]


def test_a_day_is_proved_as_it_was_known_then(place: Path) -> None:
    """Before the settlement landed its side is silent and what is left only waits; known to the end, it is as now."""
    span = ("--from", iso(0), "--to", iso(9), "--partner", "stripe", *AS_OF)
    now = answer(place, "proof", *span)
    assert answer(place, "proof", *span, "--known-at", "2026-03-31T12:00:00Z") == now
    then = answer(place, "proof", *span, "--known-at", f"{iso(0)}T23:00:00Z")
    (day,) = then["days"]
    assert {side["side"] for side in day["sides"]} < {side["side"] for d in now["days"] for side in d["sides"]}
    assert day["standing"] == "waiting"
    assert answer(place, "proof", *span, "--known-at", "2026-01-01T00:00:00Z")["days"] == []
    assert run(place, "proof", "--known-at", "then").exit_code == 2


@pytest.mark.parametrize(
    "words", [("--day", iso(1), "--to", iso(2)), ("--day", "yesterday"), ("--from", "2026-02-30")], ids=" ".join
)
def test_days_that_do_not_go_together_are_wrong_usage(place: Path, words: tuple[str, ...]) -> None:
    """Exit 2 with what was wanted."""
    assert run(place, "proof", *words).exit_code == 2


def test_from_what_is_due_to_a_sealed_month(place: Path) -> None:
    """What is due is sealed at once, listed, shown, verified; the month says what is missing."""
    due = answer(place, "seal", "due", *AS_OF)["due"]
    assert {day["partner"] for day in due} == {"stripe", "bank", "house"}
    rows = [line.split() for line in run(place, "seal", "due", *AS_OF).stdout.splitlines()]
    begun = {row[0] for row in rows if row}
    assert {day["covers_on"] for day in due} - begun  # days that follow each other and wait for the same are one row
    made = answer(place, "seal", "due", "--seal", *AS_OF)
    ready = {(day["partner"], day["covers_on"]) for day in due if not day["waits"]}
    assert {(seal["partner"], seal["covers_on"]) for seal in made["sealed"]} == ready
    listed = answer(place, "seal", "list")
    assert (len(listed["seals"]), listed["corrections"]) == (len(ready), [])
    newest = made["sealed"][-1]
    shown = run(place, "seal", "show", newest["seal"][:12]).stdout
    assert f"{newest['partner']}/{newest['account']}  {newest['covers_on']}" in shown
    assert "Every seal holds" in run(place, "seal", "verify", *AS_OF).stdout
    month = run(place, "seal", "month", "2026-03", *AS_OF)
    assert month.exit_code == 1
    assert "2026-03 is not ready to be closed." in month.stdout


def test_a_day_that_waits_is_sealed_only_with_a_reason(place: Path) -> None:
    """Which stands in the seal."""
    as_of = ("--as-of", "2026-03-05T12:00:00Z")
    refused = run(place, "seal", "day", "stripe", iso(2), *as_of)
    assert refused.exit_code == 1
    assert "by the contract what moved may be told until" in refused.stderr
    sealed = answer(place, "seal", "day", "stripe", iso(2), "--reason", "the year ends", *as_of)
    shown = run(place, "seal", "show", sealed["seal"]).stdout
    assert "reason: the year ends" in shown
    assert "sealed all the same" in shown


def test_accepting_needs_a_reason_and_a_correction(place: Path) -> None:
    """Without the one it is wrong usage, without the other a problem."""
    assert run(place, "seal", "accept", "cor_none").exit_code == 2
    assert run(place, "seal", "accept", "cor_none", "--reason", "so").exit_code == 1
