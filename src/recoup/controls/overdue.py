"""Expectations past due, as rows that controls turn into symptoms; and those that were closed after their due time.

Reads: expectation (one row per thing that should be observed), dispute.
"""

from collections.abc import Mapping

import msgspec
from sqlalchemy import and_, or_, select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Scope, Stake
from recoup.domain.instants import Instant
from recoup.domain.money import render
from recoup.domain.outages import Source, hold_of
from recoup.storage import schema
from recoup.storage.register import View

ROLES: Mapping[str, tuple[str, ...]] = {
    "leg_settled": ("settles",),
    "leg_announced": ("announces",),
    "paid_out": ("pays", "settles"),
    "credit_after_win": ("settles", "announces"),
    "chargeback_after_notice": ("announces",),
}
"""Which of the partner's own feeds tell what is waited for."""
ANYONE: Mapping[str, str] = {"bank_credit": "banks", "leg_confirmed": "confirms"}
"""What a bank tells, or the house, whoever paid."""


class Overdue(msgspec.Struct, frozen=True, gc=False):
    """One expectation that was not met in time, with what a person needs to recognise it."""

    subject: str
    partner: str
    account: str
    feed: str | None
    dispute: str | None
    partner_dispute_id: str | None
    leg: str | None
    batch: str | None
    amount_minor: int | None
    currency: str | None
    opened_at: Instant
    due_at: Instant
    closed_at: Instant | None
    closed_by: str | None
    rule: str

    def stakes(self, scope: Scope, key: str) -> tuple[Stake, ...]:
        """The money that is waited for."""
        if self.amount_minor is None or self.currency is None:
            return ()
        return (Stake(scope, key, self.currency, abs(self.amount_minor)),)

    def amount(self) -> str:
        """The money for a person; empty where the expectation is not about money."""
        if self.amount_minor is None or self.currency is None:
            return ""
        return render(abs(self.amount_minor), self.currency)


def overdue(view: View, moment: Moment, kind: str) -> list[Overdue]:
    """Expectations of a kind that are past due now, or were closed only after their due time; in order of due time."""
    e, d = schema.expectation.c, schema.dispute.c
    statement = (
        select(
            e.subject,
            e.partner,
            e.account,
            e.feed,
            e.dispute,
            d.partner_dispute_id,
            e.leg,
            e.batch,
            e.amount_minor,
            e.currency,
            e.opened_at,
            e.due_at,
            e.closed_at,
            e.closed_by,
            e.rule,
        )
        .select_from(schema.expectation)
        .outerjoin(schema.dispute, d.dispute == e.dispute)
        .where(and_(e.kind == kind, e.due_at < moment.as_of, or_(e.closed_at.is_(None), e.closed_at > e.due_at)))
        .order_by(e.due_at, e.subject)
    )
    found = [_as_of(Overdue(*row), moment) for row in view.rows(statement)]
    return [o for o in (_held(o, kind, moment) for o in found) if o is not None] if moment.outages else found


def _held(found: Overdue, kind: str, moment: Moment) -> Overdue | None:
    """What an outage holds is not overdue, and due later: at its end and the grace; None where it is not overdue."""
    hold = hold_of(sources_of(kind, found.partner, found.account, found.feed, moment), found.due_at, moment.outages)
    if hold is None:
        return found
    until_at = hold.until_at
    is_in_time = found.closed_at is not None and (until_at is None or found.closed_at <= until_at)
    if is_in_time or not hold.is_over(moment.as_of):
        return None
    return msgspec.structs.replace(found, due_at=until_at)


def sources_of(kind: str, partner: str, account: str, feed: str | None, moment: Moment) -> tuple[Source, ...]:
    """The feeds that an expectation waits for: its own, else those that book the roles of its kind."""
    if feed is not None:
        return (Source(partner, account, feed),)
    if kind in ANYONE:
        return tuple(Source(s.partner, s.account, s.feed) for s in moment.anyone(ANYONE[kind]))
    return tuple(Source(s.partner, s.account, s.feed) for s in moment.own(partner, account, *ROLES.get(kind, ())))


def _as_of(found: Overdue, moment: Moment) -> Overdue:
    """What closed it after now has not closed it yet."""
    if found.closed_at is None or found.closed_at <= moment.as_of:
        return found
    return msgspec.structs.replace(found, closed_at=None, closed_by=None)
