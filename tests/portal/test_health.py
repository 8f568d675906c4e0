import asyncio
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recoup.app import App
from recoup.portal import health
from recoup.portal.health import readiness
from tests.fakes.homes import home
from tests.fakes.served import created, get, post, signed

SECOND = 1_000_000
NOW = 1_770_000_000 * SECOND


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with home(tmp_path / "home") as opened:
        yield opened


def looked(app: App, *, failed_at: int | None = None, now: int = NOW) -> health.Readiness:
    """What readiness finds."""
    inbox = app.open_inbox()
    try:
        return asyncio.run(readiness(app.register, inbox, failed_at, now))
    finally:
        inbox.close()


def test_a_server_that_can_store_and_read_is_ready(app: App) -> None:
    """Both answer yes, as pages and as values."""
    alive, ready = get(app, "/health", "/ready")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready",
        "inbox_writable": True,
        "register_reachable": True,
        "waiting": 0,
        "drain_lag_seconds": 0,
    }


def test_a_drain_that_is_far_behind_is_degraded_and_still_takes_webhooks(app: App) -> None:
    """Turning partners away would only lose what can still be kept."""
    post(app, signed(created()))
    found = looked(app, now=int(time.time()) * SECOND + health.LAG_MAX + 60 * SECOND)
    assert (found.status, found.inbox_writable, found.waiting) == ("degraded", True, 1)
    assert found.drain_lag_seconds is not None
    assert found.drain_lag_seconds * SECOND > health.LAG_MAX


def test_a_failed_store_makes_unready_for_a_while_and_not_for_ever(app: App) -> None:
    """After that someone must be let in, or nobody would notice that it works again."""
    assert looked(app, failed_at=NOW - SECOND).status == "unready"
    assert looked(app, failed_at=NOW - health.FAILED_FOR - 1).status == "ready"


def test_an_inbox_that_cannot_be_written_makes_unready(app: App) -> None:
    """A file that somebody else holds is a file that takes nothing."""
    app.open_inbox().close()
    with sqlite3.connect(app.settings.home / "inbox.db") as connection:
        connection.execute("drop table inbox_arrival")
        connection.commit()
        inbox_gone = get_ready_while_gone(app)
    assert inbox_gone.status == "unready"
    assert not inbox_gone.inbox_writable


def get_ready_while_gone(app: App) -> health.Readiness:
    """Look with an inbox whose table went away after it was opened."""
    inbox = app.open_inbox()
    with sqlite3.connect(app.settings.home / "inbox.db") as connection:
        connection.execute("drop table inbox_arrival")
    try:
        return asyncio.run(readiness(app.register, inbox, None, NOW))
    finally:
        inbox.close()


def test_a_register_that_is_away_is_degraded(app: App) -> None:
    """Webhooks need the inbox alone."""
    with sqlite3.connect(app.settings.home / "register.db") as connection:
        connection.execute("alter table book rename to book_elsewhere")
    found = looked(app)
    assert (found.status, found.register_reachable, found.inbox_writable) == ("degraded", False, True)
