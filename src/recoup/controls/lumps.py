"""Controls on money that names nothing: lumps on a settlement report, and the open legs that they may be the sum of.

Reads: posting (suspense, partner_clearing), money_line.
"""

from collections.abc import Sequence
from itertools import combinations

from sqlalchemy import select

from recoup.controls.balances import Balance, unbalanced
from recoup.controls.keys import leg_key
from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.money import render
from recoup.storage import schema
from recoup.storage.register import View

LUMP_LEGS_MAX = 4
"""A lump is looked for as the sum of up to so many legs: with more, chance sums become likely."""
LUMP_CANDIDATES_MAX = 40
"""Open legs that are tried, the oldest first: 40 give some 100,000 sums of four."""

LINE_SHOWN = 24
"""Characters of a line's name that are shown: enough for a partner's reference, little of a hash."""


def suspense(view: View, moment: Moment) -> list[Symptom]:
    """Money on a settlement report that names no dispute; with the open legs that it is the sum of, where there are."""
    lumps = unbalanced(view, ("suspense",), rule="line_suspended")
    if not lumps:
        return []
    legs = [b for b in unbalanced(view, ("partner_clearing",)) if not b.is_two_sided and b.dispute is not None]
    told = _reports_named(view, lumps)
    return [_lump(lump, _parts(lump, legs, _fee(lump, moment)), told.get(lump.batch or "")) for lump in lumps]


def _fee(lump: Balance, moment: Moment) -> int:
    """The agreed fee for a dispute received, which a lump of debits may hold too; 0 where nothing was agreed."""
    term = moment.terms_of(lump.partner, lump.partner_account).on(lump.since_on).fee("received")
    return (term.amount_minor or 0) if term is not None and term.currency == lump.currency else 0


def _parts(lump: Balance, legs: Sequence[Balance], fee_minor: int) -> tuple[Balance, ...]:
    """The open legs of the lump's account that add up to it exactly, with or without a fee for each debit.

    What was announced later cannot be in it. The fewest that do; none when several choices do.
    """
    fitting = [
        leg
        for leg in sorted(legs, key=lambda leg: (leg.since_on, leg.dispute or "", leg.leg or ""))
        if (leg.partner, leg.partner_account, leg.currency) == (lump.partner, lump.partner_account, lump.currency)
        and (leg.balance_minor > 0) != (lump.balance_minor > 0)
        and leg.since_on <= lump.since_on
    ][:LUMP_CANDIDATES_MAX]
    for size in range(1, LUMP_LEGS_MAX + 1):
        sums = [c for c in combinations(fitting, size) if _is_sum(c, lump.balance_minor, fee_minor)]
        if sums:
            return sums[0] if len(sums) == 1 else ()
    return ()


def _is_sum(legs: Sequence[Balance], lump_minor: int, fee_minor: int) -> bool:
    """Whether legs, which stand on the other side, make up a lump; of debits each may have cost the fee."""
    left = lump_minor + sum(leg.balance_minor for leg in legs)
    return left == 0 or (lump_minor > 0 and left == fee_minor * len(legs))


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
