"""Bring pages to people: each notice on each outlet, tried until it is there.

A round looks for what an outlet does not have yet, delivers it outside of any transaction, and notes how that went.
Killed between the two it delivers again: a page may come twice, and never not at all.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy import select

from recoup.domain.instants import DAY, MINUTE, SECOND, Instant, render_instant
from recoup.domain.notices import Notice
from recoup.enquiry.incidents import IncidentRow, incidents
from recoup.storage import schema
from recoup.storage.register import Register, View
from recoup.watch.outlets import Outlet

RETRY_FIRST = 15 * SECOND
RETRY_MAX = 10 * MINUTE
FRESH = DAY
"""An outlet that is new is told of what is younger, and of all that is still open."""
FAILURE_MAX = 200

_log = structlog.get_logger(__name__)


class Sent(msgspec.Struct, frozen=True):
    """One row of table notice_sending."""

    notice: str
    outlet: str
    tellings: int = 0
    tries: int = 0
    tried_at: Instant | None = None
    sent_at: Instant | None = None
    failure: str | None = None

    def is_due(self, now: Instant) -> bool:
        """Whether it is time to try, or to try again."""
        if not self.tries or self.tried_at is None:
            return True
        wait = min(RETRY_FIRST << (self.tries - 1), RETRY_MAX)
        return not self.tried_at <= now < self.tried_at + wait


class Sending:
    """Brings the notices of one register to the outlets of its installation."""

    def __init__(
        self, register: Register, outlets: Sequence[Outlet], wall: Callable[[], Instant], now: Callable[[], Instant]
    ) -> None:
        """Prepare to send.

        Args:
          register: Where notices and incidents are.
          outlets: Where they go.
          wall: The wall clock, for retries.
          now: The home's own present, for how old an incident is.
        """
        self._register = register
        self._outlets = outlets
        self._wall = wall
        self._now = now

    def forget_others(self) -> None:
        """Give up waiting for outlets that the installation does not name any more."""
        names = {outlet.name for outlet in self._outlets}
        s = schema.notice_sending.c
        with self._register.noting() as batch:
            keys = batch.rows(select(s.notice, s.outlet))
            batch.delete(schema.notice_sending, [key for key in keys if key[1] not in names])

    def round(self) -> int:
        """Send what is due; say how many sendings are still waiting."""
        waiting = 0
        for outlet in self._outlets:
            with self._register.reading() as view:
                pending = list(_pending(view, outlet.name, self._wall()))
            due = [(notice, sent) for notice, sent in pending if sent.is_due(self._wall())]
            waiting += len(pending) - sum(self._send(outlet, notice, sent) for notice, sent in due)
        return waiting

    def _send(self, outlet: Outlet, notice: Notice, sent: Sent) -> bool:
        with self._register.reading() as view:
            page = msgspec.json.encode(page_of(view, notice, self._now()))
        failure = None
        try:
            outlet.deliver(page, notice.notice)
        except OSError as error:
            failure = f"{type(error).__name__}: {error}"[:FAILURE_MAX]
            _log.warning("page not delivered", notice=notice.notice, outlet=outlet.name, failure=failure)
        self._note(sent, notice, failure)
        return failure is None

    def _note(self, sent: Sent, notice: Notice, failure: str | None) -> None:
        wall = self._wall()
        if failure is None:
            now = Sent(sent.notice, sent.outlet, notice.tellings, 0, wall, wall)
        else:
            now = msgspec.structs.replace(sent, tries=sent.tries + 1, tried_at=wall, failure=failure)
        with self._register.noting() as batch:
            batch.upsert(schema.notice_sending, [msgspec.structs.astuple(now)])


def _pending(view: View, outlet: str, wall: Instant) -> Iterator[tuple[Notice, Sent]]:
    """The notices that an outlet does not have, or of which it should be told again; the oldest first."""
    n, s, i = schema.notice, schema.notice_sending, schema.incident
    sendings = {row[0]: Sent(*row) for row in view.rows(select(s).where(s.c.outlet == outlet))}
    still_open = {row[0] for row in view.rows(select(i.c.incident).where(i.c.closed_at.is_(None)))}
    for row in view.rows(select(n).order_by(n.c.made_at, n.c.notice)):
        notice = Notice(**dict(zip(n.columns.keys(), row, strict=True)))
        sent = sendings.get(notice.notice)
        is_live = wall - notice.changed_at < FRESH or notice.incident in still_open
        if (sent is not None or is_live) and (sent is None or sent.tellings < notice.tellings):
            yield notice, sent or Sent(notice.notice, outlet)


# --- what a page says -------------------------------------------------------------------------


def page_of(view: View, notice: Notice, now: Instant) -> dict[str, Any]:
    """Give a page as people and programs read it: ids, sums and words of ours, nothing that a partner's text holds."""
    about = {
        "notice": notice.notice,
        "telling": notice.tellings,
        "level": "page",
        "partner": notice.partner,
        "family": notice.family,
        "incidents": notice.incidents,
        "made_at": render_instant(notice.made_at),
    }
    if notice.incident is None:
        return {**about, "incident": None, "text": _held_back(notice), "look": "recoup incidents"}
    found = incidents(view, now, id_=notice.incident)
    row = found[0] if found else None
    look = f"recoup incidents {notice.incident}"
    return {**about, "incident": notice.incident, "text": _text(notice, row), "look": look, **_standing(row)}


def _held_back(notice: Notice) -> str:
    count = f"{notice.incidents} more incident{'' if notice.incidents == 1 else 's'}"
    return (
        f"{count} of {notice.partner} {notice.family} would have paged today, and the pages of the day are used up: "
        "they are tickets"
    )


def _text(notice: Notice, row: IncidentRow | None) -> str:
    if row is None:
        return f"{notice.partner} {notice.family}: an incident"
    state = "is over" if row.closed_at is not None else f"has {row.breaks_open} open"
    likely = f", likely {row.classes[0]}" if row.classes else ""
    return f"{notice.partner} {notice.family}: the incident {state}{likely}"


def _standing(row: IncidentRow | None) -> dict[str, Any]:
    if row is None:
        return {}
    names = ("feed", "severity", "status", "classes", "amounts", "disputes", "breaks")
    due_at = None if row.nearest_due_at is None else render_instant(row.nearest_due_at)
    told = {name: getattr(row, name) for name in names}
    return {**told, "nearest_due_at": due_at, "opened_at": render_instant(row.opened_at)}
