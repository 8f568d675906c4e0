"""The way out of an engine: rows of a SELECT as one Parquet file whose columns are the lake's, whole or not at all."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from recoup.errors import StorageProblem
from recoup.storage.files import appearing
from recoup.storage.lake import COLUMN_TYPES

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER"}
_FORMAT = "format parquet, compression zstd, compression_level 1"  # as quick as snappy, half its size
_WHOLE = re.compile(r"DECIMAL\(\d+,0\)")


def write_parquet(
    connection: duckdb.DuckDBPyConnection, sql: str, path: Path, parameters: Mapping[str, object] | None = None
) -> None:
    """Write the rows of a SELECT, in its order; whole numbers of other widths become the lake's.

    Raises:
      StorageProblem: A column is of a type that the lake does not hold; nothing is written.
    """
    values = dict(parameters or {})
    sql = sql.strip().rstrip(";")
    described = connection.execute(f"describe {sql}", values).fetchall()
    chosen = selected([(str(name), str(kind)) for name, kind, *_ in described], path.name)
    with appearing(path) as temporary:
        place = str(temporary).replace("'", "''")
        connection.execute(f"copy (select {chosen} from ({sql}\n) as made) to '{place}' ({_FORMAT})", values)


def selected(columns: Sequence[tuple[str, str]], where: str) -> str:
    """Give the select list that turns columns into the lake's types, each under its name.

    Args:
      columns: Names and DuckDB's types, in order.
      where: What is written, for the problem.
    Raises:
      StorageProblem: Naming the first column that has no place in the lake, or whose name comes twice.
    """
    names = [name for name, _ in columns]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled:
        raise StorageProblem(where=f"{where}.{doubled}", found="two columns of this name", wanted="names that differ")
    return ", ".join(
        f'cast("{_safe(name)}" as {_kind(where, name, kind)}) as "{_safe(name)}"' for name, kind in columns
    )


def _kind(where: str, name: str, kind: str) -> str:
    if kind in COLUMN_TYPES:
        return kind
    if kind in _INTEGERS:
        return "BIGINT"
    if _WHOLE.fullmatch(kind):
        return "DECIMAL(38,0)"
    raise StorageProblem(
        where=f"{where}.{name}",
        found=kind,
        wanted=f"one of {', '.join(COLUMN_TYPES)}",
        remedy="Cast it in the statement that makes it.",
    )


def _safe(name: str) -> str:
    return name.replace('"', '""')
