"""The control on outages: one symptom for each that lasts, with what is at risk; and what it holds, written down.

Reads: expectation, dispute; the outages are in the moment.
"""

from sqlalchemy import select

from recoup.controls.moment import Moment
from recoup.controls.overdue import sources_of
from recoup.controls.symptom import Source, Stake, Symptom
from recoup.domain.instants import render_minute
from recoup.domain.outages import Outage, hold_of
from recoup.enquiry.outages import at_risk
from recoup.storage import schema
from recoup.storage.register import Batch, View

CONTROL = "partner_out"


def partner_out(view: View, moment: Moment) -> list[Symptom]:
    """Outages that people opened: what they put at risk is one cause, whatever else it shows in."""
    return [_out(view, one, moment) for one in moment.outages if _is_seen(one, moment)]


def _is_seen(one: Outage, moment: Moment) -> bool:
    return not one.is_withdrawn and one.now.from_at <= moment.as_of


def _out(view: View, one: Outage, moment: Moment) -> Symptom:
    said, risk = one.now, at_risk(view, one, moment.as_of)
    feeds = ", ".join(said.feeds) or "every feed"
    is_over = not one.lasts_at(moment.as_of)
    end = "" if said.to_at is None else f" to {render_minute(said.to_at)}"
    return Symptom(
        control=CONTROL,
        kind="delivery",
        cause=one.outage,
        classes=("outage",),
        partner=said.partner,
        account=said.account,
        feed=said.feeds[0] if len(said.feeds) == 1 else None,
        silences=_silenced(one, moment),
        disputes=tuple(r.dispute for r in risk),
        stakes=tuple(
            Stake("leg", f"{r.dispute}:d1", r.currency, abs(r.amount_minor or 0))
            for r in risk
            if r.currency is not None
        ),
        since_on=moment.day(said.from_at, said.partner, said.account),
        until_on=moment.day(said.to_at or moment.as_of, said.partner, said.account),
        ended_at=one.released_at if is_over else None,
        seen=f"{said.partner} is out ({feeds}) from {render_minute(said.from_at)}{end}: {one.words[0].reason}",
        expected=_told(len(risk)),
        look=f"recoup outage show {one.outage}",
    )


def _told(at_risk: int) -> str:
    if not at_risk:
        return "No dispute has to be answered within it or shortly after"
    return f"{at_risk} {'dispute has' if at_risk == 1 else 'disputes have'} to be answered within it or shortly after"


def _silenced(one: Outage, moment: Moment) -> tuple[Source, ...]:
    """The feeds that are out, at each account that they are out for."""
    said = one.now
    accounts = [said.account] if said.account is not None else [a for p, a in moment.agreed if p == said.partner]
    feeds = said.feeds or moment.feeds_of(said.partner)
    return tuple(Source(said.partner, account, feed) for account in sorted(accounts) for feed in feeds)


def hold(batch: Batch, moment: Moment) -> None:
    """Write which open expectations are held, by which outage and until when; writes what changed."""
    table = schema.held_expectation
    stored = {row[0]: tuple(row) for row in batch.rows(select(table))}
    wanted = _held(batch, moment) if any(not one.is_withdrawn for one in moment.outages) else {}
    batch.delete(table, [(key,) for key in sorted(stored.keys() - wanted.keys())])
    batch.upsert(table, [row for key, row in sorted(wanted.items()) if stored.get(key) != row])


def _held(view: View, moment: Moment) -> dict[str, tuple[str, str, int | None]]:
    e = schema.expectation.c
    since = min(one.now.from_at for one in moment.outages)
    columns = (e.expectation, e.kind, e.partner, e.account, e.feed, e.due_at)
    # Where the end is known, so is what will be held; of one without an end only what is past due by now is told.
    until = max([moment.as_of, *(one.released_at for one in moment.outages if one.released_at is not None)])
    rows = view.rows(select(*columns).where(e.closed_at.is_(None), e.due_at >= since, e.due_at <= until))
    found = {}
    for key, kind, partner, account, feed, due_at in rows:
        held = hold_of(sources_of(kind, partner, account, feed, moment), due_at, moment.outages)
        is_told = held is not None and (held.until_at is not None or due_at <= moment.as_of)
        if held is not None and is_told and not held.is_over(moment.as_of):
            found[key] = (key, held.outage, held.until_at)
    return found
