"""Whose a movement is that several deliveries of one feed tell, where one of them is large.

The lines of a large delivery are booked in total, and most of them lie in the lake alone, so the register cannot know
one of them again by its key. Here they are laid upon the lines of the other deliveries of the same feed and account
that tell the same days, in the engine: the earliest landing owns a movement, and a telling that names its payout goes
before one that does not, as `merging` has it. A delivery's totals are summed over what it owns.

Deliveries whose days do not meet are never opened. Reads: delivery, money_line, the lake. Makes: settlement_total of
large deliveries (one row per delivery, payout, kind and currency). Read `settling.py` next, which sums the small ones.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from pathlib import Path

import duckdb
import msgspec
import pyarrow.parquet as pq
from sqlalchemy import select

from recoup.domain.money_line import BOOKED_ONE_BY_ONE, MoneyLine
from recoup.intake.rows import Row, money_line_from
from recoup.intake.table_reader import settlement_totals
from recoup.intake.table_source import literal
from recoup.intake.taking import Batched, Touched
from recoup.partners.contract import Arrived
from recoup.storage import schema
from recoup.storage.lake import Lake
from recoup.storage.register import Batch

_TOTAL = schema.settlement_total
_LINE = schema.money_line.c
_SQL = Path(__file__).parent / "sql"
_ENGINE_MEMORY = "256MiB"
_Days = tuple[str, str]
"""First and last ISO day."""
_ALWAYS: _Days = ("", "9999-99-99")


class LargeLines(msgspec.Struct, frozen=True):
    """Where the lines of large deliveries are, and what reads them."""

    lake: Lake
    connect: Callable[[], duckdb.DuckDBPyConnection]


class _Channel(msgspec.Struct, frozen=True, order=True):
    partner: str
    account: str
    feed: str


class _Large(msgspec.Struct, frozen=True):
    """One large delivery and the days that its lines are effective on."""

    delivery: str
    landed_at: int
    path: Path
    days: _Days


def part(batch: Batch, touched: Touched, large: LargeLines | None) -> set[str]:
    """Bring the totals of large deliveries up to date with what other deliveries own.

    Args:
      batch: The write batch.
      touched: Deliveries that came or changed; those that others now sum differently are added to it.
      large: Where the lake is; None where no delivery is large.
    Returns:
      Ids of lines that stand in the register and are owned by a large delivery: no small one sums them.
    """
    if large is None:
        return set()
    lost: set[str] = set()
    deliveries = batch.by_keys(schema.delivery, "delivery", touched.retotal | touched.came)
    for channel in sorted({_Channel(row[2], row[3], row[4]) for row in deliveries}):
        files = _large(batch, large.lake, channel)
        if files:
            changed = {row[0] for row in deliveries if _Channel(row[2], row[3], row[4]) == channel}
            lost |= _part_channel(batch, touched, large, channel, files, changed)
    return lost


def _part_channel(
    batch: Batch,
    touched: Touched,
    large: LargeLines,
    channel: _Channel,
    files: Sequence[_Large],
    changed: Collection[str],
) -> set[str]:
    own = _small_lines(batch, set(changed) - {f.delivery for f in files})
    told = [f.days for f in files if f.delivery in changed] + _days_of(own)
    near = [f for f in files if any(_meet(f.days, days) for days in told)]
    beside = [line for f in near for line in _standing(batch, channel, f.days)]
    if not beside and not any(_others(f, files) for f in near):
        return set()
    with large.connect() as connection:
        connection.execute(f"set memory_limit = '{_ENGINE_MEMORY}'")
        _stand(connection, batch, beside)
        for file in near:
            _retotal(connection, batch, touched, channel, file, _others(file, files))
        told_too = _told_by(connection, near)
        touched.retotal |= {line.delivery for line in beside if line.identity in told_too}
        own = _small_lines(batch, {line.delivery for line in beside if line.identity in told_too} | set(changed))
        _stand(connection, batch, own)
        return _lost(connection, [f for f in files if any(_meet(f.days, days) for days in _days_of(own))])


# --- what there is ---------------------------------------------------------------------------


def _large(batch: Batch, lake: Lake, channel: _Channel) -> list[_Large]:
    paths = {path.stem: path for path in lake.deliveries_of(schema.money_line.name, channel.partner, channel.feed)}
    rows = batch.by_keys(schema.delivery, "delivery", paths)
    return [
        _Large(row[0], row[6], paths[row[0]], _days(paths[row[0]]))
        for row in sorted(rows)
        if row[3] == channel.account and row[10] == "read"
    ]


@cache
def _days(path: Path) -> _Days:
    """The days of a file, by what Parquet notes of its groups; a file in the lake never changes."""
    meta = pq.read_metadata(path)
    at = meta.schema.names.index("effective_on")
    notes = [meta.row_group(group).column(at).statistics for group in range(meta.num_row_groups)]
    if not notes or not all(note is not None and note.has_min_max for note in notes):
        return _ALWAYS
    return min(str(note.min) for note in notes), max(str(note.max) for note in notes)


def _meet(left: _Days, right: _Days) -> bool:
    return left[0] <= right[1] and right[0] <= left[1]


def _others(file: _Large, files: Iterable[_Large]) -> list[_Large]:
    return [f for f in files if f.delivery != file.delivery and _meet(f.days, file.days)]


def _days_of(lines: Sequence[MoneyLine]) -> list[_Days]:
    return [(min(line.effective_on for line in lines), max(line.effective_on for line in lines))] if lines else []


def _small_lines(batch: Batch, deliveries: Collection[str]) -> list[MoneyLine]:
    rows = batch.by_keys(schema.money_line, "delivery", set(deliveries))
    return [line for line in map(money_line_from, rows) if _is_in_total(line)]


def _standing(batch: Batch, channel: _Channel, days: _Days) -> list[MoneyLine]:
    """Lines of small deliveries that a large one of these days may tell, too."""
    ours = (_LINE.partner == channel.partner, _LINE.account == channel.account, _LINE.feed == channel.feed)
    those = select(schema.money_line).where(*ours, _LINE.effective_on.between(*days), _LINE.dispute.is_(None))
    return [line for line in map(money_line_from, batch.rows(those)) if _is_in_total(line)]


def _is_in_total(line: MoneyLine) -> bool:
    return line.kind not in BOOKED_ONE_BY_ONE and line.dispute is None


# --- in the engine ---------------------------------------------------------------------------


def _stand(connection: duckdb.DuckDBPyConnection, batch: Batch, lines: Sequence[MoneyLine]) -> None:
    """Makes: standing, one row per line of a small delivery; of all claims on a movement the least owns it."""
    landed = {row[0]: row[6] for row in batch.by_keys(schema.delivery, "delivery", {line.delivery for line in lines})}
    connection.execute("create or replace temp table standing (id varchar, identity varchar, claim varchar)")
    rows = {(e.id, e.identity, ("0" if e.batch else "1") + _claim(landed[e.delivery], e.delivery)) for e in lines}
    if rows:
        ids, identities, claims = (list(column) for column in zip(*sorted(rows), strict=True))
        told = {"ids": ids, "identities": identities, "claims": claims}
        connection.execute("insert into standing select unnest($ids), unnest($identities), unnest($claims)", told)


def _claim(landed_at: int, delivery: str) -> str:
    return f"{landed_at:020d}{delivery}"


def _tellings(files: Iterable[_Large]) -> str:
    """SQL: identity and claim of each line of these files that is booked in total."""
    return " union all ".join(map(_telling, files))


def _telling(file: _Large) -> str:
    claim = f"case when batch is null then '1' else '0' end || {literal(_claim(file.landed_at, file.delivery))}"
    lines = f"read_parquet({literal(str(file.path))})"
    in_total = f"kind not in ({_kinds()}) and partner_dispute_id is null"
    return f"select identity, {claim} as claim from {lines} where {in_total}"


def _kinds() -> str:
    return ", ".join(literal(kind) for kind in sorted(BOOKED_ONE_BY_ONE))


def _retotal(
    connection: duckdb.DuckDBPyConnection,
    batch: Batch,
    touched: Touched,
    channel: _Channel,
    file: _Large,
    others: Sequence[_Large],
) -> None:
    """Sum the lines that a large delivery owns."""
    connection.execute(f"create or replace temp view mine as {_tellings([file])}")
    elsewhere = " union all ".join(["select identity, claim from standing", *map(_telling, others)])
    connection.execute(f"create or replace temp view elsewhere as {elsewhere}")
    lines = f"select * from read_parquet({literal(str(file.path))})"
    connection.execute(f"create or replace temp view line as {lines}")
    connection.execute(_sql("told_elsewhere"))
    connection.execute(_sql("owned"))
    arrived = Arrived(file.delivery, channel.partner, channel.account, channel.feed, "", file.landed_at, "UTC")
    fresh = {row[:4]: row for row in settlement_totals(connection, arrived)}
    stored = batch.by_keys(_TOTAL, "delivery", {file.delivery})
    if {_plain(row) for row in stored} == {_plain(row) for row in fresh.values()}:
        return
    batch.delete(_TOTAL, [row[:4] for row in stored if row[:4] not in fresh])
    batch.upsert(_TOTAL, list(fresh.values()))
    touched.totalled.add(file.delivery)
    touched.batches |= {Batched(row[4], row[5], row[1]) for row in (*stored, *fresh.values()) if row[1]}


def _plain(row: Row) -> tuple[str, ...]:
    return tuple(map(str, row))  # a day comes from the engine as a date


def _told_by(connection: duckdb.DuckDBPyConnection, files: Sequence[_Large]) -> set[str]:
    """Identities that stand in the register and are told by one of these files."""
    told = f"select identity from standing where identity in (select identity from ({_tellings(files)}))"
    return {row[0] for row in connection.execute(told).fetchall()}


def _lost(connection: duckdb.DuckDBPyConnection, files: Sequence[_Large]) -> set[str]:
    if not files:
        return set()
    earlier = f"select distinct id from standing join ({_tellings(files)}) as told using (identity)"
    return {row[0] for row in connection.execute(f"{earlier} where told.claim < standing.claim").fetchall()}


@cache
def _sql(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text()
