"""What a Klarna settlement report says: movements of our balance, the payout they make, and whether it all adds up.

The summary is proven by the published equation, each total by the rows that make it, the payout by everything.
Some totals have no rows (taxes, debts): what is left of such a total is a movement of its own, told by the summary.
Reports may write what we pay as positive or as negative: the summary shows which by its equation, the rows of a
type by the first of them. A type that nobody knows goes the way in which the report then adds up, or it is held.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import BinaryIO, get_args

import msgspec

from recoup.domain.findings import Finding, Notes, excerpt
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import local_day, parse_instant
from recoup.domain.money import check_currency, unit_rules
from recoup.domain.money_line import DISPUTE_KINDS, LineKind, MoneyLine
from recoup.errors import InstantRefused, MoneyRefused
from recoup.formats.plain_text import reference
from recoup.partners.contract import Arrived, Control, Quarantined, Reading
from recoup.partners.klarna.report import Line, read_lines
from recoup.partners.klarna.telling import NAME, meaning
from recoup.partners.klarna.wire import ROWS, TOTALS, WITHOUT_ROWS

PART_ROWS = 4_000
"""Rows of one reading: what a part holds stays small, whatever the file."""
UNKNOWN_MAX = 1_000
"""Rows of unknown types that are kept until the end tells their direction; more are another kind of file."""
ANY_ACCOUNT = "default"
_KINDS: dict[str, LineKind] = {kind: kind for kind in get_args(LineKind)}
_OF_SUMMARY: Mapping[str, LineKind] = {
    "fee_correction": "fee",
    "commission_reversal": "adjustment",
    "tax": "fee",
    "repay": "adjustment",
    "deposit": "adjustment",
}
"""What is told by a total alone; a debt that is paid back or grows is no money of a dispute."""


class _Refused(ValueError):
    """A record that cannot be read: check, column, found, wanted. Caught in this file alone."""


class _Summary(msgspec.Struct, frozen=True, gc=False):
    """The payout of a report, and by how much each total moved our balance."""

    payout: str
    currency: str
    paid_at: int
    settled: int
    moved: Mapping[str, int]
    debts: Mapping[str, int]


class _Row(msgspec.Struct, frozen=True, gc=False):
    """One transaction as it moved our balance, or as written where its type is not known."""

    position: int
    identity: str
    kind: LineKind
    word: str
    dispute: str | None
    payment_ref: str | None
    reference: str | None
    moved: int


def read_settlement(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a settlement report in parts; the last one states its totals."""
    report, part, position = _Report(arrived), Reading(), 0
    for line in read_lines(stream, arrived.name):
        fault = line if isinstance(line, Finding) else report.refuse(line)
        if isinstance(line, Finding) or fault is not None:
            yield Reading(held=fault)
            return
        if line.part in ("summary", "transaction"):
            position += 1
            report.take(line, position, part)
        if part.records >= PART_ROWS:
            yield part
            part = Reading()
    report.close(part)
    yield part


class _Report:
    """One report while it is read: what its summary says, and what its rows made so far."""

    def __init__(self, arrived: Arrived) -> None:
        self._arrived = arrived
        self._summary: _Summary | None = None
        self._made: Counter[str] = Counter()
        self._turns: dict[str, int] = {}
        self._told: Counter[str] = Counter()
        self._unknown: list[_Row] = []

    def refuse(self, line: Line) -> Finding | None:
        """Give why the whole report is refused, where this line is why; the summary is read for that."""
        where = f"{self._arrived.name}:{line.number}"
        if len(self._unknown) > UNKNOWN_MAX:
            return Finding("klarna.unknown", where, f"over {UNKNOWN_MAX} rows of unknown types", "types that are known")
        if line.part != "summary":
            return None
        try:
            self._summary = _summary(self._arrived, line.told())
        except _Refused as refused:
            check, column, found, wanted = refused.args
            return Finding(f"klarna.{check}", f"{where} {column}", found, wanted)
        return None

    def take(self, line: Line, position: int, reading: Reading) -> None:
        """Add the payout of the summary, or one transaction."""
        summary = self._known()
        reading.records += 1
        reading.accepted += 1
        if line.part == "summary":
            if summary.settled:
                paid = _Row(1, summary.payout, "payout", "payout", None, None, summary.payout, -summary.settled)
                reading.money_lines.append(_money(self._arrived, summary, paid))
            return
        where = f"{self._arrived.name}:{line.number}"
        try:
            row = self._row(line.told(), position, Notes(where), reading)
        except _Refused as refused:
            check, column, found, wanted = refused.args
            bad = Finding(f"klarna.{check}", f"{where} {column}", found, wanted)
            reading.quarantined.append(Quarantined(position, bad))
            reading.accepted -= 1
            return
        if row.kind == "unknown":
            self._unknown.append(row)
        else:
            reading.money_lines.append(_money(self._arrived, summary, row))

    def close(self, reading: Reading) -> None:
        """Add what only the end can tell: movements without rows, unknown ones, and the proof of all."""
        summary = self._known()
        reading.covers_on = local_day(summary.paid_at, "UTC").isoformat()
        for total, moved in summary.moved.items():
            self._close_total(total, moved, reading)
        told = sum(summary.moved.values())
        written = sum(row.moved for row in self._unknown)
        turn = -1 if written and summary.settled - told == -written else 1
        for row in self._unknown:
            turned = msgspec.structs.replace(row, moved=turn * row.moved)
            reading.money_lines.append(_money(self._arrived, summary, turned))
        self._control(reading, "total_settlement_amount", summary.settled, told + turn * written)
        if {"opening", "closing"} <= summary.debts.keys():
            after = summary.debts["opening"] - summary.debts["repay"] + summary.debts["deposit"]
            self._control(reading, "closing_debt_balance", summary.debts["closing"], after)

    def _close_total(self, total: str, moved: int, reading: Reading) -> None:
        made = self._made[total]
        if total not in WITHOUT_ROWS:
            self._control(reading, f"total_{total}_amount", moved, made)
        elif moved != made:
            summary = self._known()
            identity = f"{summary.payout}|{total}"
            left = _Row(1, identity, _OF_SUMMARY[total], total, None, None, None, moved - made)
            reading.money_lines.append(_money(self._arrived, summary, left))

    def _control(self, reading: Reading, name: str, stated: int, computed: int) -> None:
        reading.controls.append(Control(name, stated, computed, self._known().currency))

    def _row(self, told: Mapping[str, str], position: int, notes: Notes, reading: Reading) -> _Row:
        """Give one transaction.

        Raises:
          _Refused: A cell that cannot be read, or money in another currency than the settlement's.
        """
        summary = self._known()
        word, detail = _word(told, "type").upper(), (told.get("detailed_type") or "").upper()
        posted = told.get("posting_currency") or summary.currency
        if posted != summary.currency:
            raise _Refused("currency", "posting_currency", excerpt(posted), summary.currency)
        written = _amount(self._arrived, told, "amount", summary)
        kind = self._kind(word, detail, notes, summary)
        dispute = reference(told.get("reversal_reference"))
        if kind == "dispute" and dispute is None and "reversal_reference" in told:
            notes.add("klarna.dispute", "reversal_reference", "no dispute named", "the id of its dispute", "warn")
        reading.findings += notes.found
        return _Row(
            position,
            self._identity(word, told, written),
            kind,
            f"{word}/{detail}" if detail and detail != word else word,
            dispute if kind in DISPUTE_KINDS else None,
            reference(told.get("order_id")),
            reference(told.get("refund_id")) or reference(told.get("capture_id")),
            self._moved(word, written),
        )

    def _kind(self, word: str, detail: str, notes: Notes, summary: _Summary) -> LineKind:
        on = local_day(summary.paid_at, "UTC")
        kind = (meaning("type", f"{word}/{detail}", on) if detail else None) or meaning("type", word, on)
        if kind is None:
            notes.unknown("type", word, "type")
            return "unknown"
        return _KINDS[kind]

    def _moved(self, word: str, written: int) -> int:
        """How a row moved our balance: by its type, whichever way the report writes what we pay."""
        if word not in ROWS:
            return written
        total, direction = ROWS[word]
        if direction and written:
            turn = self._turns.setdefault(word, 1 if written > 0 else -1)
            written *= turn * direction
        self._made[total] += written
        return written

    def _identity(self, word: str, told: Mapping[str, str], written: int) -> str:
        """What makes a row the same in every report: no row has an id, and equal rows are counted.

        Ids of captures and refunds are left out: a report has them or not, as it was configured.
        """
        order, captured_at = told.get("order_id") or "", told.get("capture_date") or ""
        named = f"{self._known().payout}|{word}|{order}|{captured_at}|{written}"
        self._told[named] += 1
        return named if self._told[named] == 1 else f"{named}#{self._told[named]}"

    def _known(self) -> _Summary:
        assert self._summary is not None  # the reader gives no other line before the summary
        return self._summary


def _summary(arrived: Arrived, told: Mapping[str, str]) -> _Summary:
    """Read the summary.

    Raises:
      _Refused: A cell that cannot be read, or another merchant's report.
    """
    merchant = reference(told.get("merchant_id"))
    if merchant is not None and merchant != arrived.account != ANY_ACCOUNT:
        raise _Refused("account", "merchant_id", excerpt(merchant), f"the account {arrived.account}")
    bare = _Summary(_word(told, "payment_reference"), _currency(told), _paid_at(told), 0, {}, {})
    settled = _amount(arrived, told, "total_settlement_amount", bare)
    written = {name: _amount(arrived, told, f"total_{name}_amount", bare, 0) for name, _ in TOTALS}
    moved = {name: direction * written[name] for name, direction in TOTALS}
    if sum(moved.values()) != settled and sum(written.values()) == settled:
        moved = written  # the totals are written as they move our balance
    debts = {name: abs(moved[name]) for name in ("repay", "deposit")}
    for name in ("opening", "closing"):
        if told.get(f"{name}_debt_balance"):
            debts[name] = abs(_amount(arrived, told, f"{name}_debt_balance", bare))
    return _Summary(bare.payout, bare.currency, bare.paid_at, settled, moved, debts)


def _money(arrived: Arrived, summary: _Summary, row: _Row) -> MoneyLine:
    """Give the line of a row: it moved when it was paid, whenever it was registered."""
    is_fee = row.kind in ("fee", "dispute_fee")
    return MoneyLine(
        id=money_line_id(NAME, arrived.account, row.identity),
        partner=NAME,
        account=arrived.account,
        feed=arrived.feed,
        delivery=arrived.delivery,
        position=row.position,
        identity=row.identity,
        kind=row.kind,
        partner_kind=row.word,
        dispute=None if row.dispute is None else dispute_id(NAME, arrived.account, row.dispute),
        partner_dispute_id=row.dispute,
        payment_ref=row.payment_ref,
        cycle=None,
        batch=summary.payout,
        gross_minor=0 if is_fee else row.moved,
        fee_minor=-row.moved if is_fee else 0,
        net_minor=row.moved,
        currency=summary.currency,
        original_minor=None,
        original_currency=None,
        occurred_at=summary.paid_at,
        effective_on=local_day(summary.paid_at, arrived.zone).isoformat(),
        reference=row.reference,
        landed_at=arrived.landed_at,
    )


def _word(told: Mapping[str, str], column: str) -> str:
    found = reference(told[column])
    if found is None:
        raise _Refused("missing", column, excerpt(told[column]), "one printable line")
    return found


def _currency(told: Mapping[str, str]) -> str:
    try:
        return check_currency(told["settlement_currency"])
    except MoneyRefused as error:
        raise _Refused("currency", "settlement_currency", error.found, error.wanted) from error


def _paid_at(told: Mapping[str, str]) -> int:
    try:
        return parse_instant(told["payout_date"])
    except InstantRefused as error:
        raise _Refused("instant", "payout_date", error.found, error.wanted) from error


def _amount(
    arrived: Arrived, told: Mapping[str, str], column: str, summary: _Summary, absent: int | None = None
) -> int:
    """Give an amount in minor units; `absent` is that of a cell that is empty, or not there."""
    text = told.get(column) or ""
    if not text and absent is not None:
        return absent
    on = local_day(summary.paid_at, "UTC")
    try:
        return unit_rules().from_major(NAME, arrived.feed, summary.currency, text, on)
    except MoneyRefused as error:
        raise _Refused("amount", column, error.found, error.wanted) from error
