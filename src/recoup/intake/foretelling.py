"""What an ingest of a file would say: read by the very readers of the intake, with no register, and kept nowhere.

As if a person handed the file in, for an account with which nothing was agreed. Whoever looks into a file
(`recoup lens`) learns from here whether it would be held, and why, before it is handed in.
"""

import hashlib
import re
import secrets
import tempfile
from collections.abc import Mapping, Sequence
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
from recoup.intake.reading import Taken, arrived, read_file, read_message
from recoup.intake.table_reader import Job, Workroom, read_table
from recoup.partners.contract import Control, FileFeed, Partner, Reading, RecordFeed, TableFeed, Verdict
from recoup.storage.engine import connect

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
    """Totals that it states, beside the computed ones."""
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
    asked = partner.feeds[feed]
    if isinstance(asked, TableFeed):
        return _of_table(landed, asked, ground)
    controls: list[Control] = []
    if isinstance(asked, RecordFeed):
        taken = read_message(landed, _watched_message(asked, controls), ground, mask_digits)
    else:
        taken = read_file(landed, _watched_file(asked, controls), ground, mask_digits)
    return _of_taken(taken, controls)


def _of_table(landed: Landed, feed: TableFeed, ground: Ground) -> Foretold:
    """Read as a set, in an engine for one file. Tokens of card numbers mean nothing outside it, and are not shown."""
    codes = ground.partner(landed.arrival.partner).codes
    seen = arrived(landed, ground, Verdict(is_accepted=True, trust="given"))
    with tempfile.TemporaryDirectory(prefix="recoup-lens-") as place:
        room = Path(place)
        path = room / "arrived"
        path.write_bytes(landed.arrival.body or b"")
        connection = connect(room / "engine", secrets.token_hex(32), memory="512MiB", threads=1)
        try:
            reading = read_table(Workroom(connection), Job(feed, seen, path, codes), room)
        finally:
            connection.close()
    told = [Told(placed.position, placed.said) for placed in reading.observations]
    told += [Told(line.position, line) for line in reading.money_lines]
    bad = [(q.position, q.finding) for q in reading.quarantined]
    counts = (reading.records, reading.accepted)
    return _foretold(counts, reading.held, told, bad, reading.findings, reading.controls, reading.covers_on)


def _watched_message(feed: RecordFeed, controls: list[Control]) -> RecordFeed:
    """Give a feed that keeps the totals of what it reads beside."""
    read = feed.read
    return msgspec.structs.replace(feed, read=lambda arrived, body: _heard(read(arrived, body), controls))


def _watched_file(feed: FileFeed, controls: list[Control]) -> FileFeed:
    """The same of a feed that reads a stream."""
    read = feed.read
    return msgspec.structs.replace(
        feed, read=lambda arrived, stream: (_heard(part, controls) for part in read(arrived, stream))
    )


def _heard(part: Reading, controls: list[Control]) -> Reading:
    controls += part.controls
    return part


def _of_taken(taken: Taken, controls: list[Control]) -> Foretold:
    told = [Told(o.position, o.said) for o in taken.told()]
    told += [Told(line.position, line) for line in taken.money_lines]
    held = taken.findings[0] if taken.status != "read" else None
    findings = taken.findings if held is None else taken.findings[1:]
    counts = (taken.records, taken.accepted)
    return _foretold(counts, held, told, taken.quarantined, findings, controls, taken.covers_on)


def _foretold(
    counts: tuple[int, int],
    held: Finding | None,
    told: Sequence[Told],
    bad: Sequence[tuple[int, Finding]],
    findings: Sequence[Finding],
    controls: Sequence[Control],
    covers_on: str | None,
) -> Foretold:
    """Put together what was read, in the order of the records and with nothing in it that may not be shown."""
    records, accepted = counts
    return Foretold(
        records=records,
        accepted=accepted,
        quarantined=tuple(Bad(position, _shown(found)) for position, found in bad),
        held=None if held is None else _shown(held),
        told=tuple(_shown(one) for one in sorted(told, key=lambda one: one.position)),
        findings=tuple(_shown(found) for found in findings),
        controls=tuple(_shown(control) for control in controls),
        covers_on=covers_on,
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
