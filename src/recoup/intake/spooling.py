"""Keeps what a file says until its totals are known: little in memory, more on disk, so that memory does not grow.

Lines of a file with many of them go to one Parquet file in the order of the records, and only those that are booked
one by one, or are about a dispute, stand beside it; the rest will be booked in total. Of a smaller file all lines
stand. Whatever else it says stands either way. Read `files.py` for who asks, `parts.py` for what comes out.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow.parquet as pq

from recoup.domain.findings import Finding
from recoup.domain.money_line import BOOKED_ONE_BY_ONE, MoneyLine
from recoup.intake.parts import Part, Parts, Row
from recoup.intake.rows import money_line_row
from recoup.intake.table_reader import OWN_LAKE_FILE_LINES, settlement_totals
from recoup.intake.table_source import literal
from recoup.partners.contract import MONEY_LINE_COLUMNS, Arrived, Placed, Reading
from recoup.storage import schema
from recoup.storage.lake import arrow_table
from recoup.storage.types import Whole

Observe = Callable[[Placed], Row]
"""What a record says, to its row."""
FINDINGS_SHOWN = 1_000
"""Of a file that is held: who looks at it reads no more."""
ENGINE_MEMORY = "128MiB"
_GROUP_LINES = 10_000
_NAMES = (*MONEY_LINE_COLUMNS, "position")
_COLUMNS: Mapping[str, str] = {
    name: "BIGINT" if isinstance(schema.money_line.columns[name].type, Whole) else "VARCHAR" for name in _NAMES
}
_told: Callable[[MoneyLine], Row] = attrgetter(*_NAMES)
_SQL = Path(__file__).parent / "sql"


class Limits(msgspec.Struct, frozen=True):
    """From how much on a file is large."""

    lake_lines: int = OWN_LAKE_FILE_LINES
    """So many lines make a Parquet file of their own."""
    part_rows: int = 2_000
    """So many rows of what stands in the register are kept in memory, and taken at once."""


class Kept(msgspec.Struct):
    """What waited: in memory, or in parts where it was more than that."""

    rest: Part
    parts: Parts | None = None
    totals: list[Row] = []
    """Rows of settlement_total."""
    parquet: Path | None = None
    """All lines of a large file, to be moved into the lake before the parts are closed."""


class Spool:
    """Takes the reading of one file, part by part."""

    def __init__(self, rooms: Path, connect: Callable[[], duckdb.DuckDBPyConnection], limits: Limits) -> None:
        self._rooms = rooms
        self._connect = connect
        self._limits = limits
        self._lines: list[MoneyLine] = []
        self._part = Part()
        self._parts: Parts | None = None
        self._room: tempfile.TemporaryDirectory[str] | None = None
        self._lake: pq.ParquetWriter | None = None
        self.quarantined = 0
        self.first_refused: Finding | None = None
        self.findings: list[Finding] = []
        """The first of them."""

    def take(self, reading: Reading, observe: Observe) -> None:
        """Take what one more part of a file says."""
        self.quarantined += len(reading.quarantined)
        if self.first_refused is None and reading.quarantined:
            self.first_refused = reading.quarantined[0].finding
        self.findings += reading.findings[: FINDINGS_SHOWN - len(self.findings)]
        self._part.observations += map(observe, reading.observations)
        self._part.quarantined += ((q.position, q.finding) for q in reading.quarantined)
        self._part.findings += reading.findings
        self._lines += reading.money_lines
        if self._lake is not None:
            self._stand(reading.money_lines)
        if len(self._lines) >= (_GROUP_LINES if self._lake is not None else self._limits.lake_lines):
            self._sink()
        if len(self._part) >= self._limits.part_rows:
            self._flush()

    def drop(self) -> None:
        """Nothing of it is applied."""
        self._close_lake()
        self._lines, self._part = [], Part()
        if self._room is not None:
            self._room.cleanup()

    def keep(self, seen: Arrived) -> Kept:
        """Give what waited, now that it counts."""
        if self._lake is not None:
            return self._keep_large(seen)
        self._part.money_lines += map(money_line_row, self._lines)
        if self._parts is None:
            return Kept(self._part)
        self._flush()
        return Kept(Part(), self._parts)

    def _keep_large(self, seen: Arrived) -> Kept:
        self._sink()
        self._close_lake()
        with self._connect() as connection:
            connection.execute(f"set memory_limit = '{ENGINE_MEMORY}'")
            file, restated = _each_once(connection, self._lines_file(), seen.name)
            totals = settlement_totals(connection, seen)
        self._part.findings += restated
        self._flush()
        return Kept(Part(), self._parts, totals, file)

    def _sink(self) -> None:
        """Put the lines into the lake's file; of the first ones it is known only now that they are many."""
        table = arrow_table(_COLUMNS, [_told(line) for line in self._lines])
        if self._lake is None:
            self._lake = pq.ParquetWriter(self._lines_file(), table.schema)
            self._stand(self._lines)
        self._lake.write_table(table)
        self._lines = []

    def _stand(self, lines: Sequence[MoneyLine]) -> None:
        """Have those of the lines that stand in the register go there, a few at a time."""
        for line in lines:
            if _stands(line):
                self._part.money_lines.append(money_line_row(line))
                if len(self._part) >= self._limits.part_rows:
                    self._flush()

    def _flush(self) -> None:
        if self._parts is None:
            self._parts = Parts(self._own_room())
        self._parts.add(self._part)
        self._part = Part()

    def _lines_file(self) -> Path:
        return Path(self._own_room().name) / "lines.parquet"

    def _own_room(self) -> tempfile.TemporaryDirectory[str]:
        if self._room is None:
            self._room = tempfile.TemporaryDirectory(dir=self._rooms, prefix="file-")
        return self._room

    def _close_lake(self) -> None:
        if self._lake is not None:
            self._lake.close()


def _stands(line: MoneyLine) -> bool:
    """Whether a line of a large file stands in the register itself."""
    return line.kind in BOOKED_ONE_BY_ONE or line.partner_dispute_id is not None


def _each_once(connection: duckdb.DuckDBPyConnection, file: Path, name: str) -> tuple[Path, list[Finding]]:
    """The file with each movement that is booked in total once, and the findings of those told differently.

    The register knows the others again by their keys. Makes the relation `accepted`.
    """
    given: dict[str, Any] = {"kinds": sorted(BOOKED_ONE_BY_ONE)}
    rows = f"select *, file_row_number as row from read_parquet({literal(str(file))}, file_row_number = true)"
    connection.execute(f"create temp view line as {rows}")
    connection.execute(_sql("told_twice"), given)
    if connection.execute("select count(*) from told_twice").fetchall()[0][0]:
        restated = connection.execute(_sql("told_differently"), {"most": FINDINGS_SHOWN}).fetchall()
        once = file.with_name("once.parquet")
        kept = f"select {', '.join(_NAMES)} from line where row not in (select row from told_twice) order by row"
        connection.execute(f"copy ({kept}) to {literal(str(once))} (format parquet)")
        file = once
    else:
        restated = []
    connection.execute(f"create temp view accepted as select * from read_parquet({literal(str(file))})")
    return file, [_restated(name, row) for row in restated]


def _restated(name: str, row: Row) -> Finding:
    position, kind, net, currency, batch, first, first_kind, first_net, first_currency, first_batch = row
    return Finding(
        "money.restated",
        f"{name}:{position}",
        f"{kind} net {net} {currency}, batch {batch}",
        f"{first_kind} net {first_net} {first_currency}, batch {first_batch} as in record {first}",
    )


@cache
def _sql(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text()
