"""Controls on disputes against the house's payments: amount, currency, merchant, and never more than captured.

Self-consistent is not correct: what a partner says of a dispute is compared
with what we captured. Reads: dispute, payment, refund, account_merchant, delivery.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, func, or_, select

from recoup.controls.balances import summed
from recoup.controls.moment import HOUSE, Moment, days_before
from recoup.controls.symptom import Source, Stake, Symptom
from recoup.controls.told import NOBODY, Tellers, tellers
from recoup.domain.legs import read_legs
from recoup.domain.money import exponent, render
from recoup.storage import schema
from recoup.storage.register import View

POWERS = (10, 100, 1000)
PAYMENTS, REFUNDS = "payments", "refunds"
"""Our own systems are a partner like any other; these feeds of theirs say what was captured and given back."""


# --- amount and currency --------------------------------------------------------------------


class _Pair(msgspec.Struct, frozen=True, gc=False):
    """A dispute beside its payment."""

    dispute: str
    partner: str
    account: str
    partner_dispute_id: str
    amount_minor: int
    currency: str
    payment: str
    captured_minor: int
    captured_currency: str

    @property
    def wrong_minor(self) -> int:
        """What is told too much or too little; of another currency all of it."""
        is_same = self.currency == self.captured_currency
        return abs(self.amount_minor - self.captured_minor) if is_same else self.amount_minor


def amount_fit(view: View, moment: Moment) -> list[Symptom]:
    """Disputes whose amount or currency cannot be that of their payment."""
    d, p = schema.dispute.c, schema.payment.c
    is_same = d.currency == p.currency
    is_off = or_(
        and_(is_same, d.amount_minor > p.captured_minor),
        and_(is_same, or_(*(_is_power_below(d.amount_minor, p.captured_minor, power) for power in POWERS))),
        and_(d.currency != p.currency, d.amount_minor == p.captured_minor),
    )
    statement = (
        select(
            d.dispute,
            d.partner,
            d.account,
            d.partner_dispute_id,
            d.amount_minor,
            d.currency,
            p.payment,
            p.captured_minor,
            p.currency,
        )
        .join(schema.payment, p.payment == d.payment)
        .where(d.kind != "notice", d.amount_minor > 0, is_off)
        .order_by(d.dispute)
    )
    pairs = [pair for row in view.rows(statement) if fit_classes(pair := _Pair(*row))]
    told = tellers(view, [pair.dispute for pair in pairs])
    return [_misfit(pair, told.get(pair.dispute, NOBODY)) for pair in pairs]


def _is_power_below(told: Any, captured: Any, power: int) -> Any:
    """Whether one amount is a tenth, hundredth or thousandth of another; divided, since a product may overflow."""
    return and_(captured % power == 0, told == captured // power)


def fit_classes(pair: _Pair) -> tuple[str, ...]:
    """What is wrong between a dispute's amount and its payment's, the likeliest first; empty where nothing is."""
    told, captured = pair.amount_minor, pair.captured_minor
    if pair.currency != pair.captured_currency:
        return ("currency", "fx") if told == captured else ()
    if told in [captured * power for power in POWERS]:
        return ("minor_unit", "amount_above_payment")
    if told > captured:
        return ("amount_above_payment", "fx", "minor_unit")
    # A tenth may be a part of the payment. What an exponent read wrongly leaves is a hundredth, or, of three, a tenth.
    odd = POWERS if exponent(pair.currency) == 3 else POWERS[1:]
    return ("minor_unit", "amount_differs") if captured in [told * power for power in odd] else ()


def _misfit(pair: _Pair, told: Tellers) -> Symptom:
    return Symptom(
        control="amount_fit",
        kind="payment",
        cause=pair.dispute,
        classes=fit_classes(pair),
        partner=pair.partner,
        account=pair.account,
        feed=told.feed,
        deliveries=told.deliveries,
        disputes=(pair.dispute,),
        stakes=(Stake("payment", pair.payment, pair.currency, pair.wrong_minor),),
        seen=f"{pair.partner} says {render(pair.amount_minor, pair.currency)} for {pair.partner_dispute_id}, and "
        "its payment "
        f"{pair.payment} was captured with {render(pair.captured_minor, pair.captured_currency)}",
        expected="A dispute is for its payment or a part of it, in minor units of the currency",
    )


# --- whose payment --------------------------------------------------------------------------


def merchant_of_payment(view: View, moment: Moment) -> list[Symptom]:
    """Disputes that came on an account behind which the payment's merchant does not stand, or on another account."""
    d, p = schema.dispute.c, schema.payment.c
    statement = (
        select(
            d.dispute,
            d.partner,
            d.account,
            d.partner_dispute_id,
            d.opened_at,
            d.moved_at,
            d.amount_minor,
            d.currency,
            p.payment,
            p.merchant,
            p.account,
        )
        .join(schema.payment, p.payment == d.payment)
        .where(d.kind != "notice")
        .order_by(d.dispute)
    )
    standing = _standing(view)
    found = [row for row in view.rows(statement) if _wrong_class(row, standing, moment) is not None]
    told = tellers(view, [row[0] for row in found])
    return [_misowned(row, _wrong_class(row, standing, moment) or "", told.get(row[0], NOBODY)) for row in found]


_Standing = Mapping[tuple[str, str], list[tuple[str, str, str | None]]]


def _standing(view: View) -> _Standing:
    a = schema.account_merchant.c
    found: dict[tuple[str, str], list[tuple[str, str, str | None]]] = defaultdict(list)
    for partner, account, merchant, since, until in view.rows(
        select(a.partner, a.account, a.merchant, a.valid_from, a.valid_to)
    ):
        found[partner, account].append((merchant, since, until))
    return found


def _wrong_class(row: Sequence[Any], standing: _Standing, moment: Moment) -> str | None:
    _, partner, account, _, opened_at, moved_at, *_, merchant, payment_account = row
    if account != payment_account:
        return "wrong_account"
    day = moment.day(opened_at or moved_at, partner, account)
    ours = {
        m for m, since, until in standing.get((partner, account), ()) if since <= day and (until is None or day < until)
    }
    return "wrong_merchant" if ours and merchant not in ours else None


def _misowned(row: Sequence[Any], class_: str, told: Tellers) -> Symptom:
    dispute, partner, account, theirs, _, _, minor, currency, payment, merchant, payment_account = row
    is_account = class_ == "wrong_account"
    where = f"through account {payment_account}" if is_account else f"for merchant {merchant}, who is not behind it"
    return Symptom(
        control="merchant_of_payment",
        kind="payment",
        cause=dispute,
        classes=(class_, "wrong_merchant" if is_account else "wrong_account"),
        partner=partner,
        account=account,
        feed=told.feed,
        deliveries=told.deliveries,
        disputes=(dispute,),
        stakes=(Stake("payment", payment, currency, minor),) if minor is not None and currency else (),
        seen=f"{theirs} came on {partner} account {account}, and its payment {payment} was taken {where}",
        expected="A dispute comes on the account and for the merchant of its payment",
    )


def orphan_dispute(view: View, moment: Moment) -> list[Symptom]:
    """Disputes whose payment the house does not know, though its payments are told through a later day."""
    covered = _covered_through(view, moment)
    if covered is None:
        return []
    d = schema.dispute.c
    statement = (
        select(d.dispute, d.partner, d.account, d.partner_dispute_id, d.payment_ref, d.opened_at, d.moved_at)
        .add_columns(d.amount_minor, d.currency)
        .where(d.payment.is_(None), d.kind.not_in(("notice", "alert")))
        .order_by(d.dispute)
    )
    rows = [row for row in view.rows(statement) if moment.day(row[5] or row[6], row[1], row[2]) < covered]
    told = tellers(view, [row[0] for row in rows])
    return [_orphan(row, told.get(row[0], NOBODY), moment) for row in rows]


def _covered_through(view: View, moment: Moment) -> str | None:
    """The last ISO day on which the house has told its payments; None where it never has."""
    d = schema.delivery.c
    statement = select(func.max(d.covers_on), func.max(d.landed_at)).where(
        d.partner == HOUSE, d.feed == PAYMENTS, d.status == "read", d.landed_at <= moment.as_of
    )
    covered, landed_at = view.rows(statement)[0]
    if covered is not None:
        return str(covered)
    return None if landed_at is None else days_before(moment.day(landed_at, HOUSE, None), 1)


def _orphan(row: Sequence[Any], told: Tellers, moment: Moment) -> Symptom:
    dispute, partner, account, theirs, ref, opened_at, moved_at, minor, currency = row
    return Symptom(
        control="orphan_dispute",
        kind="payment",
        cause=dispute,
        classes=("orphan_payment", "wrong_account"),
        partner=partner,
        account=account,
        feed=told.feed,
        deliveries=told.deliveries,
        disputes=(dispute,),
        stakes=(Stake("payment", dispute, currency, minor),) if minor is not None and currency else (),
        until_on=moment.day(opened_at or moved_at, partner, account),
        waits_for=(Source(HOUSE, None, PAYMENTS),),
        seen=f"{theirs} is about payment {ref or 'without a reference'}, which is in none of the house's payments",
        expected="Each dispute belongs to a payment that the house captured",
    )


# --- never more than captured ---------------------------------------------------------------


class _Returned(msgspec.Struct, frozen=True, gc=False):
    """One payment with what may have been returned of it."""

    payment: str
    merchant: str
    captured_minor: int
    currency: str
    refunded_minor: int


def returned_above_captured(view: View, moment: Moment) -> list[Symptom]:
    """Payments of which refunds and disputes returned more than was captured. The books balance: that is the trap."""
    candidates = _candidates(view)
    if not candidates:
        return []
    columns = [c.name for c in schema.dispute.columns]
    at = [columns.index(n) for n in ("payment", "dispute", "partner", "account", "partner_dispute_id", "legs")]
    disputes = defaultdict(list)
    for row in sorted(view.by_keys(schema.dispute, "payment", [c.payment for c in candidates])):
        payment, *dispute = (row[i] for i in at)
        disputes[payment].append(dispute)
    found = [_above(c, disputes[c.payment]) for c in candidates]
    return [symptom for symptom in found if symptom is not None]


def _candidates(view: View) -> list[_Returned]:
    """Payments for which refunds and the amounts of disputes exceed the capture; legs decide, which SQL cannot read."""
    p, d, r = schema.payment.c, schema.dispute.c, schema.refund.c
    disputed = (
        select(d.payment, summed(d.amount_minor).label("minor"))
        .where(d.payment.is_not(None), d.kind != "notice")
        .group_by(d.payment)
        .subquery()
    )
    refunded = (
        select(r.payment, r.currency, summed(r.amount_minor).label("minor")).group_by(r.payment, r.currency).subquery()
    )
    back = func.coalesce(refunded.c.minor, 0)
    statement = (
        select(p.payment, p.merchant, p.captured_minor, p.currency, back)
        .join(disputed, disputed.c.payment == p.payment)
        .outerjoin(refunded, and_(refunded.c.payment == p.payment, refunded.c.currency == p.currency))
        .where(disputed.c.minor + back > p.captured_minor)
        .order_by(p.payment)
    )
    return [_Returned(*row) for row in view.rows(statement)]


def _above(returned: _Returned, disputes: Sequence[Sequence[Any]]) -> Symptom | None:
    taken = {row[0]: _taken(row[4], returned.currency) for row in disputes}
    total = returned.refunded_minor + sum(taken.values())
    involved = [row for row in disputes if taken[row[0]] > 0]
    if total <= returned.captured_minor or not involved:
        return None
    first = involved[0]
    is_refund = returned.refunded_minor > 0
    # A refund beside a chargeback is the house's own: the partner only told of its part.
    side = {"partner": HOUSE, "feed": REFUNDS} if is_refund else {"partner": first[1], "account": first[2]}
    return Symptom(
        control="returned_above_captured",
        kind="payment",
        cause=returned.payment,
        classes=_above_classes(len(involved), is_refund=is_refund),
        **side,
        disputes=tuple(row[0] for row in involved),
        stakes=(Stake("payment", returned.payment, returned.currency, total - returned.captured_minor),),
        seen=f"Of payment {returned.payment}, captured with {render(returned.captured_minor, returned.currency)}, "
        f"{render(returned.refunded_minor, returned.currency)} were refunded and "
        f"{render(sum(taken.values()), returned.currency)} charged back ({', '.join(row[3] for row in involved)})",
        expected="Refunds and chargebacks together return at most what was captured",
    )


def _above_classes(disputes: int, *, is_refund: bool) -> tuple[str, ...]:
    if is_refund:
        return ("refund_and_chargeback", "double_debit", "amount_above_payment")
    return ("double_debit", "amount_above_payment") if disputes > 1 else ("amount_above_payment", "double_debit")


def _taken(legs: str, currency: str) -> int:
    """What the announced legs of a dispute took and did not give back, in the payment's currency."""
    sign = {"debit": 1, "credit": -1}
    return sum(sign.get(leg.leg, 0) * leg.amount_minor for leg in read_legs(legs) if leg.currency == currency)
