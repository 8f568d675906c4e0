"""What was decided about breaks, read from the register: the values of `domain.break_work`, with their order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.domain.break_work import Decision, Shown, Standing, standing
from recoup.domain.canonical import parse
from recoup.storage import schema
from recoup.storage.register import View

COLUMNS: tuple[str, ...] = tuple(str(column.name) for column in schema.break_decision.columns)


def decisions(view: View, breaks: Iterable[str] | None = None) -> dict[str, list[Decision]]:
    """Give what was decided, by break, in order; about these breaks, or about all."""
    table = schema.break_decision
    rows = view.rows(select(table)) if breaks is None else view.by_keys(table, "break_", breaks)
    found: dict[str, list[Decision]] = {}
    for said in sorted(map(_decision, rows), key=lambda d: (d.break_, d.sequence)):
        found.setdefault(said.break_, []).append(said)
    return found


def standings(view: View, breaks: Iterable[str] | None = None) -> Mapping[str, Standing]:
    """Give how breaks stand; those about which nothing was decided are left out."""
    return {key: standing(said) for key, said in decisions(view, breaks).items()}


def _decision(row: Sequence[Any]) -> Decision:
    said = dict(zip(COLUMNS, row, strict=True))
    shown = Shown(parse(said["amounts"]), said["disputes"], said["severity"])
    fields = {name: said[_COLUMN_OF.get(name, name)] for name in Decision.__struct_fields__ if name != "shown"}
    return msgspec.convert({**fields, "shown": shown}, Decision, strict=False)


_COLUMN_OF: Mapping[str, str] = {"decision": "break_decision"}
