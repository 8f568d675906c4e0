"""What entries of a Nacha file say: returns, contests and changes that came to us, dishonours that we sent.

One entry is one record. Account numbers, names and identification numbers of payers stay in the file: nothing here
reads them. Direction decides what an entry says to us: returns and contests come from the receiving bank, so in a file
that came they move our case, and in one that we sent they are another side's. With dishonours it is the other way
round.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import BinaryIO

from recoup.domain.findings import Finding, Notes
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import day_start
from recoup.domain.legs import Told
from recoup.domain.money_line import LineKind, MoneyLine
from recoup.domain.observation import Said
from recoup.formats.nacha import Nacha
from recoup.formats.nacha_lines import place
from recoup.formats.nacha_records import ADV, Entry
from recoup.partners.ach.telling import CODES, CURRENCY, NAME, file_key, nature, settled_on
from recoup.partners.ach.wire import TRACE, Case, case_of
from recoup.partners.contract import Arrived, Control, Placed, Quarantined, Reading

PART = 2000
"""Entries of one part of a reading."""
SEEN_MAX = 1_000_000
"""Entries of one file among which a repeated one is noticed; the memory of more would not stay flat."""
_FROM_RECEIVER = frozenset({"return", "contested"})
_FROM_ORIGINATOR = frozenset({"dishonored"})
_CYCLES = {"return": 1, "dishonored": 1, "contested": 2}


class _Entries:
    """The entries of one file on one feed, with what must be known of those before."""

    def __init__(self, arrived: Arrived, *, is_sent: bool) -> None:
        self.arrived = arrived
        self.is_sent = is_sent
        self.seen: set[str] = set()

    def take(self, entry: Entry, reading: Reading) -> None:
        """Add what an entry says, or quarantine it."""
        if entry.problem is not None:
            reading.quarantined.append(Quarantined(entry.line, entry.problem))
        elif (case := case_of(entry)) is not None:
            self._take_case(entry, case, reading)
        elif entry.changes:
            self._take_change(entry, reading)
        elif not self.is_sent:
            what = "an accounting advice" if entry.batch.entry_class == ADV else "an entry that is no return"
            self._refuse_side(entry, reading, what)

    # --- returns, dishonours, contests -----------------------------------------------------------

    def _take_case(self, entry: Entry, case: Case, reading: Reading) -> None:
        if self._is_other_side(case):
            self._refuse_side(entry, reading, f"{case.tells} {case.code}")
        elif not (TRACE.fullmatch(case.original) and TRACE.fullmatch(case.returned)):
            self._refuse(entry, reading, "ach.trace", "no trace number", "the trace numbers of entry and return")
        elif self._is_repeated(f"{case.code} {case.movement}"):
            self._refuse(entry, reading, "ach.repeated", "the same entry as one before", "each entry once in a file")
        elif entry.is_debit:
            self._take_debit(entry, case, reading)
        elif entry.amount_minor:
            notes = self._notes(entry, case.movement)
            on = settled_on(entry, self.arrived, notes)
            _note_unknown(case, notes)
            kind: LineKind = "refund" if self.is_sent else "refund_failure"
            reading.money_lines.append(self._line(entry, case, kind, on))
            reading.findings.extend(notes.found)

    def _is_other_side(self, case: Case) -> bool:
        """Whether the other bank's side is what the entry is for; an unknown code is taken for what its feed brings."""
        return case.tells in (_FROM_RECEIVER if self.is_sent else _FROM_ORIGINATOR)

    def _is_repeated(self, key: str) -> bool:
        if key in self.seen:
            return True
        if len(self.seen) < SEEN_MAX:
            self.seen.add(key)
        return False

    def _take_debit(self, entry: Entry, case: Case, reading: Reading) -> None:
        notes = self._notes(entry, case.name)
        on = settled_on(entry, self.arrived, notes)
        said = self._said(entry, case, on, notes)
        reading.observations.append(Placed(entry.line, said))
        decided = CODES.meaning("after_contest", case.code, on) if case.tells == "contested" else None
        if decided is not None:
            reading.observations.append(Placed(entry.line, _decision(said, decided)))
        if entry.amount_minor:
            kind: LineKind = "dispute_reversal" if self.is_sent else "dispute"
            reading.money_lines.append(self._line(entry, case, kind, on))
        reading.findings.extend(notes.found)

    def _said(self, entry: Entry, case: Case, on: dt.date, notes: Notes) -> Said:
        at = day_start(on, self.arrived.zone)
        reason = case.return_code or case.code
        _note_unknown(case, notes)
        return Said(
            partner_dispute_id=case.name,
            form="event",
            occurred_at=at,
            move=_move(entry, case, on),
            record_id=f"{case.code} {case.movement}",
            kind="return",
            nature=nature(reason, on) if entry.amount_minor else "administrative",
            partner_status=case.code,
            amount_minor=entry.amount_minor,
            currency=CURRENCY,
            payment_ref=case.original,
            case_ref=case.original,
            network=NAME,
            reason_code=reason,
            opened_at=at if case.tells == "return" else None,
            legs=_legs(entry, case),
        )

    def _line(self, entry: Entry, case: Case, kind: LineKind, on: dt.date) -> MoneyLine:
        """The money as our account has it: a debit of the entry's receiver, who is us in a file that came."""
        arrived = self.arrived
        net = entry.amount_minor if entry.is_debit == self.is_sent else -entry.amount_minor
        is_case = kind in ("dispute", "dispute_reversal")
        return MoneyLine(
            id=money_line_id(NAME, arrived.account, case.movement),
            partner=NAME,
            account=arrived.account,
            feed=arrived.feed,
            delivery=arrived.delivery,
            position=entry.line,
            identity=case.movement,
            kind=kind,
            partner_kind=f"{entry.transaction_code} {case.code}",
            dispute=dispute_id(NAME, arrived.account, case.name) if is_case else None,
            partner_dispute_id=case.name if is_case else None,
            payment_ref=case.original,
            cycle=_CYCLES.get(case.tells or "") if is_case else None,
            batch=file_key(entry),
            gross_minor=net,
            fee_minor=0,
            net_minor=net,
            currency=CURRENCY,
            original_minor=None,
            original_currency=None,
            occurred_at=day_start(on, arrived.zone),
            effective_on=on.isoformat(),
            reference=case.trace,
            landed_at=arrived.landed_at,
        )

    # --- notifications of change ------------------------------------------------------------------

    def _take_change(self, entry: Entry, reading: Reading) -> None:
        change = entry.changes[-1]
        if change.is_refusal or self.is_sent:
            # We refuse what receiving banks notify: a refusal in a file that came, or a notification in one that we
            # sent, is another side's; a refusal that we sent changes nothing here.
            if change.is_refusal != self.is_sent:
                self._refuse_side(entry, reading, f"notification of change {change.code}")
            return
        if not TRACE.fullmatch(change.original_trace):
            self._refuse(entry, reading, "ach.trace", "no trace number", "the trace number of the original entry")
            return
        name = f"{change.original_trace}/{entry.trace}/{change.code}"
        if self._is_repeated(name):
            self._refuse(entry, reading, "ach.repeated", "the same entry as one before", "each entry once in a file")
            return
        notes = self._notes(entry, name)
        on = settled_on(entry, self.arrived, notes)
        if CODES.meaning("change", change.code, on) is None:
            notes.unknown("Change Code", change.code, "change codes")
        at = day_start(on, self.arrived.zone)
        reading.observations.append(Placed(entry.line, _change(name, change.original_trace, change.code, at)))
        reading.findings.extend(notes.found)

    # --- refusals ------------------------------------------------------------------------------------

    def _notes(self, entry: Entry, name: str) -> Notes:
        return Notes(f"{place(self.arrived.name, entry.line)} {name}")

    def _refuse_side(self, entry: Entry, reading: Reading, what: str) -> None:
        wanted = "dishonored returns that we sent" if self.is_sent else "returns, contests and changes that came to us"
        self._refuse(entry, reading, "ach.issuer_side", what, wanted)

    def _refuse(self, entry: Entry, reading: Reading, check: str, found: str, wanted: str) -> None:
        where = place(self.arrived.name, entry.line)
        reading.quarantined.append(Quarantined(entry.line, Finding(check, where, found, wanted)))


def read_returns(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a file that came: returns, contested dishonored returns, notifications of change."""
    return _read(arrived, stream, _Entries(arrived, is_sent=False).take)


def read_sent(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a file that we sent: the dishonored returns in it. Our other entries are counted and say nothing here."""
    return _read(arrived, stream, _Entries(arrived, is_sent=True).take)


def _read(arrived: Arrived, stream: BinaryIO, take: Callable[[Entry, Reading], None]) -> Iterator[Reading]:
    nacha = Nacha(stream, arrived.name)
    part = Reading()
    for entry in nacha.entries():
        part.records += 1
        take(entry, part)
        if part.records == PART:
            yield _counted(part)
            part = Reading()
    part.held = nacha.held
    part.findings.extend(nacha.findings)
    part.controls = [
        Control(total.name, total.stated, total.computed, CURRENCY if total.is_money else None)
        for total in nacha.totals
    ]
    header = nacha.walk.header
    created = header.created_on if header is not None else None
    part.covers_on = created.isoformat() if created is not None else None
    yield _counted(part)


def _counted(part: Reading) -> Reading:
    part.accepted = part.records - len(part.quarantined)
    return part


def _note_unknown(case: Case, notes: Notes) -> None:
    if case.tells is None:
        notes.unknown("Return Reason Code", case.code, "return reason codes")


def _move(entry: Entry, case: Case, on: dt.date) -> str:
    """The move of an entry; a returned prenotification moved nothing: it says that account or mandate changed."""
    if case.tells is not None and not entry.amount_minor:
        return "noticed"
    return CODES.meaning("move", case.tells or "", on) or "unknown"


def _legs(entry: Entry, case: Case) -> tuple[Told, ...]:
    """What the entry moves. A contest tells the credit that it takes again, in case nobody told us of the dishonour."""
    amount, ref = entry.amount_minor, case.movement
    if not amount:
        return ()
    if case.tells == "return":
        return (Told("debit", 1, amount, CURRENCY, ref),)
    if case.tells == "dishonored":
        return (Told("credit", 1, amount, CURRENCY, ref, True),)
    if case.tells == "contested":
        return (Told("credit", 1, amount, CURRENCY, None, True), Told("debit", 2, amount, CURRENCY, ref))
    return ()


def _decision(contest: Said, move: str) -> Said:
    """What a contest decides, beside the contest itself."""
    return Said(
        partner_dispute_id=contest.partner_dispute_id,
        form="event",
        occurred_at=contest.occurred_at,
        move=move,
        record_id=f"{contest.record_id} decided",
        kind="return",
        network=NAME,
    )


def _change(name: str, original: str, code: str, at: int) -> Said:
    """A notification of change: it changes what we keep of the payer's account, and never money."""
    return Said(
        partner_dispute_id=name,
        form="event",
        occurred_at=at,
        move="noticed",
        record_id=name,
        kind="return",
        nature="administrative",
        partner_status=code,
        payment_ref=original,
        case_ref=original,
        network=NAME,
        reason_code=code,
        opened_at=at,
    )
