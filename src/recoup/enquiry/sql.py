"""`recoup sql`: one read-only query over the documented data sources, in a process of its own.

SQL is code, so it is not trusted: the query is parsed and must be one SELECT over tables that we name; only the
columns it names are copied into a throw-away database; a child process without environment, network or files opens
that copy for reading and runs the query under limits of memory, time and rows. Nothing of the home is within reach.

Read `../marts/` for what may be asked, `sql_copy.py` for the copy, `sql_child.py` for what runs in the child.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from recoup.enquiry.query import read_query
from recoup.enquiry.sql_copy import fill
from recoup.errors import SqlRefused
from recoup.marts.catalogue import read_catalogue
from recoup.marts.loading import Stores
from recoup.marts.source import Asked
from recoup.storage.register import View

CHILD = "recoup.enquiry.sql_child"
BEYOND = "a query "
"""How a refusal begins where a limit was met, and not the query misread."""
GRACE_SECONDS = 2


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
    tables: tuple[str, ...] = ()
    """Sources and models that it named."""

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
    models: Path | None = None
    """A folder with models of the home's own; None where there are none."""


LIMITS = Limits()
COPY = "copy"
"""Name of the throw-away database."""


def ask(view: View, query: str, home: Home, asked: Asked | int, bounds: Limits = LIMITS) -> Answer:
    """Run one query and give its rows.

    Args:
      view: One unchanging view of the register.
      query: One SELECT in DuckDB's SQL over sources and models.
      home: Where the copy is made, and where the lake is.
      asked: The present, which the query reads as `as_of()`, and, if given, the known-at and the merchant.
      bounds: What the query may use.
    Raises:
      SqlRefused: Not one SELECT, a table that is none of ours, an error in the query, or more time or memory than
        allowed.
      NotKnownThen: A table that keeps only its last word, asked for another time.
      TableUnknown: A table that has no rows of one merchant, asked for a merchant.
    """
    catalogue = read_catalogue(*([home.models] if home.models else []))
    parsed = read_query(query, catalogue)
    told = Asked(asked) if isinstance(asked, int) else asked
    with tempfile.TemporaryDirectory(dir=home.scratch, prefix="sql-") as folder:
        database = Path(folder) / f"{COPY}.duckdb"
        with duckdb.connect(str(database)) as connection:
            connection.execute(f"set memory_limit = '{bounds.memory_mib}MiB'")
            fill(connection, COPY, parsed, catalogue, Stores(view, home.lake), told)
        reply = _run(Order(str(database), parsed.text, **msgspec.structs.asdict(bounds)), folder)
    if reply.refused is not None:
        wanted = "one that runs within its limits" if reply.refused.startswith(BEYOND) else "one that can be answered"
        raise SqlRefused("query", reply.refused, wanted, "List tables and columns: recoup sql --list.")
    if twice := sorted({name for name in reply.columns if reply.columns.count(name) > 1}):
        raise SqlRefused(
            "query", f"two columns named {', '.join(twice)}", "each name once", "Name them apart with `as`."
        )
    return Answer(reply.columns, reply.rows, reply.is_cut, tuple(table.name for table in parsed.tables))


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
