"""Controls on money that names nothing: lumps on a settlement report, and the open legs that they may be the sum of.

Reads: posting (suspense, partner_clearing), money_line.
"""

from collections.abc import Sequence
from itertools import combinations

from sqlalchemy import select

from recoup.controls.balances import Balance, unbalanced
from recoup.controls.keys import batch_key, leg_key
from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.money import render
from recoup.storage import schema
from recoup.storage.register import View

LUMP_LEGS_MAX = 4
"""A lump is looked for as the sum of up to so many legs: with more, chance sums become likely."""
LUMP_CANDIDATES_MAX = 40
"""Open legs that are tried, the oldest first: 40 give some 100,000 sums of four."""


def suspense(view: View, moment: Moment) -> list[Symptom]:
    """Money on a settlement report that names no dispute; with the open legs that it is the sum of, where there are."""
    lumps = unbalanced(view, ("suspense",), rule="line_suspended")
    if not lumps:
        return []
    legs = [b for b in unbalanced(view, ("partner_clearing",)) if not b.is_two_sided and b.dispute is not None]
    lines = _lines_named(view, lumps)
    return [_lump(lump, _parts(lump, legs), lines.get(lump.batch or "")) for lump in lumps]


def _parts(lump: Balance, legs: Sequence[Balance]) -> tuple[Balance, ...]:
    """The open legs of the lump's account that add up to it exactly, the fewest; none when several choices do."""
    fitting = [
        leg
        for leg in sorted(legs, key=lambda leg: (leg.since_on, leg.dispute or "", leg.leg or ""))
        if (leg.partner, leg.partner_account, leg.currency) == (lump.partner, lump.partner_account, lump.currency)
        and (leg.balance_minor > 0) != (lump.balance_minor > 0)
    ][:LUMP_CANDIDATES_MAX]
    for size in range(1, LUMP_LEGS_MAX + 1):
        sums = [c for c in combinations(fitting, size) if sum(x.balance_minor for x in c) == -lump.balance_minor]
        if sums:
            return sums[0] if len(sums) == 1 else ()
    return ()


def _lines_named(view: View, lumps: Sequence[Balance]) -> dict[str, tuple[str, str, str]]:
    """Delivery, batch and the partner's own word of the lines that suspense is kept by."""
    m = schema.money_line.c
    statement = select(m.identity, m.delivery, m.batch, m.partner_kind).where(
        m.identity.in_(sorted({b.batch for b in lumps if b.batch is not None}))
    )
    return {identity: (delivery, batch or "", word or "") for identity, delivery, batch, word in view.rows(statement)}


def _lump(lump: Balance, parts: Sequence[Balance], line: tuple[str, str, str] | None) -> Symptom:
    amount = render(abs(lump.balance_minor), lump.currency)
    legs = tuple(leg_key(p.dispute or "", p.leg or "") for p in parts)
    count = "one open leg" if len(parts) == 1 else f"{len(parts)} open legs"
    hint = f" It is exactly the sum of {count}: {', '.join(legs)}." if parts else ""
    delivery, batch, word = line or ("", "", "")
    return Symptom(
        control="suspense",
        kind="money",
        cause=f"{lump.partner}:{lump.partner_account}:{lump.batch}:{lump.currency}",
        classes=("unreferenced_lump", "netting"),
        partner=lump.partner,
        account=lump.partner_account,
        disputes=tuple(sorted({p.dispute for p in parts if p.dispute is not None})),
        deliveries=(delivery,) if delivery else (),
        legs=legs,
        batches=(batch_key(lump.partner, lump.partner_account, batch),) if batch else (),
        stakes=_stakes(lump, parts),
        since_on=lump.since_on,
        seen=f"{lump.partner} moved {amount} with line {lump.batch}{f' ({word})' if word else ''}, which names no "
        "dispute",
        expected=f"A line about a dispute names it.{hint}".removesuffix("."),
    )


def _stakes(lump: Balance, parts: Sequence[Balance]) -> tuple[Stake, ...]:
    """The legs, where they are known: lump and legs are the same money."""
    if not parts:
        return (Stake("leg", f"suspense:{lump.batch}", lump.currency, abs(lump.balance_minor)),)
    return tuple(Stake("leg", leg_key(p.dispute or "", p.leg or ""), p.currency, abs(p.balance_minor)) for p in parts)
