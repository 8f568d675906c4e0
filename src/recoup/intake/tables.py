"""The way of a file that is read as a set: from a landed delivery to what is written, through DuckDB.

`table_reader.py` reads; this module gives it the file, the account and a room to
work in, and says where in the lake the lines of a large file will lie. They are
moved there only after the register knows them (`Lines`).
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from recoup.domain.findings import Finding
from recoup.domain.observation import observe
from recoup.intake.arrival import Landed
from recoup.intake.ground import Account, Ground
from recoup.intake.reading import Taken, arrived, none_taken
from recoup.intake.rows import Row, observation_row
from recoup.intake.table_reader import Job, TableReading, Workroom, read_table
from recoup.partners.contract import Placed, TableFeed, Verdict
from recoup.storage.lake import Lake


class TableReader:
    """Reads files one after another in one engine, which is opened for the first of them."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection], lake: Lake, rooms: Path) -> None:
        self.connect = connect
        self.lake = lake
        self.rooms = rooms
        self._opened: Workroom | None = None

    def read(self, landed: Landed, feed: TableFeed, ground: Ground) -> Taken:
        """What one file says; the lines of a large one go into the lake as they are read."""
        account = ground.account(landed.arrival.partner, landed.account)
        with tempfile.TemporaryDirectory(dir=self.rooms, prefix="table-") as name:
            room = Path(name)
            job = Job(
                feed=feed,
                arrived=arrived(landed, ground, Verdict(is_accepted=True, trust="fetched")),
                path=_file(landed, room),
                codes=ground.partner(landed.arrival.partner).codes,
                currencies=_currencies(account),
            )
            reading = read_table(self._workroom(), job, room)
            return _taken(landed, reading, self._keep(landed, reading))

    def _keep(self, landed: Landed, reading: TableReading) -> str | None:
        """Move the lines of a large file into the lake. Named by the delivery: doing it twice is doing it once."""
        if reading.parquet is None:
            return None
        a = landed.arrival
        return self.lake.keep_delivery("money_line", a.partner, a.feed, landed.delivery, reading.parquet)

    def close(self) -> None:
        """Close the engine, where it was opened."""
        if self._opened is not None:
            self._opened.connection.close()
            self._opened = None

    def _workroom(self) -> Workroom:
        if self._opened is None:
            self._opened = Workroom(self.connect())
        return self._opened


def _file(landed: Landed, room: Path) -> Path:
    if landed.arrival.path is not None:
        return landed.arrival.path
    path = room / "arrived"
    path.write_bytes(landed.arrival.body or b"")
    return path


def _observed(landed: Landed, placed: Placed) -> Row:
    arrival = landed.arrival
    told = observe(
        placed.said,
        partner=arrival.partner,
        account=landed.account,
        feed=arrival.feed,
        delivery=landed.delivery,
        position=placed.position,
        landed_at=arrival.landed_at,
        trust="given" if arrival.is_given else "fetched",
    )
    return observation_row(told)


def _none_taken(landed: Landed, reading: TableReading) -> list[Finding]:
    first = reading.quarantined[0].finding if reading.quarantined else None
    return none_taken(landed, reading.records, len(reading.quarantined), first)


def _currencies(account: Account) -> tuple[str, ...]:
    """What was agreed at any time: a line may be older than the terms in force."""
    return tuple(sorted({currency for terms in account.terms for currency in terms.settles_in}))


def _taken(landed: Landed, reading: TableReading, lake_file: str | None) -> Taken:
    held = [] if reading.held is None else [reading.held, *_none_taken(landed, reading)]
    return Taken(
        landed,
        "held" if reading.held else "read",
        records=reading.records,
        accepted=reading.accepted,
        observations=[_observed(landed, placed) for placed in reading.observations],
        money_lines=reading.money_lines,
        quarantined=[(q.position, q.finding) for q in reading.quarantined],
        findings=[*held, *reading.findings],
        covers_on=reading.covers_on,
        sequence=reading.sequence,
        lake_file=lake_file,
        totals=reading.totals,
        house=reading.house,
    )
