"""How things stand, in a few numbers: what waits, what is open, what is due, and whether the watch itself is well."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import func, select

from recoup.controls.breaks import OPEN
from recoup.controls.classes import UNKNOWN
from recoup.controls.explained import breaks_explained
from recoup.domain.canonical import parse
from recoup.domain.instants import DAY, HOUR
from recoup.domain.partner_life import SHADOW
from recoup.enquiry.lists import SEVERITIES
from recoup.enquiry.today import OUR_TURN
from recoup.intake.call_standing import Standing, standing
from recoup.ledger.lives import lives
from recoup.storage import disk, schema
from recoup.storage.inbox import Inbox
from recoup.storage.register import Register, View

WITHIN: Mapping[str, int] = {"overdue": 0, "24h": DAY, "72h": 72 * HOUR}
"""Spans of time until a deadline; each counts what the ones before it count."""
Accounts = frozenset[tuple[str, str]]
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
    explained: Mapping[str, tuple[int, int]] = {}
    """Of the money of open breaks how much has a name, and all of it, by currency, in minor units."""
    unexplained_since: int | None = None
    """Since when the oldest open break without a name is open."""
    incidents: Mapping[str, int] = {}
    due: Mapping[str, int] = {}
    """Disputes that our side must answer, by `WITHIN`."""
    overdue: Mapping[str, int] = {}
    """Expectations past due by kind, but for what an outage holds and accounts in trial."""
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
        trial = frozenset(owner for owner, stands in lives(view).items() if stands.phase == SHADOW)
        return State(
            now=now,
            waiting=waiting,
            waiting_since=waiting_since,
            breaks=_by_severity(by_class),
            breaks_by_class=by_class,
            breaks_since=since,
            at_risk=at_risk,
            explained={e.currency: (e.explained_minor, e.minor) for e in breaks_explained(view)},
            unexplained_since=_unexplained_since(view),
            incidents=_incidents(view),
            due={name: _due(view, now + span, trial) for name, span in WITHIN.items()},
            overdue=_overdue(view, now, trial),
            feeds_late_since=_feeds_late(view, now, trial),
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


def _unexplained_since(view: View) -> int | None:
    b = schema.break_.c
    rows = view.rows(select(b.classes, b.first_seen_at).where(b.status == OPEN))
    return min((since for classes, since in rows if parse(classes)[0] == UNKNOWN), default=None)


def _due(view: View, until: int, trial: Accounts) -> int:
    """Count what `recoup today` lists as due."""
    d = schema.dispute.c
    due = (d.act_by_at <= until, d.outcome.is_(None), d.is_slot_spent == 0, d.turn.in_(OUR_TURN))
    by = (d.partner, d.account)
    rows = view.rows(select(*by, func.count()).where(*due).group_by(*by))
    return sum(count for partner, account, count in rows if (partner, account) not in trial)


def _overdue(view: View, now: int, trial: Accounts) -> dict[str, int]:
    found: Counter[str] = Counter()
    for partner, account, kind, _, _, count in _late(view, now):
        if (partner, account) not in trial:
            found[kind] += count
    return dict(found)


def _feeds_late(view: View, now: int, trial: Accounts) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for partner, account, kind, feed, since, _ in _late(view, now):
        if kind in FILES and (partner, account) not in trial:
            key = (partner, feed or "")
            found[key] = min(since, found.get(key, since))
    return found


def _late(view: View, now: int) -> Sequence[tuple[Any, ...]]:
    """Partner, account, kind, feed, since when, how many: of what is past due, and what no outage holds."""
    e, held = schema.expectation.c, select(schema.held_expectation.c.expectation)
    by = (e.partner, e.account, e.kind, e.feed)
    late = select(*by, func.min(e.due_at), func.count()).where(e.closed_at.is_(None), e.due_at < now)
    return view.rows(late.where(e.expectation.not_in(held)).group_by(*by))


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
