"""What runs one query, as a process that has nothing: `python -I -m recoup.enquiry.sql_child`.

It reads an order from standard input and writes a reply to standard output. Before the query is looked at the process
gives up what it could do harm with: the network, the writing of files, memory and time beyond the limits; then DuckDB
opens the copy read-only and gives up files, extensions and the right to change its settings; then the process gives up
opening anything at all, file or socket. Each of the three would do alone.
"""

import ctypes
import datetime as dt
import math
import resource
import sys
import uuid  # noqa: F401  nothing can be imported later, and DuckDB wants it for values of this type
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import msgspec

CLONE_NEWUSER = 0x1000_0000
CLONE_NEWNET = 0x4000_0000
ADDRESS_SPACE_FACTOR = 4
"""DuckDB reserves more addresses than it uses memory."""
FETCH_ROWS = 1_000
_ZONED = "TIMESTAMP WITH TIME ZONE"
_EPOCH_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def main() -> int:
    """Read the order, run it, write the reply; a limit that is passed ends the process by its return code."""
    order = msgspec.json.decode(sys.stdin.buffer.read())
    give_up_powers(order["seconds"], order["memory_mib"] * ADDRESS_SPACE_FACTOR * 1024 * 1024)
    sys.stdout.buffer.write(msgspec.json.encode(run(order)))
    return 0


def give_up_powers(seconds: int, address_bytes: int) -> None:
    """Leave the network and set limits that cannot be raised again."""
    # Where the kernel grants no namespace of its own, DuckDB's own refusal is all there is between query and network.
    ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET)
    resource.setrlimit(resource.RLIMIT_CPU, (2 * seconds, 2 * seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (address_bytes, address_bytes))


def open_nothing_more() -> None:
    """Have the kernel refuse every further file and socket; what is open stays so: the copy and the three streams."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def run(order: dict[str, Any]) -> dict[str, Any]:
    """Give columns and rows of the query, or why it was refused."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{order['memory_mib']}MiB",
        "threads": "2",
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    connection = duckdb.connect(order["database"], read_only=True, config=settings)
    connection.execute("set timezone = 'UTC'")
    connection.execute("set temp_directory = ''")  # nothing may be written, so nothing is spilled
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    open_nothing_more()
    try:
        statements = connection.extract_statements(order["query"])
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            return {"refused": "a statement that is no SELECT"}
        cursor = connection.execute(_in_utc(connection, statements[0].query))
        columns = [name for name, *_ in cursor.description or ()]
        return {"columns": columns, **_taken(cursor, order["rows"], order["result_bytes"])}
    except (duckdb.OutOfMemoryException, MemoryError):
        return {"refused": f"a query that needs more than {order['memory_mib']} MiB of memory"}
    except duckdb.Error as problem:
        return {"refused": _said(problem)}


def _in_utc(connection: Any, query: str) -> str:
    """Give the query with instants that carry a zone brought to UTC, the one zone in which answers are given."""
    relation = connection.sql(query)
    zoned = [name for name, kind in zip(relation.columns, relation.types, strict=True) if kind == _ZONED]
    if not zoned:
        return query
    shown = (f'cast("{name}" as timestamp) as "{name}"' for name in (n.replace('"', '""') for n in zoned))
    return f"select * replace ({', '.join(shown)}) from ({query.rstrip().rstrip(';')}\n)"


def _taken(cursor: Any, rows_max: int, bytes_max: int) -> dict[str, Any]:
    rows: list[list[Any]] = []
    size = 0
    for row in _rows(cursor):
        shown = [plain(value) for value in row]
        size += len(msgspec.json.encode(shown))
        if len(rows) == rows_max or size > bytes_max:
            return {"rows": rows, "is_cut": True}
        rows.append(shown)
    return {"rows": rows, "is_cut": False}


def _rows(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while batch := cursor.fetchmany(FETCH_ROWS):
        yield from batch


def plain(value: Any) -> Any:
    """Give a value as JSON has it: integers stay so, instants are text in UTC, other numbers keep their digits."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    if isinstance(value, dt.datetime):
        return value.strftime(_EPOCH_FORMAT)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    return value if value is None or isinstance(value, bool | int | str) else _text(value)


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _said(problem: Exception) -> str:
    first, *rest = str(problem).strip().splitlines()
    hint = next((line.strip() for line in rest if line.startswith("Did you mean") or "Candidate" in line), "")
    return f"{first.strip()[:200]} {hint[:160]}".strip().rstrip(".")


if __name__ == "__main__":
    sys.exit(main())
