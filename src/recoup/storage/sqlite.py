"""SQLite as a database of ours: one file, a log beside it, durable at each commit, writers by turns."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Table, create_engine, event

from recoup.storage import statements
from recoup.storage.database import Row, driver_connection
from recoup.storage.turns import Turns

BUSY_MS = 30_000
PAGE_BYTES = 8192  # keys are scattered, so a batch touches pages all over; larger ones are fewer, smaller ones less
CHECKPOINT_BYTES = 256 * 1024 * 1024  # seldom, since a page changed by many batches is then folded in once
_MARK = "?"
DURABLE = "full"  # a commit is on disk before anyone hears of it
SCRATCH = "off"  # for a file that is thrown away: its bytes reach the disk when they do
_PRAGMAS = (
    f"pragma busy_timeout = {BUSY_MS}",
    f"pragma page_size = {PAGE_BYTES}",  # counts for a file yet to be made
    "pragma foreign_keys = on",
    "pragma wal_autocheckpoint = 0",  # only inside a turn, below
    "pragma secure_delete = on",  # an erased key is overwritten, not just forgotten
    "pragma cache_size = -65536",
    "pragma temp_store = memory",
)


class SqliteDatabase:
    """A SQLite file."""

    def __init__(
        self,
        path: Path,
        lock_path: Path | None = None,
        checkpoint_bytes: int = CHECKPOINT_BYTES,
        synchronous: str = DURABLE,
    ) -> None:
        """Open or make the file.

        Args:
          path: The file; its directory exists.
          lock_path: What writers in all processes lock; by default beside the file.
          checkpoint_bytes: How long the log may grow before it is folded into the file, which one writer waits for.
          synchronous: `DURABLE`, or `SCRATCH` for a file that is thrown away.
        """
        self.path = path
        # A log that starts over is cut to half of that, so that its size tells whether it is due again.
        kept = f"pragma journal_size_limit = {checkpoint_bytes // 2}"
        self.engine = _engine(path, (*_PRAGMAS, f"pragma synchronous = {synchronous}", kept))
        self._turns = Turns(lock_path or path.with_name(path.name + ".lock"))
        self._checkpoint_bytes = checkpoint_bytes
        with self._turns.take(), self.engine.connect() as connection:
            connection.exec_driver_sql("pragma journal_mode = wal")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Hold the turn to write for one transaction."""
        with self._turns.take(), self.engine.connect() as connection:
            connection.exec_driver_sql("begin immediate")
            yield connection
            connection.commit()
            if self._log_bytes() > self._checkpoint_bytes:
                connection.exec_driver_sql("pragma wal_checkpoint(passive)")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Hold one unchanging view: writers go on beside it."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("begin")
            yield connection

    def checkpoint(self) -> None:
        """Fold the whole log into the file and empty it, as before a backup or after an erasure."""
        with self._turns.take(), self.engine.connect() as connection:
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")

    def insert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, all of them new."""
        driver_connection(connection).executemany(statements.insert(table, _MARK), rows)

    def insert_new(self, connection: Connection, table: Table, rows: Sequence[Row]) -> list[int]:
        """Add the rows whose primary key is not there: all at once, as when all are new; else one by one.

        SQLite tells which row was new for the last one only, and for all of them just how many were.
        """
        cursor = driver_connection(connection).cursor()
        statement = statements.insert_new(table, _MARK)
        cursor.execute("savepoint all_new")
        added = cursor.executemany(statement, rows).rowcount
        if added < len(rows):
            cursor.execute("rollback to all_new")
        cursor.execute("release all_new")
        if added == len(rows):
            return list(range(added))
        return [index for index, row in enumerate(rows) if cursor.execute(statement, row).rowcount]

    def upsert(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add or replace rows by primary key."""
        driver_connection(connection).executemany(statements.upsert(table, _MARK), rows)

    def update(self, connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[Row]) -> int:
        """Give a few columns new values by primary key."""
        width = len(statements.key_names(table))
        turned = [(*row[width:], *row[:width]) for row in rows]
        cursor = driver_connection(connection).executemany(statements.update(table, names, _MARK), turned)
        return int(cursor.rowcount)

    def delete(self, connection: Connection, table: Table, keys: Sequence[Row]) -> int:
        """Delete by primary key."""
        return int(driver_connection(connection).executemany(statements.delete(table, _MARK), keys).rowcount)

    def by_keys(self, connection: Connection, column: Column[Any], keys: Iterable[str | int]) -> list[Row]:
        """Find by any number of values in one statement, whose text never changes."""
        table, name = column.table, statements.quoted(column.name)
        assert isinstance(table, Table)
        text = (
            f"select {statements.columns(table)} from {statements.quoted(table.name)} "
            f"where {name} in (select value from json_each(?))"
        )
        rows: list[Row] = driver_connection(connection).execute(text, (json.dumps(list(keys)),)).fetchall()
        return rows

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def _log_bytes(self) -> int:
        log = self.path.with_name(self.path.name + "-wal")
        return log.stat().st_size if log.exists() else 0


def _engine(path: Path, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        # The driver begins nothing by itself: every transaction is begun by the two methods above.
        connect_args={"isolation_level": None, "timeout": BUSY_MS / 1000, "cached_statements": 256},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(pragma)

    return engine
