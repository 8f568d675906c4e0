"""What an ingest of a file would say: read by the very readers of the intake, with no register, and kept nowhere.

As if a person handed the file in, for an account with which nothing was agreed. Whoever looks into a file
(`recoup lens`) learns from here whether it would be held, and why, before it is handed in.
"""

import hashlib
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from recoup.domain import tables
from recoup.domain.card_numbers import mask, mask_digits
from recoup.domain.findings import Finding
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Said
from recoup.intake import arrival as arrivals
from recoup.intake.arrival import Arrival, Landed
from recoup.intake.ground import DEFAULT_ACCOUNT, Ground
from recoup.intake.reading import Taken, read_file, read_message
from recoup.intake.tables import TableReader
from recoup.partners.contract import Control, Feed, FileFeed, Partner, Reading, RecordFeed, TableFeed
from recoup.storage.engine import connect
from recoup.storage.lake import Lake

_TOKEN = re.compile(r"tok_[0-9a-f]{32}")
NO_NUMBER = "(card number)"


class Told(msgspec.Struct, frozen=True):
    """One thing that a record says: about a dispute, or about money."""

    position: int
    said: Said | MoneyLine


class Bad(msgspec.Struct, frozen=True):
    """One record that would be quarantined, and why."""

    position: int
    finding: Finding


class Foretold(msgspec.Struct, frozen=True):
    """What a whole file says. `records = accepted + quarantined`; of a held one nothing is applied."""

    records: int
    accepted: int
    quarantined: tuple[Bad, ...]
    held: Finding | None
    """Why an ingest would hold the whole file."""
    told: tuple[Told, ...]
    findings: tuple[Finding, ...]
    controls: tuple[Control, ...]
    """Totals that it states, beside the computed ones; of tables none, since an engine compares them."""
    covers_on: str | None


def foretell(
    partner: Partner,
    feed: str,
    name: str,
    body: bytes,
    *,
    start_line: str = "",
    headers: Mapping[str, str] | None = None,
    landed_at: int = 0,
) -> Foretold:
    """Say what an ingest of these bytes would say.

    Args:
      partner: Whose file it is.
      feed: Which of its feeds would take it.
      name: As the partner names the file.
      body: Its bytes; of a message the body alone.
      start_line: Of the message.
      headers: Of the message.
      landed_at: When it came, microseconds UTC.
    """
    arrival = Arrival(
        partner=partner.name,
        feed=feed,
        name=name,
        landed_at=landed_at,
        body=body,
        start_line=start_line,
        headers=headers or {},
        is_given=True,
    )
    ground = Ground(tables.moves(), {partner.name: partner})
    landed = arrivals.land(arrival, hashlib.sha256(body).hexdigest(), DEFAULT_ACCOUNT, False, False)
    controls: list[Control] = []
    taken = _taken(landed, _watched(partner.feeds[feed], controls), ground)
    return _foretold(taken, controls)


def _taken(landed: Landed, feed: Feed, ground: Ground) -> Taken:
    if isinstance(feed, RecordFeed):
        return read_message(landed, feed, ground, mask_digits)
    if isinstance(feed, FileFeed):
        return read_file(landed, feed, ground, mask_digits)
    with _table_reader() as reader:
        return reader.read(landed, feed, ground)


def _watched(feed: Feed, controls: list[Control]) -> Feed:
    """Give a feed that keeps the totals of what it reads beside."""
    if isinstance(feed, TableFeed):
        return feed
    if isinstance(feed, RecordFeed):
        read = feed.read
        return msgspec.structs.replace(feed, read=lambda arrived, body: _heard(read(arrived, body), controls))
    read_parts = feed.read
    return msgspec.structs.replace(
        feed, read=lambda arrived, stream: (_heard(part, controls) for part in read_parts(arrived, stream))
    )


def _heard(part: Reading, controls: list[Control]) -> Reading:
    controls += part.controls
    return part


@contextmanager
def _table_reader() -> Iterator[TableReader]:
    """An engine for one file. Tokens of card numbers mean nothing outside it, and are not shown."""
    with tempfile.TemporaryDirectory(prefix="recoup-lens-") as place:
        room = Path(place)
        key = secrets.token_hex(32)
        reader = TableReader(
            lambda: connect(room / "engine", key, memory="512MiB", threads=1), Lake(room / "lake"), room
        )
        try:
            yield reader
        finally:
            reader.close()


def _foretold(taken: Taken, controls: list[Control]) -> Foretold:
    is_held = taken.status != "read"
    told = [Told(o.position, _shown(o.said)) for o in taken.told()]
    told += [Told(line.position, _shown(line)) for line in taken.money_lines]
    held, *rest = taken.findings if is_held else [None, *taken.findings]
    return Foretold(
        records=taken.records,
        accepted=taken.accepted,
        quarantined=tuple(Bad(position, _shown(found)) for position, found in taken.quarantined),
        held=None if held is None else _shown(held),
        told=tuple(sorted(told, key=lambda one: one.position)),
        findings=tuple(_shown(found) for found in rest),
        controls=tuple(_shown(control) for control in controls),
        covers_on=taken.covers_on,
    )


def _shown(value: Any) -> Any:
    """Give a value without the tokens and card numbers in its texts."""
    if isinstance(value, str):
        return mask(_TOKEN.sub(NO_NUMBER, value))
    if isinstance(value, msgspec.Struct):
        return type(value)(**{name: _shown(getattr(value, name)) for name in value.__struct_fields__})
    if isinstance(value, tuple):
        return tuple(_shown(inner) for inner in value)
    return value
