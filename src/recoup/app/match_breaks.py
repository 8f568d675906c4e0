"""What a run left open, written down for the check: the largest breaks one by one, the rest in total, and what changed.

The run's own breaks lie in the lake, however many there are. The check reads the register alone, so the part that
people work with is a table there, replaced with each run of a pair: what the newest run does not show is gone from it.
A line of a kept match that says something else stays until somebody closes its break, or its lines are matched again.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.controls.keys import batch_key, leg_key
from recoup.controls.matched import CHANGED, CONTROL, NOBODY, cause_of
from recoup.domain.canonical import canonical
from recoup.domain.ids import Key, derive
from recoup.domain.money import render
from recoup.matching.results import Results
from recoup.matching.rule import Pair
from recoup.storage import schema
from recoup.storage.register import Batch, View

LARGEST = 2_000
"""Breaks of a run that are kept one by one: what other controls explain of them is told there, and not twice."""
CHANGED_MAX = 500
LINES_MAX = 20
"""Lines of one break whose disputes, legs and batches are looked up."""
_ENTRIES = ("announced_legs", "booked_settlements")
_HOUSE = ("house_moves",)
Row = tuple[Any, ...]


class About(msgspec.Struct):
    """What a line is about, as the controls name it."""

    deliveries: set[str] = msgspec.field(default_factory=set)
    disputes: set[str] = msgspec.field(default_factory=set)
    legs: set[str] = msgspec.field(default_factory=set)
    batches: set[str] = msgspec.field(default_factory=set)

    def add(self, other: "About") -> None:
        """Be about that, too."""
        for name in self.__struct_fields__:
            getattr(self, name).update(getattr(other, name))

    def columns(self) -> tuple[str, ...]:
        """As table match_break has it."""
        return tuple(canonical(sorted(getattr(self, name))) for name in self.__struct_fields__)


def left_open(view: View, results: Results, pair: Pair, run: Key) -> list[Row]:
    """Give rows of table match_break for what a run left open, and for kept matches whose lines changed.

    Args:
      view: The register.
      results: The run's.
      pair: Whose run it was.
      run: Its id.
    """
    found = results.largest(LARGEST)
    changed = _by_line(results.changed(CHANGED_MAX))
    lines: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, side, item in results.lines_of(LARGEST):
        lines[name, side].append(item)
    wanted = {item for items in lines.values() for item in items[:LINES_MAX]} | {item for _, item in changed}
    about = _about(view, pair, wanted | {b["other_item"] for b in found if b["other_item"]})
    return [
        *(
            _one(pair, run, b, [*lines[b["item"], b["side"]][:LINES_MAX], b["item"], b["other_item"]], about)
            for b in found
        ),
        *(_rest(pair, run, rows) for rows in _together(results.rest(LARGEST))),
        *(_changed(pair, run, side, rows, about.get(item, About())) for (side, item), rows in changed.items()),
    ]


def write(batch: Batch, pair: str, rows: Sequence[Row]) -> None:
    """Put the rows of a pair's newest run in place of those before; what was there keeps the run that found it."""
    table = schema.match_break
    names = [str(column.name) for column in table.columns]
    before = {row[0]: row for row in batch.rows(select(table).where(table.c.pair == pair))}
    run_at = names.index("match_run")
    after = {row[0]: _as_first_found(row, before.get(row[0]), run_at) for row in rows}
    for key in _changed_before(batch, before, names, after):
        after[key] = before[key]
    batch.delete(table, [(key,) for key in sorted(before.keys() - after.keys())])
    batch.upsert(table, [row for key, row in sorted(after.items()) if before.get(key) != row])


def _as_first_found(row: Row, was: Row | None, run_at: int) -> Row:
    return row if was is None else (*row[:run_at], was[run_at], *row[run_at + 1 :])


def _changed_before(
    batch: Batch, before: Mapping[str, Row], names: Sequence[str], after: Mapping[str, Row]
) -> list[str]:
    """The changed lines that earlier runs told of, and whose breaks nobody has closed."""
    told = {key: dict(zip(names, row, strict=True)) for key, row in before.items() if key not in after}
    causes = {
        derive("brk", CONTROL, cause_of(row["pair"], CHANGED, row["side"], row["item"])): key
        for key, row in told.items()
        if row["class_"] == CHANGED
    }
    b = schema.break_.c
    closed = {row[0] for row in batch.rows(select(b["break_"]).where(b.control == CONTROL, b.status == "closed"))}
    return sorted(key for name, key in causes.items() if name not in closed)


# --- rows -----------------------------------------------------------------------------------


def _one(pair: Pair, run: Key, b: Mapping[str, Any], items: Iterable[str | None], about: Mapping[str, About]) -> Row:
    concerns = About()
    for item in items:
        concerns.add(about.get(item or "", About()))
    named = (b["class"], b["partner"] or NOBODY, b["account"], b["side"], b["item"], b["rule"])
    amounts = canonical([{"currency": b["currency"], "minor": b["stake_minor"]}])
    key = derive("mbr", pair.name, b["class"], b["side"], b["item"])
    days = (_iso(b["on_day"]), _iso(b["on_day"]))
    told = (b["owner"], b["explanation"])
    return (key, pair.name, run, *named, 1, amounts, *days, *told, *concerns.columns())


def _together(rows: Sequence[Mapping[str, Any]]) -> Iterable[list[Mapping[str, Any]]]:
    by: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by[row["class"], row["partner"] or NOBODY, row["account"]].append(row)
    return by.values()


def _rest(pair: Pair, run: Key, rows: Sequence[Mapping[str, Any]]) -> Row:
    """Everything of one class, partner and account beyond the largest; its currencies stand side by side."""
    first = rows[0]
    partner = first["partner"] or NOBODY
    amounts = [{"currency": row["currency"], "minor": row["stake_minor"]} for row in rows]
    things = sum(row["things"] for row in rows)
    since, until = min(_iso(row["since_on"]) for row in rows), max(_iso(row["until_on"]) for row in rows)
    key = derive("mbr", pair.name, first["class"], partner, first["account"], "rest")
    named = (first["class"], partner, first["account"], None, None, None)
    money = (things, canonical(amounts), since, until)
    return (key, pair.name, run, *named, *money, first["owner"], "smaller ones, in total", *About().columns())


def _by_line(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    by: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by[row["side"], row["item"]].append(row)
    return by


def _changed(pair: Pair, run: Key, side: str, rows: Sequence[Mapping[str, Any]], concerns: About) -> Row:
    first = rows[0]
    amounts = canonical([{"currency": r["currency"], "minor": r["stake_minor"]} for r in rows if r["stake_minor"]])
    with_ = f" with {first['other_item']}" if first["other_item"] else ""
    by = "a person" if first["rule"] == "by_hand" else first["rule"]
    kept = "it stays, as a person said so" if first["rule"] == "by_hand" else "it was let go"
    what = " and ".join(dict.fromkeys(_change(row) for row in rows))
    side_name = pair.left if side == "left" else pair.right
    told = f"{first['item']} of {side_name} was matched{with_} by {by}, and says something else now: {what}; {kept}"
    key = derive("mbr", pair.name, CHANGED, side, first["item"])
    named = (CHANGED, first["partner"] or NOBODY, first["account"], side, first["item"], first["rule"])
    days = (_iso(first["on_day"]), _iso(first["on_day"]))
    return (key, pair.name, run, *named, 1, amounts, *days, pair.owner, f"{told}.", *concerns.columns())


def _change(row: Mapping[str, Any]) -> str:
    was, now = row["was"], row["now"]
    if row["why"] == "amount":
        was, now = (render(int(minor), row["currency"]) for minor in (was, now))
    if row["why"] == "name":
        return f"it names {now or 'nothing'}" + (f", not {was}" if was and was != now else " where it named another")
    return f"its {row['why']} is {now}, and was {was}"


def _iso(day: dt.date | str) -> str:
    return day if isinstance(day, str) else day.isoformat()


# --- what lines are about -------------------------------------------------------------------


def _about(view: View, pair: Pair, items: set[str]) -> dict[str, About]:
    """What the lines of both sides are about, where the side's lines are rows of the register."""
    found: dict[str, About] = defaultdict(About)
    for side in {pair.left, pair.right}:
        told = _of_entries if side in _ENTRIES else _of_house if side in _HOUSE else _of_money
        for item, concerns in told(view, items):
            found[item].add(concerns)
    return found


def _of_money(view: View, items: set[str]) -> Iterable[tuple[str, About]]:
    names = [c.name for c in schema.money_line.columns]
    wanted = ("money_line", "partner", "account", "identity", "batch", "dispute", "delivery")
    places = [names.index(name) for name in wanted]
    for row in view.by_keys(schema.money_line, "money_line", sorted(items)):
        item, partner, account, identity, batch, dispute, delivery = (row[place] for place in places)
        batches = {batch_key(partner, account, name) for name in (identity, batch) if name}
        yield item, About({delivery}, {dispute} if dispute else set(), set(), batches)


def _of_entries(view: View, items: set[str]) -> Iterable[tuple[str, About]]:
    names = [c.name for c in schema.posting.columns]
    places = [names.index(name) for name in ("entry", "line", "dispute", "leg")]
    entries = sorted({item.partition("/")[0] for item in items if "/" in item})
    for row in view.by_keys(schema.posting, "entry", entries):
        entry, line, dispute, leg = (row[place] for place in places)
        if dispute is not None:
            yield f"{entry}/{line}", About(set(), {dispute}, {leg_key(dispute, leg)} if leg else set(), set())


def _of_house(view: View, items: set[str]) -> Iterable[tuple[str, About]]:
    names = [c.name for c in schema.house_line.columns]
    places = [names.index(name) for name in ("house_line", "partner", "partner_dispute_id", "delivery")]
    told = [tuple(row[p] for p in places) for row in view.by_keys(schema.house_line, "house_line", sorted(items))]
    d = schema.dispute.c
    partners = sorted({partner for _, partner, _, _ in told if partner})
    theirs = sorted({name for _, _, name, _ in told if name})
    columns = (d.partner, d.partner_dispute_id, d.dispute)
    known = view.rows(select(*columns).where(d.partner.in_(partners), d.partner_dispute_id.in_(theirs)))
    disputes: dict[tuple[str, str], str] = {(partner, name): dispute for partner, name, dispute in known}
    for item, partner, name, delivery in told:
        dispute = disputes.get((partner, name))
        yield item, About({delivery}, {dispute} if dispute else set(), set(), set())
