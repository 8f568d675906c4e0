"""The way of the data, for one batch of arrivals after another: land, read, write, derive.

A batch is one write transaction of the register. Bytes are durable before it
begins; if it does not end, the next run lands the same bytes again and nothing
has happened twice. Read `landing.py`, `reading.py`, `taking.py`, `deriving.py`
in this order.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from recoup.intake import deriving, grounding, landing, replay, settling, taking
from recoup.intake.arrival import Arrival, Landed
from recoup.intake.ground import Ground
from recoup.intake.reading import Taken, read_message, shown_name
from recoup.intake.scrub import Token
from recoup.intake.table_reader import covered
from recoup.intake.tables import TableReader
from recoup.partners.contract import Feed, Partner, RecordFeed, SigningKey, TableFeed
from recoup.storage import schema
from recoup.storage.objects import ObjectStore
from recoup.storage.register import Register, View

BATCH_DELIVERIES = 4_000
BATCH_BYTES = 16 * 1024 * 1024


class Problem(msgspec.Struct, frozen=True):
    """One finding as the one who ingests sees it."""

    path: str
    where: str
    found: str
    wanted: str
    code: str


class Report(msgspec.Struct):
    """What an ingest did. `records = accepted + quarantined` plus the records of held and refused deliveries."""

    deliveries: int = 0
    duplicate_deliveries: int = 0
    held: int = 0
    refused: int = 0
    records: int = 0
    accepted: int = 0
    quarantined: int = 0
    observations_new: int = 0
    observations_known: int = 0
    money_lines: int = 0
    problems: list[Problem] = []


class Intake(msgspec.Struct, frozen=True):
    """Everything an ingest needs, wired by `recoup.app`."""

    register: Register
    objects: ObjectStore
    tables: TableReader
    partners: Mapping[str, Partner]
    keys: Callable[[View], dict[str, list[SigningKey]]]
    token: Token
    actor: str
    clock: Callable[[], int]
    """Microseconds UTC, for `recorded_at`."""


Progress = Callable[[int], None]
"""Told after each batch how many deliveries it took."""


def ingest(intake: Intake, arrivals: Iterable[Arrival], progress: Progress | None = None) -> Report:
    """Take in all arrivals, in batches; what cannot be read is held or quarantined, and the rest goes on."""
    report = Report()
    for group in _groups(arrivals, intake):
        _take(intake, group, report)
        if progress is not None:
            progress(len(group))
    return report


def _groups(arrivals: Iterable[Arrival], intake: Intake) -> Iterator[list[Arrival]]:
    group: list[Arrival] = []
    size = 0
    for arrival in arrivals:
        is_large = arrival.body is None
        if group and (is_large or len(group) >= BATCH_DELIVERIES or size >= BATCH_BYTES):
            yield group
            group, size = [], 0
        group.append(arrival)
        size += len(arrival.body or b"")
        if is_large:
            yield group
            group, size = [], 0
    if group:
        yield group


def again(intake: Intake, arrivals: Sequence[Arrival], deliveries: Sequence[str]) -> Report:
    """Read kept bytes again in place of what was read of them before; one transaction, one difference."""
    report = Report()
    _take(intake, arrivals, report, forget=deliveries)
    return report


def _take(intake: Intake, group: Sequence[Arrival], report: Report, forget: Sequence[str] = ()) -> None:
    with intake.register.reading() as view:
        ground = grounding.load(view, intake.partners, intake.keys(view))
        landed = landing.land(group, ground, view)
        stored = landing.keep(landed, intake.objects, view)
        taken = [_read(intake, item, ground, view) for item in landed]
    recorded_at = intake.clock()
    subject = f"{group[0].partner}/{group[0].feed}" if len(group) == 1 else f"{len(group)} deliveries"
    with intake.register.transaction(intake.actor, "ingest", subject, recorded_at) as batch:
        batch.insert_new(schema.object_, [tuple(s) for s in stored])
        grounding.write_new(batch, ground)
        forgotten = replay.forget(batch, forget)
        touched = taking.write(batch, taken, recorded_at)
        touched.add(forgotten)
        deriving.derive(batch, touched.disputes, touched.fresh, touched.causes, ground, recorded_at)
        settling.settle(batch, touched, ground, recorded_at)
    _count(report, landed, taken, touched)


def _read(intake: Intake, landed: Landed, ground: Ground, view: View) -> Taken:
    feed = ground.feed(landed.arrival.partner, landed.arrival.feed)
    if not landing.is_read(landed, feed):
        return _known(landed, feed)
    if isinstance(feed, RecordFeed):
        return read_message(landed, feed, ground, intake.token)
    return intake.tables.read(landed, feed, ground)


def _known(landed: Landed, feed: Feed) -> Taken:
    """Known bytes say nothing new, but two empty reports under two names are the reports of two days."""
    covers_on, sequence = covered(feed, landed.arrival.name) if isinstance(feed, TableFeed) else (None, None)
    return Taken(landed, "known", covers_on=covers_on, sequence=sequence)


def _count(report: Report, landed: Sequence[Landed], taken: Sequence[Taken], touched: taking.Touched) -> None:
    report.deliveries += len(landed)
    report.duplicate_deliveries += sum(t.status == "known" for t in taken)
    report.held += sum(t.status == "held" for t in taken)
    report.refused += sum(t.status == "refused" for t in taken)
    report.records += sum(t.records for t in taken)
    report.accepted += sum(t.accepted for t in taken)
    report.quarantined += sum(len(t.quarantined) for t in taken)
    report.observations_new += touched.observations_new
    report.observations_known += touched.observations_known
    report.money_lines += touched.money_lines
    report.problems.extend(p for t in taken for p in _problems(t))


def _problems(taken: Taken) -> Iterator[Problem]:
    arrival = taken.landed.arrival
    path = str(arrival.path or shown_name(arrival.name))
    for found in (*taken.findings, *(f for _, f in taken.quarantined)):
        yield Problem(path, found.where, found.found, found.wanted, found.check)
