"""Controls on what disputes are like, taken together: their reasons, schemes and currencies, and their amounts.

Statistics, and never a proof: a mix shifts when a mapping breaks, and when business does. One month is compared with
the three before it, where both have enough disputes to tell. Reads: dispute, payment.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Symptom
from recoup.domain.counts import shift
from recoup.domain.instants import DAY
from recoup.storage import schema
from recoup.storage.register import View

SHIFT_MIN, DISPUTES_MIN = 0.25, 500
RATIO_DISPUTES_MIN = 30
NOW_DAYS, BEFORE_DAYS = 28, 84
TENTHS = 10
_WITHOUT_MONEY = ("notice", "alert", "request")
_ASPECTS: Mapping[str, tuple[str, str]] = {
    "reason_code": ("reasons", "unknown_reason"),
    "network": ("schemes", "format_drift"),
    "currency": ("currencies", "currency"),
}


class _Seen(msgspec.Struct, frozen=True, gc=False):
    """One dispute, as far as mixes look at it."""

    partner: str
    opened_at: int
    reason_code: str | None
    network: str | None
    currency: str | None
    amount_minor: int | None
    captured_minor: int | None
    captured_currency: str | None


def mix_shift(view: View, moment: Moment) -> list[Symptom]:
    """Partners of whose disputes the mix of reasons, schemes, currencies or amounts is another than it was."""
    return [one for partner, seen in _by_partner(view, moment).items() for one in _shifts(partner, seen, moment)]


def amount_ratio(view: View, moment: Moment) -> list[Symptom]:
    """Partners and currencies of which most disputes are for less than half of their payments, or more than twice."""
    found = []
    for partner, seen in _by_partner(view, moment).items():
        by_currency: dict[str, list[_Seen]] = defaultdict(list)
        for one in _since(seen, moment, NOW_DAYS):
            if one.currency is not None and one.currency == one.captured_currency and one.captured_minor:
                by_currency[one.currency].append(one)
        found += [_ratio(partner, currency, some) for currency, some in sorted(by_currency.items()) if _is_odd(some)]
    return found


def _by_partner(view: View, moment: Moment) -> dict[str, list[_Seen]]:
    d, p = schema.dispute.c, schema.payment.c
    columns = (d.partner, d.opened_at, d.reason_code, d.network, d.currency, d.amount_minor, p.captured_minor)
    statement = (
        select(*columns, p.currency)
        .select_from(schema.dispute)
        .outerjoin(schema.payment, p.payment == d.payment)
        .where(d.kind.not_in(_WITHOUT_MONEY), d.opened_at <= moment.as_of)
        .where(d.opened_at > moment.as_of - (NOW_DAYS + BEFORE_DAYS) * DAY)
        .order_by(d.partner)
    )
    found: dict[str, list[_Seen]] = defaultdict(list)
    for row in view.rows(statement):
        found[row[0]].append(_Seen(*row))
    return found


def _since(seen: Sequence[_Seen], moment: Moment, days: int) -> list[_Seen]:
    return [one for one in seen if one.opened_at > moment.as_of - days * DAY]


def _shifts(partner: str, seen: Sequence[_Seen], moment: Moment) -> list[Symptom]:
    now = _since(seen, moment, NOW_DAYS)
    before = [one for one in seen if one.opened_at <= moment.as_of - NOW_DAYS * DAY]
    if min(len(now), len(before)) < DISPUTES_MIN:
        return []
    found = []
    for aspect, (plural, class_) in _ASPECTS.items():
        was, is_ = (Counter(str(getattr(one, aspect)) for one in some) for some in (before, now))
        if shift(was, is_) > SHIFT_MIN:
            found.append(_shifted(partner, plural, (class_, "wrong_merchant"), _moved(was, is_)))
    for currency, (was, is_) in _tenths(before, now).items():
        if shift(was, is_) > SHIFT_MIN:
            told = f"amounts in {currency} that fall into other tenths than they did"
            found.append(_shifted(partner, f"amounts in {currency}", ("minor_unit", "amount_differs"), told))
    return found


def _moved(was: Mapping[str, int], is_: Mapping[str, int]) -> str:
    """Name what moved most, with its shares."""
    left, right = sum(was.values()), sum(is_.values())
    most = max(sorted({*was, *is_}), key=lambda kind: abs(is_.get(kind, 0) * left - was.get(kind, 0) * right))
    return f"{most} is {100 * is_.get(most, 0) // right} % of them, and was {100 * was.get(most, 0) // left} %"


def _tenths(before: Sequence[_Seen], now: Sequence[_Seen]) -> dict[str, tuple[Counter[str], Counter[str]]]:
    """Count amounts by the tenths of those before: what is compared are places in an order, whatever the scale."""
    found = {}
    for currency in sorted({one.currency for one in now if one.currency}):
        was, is_ = (
            sorted(one.amount_minor for one in some if one.currency == currency and one.amount_minor is not None)
            for some in (before, now)
        )
        if min(len(was), len(is_)) >= DISPUTES_MIN:
            bounds = [was[len(was) * tenth // TENTHS] for tenth in range(1, TENTHS)]
            left, right = (Counter(str(bisect_right(bounds, amount)) for amount in some) for some in (was, is_))
            found[currency] = (left, right)
    return found


def _shifted(partner: str, plural: str, classes: tuple[str, ...], told: str) -> Symptom:
    return Symptom(
        control="mix_shift",
        kind="statistical",
        cause=f"{partner}:{plural}",
        classes=classes,
        partner=partner,
        is_note=True,
        seen=f"The {plural} of disputes at {partner} in the last {NOW_DAYS} days are not those of the months before:"
        f" {told}",
        expected="A mapping that broke shows like this, and so does a campaign of fraud or a new market",
    )


def _is_odd(some: Sequence[_Seen]) -> bool:
    """Say whether the median of amount to payment lies outside a half and the double; counted, not divided."""
    if len(some) < RATIO_DISPUTES_MIN:
        return False
    small = sum(2 * (one.amount_minor or 0) < (one.captured_minor or 0) for one in some)
    large = sum((one.amount_minor or 0) > 2 * (one.captured_minor or 0) for one in some)
    return 2 * max(small, large) > len(some)


def _ratio(partner: str, currency: str, some: Sequence[_Seen]) -> Symptom:
    large = sum((one.amount_minor or 0) > 2 * (one.captured_minor or 0) for one in some)
    is_large = 2 * large > len(some)
    told = "more than twice" if is_large else "less than half of"
    return Symptom(
        control="amount_ratio",
        kind="statistical",
        cause=f"{partner}:{currency}",
        classes=("minor_unit", "amount_above_payment") if is_large else ("minor_unit", "amount_differs"),
        partner=partner,
        seen=f"Most of {len(some)} disputes at {partner} in {currency} in the last {NOW_DAYS} days are for {told} their"
        " payments",
        expected="Most disputes are for what was paid",
    )
