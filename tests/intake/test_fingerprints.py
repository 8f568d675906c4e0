"""Shapes are counted once for each delivery, whatever the batches and the order, and a replay counts the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recoup.app import App, create_home, open_app
from recoup.domain.instants import parse_instant
from recoup.intake import pipeline, replay
from recoup.intake.arrival import Arrival
from recoup.settings import read_settings
from recoup.storage import schema

AT = parse_instant("2026-03-02T10:00:00Z")


def page(ids: list[str], **more: Any) -> bytes:
    return json.dumps(
        {"object": "list", "data": [{"id": i, "object": "payout", "amount": 1, **more} for i in ids]}
    ).encode()


def arrival(name: str, body: bytes, minute: int = 0) -> Arrival:
    return Arrival("stripe", "payouts", name, AT + minute * 60_000_000, "acct_1", body=body, is_given=True)


ARRIVALS = [
    arrival("a.json", page(["po_1", "po_2"]), 0),
    arrival("b.json", page(["po_2", "po_3"], arrival_date=1), 10),
    arrival("c.json", b"no json at all", 20),
    arrival("d.json", page([f"po_{n}" for n in range(9)], status="paid"), 30),
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    create_home(read_settings({}, tmp_path / "home"))
    return tmp_path / "home"


def opened(home: Path) -> Any:
    return open_app(read_settings({}, home), actor="test")


def counted(app: App) -> list[tuple[Any, ...]]:
    with app.register.reading() as view:
        return sorted(view.rows(select(schema.fingerprint)))


def take(tmp_path: Path, name: str, batches: list[list[Arrival]]) -> list[tuple[Any, ...]]:
    create_home(read_settings({}, tmp_path / name))
    with opened(tmp_path / name) as app:
        for batch in batches:
            app.take(batch)
        return counted(app)


def test_batches_and_order_are_of_no_account(tmp_path: Path) -> None:
    """All at once, one by one, and backwards."""
    whole = take(tmp_path, "whole", [ARRIVALS])
    assert whole
    assert take(tmp_path, "single", [[one] for one in ARRIVALS]) == whole
    assert take(tmp_path, "backwards", [[one] for one in reversed(ARRIVALS)]) == whole


def test_a_delivery_counts_once(home: Path) -> None:
    """Taken in again, read again and replayed: the same sums, and no value in them."""
    with opened(home) as app:
        app.take(ARRIVALS)
        before = counted(app)
        app.take(ARRIVALS)
        assert counted(app) == before
        with app.register.reading() as view:
            objects = [row[0] for row in view.rows(select(schema.delivery.c.object))]
        for one in objects:
            app.again(one)
        assert counted(app) == before
        told = {(row[5], row[6]): row[7:] for row in before}
        assert told["{list}.data[]{payout}.status", "word a"] == (9, "*")
        assert told["{list}.data[]{payout}.arrival_date", "number"][0] == 2
        assert "po_" not in str(before)


def test_a_replay_counts_the_same(home: Path, tmp_path: Path) -> None:
    """Everything taken anew from kept bytes has the same shapes."""
    create_home(read_settings({}, tmp_path / "again"))
    with opened(home) as app, opened(tmp_path / "again") as again:
        app.take(ARRIVALS)
        with app.register.reading() as view:
            pipeline.ingest_anew(again.intake(), list(replay.arrivals(view, app.objects)))
        assert counted(again) == counted(app)
