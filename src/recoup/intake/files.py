"""The way of a file in a format of its own: read from a stream, kept until its totals are known, then handed on.

Its lines go into the lake where they are many. `reading.py` reads what is small, `spooling.py` keeps what may not be.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb

from recoup.intake.arrival import Landed
from recoup.intake.ground import Ground
from recoup.intake.reading import (
    Taken,
    arrived,
    held_file,
    none_taken,
    observed,
    opened,
    state,
    trust_of,
    uneven,
)
from recoup.intake.rows import money_line_from
from recoup.intake.scrub import Token, scrub
from recoup.intake.spooling import Limits, Spool
from recoup.partners.contract import Arrived, FileFeed, Reading, Verdict
from recoup.storage.lake import Lake


class FileReader:
    """Reads files one after another, in memory that does not grow with them."""

    def __init__(
        self, connect: Callable[[], duckdb.DuckDBPyConnection], lake: Lake, rooms: Path, limits: Limits | None = None
    ) -> None:
        """Say how to read.

        Args:
          connect: Opens an engine, for the totals of large files.
          lake: Where their lines go.
          rooms: For what waits on disk.
          limits: From how much on a file is large.
        """
        self._connect = connect
        self._lake = lake
        self._rooms = rooms
        self._limits = limits or Limits()

    def read(self, landed: Landed, feed: FileFeed, ground: Ground, token: Token) -> Taken:
        """What one file says; held whole when it breaks its own totals."""
        seen = arrived(landed, ground, Verdict(is_accepted=True, trust=trust_of(landed)))
        whole, spool = Reading(), Spool(self._rooms, self._connect, self._limits)
        observe = partial(observed, landed, trust_of(landed))
        with opened(landed.arrival) as stream:
            for part in feed.read(seen, stream):
                clean = scrub(part, token)
                state(whole, clean)
                # Totals of each batch of a large file are many; only one that does not hold is needed.
                whole.controls = [c for c in whole.controls if c.stated != c.computed][:1]
                spool.take(clean, observe)
        held = whole.held or uneven(landed, whole, spool.quarantined)
        if held is None:
            return self._kept(landed, whole, seen, spool)
        spool.drop()
        refused = none_taken(landed, whole.records, spool.quarantined, spool.first_refused)
        return held_file(landed, whole, [held, *refused, *spool.findings])

    def _kept(self, landed: Landed, whole: Reading, seen: Arrived, spool: Spool) -> Taken:
        kept = spool.keep(seen)
        lake_file = None
        if kept.parquet is not None:
            at = landed.arrival
            lake_file = self._lake.keep_delivery("money_line", at.partner, at.feed, landed.delivery, kept.parquet)
        return Taken(
            landed,
            "read",
            records=whole.records,
            accepted=whole.accepted,
            observations=kept.rest.observations,
            money_lines=[money_line_from(row) for row in kept.rest.money_lines],
            quarantined=kept.rest.quarantined,
            findings=kept.rest.findings,
            covers_on=whole.covers_on,
            sequence=whole.sequence,
            lake_file=lake_file,
            totals=kept.totals,
            fetch=whole.fetch,
            parts=kept.parts,
        )
