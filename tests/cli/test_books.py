"""Periods of the books, locked and opened as a person does it."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recoup.app import App, create_home
from recoup.intake import pipeline, replay
from recoup.storage import rulings, schema
from recoup.storage.migrate import migrate
from recoup.storage.register import open_register
from tests.controls.home import Home
from tests.fakes import stripe_messages as stripe
from tests.fakes.command_line import answer, run, settings_of
from tests.fakes.homes import SETUP, home

WHY = ("--reason", "closed by finance")
LATER = ("--as-of", "2026-05-02T12:00:00Z")
SOON = ("--as-of", "2026-03-20T12:00:00Z")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home with one told story in March, none of whose days is sealed."""
    settings = settings_of(tmp_path / "home")
    create_home(settings)
    register = open_register(settings.register_url)
    Home(register).clean_story()
    register.close()
    return settings.home


def periods(app: App) -> list[tuple[str, str]]:
    """Day and period of every entry, reversals too."""
    with app.register.reading() as view:
        columns = (schema.entry.c.effective_on, schema.entry.c.period)
        return sorted((day, period) for day, period in view.rows(select(*columns)))


def test_a_month_is_locked_when_all_of_it_is_sealed(place: Path) -> None:
    """Not before; and then it is shown with who ruled so and why."""
    refused = run(place, "books", "lock", "2026-03", *WHY, *LATER)
    assert refused.exit_code == 1
    assert "days not sealed" in refused.stderr
    assert "--anyway" in refused.stderr
    answer(place, "seal", "due", "--seal", *LATER)
    found = answer(place, "books", "lock", "2026-03", *WHY, *LATER)
    assert (found["locked_through"], found["is_waiting"], found["missing"]) == ("2026-03-31", False, [])
    told = answer(place, "books", "periods")
    assert [(row["period"], row["is_locked"]) for row in told["periods"]] == [("2026-03", True)]
    assert [lock["reason"] for lock in told["locks"]] == ["closed by finance"]
    assert "locked through 2026-03-31 since" in run(place, "books", "periods").stdout
    assert run(place, "books", "lock", "2026-03", *WHY, *LATER).exit_code == 1


def test_what_locks_all_the_same_or_opens_holds_once_a_second_person_says_so(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked cannot approve; until then the book is as it was."""
    monkeypatch.setenv("LOGNAME", "mo")
    asked = answer(place, "books", "lock", "2026-03", "--anyway", *WHY, *LATER)
    assert (asked["locked_through"], asked["waiting"]) == (None, "2026-03-31")
    assert asked["missing"]
    assert run(place, "books", "approve", *WHY).exit_code == 1
    assert run(place, "books", "approve", "--book", "other", *WHY).exit_code == 1
    monkeypatch.setenv("LOGNAME", "jo")
    assert answer(place, "books", "approve", *WHY, *LATER)["locked_through"] == "2026-03-31"
    assert answer(place, "books", "unlock", "2026-03", *WHY, *LATER)["locked_through"] == "2026-03-31"
    monkeypatch.setenv("LOGNAME", "mo")
    assert answer(place, "books", "approve", *WHY, *LATER)["locked_through"] is None
    locks = answer(place, "books", "periods")["locks"]
    assert [(lock["locked_through"], lock["by"], lock["approved_by"]) for lock in locks] == [
        ("2026-03-31", "mo", "jo"),
        (None, "jo", "mo"),
    ]
    assert run(place, "books", "approve", *WHY).exit_code == 1
    assert run(place, "books", "unlock", "2026-03", *WHY, *LATER).exit_code == 1


@pytest.mark.parametrize("period", ["2026-3", "March", "2026-13", "2026-03-01", ""])
def test_what_is_no_period_is_wrong_usage(place: Path, period: str) -> None:
    """As is a decision without a reason."""
    assert run(place, "books", "lock", period, *WHY).exit_code == 2
    assert run(place, "books", "lock", "2026-03").exit_code == 2
    assert run(place, "books", "lock", "2026-03", "--reason", " ").exit_code == 2


def test_a_month_that_is_not_over_is_not_locked(place: Path) -> None:
    """Nor with a second person."""
    refused = run(place, "books", "lock", "2026-03", "--anyway", *WHY, *SOON)
    assert refused.exit_code == 1
    assert "not over" in refused.stderr


def test_what_comes_about_a_locked_day_goes_to_the_next_open_period_and_a_replay_agrees(tmp_path: Path) -> None:
    """With its own day; a setup that comes again opens nothing; and derived anew each entry goes where it went."""
    told = stripe.won_life()
    with home(tmp_path / "home") as app:
        app.take(told[:1])
        before = periods(app)
        assert {period for _, period in before} == {"2026-02"}
        lock(app, "2026-02-28", at=told[0].landed_at)
        app.apply(SETUP)
        app.take(told[1:])
        after = periods(app)
        assert {period for day, period in after if day <= "2026-02-28"} == {"2026-02", "2026-03"}
        assert after[: len(before)] == before
        assert app.replay().same
        assert derived_anew(app, tmp_path / "anew") == after


def lock(app: App, through: str, at: int) -> None:
    """Lock the books as it was decided at an instant."""
    with app.register.transaction("mo", "lock", "main", at) as batch:
        said: dict[str, Any] = {"value": through, "reason": "closed", "actor": "mo", "at": at, "recorded_at": at}
        rulings.add(batch, "books_locked_through", "main", **said)
        batch.update(schema.book, ("locked_through",), [("main", through)])


def derived_anew(app: App, place: Path) -> list[tuple[str, str]]:
    """The periods of all entries, from bytes, setup and rulings alone."""
    place.mkdir()
    with closing(open_register(f"sqlite:///{place / 'register.db'}")) as register, app.register.reading() as view:
        migrate(register)
        with closing(App(settings_of(place), register, app.key, None, "test", of=app)) as again:
            with register.transaction("test", "replay", "setup", 0) as batch:
                replay.copy_setup(view, batch)
            pipeline.ingest_anew(again.intake(with_retired=True), replay.arrivals(view, app.objects))
            return periods(again)
