"""Controls on outcome and money, both ways: legs that an outcome does not go with, credits it leaves over.

Reads: dispute, expectation, posting; each partner's own table of outcome and money.
"""

from collections import Counter, defaultdict
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.controls.balances import Balance, unbalanced
from recoup.controls.keys import leg_key
from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.instants import DAY, Instant
from recoup.domain.money import render
from recoup.domain.outcome_money import OutcomeMoney
from recoup.domain.outcome_money import expected as outcome_row
from recoup.storage import schema
from recoup.storage.register import View

SETTLE_GRACE = DAY
"""An outcome and its money may be told by different messages, hours apart."""


def provisional_left(view: View, moment: Moment) -> list[Symptom]:
    """Credits that might be taken again, of disputes that are final: they should have been released or taken back."""
    found = [b for b in unbalanced(view, ("provisional_credit",)) if b.dispute is not None]
    columns = [c.name for c in schema.dispute.columns]
    finality, moved_at = columns.index("finality"), columns.index("moved_at")
    rows = {r[0]: r for r in view.by_keys(schema.dispute, "dispute", [b.dispute for b in found if b.dispute])}
    return [
        _provisional(b, rows[b.dispute])
        for b in found
        if b.dispute in rows
        and rows[b.dispute][finality] == "final"
        and rows[b.dispute][moved_at] + SETTLE_GRACE < moment.as_of
    ]


def _provisional(b: Balance, row: tuple[Any, ...]) -> Symptom:
    theirs = row[[c.name for c in schema.dispute.columns].index("partner_dispute_id")]
    key = leg_key(row[0], b.leg or "")
    return Symptom(
        control="provisional_left",
        kind="money",
        cause=f"{key}:{b.currency}",
        classes=("outcome_conflict", "lost_event"),
        partner=b.partner,
        account=b.partner_account,
        disputes=(row[0],),
        legs=(key,),
        stakes=(Stake("leg", key, b.currency, abs(b.balance_minor)),),
        since_on=b.since_on,
        seen=f"{theirs} is final, and {render(abs(b.balance_minor), b.currency)} of it still stand as provisional "
        "credit",
        expected="A final outcome releases a provisional credit, or it is taken back",
    )


class _Standing(msgspec.Struct, frozen=True, gc=False):
    dispute: str
    partner: str
    account: str
    partner_dispute_id: str
    stage: str | None
    outcome: str | None
    moved_at: Instant
    amount_minor: int | None
    currency: str | None


def outcome_money(view: View, moment: Moment) -> list[Symptom]:
    """Disputes whose legs are not those that their outcome asks for, in either direction, by the partner's own table.

    What is still waited for within its time is not wrong yet, and what is past due is another control's.
    """
    if not moment.outcome_money:
        return []
    counts = _leg_counts(view)
    found = []
    for standing in _standings(view, moment):
        row = outcome_row(moment.outcome_money.get(standing.partner, ()), standing.stage, standing.outcome)
        legs = counts.get(standing.dispute, Counter())
        if row is not None and (legs["d"], legs["c"]) != (row.debits, row.credits):
            found.append(_disagrees(standing, row, legs))
    return found


def _standings(view: View, moment: Moment) -> list[_Standing]:
    """Disputes that moved some time ago and wait for nothing."""
    d, e = schema.dispute.c, schema.expectation.c
    waiting = select(e.dispute).where(e.dispute.is_not(None), e.closed_at.is_(None))
    statement = (
        select(*(d[name] for name in _Standing.__struct_fields__))
        .where(
            d.kind.in_(("dispute", "return")),
            d.moved_at < moment.as_of - SETTLE_GRACE,
            d.outcome.is_not(None),
            d.dispute.not_in(waiting),
        )
        .order_by(d.dispute)
    )
    return [_Standing(*row) for row in view.rows(statement)]


def _leg_counts(view: View) -> dict[str, Counter[str]]:
    """Debits and credits per dispute that were announced or settled."""
    p, e = schema.posting.c, schema.entry.c
    statement = (
        select(p.dispute, p.leg)
        .distinct()
        .join(schema.entry, e.entry == p.entry)
        .where(e.is_active == 1, p.account == "partner_clearing", p.dispute.is_not(None), p.leg.is_not(None))
    )
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for dispute, leg in view.rows(statement):
        counts[dispute][leg[0]] += 1
    return counts


def _disagrees(standing: _Standing, row: OutcomeMoney, legs: Counter[str]) -> Symptom:
    has_more = legs["c"] > row.credits
    money = standing.amount_minor is not None and standing.currency is not None
    stakes = (
        (Stake("leg", standing.dispute, standing.currency or "", abs(standing.amount_minor or 0)),) if money else ()
    )
    return Symptom(
        control="outcome_money",
        kind="money",
        cause=f"{standing.dispute}:{standing.outcome}",
        classes=("outcome_conflict", "lost_event", "double_credit" if has_more else "not_credited"),
        partner=standing.partner,
        account=standing.account,
        disputes=(standing.dispute,),
        stakes=stakes,
        is_note=row.grade in ("U", "C"),
        seen=f"{standing.partner_dispute_id} is {standing.outcome} with {_legs(legs['d'], 'debit')} and "
        f"{_legs(legs['c'], 'credit')}",
        expected=f"{standing.partner} {standing.outcome} at {standing.stage or 'no stage'} goes with "
        f"{_legs(row.debits, 'debit')} and {_legs(row.credits, 'credit')} ({row.source})",
    )


def _legs(count: int, kind: str) -> str:
    return f"no {kind}" if not count else f"{count} {kind}{'' if count == 1 else 's'}"
