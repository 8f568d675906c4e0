"""Controls on batches and payouts: batch = payout = bank line, feeds that tell one movement twice, agreed fees.

Reads: expectation, posting, money_line. Whether the lines of a batch add up to its payout: `tie_out.py`.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, or_, select

from recoup.controls.balances import Balance, unbalanced
from recoup.controls.keys import batch_key
from recoup.controls.moment import Moment
from recoup.controls.overdue import Overdue, overdue
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.calendar import add_business_days, calendar
from recoup.domain.instants import DAY, Instant, local_day, render_minute
from recoup.domain.money import render
from recoup.domain.terms import Terms
from recoup.ledger.fees import receiving
from recoup.storage import schema
from recoup.storage.register import View

BANK_DAYS = 3
"""Days after which a bank line without a payout is odd: the partner's own word on a payout comes within a weekend."""
FEE_GRACE = 3 * DAY
"""A fee may be charged by a line of its own, some days after the debit."""


# --- waited for and not come ----------------------------------------------------------------


def batch_unpaid(view: View, moment: Moment) -> list[Symptom]:
    """Batches that were reported, and no payout came in time."""
    return [
        _waiting(
            o,
            moment,
            control="batch_unpaid",
            classes=("timing", "not_paid_out") if o.closed_at else ("not_paid_out", "timing"),
            seen=f"{o.partner} reported batch {o.batch} with {o.amount()} for us, and the payout "
            f"{'came late' if o.closed_at else 'has not come'}",
            waits_for=moment.own(o.partner, o.account, "pays", "settles"),
        )
        for o in overdue(view, moment, "paid_out")
    ]


def payout_unbanked(view: View, moment: Moment) -> list[Symptom]:
    """Payouts that no bank line has met in time."""
    return [
        _waiting(
            o,
            moment,
            control="payout_unbanked",
            classes=("timing", "not_banked") if o.closed_at else ("not_banked", "timing"),
            seen=f"{o.partner} paid out {o.amount()} ({o.batch}), and no bank line "
            f"{'met it in time' if o.closed_at else 'has met it'}",
            waits_for=moment.anyone("banks"),
        )
        for o in overdue(view, moment, "bank_credit")
    ]


def _waiting(o: Overdue, moment: Moment, **what: Any) -> Symptom:
    key = batch_key(o.partner, o.account, o.batch or "")
    return Symptom(
        kind="settlement",
        cause=o.subject,
        partner=o.partner,
        account=o.account,
        batches=(key,),
        stakes=o.stakes("batch", key),
        since_on=moment.day(o.opened_at, o.partner, o.account),
        until_on=moment.day(o.due_at, o.partner, o.account),
        ended_at=o.closed_at,
        expected=f"It was due by {render_minute(o.due_at)} ({o.rule})",
        **what,
    )


# --- the payout against the bank ------------------------------------------------------------


def bank_differs(view: View, moment: Moment) -> list[Symptom]:
    """Payouts that reached the bank with another amount."""
    return [_banked_otherwise(b) for b in unbalanced(view, ("payout_clearing",)) if b.is_two_sided]


def _banked_otherwise(b: Balance) -> Symptom:
    key = batch_key(b.partner, b.partner_account, b.batch or "")
    return Symptom(
        control="bank_differs",
        kind="settlement",
        cause=f"{key}:{b.currency}",
        classes=("netting", "amount_differs", "rounding") if abs(b.balance_minor) > 1 else ("rounding", "netting"),
        partner=b.partner,
        account=b.partner_account,
        batches=(key,),
        stakes=(Stake("payout", key, b.currency, abs(b.balance_minor)),),
        since_on=b.since_on,
        seen=f"{b.partner} paid out {render(b.debit_minor, b.currency)} ({b.batch}), and "
        f"{render(b.credit_minor, b.currency)} reached the bank",
        expected="A payout reaches the bank whole",
    )


def bank_unexpected(view: View, moment: Moment) -> list[Symptom]:
    """Money that reached the bank, and no payout of any partner goes with it."""
    found = unbalanced(view, ("suspense",), rule="bank_unexplained")
    return [_unexpected(b, moment) for b in found if b.balance_minor < 0 and not may_be_told(b, moment.as_of)]


def may_be_told(suspended: Balance, as_of: Instant) -> bool:
    """Whether a partner's word on money at the bank may still come, so that it is not odd yet."""
    since = local_day(as_of, "UTC") - dt.timedelta(days=BANK_DAYS)
    return suspended.since_on >= since.isoformat()


def _days_from(b: Balance, moment: Moment, count: int) -> str:
    """The day so many days after the one of a bank line, or before it, as the bank's contract counts them."""
    terms, day = moment.terms_of(b.partner, b.partner_account).on(b.since_on), dt.date.fromisoformat(b.since_on)
    if terms.day_kind == "banking":
        return add_business_days(calendar(terms.calendar), day, count).isoformat()
    return (day + dt.timedelta(days=count)).isoformat()


def _unexpected(b: Balance, moment: Moment) -> Symptom:
    return Symptom(
        control="bank_unexpected",
        kind="settlement",
        cause=f"{b.partner_account}:{b.batch}:{b.currency}",
        classes=("lost_event", "missing_file", "wrong_recipient"),
        partner=b.partner,
        account=b.partner_account,
        batches=(batch_key(b.partner, b.partner_account, b.batch or ""),),
        stakes=(Stake("payout", f"bank:{b.batch}", b.currency, abs(b.balance_minor)),),
        # Money is under way for a day, and none arrives at weekends, nor at Easter from Friday to Monday.
        since_on=_days_from(b, moment, -BANK_DAYS),
        until_on=_days_from(b, moment, BANK_DAYS),
        told_on=_days_from(b, moment, -1),
        waits_for=(*moment.anyone("pays"), *moment.anyone("settles")),
        seen=f"{render(abs(b.balance_minor), b.currency)} reached the bank on {b.since_on} as {b.batch}, and no "
        "payout goes "
        "with it",
        expected=f"A partner tells of a payout within {BANK_DAYS} days of its bank line",
    )


# --- two feeds, one movement ----------------------------------------------------------------


def feeds_disagree(view: View, moment: Moment) -> list[Symptom]:
    """Movements that two feeds of one role tell with different amounts or currencies."""
    a, b = schema.money_line.alias("one"), schema.money_line.alias("other")
    statement = (
        select(
            a.c.partner,
            a.c.account,
            a.c.identity,
            a.c.money_line,
            a.c.dispute,
            a.c.batch,
            a.c.feed,
            a.c.delivery,
            a.c.net_minor,
            a.c.currency,
            b.c.feed,
            b.c.delivery,
            b.c.net_minor,
            b.c.currency,
        )
        .join(b, and_(a.c.money_line == b.c.money_line, a.c.feed < b.c.feed))
        .where(or_(a.c.net_minor != b.c.net_minor, a.c.currency != b.c.currency))
        .order_by(a.c.partner, a.c.account, a.c.identity, a.c.feed, b.c.feed)
    )
    return [_disagree(*row) for row in view.rows(statement) if moment.corroborate(row[0], row[6], row[10])]


def _disagree(
    partner: str,
    account: str,
    identity: str,
    line: str,
    dispute: str | None,
    batch: str | None,
    one_feed: str,
    one_delivery: str,
    one_minor: int,
    one_currency: str,
    other_feed: str,
    other_delivery: str,
    other_minor: int,
    other_currency: str,
) -> Symptom:
    return Symptom(
        control="feeds_disagree",
        kind="settlement",
        cause=f"{line}:{one_feed}:{other_feed}",
        classes=_difference_classes(one_minor, one_currency, other_minor, other_currency),
        partner=partner,
        account=account,
        feed=other_feed,
        deliveries=tuple(sorted({one_delivery, other_delivery})),
        disputes=(dispute,) if dispute else (),
        batches=(batch_key(partner, account, batch),) if batch else (),
        stakes=(Stake("leg", line, one_currency, abs(one_minor - other_minor) or abs(one_minor)),),
        seen=f"{partner} {one_feed} says {render(one_minor, one_currency)} for {identity}, and {other_feed} says "
        f"{render(other_minor, other_currency)}",
        expected="Two feeds that tell one movement tell one amount",
    )


def _difference_classes(one: int, one_currency: str, other: int, other_currency: str) -> tuple[str, ...]:
    if one_currency != other_currency:
        return ("currency", "fx")
    if one == -other:
        return ("sign_flip", "amount_differs")
    small, large = sorted((abs(one), abs(other)))
    if small and large in (small * 10, small * 100, small * 1000):
        return ("minor_unit", "amount_differs")
    return ("restatement", "fee_wrong", "amount_differs")


# --- fees -----------------------------------------------------------------------------------


class _Cost(msgspec.Struct, frozen=True, gc=False):
    """What the lines of one dispute cost in one currency, and since when."""

    partner: str
    account: str
    dispute: str
    partner_dispute_id: str
    currency: str
    cost_minor: int
    effective_on: str
    landed_at: Instant
    feed: str
    deliveries: tuple[str, ...]
    fee: str
    """The kind of fee that comes with the debit of such a dispute."""
    is_charged_later: bool
    """Whether a fee came in a line of its own, landed after the debit."""


def fee_conformance(view: View, moment: Moment) -> list[Symptom]:
    """Disputes whose debits cost another fee than the contract says; without such a term nothing is said."""
    agreed = {
        key for key, a in moment.agreed.items() if any(f.amount_minor is not None for t in a.terms for f in t.fees)
    }
    if not agreed:
        return []
    costs = _costs(view, moment, sorted({partner for partner, _ in agreed}))
    later = {(cost.partner, cost.account) for cost in costs if cost.is_charged_later}
    prompt = {(cost.partner, cost.account) for cost in costs if cost.cost_minor} - later
    ours = [cost for cost in costs if (cost.partner, cost.account) in agreed]
    found = [_fee(cost, moment, is_prompt=(cost.partner, cost.account) in prompt) for cost in ours]
    return [symptom for symptom in found if symptom is not None]


def _costs(view: View, moment: Moment, partners: Sequence[str]) -> list[_Cost]:
    """Costs of debits and of fees charged alone, by dispute; each movement as the preferred feed tells it."""
    m, d = schema.money_line.c, schema.dispute.c
    columns = (
        m.money_line,
        m.feed,
        m.partner,
        m.account,
        m.dispute,
        d.partner_dispute_id,  # a line may name its payment alone
        m.currency,
        m.kind,
        m.gross_minor,
        m.net_minor,
        m.effective_on,
        m.landed_at,
        m.delivery,
        m.cycle,
        d.kind,
    )
    statement = (
        select(*columns)
        .join(schema.dispute, d.dispute == m.dispute)
        .where(m.partner.in_(partners), m.kind.in_(("dispute", "dispute_fee")))
    )
    best: dict[str, tuple[Any, ...]] = {}
    for row in view.rows(statement):
        rank = moment.preference(row[2], row[1])
        if rank is not None and (row[0] not in best or rank < best[row[0]][0]):
            best[row[0]] = (rank, *row)
    grouped: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in best.values():
        grouped[row[5], row[7]].append(row)
    return [_cost(rows) for _, rows in sorted(grouped.items()) if any(map(_is_first_debit, rows))]


def _is_first_debit(row: tuple[Any, ...]) -> bool:
    """Whether a line can be the one that the fee comes with; a partner's word may say that it is a later one."""
    return row[8] == "dispute" and row[14] in (None, 1)


def _cost(rows: Sequence[tuple[Any, ...]]) -> _Cost:
    first = min(rows, key=lambda row: (row[11], row[1]))
    return _Cost(
        partner=first[3],
        account=first[4],
        dispute=first[5],
        partner_dispute_id=first[6],
        currency=first[7],
        cost_minor=sum(max(0, -row[10] if row[8] == "dispute_fee" else row[9] - row[10]) for row in rows),
        effective_on=first[11],
        landed_at=first[12],
        feed=first[2],
        deliveries=tuple(sorted({row[13] for row in rows})),
        fee=receiving(first[15]),
        is_charged_later=any(row[8] == "dispute_fee" and row[12] > first[12] for row in rows),
    )


def _fee(cost: _Cost, moment: Moment, *, is_prompt: bool) -> Symptom | None:
    """A cost that was not agreed; where fees come with the debit, one that did not is missed at once."""
    terms = moment.terms_of(cost.partner, cost.account).on(cost.effective_on)
    received = terms.fee(cost.fee)
    if received is None or received.amount_minor is None or received.currency != cost.currency:
        return None
    if not cost.cost_minor and not is_prompt and cost.landed_at + FEE_GRACE >= moment.as_of:
        return None
    if _is_agreed(cost, received.amount_minor, terms):
        return None
    return Symptom(
        control="fee_conformance",
        kind="settlement",
        cause=f"{cost.dispute}:{cost.currency}",
        classes=("fee_wrong", "fee_missing") if cost.cost_minor else ("fee_missing", "fee_wrong"),
        partner=cost.partner,
        account=cost.account,
        feed=cost.feed,
        disputes=(cost.dispute,),
        deliveries=cost.deliveries,
        stakes=(Stake("fee", cost.dispute, cost.currency, abs(cost.cost_minor - received.amount_minor)),),
        seen=f"{cost.partner} charged {render(cost.cost_minor, cost.currency)} in fees for {cost.partner_dispute_id}",
        expected=f"The contract from {terms.valid_from} says {render(received.amount_minor, cost.currency)} for a "
        f"{_FEES.get(cost.fee, 'dispute received')}, and what it names beside that",
    )


_FEES = {"bank_return": "bank debit returned", "alert": "alert"}


def _is_agreed(cost: _Cost, received_minor: int, terms: Terms) -> bool:
    """Whether a cost is the fee for receiving, alone or with other agreed fees; processing without a price adds any."""
    processing = terms.fee("processing")
    if processing is not None and processing.amount_minor is None:
        # Processing costs a part of a percent: one that reaches the fee itself is rather the fee again.
        return received_minor <= cost.cost_minor < 2 * received_minor
    others = [
        f.amount_minor
        for f in terms.fees
        if f.kind != cost.fee and f.amount_minor is not None and f.currency == cost.currency
    ]
    sums = {received_minor}
    for other in others:
        sums |= {known + other for known in sums}
    return cost.cost_minor in sums
