"""What `recoup doctor` says of the watch itself: worker, canaries, clock, pages and the room on the disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from recoup.controls import self_watch
from recoup.controls.moment import Moment
from recoup.controls.run import CONTROLS
from recoup.domain.instants import DAY, HOUR, MINUTE, Instant, render_minute
from recoup.intake.checkup import Checkup
from recoup.settings import WatchSettings
from recoup.storage import disk, schema
from recoup.storage.register import Register, View, total

_WATCHES = (
    self_watch.heartbeat_stale,
    self_watch.canary_missing,
    self_watch.clock_jumped,
    self_watch.page_undelivered,
)


def complaints(view: View, wall: Instant) -> list[str]:
    """What is wrong with the watch now, in sentences; empty while all is well."""
    return [symptom.seen for control in _WATCHES for symptom in control(view, _at(wall))]


def _at(wall: Instant) -> Moment:
    """A moment for controls that look at nothing but signs of life."""
    return Moment(as_of=wall, moves={}, roles={}, agreed={}, outcome_money={}, shadows=frozenset(), ran_at=wall)


def checkups(home: Path, settings: WatchSettings, register: Register, wall: Instant) -> Iterator[Checkup]:
    """Look at the watch."""
    with register.reading() as view:
        said = {control.__name__: [s.seen for s in control(view, _at(wall))] for control in _WATCHES}
        yield _looked("worker", said["heartbeat_stale"], _worker(view, wall), "Look at its log, and start it again.")
        remedy = "See the runbook of control_blind."
        yield _looked("canaries", said["canary_missing"], _canaries(view, wall), remedy)
        yield _looked("clock", said["clock_jumped"], "no jump seen within a day", "Set it by a time service.")
        yield _looked("pages", said["page_undelivered"], _pages(view, settings), "See: recoup notices")
    yield _disk(home)


def _looked(name: str, wrong: list[str], well: str, remedy: str) -> Checkup:
    return Checkup(name, not wrong, "; ".join(wrong) or well, remedy if wrong else "")


def _worker(view: View, wall: Instant) -> str:
    h = schema.heartbeat.c
    rows = view.rows(select(h.loop, h.succeeded_at, h.ended_at).order_by(h.loop))
    if not rows:
        return "none has run in this home"
    if all(ended_at is not None for _, _, ended_at in rows):
        return f"stopped in order at {render_minute(max(row[2] for row in rows))}"
    last = {loop: "not yet" if at is None else _ago(wall - at) for loop, at, _ in rows}
    return "; ".join(f"{loop} {ago}" for loop, ago in last.items())


def _canaries(view: View, wall: Instant) -> str:
    c = schema.canary_run.c
    newest = view.rows(select(func.max(c.ran_at)))[0][0]
    if newest is None:
        return f"not shown yet to the {len(CONTROLS)} controls; a worker does so every day"
    columns: tuple[Any, ...] = (func.count(), total(c.took_ms))
    count, took_ms = view.rows(select(*columns).where(c.ran_at == newest))[0]
    return f"all {count} controls saw theirs {_ago(wall - newest)}, within {took_ms / 1_000:.0f} seconds"


def _pages(view: View, settings: WatchSettings) -> str:
    s = schema.notice_sending.c
    sent = view.rows(select(func.count()).where(s.sent_at.is_not(None)))[0][0]
    ways = [
        *(["a webhook"] if settings.notice_url else []),
        *(["a file"] if settings.notice_file else []),
    ]
    where = " and ".join(ways) if ways else "nobody: RECOUP_NOTICE_URL and RECOUP_NOTICE_FILE are not set here"
    ping = "an outside watcher is pinged" if settings.ping_url else "no outside watcher is pinged"
    return f"go to {where}; {sent} delivered; {ping}"


def _disk(home: Path) -> Checkup:
    found = disk.look(home)
    said = f"{_gib(found.free_bytes)} of {_gib(found.total_bytes)} GiB free"
    if not found.is_writable:
        return Checkup("disk", False, f"{said}; it cannot be written to", "Mount it writable, or make room.")
    if found.is_short:
        return Checkup("disk", False, f"{said}; wanted {_gib(disk.FREE_BYTES_MIN)}", "Make room before it is full.")
    return Checkup("disk", True, f"{said}, and it can be written to")


def _gib(size: int) -> str:
    return f"{size / 1024**3:.1f}"


def _ago(span: int) -> str:
    if span < 2 * MINUTE:
        return "just now"
    if span < 2 * HOUR:
        return f"{span // MINUTE} minutes ago"
    return f"{span // HOUR} hours ago" if span < 2 * DAY else f"{span // DAY} days ago"
