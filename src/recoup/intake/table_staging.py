"""Run a feed's mapping over `source` and keep its rows, in the order of the records, until they are looked at.

Rows of small files go to a temporary table, those of large ones to one Parquet
file, so that memory does not grow with the file. Card numbers leave here, before
any file is written: identifiers get tokens, all other text is masked. The mapped
rows are relation `mapped`: the feed's columns, then `problem`, then `position`.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import msgspec

from recoup.domain.card_numbers import BETWEEN, SHORTEST, WITHIN
from recoup.domain.findings import Finding
from recoup.intake.table_source import Source, literal, mend
from recoup.partners.contract import TABLE_COLUMNS

REFUSED = "recoup: a record is refused"
RUN = f"[0-9](?:{BETWEEN}[0-9]){{{SHORTEST - 1}}}"
"""As many digits as the shortest card number has: what nearly no text holds, and cheap to look for."""

IDENTIFIERS: Mapping[str, tuple[str, ...]] = {
    "money_line": ("identity", "partner_dispute_id", "payment_ref", "batch"),
    "observation": ("partner_dispute_id", "record_id", "payment_ref", "case_ref", "leg_ref"),
    "payment": ("payment", "merchant", "account", "payment_ref"),
    "refund": ("refund", "payment"),
    "merchant": ("merchant",),
    "account_merchant": ("account", "merchant"),
    "allocation": ("allocation", "payment"),
    "house_line": ("house_line", "merchant", "partner_dispute_id", "payment"),
}
"""Columns in which a card number becomes a token, so that joins survive."""
TEXTS: Mapping[str, tuple[str, ...]] = {
    "money_line": ("partner_kind", "reference"),
    "observation": ("partner_status", "network", "reason_code"),
    "merchant": ("name",),
}
"""Columns in which a card number is masked. All other columns hold what a pattern allowed, in accepted rows."""


class Staged(msgspec.Struct):
    """The mapped rows of one file; `file` is set where all are accepted and stand in a Parquet file of their own."""

    source: Source
    file: Path | None = None


class Mapped(msgspec.Struct, frozen=True):
    """What is to be mapped: the table that the rows are of, and the SQL that makes them from `source`."""

    table: str
    sql: str

    def raw(self) -> str:
        """The table's columns as the mapping gives them."""
        return ", ".join(TABLE_COLUMNS[self.table])

    def clean(self) -> str:
        """The table's columns without card numbers, of rows that `looked_at` gives."""
        identifiers, texts = IDENTIFIERS[self.table], TEXTS.get(self.table, ())
        clean = {c: _if_held("scrub_identifier", c) for c in identifiers} | {
            c: _if_held("scrub_text", c) for c in texts
        }
        return ", ".join(clean.get(c, c) for c in TABLE_COLUMNS[self.table])

    def texts(self) -> str:
        """All text that a card number may stand in, as one."""
        return f"concat_ws(chr(31), {', '.join((*IDENTIFIERS[self.table], *TEXTS.get(self.table, ())))}, problem)"

    def looked_at(self, rows: str) -> str:
        """Rows with a last column: whether a card number may stand in them. One look for all columns of a row."""
        return f"select *, regexp_matches({self.texts()}, {literal(WITHIN)}) as holds_number from {rows}"


def _if_held(macro: str, column: str) -> str:
    return f"case when holds_number then {macro}({column}) else {column} end as {column}"


def stage(
    connection: duckdb.DuckDBPyConnection, source: Source, mapped: Mapped, room: Path, is_small: bool
) -> Staged | Finding:
    """Map every record of `source`; a file that the engine refuses is laid out anew and mapped again.

    Args:
      is_small: Whether its rows are kept in memory; else they go through Parquet.
    Returns:
      The staged rows, as relation `mapped`; or why the file is held.
    """
    try:
        return _stage(connection, source, mapped, room, is_small)
    except duckdb.Error:
        if source.shape is None or source.is_mended:
            raise
    mended = mend(source, room)
    return mended if isinstance(mended, Finding) else _stage(connection, mended, mapped, room, is_small)


def _stage(connection: duckdb.DuckDBPyConnection, source: Source, mapped: Mapped, room: Path, is_small: bool) -> Staged:
    connection.execute(f"create or replace temp view source as {source.sql()}")
    if is_small:
        return _stage_small(connection, source, mapped)
    return _stage_large(connection, source, mapped, room)


def _stage_small(connection: duckdb.DuckDBPyConnection, source: Source, mapped: Mapped) -> Staged:
    connection.execute(
        f"create or replace temp table staged as select {mapped.raw()}, problem, row_number() over () as position"
        f" from ({mapped.sql})"
    )
    # Two looks at all text first: the macros that clean are long, and nearly no file of this size needs them.
    if all(_holds(connection, mapped, pattern) for pattern in (RUN, WITHIN)):
        clean = f"{mapped.clean()}, {_if_held('scrub_text', 'problem')}, position"
        rows = f"select {clean} from ({mapped.looked_at('staged')}) order by position"
        connection.execute(f"create or replace temp table staged as {rows}")
    connection.execute("create or replace temp view mapped as select * from staged")
    return Staged(source)


def _holds(connection: duckdb.DuckDBPyConnection, mapped: Mapped, pattern: str) -> bool:
    looked = f"select coalesce(bool_or(regexp_matches({mapped.texts()}, $pattern)), false) from staged"
    return bool(connection.execute(looked, {"pattern": pattern}).fetchall()[0][0])


def _stage_large(connection: duckdb.DuckDBPyConnection, source: Source, mapped: Mapped, room: Path) -> Staged:
    if mapped.table == "money_line" and not source.broken and (file := _stage_clean(connection, mapped, room)):
        _view(connection, f"{mapped.raw()}, cast(null as varchar) as problem", file)
        return Staged(source, file)
    file = room / f"{mapped.table}.parquet"
    source_rows = mapped.looked_at(f"({mapped.sql})")
    rows = f"select {mapped.clean()}, {_if_held('scrub_text', 'problem')} from ({source_rows})"
    connection.execute(f"copy ({rows}) to {literal(str(file))} (format parquet)")
    _view(connection, f"{mapped.raw()}, problem", file)
    return Staged(source)


def _stage_clean(connection: duckdb.DuckDBPyConnection, mapped: Mapped, room: Path) -> Path | None:
    """Write the file as it shall stand in the lake, in one pass; None when a record is refused on the way."""
    file = room / "accepted.parquet"
    accepted = f"case when problem is null then true else error({literal(REFUSED)}) end"
    source_rows = mapped.looked_at(f"({mapped.sql})")
    rows = f"select {mapped.clean()} from ({source_rows}) where {accepted}"
    try:
        connection.execute(f"copy ({rows}) to {literal(str(file))} (format parquet)")
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
