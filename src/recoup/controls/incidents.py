"""Breaks that came together become one incident: how loud it is, and who is told, within the budget of pages.

Kept beside the breaks, since what people were told is a fact. Read `domain/incidents.py` for the rules.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.controls.breaks import OPEN, Break, read_break
from recoup.controls.moment import Moment
from recoup.controls.severity import severity
from recoup.domain.canonical import parse
from recoup.domain.ids import derive
from recoup.domain.incidents import Incident, Member, alerted, joins, loudest
from recoup.domain.instants import Instant
from recoup.domain.money import Amount
from recoup.domain.notices import Notice, notices
from recoup.domain.outages import Outage
from recoup.enquiry.incidents import read_incident
from recoup.storage import schema
from recoup.storage.register import Batch


def update(batch: Batch, moment: Moment) -> None:
    """Bring incidents to what the breaks are now; writes what changed.

    Reads: break_ (one row per cause). Makes: incident (one row per matter), incident_break (one row per break in one),
    notice (one row per page).
    """
    breaks = {b.id: b for b in map(read_break, batch.rows(select(schema.break_)))}
    before = {one.incident: one for one in map(read_incident, batch.rows(select(schema.incident)))}
    table = schema.incident_break.c
    member_of = {row[0]: row[1] for row in batch.rows(select(table.break_, table.incident))}
    grouped, joined = _joined(breaks.values(), before, member_of, moment)
    after = _alerted(_standing(grouped, {**member_of, **joined}, breaks, moment), moment)
    batch.insert(schema.incident_break, sorted(joined.items()))
    batch.upsert(schema.incident, [_row(one) for key, (one, _) in after.items() if before.get(key) != one])
    told = notices(before, [one for one, _ in after.values()], _folds(batch), moment.as_of, moment.ran_at)
    batch.upsert(schema.notice, [msgspec.structs.astuple(one) for one in told])


def _folds(batch: Batch) -> dict[str, Notice]:
    """The notices that stand for several incidents."""
    n = schema.notice
    return {
        row[0]: Notice(**dict(zip(n.columns.keys(), row, strict=True)))
        for row in batch.rows(select(n).where(n.c.incident.is_(None)))
    }


def _row(one: Incident) -> tuple[Any, ...]:
    """Give the row of an incident: a flag is a number, which PostgreSQL does not take a truth for."""
    return tuple(int(value) if isinstance(value, bool) else value for value in msgspec.structs.astuple(one))


def _joined(
    breaks: Iterable[Break], before: Mapping[str, Incident], member_of: Mapping[str, str], moment: Moment
) -> tuple[dict[str, Incident], dict[str, str]]:
    """Every incident, with those that open breaks without one make or join, and which break joined which."""
    found = dict(before)
    joined: dict[str, str] = {}
    new = [_member(b) for b in breaks if b.status == OPEN and b.id not in member_of]
    out = {outage_break(one.outage): one for one in moment.outages}
    # An outage stands before what it brings with it.
    for member in sorted(new, key=lambda m: (m.break_ not in out, m.first_seen_at, m.break_)):
        known = {**member_of, **joined}
        one = _of_outage(member, found, known, out) or joins(member, found.values()) or _opened(member)
        at = max(one.joined_at, member.first_seen_at)
        found[one.incident] = msgspec.structs.replace(one, joined_at=at)
        joined[member.break_] = one.incident
    return found, joined


def outage_break(outage: str) -> str:
    """The id of the break that an outage is."""
    return derive("brk", OUTAGE, outage)


def _of_outage(
    member: Member, found: Mapping[str, Incident], member_of: Mapping[str, str], out: Mapping[str, Outage]
) -> Incident | None:
    """Give the incident of the outage within which a break of its feeds was first seen; an outage is its own."""
    if member.break_ in out:
        return found.get(member_of.get(member.break_, "")) or _opened(member)
    for key, one in out.items():
        is_within = member.family in OF_OUTAGES and one.covers(member.partner, None, member.feed)
        if is_within and one.lasts_at(member.first_seen_at) and member_of.get(key) in found:
            return found[member_of[key]]
    return None


def _member(b: Break) -> Member:
    return Member(b.id, b.partner, b.feed, b.kind, b.first_seen_at, b.status == OPEN, b.severity, b.nearest_due_at)


def _opened(first: Member) -> Incident:
    return Incident(
        incident=derive("inc", first.break_),
        partner=first.partner,
        feed=first.feed,
        family=first.family,
        opened_at=first.first_seen_at,
        joined_at=first.first_seen_at,
        severity="note",
    )


OUTAGE = "partner_out"
OF_OUTAGES = ("delivery", "lifecycle", "money", "settlement", "deadline")
"""Families whose breaks an outage may bring with it."""
Standing = tuple[Incident, Instant | None]
"""An incident and the nearest deadline of its open breaks."""


def _standing(
    grouped: Mapping[str, Incident], member_of: Mapping[str, str], breaks: Mapping[str, Break], moment: Moment
) -> dict[str, Standing]:
    open_: dict[str, list[Break]] = {}
    for key, incident in sorted(member_of.items()):
        if key in breaks and breaks[key].status == OPEN:
            open_.setdefault(incident, []).append(breaks[key])
    return {key: _stands(one, open_.get(key, []), moment) for key, one in grouped.items()}


def _stands(one: Incident, open_: Sequence[Break], moment: Moment) -> Standing:
    if not open_:
        closed_at = moment.as_of if one.closed_at is None else one.closed_at
        return msgspec.structs.replace(one, closed_at=closed_at), None
    due_at = min((b.nearest_due_at for b in open_ if b.nearest_due_at is not None), default=None)
    loud = loudest([*(b.severity for b in open_), _together(open_, due_at, moment)])
    is_shadow = all((b.partner, b.account) in moment.shadows for b in open_)
    now = msgspec.structs.replace(one, closed_at=None, severity="ticket" if is_shadow and loud == "page" else loud)
    # What was over and comes back is told again.
    return (now if one.closed_at is None else msgspec.structs.replace(now, alerted_as=None, alerted_at=None)), due_at


def _together(open_: Sequence[Break], due_at: Instant | None, moment: Moment) -> str:
    sums: dict[str, int] = {}
    for b in open_:
        for amount in parse(b.amounts):
            sums[amount["currency"]] = sums.get(amount["currency"], 0) + abs(amount["minor"])
    amounts = [Amount(minor, currency) for currency, minor in sorted(sums.items())]
    disputes = {dispute for b in open_ for dispute in parse(b.disputes)}
    limits = moment.page_limits(*((b.partner, b.account) for b in open_))
    is_note = all(b.severity == "note" for b in open_)
    return severity(amounts, due_at, len(disputes), moment.as_of, is_note=is_note, limits=limits)


def _alerted(stands: Mapping[str, Standing], moment: Moment) -> dict[str, Standing]:
    """Tell people, the most urgent first, so that the budget is spent on those."""
    now = {key: one for key, (one, _) in stands.items()}
    order = sorted(stands.items(), key=lambda item: (item[1][1] is None, item[1][1] or 0, item[0]))
    for key, (one, due_at) in order:
        others = [other for other in now.values() if other.incident != key]
        now[key] = alerted(one, due_at, others, moment.as_of, moment.pages_a_day)
    return {key: (now[key], due_at) for key, (_, due_at) in stands.items()}
