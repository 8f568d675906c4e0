"""What the register and the inbox ask of a database, the same of SQLite and PostgreSQL.

`sqlite.py` and `postgres.py` answer it. A connection is SQLAlchemy's; whole rows go past it to the driver, since
they are plain tuples already and there may be millions of them.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Column, Connection, Engine, Table

Row = tuple[Any, ...]
"""One row as plain `int`, `str`, `bytes` or None, in the order of its columns."""


class Database(Protocol):
    """One database, with the quickest safe way it has for each thing done to whole rows."""

    @property
    def engine(self) -> Engine:
        """The engine behind it."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """Hold the turn to write for one transaction: committed at the end, rolled back on any exception."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """Hold one unchanging view of the database."""
        ...

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, all of them new."""
        ...

    def insert_new(self, connection: Connection, table: Table, rows: Sequence[Row]) -> list[int]:
        """Add the rows whose primary key is not there; say which, as ascending indexes into `rows`.

        Of several rows with one key the first counts.
        """
        ...

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, or replace all columns of those whose primary key is there; of several the last counts."""
        ...

    def update(self, connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[Row]) -> int:
        """Give columns new values; a row is the primary key, then the values. Say how many rows were there."""
        ...

    def delete(self, connection: Connection, table: Table, keys: Sequence[Row]) -> int:
        """Delete by primary key; say how many rows were there."""
        ...

    def by_keys(self, connection: Connection, column: Column[Any], keys: Iterable[str | int]) -> list[Row]:
        """Give the full rows whose column has one of the values, in no order."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...


def driver_connection(connection: Connection) -> Any:
    """Give the driver's own connection behind one of SQLAlchemy's."""
    return connection.connection.driver_connection
