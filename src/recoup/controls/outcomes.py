"""Controls on outcome and money, both ways: legs that an outcome does not go with, credits it leaves over.

Reads: dispute, expectation, posting; each partner's own table of outcome and money.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.controls.balances import Balance, credits_, debits, unbalanced
from recoup.controls.keys import leg_key
from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.instants import DAY, HOUR, Instant
from recoup.domain.legs import read_legs
from recoup.domain.money import render
from recoup.domain.outcome_money import OutcomeMoney
from recoup.domain.outcome_money import expected as outcome_row
from recoup.storage import schema
from recoup.storage.register import View

SETTLE_GRACE = DAY
"""An outcome and its money may be told by different messages, hours apart."""
NEWS_GRACE = HOUR
"""Money beyond an outcome comes with a report, later than the message that would explain it: no need to wait a day."""


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
    opened_at: Instant | None
    legs: str
    amount_minor: int | None
    currency: str | None


def outcome_money(view: View, moment: Moment) -> list[Symptom]:
    """Disputes whose legs are not those that their outcome asks for, in either direction, by the partner's own table.

    What is still waited for within its time is not wrong yet, and what is past due is another control's. A credit
    too many counts only when nothing of what was taken is left: partners adjust lost disputes by small credits.
    """
    if not moment.outcome_money:
        return []
    sums = _leg_sums(view)
    found = []
    for standing in _standings(view, moment):
        row = outcome_row(moment.outcome_money.get(standing.partner, ()), standing.stage, standing.outcome)
        legs = sums.get(standing.dispute, {}) if _is_booked(standing, moment) else _announced(standing)
        if row is not None and _is_against(row, legs) and _is_due(standing, row, legs, moment):
            found.append(_disagrees(standing, row, _count(legs, "d"), _count(legs, "c")))
    return found


def _is_booked(standing: _Standing, moment: Moment) -> bool:
    """Whether the books have all legs of a dispute: they begin late for an account that was in trial."""
    day = moment.day(standing.opened_at or standing.moved_at, standing.partner, standing.account)
    return moment.has_booked(standing.partner, standing.account, day)


def _announced(standing: _Standing) -> dict[str, int]:
    """What the partner's objects announced, where the books cannot say."""
    return {leg.name: leg.amount_minor for leg in read_legs(standing.legs) if leg.leg in ("debit", "credit")}


_Legs = Mapping[str, int]
"""The amount of each leg of a dispute, whether announced, settled or both."""


def _is_against(row: OutcomeMoney, legs: _Legs) -> bool:
    if _count(legs, "d") != row.debits or _count(legs, "c") < row.credits:
        return True
    taken = sum(minor for leg, minor in legs.items() if leg.startswith("d"))
    given = sum(minor for leg, minor in legs.items() if leg.startswith("c"))
    return _count(legs, "c") > row.credits and given >= taken


def _is_due(standing: _Standing, row: OutcomeMoney, legs: _Legs, moment: Moment) -> bool:
    is_beyond = _count(legs, "d") > row.debits or _count(legs, "c") > row.credits
    return is_beyond or standing.moved_at < moment.as_of - SETTLE_GRACE


def _count(legs: _Legs, letter: str) -> int:
    return sum(leg.startswith(letter) for leg in legs)


def _standings(view: View, moment: Moment) -> list[_Standing]:
    """Disputes that moved an hour ago at least and wait for nothing."""
    d, e = schema.dispute.c, schema.expectation.c
    # What the house has yet to confirm changes nothing of what the partner says and does.
    waiting = select(e.dispute).where(e.dispute.is_not(None), e.closed_at.is_(None), e.kind != "leg_confirmed")
    statement = (
        select(*(d[name] for name in _Standing.__struct_fields__))
        .where(
            d.kind.in_(("dispute", "return")),
            d.moved_at < moment.as_of - NEWS_GRACE,
            d.outcome.is_not(None),
            d.dispute.not_in(waiting),
        )
        .order_by(d.dispute)
    )
    return [_Standing(*row) for row in view.rows(statement)]


def _leg_sums(view: View) -> dict[str, dict[str, int]]:
    """Amounts of the debits and credits of each dispute that were announced or settled."""
    p, e = schema.posting.c, schema.entry.c
    statement = (
        select(p.dispute, p.leg, debits(p.amount_minor), credits_(p.amount_minor))
        .join(schema.entry, e.entry == p.entry)
        .where(e.is_active == 1, p.account == "partner_clearing", p.dispute.is_not(None), p.leg.is_not(None))
        .group_by(p.dispute, p.leg)
    )
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for dispute, leg, debit_minor, credit_minor in view.rows(statement):
        sums[dispute][leg] = max(debit_minor, credit_minor)
    return sums


def _disagrees(standing: _Standing, row: OutcomeMoney, taken: int, given: int) -> Symptom:
    has_money = standing.amount_minor is not None and standing.currency is not None
    stake = Stake("leg", standing.dispute, standing.currency or "", abs(standing.amount_minor or 0))
    return Symptom(
        control="outcome_money",
        kind="money",
        cause=f"{standing.dispute}:{standing.outcome}",
        classes=_classes(row, taken, given),
        partner=standing.partner,
        account=standing.account,
        disputes=(standing.dispute,),
        stakes=(stake,) if has_money else (),
        is_note=row.grade in ("U", "C"),
        seen=f"{standing.partner_dispute_id} is {standing.outcome} with {_legs(taken, 'debit')} and "
        f"{_legs(given, 'credit')}",
        expected=f"{standing.partner} {standing.outcome} at {standing.stage or 'no stage'} goes with "
        f"{_legs(row.debits, 'debit')} and {_legs(row.credits, 'credit')} ({row.source})",
    )


def _classes(row: OutcomeMoney, taken: int, given: int) -> tuple[str, ...]:
    likely = ("outcome_conflict", "lost_event", "double_credit" if given > row.credits else "not_credited")
    # Where no money ever moved, neither source contradicts the other: one step of it was left out.
    return ("not_debited", *likely) if row.debits and not taken and not given else likely


def _legs(count: int, kind: str) -> str:
    return f"no {kind}" if not count else f"{count} {kind}{'' if count == 1 else 's'}"
