"""The register: every row Recoup knows, in SQLite or PostgreSQL, written in batches that leave one audit row each.

It never decides what a row means. `with register.transaction(…) as batch` is one turn, one database transaction
and one link of the audit chain; `with register.reading() as view` is one unchanging view.
Read `schema.py` for the tables, `database.py` for what both databases do, `chain.py` for the links.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Cast, Column, Connection, Select, Table, cast, func, select
from sqlalchemy.engine import make_url

from recoup.errors import StorageProblem
from recoup.storage.chain import Head, Link, linked
from recoup.storage.database import Database, Row
from recoup.storage.kept_head import keep_head
from recoup.storage.postgres import PostgresDatabase
from recoup.storage.schema import audit
from recoup.storage.sqlite import SCRATCH, SqliteDatabase
from recoup.storage.types import NUL, Whole, storable

BATCH_ROWS = 5_000
NOTED = frozenset({"lease", "heartbeat", "clock_jump", "notice_sending", "sweep_round", "call_tally"})
"""Tables without facts, written to every few seconds: an audit of them would bury what it is for."""
_NUL = msgspec.json.encode(NUL)[1:-1]
"""How U+0000 looks in the JSON of rows."""


def total(column: Column[Any]) -> Cast[int]:
    """Sum whole numbers into a whole number; PostgreSQL would otherwise answer with a decimal."""
    return cast(func.sum(column), Whole)


class View:
    """One unchanging view of the register; inside a batch, with the batch's own changes."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection

    def rows(self, statement: Select[Any]) -> list[Row]:
        """Give all rows of a select as plain tuples."""
        return [tuple(row) for row in self._connection.execute(statement)]

    def batches(self, statement: Select[Any], size: int = BATCH_ROWS) -> Iterator[list[Row]]:
        """Give the rows of a select in lists of at most `size`, without holding all of them in memory.

        Inside a batch, do not write to a table while reading it this way: SQLite may show some of the new rows.
        """
        with self._connection.execution_options(stream_results=True).execute(statement) as result:
            for part in result.partitions(size):
                yield [tuple(row) for row in part]

    def by_keys(self, table: Table, column: str, keys: Iterable[str | int]) -> list[Row]:
        """Give the full rows of a table whose column has one of the values, in no order.

        Any number of keys is one statement. The column should begin an index.
        """
        wanted = [storable(key) if isinstance(key, str) else key for key in keys]
        return self._database.by_keys(self._connection, table.c[column], wanted)


class Batch(View):
    """One write batch. What it did is counted and hashed as it goes, for its audit row.

    Whatever a partner's text holds, a row that goes in here is one that both databases take: U+0000 becomes U+FFFD.
    """

    def __init__(self, database: Database, connection: Connection) -> None:
        super().__init__(database, connection)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._changes = hashlib.sha256()
        self._told: dict[str, str | int | bool | None] = {}

    @property
    def connection(self) -> Connection:
        """The connection behind it, for what changes the tables themselves; what is done by it is in no audit row."""
        return self._connection

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, all of them new; full width, in the order of the columns."""
        if rows:
            rows, encoded = _storable(rows)
            self._database.insert(self._connection, table, rows)
            self._note(table, "insert", encoded, len(rows))

    def insert_new(self, table: Table, rows: Sequence[Row]) -> list[int]:
        """Add the rows whose primary key is not there; say which, as ascending indexes into `rows`.

        Of several rows with one key the first counts. A clash on another unique key is an error.
        """
        if not rows:
            return []
        rows, encoded = _storable(rows)
        new = self._database.insert_new(self._connection, table, rows)
        if new:
            is_all = len(new) == len(rows)
            self._note(table, "insert", encoded if is_all else _encoded([rows[index] for index in new]), len(new))
        return new

    def upsert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows, or replace all columns of those whose primary key is there; of several the last counts."""
        if rows:
            rows, encoded = _storable(rows)
            self._database.upsert(self._connection, table, rows)
            self._note(table, "upsert", encoded, len(rows))

    def update(self, table: Table, names: Sequence[str], rows: Sequence[Row]) -> int:
        """Give the named columns new values; a row is the primary key, then the values, in the order named.

        Returns:
          How many rows were there to change.
        """
        if not rows:
            return 0
        rows, encoded = _storable(rows)
        count = self._database.update(self._connection, table, tuple(names), rows)
        if count:
            self._note(table, f"update {' '.join(names)}", encoded, count)
        return count

    def delete(self, table: Table, keys: Sequence[Row]) -> int:
        """Delete rows by primary key, each a tuple; say how many were there."""
        if not keys:
            return 0
        keys, encoded = _storable(keys)
        count = self._database.delete(self._connection, table, keys)
        if count:
            self._note(table, "delete", encoded, count)
        return count

    @property
    def tables(self) -> set[str]:
        """The names of the tables that it wrote to."""
        return {table for table, _ in self._counts}

    def audit_body(self) -> str | None:
        """Say what changed as canonical JSON: counts per table and verb, and one hash; None when nothing did."""
        if not self._counts and not self._told:
            return None
        counts: dict[str, dict[str, int]] = {}
        for (table, verb), count in sorted(self._counts.items()):
            counts.setdefault(table, {})[verb] = count
        body = {"changed": self._changes.hexdigest(), "tables": counts, **self._told}
        return msgspec.json.encode(body).decode()

    def tell(self, told: Mapping[str, str | int | bool | None]) -> None:
        """Have the audit row say more than what changed, or say it where nothing did, as of a query that was asked.

        Args:
          told: Counts, hashes and ids; neither data nor free text.
        """
        self._told.update(told)

    def _note(self, table: Table, verb: str, encoded: bytes, count: int) -> None:
        name = str(table.name)  # SQLAlchemy's own kind of text, which does not encode
        self._counts[name, verb] += count
        self._changes.update(msgspec.json.encode((name, verb, msgspec.Raw(encoded))))


class Register:
    """The register of one home."""

    def __init__(self, database: Database, head_path: Path | None = None) -> None:
        """A register on a database.

        Args:
          database: Where its rows are.
          head_path: The file outside of it that names the last link of its audit; None for one that is thrown away.
        """
        self.database = database
        self._head_path = head_path
        self._fence: Callable[[View], None] | None = None

    def stand_behind(self, fence: Callable[[View], None]) -> None:
        """Ask before each batch of this register, inside its transaction, whether it may still write.

        Args:
          fence: Raises where it may not; nothing of the batch is then written.
        """
        self._fence = fence

    @contextmanager
    def transaction(self, actor: str, verb: str, subject: str, now: int) -> Iterator[Batch]:
        """Open one write batch: one turn, one transaction, one audit row; nothing of it stays on an exception.

        Args:
          actor: Who does it: a person, or a part of Recoup.
          verb: What is done, one word: land, read, book, check.
          subject: To what: a delivery, a feed, a plan. Neither data nor free text.
          now: Microseconds UTC, for the audit row.
        Raises:
          StorageProblem: This thread has a batch open already.
        """
        link = None
        with self._writing() as (connection, batch):
            yield batch
            body = batch.audit_body()
            if body is not None:
                link = linked(_head(connection), now, storable(actor), verb, storable(subject), body)
                self.database.insert(connection, audit, [link])
        if link is not None and self._head_path is not None:
            keep_head(self._head_path, Head(link.sequence, link.hash))

    @contextmanager
    def noting(self) -> Iterator[Batch]:
        """Open one write batch that leaves no audit row: how the worker itself fares, which it says all the time.

        Raises:
          StorageProblem: Another table than those of `NOTED` was written to; or this thread has a batch open already.
        """
        with self._writing() as (_, batch):
            yield batch
            others = batch.tables - NOTED
            if others:
                wanted = f"one of {', '.join(sorted(NOTED))}"
                raise StorageProblem("register", f"a note in {', '.join(sorted(others))}", wanted)

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, Batch]]:
        with self.database.writing() as connection:
            batch = Batch(self.database, connection)
            if self._fence is not None:
                self._fence(batch)
            yield connection, batch

    @contextmanager
    def reading(self) -> Iterator[View]:
        """Open one unchanging view; batches go on beside it and are not seen."""
        with self.database.reading() as connection:
            yield View(self.database, connection)

    def close(self) -> None:
        """Let go of every connection."""
        self.database.close()


def open_scratch_register(path: Path) -> Register:
    """Open a register in a file that is thrown away afterwards, as for a replay: quick, and lost with the power."""
    return Register(SqliteDatabase(path, synchronous=SCRATCH))


def open_register(url: str, home_lock_path: Path | None = None, *, head_path: Path | None = None) -> Register:
    """Open the register at an address; the file of SQLite is made when missing, tables are `migrate`'s.

    Args:
      url: `sqlite:///<file>` or `postgresql+psycopg://…`.
      home_lock_path: What SQLite's writers in all processes lock; by default beside the file.
      head_path: The file that names the last link of its audit after each commit; by default none does.
    Raises:
      StorageProblem: Another driver, or SQLite without a file.
    """
    address = make_url(url)
    if address.drivername == "postgresql+psycopg":
        return Register(PostgresDatabase(url, turn="recoup register"), head_path)
    if address.drivername == "sqlite" and address.database not in (None, "", ":memory:"):
        return Register(SqliteDatabase(Path(str(address.database)), home_lock_path), head_path)
    raise StorageProblem(
        where="register address",
        found=address.drivername,
        wanted="sqlite:///<file> or postgresql+psycopg://…",
    )


def _storable(rows: Sequence[Row]) -> tuple[Sequence[Row], bytes]:
    """Give rows as both databases hold them, and their JSON; nearly always they are so already."""
    encoded = _encoded(rows)
    if _NUL not in encoded:
        return rows, encoded
    clean = [tuple(storable(value) if isinstance(value, str) else value for value in row) for row in rows]
    return clean, _encoded(clean)


def _encoded(rows: Sequence[Row]) -> bytes:
    return msgspec.json.encode(rows)


def _head(connection: Connection) -> Link | None:
    newest = select(audit).order_by(audit.c.sequence.desc()).limit(1)
    row = connection.execute(newest).first()
    return Link(*row) if row else None
