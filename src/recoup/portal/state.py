"""How things stand, in a few numbers: what waits, what is open, what is due, and whether the watch itself is well."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import func, select

from recoup.controls.breaks import OPEN
from recoup.domain.canonical import parse
from recoup.domain.instants import DAY, HOUR
from recoup.enquiry.lists import SEVERITIES
from recoup.enquiry.today import OUR_TURN
from recoup.intake.call_standing import Standing, standing
from recoup.storage import disk, schema
from recoup.storage.inbox import Inbox
from recoup.storage.register import Register, View

WITHIN: Mapping[str, int] = {"overdue": 0, "24h": DAY, "72h": 72 * HOUR}
"""Spans of time until a deadline; each counts what the ones before it count."""
FILES = ("file", "sequence")
"""Kinds of expectations of a feed as such."""


class Beat(msgspec.Struct, frozen=True):
    """When a loop of the worker last went well, or began; and what waits for it."""

    loop: str
    well_at: int
    backlog: int | None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """One look at inbox and register. Instants in microseconds UTC, None for nothing there."""

    now: int
    """The home's own present, which the ages of facts are counted to."""
    waiting: int
    waiting_since: int | None
    breaks: Mapping[str, int]
    """Open breaks by severity, each severity named."""
    breaks_by_class: Mapping[tuple[str, str], int] = {}
    """Open breaks by likeliest class and severity."""
    breaks_since: int | None = None
    at_risk: Mapping[str, int] = {}
    """Money of all open breaks by currency, in minor units."""
    incidents: Mapping[str, int] = {}
    due: Mapping[str, int] = {}
    """Disputes that our side must answer, by `WITHIN`."""
    overdue: Mapping[str, int] = {}
    """Expectations past due by kind."""
    feeds_late_since: Mapping[tuple[str, str], int] = {}
    """Since when a feed's oldest file is past due, by partner and feed."""
    quarantined: int = 0
    quarantined_since: int | None = None
    beats: tuple[Beat, ...] = ()
    """Of loops that were not told to stop; their instants are of the wall clock."""
    canaries: Mapping[str, int] = {}
    """How many controls saw their canary and how many did not, when they were last shown."""
    canaries_at: int | None = None
    pages_waiting: Mapping[str, int] = {}
    """Pages that an outlet does not have though it was tried."""
    disk_free_bytes: int = 0
    calls: Sequence[Standing] = ()
    """How each account's API is asked."""

    @property
    def due_soon(self) -> int:
        """Disputes to be answered within 72 hours, or overdue."""
        return self.due.get("72h", 0)


def look(register: Register, inbox: Inbox, now: int, home: Path) -> State:
    """Ask inbox and register how things stand at an instant."""
    waiting, waiting_since = inbox.waiting()
    with register.reading() as view:
        quarantined, quarantined_since = _quarantined(view)
        by_class, since, at_risk = _breaks(view)
        canaries, canaries_at = _canaries(view)
        return State(
            now=now,
            waiting=waiting,
            waiting_since=waiting_since,
            breaks=_by_severity(by_class),
            breaks_by_class=by_class,
            breaks_since=since,
            at_risk=at_risk,
            incidents=_incidents(view),
            due={name: _due(view, now + span) for name, span in WITHIN.items()},
            overdue=_overdue(view, now),
            feeds_late_since=_feeds_late(view, now),
            quarantined=quarantined,
            quarantined_since=quarantined_since,
            beats=_beats(view),
            canaries=canaries,
            canaries_at=canaries_at,
            pages_waiting=_pages_waiting(view),
            disk_free_bytes=disk.free_bytes(home),
            calls=standing(view, now),
        )


def _breaks(view: View) -> tuple[dict[tuple[str, str], int], int | None, dict[str, int]]:
    b = schema.break_.c
    rows = view.rows(select(b.classes, b.severity, b.first_seen_at, b.amounts).where(b.status == OPEN))
    by_class: Counter[tuple[str, str]] = Counter()
    at_risk: Counter[str] = Counter()
    for classes, severity, _, amounts in rows:
        by_class[parse(classes)[0], severity] += 1
        for amount in parse(amounts):
            at_risk[amount["currency"]] += abs(amount["minor"])
    return dict(by_class), min((row[2] for row in rows), default=None), dict(at_risk)


def _by_severity(by_class: Mapping[tuple[str, str], int]) -> dict[str, int]:
    found = dict.fromkeys(SEVERITIES, 0)
    for (_, severity), count in by_class.items():
        found[severity] += count
    return found


def _incidents(view: View) -> dict[str, int]:
    i = schema.incident.c
    counted = select(i.severity, func.count()).where(i.closed_at.is_(None)).group_by(i.severity)
    return dict.fromkeys(SEVERITIES, 0) | dict(view.rows(counted))


def _due(view: View, until: int) -> int:
    """Count what `recoup today` lists as due."""
    d = schema.dispute.c
    due = (d.act_by_at <= until, d.outcome.is_(None), d.is_slot_spent == 0, d.turn.in_(OUR_TURN))
    return int(view.rows(select(func.count()).select_from(schema.dispute).where(*due))[0][0])


def _overdue(view: View, now: int) -> dict[str, int]:
    e = schema.expectation.c
    past = select(e.kind, func.count()).where(e.closed_at.is_(None), e.due_at < now).group_by(e.kind)
    return dict(view.rows(past))


def _feeds_late(view: View, now: int) -> dict[tuple[str, str], int]:
    e = schema.expectation.c
    columns: tuple[Any, ...] = (e.partner, e.feed, func.min(e.due_at))
    late = select(*columns).where(e.closed_at.is_(None), e.due_at < now, e.kind.in_(FILES))
    rows = view.rows(late.group_by(e.partner, e.feed))
    return {(partner, feed or ""): since for partner, feed, since in rows}


def _quarantined(view: View) -> tuple[int, int | None]:
    q = schema.quarantine.c
    columns: tuple[Any, ...] = (func.count(), func.min(q.landed_at))
    count, since = view.rows(select(*columns).where(q.released_at.is_(None)))[0]
    return count, since


# --- the watch itself -------------------------------------------------------------------------


def _beats(view: View) -> tuple[Beat, ...]:
    h = schema.heartbeat.c
    columns = (h.loop, func.coalesce(h.succeeded_at, h.began_at), h.backlog)
    return tuple(Beat(*row) for row in view.rows(select(*columns).where(h.ended_at.is_(None)).order_by(h.loop)))


def _canaries(view: View) -> tuple[dict[str, int], int | None]:
    c = schema.canary_run.c
    newest = view.rows(select(func.max(c.ran_at)))[0][0]
    rows = view.rows(select(c.is_seen, func.count()).where(c.ran_at == newest).group_by(c.is_seen))
    counts = {bool(is_seen): count for is_seen, count in rows}
    return {"seen": counts.get(True, 0), "missed": counts.get(False, 0)}, newest


def _pages_waiting(view: View) -> dict[str, int]:
    n, s = schema.notice.c, schema.notice_sending.c
    waiting = select(s.outlet, func.count()).where(s.notice == n.notice, s.tellings < n.tellings, s.tries > 0)
    return dict(view.rows(waiting.group_by(s.outlet)))
