"""How things stand, in a few numbers: what waits, what is open, what is due."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import func, select

from recoup.controls.breaks import OPEN
from recoup.enquiry.lists import SEVERITIES
from recoup.enquiry.today import DUE_WITHIN, OUR_TURN
from recoup.storage import schema
from recoup.storage.inbox import Inbox
from recoup.storage.register import Register, View


class State(msgspec.Struct, frozen=True):
    """One look at inbox and register. Instants in microseconds UTC, None for nothing there."""

    waiting: int
    waiting_since: int | None
    breaks: Mapping[str, int]
    """Open breaks by severity, each severity named."""
    due_soon: int
    quarantined: int
    quarantined_since: int | None


def look(register: Register, inbox: Inbox, now: int) -> State:
    """Ask inbox and register how things stand at an instant."""
    waiting, waiting_since = inbox.waiting()
    with register.reading() as view:
        quarantined, since = _quarantined(view)
        return State(
            waiting=waiting,
            waiting_since=waiting_since,
            breaks=_breaks(view),
            due_soon=_due_soon(view, now),
            quarantined=quarantined,
            quarantined_since=since,
        )


def _breaks(view: View) -> dict[str, int]:
    b = schema.break_.c
    counted = select(b.severity, func.count()).where(b.status == OPEN).group_by(b.severity)
    return dict.fromkeys(SEVERITIES, 0) | dict(view.rows(counted))


def _due_soon(view: View, now: int) -> int:
    """Count what `recoup today` lists as due."""
    d = schema.dispute.c
    due = (d.act_by_at <= now + DUE_WITHIN, d.outcome.is_(None), d.is_slot_spent == 0, d.turn.in_(OUR_TURN))
    return int(view.rows(select(func.count()).select_from(schema.dispute).where(*due))[0][0])


def _quarantined(view: View) -> tuple[int, int | None]:
    q = schema.quarantine.c
    columns: tuple[Any, ...] = (func.count(), func.min(q.landed_at))
    count, since = view.rows(select(*columns).where(q.released_at.is_(None)))[0]
    return count, since
