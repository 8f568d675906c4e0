"""Once is once: rows that may be told again go in by key; the earliest landing owns a row, whatever came first to us.

Telling the same thing again changes nothing. Telling something else under the
same key is a conflict: both bytes are kept, the earliest landing counts, and
the conflict becomes a finding.

A telling that leaves a column open which another fills in is the weaker one: the earliest that fills it owns the row,
and the row is known since the earliest of all. So of two that fill it differently the same one counts in any order.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Table

from recoup.intake.rows import Row
from recoup.storage import schema
from recoup.storage.register import Batch


class Merged(msgspec.Struct):
    """What a merge did: new rows, rows that changed (earlier landings own theirs), conflicts as (new, known)."""

    new: list[Row] = []
    replaced: list[Row] = []
    before: list[Row] = []
    """Each replaced row as it was."""
    conflicts: list[tuple[Row, Row]] = []


class Identity(msgspec.Struct, frozen=True):
    """How rows of a table are one: primary key, what was told, when and where it landed."""

    table: Table
    lookup: str
    """The first column of the primary key."""
    key: Callable[[Row], object]
    told: Callable[[Row], object]
    owner: Callable[[Row], object]
    """Orders tellings of the same row: (landed_at, delivery, position)."""
    fill: int | None = None
    """A column that a telling may leave open and another may fill in: that is more, not something else."""

    def place(self, column: str) -> int:
        """Where a column of the table stands in its rows."""
        return self.table.columns.keys().index(column)


def merge(batch: Batch, identity: Identity, rows: Sequence[Row]) -> Merged:
    """Add the rows that are new, let earlier landings own theirs, and say what conflicts."""
    new = set(batch.insert_new(identity.table, rows))
    merged = Merged(new=[rows[at] for at in sorted(new)])
    again = [row for at, row in enumerate(rows) if at not in new]
    if not again:
        return merged
    known = {identity.key(r): r for r in batch.by_keys(identity.table, identity.lookup, {str(r[0]) for r in again})}
    landings = _landings(batch, identity, rows, known.values())
    changed: dict[object, Row] = {}
    for told in again:
        key = identity.key(told)
        was = known[key]
        if _differs(identity, told, was):
            merged.conflicts.append((told, was))
        owner = _owner(identity, told, was, landings)
        if owner != was:
            merged.before.append(was)
            changed[key] = known[key] = owner
    merged.replaced = list(changed.values())
    batch.upsert(identity.table, merged.replaced)
    return merged


def _differs(identity: Identity, told: Row, was: Row) -> bool:
    one, other = _filled(identity.fill, told, was)
    return identity.told(one) != identity.told(other)


def _owner(identity: Identity, told: Row, was: Row, landings: Mapping[str, int]) -> Row:
    """Of two tellings of a row the one that counts, known since the earlier of them."""
    if identity.fill is None:
        return told if identity.owner(told) < identity.owner(was) else was  # type: ignore[operator]
    at, place = identity.place("landed_at"), identity.place("delivery")

    def rank(row: Row) -> tuple[bool, int, object]:
        return row[identity.fill or 0] is None, landings.get(row[place], row[at]), identity.owner(row)

    owner = told if rank(told) < rank(was) else was
    return (*owner[:at], min(told[at], was[at]), *owner[at + 1 :])


def _landings(batch: Batch, identity: Identity, rows: Iterable[Row], known: Iterable[Row]) -> dict[str, int]:
    """When the deliveries landed that these rows are of; a row may be known since an earlier one."""
    if identity.fill is None:
        return {}
    at, place = identity.place("landed_at"), identity.place("delivery")
    landings: dict[str, int] = {row[place]: row[at] for row in rows}
    others = {row[place] for row in known} - landings.keys()
    table = schema.delivery
    columns = table.columns.keys()
    found = batch.by_keys(table, "delivery", others) if others else []
    return landings | {row[columns.index("delivery")]: row[columns.index("landed_at")] for row in found}


def _filled(column: int | None, one: Row, other: Row) -> tuple[Row, Row]:
    """Both rows with the column that one of them leaves open as the other has it."""
    if column is None or (one[column] is None) == (other[column] is None):
        return one, other
    value = one[column] if one[column] is not None else other[column]
    return (*one[:column], value, *one[column + 1 :]), (*other[:column], value, *other[column + 1 :])
