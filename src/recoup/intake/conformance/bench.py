"""Where samples are read: through the very readers of the intake, into values, with no register behind.

A changed copy of a sample is read as if a person handed it in again: its signature was checked before, so that what
is wrong with the content shows. Everything read is watched for the first law, records in = accepted + quarantined.
"""

import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from recoup.domain import tables
from recoup.domain.findings import Finding
from recoup.domain.instants import parse_instant
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation
from recoup.domain.terms import Terms
from recoup.formats import http_message
from recoup.intake import arrival as arrivals
from recoup.intake.arrival import Arrival, Landed
from recoup.intake.conformance.samples import Sample, Samples, Vector
from recoup.intake.ground import Account, Ground
from recoup.intake.reading import Taken, arrived, read_file, read_message
from recoup.intake.table_reader import Job, Workroom, read_table
from recoup.intake.tables import TableReader
from recoup.partners.contract import (
    Control,
    Feed,
    FileFeed,
    Message,
    Partner,
    RecordFeed,
    SigningKey,
    Verdict,
)
from recoup.storage.engine import connect
from recoup.storage.keys import token_of
from recoup.storage.lake import Lake

TOKEN_KEY = "c0" * 32
"""Of the bench alone: tokens of samples mean nothing anywhere else."""
PLACES = 150
RECORD_COUNT = "intake.record_count"


class Sheet(msgspec.Struct, frozen=True):
    """A sample's bytes: of a message its body, with the head beside."""

    body: bytes
    start_line: str = ""
    headers: dict[str, str] = {}
    broken: Finding | None = None


class Heard(msgspec.Struct, frozen=True):
    """What one reading said, as values."""

    delivery: str
    landed_at: int
    status: str
    records: int
    accepted: int
    observations: tuple[Observation, ...]
    money_lines: tuple[MoneyLine, ...]
    quarantined: tuple[tuple[int, Finding], ...]
    findings: tuple[Finding, ...]
    totals: tuple[tuple[object, ...], ...]
    house: dict[str, list[tuple[object, ...]]]
    covers_on: str | None
    sequence: int | None


class Bench:
    """Reads samples of one partner."""

    def __init__(self, partner: Partner, samples: Samples, folder: Path, room: Path, places: int = PLACES) -> None:
        """Say whose samples they are, where there is room for an engine's files, and in how many places to look."""
        self.partner = partner
        self.samples = samples
        self.folder = folder
        self.places = places
        """In how many places of one sample something is changed at most."""
        self.uncounted: list[str] = []
        """Readings in which records went missing: `sample: found`."""
        self._room = room
        self._read: dict[str, Heard] = {}

    def close(self) -> None:
        """Close the engines, where they were opened."""
        if "_tables" in self.__dict__:
            self._tables.close()
        if "_workroom" in self.__dict__:
            self._workroom.connection.close()

    def feed(self, sample: Sample | Vector) -> Feed:
        """Give the feed of a sample."""
        return self.partner.feeds[sample.feed]

    def sheet(self, file: str) -> Sheet:
        """Give the bytes of a sample; an HTTP message is taken apart."""
        raw = (self.folder / file).read_bytes()
        if not file.endswith(".http"):
            return Sheet(raw)
        message = http_message.parse(raw, file)
        if isinstance(message, Finding):
            return Sheet(raw, broken=message)
        return Sheet(message.body, message.start_line, dict(message.headers))

    def taken(self, sample: Sample) -> Heard:
        """Read a sample as it lies there, once."""
        if sample.file not in self._read:
            self._read[sample.file] = self.read(sample)
        return self._read[sample.file]

    def is_held(self, sample: Sample) -> bool:
        """Say whether a sample is held, as it was said to be or otherwise: then only the mapping has a word on it."""
        return sample.held or self.taken(sample).status != "read"

    def read(self, sample: Sample, body: bytes | None = None, *, late: int = 0) -> Heard:
        """Read a sample, or other bytes in its place.

        Args:
          sample: For the feed, the name, the head of its message and when it came.
          body: Other bytes; the sample's own by default.
          late: Microseconds by which it came later.
        """
        sheet = self.sheet(sample.file)
        if body is not None:
            headers = {name: value for name, value in sheet.headers.items() if name != "content-length"}
            sheet = Sheet(body, sheet.start_line, headers)
        landed = self._landed(sample, sheet, late)
        return self._take(landed, self.feed(sample), sample.file, self._ground(self._all_keys()))

    def verified(
        self, sample: Sample | Vector, body: bytes | None = None, keys: Sequence[SigningKey] | None = None
    ) -> Verdict:
        """Check the signature of a message as it would be checked when it comes."""
        feed, sheet = self.feed(sample), self.sheet(sample.file)
        assert isinstance(feed, RecordFeed), "only messages are signed"
        assert feed.verify is not None, "only where the feed verifies"
        message = Message(sheet.start_line, sheet.headers, sheet.body if body is None else body)
        live = self._all_keys() if keys is None else keys
        return feed.verify(message, live, parse_instant(sample.received_at))

    def controls(self, sample: Sample) -> list[Control]:
        """Give the totals that a sample states, beside the computed ones."""
        feed, sheet = self.feed(sample), self.sheet(sample.file)
        landed = self._landed(sample, sheet, 0)
        ground = self._ground(self._all_keys())
        seen = arrived(landed, ground, Verdict(is_accepted=True, trust="fetched"))
        if isinstance(feed, RecordFeed):
            return feed.read(seen, sheet.body).controls
        if isinstance(feed, FileFeed):
            return [control for part in feed.read(seen, io.BytesIO(sheet.body)) for control in part.controls]
        with _in_file(self._room, sheet.body) as path:
            job = Job(feed, seen, path, self.partner.codes, self.samples.currencies)
            return read_table(self._workroom, job, self._room).controls

    def _take(self, landed: Landed, feed: Feed, name: str, ground: Ground) -> Heard:
        taken = self._read_by(landed, feed, ground)
        for found in taken.findings:
            if found.check == RECORD_COUNT:
                self.uncounted.append(f"{name}: {found.found}")
        return _heard(landed, taken)

    def _read_by(self, landed: Landed, feed: Feed, ground: Ground) -> Taken:
        if isinstance(feed, RecordFeed):
            return read_message(landed, feed, ground, _token)
        if isinstance(feed, FileFeed):
            return read_file(landed, feed, ground, _token)
        return self._tables.read(landed, feed, ground)

    def _landed(self, sample: Sample, sheet: Sheet, late: int) -> Landed:
        arrival = Arrival(
            partner=self.partner.name,
            feed=sample.feed,
            name=sample.name or Path(sample.file).name,
            landed_at=parse_instant(sample.received_at) + late,
            account=sample.account,
            body=sheet.body,
            start_line=sheet.start_line,
            headers=sheet.headers,
            broken=sheet.broken,
            is_given=True,
            is_again=True,
        )
        account = self._ground([]).account_for(arrival) if self.partner.account_of else self.samples.account
        return arrivals.land(arrival, hashlib.sha256(sheet.body).hexdigest(), sample.account or account, False, False)

    def _all_keys(self) -> list[SigningKey]:
        return [SigningKey(key.name, key.secret) for key in self.samples.key]

    def _ground(self, keys: list[SigningKey]) -> Ground:
        name, told = self.partner.name, self.samples
        terms = (Terms(valid_from="0001-01-01", settles_in=told.currencies),)
        names = {told.account, *(s.account for s in told.sample if s.account)}
        accounts = {(name, account): Account(name, account, zone=told.zone, terms=terms) for account in names}
        return Ground(tables.moves(), {name: self.partner}, accounts, keys={name: keys})

    @cached_property
    def _tables(self) -> TableReader:
        return TableReader(self._connect, Lake(self._room / "lake"), self._room)

    @cached_property
    def _workroom(self) -> Workroom:
        return Workroom(self._connect())

    def _connect(self) -> duckdb.DuckDBPyConnection:
        return connect(self._room / "engine", TOKEN_KEY, memory="512MiB", threads=1)


def content(taken: Heard) -> dict[str, Any]:
    """Give what a reading says, without where and when it came: equal for equal content."""
    place = {taken.delivery, taken.landed_at}
    lines = [msgspec.to_builtins(line) for line in taken.money_lines]
    return {
        "status": taken.status,
        "records": taken.records,
        "accepted": taken.accepted,
        "said": [(o.position, o.dispute, msgspec.to_builtins(o.said)) for o in taken.observations],
        "lines": [{k: v for k, v in line.items() if k not in ("delivery", "landed_at")} for line in lines],
        "house": {t: [[v for v in row if v not in place] for row in rows] for t, rows in sorted(taken.house.items())},
        "quarantined": [(position, msgspec.to_builtins(found)) for position, found in taken.quarantined],
        "findings": [msgspec.to_builtins(found) for found in taken.findings],
        "covers_on": taken.covers_on,
        "sequence": taken.sequence,
    }


def identities(taken: Heard) -> set[tuple[str, str]]:
    """Give what a reading would write into the register: ids of observations with their content, of money lines."""
    told = {(observation.id, observation.content) for observation in taken.observations}
    return told | {(line.id, f"{line.net_minor} {line.currency}") for line in taken.money_lines}


def is_noticed(taken: Heard, sound: Heard) -> bool:
    """Say whether a reading shows that something is wrong which was not wrong with the sound sample."""
    if taken.status != "read" and sound.status == "read":
        return True
    return len(taken.quarantined) > len(sound.quarantined) or _findings(taken) - _findings(sound) != set()


def _findings(taken: Heard) -> set[tuple[str, str]]:
    return {(found.check, found.found) for found in taken.findings if found.severity != "note"}


def _heard(landed: Landed, taken: Taken) -> Heard:
    return Heard(
        landed.delivery,
        landed.arrival.landed_at,
        taken.status,
        taken.records,
        taken.accepted,
        tuple(taken.told()),
        tuple(taken.money_lines),
        tuple(taken.quarantined),
        tuple(taken.findings),
        tuple(taken.totals),
        taken.house,
        taken.covers_on,
        taken.sequence,
    )


@contextmanager
def _in_file(room: Path, body: bytes) -> Iterator[Path]:
    path = room / "sample"
    path.write_bytes(body)
    yield path
    path.unlink()


def _token(digits: str) -> str:
    return token_of(digits, TOKEN_KEY)
