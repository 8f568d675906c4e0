"""camt.053 and camt.054: booked entries of our account become money lines, and the statement proves itself.

A movement is named by the bank's reference: that of the entry, else that of its only transaction (`AcctSvcrRef`).
`NtryRef` is no name: banks number entries from one in each statement, or write the account's own reference in all.
A notification (camt.054) tells movements that the statement tells again, so only one with such a name makes a line;
a report within the day (camt.052) makes none, as what it tells may be taken back. One entry is one movement, however
many transactions it has: what its transactions say beyond that is the business of the scheme that they belong to.
"""

from collections.abc import Iterator
from typing import BinaryIO

from recoup.domain.findings import Finding, excerpt
from recoup.domain.instants import local_day, parse_day, parse_instant
from recoup.errors import InstantRefused
from recoup.formats.iso20022 import read
from recoup.formats.iso20022_laid import of_messages, total_finding
from recoup.formats.iso20022_pieces import (
    Balance,
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
from recoup.partners.bank.telling import Telling, is_ours, named
from recoup.partners.contract import Arrived, Control, FileFeed, Reading

BOOKED = "BOOK"
MADE = "stated:"
"""How a name begins that the bank did not give."""
CONTROLS_MAX = 1_000
"""Totals of one file that are kept; all are compared."""
STATEMENTS_MAX = 100_000
"""Statements of one file among which a repeated one is noticed."""
_KNOWN_STATUS = frozenset({BOOKED, "PDNG", "INFO", "FUTR"})


def read_camt(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a file of statements in parts; the last one says what the file covers, or why it is held."""
    telling, covered = Telling(arrived), _Covered(arrived)
    for piece in read(stream, arrived.name):
        _take(telling, covered, piece)
        if telling.is_full():
            yield telling.part()
    if telling.foreign and telling.foreign == telling.position:
        telling.hold(Finding("bank.account", arrived.name, "statements of other accounts alone", "one of this account"))
    telling.reading.covers_on = covered.on
    telling.reading.sequence = covered.sequence()
    telling.reading.controls = covered.controls
    yield telling.part()


CAMT = FileFeed("camt", ("banks",), read_camt, of_messages(("camt.052", "camt.053", "camt.054")), closed_by="structure")


class _Covered:
    """What the file covers: its last day, its number, where it holds one statement alone, and gaps between several."""

    def __init__(self, arrived: Arrived) -> None:
        self.on: str | None = None
        self.controls: list[Control] = []
        self._arrived = arrived
        self._known: set[tuple[object, ...]] = set()
        self._numbers: set[int | None] = set()
        self._last: dict[str, tuple[Statement, Balance | None]] = {}

    def open(self, statement: Statement) -> Finding | None:
        """Say what is wrong with a statement that stands twice in one file."""
        number = statement.electronic_sequence or statement.legal_sequence
        key = (statement.header.message, statement.account, statement.id, number, statement.page)
        if key in self._known:
            where = f"{self._arrived.name}:{statement.line}"
            return Finding("bank.repeated", where, "a statement for the second time", "each statement once in a file")
        if len(self._known) < STATEMENTS_MAX:
            self._known.add(key)
            self._numbers.add(number)
        return None

    def end(self, ended: Ended) -> Iterator[Finding]:
        """Note the day on which a statement closes, and what is missing between it and the one before."""
        statement = ended.statement
        closing, opening = _of_kind(ended, "CLBD"), _of_kind(ended, "OPBD") or _of_kind(ended, "PRCD")
        said = closing.on if closing is not None else None
        on = day_of(said or statement.to_at or statement.created_at, self._arrived.zone)
        if on is not None:
            self.on = max(self.on or "", on)
        before = self._last.get(statement.account or "")
        if before is not None and before[0].header.message == statement.header.message:
            yield from self._between(before, statement, opening)
        if len(self._last) < STATEMENTS_MAX:
            self._last[statement.account or ""] = (statement, closing)

    def _between(
        self, before: tuple[Statement, Balance | None], statement: Statement, opening: Balance | None
    ) -> Iterator[Finding]:
        where, (last, closing) = f"{self._arrived.name}:{statement.line}", before
        numbers = (
            (last.electronic_sequence, statement.electronic_sequence),
            (last.legal_sequence, statement.legal_sequence),
        )
        for earlier, later in numbers:
            is_page = last.page is not None and earlier == later
            if earlier is not None and later is not None and later != earlier + 1 and not is_page:
                yield Finding(
                    "bank.sequence_gap", where, f"statement {later} after {earlier}", f"{earlier + 1}", "warn"
                )
                break
        if closing is not None and opening is not None and (_signed(closing) != _signed(opening)):
            yield Finding(
                "bank.balance_gap", where, "another opening than the last closing balance", "both equal", "warn"
            )

    def total(self, total: Total) -> Finding | None:
        """Keep a stated total; say where it does not hold."""
        if total.stated != total.computed:
            return total_finding(total)
        if len(self.controls) < CONTROLS_MAX:
            self.controls.append(Control(total.name, total.stated, total.computed, total.currency))
        return None

    def sequence(self) -> int | None:
        """The statement's number; a file with several has none."""
        return next(iter(self._numbers)) if len(self._numbers) == 1 and len(self._known) == 1 else None


def _take(telling: Telling, covered: _Covered, piece: Piece) -> None:
    if isinstance(piece, Entry):
        if piece.is_last:
            telling.count()
            _entry(telling, piece)
    elif isinstance(piece, Total):
        telling.hold(covered.total(piece))
    elif isinstance(piece, Statement):
        telling.hold(covered.open(piece))
    elif isinstance(piece, Ended):
        telling.find(*covered.end(piece))
        _note_interim(telling, piece)
    elif isinstance(piece, Unread):
        telling.count()
        telling.refuse(piece.finding)
    elif isinstance(piece, Broken):
        telling.hold(piece.finding)
    elif isinstance(piece, Finding):
        telling.find(piece)
    else:
        _refuse_message(telling, piece)


def _refuse_message(telling: Telling, piece: Header | Group | Transaction) -> None:
    """Returns and recalls are another partner's; their records are counted, and the file is held."""
    header = piece if isinstance(piece, Header) else piece.header
    if isinstance(piece, Transaction):
        telling.count()
        telling.accept()
    if not header.message.startswith("camt.05") or header.message == "camt.056":
        where = f"{telling.arrived.name}:{header.line}"
        telling.hold(Finding("bank.message", where, header.message, "camt.052, camt.053 or camt.054"))


def _note_interim(telling: Telling, ended: Ended) -> None:
    if ended.statement.header.message == "camt.052" and ended.entries:
        where = f"{telling.arrived.name}:{ended.statement.line}"
        found = f"an interim report of {ended.entries} movements"
        telling.find(Finding("bank.interim", where, found, "the statement that books them", "note"))


def _entry(telling: Telling, entry: Entry) -> None:
    statement = entry.statement
    if not is_ours(telling.arrived, statement.account or "", entry.amount.currency):
        telling.refuse_account(entry.line, statement.account or "")
        return
    _look_inside(telling, entry)
    if not _is_told(telling, entry):
        telling.accept()
        return
    on = _booked_on(entry, telling.arrived.zone)
    if on is None:
        where = f"{telling.arrived.name}:{entry.line}"
        found = excerpt(entry.booked_at or entry.value_at or "")
        telling.refuse(Finding("bank.day", where, found, "the day of booking or of value"))
        return
    _line(telling, entry, on)
    if statement.header.message == "camt.054":
        _leave_unnamed(telling, entry)


def _leave_unnamed(telling: Telling, entry: Entry) -> None:
    """Take back the line of a notified movement whose name the statement would not give it too."""
    if telling.reading.money_lines[-1].identity.startswith(MADE):
        telling.reading.money_lines.pop()
        where = f"{telling.arrived.name}:{entry.line}"
        wanted = "a reference, or the statement that books it"
        telling.find(Finding("bank.unnamed", where, "a notified movement without the bank's reference", wanted, "note"))


def _is_told(telling: Telling, entry: Entry) -> bool:
    """Whether the entry may make a line: booked, and not by a report that may take it back."""
    status = entry.status or BOOKED
    if status not in _KNOWN_STATUS:
        telling.know("entry_status", status, entry.line)
    return status == BOOKED and entry.statement.header.message != "camt.052"


def _look_inside(telling: Telling, entry: Entry) -> None:
    """Note an entry that is another sum than its transactions, or has another number of them."""
    where = f"{telling.arrived.name}:{entry.line}"
    if entry.details_minor is not None and entry.details_minor != entry.amount.minor:
        found = f"transactions of {entry.details_minor} in an entry of {entry.amount.minor} {entry.amount.currency}"
        telling.find(Finding("bank.entry_sum", where, found, "both equal, but for charges", "note"))
    stated = entry.stated_transactions
    if entry.details and stated is not None and stated != entry.details:
        found = f"{entry.details} transactions in a batch of {stated}"
        telling.find(Finding("bank.batch_count", where, found, "all of them, or none", "warn"))


def _line(telling: Telling, entry: Entry, on: str) -> None:
    statement, minor = entry.statement, entry.amount.minor or 0
    telling.line(
        bank_reference=_reference(entry) or "",
        told=(
            statement.account,
            statement.id,
            statement.electronic_sequence,
            statement.legal_sequence,
            statement.page,
            entry.reference,
            entry.value_at,
            entry.bank_code,
            entry.information,
            *((d.end_to_end, d.transaction, d.remittance) for d in entry.transactions[:1]),
        ),
        minor=minor if entry.is_credit else -minor,
        currency=entry.amount.currency or "",
        on=on,
        kind=_kind(entry),
        end_to_end=_payout(entry),
        text=_text(entry),
    )


def _reference(entry: Entry) -> str | None:
    """The bank's reference of the entry, else that of its only transaction."""
    only = entry.transactions[0].servicer_reference if entry.details == 1 and entry.transactions else None
    return named(entry.servicer_reference or "") or named(only or "")


def _payout(entry: Entry) -> str | None:
    """What the payer gave along: end to end of the only transaction, else the one batch that the entry books."""
    if entry.details == 1 and entry.transactions:
        found = named(entry.transactions[0].end_to_end or "")
        if found is not None:
            return found
    return named(entry.batch_payment_information or "") or named(entry.batch_message or "")


def _kind(entry: Entry) -> str:
    """The bank's words: code, reversal, and why it came back where all transactions say the same."""
    codes = {d.reason.code for d in entry.transactions if d.reason is not None and d.reason.code}
    words = (entry.bank_code, "RvslInd" if entry.is_reversal else None, *(codes if len(codes) == 1 else ()))
    return " ".join(word for word in words if word)


def _text(entry: Entry) -> str:
    only = entry.transactions[0].remittance if entry.details == 1 and entry.transactions else None
    return only or entry.information or ""


def _booked_on(entry: Entry, zone: str) -> str | None:
    return day_of(entry.booked_at, zone) or day_of(entry.value_at, zone)


def day_of(text: str | None, zone: str) -> str | None:
    """Give the ISO day of a day, an instant, or a time without offset, which is the bank's own; None for none."""
    if not text:
        return None
    try:
        if "T" in text and (text.endswith("Z") or text[-6:-5] in ("+", "-")):
            return local_day(parse_instant(text), zone).isoformat()
        # A day of the schema may carry an offset too; what day it is does not depend on it.
        return parse_day(text[:10]).isoformat()
    except InstantRefused:
        return None


def _of_kind(ended: Ended, kind: str) -> Balance | None:
    return next((b for b in ended.balances if (b.kind or "").partition("/")[0] == kind), None)


def _signed(balance: Balance) -> tuple[int | None, str | None]:
    minor = balance.amount.minor
    return (None if minor is None else minor if balance.is_credit else -minor), balance.amount.currency
