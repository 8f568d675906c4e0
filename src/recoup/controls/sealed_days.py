"""The control on sealed days: what later facts changed, until a person accepts it by sealing the day again.

Reads: seal, seal_correction. What changed was written down before (`recoup.compliance.corrections`).
"""

from collections import defaultdict

from sqlalchemy import func, select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Symptom
from recoup.domain.canonical import parse
from recoup.domain.money import render
from recoup.storage import schema
from recoup.storage.register import View

UNEXPLAINED_IS_BROKEN = ("books_broken", "late_fact")


def sealed_day_changed(view: View, moment: Moment) -> list[Symptom]:
    """Sealed days with corrections that nobody has accepted: one symptom a day, low unless nothing explains it."""
    by_seal: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for row in _standing(view):
        by_seal[str(row[0])].append(row[1:])
    return [_changed(seal, corrections) for seal, corrections in sorted(by_seal.items())]


def _standing(view: View) -> list[tuple[object, ...]]:
    """The corrections of each day's latest seal, in the order they were found."""
    c, s = schema.seal_correction.c, schema.seal.c
    days = (s.partner, s.account, s.covers_on)
    newest = select(*days, func.max(s.sequence).label("sequence")).group_by(*days).subquery()
    latest = select(s.seal).join(
        newest,
        (s.partner == newest.c.partner)
        & (s.account == newest.c.account)
        & (s.covers_on == newest.c.covers_on)
        & (s.sequence == newest.c.sequence),
    )
    columns = (c.seal, c.correction, c.partner, c.account, c.covers_on)
    told = (c.deliveries, c.entries, c.disputes, c.amounts, c.reason)
    return view.rows(select(*columns, *told).where(c.seal.in_(latest)).order_by(c.recorded_at, c.correction))


def _changed(seal: str, corrections: list[tuple[object, ...]]) -> Symptom:
    newest = corrections[-1]
    correction, partner, account, day = (str(part) for part in newest[:4])
    deliveries, entries, disputes = (_all(corrections, at) for at in (4, 5, 6))
    amounts = " and ".join(render(a["minor"], a["currency"]) for a in parse(str(newest[7])))
    is_explained = bool(deliveries or entries)
    return Symptom(
        control="sealed_day_changed",
        kind="books",
        cause=seal,
        classes=("late_fact", "restatement") if is_explained else UNEXPLAINED_IS_BROKEN,
        partner=partner,
        account=account,
        deliveries=deliveries,
        disputes=disputes,
        since_on=day,
        until_on=day,
        is_note=True,
        is_page=not is_explained,
        seen=f"{partner}/{account} {day} was sealed and has changed{f' by {amounts}' if amounts else ''}: {newest[8]}",
        expected=f"A sealed day stays as it was. To accept it: recoup seal accept {correction} --reason TEXT",
    )


def _all(corrections: list[tuple[object, ...]], at: int) -> tuple[str, ...]:
    return tuple(sorted({item for row in corrections for item in parse(str(row[at]))}))
