"""The control on names: money for a dispute that nobody told of, whose id is another's, written otherwise.

Zeros stripped or added, letters in the other case, separators, a long number turned into a power of ten: what a
spreadsheet or a new program makes of an id. Never linked by itself; a person decides.

Reads: dispute, money_line.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, func, or_, select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.storage import schema
from recoup.storage.register import View

_POWER = re.compile(r"(\d)[.,](\d+)E\+?(\d+)", re.IGNORECASE)


class _Named(msgspec.Struct, frozen=True, gc=False):
    dispute: str
    partner: str
    account: str
    theirs: str
    amount_minor: int | None
    currency: str | None


def other_spelling(view: View, moment: Moment) -> list[Symptom]:
    """Disputes of which only money tells, with an id that is another's but for how it is written."""
    d = schema.dispute.c
    odd = _named(view, d.stage == "unknown", d.partner_status.is_(None), d.opened_at.is_(None))
    twins = {one.dispute: _twin(view, one) for one in odd}
    found = [(one, twin) for one in odd if (twin := twins[one.dispute]) is not None]
    told = _tellers(view, [one.dispute for one, _ in found])
    return [_symptom(one, twin, told.get(one.dispute, [])) for one, twin in found]


def _named(view: View, *conditions: Any) -> list[_Named]:
    d = schema.dispute.c
    columns = (d.dispute, d.partner, d.account, d.partner_dispute_id, d.amount_minor, d.currency)
    return [_Named(*row) for row in view.rows(select(*columns).where(*conditions).order_by(d.dispute))]


def _twin(view: View, odd: _Named) -> _Named | None:
    """The one dispute of the account whose id is the same but for its spelling."""
    d = schema.dispute.c
    same = [plain(d.partner_dispute_id) == _plain(odd.theirs)]
    power = _POWER.fullmatch(odd.theirs)
    if power is not None:
        digits, length = power[1] + power[2].rstrip("0"), int(power[3]) + 1
        same.append(and_(d.partner_dispute_id.like(f"{digits}%"), func.length(d.partner_dispute_id) == length))
    ours = (d.partner == odd.partner, d.account == odd.account, d.dispute != odd.dispute)
    found = _named(view, *ours, d.opened_at.is_not(None), or_(*same))
    return found[0] if len(found) == 1 else None


def plain(name: Any) -> Any:
    """An id without what programs change: case, blanks, hyphens, zeros in front."""
    return func.ltrim(func.lower(func.replace(func.replace(name, "-", ""), " ", "")), "0")


def _plain(name: str) -> str:
    return name.replace("-", "").replace(" ", "").lower().lstrip("0")


def _tellers(view: View, disputes: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Feed and delivery of the lines about disputes."""
    columns = [c.name for c in schema.money_line.columns]
    at = [columns.index(name) for name in ("dispute", "feed", "delivery")]
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in sorted(view.by_keys(schema.money_line, "dispute", disputes)):
        dispute, feed, delivery = (row[i] for i in at)
        found[dispute].append((feed, delivery))
    return found


def _symptom(odd: _Named, twin: _Named, told: Sequence[tuple[str, str]]) -> Symptom:
    has_money = odd.amount_minor is not None and odd.currency is not None
    stake = Stake("leg", odd.dispute, odd.currency or "", abs(odd.amount_minor or 0))
    return Symptom(
        control="other_spelling",
        kind="lifecycle",
        cause=odd.dispute,
        classes=("format_drift", "lost_event"),
        partner=odd.partner,
        account=odd.account,
        feed=told[0][0] if told else None,
        deliveries=tuple(sorted({delivery for _, delivery in told})),
        disputes=tuple(sorted((odd.dispute, twin.dispute))),
        stakes=(stake,) if has_money else (),
        seen=f"{odd.partner} moved money for {odd.theirs}, of which nobody told, and {twin.theirs} is that id written "
        "otherwise",
        expected="One dispute has one id, written in one way on every feed",
    )
