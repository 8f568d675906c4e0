"""Run a feed's mapping over `source` and keep its rows, in the order of the records, until they are looked at.

Rows of small files go to a temporary table, those of large ones to one Parquet
file, so that memory does not grow with the file. The mapped rows are relation
`mapped`: the columns of the feed's table, then `problem`, then `position`.
"""

from pathlib import Path

import duckdb
import msgspec

from recoup.domain.findings import Finding
from recoup.intake.table_source import Source, literal, mend
from recoup.partners.contract import TABLE_COLUMNS

IN_MEMORY_BYTES = 8 << 20
"""Files up to this size are mapped in memory; larger ones through Parquet."""
REFUSED = "recoup: a record is refused"
# The mapping joins small tables to the file. Left as they are written, the file streams through and keeps its order;
# the optimiser would else turn the smaller side, which may be the file, into the hash table, and lose it.
KEEP_ORDER = "set disabled_optimizers = 'join_order,build_side_probe_side'"
FREE_ORDER = "reset disabled_optimizers"


class Staged(msgspec.Struct):
    """The mapped rows of one file; `file` is set where all are accepted and stand in a Parquet file of their own."""

    source: Source
    file: Path | None = None


def stage(
    connection: duckdb.DuckDBPyConnection, source: Source, table: str, mapping: str, room: Path, size: int
) -> Staged | Finding:
    """Map every record of `source`; a file that the engine refuses is laid out anew and mapped again.

    Returns:
      The staged rows, as relation `mapped`; or why the file is held.
    """
    connection.execute(KEEP_ORDER)
    try:
        return _stage(connection, source, table, mapping, room, size)
    except duckdb.Error:
        if source.shape is None or source.broken:
            raise
    finally:
        connection.execute(FREE_ORDER)
    mended = mend(source, room)
    if isinstance(mended, Finding):
        return mended
    return stage(connection, mended, table, mapping, room, size)


def _stage(
    connection: duckdb.DuckDBPyConnection, source: Source, table: str, mapping: str, room: Path, size: int
) -> Staged:
    connection.execute(f"create or replace temp view source as {source.sql()}")
    columns = ", ".join(TABLE_COLUMNS[table])
    if size <= IN_MEMORY_BYTES:
        rows = f"select {columns}, problem, row_number() over () as position from ({mapping})"
        connection.execute("drop view if exists mapped")
        connection.execute(f"create or replace temp table staged_{table} as {rows}")
        connection.execute(f"create or replace temp view mapped as select * from staged_{table}")
        return Staged(source)
    if table == "money_line" and not source.broken and (file := _stage_clean(connection, columns, mapping, room)):
        _view(connection, f"{columns}, cast(null as varchar) as problem", file)
        return Staged(source, file)
    file = room / f"{table}.parquet"
    connection.execute(f"copy (select {columns}, problem from ({mapping})) to {literal(str(file))} (format parquet)")
    _view(connection, f"{columns}, problem", file)
    return Staged(source)


def _stage_clean(connection: duckdb.DuckDBPyConnection, columns: str, mapping: str, room: Path) -> Path | None:
    """Write the file as it shall stand in the lake, in one pass; None when a record is refused on the way."""
    file = room / "accepted.parquet"
    accepted = f"case when problem is null then true else error({literal(REFUSED)}) end"
    try:
        connection.execute(
            f"copy (select {columns} from ({mapping}) where {accepted}) to {literal(str(file))} (format parquet)"
        )
    except duckdb.Error as problem:
        if REFUSED not in str(problem):
            raise
        return None
    return file


def _view(connection: duckdb.DuckDBPyConnection, columns: str, file: Path) -> None:
    connection.execute(
        f"create or replace temp view mapped as select {columns}, file_row_number + 1 as position"
        f" from read_parquet({literal(str(file))}, file_row_number = true)"
    )
