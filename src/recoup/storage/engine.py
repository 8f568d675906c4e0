"""The engine: SQL over the lake and over rows of the register, by DuckDB in this process.

No database file, so no lock: tables live in memory and spill into a directory of the home. Nothing is fetched from
anywhere. `Engine` is what a matching rule or a mart asks for; `spark.py` answers it too, and `engines.py` chooses.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import duckdb

from recoup.errors import StorageProblem
from recoup.storage.attended import attended
from recoup.storage.card_macros import card_macros
from recoup.storage.lake import COLUMN_TYPES, arrow_table
from recoup.storage.outlet import write_parquet
from recoup.storage.run_room import RunRoom
from recoup.storage.statement_failure import failure
from recoup.storage.steps import Step, quoted

MEMORY = "1GiB"
THREADS = 2
_BATCH = 50_000

Value = str | int | bool | None
Row = tuple[Any, ...]


def connect(
    temporary: Path,
    token_key: str | None = None,
    memory: str = MEMORY,
    threads: int | None = THREADS,
    is_ordered: bool = True,
) -> duckdb.DuckDBPyConnection:
    """Open DuckDB as we use it: in memory, within limits, without a network.

    Args:
      temporary: A directory of the home for what does not fit into memory.
      token_key: `HomeKey.token_key` to have the macros that clean text of card numbers; keep such a connection away
        from queries that people write.
      memory: How much is taken before rows spill into the directory.
      threads: How many at once; None is one for each core.
      is_ordered: Whether rows without an ORDER BY come in the order of their records, which takes time and memory.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        **({} if threads is None else {"threads": threads}),
        "temp_directory": str(temporary),
        "preserve_insertion_order": is_ordered,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=settings)
    connection.execute("set TimeZone = 'UTC'")  # a partner's zone is a parameter, never the machine's
    connection.execute("set enable_progress_bar = true")  # counted, so that it can be asked for,
    connection.execute("set enable_progress_bar_print = false")  # not printed
    if token_key is not None:
        connection.execute(card_macros(token_key))
    return connection


class Engine(Protocol):
    """What runs steps. Names are ours; values go in as parameters only."""

    def attach_rows(self, name: str, columns: Mapping[str, str], rows: Iterable[Row]) -> None:
        """Make rows of the register a table; types are the lake's, a DATE may be an ISO text."""
        ...

    def attach_files(self, name: str, columns: Mapping[str, str], paths: Sequence[Path]) -> None:
        """Make files of the lake a view with these columns; no files are an empty one."""
        ...

    def run(
        self,
        step: Step,
        parameters: Mapping[str, Value] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Make what a step makes; `progress` hears percents, now and then, if the engine knows them.

        A copy is there whole or not at all, its columns are the lake's, and its rows stand in the order of the
        outermost ORDER BY.

        Raises:
          StatementFailed: The engine could not; nothing is made.
          KeyboardInterrupt: Somebody pressed Ctrl-C; the statement is stopped.
        """
        ...

    def rows(self, sql: str, parameters: Mapping[str, Value] | None = None) -> list[Row]:
        """Give all rows of one SELECT.

        Raises:
          StatementFailed: The engine could not.
        """
        ...

    def close(self) -> None:
        """Forget everything."""
        ...


class DuckEngine:
    """DuckDB as an engine."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, room: RunRoom | None = None) -> None:
        """Take over a connection of `connect`, and the room that it spills into."""
        self._connection = connection
        self._room = room
        self._kinds: dict[str, str] = {}

    def attach_rows(self, name: str, columns: Mapping[str, str], rows: Iterable[Row]) -> None:
        """Make rows a table, some thousands at a time through Arrow."""
        check_columns(name, columns)
        declared = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        self._make_way(name, "table")
        self._connection.execute(f"create or replace temp table {quoted(name)} ({declared})")
        remaining = iter(rows)
        while part := list(islice(remaining, _BATCH)):
            self._connection.register("incoming_rows", arrow_table(columns, part))
            self._connection.execute(f"insert into {quoted(name)} select * from incoming_rows")
            self._connection.unregister("incoming_rows")

    def attach_files(self, name: str, columns: Mapping[str, str], paths: Sequence[Path]) -> None:
        """Make files a view. Their paths are ours, and are quoted all the same, as a view takes no parameters."""
        check_columns(name, columns)
        if not paths:
            self.attach_rows(name, columns, [])
            return
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        chosen = ", ".join(quoted(column) for column in columns)
        source = f"read_parquet([{listed}], hive_partitioning = false)"
        self._make_way(name, "view")
        self._connection.execute(f"create or replace temp view {quoted(name)} as select {chosen} from {source}")

    def run(
        self,
        step: Step,
        parameters: Mapping[str, Value] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Make what a step makes."""
        with _told(f"step {step.name}"):
            attended(
                lambda: self._make(step, dict(parameters or {})),
                self._connection.interrupt,
                None if progress is None else lambda: self._tell(progress),
            )

    def rows(self, sql: str, parameters: Mapping[str, Value] | None = None) -> list[Row]:
        """Give all rows of one SELECT."""
        with _told("query"):
            return attended(
                lambda: self._connection.execute(sql, dict(parameters or {})).fetchall(), self._connection.interrupt
            )

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()
        if self._room is not None:
            self._room.close()

    def _make(self, step: Step, parameters: dict[str, Value]) -> None:
        if step.path is not None:
            write_parquet(self._connection, step.sql, step.path, parameters)
            return
        self._make_way(step.name, step.kind)
        statement = f"create or replace temp {step.kind} {quoted(step.name)} as {step.sql}"
        self._connection.execute(statement, parameters)

    def _make_way(self, name: str, kind: str) -> None:
        """Drop what has the name and is of the other kind: a view does not replace a table, nor a table a view."""
        if self._kinds.get(name, kind) != kind:
            self._connection.execute(f"drop {self._kinds[name]} {quoted(name)}")
        self._kinds[name] = kind

    def _tell(self, progress: Callable[[int], None]) -> None:
        percent = int(self._connection.query_progress())
        if percent >= 0:  # below it: not known yet
            progress(percent)


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Say DuckDB's problems as ours."""
    try:
        yield
    except duckdb.Error as problem:
        raise failure(where, str(problem), out_of_room=isinstance(problem, duckdb.OutOfMemoryException)) from problem


def check_columns(name: str, columns: Mapping[str, str]) -> None:
    """Refuse columns that the lake does not hold.

    Raises:
      StorageProblem: Naming the first such column.
    """
    for column, kind in columns.items():
        if kind not in COLUMN_TYPES:
            raise StorageProblem(where=f"{name}.{column}", found=kind, wanted=f"one of {', '.join(COLUMN_TYPES)}")
