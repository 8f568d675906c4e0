"""One hash of everything that is derived: equal when two homes say the same, however they came to it.

SHA-256 over, in key order, the canonical JSON of disputes, active entries with
their postings, expectations with their closing, and money lines. Not in it:
surrogate ids, recorded and run times, when we came to know, versions, reversed
pairs, breaks, findings about order.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import Column, Table, case, select

from recoup.storage import schema
from recoup.storage.register import View

EXAMPLES = 5
_ENCODER = msgspec.json.Encoder()
_DISPUTE_LEFT_OUT = frozenset({"known_from", "version"})
_EXPECTATION_LEFT_OUT = frozenset({"expectation", "opened_at", "closed_at"})
_OF_FILES = ("file", "sequence")
_LINE_LEFT_OUT = frozenset({"delivery", "position", "landed_at"})
_TOTAL_LEFT_OUT = frozenset({"delivery", "landed_at"})


def state_hash(view: View, lake_digests: Iterable[str] = ()) -> str:
    """Hex SHA-256 over all derived state.

    Args:
      view: One unchanging view of the register.
      lake_digests: One digest per file of the lake whose lines are not in the register, in any order.
    """
    return _hashed((part(view) for part in _PARTS.values()), lake_digests)


def twin_hash(view: View, lake_digests: Iterable[str] = ()) -> str:
    """Hex SHA-256 over what was derived, without how it came to us.

    Two homes to which the same was told have one hash, also where one heard it late, twice or in another order: which
    delivery closed an expectation is left out, until when it was open as counted from a report's arrival, and so are
    the files that were waited for.
    """
    parts = (_disputes(view), _entries(view), _waits(view), _lines(view), _totals(view))
    return _hashed(parts, lake_digests)


def _hashed(parts: Iterable[Iterator[Sequence[Any]]], lake_digests: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for row in part:
            digest.update(_ENCODER.encode(row))
            digest.update(b"\n")
        digest.update(b"\x00")
    for line in sorted(lake_digests):
        digest.update(line.encode())
    return digest.hexdigest()


class Difference(msgspec.Struct, frozen=True):
    """How two states differ in one part: rows that only one of them has; a row that changed counts on both sides."""

    part: str
    """disputes, entries, expectations, money_lines or totals."""
    only_before: int
    only_after: int
    examples: tuple[str, ...]
    """What the first of them are called: disputes, facts, lines."""


def differences(before: View, after: View) -> list[Difference]:
    """Give how two states differ, part by part; nothing where they are the same.

    Whole rows are compared by their hashes, in no order, so that the two may lie in different databases.
    """
    found = [_difference(name, part, before, after) for name, part in _PARTS.items()]
    return [difference for difference in found if difference is not None]


def _difference(name: str, part: "_Part", before: View, after: View) -> Difference | None:
    apart: Counter[bytes] = Counter()
    for row in part(before):
        apart[_digest(row)] += 1
    for row in part(after):
        apart[_digest(row)] -= 1
    if not any(apart.values()):
        return None
    examples = dict.fromkeys(str(row[0]) for view in (before, after) for row in part(view) if apart[_digest(row)])
    only_before = sum(count for count in apart.values() if count > 0)
    only_after = -sum(count for count in apart.values() if count < 0)
    return Difference(name, only_before, only_after, tuple(examples)[:EXAMPLES])


def _digest(row: Sequence[Any]) -> bytes:
    return hashlib.blake2b(_ENCODER.encode(row), digest_size=16).digest()


def _disputes(view: View) -> Iterator[Sequence[Any]]:
    table = schema.dispute
    return _rows(view, table, _columns(table, _DISPUTE_LEFT_OUT), (table.c.dispute,))


def _entries(view: View) -> Iterator[Sequence[Any]]:
    entry, posting = schema.entry, schema.posting
    told = [entry.c[name] for name in ("fact", "book", "rule", "dispute", "subject", "effective_on")]
    lines = [c for c in posting.columns if c.name not in ("entry", "line")]
    statement = (
        select(*told, *lines)
        .join(posting, posting.c.entry == entry.c.entry)
        .where(entry.c.is_active == 1)
        .order_by(entry.c.fact, posting.c.line)
    )
    for rows in view.batches(statement):
        yield from rows


def _expectations(view: View) -> Iterator[Sequence[Any]]:
    table = schema.expectation
    return _rows(view, table, _columns(table, _EXPECTATION_LEFT_OUT), (table.c.kind, table.c.subject))


def _waits(view: View) -> Iterator[Sequence[Any]]:
    """What disputes and batches wait for, and whether it came."""
    e = schema.expectation.c
    columns = _columns(schema.expectation, _EXPECTATION_LEFT_OUT | {"closed_by", "due_at"})
    is_closed = case((e.closed_by.is_(None), 0), else_=1)
    statement = select(*columns, is_closed).where(e.kind.not_in(_OF_FILES)).order_by(e.kind, e.subject)
    for rows in view.batches(statement):
        yield from rows


def _lines(view: View) -> Iterator[Sequence[Any]]:
    table = schema.money_line
    return _rows(view, table, _columns(table, _LINE_LEFT_OUT), (table.c.money_line, table.c.feed))


def _totals(view: View) -> Iterator[Sequence[Any]]:
    """Totals without the delivery that told them: sorted here, since their key is left out."""
    columns = _columns(schema.settlement_total, _TOTAL_LEFT_OUT)
    yield from sorted(view.rows(select(*columns)))


def _columns(table: Table, left_out: frozenset[str]) -> list[Column[Any]]:
    return [c for c in table.columns if c.name not in left_out]


def _rows(
    view: View, table: Table, columns: list[Column[Any]], order: tuple[Column[Any], ...]
) -> Iterator[Sequence[Any]]:
    for rows in view.batches(select(*columns).select_from(table).order_by(*order)):
        yield from rows


_Part = Callable[[View], Iterator[Sequence[Any]]]
_PARTS: Mapping[str, _Part] = MappingProxyType(
    {
        "disputes": _disputes,
        "entries": _entries,
        "expectations": _expectations,
        "money_lines": _lines,
        "totals": _totals,
    }
)
"""What is hashed, in this order."""
