"""The throw-away copy that one query sees: the tables and columns it names, as asked, and nothing else.

What the query names of the register and the lake is copied as it streams; models are computed beside the copy, from
only the columns that they read, and their rows are copied. Names and SQL are ours; values go in as Arrow.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from recoup.domain.money_line import BOOKED_ONE_BY_ONE
from recoup.enquiry.query import Parsed
from recoup.marts.catalogue import Catalogue, Table, check
from recoup.marts.loading import OF_DELIVERY, Stores, build, large_files, refuse_unanswered, unanswered
from recoup.marts.model import Model
from recoup.marts.source import Asked, Column, Source, SqlType
from recoup.marts.sources import MONEY_LINES
from recoup.storage.engine import DuckEngine

_ARROW = {
    "BIGINT": pa.int64(),
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.int64(),
    "DATE": pa.string(),
    "TIMESTAMP": pa.int64(),
}
_READ = {
    "BIGINT": "{0}",
    "VARCHAR": "{0}",
    "BOOLEAN": "{0} = 1",
    "DATE": "cast({0} as date)",
    "TIMESTAMP": "make_timestamp({0})",
}
_NOT_BOOKED = {"id": "null", "money_line": "null", "dispute": "null"}
"""Columns that a line booked in total has not."""


def fill(connection: Any, name: str, parsed: Parsed, catalogue: Catalogue, stores: Stores, asked: Asked) -> None:
    """Copy what a query names.

    Args:
      connection: DuckDB with the copy as its database.
      name: Name of that database.
      parsed: The query.
      catalogue: All tables.
      stores: Where rows come from.
      asked: For when and for whom.
    Raises:
      NotKnownThen: A table or column that keeps only its last word, for another time.
      TableUnknown: A table that has no rows of one merchant, for a merchant.
      ModelInvalid: A model that does not hold together.
    """
    connection.execute(f"create macro {name}.main.as_of() as make_timestamp({asked.now:d})")
    models = [table for table in parsed.tables if isinstance(table, Model)]
    columns = {table.name: _answered(table, parsed, asked) for table in parsed.tables if isinstance(table, Source)}
    refuse_unanswered(catalogue.needs({**columns, **{model.name: () for model in models}}), asked)
    if models:
        _compute(connection, name, parsed, catalogue, stores, asked, models)
    for table in parsed.tables:
        if isinstance(table, Source):
            _copy(connection, name, table, columns[table.name], stores, asked)


def _answered(source: Source, parsed: Parsed, asked: Asked) -> tuple[str, ...]:
    """Give the columns to copy; one that cannot be answered for this time is left out, unless it is asked for itself.

    A star does not ask for it, nor does a table of the same name.
    """
    names = parsed.read(source)
    able = [n for n in names if n in parsed.said or unanswered(source, [n], asked) is None]
    return tuple(able) or names


def _compute(
    connection: Any,
    name: str,
    parsed: Parsed,
    catalogue: Catalogue,
    stores: Stores,
    asked: Asked,
    models: Sequence[Model],
) -> None:
    names = frozenset(model.name for model in models)
    check(catalogue, names)
    build(DuckEngine(connection), catalogue, catalogue.needs(names), stores, asked)
    for model in models:
        shown = ", ".join(_shown(column) for column in _columns(model, parsed.read(model)))
        connection.execute(f'create table {name}.main."{model.name}" as select {shown} from temp."{model.name}"')


def _shown(column: Column) -> str:
    """Give a column of the engine as a query sees it."""
    quoted = f'"{column.name}"'
    return f"make_timestamp({quoted}) as {quoted}" if column.type == "TIMESTAMP" else quoted


def _columns(table: Table, names: Sequence[str]) -> list[Column]:
    return [column for column in table.columns if column.name in names]


# --- sources --------------------------------------------------------------------------------


def _copy(connection: Any, name: str, source: Source, names: Sequence[str], stores: Stores, asked: Asked) -> None:
    columns = _columns(source, names)
    place = f'{name}.main."{source.name}"'
    declared = ", ".join(f'"{c.name}" {c.type}' for c in columns)
    connection.execute(f"create table {place} ({declared})")
    for rows in source.batches(stores.view, asked, names):
        _append(connection, place, columns, rows)
    for held in source.files(stores.view, stores.lake) if source.files and stores.lake else []:
        shown = ", ".join(f'${c.name} as "{c.name}"' if c.name in held.told else f'"{c.name}"' for c in columns)
        same = {c.name: held.told[c.name] for c in columns if c.name in held.told}
        connection.execute(
            f"insert into {place} select {shown} from read_parquet($file, hive_partitioning = false)",
            {"file": str(held.path), **same},
        )
    if source.name == MONEY_LINES:
        for file, told in large_files(stores, asked):
            _fill_from_lake(connection, place, columns, file, dict(zip(OF_DELIVERY, told, strict=True)))
    if source.also != source.name:
        connection.execute(f'create view {name}.main."{source.also}" as select * from {place}')


def _append(connection: Any, place: str, columns: Sequence[Column], rows: Iterable[tuple[Any, ...]]) -> None:
    values = zip(*rows, strict=True)
    arrays = [pa.array(column, _ARROW[c.type]) for c, column in zip(columns, values, strict=True)]
    batch = pa.Table.from_arrays(arrays, names=[c.name for c in columns])
    connection.register("incoming", batch)
    connection.execute(f"insert into {place} select {_readings(columns)} from incoming")
    connection.unregister("incoming")


def _fill_from_lake(connection: Any, place: str, columns: Sequence[Column], file: Path, told: dict[str, Any]) -> None:
    """Copy the lines of one large delivery that are not in the register: those about no dispute, booked in total."""
    relation = connection.sql(
        "select * from read_parquet($file, file_row_number = true, hive_partitioning = false)",
        params={"file": str(file)},
    )
    has_position = "position" in relation.columns
    own = {
        **{name: f"${name}" for name in OF_DELIVERY},
        **_NOT_BOOKED,
        "position": "position" if has_position else "file_row_number + 1",
    }
    shown = ", ".join(f'{own.get(c.name, c.name)} as "{c.name}"' for c in columns)
    used = {name: value for name, value in told.items() if any(c.name == name for c in columns)}
    connection.execute(
        f"insert into {place} select {_readings(columns)} from (select {shown}"
        " from read_parquet($file, file_row_number = true, hive_partitioning = false)"
        " where partner_dispute_id is null and not list_contains($kinds, kind))",
        {"file": str(file), "kinds": sorted(BOOKED_ONE_BY_ONE), **used},
    )


def _readings(columns: Sequence[Column]) -> str:
    return ", ".join(_reading(column.type).format(f'"{column.name}"') for column in columns)


def _reading(kind: SqlType) -> str:
    return _READ[kind]
