"""The whole way, on a simulated marketplace: clean days raise nothing, a planted fault is one break that names it."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recoup.app import App, create_home, open_app
from recoup.app.marts import desk
from recoup.domain.canonical import parse
from recoup.domain.instants import DAY
from recoup.enquiry.proof import prove
from recoup.marts.catalogue import Catalogue, read_catalogue
from recoup.marts.loading import Stores, build
from recoup.marts.source import Asked
from recoup.marts.testing import examined
from recoup.settings import Settings
from recoup.simulator import DEMO_FAULTS, simulate
from recoup.storage import schema
from recoup.storage.engine import Engine
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


@pytest.mark.parametrize("days_ago", [0, 3, 10, 20])
def test_what_must_be_true_of_models_is_so_on_a_faulted_month(
    faulted: tuple[Settings, list[dict[str, Any]]], days_ago: int
) -> None:
    """Keys stand once, sums tie, the roll-forward closes with what is open: now, and as known on earlier days."""
    with open_app(faulted[0]) as app:
        known_at = app.now() - days_ago * DAY if days_ago else None
        with desk(app, known_at=known_at) as d:
            verdicts = examined(d.engine, d.catalogue, list(d.catalogue.models), d.stores, d.asked)
    assert [verdict for verdict in verdicts if verdict.state == "false"] == []
    assert len({verdict.model for verdict in verdicts if verdict.state == "true"}) >= 20


def test_legs_are_proved_by_the_model_as_by_the_trace(faulted: tuple[Settings, list[dict[str, Any]]]) -> None:
    """Set work in SQL and one dispute in Python: two ways to the same four sides."""
    sides = "dispute, leg, currency, announced_minor, settled_minor, charged_minor, confirmed_minor"
    with open_app(faulted[0]) as app, desk(app) as d:
        build(d.engine, d.catalogue, d.catalogue.needs(["leg_proof"]), d.stores, d.asked, frozenset(["leg_proof"]))
        found = set(d.engine.rows(f"select {sides} from leg_proof"))
        disputes = [row[0] for row in d.stores.view.rows(select(schema.dispute.c.dispute))]
        traced = {
            (
                dispute,
                leg.leg,
                leg.currency,
                leg.announced_minor,
                leg.settled_minor,
                leg.charged_minor,
                leg.confirmed_minor,
            )
            for dispute in disputes
            for leg in prove(d.stores.view, dispute, d.asked.now).legs
        }
    assert found
    assert found == traced


def test_both_engines_give_the_same_rows(
    faulted: tuple[Settings, list[dict[str, Any]]], duckdb_engine: Engine, spark_engine: Engine
) -> None:
    """Every model, row for row."""
    catalogue = read_catalogue()
    with open_app(faulted[0]) as app, app.register.reading() as view:
        stores = Stores(view, app.settings.home / "lake")
        ours, theirs = (rows_of(engine, catalogue, stores, app.now()) for engine in (duckdb_engine, spark_engine))
    assert {name: rows for name, rows in ours.items() if rows != theirs[name]} == {}
    assert sum(bool(rows) for rows in ours.values()) >= 20


def rows_of(engine: Engine, catalogue: Catalogue, stores: Stores, now: int) -> dict[str, list[str]]:
    """All rows of every model, in an order of their own."""
    names = frozenset(catalogue.models)
    build(engine, catalogue, catalogue.needs(names), stores, Asked(now), names)
    found = {}
    for name, model in catalogue.models.items():
        columns = ", ".join(f'"{column.name}"' for column in model.columns)
        found[name] = sorted(map(str, engine.rows(f'select {columns} from "{name}"')))
    return found
