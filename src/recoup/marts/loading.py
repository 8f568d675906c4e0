"""Sources and models in an engine: the rows that are needed, then one named step after the other.

Instants are BIGINT microseconds here, days DATE, flags BOOLEAN. Money lines are the register's and those that only the
lake has. Read `catalogue.py` for what is needed, `../storage/engine.py` for what runs it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
from sqlalchemy import select

from recoup.domain.instants import render_instant
from recoup.domain.money_line import BOOKED_ONE_BY_ONE
from recoup.errors import MartProblem, NotKnownThen, StorageProblem, TableUnknown
from recoup.marts.catalogue import Catalogue, Needs, Table
from recoup.marts.source import Asked, LakeFile, Row, Source
from recoup.marts.sources import MONEY_LINES, sources
from recoup.storage.engine import Engine
from recoup.storage.lake import COLUMN_TYPES
from recoup.storage.register import View
from recoup.storage.schema import delivery
from recoup.storage.steps import Step

OF_DELIVERY = ("delivery", "partner", "account", "feed", "landed_at")
_NO_VALUE = frozenset({"id", "money_line", "dispute"})
"""Columns that a line has only where it is booked by itself."""
_KINDS = ", ".join(f"'{kind}'" for kind in sorted(BOOKED_ONE_BY_ONE))


class Stores(msgspec.Struct, frozen=True):
    """Where rows come from."""

    view: View
    """One unchanging view of the register."""
    lake: Path | None = None
    """The lake, with the money lines of large deliveries; None where there is none."""


def refuse_unanswered(needs: Needs, asked: Asked) -> None:
    """Refuse what cannot be answered for this time or this merchant, before anything is read.

    Raises:
      NotKnownThen: A source or column of which only the last word is kept, for another time.
      TableUnknown: A source that is not the merchant's, for a merchant.
    """
    for name, columns in needs.sources.items():
        if (why := unanswered(sources()[name], columns, asked)) is not None:
            raise why


def unanswered(source: Source, columns: Sequence[str], asked: Asked) -> NotKnownThen | TableUnknown | None:
    """Say why a source cannot give these columns as asked; None where it can."""
    if asked.merchant is not None and source.scope == "house":
        return TableUnknown(source.name, "no rows of one merchant", "a table that has each merchant's own rows")
    if asked.known_at is None:
        return None
    then = render_instant(asked.known_at)
    if source.silent:
        return NotKnownThen(
            f"{source.name} as known at {then}", source.silent, "a source that keeps what it said before"
        )
    if latest := sorted(source.latest_only.intersection(columns)):
        found = f"only the last word of {', '.join(latest)} is kept"
        return NotKnownThen(f"{source.name} as known at {then}", found, "its other columns, by name")
    return None


def why_not(catalogue: Catalogue, table: Table, asked: Asked) -> str:
    """Say why a table cannot be asked for this time or merchant; empty where it can, if only by some of its columns."""
    try:
        if isinstance(table, Source):
            problem = unanswered(table, (), asked)
            return problem.found if problem else ""
        refuse_unanswered(catalogue.needs([table.name]), asked)
    except MartProblem as problem:
        return f"{problem.where}: {problem.found}"
    return ""


def build(
    engine: Engine, catalogue: Catalogue, needs: Needs, stores: Stores, asked: Asked, kept: frozenset[str] = frozenset()
) -> None:
    """Load what is needed and run the models.

    Args:
      engine: Where to.
      catalogue: The tables.
      needs: Which of them.
      stores: Where rows come from.
      asked: For when and for whom.
      kept: Models that will be read more than once afterwards.
    Raises:
      NotKnownThen: Something needed cannot be answered for that time.
      TableUnknown: Something needed is not the merchant's.
    """
    refuse_unanswered(needs, asked)
    for name, columns in needs.sources.items():
        load(engine, sources()[name], columns, stores, asked)
    for step in steps(needs, kept):
        engine.run(step)


def steps(needs: Needs, kept: frozenset[str] = frozenset()) -> list[Step]:
    """Give the models as steps: a table where it is read more than once, computed within its one reader otherwise."""
    readers: Counter[str] = Counter()
    for model in needs.models:
        readers.update(model.reads)
        readers.update(model.often)
    return [
        Step(model.name, model.sql, "view" if readers[model.name] == 1 and model.name not in kept else "table")
        for model in needs.models
    ]


def load(engine: Engine, source: Source, names: Sequence[str], stores: Stores, asked: Asked) -> None:
    """Make some columns of a source a table of the engine."""
    kinds = {name: column.kept_as for name in names if (column := source.column(name)) is not None}
    if source.files is not None:
        _attach_files(engine, source, kinds, source.files(stores.view, stores.lake) if stores.lake else [])
        return
    files = large_files(stores, asked) if source.name == MONEY_LINES else []
    register = f"{source.name}__register" if files else source.name
    engine.attach_rows(register, kinds, _rows(source, kinds, stores.view, asked))
    if files:
        _add_lake(engine, source, kinds, files)


def _attach_files(engine: Engine, source: Source, kinds: Mapping[str, str], files: Sequence[LakeFile]) -> None:
    """Make the files of a source one table, each with the columns that are the same for all of its rows."""
    numbered = [(number, *file.told.values()) for number, file in enumerate(files)]
    told = tuple(files[0].told) if files else ()
    engine.attach_rows(f"{source.name}__file", {"number": "BIGINT", **dict.fromkeys(told, "VARCHAR")}, numbered)
    parts = []
    for number, file in enumerate(files):
        held = {name: kind for name, kind in kinds.items() if name not in file.told}
        view = f"{source.name}__file_{number}"
        engine.attach_files(view, held or {"rule": "VARCHAR"}, [file.path])
        shown = ", ".join(f"cast({'f' if n in file.told else 'l'}.{n} as {kind}) as {n}" for n, kind in kinds.items())
        parts.append(f"select {shown} from {view} as l cross join {source.name}__file as f where f.number = {number}")
    if parts:
        engine.run(Step(source.name, "\nunion all\n".join(parts)))
    else:
        engine.attach_rows(source.name, kinds, [])


def large_files(stores: Stores, asked: Asked) -> list[tuple[Path, Row]]:
    """Give the lake's files of large deliveries, each with what `OF_DELIVERY` says of it."""
    if stores.lake is None or asked.merchant is not None:
        return []
    d = delivery.c
    statement = select(*(d[name] for name in (*OF_DELIVERY, "lake_file"))).where(
        d.lake_file.is_not(None), d.status == "read"
    )
    if asked.known_at is not None:
        statement = statement.where(d.landed_at <= asked.known_at)
    lake = stores.lake
    return [(lake / row[-1], row[:-1]) for row in stores.view.rows(statement.order_by(d.landed_at, d.delivery))]


def _rows(source: Source, kinds: Mapping[str, str], view: View, asked: Asked) -> Iterator[Row]:
    flags = [place for place, kind in enumerate(kinds.values()) if kind == "BOOLEAN"]
    for part in source.batches(view, asked, kinds):
        if flags:
            yield from (_with_flags(row, flags) for row in part)
        else:
            yield from part


def _with_flags(row: Row, flags: Sequence[int]) -> Row:
    values: list[Any] = list(row)
    for place in flags:
        values[place] = None if values[place] is None else values[place] == 1
    return tuple(values)


def _add_lake(engine: Engine, source: Source, kinds: Mapping[str, str], files: Sequence[tuple[Path, Row]]) -> None:
    """Add the lines that the register has in total only; what stands in a file's delivery is joined to its number."""
    told = {name: _kept_as(source, name) for name in OF_DELIVERY}
    numbers = [(number, *row) for number, (_, row) in enumerate(files)]
    engine.attach_rows(f"{source.name}__delivery", {"number": "BIGINT", **told}, numbers)
    parts = [_part(kinds, f"{source.name}__register", None)]
    for number, (path, _) in enumerate(files):
        view = f"{source.name}__lake_{number}"
        engine.attach_files(view, _file_columns(kinds, path), [path])
        parts.append(_part(kinds, view, number))
    engine.run(Step(source.name, "\nunion all\n".join(parts)))


def _part(kinds: Mapping[str, str], table: str, number: int | None) -> str:
    """Give the SELECT of one part. Every value has its type, as the parts of a union must agree."""
    if number is None:
        return f"select {', '.join(kinds)} from {table}"
    shown = ", ".join(f"cast({_value(name)} as {kind}) as {name}" for name, kind in kinds.items())
    return (
        f"select {shown} from {table} as l cross join {MONEY_LINES}__delivery as d"
        f" where d.number = {number} and l.partner_dispute_id is null and l.kind not in ({_KINDS})"
    )


def _value(name: str) -> str:
    if name in _NO_VALUE:
        return "null"
    return f"d.{name}" if name in OF_DELIVERY else f"l.{name}"


def _file_columns(kinds: Mapping[str, str], path: Path) -> dict[str, str]:
    """Give the columns to read of a file, with those that choose its lines."""
    schema = pq.read_schema(path)
    wanted = [n for n in kinds if n not in _NO_VALUE and n not in OF_DELIVERY]
    if missing := [name for name in wanted if name not in schema.names]:
        raise StorageProblem(
            where=path.name, found=f"no {', '.join(missing)} in the file", wanted="columns that lines in the lake have"
        )
    held = {held: name for name, held in COLUMN_TYPES.items()}
    return {name: held[schema.field(name).type] for name in dict.fromkeys([*wanted, "partner_dispute_id", "kind"])}


def _kept_as(source: Source, name: str) -> str:
    column = source.column(name)
    assert column is not None, f"{source.name} has no {name}"
    return column.kept_as
