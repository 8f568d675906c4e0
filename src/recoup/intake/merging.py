"""Once is once: rows that may be told again go in by key; the earliest landing owns a row, whatever came first to us.

Telling the same thing again changes nothing. Telling something else under the
same key is a conflict: both bytes are kept, the earliest landing counts, and
the conflict becomes a finding.
"""

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Table

from recoup.intake.rows import Row
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


def merge(batch: Batch, identity: Identity, rows: Sequence[Row]) -> Merged:
    """Add the rows that are new, let earlier landings own theirs, and say what conflicts."""
    new = set(batch.insert_new(identity.table, rows))
    merged = Merged(new=[rows[at] for at in sorted(new)])
    again = [row for at, row in enumerate(rows) if at not in new]
    if not again:
        return merged
    known = {identity.key(r): r for r in batch.by_keys(identity.table, identity.lookup, {str(r[0]) for r in again})}
    changed: dict[object, Row] = {}
    for told in again:
        key = identity.key(told)
        row, was = _filled(identity.fill, told, known[key])
        if identity.told(row) != identity.told(was):
            merged.conflicts.append((row, was))
        owner = row if identity.owner(row) < identity.owner(was) else was  # type: ignore[operator]
        if owner != known[key]:
            merged.before.append(known[key])
            changed[key] = known[key] = owner
    merged.replaced = list(changed.values())
    batch.upsert(identity.table, merged.replaced)
    return merged


def _filled(column: int | None, one: Row, other: Row) -> tuple[Row, Row]:
    """Both rows with the column that one of them leaves open as the other has it."""
    if column is None or (one[column] is None) == (other[column] is None):
        return one, other
    value = one[column] if one[column] is not None else other[column]
    return (*one[:column], value, *one[column + 1 :]), (*other[:column], value, *other[column + 1 :])
