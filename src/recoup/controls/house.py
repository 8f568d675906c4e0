"""Controls on our own ledger: every charge and credit that the books hold is confirmed by the house, once and whole.

Reads: expectation, posting, house_line, dispute.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, select

from recoup.controls.balances import Balance, unbalanced
from recoup.controls.keys import batch_key, leg_key
from recoup.controls.moment import HOUSE, Moment, days_before
from recoup.controls.overdue import Overdue, overdue
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.instants import render_minute
from recoup.domain.money import render
from recoup.storage import schema
from recoup.storage.register import View

LEDGER = "ledger"
HOUSE_DAYS = 3
"""Days after which a house line that answers nothing is odd: over a weekend the house may be quicker."""

_OURS: dict[str, Any] = {"partner": HOUSE, "feed": LEDGER}
"""What the house's ledger says wrong is the house's to mend, whichever partner's dispute it is about."""
TOLD_DAYS = 5
"""Days before a house line on which the partner should have told what the house acted on."""


def house_unconfirmed(view: View, moment: Moment) -> list[Symptom]:
    """Legs and fees that merchants bear, and the house's ledger has not charged or credited in time."""
    return [_unconfirmed(o, moment) for o in overdue(view, moment, "leg_confirmed")]


def _unconfirmed(o: Overdue, moment: Moment) -> Symptom:
    assert o.dispute is not None, "legs are of disputes"
    key = leg_key(o.dispute, o.leg or "")
    feeds = moment.anyone("confirms")
    is_credit = (o.leg or "").startswith("c")
    return Symptom(
        control="house_unconfirmed",
        kind="house",
        cause=o.subject,
        classes=("timing", "house_not_booked") if o.closed_at else ("house_not_booked", "lost_event"),
        **_OURS,
        disputes=(o.dispute,),
        legs=(key,),
        stakes=o.stakes("house", key),
        since_on=moment.day(o.opened_at, o.partner, o.account),
        until_on=moment.day(o.due_at, o.partner, o.account),
        waits_for=feeds,
        ended_at=o.closed_at,
        seen=f"The merchant of {o.partner_dispute_id} should have been {'credited' if is_credit else 'charged'} "
        f"{o.amount()} "
        f"({o.leg}), and the house's ledger {'said so late' if o.closed_at else 'says nothing of it'}",
        expected=f"It was due by {render_minute(o.due_at)} ({o.rule})",
    )


def house_residue(view: View, moment: Moment) -> list[Symptom]:
    """Legs that the house confirmed with another amount, or twice."""
    found = [b for b in unbalanced(view, ("merchant_clearing",)) if b.is_two_sided and b.dispute is not None]
    names = _names(view, found)
    return [_residue(b, names.get(b.dispute or "", b.dispute or "")) for b in found]


def _residue(b: Balance, name: str) -> Symptom:
    is_credit = (b.leg or "").startswith("c")
    ours, theirs = (b.credit_minor, b.debit_minor) if is_credit else (b.debit_minor, b.credit_minor)
    is_double = theirs == 2 * ours
    double = "double_credit" if is_credit else "double_debit"
    key = leg_key(b.dispute or "", b.leg or "")
    return Symptom(
        control="house_residue",
        kind="house",
        cause=f"{key}:{b.currency}",
        classes=(double, "house_amount") if is_double else ("house_amount", "minor_unit"),
        **_OURS,
        disputes=(b.dispute or "",),
        legs=(key,),
        stakes=(Stake("house", key, b.currency, abs(b.balance_minor)),),
        since_on=b.since_on,
        seen=f"For {name} ({b.leg}) the books hold {render(ours, b.currency)} and the house's ledger moved "
        f"{render(theirs, b.currency)}: {render(abs(b.balance_minor), b.currency)} are left on merchant_clearing",
        expected="The house charges and credits what the books hold, once",
    )


def house_unexpected(view: View, moment: Moment) -> list[Symptom]:
    """What the house charged or credited for a dispute, and nothing in the books asks for it."""
    late = (moment.today() - dt.timedelta(days=HOUSE_DAYS)).isoformat()
    unasked = [b for b in unbalanced(view, ("merchant_clearing",)) if not b.is_two_sided and _is_house_alone(b)]
    unknown = unbalanced(view, ("suspense",), rule="house_unexplained")
    found = [b for b in (*unasked, *unknown) if b.since_on < late]
    names = _names(view, found)
    return [*(_unexpected(b, names, moment) for b in found), *_of_no_dispute(view, moment, late)]


def _is_house_alone(b: Balance) -> bool:
    """The house's side of a leg: it answers a charge with a credit here, and a credit with a debit."""
    return b.dispute is not None and (b.balance_minor > 0) == (b.leg or "").startswith("c")


def _unexpected(b: Balance, names: Mapping[str, str], moment: Moment) -> Symptom:
    what = names.get(b.dispute or "", b.dispute or b.batch or "")
    key = leg_key(b.dispute or "", b.leg or b.batch or "")
    return Symptom(
        control="house_unexpected",
        kind="house",
        cause=f"{key}:{b.currency}",
        classes=("lost_event", "wrong_merchant", "house_amount"),
        **_OURS,
        disputes=(b.dispute,) if b.dispute else (),
        legs=(key,) if b.dispute else (),
        batches=(batch_key(b.partner, b.partner_account, b.batch),) if b.batch else (),
        stakes=(Stake("house", key, b.currency, abs(b.balance_minor)),),
        since_on=days_before(b.since_on, TOLD_DAYS),
        until_on=b.since_on,
        told_on=b.since_on,
        waits_for=moment.own(b.partner, b.partner_account, "announces", "settles"),
        seen=f"The house's ledger moved {render(abs(b.balance_minor), b.currency)} for {what}, and nothing in the "
        "books asks "
        "for it",
        expected="The house charges and credits only what the books hold",
    )


def _of_no_dispute(view: View, moment: Moment, late: str) -> list[Symptom]:
    """House lines about a dispute that nobody knows."""
    h, d = schema.house_line.c, schema.dispute.c
    statement = (
        select(h.house_line, h.partner, h.partner_dispute_id, h.amount_minor, h.currency, h.delivery, h.effective_on)
        .outerjoin(schema.dispute, and_(d.partner == h.partner, d.partner_dispute_id == h.partner_dispute_id))
        .where(h.kind != "other", h.partner_dispute_id.is_not(None), d.dispute.is_(None), h.effective_on < late)
        .order_by(h.house_line)
    )
    return [_unknown(*row, moment=moment) for row in view.rows(statement)]


def _unknown(
    line: str,
    partner: str | None,
    theirs: str,
    minor: int,
    currency: str,
    delivery: str,
    effective_on: str,
    *,
    moment: Moment,
) -> Symptom:
    accounts = sorted(account for name, account in moment.agreed if name == partner)
    feeds = moment.own(partner or "", accounts[0], "announces", "settles") if len(accounts) == 1 else ()
    return Symptom(
        control="house_unexpected",
        kind="house",
        cause=line,
        classes=("lost_event", "house_amount"),
        **_OURS,
        deliveries=(delivery,),
        stakes=(Stake("house", line, currency, abs(minor)),),
        since_on=days_before(effective_on, TOLD_DAYS),
        until_on=effective_on,
        told_on=effective_on,
        waits_for=feeds,
        seen=f"The house's ledger moved {render(minor, currency)} for dispute {theirs} ({line}), which nobody told "
        "us of",
        expected="The house charges and credits only for disputes that a partner told of",
    )


def wrong_house_merchant(view: View, moment: Moment) -> list[Symptom]:
    """Disputes that the house's ledger charged or credited to another merchant than that of the payment."""
    h, d = schema.house_line.c, schema.dispute.c
    statement = (
        select(
            d.dispute,
            d.partner_dispute_id,
            d.merchant,
            h.merchant,
            h.house_line,
            h.amount_minor,
            h.currency,
            h.delivery,
        )
        .join(schema.dispute, and_(d.partner == h.partner, d.partner_dispute_id == h.partner_dispute_id))
        .where(h.kind != "other", d.merchant.is_not(None), d.merchant != h.merchant)
        .order_by(h.house_line)
    )
    moved: dict[tuple[str, str, str, str], list[Sequence[Any]]] = defaultdict(list)
    for dispute, theirs, merchant, charged, *line in view.rows(statement):
        moved[dispute, theirs, merchant, charged].append(line)
    return [_wrong_merchant(*key, lines) for key, lines in moved.items()]


def _wrong_merchant(dispute: str, theirs: str, merchant: str, charged: str, lines: Sequence[Sequence[Any]]) -> Symptom:
    amounts = " and ".join(f"{render(minor, currency)} ({line})" for line, minor, currency, _ in lines)
    return Symptom(
        control="merchant_of_payment",
        kind="house",
        cause=f"{dispute}:{charged}",
        classes=("wrong_merchant", "house_amount"),
        **_OURS,
        deliveries=tuple(sorted({delivery for *_, delivery in lines})),
        disputes=(dispute,),
        stakes=tuple(Stake("house", line, currency, abs(minor)) for line, minor, currency, _ in lines),
        seen=f"The house moved {amounts} on the balance of merchant {charged} for {theirs}, whose payment is of "
        f"merchant {merchant}",
        expected="A dispute is charged to the merchant of its payment",
    )


def _names(view: View, balances: Sequence[Balance]) -> dict[str, Any]:
    at = [c.name for c in schema.dispute.columns].index("partner_dispute_id")
    keys = sorted({b.dispute for b in balances if b.dispute is not None})
    return {row[0]: row[at] for row in view.by_keys(schema.dispute, "dispute", keys)}
