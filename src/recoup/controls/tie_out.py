"""The control on batches: the lines of a report add up to what was paid out, or which line is the difference.

A line that stands in the report and not in the payout was left out of the net. A line that is in the payout and not in
the report is missing from the report: then a leg that was announced waits for it. Payouts whose report was never read:
`unreported.py`.

Reads: posting, money_line, settlement_total, delivery.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import msgspec
from sqlalchemy import and_, case, func, or_, select

from recoup.controls.balances import Balance, summed
from recoup.controls.keys import batch_key, leg_key
from recoup.controls.moment import Moment
from recoup.controls.money import partner_ids
from recoup.controls.open_legs import Sum, fee_of, made_of, open_legs
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.instants import DAY, Instant
from recoup.domain.money import render
from recoup.storage import schema
from recoup.storage.register import View

ROUNDING_MINOR_MAX = 99
"""Fractions add up to less than one unit of a two-decimal currency, or something else is wrong."""
REPORT_GRACE = DAY
"""A report may come in several pages; what it says is compared once it had this long to be complete."""
PAYING = ("payout_made", "payout_failed")
SIZES = (1, 2)
"""So many lines or legs are tried as the difference: with more, chance sums become likely."""


class Tie(msgspec.Struct, frozen=True, gc=False):
    """What one batch says in one currency: reported and paid out, which should cancel."""

    partner: str
    account: str
    batch: str
    currency: str
    reported_minor: int
    paid_minor: int
    reports: int
    """How many entries are of what was reported."""
    totals: int
    """How many of those sum up the rest of the report."""
    booked_at: Instant
    since_on: str
    until_on: str

    @property
    def difference_minor(self) -> int:
        """Positive: more was reported than paid out."""
        return self.reported_minor + self.paid_minor

    @property
    def missing(self) -> Sum:
        """What the lines that are not there must come to."""
        return Sum(self.partner, self.account, self.currency, self.difference_minor, self.until_on)


class _Line(msgspec.Struct, frozen=True, gc=False):
    identity: str
    dispute: str | None
    net_minor: int


class _Reason(msgspec.Struct, frozen=True):
    """What the difference is made of, where one choice alone makes it up."""

    left_out: tuple[_Line, ...] = ()
    """Lines of the report that are not in the payout."""
    not_there: tuple[Balance, ...] = ()
    """Legs of which the payout has the money and the report no line."""
    is_open: bool = False
    """Several choices make it up, and nothing tells which."""


def tie_out(view: View, moment: Moment) -> list[Symptom]:
    """Batches whose lines do not add up to their payout, and payouts whose report is empty."""
    found = ties(view)
    legs = open_legs(view) if found else []
    told = [tie for tie in found if tie.reports and (tie.totals or tie.booked_at + REPORT_GRACE < moment.as_of)]
    reasons = [_reason(view, tie, legs, moment) for tie in told]
    names = partner_ids(view, [leg.dispute for reason in reasons for leg in reason.not_there if leg.dispute])
    return [
        *(_untied(tie, _line_count(view, tie), why, names, moment) for tie, why in zip(told, reasons, strict=True)),
        *_empty_ones(view, found, moment),
    ]


def ties(view: View) -> list[Tie]:
    """Give the batches that were paid out, or whose payout came back, and do not cancel; in order of key."""
    p, e = schema.posting.c, schema.entry.c
    paid = summed(case((e.rule.in_(PAYING), p.amount_minor), else_=0))
    reported = summed(case((e.rule.in_(PAYING), 0), else_=p.amount_minor))
    paying, others = _count(e.rule.in_(PAYING)), _count(e.rule.not_in(PAYING))
    key = (p.partner, p.partner_account, p.batch, p.currency)
    days = (func.min(e.effective_on), func.max(e.effective_on))
    statement = (
        select(*key, reported, paid, others, _count(e.rule == "other_activity"), func.max(e.booked_at), *days)
        .select_from(schema.posting)
        .join(schema.entry, e.entry == p.entry)
        .where(e.is_active == 1, p.account == "settlement_clearing", p.batch.is_not(None), p.batch != "")
        .group_by(*key)
        .having(and_(summed(p.amount_minor) != 0, paying > 0))
        .order_by(*key)
    )
    return [Tie(*row) for row in view.rows(statement)]


def _count(condition: Any) -> Any:
    return summed(case((condition, 1), else_=0))


def _line_count(view: View, tie: Tie) -> int:
    t, m = schema.settlement_total.c, schema.money_line.c
    totals = select(func.coalesce(summed(t.lines), 0)).where(
        t.partner == tie.partner, t.account == tie.account, t.batch == tie.batch, t.currency == tie.currency
    )
    lines = select(func.count(func.distinct(m.money_line))).where(*_of_batch(tie))
    return max(int(view.rows(totals)[0][0]), int(view.rows(lines)[0][0]))


def _of_batch(tie: Tie) -> tuple[Any, ...]:
    m = schema.money_line.c
    return (m.partner == tie.partner, m.account == tie.account, m.batch == tie.batch, m.currency == tie.currency)


# --- what the difference is made of ---------------------------------------------------------


def _reason(view: View, tie: Tie, legs: Sequence[Balance], moment: Moment) -> _Reason:
    """The fewest lines or legs that are the difference; none when there are several choices of them.

    A leg that waits for just this money goes before a line of the amount: there are many lines, and few such legs.
    """
    lines, fee_minor = _lines(view, tie), fee_of(tie.missing, moment)
    for size in SIZES:
        not_there = made_of(tie.missing, legs, fee_minor, size)
        left_out = [c for c in combinations(lines, size) if sum(x.net_minor for x in c) == tie.difference_minor]
        if len(not_there) == 1:
            return _Reason(not_there=not_there[0])
        if len(left_out) == 1:
            return _Reason(left_out=left_out[0])
        if not_there or left_out:
            return _Reason(is_open=True)
    return _Reason()


def _lines(view: View, tie: Tie) -> list[_Line]:
    """The lines of the batch that may be the difference: those of its amount, and all that name a dispute."""
    m = schema.money_line.c
    statement = (
        select(m.identity, m.dispute, m.net_minor)
        .distinct()
        .where(*_of_batch(tie), m.kind.not_in(("payout", "payout_failure", "bank")))
        .where(or_(m.net_minor == tie.difference_minor, m.dispute.is_not(None)))
        .order_by(m.identity)
    )
    return [_Line(*row) for row in view.rows(statement)]


def _classes(tie: Tie, lines: int, reason: _Reason) -> tuple[str, ...]:
    is_named = bool(reason.left_out or reason.not_there)
    if not is_named and abs(tie.difference_minor) <= min(ROUNDING_MINOR_MAX, lines // 2):
        return ("rounding", "netting", "control_total")
    if reason.left_out or reason.is_open:
        return ("netting", "control_total", "restatement")
    # Nothing that the report tells is the difference: it is rather something that it does not tell.
    return ("control_total", "netting", "restatement")


def _named(reason: _Reason, names: Mapping[str, str]) -> str:
    """What the difference is, as a sentence."""
    if reason.left_out:
        return f". The difference is exactly {' and '.join(line.identity for line in reason.left_out)}"
    legs = [f"{leg.leg} of {names.get(leg.dispute or '', leg.dispute or '')}" for leg in reason.not_there]
    return f". The difference is exactly what {' and '.join(legs)} waits for: no line tells of it" if legs else ""


def _untied(tie: Tie, lines: int, reason: _Reason, names: Mapping[str, str], moment: Moment) -> Symptom:
    key = batch_key(tie.partner, tie.account, tie.batch)
    disputes = {line.dispute for line in reason.left_out} | {leg.dispute for leg in reason.not_there}
    return _symptom(
        tie,
        moment,
        classes=_classes(tie, lines, reason),
        disputes=tuple(sorted(dispute for dispute in disputes if dispute is not None)),
        legs=tuple(leg_key(leg.dispute or "", leg.leg or "") for leg in reason.not_there),
        stakes=(Stake("batch", key, tie.currency, abs(tie.difference_minor)),),
        seen=f"The {lines} lines of {tie.partner} batch {tie.batch} add up to "
        f"{render(tie.reported_minor, tie.currency)}, and "
        f"{render(-tie.paid_minor, tie.currency)} were paid out: {render(tie.difference_minor, tie.currency)} apart",
        expected=f"The lines of a batch add up to its payout to the last minor unit{_named(reason, names)}",
    )


def _symptom(tie: Tie, moment: Moment, **what: Any) -> Symptom:
    key = batch_key(tie.partner, tie.account, tie.batch)
    feeds = moment.own(tie.partner, tie.account, "settles")
    # What brought it is the report of the payout's day, until the day on which the latest of it came.
    days = {"since_on": tie.until_on, "until_on": moment.day(tie.booked_at, tie.partner, tie.account)}
    told = {"feed": feeds[0].feed if feeds else None, "waits_for": feeds, **days, **what}
    return Symptom(
        control="tie_out",
        kind="settlement",
        cause=f"{key}:{tie.currency}",
        partner=tie.partner,
        account=tie.account,
        batches=(key,),
        **told,
    )


# --- reports without a line -----------------------------------------------------------------


def _empty_ones(view: View, found: Sequence[Tie], moment: Moment) -> list[Symptom]:
    """Payouts whose day's report was read and has no line, of accounts whose payouts have lines otherwise."""
    reports = [(tie, _empty_report(view, tie, moment)) for tie in untold(view, found)]
    return [_empty(tie, told, _waiting(view, tie, moment), moment) for tie, told in reports if told is not None]


def untold(view: View, found: Sequence[Tie]) -> list[Tie]:
    """Give the payouts of which no line tells, of accounts whose payouts have lines otherwise."""
    return [tie for tie in found if not tie.reports and _has_lines(view, tie)]


def _has_lines(view: View, tie: Tie) -> bool:
    t = schema.settlement_total.c
    known = select(t.batch).where(t.partner == tie.partner, t.account == tie.account, t.batch != "").limit(1)
    return bool(view.rows(known))


def _empty_report(view: View, tie: Tie, moment: Moment) -> tuple[str, str] | None:
    """The delivery and name of the report without records that covers the day of a payout."""
    d = schema.delivery.c
    feeds = [source.feed for source in moment.own(tie.partner, tie.account, "settles")]
    reports = (
        select(d.delivery, d.name, d.feed, d.records)
        .where(d.partner == tie.partner, d.account == tie.account, d.feed.in_(feeds), d.covers_on == tie.until_on)
        .where(d.status.in_(("read", "known")), d.landed_at <= moment.as_of)
        .order_by(d.landed_at)
    )
    found = [(delivery, name) for delivery, name, _, records in view.rows(reports) if records == 0]
    is_told = any(records for *_, records in view.rows(reports))
    return None if is_told or not found else found[0]


def _empty(tie: Tie, report: tuple[str, str], waiting: Sequence[tuple[str, str]], moment: Moment) -> Symptom:
    """With the legs of the account that waited on that day: what the next report settles is no longer among them."""
    key = batch_key(tie.partner, tie.account, tie.batch)
    delivery, name = report
    amount = render(-tie.paid_minor, tie.currency)
    return _symptom(
        tie,
        moment,
        classes=("control_total", "missing_file", "netting"),
        deliveries=(delivery,),
        disputes=tuple(sorted({dispute for dispute, _ in waiting})),
        legs=tuple(leg_key(dispute, leg) for dispute, leg in waiting),
        stakes=(Stake("batch", key, tie.currency, abs(tie.paid_minor)),),
        until_on=tie.until_on,
        seen=f"{tie.partner} paid out {amount} ({tie.batch}), and the report of that day, {name}, has no line",
        expected="The lines of a batch add up to its payout to the last minor unit",
    )


def _waiting(view: View, tie: Tie, moment: Moment) -> list[tuple[str, str]]:
    """Dispute and leg of what is announced and not settled, and was within its time on the day of a payout."""
    e = schema.expectation.c
    statement = (
        select(e.dispute, e.leg, e.opened_at, e.due_at)
        .where(e.kind == "leg_settled", e.partner == tie.partner, e.account == tie.account)
        .where(or_(e.closed_at.is_(None), e.closed_at > moment.as_of))
        .order_by(e.dispute, e.leg)
    )
    return [
        (dispute, leg)
        for dispute, leg, opened_at, due_at in view.rows(statement)
        if moment.day(opened_at, tie.partner, tie.account)
        <= tie.until_on
        <= moment.day(due_at, tie.partner, tie.account)
    ]
