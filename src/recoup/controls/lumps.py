"""Controls on money that names nothing: lumps on a settlement report, and the open legs that they may be the sum of.

Reads: posting (suspense, partner_clearing), money_line.
"""

from collections.abc import Sequence

from sqlalchemy import select

from recoup.controls.balances import Balance, unbalanced
from recoup.controls.keys import batch_key, leg_key
from recoup.controls.moment import Moment
from recoup.controls.open_legs import Sum, fee_of, made_of, open_legs
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.money import render
from recoup.storage import schema
from recoup.storage.register import View

LUMP_LEGS_MAX = 4
"""A lump is looked for as the sum of up to so many legs: with more, chance sums become likely."""
LINE_SHOWN = 24
"""Characters of a line's name that are shown: enough for a partner's reference, little of a hash."""


def suspense(view: View, moment: Moment) -> list[Symptom]:
    """Money on a settlement report that names no dispute; with the open legs that it is the sum of, where there are."""
    lumps = unbalanced(view, ("suspense",), rule="line_suspended")
    if not lumps:
        return []
    legs, told = open_legs(view), _reports_named(view, lumps)
    return [_lump(lump, _parts(_sum(lump), legs, moment), told.get(lump.batch or "")) for lump in lumps]


def _sum(lump: Balance) -> Sum:
    return Sum(lump.partner, lump.partner_account, lump.currency, lump.balance_minor, lump.since_on)


def _parts(lump: Sum, legs: Sequence[Balance], moment: Moment) -> tuple[Balance, ...]:
    """The open legs that a lump is made of: the fewest that do; none when several choices do."""
    fee_minor = fee_of(lump, moment)
    for size in range(1, LUMP_LEGS_MAX + 1):
        sums = made_of(lump, legs, fee_minor, size)
        if sums:
            return sums[0] if len(sums) == 1 else ()
    return ()


def _reports_named(view: View, lumps: Sequence[Balance]) -> dict[str, tuple[str, str]]:
    """Delivery and feed that brought what suspense is kept by: a line, or the lines of a report in total."""
    names = sorted({b.batch for b in lumps if b.batch is not None})
    m, d = schema.money_line.c, schema.delivery.c
    reports = view.rows(select(d.object, d.delivery, d.feed).where(d.object.in_(names)).order_by(d.landed_at.desc()))
    lines = view.rows(select(m.identity, m.delivery, m.feed).where(m.identity.in_(names)))
    return {name: (delivery, feed) for name, delivery, feed in (*reports, *lines)}


def _lump(lump: Balance, parts: Sequence[Balance], told: tuple[str, str] | None) -> Symptom:
    amount = render(abs(lump.balance_minor), lump.currency)
    legs = tuple(leg_key(p.dispute or "", p.leg or "") for p in parts)
    count = "one open leg" if len(parts) == 1 else f"{len(parts)} open legs"
    shown = (lump.batch or "")[:LINE_SHOWN]
    fees = ", each with its fee" if parts and lump.balance_minor != -sum(p.balance_minor for p in parts) else ""
    hint = f" It is exactly the sum of {count}{fees}: {', '.join(legs)}." if parts else ""
    delivery, feed = told or ("", None)
    return Symptom(
        control="suspense",
        kind="money",
        cause=f"{lump.partner}:{lump.partner_account}:{lump.batch}:{lump.currency}",
        classes=("unreferenced_lump", "netting"),
        partner=lump.partner,
        account=lump.partner_account,
        feed=feed,
        disputes=tuple(sorted({p.dispute for p in parts if p.dispute is not None})),
        deliveries=(delivery,) if delivery else (),
        legs=legs,
        batches=(batch_key(lump.partner, lump.partner_account, lump.batch or ""),),
        stakes=_stakes(lump, parts),
        since_on=lump.since_on,
        seen=f"{lump.partner} moved {amount} with {shown}, which names no dispute",
        expected=f"A line about a dispute names it.{hint}".removesuffix("."),
    )


def _stakes(lump: Balance, parts: Sequence[Balance]) -> tuple[Stake, ...]:
    """The lump, and the legs where they are known: seen at two stations, the same money."""
    legs = [(leg_key(p.dispute or "", p.leg or ""), p) for p in parts]
    return (
        Stake("line", f"suspense:{lump.batch}", lump.currency, abs(lump.balance_minor)),
        *(Stake("leg", key, p.currency, abs(p.balance_minor)) for key, p in legs),
    )
