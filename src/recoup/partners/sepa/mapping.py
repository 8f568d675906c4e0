"""A file of SEPA messages, piece by piece: what each record says is told by the mapping of its feed.

`mapping_returns.py` has rejects, returns and reversals, `mapping_recalls.py` recalls and their answers,
`mapping_statements.py` returns as the bank books them. Here is what they share: counting, holding, and
one sentence for what is said of a whole batch.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from recoup.domain.findings import Finding, Notes, Severity, excerpt
from recoup.formats.iso20022 import read
from recoup.formats.iso20022_laid import total_finding
from recoup.formats.iso20022_pieces import (
    Broken,
    Ended,
    Entry,
    Group,
    Header,
    Piece,
    Statement,
    Total,
    Transaction,
    Unread,
)
from recoup.partners.contract import Arrived, Control, Placed, Quarantined, Reading
from recoup.partners.sepa.telling import NAME, Returned, day, lines, said
from recoup.partners.sepa.wire import FEEDS

PART = 2_000
"""Records of one part of a reading."""
SEEN_MAX = 1_000_000
"""Movements of one file among which a repeated one is noticed; the memory of more would not stay flat."""
FINDINGS_MAX = 1_000
CONTROLS_MAX = 1_000


class Telling:
    """Makes the reading of one delivery, in parts."""

    def __init__(self, arrived: Arrived) -> None:
        self.arrived = arrived
        self.reading = Reading()
        self.position = 0
        self.transfers = 0
        """Reports about credit transfers, which are no direct debits."""
        self.covers_on: str | None = None
        self.sequences: set[int] = set()
        self._controls: list[Control] = []
        self._seen: set[str] = set()
        self._findings = 0

    def count(self) -> None:
        """Begin the next record."""
        self.position += 1
        self.reading.records += 1

    def where(self, line: int) -> str:
        """File and line, as findings name them."""
        return f"{self.arrived.name}:{line}"

    def notes(self, line: int, name: str | None = None) -> Notes:
        """An empty sheet for what is wrong with a record."""
        return Notes(f"{self.where(line)} {name}" if name else self.where(line))

    def refuse(self, check: str, line: int, found: str, wanted: str) -> None:
        """Quarantine the record."""
        self.reading.quarantined.append(Quarantined(self.position, Finding(check, self.where(line), found, wanted)))

    def find(self, *findings: Finding) -> None:
        """Add findings, up to as many as anyone reads."""
        self.reading.findings += findings[: max(0, FINDINGS_MAX - self._findings)]
        self._findings += len(findings)

    def hold(self, finding: Finding | None) -> None:
        """Hold the delivery; the first reason counts."""
        self.reading.held = self.reading.held or finding

    def is_repeated(self, key: str) -> bool:
        """Whether this stood in the file before; of more than anyone can remember, not."""
        if key in self._seen:
            return True
        if len(self._seen) < SEEN_MAX:
            self._seen.add(key)
        return False

    def tell(self, returned: Returned, notes: Notes) -> None:
        """Add a return with its money."""
        self.reading.observations.append(Placed(returned.position, said(returned)))
        self.reading.money_lines += lines(returned, self.arrived)
        self.find(*notes.found)

    def compare(self, total: Total) -> None:
        """Keep a stated total; hold the delivery where it does not hold."""
        if total.stated != total.computed:
            self.hold(total_finding(total))
        elif len(self._controls) < CONTROLS_MAX:
            self._controls.append(Control(total.name, total.stated, total.computed, total.currency))

    def part(self) -> Reading:
        """Give the reading so far, and begin its next part."""
        given, self.reading = self.reading, Reading()
        given.accepted = given.records - len(given.quarantined)
        return given

    def end(self) -> Reading:
        """Give the last part, which says what the whole file states."""
        if self.transfers:
            found = f"{self.transfers} records about credit transfers"
            self.find(Finding("sepa.credit_transfer", self.arrived.name, found, "direct debits", "note"))
        self.reading.covers_on = self.covers_on
        self.reading.sequence = next(iter(self.sequences)) if len(self.sequences) == 1 else None
        self.reading.controls = self._controls
        return self.part()


TakeTransaction = Callable[[Telling, Transaction], None]
TakeEntry = Callable[[Telling, Entry], None]
TakeGroup = Callable[[Telling, Group], None]


def read_messages(
    arrived: Arrived,
    stream: BinaryIO,
    take: TakeTransaction | None = None,
    take_entry: TakeEntry | None = None,
) -> Iterator[Reading]:
    """Read a file in parts; a message that is not of this feed holds it."""
    telling = Telling(arrived)
    for piece in read(stream, arrived.name):
        if isinstance(piece, Transaction):
            telling.count()
            if take is not None and piece.header.message in FEEDS[arrived.feed]:
                take(telling, piece)
        elif isinstance(piece, Entry):
            if take_entry is not None:
                take_entry(telling, piece)
            elif piece.is_last:
                telling.count()
        else:
            _take_other(telling, piece)
        if telling.reading.records >= PART:
            yield telling.part()
    yield telling.end()


def _take_other(telling: Telling, piece: Piece) -> None:
    if isinstance(piece, Header):
        _take_header(telling, piece)
    elif isinstance(piece, Total):
        telling.compare(piece)
    elif isinstance(piece, Group):
        _take_group(telling, piece)
    elif isinstance(piece, Ended):
        _take_end(telling, piece)
    elif isinstance(piece, Unread):
        telling.count()
        telling.reading.quarantined.append(Quarantined(telling.position, piece.finding))
    elif isinstance(piece, Broken):
        telling.hold(piece.finding)
    elif isinstance(piece, Finding):
        telling.find(piece)


def _take_header(telling: Telling, header: Header) -> None:
    wanted = FEEDS[telling.arrived.feed]
    if header.message not in wanted:
        found = Finding(
            "sepa.message", telling.where(header.line), header.message, f"one of {', '.join(sorted(wanted))}"
        )
        telling.hold(found)
    on = day(header.created_at, telling.arrived.zone)
    if on is not None and header.message not in FEEDS["statements"]:
        telling.covers_on = max(telling.covers_on or "", on.isoformat())


def _take_group(telling: Telling, group: Group) -> None:
    """What is said of a whole batch: with its transactions it is only a word more; without them it names no case."""
    if group.transactions or group.status is None:
        return
    is_bad = group.status == "RJCT"
    found = f"{group.level} {excerpt(group.original or '')} with status {excerpt(group.status)}, and no transaction"
    severity: Severity = "error" if is_bad else "note"
    wanted = "the transactions that are rejected" if is_bad else "nothing to do"
    telling.find(Finding(f"{NAME}.batch_status", telling.where(group.line), found, wanted, severity))


def _take_end(telling: Telling, ended: Ended) -> None:
    statement = ended.statement
    closing = next((b.on for b in ended.balances if (b.kind or "").startswith("CLBD")), None)
    on = day(closing or statement.to_at or statement.created_at, telling.arrived.zone)
    if on is not None:
        telling.covers_on = max(telling.covers_on or "", on.isoformat())
    number = _sequence(statement)
    if number is not None and len(telling.sequences) < 2:
        telling.sequences.add(number)


def _sequence(statement: Statement) -> int | None:
    return statement.electronic_sequence or statement.legal_sequence
