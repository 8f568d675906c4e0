"""Incidents as they are now: which breaks are one matter, how much is at stake, who works on it, what happened when."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.domain.incidents import LOUDNESS, Incident
from recoup.domain.instants import DAY, Instant
from recoup.enquiry import lists
from recoup.enquiry.lists import Amount, BreakRow
from recoup.enquiry.selector import Breaks
from recoup.storage import schema
from recoup.storage.register import View

OPEN, CLOSED = "open", "closed"
ORDER = ("break", "decision", "alert", "end")
"""Of what happened at one instant, what led to the other stands first."""


class Event(msgspec.Struct, frozen=True):
    """One thing that happened to an incident."""

    at: Instant
    kind: str
    """break, decision, alert or end."""
    id: str
    text: str


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One incident. Amounts are sums over its open breaks, in minor units."""

    id: str
    partner: str
    feed: str | None
    family: str
    severity: str
    status: str
    owner: str | None
    """Who works on all of its open breaks; none where it is nobody, or several."""
    classes: tuple[str, ...]
    """The likeliest causes of its breaks, the most frequent first."""
    amounts: tuple[Amount, ...]
    disputes: int
    nearest_due_at: Instant | None
    opened_at: Instant
    closed_at: Instant | None
    age_days: int
    alerted_as: str | None
    alerted_at: Instant | None
    is_over_budget: bool
    breaks_open: int
    breaks: tuple[str, ...]
    timeline: tuple[Event, ...] = ()
    """Only where one incident is asked for by its id."""


def read_incident(row: Sequence[Any]) -> Incident:
    """A row of table incident as a value."""
    fields = dict(zip(Incident.__struct_fields__, row, strict=True))
    return Incident(**fields | {"is_over_budget": bool(fields["is_over_budget"])})


def incidents(view: View, now: Instant, *, id_: str | None = None, is_all: bool = False) -> list[IncidentRow]:
    """Give incidents, the loudest and then the oldest first: open ones, all, or those whose id begins so."""
    found = [read_incident(row) for row in view.rows(select(schema.incident))]
    chosen = [one for one in found if (one.incident.startswith(id_) if id_ else is_all or one.closed_at is None)]
    members = _members(view, [one.incident for one in chosen], now, with_work=id_ is not None)
    rows = [_row(one, members.get(one.incident, []), now, is_asked_for=id_ is not None) for one in chosen]
    return sorted(rows, key=lambda row: (-LOUDNESS.get(row.severity, 0), row.opened_at, row.id))


def _members(view: View, keys: Sequence[str], now: Instant, *, with_work: bool) -> dict[str, list[BreakRow]]:
    pairs = {row[0]: row[1] for row in view.by_keys(schema.incident_break, "incident", keys)}
    if with_work:
        rows = [row for key in sorted(pairs) for row in lists.breaks(view, Breaks(id=key), now)]
    else:
        rows = [row for row in lists.breaks(view, Breaks(is_all=True), now) if row.id in pairs]
    found: dict[str, list[BreakRow]] = {}
    for row in rows:
        found.setdefault(pairs[row.id], []).append(row)
    return found


def _row(one: Incident, members: list[BreakRow], now: Instant, *, is_asked_for: bool) -> IncidentRow:
    open_ = [row for row in members if row.status == OPEN]
    owners = {row.owner for row in open_}
    classes = Counter(row.classes[0] for row in members if row.classes)
    return IncidentRow(
        id=one.incident,
        partner=one.partner,
        feed=one.feed,
        family=one.family,
        severity=one.severity,
        status=OPEN if one.closed_at is None else CLOSED,
        owner=owners.pop() if len(owners) == 1 else None,
        classes=tuple(name for name, _ in sorted(classes.items(), key=lambda pair: (-pair[1], pair[0]))),
        amounts=_summed(open_),
        disputes=len({dispute for row in open_ for dispute in row.disputes}),
        nearest_due_at=min((row.nearest_due_at for row in open_ if row.nearest_due_at is not None), default=None),
        opened_at=one.opened_at,
        closed_at=one.closed_at,
        age_days=max(0, now - one.opened_at) // DAY,
        alerted_as=one.alerted_as,
        alerted_at=one.alerted_at,
        is_over_budget=one.is_over_budget,
        breaks_open=len(open_),
        breaks=tuple(sorted(row.id for row in members)),
        timeline=_timeline(one, members) if is_asked_for else (),
    )


def _summed(rows: Iterable[BreakRow]) -> tuple[Amount, ...]:
    sums: dict[str, int] = {}
    for row in rows:
        for amount in row.amounts:
            sums[amount.currency] = sums.get(amount.currency, 0) + abs(amount.minor)
    return tuple(Amount(currency, minor) for currency, minor in sorted(sums.items()))


def _timeline(one: Incident, members: Iterable[BreakRow]) -> tuple[Event, ...]:
    found = [event for row in members for event in _of_break(row)]
    if one.alerted_at is not None and one.alerted_as is not None:
        more = ", since the pages of the day were used up" if one.is_over_budget else ""
        found.append(Event(one.alerted_at, "alert", one.incident, f"told as a {one.alerted_as}{more}"))
    if one.closed_at is not None:
        found.append(Event(one.closed_at, "end", one.incident, "no break of it is open"))
    return tuple(sorted(found, key=lambda event: (event.at, ORDER.index(event.kind), event.id)))


def _of_break(row: BreakRow) -> list[Event]:
    told = row.explanation.partition(". ")[0].rstrip(".")
    seen = Event(row.first_seen_at, "break", row.id, told)
    return [seen, *(Event(w.at, "decision", row.id, _decision(w)) for w in row.work)]


def _decision(work: lists.WorkDone) -> str:
    parts = [work.actor, work.verb, *([work.value] if work.value else [])]
    return " ".join(parts) + (f": {work.reason}" if work.reason else "")
