"""Rulings as rows: read whole, added to, never changed. Read `domain/ruling.py` for what they are."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.domain.ruling import Kind, Ruling, Standing, ruling_id, standing
from recoup.storage import schema
from recoup.storage.register import Batch, View

_TABLE = schema.ruling
_FIELDS = Ruling.__struct_fields__


def rulings(view: View, kind: Kind, subject: str | None = None) -> list[Ruling]:
    """Give the rulings of a kind, on one subject or all, in order of subject and sequence."""
    terms = [_TABLE.c.kind == kind, *([] if subject is None else [_TABLE.c.subject == subject])]
    columns = (_TABLE.c[name] for name in _FIELDS)
    rows = view.rows(select(*columns).where(*terms).order_by(_TABLE.c.subject, _TABLE.c.sequence))
    return [_read(row) for row in rows]


def standings(view: View, kind: Kind) -> Mapping[str, Standing]:
    """Give what was ruled, by subject."""
    by_subject: dict[str, list[Ruling]] = {}
    for said in rulings(view, kind):
        by_subject.setdefault(said.subject, []).append(said)
    return {subject: standing(said) for subject, said in by_subject.items()}


def add(
    batch: Batch,
    kind: Kind,
    subject: str,
    *,
    value: str | None,
    reason: str,
    actor: str,
    at: int,
    recorded_at: int,
    needs_approval: bool = False,
    approves: str | None = None,
) -> Standing:
    """Add a ruling; gives what then stands."""
    before = rulings(batch, kind, subject)
    sequence = before[-1].sequence + 1 if before else 1
    said = Ruling(
        ruling=ruling_id(kind, subject, sequence),
        kind=kind,
        subject=subject,
        sequence=sequence,
        value=value,
        reason=reason,
        actor=actor,
        at=at,
        needs_approval=needs_approval,
        approves=approves,
    )
    fields = msgspec.structs.asdict(said) | {"needs_approval": int(needs_approval), "recorded_at": recorded_at}
    batch.insert(_TABLE, [tuple(fields[str(column.name)] for column in _TABLE.columns)])
    return standing([*before, said])


def _read(row: tuple[Any, ...]) -> Ruling:
    said = dict(zip(_FIELDS, row, strict=True))
    said["needs_approval"] = bool(said["needs_approval"])
    return Ruling(**said)
