"""The control on matching: what the latest kept run of each pair left open, and kept matches whose lines changed.

Weaker than every control of its own: what another control sees of the same leg, dispute, batch or delivery explains
what matching left open there, so that money is at risk once. What nothing else explains is a break of its own, up to a
number; beyond that, all of one class, partner and account are one break, but for those that somebody decided about.
Reads: match_break. Nothing is written there but by a run that was kept (`recoup.app.match_breaks`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from recoup.controls.explain import Cause
from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.canonical import parse
from recoup.domain.ids import derive
from recoup.storage import schema
from recoup.storage.register import View

CONTROL = "match"
CHANGED = "changed"
"""The class of a kept match one of whose lines says something else now."""
NOBODY = "house"
"""The partner of lines that name none: they are our own."""
ONE_BY_ONE_MAX = 20
"""So many breaks of one class, partner and account are told one by one."""
GROUPS_MAX = 50
"""So many groups of one pair; with more, accounts are told together, then partners."""
LARGEST_TOLD = 3
CLASSES: Mapping[str, tuple[str, ...]] = {
    "missing_at_partner": ("missing_at_partner", "lost_event", "timing"),
    "missing_in_books": ("missing_in_books", "lost_event", "house_not_booked"),
    "double": ("double_movement", "duplicate_rows"),
    "amount": ("amount_differs", "fee_wrong"),
    "currency": ("currency", "fx"),
    "unit_factor": ("minor_unit",),
    "fx": ("fx", "amount_differs"),
    "fee_missing": ("fee_missing",),
    "fee_wrong": ("fee_wrong",),
    "fee_kept": ("fee_wrong", "not_credited"),
    "timing": ("timing",),
    "netting": ("netting",),
    "wrong_merchant": ("wrong_merchant",),
    "unreferenced_lump": ("unreferenced_lump",),
    "rounding": ("rounding",),
    "unknown": ("unknown",),
    CHANGED: ("restatement", "amount_differs"),
}
"""Of each class of matching, the classes of causes, the likeliest first."""
_WORDS: Mapping[str, str] = {
    "missing_at_partner": "that are missing on the partner's side",
    "missing_in_books": "that are missing on our side",
    "double": "that are there twice",
    "unknown": "that cannot be told apart",
    CHANGED: "that were matched and say something else now",
}


def cause_of(pair: str, class_: str, *about: str | None) -> str:
    """Name the cause of a break of matching."""
    return ":".join([pair, class_, *(part or "" for part in about)])


def match(view: View, moment: Moment) -> list[Symptom]:
    """What the latest kept runs left open, one symptom for each row."""
    del moment
    table = schema.match_break
    names = [str(column.name) for column in table.columns]
    rows = view.rows(select(table).order_by(table.c.pair, table.c.match_break))
    return [_symptom(dict(zip(names, row, strict=True))) for row in rows]


def _symptom(row: Mapping[str, Any]) -> Symptom:
    pair, class_, item = row["pair"], row["class_"], row["item"]
    about = (row["side"], item) if item else (row["partner"], row["account"], "rest")
    cause = cause_of(pair, class_, *about)
    by = f"By rule {row['rule']} of {pair}" if row["rule"] else f"By the rules of {pair}"
    look = f"recoup match show '{item}' --pair {pair}" if item else f"recoup match breaks --pair {pair}"
    return Symptom(
        control=CONTROL,
        kind=pair,
        cause=cause,
        classes=CLASSES[class_],
        partner=row["partner"],
        account=row["account"],
        owner=row["owner"],
        deliveries=tuple(parse(row["deliveries"])),
        disputes=tuple(parse(row["disputes"])),
        legs=tuple(parse(row["legs"])),
        batches=tuple(parse(row["batches"])),
        stakes=tuple(Stake("line", cause, a["currency"], a["minor"]) for a in parse(row["amounts"])),
        since_on=row["since_on"],
        until_on=row["until_on"],
        things=row["things"],
        seen=row["explanation"].removesuffix("."),
        expected=f"{by}, in run {row['match_run'][:12]}",
        look=look,
    )


# --- many of one kind -----------------------------------------------------------------------

_Group = tuple[str, tuple[str, ...], str, str]
"""Pair, classes, partner and account; empty where all are together."""


def pooled(found: Sequence[Cause], decided: Collection[str]) -> list[Cause]:
    """Put causes of matching together where there are many of one kind; all others stay as they are.

    Args:
      found: All causes of a check.
      decided: Ids of breaks that somebody decided about: they stay what they are.
    """
    kept: list[Cause] = []
    by_pair: dict[str, list[Cause]] = defaultdict(list)
    for cause in found:
        is_free = cause.root.control == CONTROL and derive("brk", CONTROL, cause.root.cause) not in decided
        (by_pair[cause.root.kind] if is_free else kept).append(cause)
    return [*kept, *(one for causes in by_pair.values() for one in _bounded(causes))]


def _bounded(causes: Sequence[Cause]) -> Iterator[Cause]:
    """One by one where they are few, else by group, by the finest grouping that gives few enough groups."""
    grouped = (_grouped(causes, way) for way in (_by_account, _by_partner, _by_class))
    groups = next((found for found in grouped if len(found) <= GROUPS_MAX), None) or _grouped(causes, _by_class)
    for group, members in sorted(groups.items()):
        if sum(cause.root.things for cause in members) <= ONE_BY_ONE_MAX:
            yield from members
        else:
            yield Cause(_pool(group, [cause.root for cause in members]))


def _grouped(causes: Sequence[Cause], way: Callable[[Symptom], _Group]) -> dict[_Group, list[Cause]]:
    groups: dict[_Group, list[Cause]] = defaultdict(list)
    for cause in causes:
        groups[way(cause.root)].append(cause)
    return groups


def _by_account(root: Symptom) -> _Group:
    return (root.kind, root.classes, root.partner, root.account or "")


def _by_partner(root: Symptom) -> _Group:
    return (root.kind, root.classes, root.partner, "")


def _by_class(root: Symptom) -> _Group:
    return (root.kind, root.classes, "", "")


def _pool(group: _Group, roots: Sequence[Symptom]) -> Symptom:
    pair, classes, partner, account = group
    things = sum(root.things for root in roots)
    since = min(root.since_on or "" for root in roots)
    until = max(root.until_on or "" for root in roots)
    class_ = roots[0].cause.split(":")[1]
    of = " ".join(part for part in (partner, account) if part)
    named = sorted((root for root in roots if root.things == 1), key=_size, reverse=True)[:LARGEST_TOLD]
    largest = "; ".join(root.seen for root in named)
    words = _WORDS.get(class_, f"of class {class_.replace('_', ' ')}")
    return Symptom(
        control=CONTROL,
        kind=pair,
        cause=cause_of(pair, class_, partner, account),
        classes=classes,
        partner=partner or roots[0].partner,
        account=account or None,
        owner=roots[0].owner,
        deliveries=tuple(sorted({key for root in roots for key in root.deliveries})),
        disputes=tuple(sorted({key for root in roots for key in root.disputes})),
        legs=tuple(sorted({key for root in roots for key in root.legs})),
        batches=tuple(sorted({key for root in roots for key in root.batches})),
        stakes=tuple(stake for root in roots for stake in root.stakes),
        since_on=since,
        until_on=until,
        things=things,
        seen=f"The rules of {pair} leave {things:,} things {words}{f', of {of}' if of else ''}, {since} to {until}",
        expected=f"The largest: {largest}" if largest else "",
        look=f"recoup match breaks --pair {pair} --class {class_}" if class_ != CHANGED else "",
    )


def _size(root: Symptom) -> tuple[int, str]:
    return max((stake.minor for stake in root.stakes), default=0), root.cause
