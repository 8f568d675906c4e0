"""Bring the lake up to the register: the lines of small deliveries, one Parquet file per partner, feed and day.

A day's file is made anew from the register when one of its deliveries is new,
so that it can be lost and made again; the lines of large deliveries lie in the
lake from the start. Lines lie there as they were told: which dispute is found for
one that names none stands in the register alone, where it can change. Days are
those of landing, in UTC.
"""

from collections.abc import Mapping

from sqlalchemy import select

from recoup.domain.instants import DAY, day_start, local_day, parse_day
from recoup.intake.rows import Row
from recoup.storage import schema
from recoup.storage.lake import Lake
from recoup.storage.register import View
from recoup.storage.types import Whole

TABLE = "money_line"
_D = schema.delivery.c
_COLUMNS: Mapping[str, str] = {
    c.name: "BIGINT" if isinstance(c.type, Whole) else "VARCHAR" for c in schema.money_line.columns
}
_FOUND, _NAMED = (list(_COLUMNS).index(name) for name in ("dispute", "partner_dispute_id"))


def gather(view: View, lake: Lake, since: int) -> int | None:
    """Write the files of the days that gained deliveries.

    Args:
      view: The register.
      lake: Where the files are.
      since: `recorded_at` from which deliveries may not be gathered yet.
    Returns:
      The latest `recorded_at` that is in the lake now; None where there was nothing to gather.
    """
    news = view.rows(
        select(_D.partner, _D.feed, _D.landed_at, _D.recorded_at).where(
            _D.recorded_at >= since, _D.lake_file.is_(None), _D.status == "read"
        )
    )
    for partner, feed, day in sorted({(row[0], row[1], local_day(row[2], "UTC").isoformat()) for row in news}):
        _gather_day(view, lake, partner, feed, day)
    return max((int(row[3]) for row in news), default=None)


def _gather_day(view: View, lake: Lake, partner: str, feed: str, day: str) -> None:
    start = day_start(parse_day(day), "UTC")
    deliveries = view.rows(
        select(_D.delivery).where(
            _D.partner == partner, _D.feed == feed, _D.landed_at >= start, _D.landed_at < start + DAY
        )
    )
    lines = view.by_keys(schema.money_line, "delivery", [row[0] for row in deliveries])
    ordered = [_as_told(row) for row in sorted(lines, key=lambda row: (row[23], row[5], row[6]))]
    if ordered or lake.files(TABLE, partner, feed):
        lake.gather(TABLE, partner, feed, day, _COLUMNS, ordered)


def _as_told(row: Row) -> Row:
    return row if row[_NAMED] is not None else (*row[:_FOUND], None, *row[_FOUND + 1 :])
