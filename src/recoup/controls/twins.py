"""The control on names of one case: two disputes about one payment, alike in all but their id.

Reads: dispute.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.controls.told import NOBODY, tellers
from recoup.domain.instants import DAY, render_minute
from recoup.storage import schema
from recoup.storage.register import View

SOON = DAY
"""A second dispute of a payment comes weeks after the first, and for another reason; a second id comes with it."""


def two_ids(view: View, moment: Moment) -> list[Symptom]:
    """Disputes of one payment with the same amount and reason, opened within a day of each other under two ids."""
    left, right = schema.dispute.alias("one"), schema.dispute.alias("other")
    one, other = left.c, right.c
    same = [getattr(one, name) == getattr(other, name) for name in ("partner", "account", "payment_ref", "kind")]
    same += [one.amount_minor == other.amount_minor, one.currency == other.currency, one.stage == other.stage]
    alike = func.coalesce(one.reason_code, "") == func.coalesce(other.reason_code, "")
    near = and_(one.opened_at <= other.opened_at, other.opened_at - one.opened_at <= SOON)
    first = (one.opened_at < other.opened_at) | (one.dispute < other.dispute)
    statement = (
        select(one.dispute, one.partner_dispute_id, other.dispute, other.partner_dispute_id, other.partner)
        .add_columns(other.account, other.payment_ref, other.opened_at, other.amount_minor, other.currency)
        .select_from(left.join(right, and_(*same)))
        .where(one.dispute != other.dispute, one.kind == "dispute", alike, near, first)
        .order_by(one.dispute, other.dispute)
    )
    rows = view.rows(statement)
    told = tellers(view, [row[2] for row in rows])
    return [_symptom(row, told.get(row[2], NOBODY).feed, told.get(row[2], NOBODY).deliveries) for row in rows]


def _symptom(row: Sequence[Any], feed: str | None, deliveries: tuple[str, ...]) -> Symptom:
    first, its_name, second, other_name, partner, account, payment, opened_at, minor, currency = row
    return Symptom(
        control="two_ids",
        kind="payment",
        cause=f"{first}:{second}",
        classes=("two_ids", "double_debit", "amount_above_payment"),
        partner=partner,
        account=account,
        feed=feed,
        deliveries=deliveries,
        disputes=(first, second),
        stakes=(Stake("payment", payment, currency, abs(minor)),),
        seen=f"{partner} tells of {its_name} and of {other_name}, opened at {render_minute(opened_at)}, about one "
        f"payment ({payment}), for one reason and with one amount",
        expected="One case has one id; a second dispute of a payment is told with its own reason, later",
    )
