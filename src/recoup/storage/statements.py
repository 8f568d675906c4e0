"""The text of the statements that move whole rows, one per table, made once.

Pure: nothing here touches a database. A row is a full-width tuple in the order of the table's columns; a key is a
tuple in the order of its primary key. Names come from our own tables only, and are quoted.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import Table


def quoted(name: str) -> str:
    """Quote a name of ours for both databases."""
    return f'"{name}"'


def key_names(table: Table) -> tuple[str, ...]:
    """Name the columns of a table's primary key, in order."""
    return tuple(column.name for column in table.primary_key.columns)


@cache
def key_positions(table: Table) -> tuple[int, ...]:
    """Say where in a row the columns of the primary key stand."""
    names = [column.name for column in table.columns]
    return tuple(names.index(name) for name in key_names(table))


def columns(table: Table) -> str:
    """List all columns of a table."""
    return _listed(column.name for column in table.columns)


@cache
def insert(table: Table, mark: str) -> str:
    """Insert one row; `mark` is the driver's place holder, `?` or `%s`."""
    marks = ", ".join(mark for _ in table.columns)
    return f"insert into {quoted(table.name)} ({columns(table)}) values ({marks})"


@cache
def insert_new(table: Table, mark: str) -> str:
    """Insert one row unless its primary key is there; another unique key that clashes is an error."""
    return f"{insert(table, mark)} on conflict ({_listed(key_names(table))}) do nothing"


@cache
def upsert(table: Table, mark: str) -> str:
    """Insert one row, or give the row of its primary key all its other values."""
    return f"{insert(table, mark)} {on_conflict_replace(table)}"


@cache
def on_conflict_replace(table: Table) -> str:
    """The end of an upsert."""
    keys = key_names(table)
    others = [c.name for c in table.columns if c.name not in keys]
    values = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in others)
    action = f"update set {values}" if others else "nothing"
    return f"on conflict ({_listed(keys)}) do {action}"


@cache
def delete(table: Table, mark: str) -> str:
    """Delete the row of one key."""
    return f"delete from {quoted(table.name)} where {_equal(key_names(table), mark, ' and ')}"


@cache
def update(table: Table, names: tuple[str, ...], mark: str) -> str:
    """Give a few columns of the row of one key new values: first the values, then the key."""
    values = _equal(names, mark, ", ")
    return f"update {quoted(table.name)} set {values} where {_equal(key_names(table), mark, ' and ')}"


def _equal(names: Sequence[str], mark: str, between: str) -> str:
    return between.join(f"{quoted(name)} = {mark}" for name in names)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names)
