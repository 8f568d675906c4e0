"""Read one file as a set: map it, check it, and give back what goes to the register and to the lake.

Law: records in = accepted + quarantined, and the totals that a file states equal
the computed ones, or the delivery is held whole. A bad record is quarantined by
its number; the good rest goes through. No Python runs per row of a large file:
only lines booked one by one, and refused records, leave the engine.
Read `table_source.py`, `table_staging.py` and `table_checks.py` for the steps.
"""

import datetime as dt
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from recoup.domain.card_numbers import mask
from recoup.domain.codes import Vocabulary
from recoup.domain.findings import Finding
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import DAY
from recoup.domain.legs import Told
from recoup.domain.money import unit_rules
from recoup.domain.money_line import BOOKED_ONE_BY_ONE, MoneyLine
from recoup.domain.observation import DueState, Said
from recoup.intake import table_checks as checks
from recoup.intake.table_source import Source, literal, open_source
from recoup.intake.table_staging import Mapped, Staged, stage
from recoup.partners.contract import (
    MONEY_LINE_COLUMNS,
    OBSERVATION_COLUMNS,
    TABLE_COLUMNS,
    Arrived,
    Control,
    Placed,
    Quarantined,
    TableFeed,
)

IN_MEMORY_BYTES = 8 << 20
"""Files up to this size are mapped in memory; larger ones through Parquet."""
PLAINLY_PLANNED_BYTES = 256 << 10
"""Files up to this size are read without DuckDB's optimizer: 25 instead of 37 ms each at 16 KiB, as long at 512 KiB."""
OWN_LAKE_FILE_LINES = 10_000
"""A file of so many accepted money lines gets a Parquet of its own; all lines of a smaller one go to the register."""
SEQUENCE_DIGITS_MAX = 18
"""What the register's integers hold; a longer number in a file's name numbers nothing."""
PROBLEM_CHARACTERS = 200
MACROS = ("arrival", "amounts", "instants", "problems")
_SQL = Path(__file__).parent / "sql"
_EPOCH = dt.date(1970, 1, 1)

Row = tuple[Any, ...]
_TAIL: Mapping[str, str] = {
    "payment": "$delivery, position, $landed_at",
    "refund": "$delivery, position, $landed_at",
    "allocation": "$delivery, position, $landed_at",
    "house_line": "$delivery, position, $landed_at",
    "merchant": "$delivery, $landed_at",
    "account_merchant": "$delivery, $landed_at",
}
"""What follows the feed's own columns in the register's table."""


class TableReading(msgspec.Struct):
    """Everything one file said. `records = accepted + len(quarantined)` always; a held one has nothing but findings."""

    records: int = 0
    accepted: int = 0
    quarantined: list[Quarantined] = []
    findings: list[Finding] = []
    controls: list[Control] = []
    held: Finding | None = None
    covers_on: str | None = None
    sequence: int | None = None
    money_lines: list[MoneyLine] = []
    """All lines of a small file; of a large one those booked one by one, or about a dispute."""
    observations: list[Placed] = []
    totals: list[Row] = []
    """Rows of settlement_total for the other lines of a large file."""
    house: dict[str, list[Row]] = {}
    """Rows of the house's tables, by table."""
    parquet: Path | None = None
    """The accepted lines of a large file in the order of the records, to be moved into the lake."""


class Job(msgspec.Struct, frozen=True):
    """One file to read: how, whose, where it lies, and what the account is like."""

    feed: TableFeed
    arrived: Arrived
    path: Path
    codes: Vocabulary
    currencies: Collection[str] = ()
    """The currencies that this account settles in; empty where that is not known."""


class Workroom:
    """An engine with the macros that mappings call, and the variables that those look up.

    The macros on card numbers come with the engine. One file is read at a time.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, in_memory_bytes: int = IN_MEMORY_BYTES) -> None:
        self.connection = connection
        self.in_memory_bytes = in_memory_bytes
        self._known: dict[str, object] = {}
        self._is_plain = False
        for name in MACROS:
            connection.execute(_sql(name))

    def know(self, name: str, value: object, kind: str) -> None:
        """Set one variable of `sql/arrival.sql`; the same value again costs nothing."""
        if self._known.get(name) != value:
            self.connection.execute(f"set variable {name} = cast(? as {kind})", [value])
            self._known[name] = value

    def plan_for(self, size_bytes: int) -> None:
        """Plan as plainly as the next file's size allows: below some size the engine plans longer than it reads."""
        is_plain = size_bytes <= PLAINLY_PLANNED_BYTES
        if self._is_plain != is_plain:
            self.connection.execute(f"pragma {'disable' if is_plain else 'enable'}_optimizer")
            self._is_plain = is_plain


def read_table(workroom: Workroom, job: Job, room: Path) -> TableReading:
    """Read one file.

    Args:
      workroom: The engine.
      job: What to read.
      room: A directory of this reading alone; `parquet` of the answer lies in it.
    """
    reading = TableReading()
    reading.covers_on, reading.sequence = covered(job.feed, job.arrived.name)
    connection = workroom.connection
    workroom.plan_for(job.path.stat().st_size)
    source = open_source(connection, job.feed, job.arrived.name, job.path, room)
    if isinstance(source, Finding):
        return _held(reading, source)
    _prepare(workroom, job, reading)
    reading.findings.extend(source.findings)
    try:
        return _read(workroom, job, source, room, reading)
    except (duckdb.DataError, duckdb.ProgrammingError) as problem:
        # Mappings come from outside, too: one that does not run stops its own files, and nobody else's.
        said = mask(str(problem).split("\n", 1)[0])[:PROBLEM_CHARACTERS]
        return _held(reading, Finding("table.mapping", job.arrived.name, said, "a mapping that runs over this file"))


def _read(workroom: Workroom, job: Job, source: Source, room: Path, reading: TableReading) -> TableReading:
    connection = workroom.connection
    is_small = job.path.stat().st_size <= workroom.in_memory_bytes
    found: dict[int, Finding] = {}
    for table, mapping in (*job.feed.also.items(), (job.feed.makes, job.feed.sql)):
        staged = stage(connection, source, Mapped(table, mapping), room, is_small)
        if isinstance(staged, Finding):
            return _held(reading, staged)
        source = staged.source
        counts = checks.count(connection, table)
        here = _refusals(connection, job, table, source, counts)
        found.update(here)
        reading.records = counts.rows - counts.totals
        if held := checks.misplaced_total(source, counts) or checks.too_bad(source, reading.records, found):
            return _held(reading, held)
        reading.findings += _noted(connection, table, source, counts)
        _accept(connection, list(here))
        _take(connection, job, staged, room, table, reading)
    return _settle(connection, job, source, found, reading)


def _settle(
    connection: duckdb.DuckDBPyConnection, job: Job, source: Source, found: dict[int, Finding], reading: TableReading
) -> TableReading:
    reading.quarantined = [Quarantined(position, found[position]) for position in sorted(found)]
    reading.accepted = reading.records - len(found)
    reading.controls, unproven = checks.controls(connection, job.feed, source)
    reading.findings += unproven + checks.unread_words(connection, job.feed, source)
    if held := checks.uneven(source, reading.controls):
        return _held(reading, held)
    return reading


def _refusals(
    connection: duckdb.DuckDBPyConnection, job: Job, table: str, source: Source, counts: checks.Counts
) -> dict[int, Finding]:
    found = checks.refused(connection, source, counts)
    if table == "observation":
        found = checks.out_of_vocabulary(connection, source) | found
    if table == "money_line":
        found = checks.foreign(connection, source, job.currencies) | found
    if job.feed.is_identity_unique:
        found = checks.doubled(connection, table, source, counts) | found
    return dict(sorted(found.items()))


def _noted(connection: duckdb.DuckDBPyConnection, table: str, source: Source, counts: checks.Counts) -> list[Finding]:
    words = checks.unknown_words(connection, table, source) if counts.unknown else []
    words += checks.odd_nets(connection, source) if counts.odd else []
    return words + (checks.token_shares(connection, table, source) if counts.tokens >= checks.TOKENS_MIN else [])


def _held(reading: TableReading, why: Finding) -> TableReading:
    reading.held = why
    reading.accepted = 0
    reading.money_lines, reading.totals, reading.house, reading.parquet = [], [], {}, None
    reading.observations = []
    return reading


def covered(feed: TableFeed, name: str) -> tuple[str | None, int | None]:
    """The day and the number that a file's name says it covers."""
    pattern = feed.covers_from_name
    told = re.search(pattern, name) if pattern else None
    if told is None:
        return None, None
    said = told.groupdict()
    day = f"{said['year']}-{said['month']}-{said['day']}" if said.get("day") else None
    number = said.get("sequence") or ""
    return day, int(number) if 0 < len(number) <= SEQUENCE_DIGITS_MAX else None


def _prepare(workroom: Workroom, job: Job, reading: TableReading) -> None:
    """Make known to the macros what a mapping may ask."""
    arrived = job.arrived
    on = _EPOCH + dt.timedelta(days=arrived.landed_at // DAY)
    decimals = unit_rules().factors(arrived.partner, arrived.feed, on)
    words = {
        vocabulary: {code: job.codes.meaning(vocabulary, code, on) for code in sorted(job.codes.known(vocabulary))}
        for vocabulary in sorted(job.codes.vocabularies())
    }
    own = {"account": arrived.account, "zone": arrived.zone, "sequence": reading.sequence}
    workroom.know("arrived", own, "struct(account varchar, zone varchar, sequence bigint)")
    workroom.know(
        "fits", {c: max(wire, iso) * 10 + iso for c, (wire, iso) in decimals.items()}, "map(varchar, integer)"
    )
    workroom.know("words", words, "map(varchar, map(varchar, varchar))")


def _take(
    connection: duckdb.DuckDBPyConnection, job: Job, staged: Staged, room: Path, table: str, reading: TableReading
) -> None:
    """Take the accepted rows of one table out of the engine."""
    if table == "observation":
        reading.observations = _observations(connection)
        return
    if table != "money_line":
        reading.house[table] = _house_rows(connection, job, table)
        return
    lines, rows = connection.execute(
        "select (select count(*) from accepted), (select count(*) from mapped)"
    ).fetchall()[0]
    is_large = lines >= OWN_LAKE_FILE_LINES
    reading.money_lines = _money_lines(connection, job, only_booked=is_large)
    if is_large:
        reading.totals = settlement_totals(connection, job.arrived)
        reading.parquet = staged.file or _write_accepted(connection, room, is_whole=lines == rows)


def _accept(connection: duckdb.DuckDBPyConnection, refused: list[int]) -> None:
    connection.execute("create or replace temp table refused (position bigint)")
    if refused:
        connection.execute("insert into refused select unnest($refused)", {"refused": refused})
    others = " and position not in (select position from refused)" if refused else ""
    connection.execute(f"create or replace temp view accepted as select * from mapped where problem is null{others}")


def _money_lines(connection: duckdb.DuckDBPyConnection, job: Job, only_booked: bool) -> list[MoneyLine]:
    rows = connection.execute(
        f"select {', '.join(MONEY_LINE_COLUMNS)}, position from accepted"
        " where $all or list_contains($kinds, kind) or partner_dispute_id is not null order by position",
        {"all": not only_booked, "kinds": sorted(BOOKED_ONE_BY_ONE)},
    ).fetchall()
    return [_money_line(job.arrived, row) for row in rows]


def _money_line(arrived: Arrived, row: Row) -> MoneyLine:
    told = dict(zip((*MONEY_LINE_COLUMNS, "position"), row, strict=True))
    named = told["partner_dispute_id"]
    return MoneyLine(
        id=money_line_id(arrived.partner, arrived.account, told["identity"]),
        partner=arrived.partner,
        account=arrived.account,
        feed=arrived.feed,
        delivery=arrived.delivery,
        dispute=None if named is None else dispute_id(arrived.partner, arrived.account, named),
        landed_at=arrived.landed_at,
        **told,
    )


def _observations(connection: duckdb.DuckDBPyConnection) -> list[Placed]:
    names = (*OBSERVATION_COLUMNS, "position")
    rows = connection.execute(f"select {', '.join(names)} from accepted order by position").fetchall()
    return [_placed(dict(zip(names, row, strict=True))) for row in rows]


def _placed(told: dict[str, Any]) -> Placed:
    leg, cycle, ref = told.pop("leg"), told.pop("leg_cycle"), told.pop("leg_ref")
    position, amount, currency = told.pop("position"), told["amount_minor"], told["currency"]
    legs = (Told(leg, cycle or 1, amount, currency, ref),) if leg and amount is not None and currency else ()
    due_state: DueState = "unsaid" if told["due_at"] is None else "said"
    return Placed(position, Said(form="row", due_state=due_state, legs=legs, **told))


def settlement_totals(connection: duckdb.DuckDBPyConnection, arrived: Arrived) -> list[Row]:
    """Rows of settlement_total, in its columns: the lines of `accepted` that are not booked one by one, summed."""
    return connection.execute(
        _sql("settlement_totals"),
        {
            "kinds": sorted(BOOKED_ONE_BY_ONE),
            "delivery": arrived.delivery,
            "partner": arrived.partner,
            "account": arrived.account,
            "feed": arrived.feed,
            "landed_at": arrived.landed_at,
        },
    ).fetchall()


def _house_rows(connection: duckdb.DuckDBPyConnection, job: Job, table: str) -> list[Row]:
    columns = ", ".join(TABLE_COLUMNS[table])
    tail = _TAIL[table]
    given = {"delivery": job.arrived.delivery, "landed_at": job.arrived.landed_at}
    return connection.execute(
        f"select {columns}, {tail} from accepted order by position",
        {name: value for name, value in given.items() if f"${name}" in tail},
    ).fetchall()


def _write_accepted(connection: duckdb.DuckDBPyConnection, room: Path, is_whole: bool) -> Path:
    """Write the accepted lines in their order; each with its true position, where some records are missing."""
    out = room / "sifted.parquet"
    columns = ", ".join(MONEY_LINE_COLUMNS) + ("" if is_whole else ", position")
    rows = f"select {columns} from accepted order by position"
    connection.execute(f"copy ({rows}) to {literal(str(out))} (format parquet)")
    return out


@cache
def _sql(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text()
