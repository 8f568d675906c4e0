"""Outages as they stand: what they hold, which deadlines are at risk because of them, and which might be one.

Reads: outage_word (one row per thing said of one), expectation, held_expectation, dispute, delivery.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import or_, select

from recoup.domain.canonical import parse
from recoup.domain.instants import HOUR, Instant
from recoup.domain.outages import Outage, Word, outages
from recoup.enquiry.lists import Amount
from recoup.storage import schema
from recoup.storage.register import View

COLUMNS: tuple[str, ...] = tuple(str(column.name) for column in schema.outage_word.columns)
OUR_TURN = ("merchant", "us", "unknown")
SOON = 72 * HOUR
"""What is due so shortly after an outage is at risk by it: the time that evidence takes."""
SILENT_FEEDS = 2
"""So many feeds of one partner that are late at once look like an outage, and not like a lost file."""


LASTING = ("planned", "open", "ended")
"""How outages stand of which something follows still."""

FAILING = ("calls_failing", "error_answers")
"""Controls that say that a partner's API does not answer as it should."""


class AtRisk(msgspec.Struct, frozen=True, kw_only=True):
    """One dispute that has to be answered while the partner cannot be reached, or shortly after."""

    dispute: str
    partner_dispute_id: str
    account: str
    merchant: str | None
    payment_ref: str | None
    network: str | None
    reason_code: str | None
    stage: str | None
    partner_status: str | None
    amount_minor: int | None
    currency: str | None
    partner_due_at: Instant | None
    act_by_at: Instant


class HeldRow(msgspec.Struct, frozen=True):
    """One expectation that is held: what should have come, and when it is due instead."""

    kind: str
    account: str
    feed: str | None
    subject: str
    due_at: Instant
    until_at: Instant | None


class OutageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One outage as it stands."""

    id: str
    partner: str
    account: str | None
    feeds: tuple[str, ...]
    status: str
    """planned, open, ended (its grace lasts), over or withdrawn."""
    from_at: Instant
    to_at: Instant | None
    released_at: Instant | None
    grace_hours: int
    reason: str
    opened_by: str
    opened_at: Instant
    held: tuple[HeldRow, ...]
    at_risk: tuple[AtRisk, ...]
    amounts: tuple[Amount, ...]
    """Of the disputes at risk."""
    words: tuple[Word, ...]


class Proposal(msgspec.Struct, frozen=True):
    """What looks like an outage and nobody has opened: for a person to judge."""

    partner: str
    account: str
    feeds: tuple[str, ...]
    from_at: Instant
    why: str


def read_outages(view: View, as_of: Instant) -> list[Outage]:
    """The outages that were told of by an instant."""
    table = schema.outage_word
    return outages(map(_word, view.rows(select(table).where(table.c.at <= as_of))))


def _word(row: Sequence[Any]) -> Word:
    said = dict(zip(COLUMNS, row, strict=True))
    fields = {name: said[name] for name in Word.__struct_fields__}
    return Word(**fields | {"feeds": tuple(parse(said["feeds"]))})


def outage_rows(view: View, now: Instant, *, id_: str | None = None, is_all: bool = False) -> list[OutageRow]:
    """Give outages, the latest first: those that last or are to come, all, or those whose id begins so."""
    found = read_outages(view, now)
    chosen = [one for one in found if (one.outage.startswith(id_) if id_ else is_all or status(one, now) in LASTING)]
    return [_row(view, one, now) for one in sorted(chosen, key=lambda one: (-one.now.from_at, one.outage))]


def _row(view: View, one: Outage, now: Instant) -> OutageRow:
    said, risk = one.now, tuple(at_risk(view, one, now))
    return OutageRow(
        id=one.outage,
        partner=said.partner,
        account=said.account,
        feeds=said.feeds,
        status=status(one, now),
        from_at=said.from_at,
        to_at=said.to_at,
        released_at=one.released_at,
        grace_hours=said.grace_hours,
        reason=one.words[0].reason,
        opened_by=one.words[0].actor,
        opened_at=one.words[0].at,
        held=tuple(_held(view, one.outage)),
        at_risk=risk,
        amounts=summed(risk),
        words=one.words,
    )


def status(one: Outage, now: Instant) -> str:
    """How an outage stands at an instant, in a word."""
    if one.is_withdrawn:
        return "withdrawn"
    if now < one.now.from_at:
        return "planned"
    if one.is_open or now < (one.now.to_at or now):
        return "open"
    return "ended" if one.lasts_at(now) else "over"


def summed(found: Iterable[AtRisk]) -> tuple[Amount, ...]:
    """The amounts of disputes at risk, per currency."""
    sums: dict[str, int] = defaultdict(int)
    for one in found:
        if one.currency is not None:
            sums[one.currency] += abs(one.amount_minor or 0)
    return tuple(Amount(currency, minor) for currency, minor in sorted(sums.items()))


def at_risk(view: View, one: Outage, now: Instant) -> list[AtRisk]:
    """Disputes to be answered within an outage or shortly after, the soonest first; those that are answered are not.

    A withdrawn outage was none, and puts nothing at risk.
    """
    if one.is_withdrawn:
        return []
    d, said = schema.dispute.c, one.now
    until = (said.to_at if said.to_at is not None else max(now, said.from_at)) + SOON
    terms = [d.partner == said.partner, d.outcome.is_(None), d.is_slot_spent == 0, d.turn.in_(OUR_TURN)]
    if said.account is not None:
        terms.append(d.account == said.account)
    columns = [d[name] for name in AtRisk.__struct_fields__]
    rows = view.rows(select(*columns).where(*terms, d.act_by_at >= said.from_at, d.act_by_at <= until))
    found = [AtRisk(**dict(zip(AtRisk.__struct_fields__, row, strict=True))) for row in rows]
    return sorted(found, key=lambda risk: (risk.act_by_at, risk.dispute))


def _held(view: View, outage: str) -> list[HeldRow]:
    h, e = schema.held_expectation.c, schema.expectation.c
    statement = (
        select(e.kind, e.account, e.feed, e.subject, e.due_at, h.until_at)
        .join(schema.held_expectation, h.expectation == e.expectation)
        .where(h.outage == outage, e.closed_at.is_(None))
    )
    return [HeldRow(*row) for row in view.rows(statement.order_by(e.due_at, e.subject))]


def about_dispute(view: View, partner: str, account: str, since: Instant, now: Instant) -> list[Outage]:
    """Outages of a partner that lasted while one of its disputes was there."""
    return [
        one
        for one in read_outages(view, now)
        if one.covers(partner, account, None) and (one.released_at is None or one.released_at >= since)
    ]


def proposals(view: View, now: Instant) -> list[Proposal]:
    """Partners whose feeds are late at once, or whose calls fail, and no outage is open; nothing is opened."""
    e = schema.expectation.c
    held = select(schema.held_expectation.c.expectation)
    late = (e.kind == "file", or_(e.closed_at.is_(None), e.closed_at > now), e.due_at < now, e.expectation.not_in(held))
    feeds: dict[tuple[str, str], dict[str, Instant]] = defaultdict(dict)
    for partner, account, feed, due_at in view.rows(select(e.partner, e.account, e.feed, e.due_at).where(*late)):
        known = feeds[partner, account]
        known[feed] = min(due_at, known.get(feed, due_at))
    found = [
        Proposal(partner, account, tuple(sorted(by_feed)), min(by_feed.values()), _late(by_feed))
        for (partner, account), by_feed in feeds.items()
        if len(by_feed) >= SILENT_FEEDS
    ]
    found += _failing(view)
    known_outages = [one for one in read_outages(view, now) if one.lasts_at(now)]
    told = [one for one in found if any(o.covers(one.partner, one.account, None) for o in known_outages)]
    return sorted((one for one in found if one not in told), key=lambda one: (one.from_at, one.partner, one.account))


def _late(by_feed: Mapping[str, Instant]) -> str:
    return f"{len(by_feed)} feeds are late at once: {', '.join(sorted(by_feed))}"


def _failing(view: View) -> list[Proposal]:
    """Accounts of which calls fail, as the controls on calls say."""
    b = schema.break_.c
    columns = (b.partner, b.account, b.first_seen_at, b.explanation)
    rows = view.rows(select(*columns).where(b.control.in_(FAILING), b.status == "open", b.account.is_not(None)))
    return [Proposal(p, account, (), at, why.partition(". ")[0].rstrip(".")) for p, account, at, why in sorted(rows)]
