"""What a clearing transaction file says: disputes, their reversals and second presentments, fees, and fraud advices.

A transaction is a TCR 0 with the TCRs after it. What a transaction code means together with its usage code stands in
`codes.csv`. A dispute is known by the acquirer reference number, or by a case number where the layout has a position
for one. A record that the layout cannot read is quarantined and says so; nothing is guessed.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding, Notes, excerpt
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import day_start, local_day
from recoup.domain.legs import Told
from recoup.domain.money import currency_of_number, unit_rules
from recoup.domain.money_line import LineKind, MoneyLine
from recoup.domain.observation import Kind, Said
from recoup.errors import MoneyRefused
from recoup.formats import fixed_width
from recoup.formats.fixed_width import Record
from recoup.formats.fixed_width_layout import FileLayout
from recoup.formats.fixed_width_values import day_by_last_digit
from recoup.formats.laid import Laid
from recoup.formats.plain_text import reference
from recoup.partners.contract import Arrived, Placed, Reading
from recoup.partners.fixed_width_feed import quarantine, readings
from recoup.partners.visa.telling import CODES, NAME, NETWORK, acquirer_of, has_right_check, is_reference, purchase_day

_FROM_ISSUER = frozenset({"15", "16", "17", "35", "36", "37"})
_LEGS: dict[str, Told] = {"d1": Told("debit", 1, 0, ""), "c1": Told("credit", 1, 0, "", None, True)}
_NOTICED: dict[str, tuple[Kind, str]] = {
    "fraud_advice": ("notice", "noticed"),
    "request": ("request", "inquiry_opened"),
}


def read_clearing(arrived: Arrived, stream: BinaryIO, layout: FileLayout) -> Iterator[Reading]:
    """Read one clearing file."""
    return readings(arrived, stream, layout, _Clearing(arrived, layout))


def lay_out(stream: BinaryIO, layout: FileLayout) -> Iterator[Laid]:
    """Show a clearing file, with the meanings of its codes."""
    return fixed_width.lay_out(stream, layout, _means)


def _means(record: str, field: str, raw: str) -> str | None:
    if field in ("destination_currency", "source_currency") and raw.strip("0 "):
        try:
            return currency_of_number(raw)
        except MoneyRefused:
            return None
    return CODES.meaning(field, raw) if field in ("transaction_code", "usage_code") else None


class _Transaction(msgspec.Struct):
    """A TCR 0 and the records that go on with it, by the layout's names."""

    head: Record
    further: dict[str, Record] = {}

    def text(self, field: str) -> str:
        """A field of the first record that has it, without blanks; empty where none does."""
        for record in (self.head, *self.further.values()):
            if found := record.text(field):
                return found
        return ""


class _Clearing:
    """Hears one file: its day, then its transactions record by record."""

    def __init__(self, arrived: Arrived, layout: FileLayout) -> None:
        self.arrived = arrived
        self.layout = layout
        self.on = local_day(arrived.landed_at, arrived.zone)
        self.batch: str | None = None
        self.waiting: _Transaction | None = None
        self.unread: dict[str, int] = {}
        self.seen: dict[str, int] = {}

    def take(self, record: Record, reading: Reading) -> None:
        """Take the header's day, begin a transaction, or go on with it."""
        role = record.layout.role
        if role == "header":
            self._begin(record, reading)
        elif role == "detail":
            self.waiting = _Transaction(record)
        elif role == "continuation":
            self._go_on(record, reading)
        elif role == "trailer":
            self.settle(reading)
            self._unread(record, reading)

    def settle(self, reading: Reading) -> None:
        """Read the transaction that is complete now."""
        found, self.waiting = self.waiting, None
        if found is None:
            return
        try:
            self._read(found, reading)
        except MoneyRefused as error:
            quarantine(self.arrived, found.head, reading, "visa.value", error.found, error.wanted)

    def _begin(self, record: Record, reading: Reading) -> None:
        on = record.day("processing_date")
        if on is None:
            where = f"{self.arrived.name}:{record.number} Processing date"
            reading.findings.append(Finding("visa.day", where, "no such day", "the day of the file as YYDDD", "warn"))
            return
        self.on = on
        reading.covers_on = on.isoformat()

    def _go_on(self, record: Record, reading: Reading) -> None:
        code = record.text("transaction_code")
        if self.waiting is None or self.waiting.head.text("transaction_code") != code:
            where = f"{self.arrived.name}:{record.number} {record.layout.title}"
            wanted = "after a TCR 0 of the same transaction code"
            reading.findings.append(Finding("visa.orphan", where, f"TC {excerpt(code)} alone", wanted))
            return
        self.waiting.further[record.name] = record

    def _read(self, found: _Transaction, reading: Reading) -> None:
        name = found.head.name
        if name in ("draft", "dispute"):
            self._draft(found, reading)
        elif name == "fee":
            self._fee(found, reading)
        elif name in _NOTICED:
            self._notice(found, reading)
        else:
            code = found.head.text("transaction_code")
            self.unread[code] = self.unread.get(code, 0) + 1

    def _unread(self, record: Record, reading: Reading) -> None:
        """Say once per file what was counted and not read: it may speak of disputes, where nothing is public."""
        for code, count in sorted(self.unread.items()):
            where = f"{self.arrived.name}:{record.number} TC {code}"
            wanted = "a layout of your own that describes them, where they are about disputes"
            reading.findings.append(Finding("visa.unread", where, f"{count} transactions", wanted, "note"))
        self.unread.clear()

    def _draft(self, found: _Transaction, reading: Reading) -> None:
        head = found.head
        step = f"{head.text('transaction_code')}/{head.text('usage_code') or '1'}"
        move = CODES.meaning("step", step)
        if move == "no_dispute":
            return
        arn = head.text("acquirer_reference")
        if not is_reference(arn):
            quarantine(
                self.arrived, head, reading, "visa.arn", "no reference", "an acquirer reference number, 23 digits"
            )
            return
        if self._is_issuers(arn):
            found_side = "a dispute of another acquirer's transaction"
            quarantine(
                self.arrived, head, reading, "visa.issuer_side", found_side, "disputes against our own acceptance"
            )
            return
        notes = Notes(f"{self.arrived.name}:{head.number} {arn}")
        if move is None:
            notes.unknown("Transaction code/usage code", step, "step")
        if not has_right_check(arn):
            notes.add("visa.arn_check", "Acquirer reference number", "a wrong check digit", "the right one", "warn")
        self._step(found, step, move or "unknown", arn, notes, reading)
        reading.findings.extend(notes.found)

    def _is_issuers(self, arn: str) -> bool:
        """An account that is a BIN says which transactions are ours; any other name does not."""
        account = self.arrived.account
        return account.isdigit() and len(account) in (6, 8) and account[:6] != acquirer_of(arn)

    def _step(self, found: _Transaction, step: str, move: str, arn: str, notes: Notes, reading: Reading) -> None:
        head = found.head
        on = self._processed(head, notes)
        at = day_start(on, self.arrived.zone)
        ours = "destination" if head.text("transaction_code") in _FROM_ISSUER else "source"
        amount, currency = self._amount(head, on, ours)
        leg = _LEGS.get(CODES.meaning("leg", step) or "")
        case = reference(found.text("case_number")) or arn
        record_id = "|".join((step, arn, on.isoformat(), str(amount), found.text("chargeback_reference")))
        said = Said(
            partner_dispute_id=case,
            form="row",
            occurred_at=at,
            move=move,
            record_id=record_id,
            kind="dispute",
            partner_status=f"TC {step}",
            amount_minor=amount,
            currency=currency,
            payment_ref=arn,
            case_ref=arn,
            network=NETWORK,
            reason_code=reference(found.text("dispute_condition")) or self._reason(head),
            opened_at=at if move == "chargeback_opened" else None,
            legs=() if leg is None or not amount else (_with(leg, amount, currency, record_id),),
        )
        self._purchase(head, arn, on, notes)
        reading.observations.append(Placed(head.number, said))
        if leg is not None and amount:
            gross = -amount if leg.leg == "debit" else amount
            kind: LineKind = "dispute" if gross < 0 else "dispute_reversal"
            reading.money_lines.append(self._line(head, record_id, kind, gross, currency, on, case, arn))

    def _reason(self, head: Record) -> str | None:
        reason = head.text("reason_code")
        return reason if reason.strip("0") else None

    def _purchase(self, head: Record, arn: str, on: dt.date, notes: Notes) -> None:
        raw = head.raw("purchase_date")
        if raw.strip(" 0") and purchase_day(raw, arn, on) is None:
            notes.add("visa.day", "Purchase date", "no such day", "a day as MMDD", "warn")

    def _processed(self, head: Record, notes: Notes) -> dt.date:
        """The central processing date, of whose year the record has the last digit; else the file's day."""
        raw = head.raw("processing_date")
        found = day_by_last_digit(raw, self.on) if raw.strip(" 0") else None
        if found is None:
            notes.add(
                "visa.day", "Central processing date", "no day", "a day as YDDD; the file's day stands for it", "note"
            )
        return found or self.on

    def _amount(self, head: Record, on: dt.date, ours: str) -> tuple[int, str]:
        """The amount on our side, `source` where we sent it, or on the other where ours has no currency yet."""
        for side in (ours, "source" if ours == "destination" else "destination"):
            amount, number = head.number_of(f"{side}_amount"), head.text(f"{side}_currency")
            if amount is None:
                raise MoneyRefused("", f"{side} amount that is no number", "12 digits")
            if number.strip("0"):
                currency = currency_of_number(number)
                return unit_rules().from_minor(NAME, self.arrived.feed, currency, amount, on), currency
        raise MoneyRefused("", "no currency", "the number of a currency of ISO 4217")

    def _fee(self, found: _Transaction, reading: Reading) -> None:
        """A fee collected from its destination (TC 10) or paid to it (TC 20); we are destination, or source."""
        head = found.head
        notes = Notes(f"{self.arrived.name}:{head.number}")
        on = self._processed(head, notes)
        is_collected = head.text("transaction_code") == "10"
        is_ours = head.text("source_bin") != "" and head.text("source_bin") == self.arrived.account[:6]
        amount, currency = self._amount(head, on, "source" if is_ours else "destination")
        gross = amount if is_collected == is_ours else -amount
        name = f"TC {head.text('transaction_code')}|{on.isoformat()}|{_fingerprint(head)}"
        self.seen[name] = count = self.seen.get(name, 0) + 1
        name = name if count == 1 else f"{name}|{count}"
        reading.findings.extend(notes.found)
        reading.money_lines.append(self._line(head, name, "fee", gross, currency, on, None, None))

    def _notice(self, found: _Transaction, reading: Reading) -> None:
        """A fraud advice or a request for a copy: what it is about, only a layout of one's own has positions for."""
        head = found.head
        kind, move = _NOTICED[head.name]
        if not self.layout.has(head.name, "acquirer_reference"):
            missing = f"no positions for TC {head.text('transaction_code')} in the layout {self.layout.name}"
            wanted = f"a layout of your own with {head.name}.acquirer_reference"
            quarantine(self.arrived, head, reading, "visa.layout_missing", missing, wanted)
            return
        arn = found.text("acquirer_reference")
        if not is_reference(arn):
            quarantine(
                self.arrived, head, reading, "visa.arn", "no reference", "an acquirer reference number, 23 digits"
            )
            return
        notes = Notes(f"{self.arrived.name}:{head.number} {arn}")
        on = self._processed(head, notes)
        at = day_start(on, self.arrived.zone)
        amount, currency = self._noticed_amount(found, on)
        said = Said(
            partner_dispute_id=f"{head.text('transaction_code')}/{arn}",
            form="row",
            occurred_at=at,
            move=move,
            record_id=f"TC {head.text('transaction_code')}|{arn}|{at}",
            kind=kind,
            partner_status=f"TC {head.text('transaction_code')}",
            amount_minor=amount,
            currency=currency,
            payment_ref=arn,
            case_ref=arn,
            network=NETWORK,
            reason_code=reference(found.text("fraud_type")) or reference(found.text("reason_code")),
            opened_at=at,
        )
        reading.observations.append(Placed(head.number, said))
        reading.findings.extend(notes.found)

    def _noticed_amount(self, found: _Transaction, on: dt.date) -> tuple[int | None, str | None]:
        """The amount of a notice, where the layout has positions for amount and currency; it moves nothing."""
        amount, number = found.head.number_of("amount"), found.text("currency")
        if amount is None or not number:
            return None, None
        currency = currency_of_number(number)
        return unit_rules().from_minor(NAME, self.arrived.feed, currency, amount, on), currency

    def _line(
        self,
        head: Record,
        identity: str,
        kind: LineKind,
        gross: int,
        currency: str,
        on: dt.date,
        case: str | None,
        arn: str | None,
    ) -> MoneyLine:
        arrived = self.arrived
        return MoneyLine(
            id=money_line_id(NAME, arrived.account, identity),
            partner=NAME,
            account=arrived.account,
            feed=arrived.feed,
            delivery=arrived.delivery,
            position=head.number,
            identity=identity,
            kind=kind,
            partner_kind=f"TC {head.text('transaction_code')}",
            dispute=None if case is None else dispute_id(NAME, arrived.account, case),
            partner_dispute_id=case,
            payment_ref=arn,
            cycle=None if case is None else 1,
            batch=on.isoformat(),
            gross_minor=gross,
            fee_minor=0,
            net_minor=gross,
            currency=currency,
            original_minor=None,
            original_currency=None,
            occurred_at=day_start(on, arrived.zone),
            effective_on=on.isoformat(),
            reference=reference(head.text("reason_code")),
            landed_at=arrived.landed_at,
        )


def _fingerprint(head: Record) -> str:
    """What tells one fee from another, since fees have no number: the whole record but the account number."""
    card = head.layout.fields.get("account_number")
    text = head.line if card is None else head.line[: card.start] + head.line[card.end :]
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _with(leg: Told, amount: int, currency: str, ref: str) -> Told:
    return msgspec.structs.replace(leg, amount_minor=amount, currency=currency, ref=ref)
