"""The whole way, on a simulated marketplace: clean days raise nothing, a planted fault is one break that names it."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recoup.app import App, create_home, open_app
from recoup.domain.canonical import parse
from recoup.settings import Settings
from recoup.simulator import DEMO_FAULTS, simulate
from recoup.storage import schema
from tests.fakes.command_line import settings_of

FAULTED_DAYS = 26
CLEAN_DAYS = 9


def taken_in(room: Path, settings: Settings, days: int, faults: tuple[str, ...] = ()) -> Settings:
    """A home that has taken in a simulated world, and was checked."""
    simulate(5, days, room / "world", faults, payments_per_day=60, disputes_per_10k=250)
    create_home(settings)
    with open_app(settings) as app:
        app.ingest([room / "world"])
        app.check()
    return settings


def breaks(app: App) -> list[dict[str, Any]]:
    """The breaks that are open, as rows."""
    with app.register.reading() as view:
        rows = view.rows(select(schema.break_).where(schema.break_.c.status == "open"))
    return [dict(zip(schema.break_.columns.keys(), row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Clean days of two partners, the house and a bank."""
    room = tmp_path_factory.mktemp("clean")
    return taken_in(room, settings_of(room / "home"), CLEAN_DAYS)


@pytest.fixture(scope="module")
def faulted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, list[dict[str, Any]]]:
    """A month with the faults of the demo, and the labels that only a scorer reads."""
    room = tmp_path_factory.mktemp("faulted")
    settings = taken_in(room, settings_of(room / "home"), FAULTED_DAYS, DEMO_FAULTS)
    return settings, json.loads((room / "world" / "truth.json").read_text())["faults"]


def test_clean_days_raise_nothing(clean: Settings) -> None:
    """Nothing is held, quarantined or refused, and no break was ever opened."""
    with open_app(clean) as app:
        assert breaks(app) == []
        with app.register.reading() as view:
            statuses = {row[0] for row in view.rows(select(schema.delivery.c.status))}
            assert view.rows(select(schema.break_)) == []
            assert view.rows(select(schema.quarantine)) == []
    assert statuses <= {"read", "known"}


def test_a_replay_of_clean_days_gives_the_same_state(clean: Settings) -> None:
    """Everything follows from the kept bytes, lake and schedules included."""
    with open_app(clean) as app:
        assert app.replay().same


def test_each_lasting_fault_is_one_break_that_names_it_first(faulted: tuple[Settings, list[dict[str, Any]]]) -> None:
    """Right partner, right class at the top, the disputes that were hit; and no break that nobody planted."""
    settings, labels = faulted
    with open_app(settings) as app:
        found = {(b["partner"], parse(b["classes"])[0]) for b in breaks(app)}
    lasting = {(label["partner"], label["cause"]) for label in labels if not label["is_harmless"]}
    passing = {(label["partner"], label["cause"]) for label in labels if label["is_harmless"]}
    assert lasting, "the demo's faults fit into this month"
    assert lasting - found == set()
    assert found - lasting - passing == set()


def test_the_breaks_of_a_faulted_month_come_back_when_it_is_read_again(
    faulted: tuple[Settings, list[dict[str, Any]]],
) -> None:
    """What was held, lost, doubled or forged is the same on replay."""
    with open_app(faulted[0]) as app:
        assert app.replay().same
