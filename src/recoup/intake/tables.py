"""The way of a file that is read as a set: from a landed delivery to what is written, through DuckDB.

`table_reader.py` reads; this module gives it the file, the account and a room to
work in, and says where in the lake the lines of a large file will lie. They are
moved there only after the register knows them (`Lines`).
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import msgspec

from recoup.intake.arrival import Landed
from recoup.intake.ground import Account, Ground
from recoup.intake.reading import Taken, arrived
from recoup.intake.table_reader import Job, TableReading, read_table
from recoup.partners.contract import TableFeed, Verdict
from recoup.storage.lake import Lake


class TableReader(msgspec.Struct, frozen=True):
    """What reading a table needs: a connection with the macros on it, the lake, and a place for temporary files."""

    connect: Callable[[], duckdb.DuckDBPyConnection]
    lake: Lake
    rooms: Path

    def read(self, landed: Landed, feed: TableFeed, ground: Ground) -> Taken:
        """What one file says; the lines of a large one go into the lake as they are read."""
        account = ground.account(landed.arrival.partner, landed.account)
        with tempfile.TemporaryDirectory(dir=self.rooms, prefix="table-") as name, self._connection() as connection:
            room = Path(name)
            job = Job(
                feed=feed,
                arrived=arrived(landed, ground, Verdict(is_accepted=True, trust="fetched")),
                path=_file(landed, room),
                codes=ground.partner(landed.arrival.partner).codes,
                currencies=_currencies(account),
            )
            reading = read_table(connection, job, room)
            return _taken(landed, reading, self._keep(landed, reading))

    def _keep(self, landed: Landed, reading: TableReading) -> str | None:
        """Move the lines of a large file into the lake. Named by the delivery: doing it twice is doing it once."""
        if reading.parquet is None:
            return None
        a = landed.arrival
        return self.lake.keep_delivery("money_line", a.partner, a.feed, landed.delivery, reading.parquet)

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self.connect()
        try:
            yield connection
        finally:
            connection.close()


def _file(landed: Landed, room: Path) -> Path:
    if landed.arrival.path is not None:
        return landed.arrival.path
    path = room / "arrived"
    path.write_bytes(landed.arrival.body or b"")
    return path


def _currencies(account: Account) -> tuple[str, ...]:
    return (account.currency,) if account.currency else ()


def _taken(landed: Landed, reading: TableReading, lake_file: str | None) -> Taken:
    return Taken(
        landed,
        "held" if reading.held else "read",
        records=reading.records,
        accepted=reading.accepted,
        money_lines=reading.money_lines,
        quarantined=[(q.position, q.finding) for q in reading.quarantined],
        findings=[*([reading.held] if reading.held else []), *reading.findings],
        covers_on=reading.covers_on,
        sequence=reading.sequence,
        lake_file=lake_file,
        totals=reading.totals,
        house=reading.house,
    )
