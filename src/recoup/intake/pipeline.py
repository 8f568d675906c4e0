"""The way of the data, for one batch of arrivals after another: land, read, write, derive.

A batch is one write transaction of the register. Bytes are durable before it
begins; if it does not end, the next run lands the same bytes again and nothing
has happened twice. Read `landing.py`, `reading.py`, `taking.py`,
`following.py` in this order.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future

import msgspec
from sqlalchemy import select, union

from recoup.domain.findings import Finding
from recoup.intake import attribution, fingerprints, following, grounding, landing, replay, settling, taking
from recoup.intake.arrival import Arrival, Landed
from recoup.intake.beside import Beside
from recoup.intake.ground import Ground
from recoup.intake.overlaps import LargeLines
from recoup.intake.parts import findings_of
from recoup.intake.readers import Readers
from recoup.intake.reading import Taken, shown_name
from recoup.intake.rows import Row
from recoup.ledger import lives
from recoup.partners.contract import Partner, SigningKey
from recoup.storage import schema
from recoup.storage.objects import ObjectStore, Stored
from recoup.storage.register import Batch, Register, View

BATCH_DELIVERIES = 4_000
BATCH_BYTES = 16 * 1024 * 1024
BATCH_DISPUTES = 2_000
BATCH_LINES = 5_000
BATCHES_LATER = 10_000
"""Payouts of a large file that are looked at once, at its end, and not with each of its parts."""
PROBLEMS_SHOWN = 1_000
"""Of one large file."""


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
    keeper: Executor
    """Makes bytes durable beside the reading; nothing is written to the register before they are."""
    readers: Readers
    beside: Beside
    """Processes that may help."""
    large: LargeLines
    partners: Mapping[str, Partner]
    keys: Callable[[View], dict[str, list[SigningKey]]]
    actor: str
    clock: Callable[[], int]
    """Microseconds UTC, for `recorded_at`."""


Progress = Callable[[int], None]
"""Told after each batch how many deliveries it took."""


def ingest(intake: Intake, arrivals: Iterable[Arrival], progress: Progress | None = None) -> Report:
    """Take in all arrivals, in batches; what cannot be read is held or quarantined, and the rest goes on.

    While one batch is written, the messages of the next are read in another process.
    """
    report = Report()
    for started in _started(intake, arrivals):
        _write(intake, started, report)
        if progress is not None:
            progress(len(started.landed))
    return report


def ingest_anew(intake: Intake, arrivals: Iterable[Arrival], progress: Progress | None = None) -> None:
    """Take arrivals into an empty register: first all the facts, then everything that follows from them, once.

    The same state as `ingest` gives, which derives after every batch: a replay proves that by its hash.
    """
    sums = taking.Touched()
    for started in _started(intake, arrivals):
        recorded_at = intake.clock()
        taken, stored = started.taken(), started.stored.result()
        with intake.register.transaction(intake.actor, "ingest", _subject(started.landed), recorded_at) as batch:
            batch.insert_new(schema.object_, [tuple(s) for s in stored])
            written = taking.write(batch, taken, recorded_at)
            fingerprints.write(batch, written.new, intake.partners)
            sums.retotal |= written.retotal
            sums.came |= written.came
            for touched in _parts(batch, written):
                sums.retotal |= touched.retotal
        _let_go(taken)
        if progress is not None:
            progress(len(started.landed))
    _derive_all(intake, sums, is_anew=True)


def _started(intake: Intake, arrivals: Iterable[Arrival]) -> "Iterator[_Started]":
    """Each batch landed and being read, while the one before it is written."""
    ahead: _Started | None = None
    for group in _groups(arrivals):
        started = _start(intake, group, ahead)
        if ahead is not None:
            yield ahead
        ahead = _at_once(started) if group[0].body is None else started
    if ahead is not None:
        yield ahead


def _at_once(started: "_Started") -> "_Started":
    """Read a large file now: it may be gone when the next arrival is asked for, as a replay's are."""
    taken = started.taken()
    started.stored.result()
    return _Started(started.landed, started.stored, lambda: taken)


class _Started(msgspec.Struct, frozen=True):
    """One batch that is landed, and being read."""

    landed: list[Landed]
    stored: "Future[list[Stored]]"
    taken: Callable[[], list[Taken]]


def _start(intake: Intake, group: Sequence[Arrival], ahead: _Started | None = None) -> _Started:
    """Land a batch and begin to read it; what the batch ahead of it holds is known, too."""
    with intake.register.reading() as view:
        ground = grounding.load(view, intake.partners, intake.keys(view))
        landed = landing.land(group, ground, view, ahead.landed if ahead else ())
        unkept = landing.unkept(landed, view)
    # Hashing and sealing let go of the interpreter: a large file is kept while the engine reads it.
    stored = intake.keeper.submit(landing.keep, unkept, intake.objects)
    return _Started(landed, stored, intake.readers.begin(landed, ground))


def _groups(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
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
    _write(intake, _start(intake, arrivals), report, forget=deliveries)
    return report


def _write(intake: Intake, started: _Started, report: Report, forget: Sequence[str] = ()) -> None:
    landed, taken, stored = started.landed, started.taken(), started.stored.result()
    recorded_at = intake.clock()
    with intake.register.transaction(intake.actor, "ingest", _subject(landed), recorded_at) as batch:
        batch.insert_new(schema.object_, [tuple(s) for s in stored])
        forgotten = replay.forget(batch, forget)
        touched = taking.write(batch, taken, recorded_at, forgotten.forgotten)
        if forget:
            _write_parts(batch, touched, forgotten.forgotten)
        else:
            fingerprints.write(batch, touched.new, intake.partners)
        touched.add(forgotten)
        # Loaded here and not before: these very deliveries may say who stands behind an account.
        ground = grounding.load(batch, intake.partners, {})
        following.follow(batch, touched, ground, recorded_at, intake.beside, intake.large)
        if not forget:
            _follow_parts(intake, batch, touched, ground, recorded_at)
        grounding.write_new(batch, ground)
    _count(report, landed, taken, touched)
    _let_go(taken)


def _write_parts(batch: Batch, touched: taking.Touched, forgotten: Collection[Row]) -> None:
    """Write all parts before anything follows: what was taken back and is told again is no difference."""
    for part in _parts(batch, touched, forgotten):
        touched.add(part)
        touched.count(part)
        for dispute, rows in part.fresh.items():
            touched.fresh.setdefault(dispute, []).extend(rows)


def _follow_parts(intake: Intake, batch: Batch, touched: taking.Touched, ground: Ground, recorded_at: int) -> None:
    """Write the parts of large files one by one, each with what follows from it: memory holds one at a time.

    The payouts that a file names are looked at when all of their lines stand, but for so many that memory would grow.
    """
    later = taking.Touched(landed_at=touched.landed_at)
    for part in _parts(batch, touched):
        touched.count(part)
        if len(later.batches) < BATCHES_LATER:
            later.batches |= part.batches
        part.batches -= later.batches
        following.follow(batch, part, ground, recorded_at, intake.beside, intake.large)
    if later.batches:
        following.follow(batch, later, ground, recorded_at, intake.beside, intake.large)


def _parts(batch: Batch, touched: taking.Touched, forgotten: Collection[Row] = ()) -> Iterator[taking.Touched]:
    for taken in touched.parted:
        for part in taken.parts or ():
            yield taking.write_part(batch, taken, part, forgotten)


def _let_go(taken: Sequence[Taken]) -> None:
    for told in taken:
        if told.parts is not None:
            told.parts.close()


def _subject(landed: Sequence[Landed]) -> str:
    first = landed[0].arrival
    return f"{first.partner}/{first.feed}" if len(landed) == 1 else f"{len(landed)} deliveries"


def derive_again(intake: Intake) -> None:
    """Derive everything again from the facts as they are: an agreement changed, and with it what follows."""
    _derive_all(intake, taking.Touched())


def _derive_all(intake: Intake, sums: taking.Touched, *, is_anew: bool = False) -> None:
    """Derive everything; `sums` names the deliveries whose lines are to be summed, too."""
    told, line = schema.observation.c.dispute, schema.money_line.c.dispute
    every = union(select(told), select(line).where(line.is_not(None)))
    with intake.register.reading() as view:
        disputes = sorted(row[0] for row in view.rows(select(every.subquery())))
        touched = taking.everything(view)
        touched.movements = attribution.unnamed(view)
    touched.retotal, touched.came = sums.retotal, sums.came
    lines, touched.single_lines = sorted(touched.single_lines), set()
    for start in range(0, len(disputes), BATCH_DISPUTES):
        _derive_part(intake, taking.Touched(disputes=set(disputes[start : start + BATCH_DISPUTES])), is_anew)
    for start in range(0, len(lines), BATCH_LINES):
        _derive_part(intake, taking.Touched(single_lines=set(lines[start : start + BATCH_LINES])), is_anew)
    _derive_part(intake, touched, is_anew)
    with intake.register.reading() as view:
        has_openings = bool(lives.openings(view))
    if has_openings:
        recorded_at = intake.clock()
        with intake.register.transaction(intake.actor, "derive", "openings", recorded_at) as batch:
            ground = grounding.load(batch, intake.partners, {}, is_anew=is_anew)
            settling.book_openings(batch, ground, recorded_at)


def _derive_part(intake: Intake, touched: taking.Touched, is_anew: bool) -> None:
    recorded_at = intake.clock()
    with intake.register.transaction(intake.actor, "derive", "all", recorded_at) as batch:
        ground = grounding.load(batch, intake.partners, {}, is_anew=is_anew)
        following.follow(batch, touched, ground, recorded_at, intake.beside, intake.large)
        grounding.write_new(batch, ground)


def _count(report: Report, landed: Sequence[Landed], taken: Sequence[Taken], touched: taking.Touched) -> None:
    report.deliveries += len(landed)
    report.duplicate_deliveries += sum(item.is_repeat for item in landed)
    report.held += sum(t.status == "held" for t in taken)
    report.refused += sum(t.status == "refused" for t in taken)
    report.records += sum(t.records for t in taken)
    report.accepted += sum(t.accepted for t in taken)
    report.quarantined += sum(t.refused for t in taken)
    report.observations_new += touched.observations_new
    report.observations_known += touched.observations_known
    report.money_lines += touched.money_lines
    report.problems.extend(p for t in taken for p in _problems(t))


def _problems(taken: Taken) -> Iterator[Problem]:
    arrival = taken.landed.arrival
    path = str(arrival.path or shown_name(arrival.name))
    for found in (*taking.elsewhere(taken), *taken.findings, *(f for _, f in taken.quarantined)):
        yield _problem(path, found)
    if taken.parts is not None:
        shown = list(findings_of(taken.parts, PROBLEMS_SHOWN))
        yield from (_problem(path, found) for found in shown)
        if len(shown) == PROBLEMS_SHOWN:
            wanted = "see: recoup quarantine list"
            yield Problem(path, path, f"more than the first {PROBLEMS_SHOWN} problems", wanted, "intake.problems")


def _problem(path: str, found: Finding) -> Problem:
    return Problem(path, found.where, found.found, found.wanted, found.check)
