"""What needs a person now: deadlines without evidence, the largest and oldest breaks, who is late, what has changed."""

import msgspec
from sqlalchemy import Table, func, select

from recoup.domain.instants import DAY, HOUR
from recoup.domain.partner_life import SHADOW
from recoup.enquiry import approvals, lists, outages, selector
from recoup.enquiry.approvals import Waits
from recoup.enquiry.lists import BreakRow, DisputeRow
from recoup.enquiry.outages import OutageRow, Proposal
from recoup.enquiry.tickets import TicketRow, tickets
from recoup.ledger.lives import lives
from recoup.storage import schema
from recoup.storage.register import View

DUE_WITHIN = 72 * HOUR
"""Time enough to gather evidence and submit it on working days; what is due later can wait until tomorrow."""
BREAKS_SHOWN = 5
OUR_TURN = ("merchant", "us", "unknown")
SINCE = DAY


class Late(msgspec.Struct, frozen=True):
    """What one partner owes us of one kind and is past due."""

    partner: str
    account: str
    feed: str | None
    kind: str
    count: int
    oldest_due_at: int


class Changes(msgspec.Struct, frozen=True):
    """Counts of what is new in the last 24 hours."""

    since_at: int
    deliveries: int
    quarantined: int
    disputes_new: int
    disputes_changed: int
    disputes_decided: int
    entries: int
    breaks_opened: int
    breaks_closed: int


class Today(msgspec.Struct, frozen=True):
    """What to look at now, the most urgent first."""

    now_at: int
    due: tuple[DisputeRow, ...]
    """To be answered within 72 hours, no evidence submitted; those past due and not closed by the partner too."""
    breaks_open: int
    breaks_away: int
    """How many more somebody looks away from: snoozed, or accepted as known, and still there."""
    breaks_urgent: tuple[BreakRow, ...]
    """Those that page, what is due soonest first, then the oldest."""
    breaks_largest: tuple[BreakRow, ...]
    breaks_oldest: tuple[BreakRow, ...]
    approvals: tuple[BreakRow, ...]
    """Breaks about which somebody decided what a second person has to approve, snoozed meanwhile or not."""
    waiting: tuple[Waits, ...]
    """What else waits for a second person: what was recorded by hand, and rulings on accounts and books."""
    late: tuple[Late, ...]
    tickets: tuple[TicketRow, ...]
    """Tickets that partners owe an answer to, and whose time is over."""
    outages: tuple[OutageRow, ...]
    """Partners that are out, or were until their grace is over: what of them is late is held."""
    outage_proposals: tuple[Proposal, ...]
    """What looks like an outage and nobody has opened."""
    changes: Changes


def today(view: View, now: int) -> Today:
    """Say what needs a person at an instant; what is in trial calls nobody."""
    trial = {owner for owner, stands in lives(view).items() if stands.phase == SHADOW}
    standing = [
        row
        for row in lists.breaks(view, selector.Breaks(is_all=True), now)
        if row.status != "closed" and (row.partner, row.account) not in trial
    ]
    open_breaks = [row for row in standing if row.status == "open"]
    return Today(
        now_at=now,
        due=tuple(row for row in _due(view, now) if (row.partner, row.account) not in trial),
        breaks_open=len(open_breaks),
        breaks_away=len(standing) - len(open_breaks),
        breaks_urgent=_urgent(open_breaks),
        breaks_largest=_largest(open_breaks),
        breaks_oldest=tuple(sorted(open_breaks, key=lambda row: (row.first_seen_at, row.id))[:BREAKS_SHOWN]),
        approvals=tuple(row for row in standing if row.waits_for_approval is not None),
        waiting=tuple(approvals.waiting(view)),
        late=tuple(row for row in _late(view, now) if (row.partner, row.account) not in trial),
        tickets=tuple(row for row in tickets(view, now) if row.is_overdue),
        outages=tuple(outages.outage_rows(view, now)),
        outage_proposals=tuple(outages.proposals(view, now)),
        changes=_changes(view, now - SINCE, now),
    )


def _due(view: View, now: int) -> list[DisputeRow]:
    which = selector.Disputes(due_within=DUE_WITHIN, outcome=selector.OPEN)
    spent = {row[0] for row in view.rows(select(schema.dispute.c.dispute).where(schema.dispute.c.is_slot_spent == 1))}
    rows = lists.disputes(view, which, now)
    return [row for row in rows if row.turn in OUR_TURN and row.id not in spent]


def _urgent(rows: list[BreakRow]) -> tuple[BreakRow, ...]:
    pages = [row for row in rows if row.severity == "page"]
    return tuple(
        sorted(pages, key=lambda row: (row.nearest_due_at is None, row.nearest_due_at or 0, row.first_seen_at))
    )


def _largest(rows: list[BreakRow]) -> tuple[BreakRow, ...]:
    """The breaks with most money, currency by currency in turn: amounts of two currencies are never compared."""
    by_currency: dict[str, list[tuple[int, BreakRow]]] = {}
    for row in rows:
        for amount in row.amounts:
            by_currency.setdefault(amount.currency, []).append((abs(amount.minor), row))
    ranked = [sorted(by_currency[code], key=lambda pair: (-pair[0], pair[1].id)) for code in sorted(by_currency)]
    turns = [pairs[rank][1] for rank in range(BREAKS_SHOWN) for pairs in ranked if rank < len(pairs)]
    return tuple(list({row.id: row for row in turns}.values())[:BREAKS_SHOWN])


def _late(view: View, now: int) -> list[Late]:
    table = schema.expectation
    by = (table.c.partner, table.c.account, table.c.feed, table.c.kind)
    held = select(schema.held_expectation.c.expectation)
    statement = (
        select(*by, func.count(), func.min(table.c.due_at))
        .where(table.c.closed_at.is_(None), table.c.due_at < now, table.c.expectation.not_in(held))
        .group_by(*by)
    )
    return sorted((Late(*row) for row in view.rows(statement)), key=lambda row: (row.oldest_due_at, row.partner))


def _changes(view: View, since: int, now: int) -> Changes:
    before = _outcomes_before(view, since)
    dispute = schema.dispute
    touched = view.rows(select(dispute.c.dispute, dispute.c.outcome).where(dispute.c.known_from.between(since, now)))
    new = [key for key, _ in touched if key not in before]
    decided = [key for key, outcome in touched if outcome is not None and before.get(key) is None]
    return Changes(
        since_at=since,
        deliveries=_count(view, schema.delivery, "landed_at", since, now),
        quarantined=_count(view, schema.quarantine, "landed_at", since, now),
        disputes_new=len(new),
        disputes_changed=len(touched) - len(new),
        disputes_decided=len(decided),
        entries=_count(view, schema.entry, "booked_at", since, now),
        breaks_opened=_count(view, schema.break_, "first_seen_at", since, now),
        breaks_closed=_count(view, schema.break_, "closed_at", since, now),
    )


def _outcomes_before(view: View, since: int) -> dict[str, str | None]:
    """Give the outcomes that disputes which have changed since then had at that instant."""
    version = schema.dispute_version
    stood = (version.c.known_from < since, version.c.known_to >= since)
    rows = view.rows(select(version.c.dispute, version.c.outcome).where(*stood))
    return {row[0]: row[1] for row in rows}


def _count(view: View, table: Table, column: str, since: int, now: int) -> int:
    counted = select(func.count()).select_from(table).where(table.c[column].between(since, now))
    return int(view.rows(counted)[0][0])
