"""`recoup sql`: one read-only query over the documented data sources, in a process of its own.

SQL is code, so it is not trusted: the query is parsed and must be one SELECT over sources that we name; only the
columns it names are copied into a throw-away database; a child process without environment, network or files opens
that copy for reading and runs the query under limits of memory, time and rows. Nothing of the home is within reach.

Read `sources.py` for what may be asked, `sql_child.py` for what runs in the child.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
from sqlalchemy import select

from recoup.domain.money_line import BOOKED_ONE_BY_ONE
from recoup.enquiry.query import Parsed, read_query
from recoup.errors import SqlRefused
from recoup.marts.sources import MONEY_LINES, Column, Source, SqlType
from recoup.storage.register import View
from recoup.storage.schema import delivery

_OF_DELIVERY = ("delivery", "partner", "account", "feed", "landed_at")
_LARGE = select(*(delivery.c[name] for name in (*_OF_DELIVERY, "lake_file"))).where(
    delivery.c.lake_file.is_not(None), delivery.c.status == "read"
)
"""Deliveries with a file of their own in the lake."""
CHILD = "recoup.enquiry.sql_child"
GRACE_SECONDS = 2
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


class Limits(msgspec.Struct, frozen=True):
    """What one query may use."""

    rows: int = 10_000
    result_bytes: int = 8 * 1024 * 1024
    seconds: int = 30
    memory_mib: int = 1024


class Answer(msgspec.Struct, frozen=True):
    """Rows of a query; `is_cut` where a limit left some out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    is_cut: bool

    def objects(self) -> list[dict[str, Any]]:
        """Give each row as a dict."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Order(msgspec.Struct, frozen=True):
    """What the child is told, as JSON on its standard input."""

    database: str
    query: str
    rows: int
    result_bytes: int
    seconds: int
    memory_mib: int


class Reply(msgspec.Struct, frozen=True):
    """What the child answers, as JSON on its standard output."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    is_cut: bool = False
    refused: str | None = None


class Home(msgspec.Struct, frozen=True):
    """Where a home's files lie."""

    scratch: Path
    """A directory for the throw-away copy."""
    lake: Path | None = None
    """The lake, with the money lines of large deliveries; None where there is none."""


LIMITS = Limits()


def ask(view: View, query: str, home: Home, now: int, bounds: Limits = LIMITS) -> Answer:
    """Run one query and give its rows.

    Args:
      view: One unchanging view of the register.
      query: One SELECT in DuckDB's SQL over `sources.sources()`.
      home: Where the copy is made, and where the lake is.
      now: The present, which the query reads as `as_of()`.
      bounds: What the query may use.
    Raises:
      SqlRefused: Not one SELECT, a table that is no source, an error in the query, or more time or memory than allowed.
    """
    parsed = read_query(query)
    with tempfile.TemporaryDirectory(dir=home.scratch, prefix="sql-") as folder:
        database = Path(folder) / "copy.duckdb"
        with duckdb.connect(str(database)) as connection:
            connection.execute(f"set memory_limit = '{bounds.memory_mib}MiB'")
            connection.execute(f"create macro as_of() as make_timestamp({now:d})")
            for source in parsed.sources:
                _copy(connection, view, source, parsed, home.lake)
        reply = _run(Order(str(database), parsed.text, **msgspec.structs.asdict(bounds)), folder)
    if reply.refused is not None:
        raise SqlRefused(
            "query", reply.refused, "one that runs within its limits", "List tables and columns: recoup sql --list."
        )
    if twice := sorted({name for name in reply.columns if reply.columns.count(name) > 1}):
        raise SqlRefused(
            "query", f"two columns named {', '.join(twice)}", "each name once", "Name them apart with `as`."
        )
    return Answer(reply.columns, reply.rows, reply.is_cut)


def _copy(connection: Any, view: View, source: Source, parsed: Parsed, lake: Path | None) -> None:
    """Copy one source, as far as the query names its columns; a query may count rows and name none."""
    named = [column for column in source.columns if parsed.is_all or column.name in parsed.columns]
    columns = named or list(source.columns[:1])
    _fill(connection, view, source, columns)
    if source.name == MONEY_LINES and lake is not None:
        for row in view.rows(_LARGE):
            _fill_from_lake(connection, columns, lake / row[-1], dict(zip(_OF_DELIVERY, row, strict=False)))
    if source.also != source.name:
        connection.execute(f'create view "{source.also}" as select * from "{source.name}"')


def _fill(connection: Any, view: View, source: Source, columns: Sequence[Column]) -> None:
    """Copy the named columns of a source from the register, a batch at a time."""
    at = [source.columns.index(column) for column in columns]
    wanted = source.statement.with_only_columns(*(list(source.statement.selected_columns)[i] for i in at))
    declared = ", ".join(f'"{c.name}" {c.type}' for c in columns)
    connection.execute(f'create table "{source.name}" ({declared})')
    for rows in view.batches(wanted):
        _append(connection, source.name, columns, rows)


def _append(connection: Any, name: str, columns: Sequence[Column], rows: Iterable[tuple[Any, ...]]) -> None:
    values = zip(*rows, strict=True)
    arrays = [pa.array(column, _ARROW[c.type]) for c, column in zip(columns, values, strict=True)]
    batch = pa.Table.from_arrays(arrays, names=[c.name for c in columns])
    connection.register("incoming", batch)
    connection.execute(f'insert into "{name}" select {_readings(columns)} from incoming')
    connection.unregister("incoming")


def _fill_from_lake(connection: Any, columns: Sequence[Column], file: Path, told: dict[str, Any]) -> None:
    """Copy the lines of one large delivery that are not in the register: those about no dispute, booked in total."""
    relation = connection.sql(
        "select * from read_parquet($file, file_row_number = true, hive_partitioning = false)",
        params={"file": str(file)},
    )
    has_position = "position" in relation.columns
    own = {
        **{name: f"${name}" for name in _OF_DELIVERY},
        "position": "position" if has_position else "file_row_number + 1",
        "id": "null",
        "money_line": "null",
        "dispute": "null",
    }
    shown = ", ".join(f'{own.get(c.name, c.name)} as "{c.name}"' for c in columns)
    used = {name: value for name, value in told.items() if any(c.name == name for c in columns)}
    connection.execute(
        f'insert into "{MONEY_LINES}" select {_readings(columns)} from (select {shown}'
        " from read_parquet($file, file_row_number = true, hive_partitioning = false)"
        " where partner_dispute_id is null and not list_contains($kinds, kind))",
        {"file": str(file), "kinds": sorted(BOOKED_ONE_BY_ONE), **used},
    )


def _readings(columns: Sequence[Column]) -> str:
    return ", ".join(_reading(column.type).format(f'"{column.name}"') for column in columns)


def _reading(kind: SqlType) -> str:
    return _READ[kind]


def _run(order: Order, folder: str) -> Reply:
    """Run the child and wait no longer than the query may take."""
    command = [sys.executable, "-I", "-m", CHILD]
    try:
        done = subprocess.run(
            command,
            input=msgspec.json.encode(order),
            capture_output=True,
            cwd=folder,
            env={},
            timeout=order.seconds + GRACE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Reply(refused=f"a query without an answer within {order.seconds} seconds")
    if done.returncode != 0:
        return Reply(
            refused=f"a query that needs more than {order.memory_mib} MiB of memory or {order.seconds} seconds"
        )
    return msgspec.json.decode(done.stdout, type=Reply)
