"""PostgreSQL as a database of ours: rows by COPY, writers of the register by turns.

Writers take one advisory lock at the *start* of their transaction. So what a batch reads before it writes cannot
change under it, no two batches can deadlock over rows, and the audit chain has one writer at a time: the same
promises that SQLite gives by its nature.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Table, create_engine

from recoup.storage import statements
from recoup.storage.database import Row, driver_connection

_MARK = "%s"


class PostgresDatabase:
    """A PostgreSQL database, or the schema of one that the address's search_path names."""

    def __init__(self, url: str, turn: str | None) -> None:
        """Prepare to connect.

        Args:
          url: Address as SQLAlchemy reads it, driver psycopg.
          turn: What its writers take turns by; None where they need none.
        """
        self.engine = create_engine(url, pool_pre_ping=True)
        self._turn = turn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Hold the turn to write for one transaction."""
        with self.engine.begin() as connection:
            if self._turn:
                connection.exec_driver_sql(
                    "select pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))", (self._turn,)
                )
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Hold one unchanging view: writers go on beside it."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.connect().execution_options(**options) as connection:
            yield connection

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, all of them new."""
        _copy(connection, statements.quoted(table.name), statements.columns(table), rows)

    def insert_new(self, connection: Connection, table: Table, rows: Sequence[Row]) -> list[int]:
        """Add the rows whose primary key is not there, through a staging table."""
        first: dict[Row, int] = {}
        places = statements.key_positions(table)
        for index, row in enumerate(rows):
            first.setdefault(tuple(row[place] for place in places), index)
        keys = ", ".join(statements.quoted(name) for name in statements.key_names(table))
        new = self._merge(
            connection,
            table,
            [rows[index] for index in first.values()],
            f"on conflict ({keys}) do nothing returning {keys}",
        )
        return sorted(first[key] for key in new)

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add or replace rows by primary key, through a staging table."""
        places = statements.key_positions(table)
        last = {tuple(row[place] for place in places): row for row in rows}
        self._merge(connection, table, list(last.values()), statements.on_conflict_replace(table))

    def update(self, connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[Row]) -> int:
        """Give a few columns new values by primary key."""
        width = len(statements.key_names(table))
        turned = [(*row[width:], *row[:width]) for row in rows]
        return _execute_many(connection, statements.update(table, names, _MARK), turned)

    def delete(self, connection: Connection, table: Table, keys: Sequence[Row]) -> int:
        """Delete by primary key."""
        return _execute_many(connection, statements.delete(table, _MARK), keys)

    def by_keys(self, connection: Connection, column: Column[Any], keys: Iterable[str | int]) -> list[Row]:
        """Find by any number of values in one statement."""
        table, name = column.table, statements.quoted(column.name)
        assert isinstance(table, Table)
        text = f"select {statements.columns(table)} from {statements.quoted(table.name)} where {name} = any(%s)"
        with driver_connection(connection).cursor() as cursor:
            rows: list[Row] = cursor.execute(text, (list(keys),)).fetchall()
        return rows

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def _merge(self, connection: Connection, table: Table, rows: Sequence[Row], conflict: str) -> list[Row]:
        """Copy rows to a staging table of this connection, then insert from there; give what is returned."""
        stage, target = statements.quoted(f"stage_{table.name}"), statements.quoted(table.name)
        names = statements.columns(table)
        with driver_connection(connection).cursor() as cursor:
            cursor.execute(f"create temp table if not exists {stage} (like {target}) on commit delete rows")
            _copy(connection, stage, names, rows)
            cursor.execute(f"insert into {target} ({names}) select {names} from {stage} {conflict}")
            returned: list[Row] = cursor.fetchall() if cursor.description else []
            cursor.execute(f"truncate {stage}")
        return returned


def _copy(connection: Connection, target: str, names: str, rows: Iterable[Row]) -> None:
    with (
        driver_connection(connection).cursor() as cursor,
        cursor.copy(f"copy {target} ({names}) from stdin") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _execute_many(connection: Connection, text: str, rows: Sequence[Row]) -> int:
    with driver_connection(connection).cursor() as cursor:
        cursor.executemany(text, rows)
        return int(cursor.rowcount)
