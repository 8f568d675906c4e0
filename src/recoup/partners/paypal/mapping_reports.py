"""What the rows of PayPal's reports say: movements of our balance, and cases as they stood.

A settlement report and a transaction report tell the same movements, which so have the same identity:
transaction id, event code, direction and currency, since PayPal uses an id for a hold and its release.
No row names the case it is about; it names the payment, or, for a fee, the row that the fee is for.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import BinaryIO, get_args

from recoup.domain.findings import Finding, Notes, excerpt
from recoup.domain.ids import money_line_id
from recoup.domain.instants import local_day, parse_instant
from recoup.domain.legs import LegKind, Told
from recoup.domain.money import check_currency, unit_rules
from recoup.domain.money_line import DISPUTE_KINDS, LineKind, MoneyLine
from recoup.domain.observation import Said
from recoup.errors import InstantRefused, MoneyRefused
from recoup.formats.plain_text import reference
from recoup.partners.contract import Arrived, Placed, Quarantined, Reading
from recoup.partners.paypal.report import Proof, SectionRow, key, read_records
from recoup.partners.paypal.telling import CODES, NAME, Amount

PART_ROWS = 4_000
"""Rows of one reading: what a part holds stays small, whatever the file."""
REMEMBERED = 10_000
"""Rows about disputes that a later row of the same file may name: a fee follows within a few rows."""
MOVEMENT_COLUMNS = (
    "Transaction ID",
    "PayPal Reference ID",
    "PayPal Reference ID Type",
    "Transaction Event Code",
    "Transaction Completion Date",
    "Transaction Debit or Credit",
    "Gross Transaction Amount",
    "Gross Transaction Currency",
    "Fee Debit or Credit",
    "Fee Amount",
    "Fee Currency",
)
STATUS_COLUMN = "Transactional Status"
"""Of transaction reports alone."""
CASE_COLUMNS = (
    "Case ID",
    "Original transaction ID",
    "Case type",
    "Case status",
    "Disputed amount",
    "Disputed currency",
)
_LINE_KINDS: dict[str, LineKind] = {kind: kind for kind in get_args(LineKind)}
_LEGS: dict[str, LegKind] = {"debit": "debit", "credit": "credit", "hold": "hold"}
_SIGNS = {"CR": 1, "DR": -1}
_PAYER = re.compile(r"[A-Z0-9]{13}")
"""The id of a PayPal account."""
_OF_TRANSACTION = "TXN"
_KEPT_APART = DISPUTE_KINDS | {"payout", "payout_failure", "reserve"}
"""Kinds of which each row counts: one that stands twice is refused, not taken for one."""


class _Refused(ValueError):
    """A row that cannot be read: the column, what was found, what was wanted. Caught in this file alone."""


def read_settlement(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a settlement report: every row moved our balance."""
    proof = Proof(arrived.name, is_sum_stated=True, is_footer_wanted=True)
    return _parts(arrived, stream, proof, _Movements(arrived))


def read_transactions(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a transaction detail report: rows that are pending or denied moved nothing."""
    proof = Proof(arrived.name, is_sum_stated=False, is_footer_wanted=True)
    return _parts(arrived, stream, proof, _Movements(arrived))


def read_cases(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a case report: every row is a case as it stood when the report ended."""
    proof = Proof(arrived.name, is_sum_stated=False, is_footer_wanted=False)
    return _parts(arrived, stream, proof, _Cases(arrived))


class _Movements:
    """Rows to money lines; one instance per file, since a row may name one before it."""

    columns = MOVEMENT_COLUMNS
    keys = frozenset(map(key, MOVEMENT_COLUMNS))

    def __init__(self, arrived: Arrived) -> None:
        self._arrived = arrived
        self._payments: OrderedDict[str, str | None] = OrderedDict()
        self._seen: set[str] = set()
        self._is_payer = _PAYER.fullmatch(arrived.account) is not None

    def take(self, row: SectionRow, reading: Reading, notes: Notes) -> None:
        """Add the movement of one row, if it is one.

        Raises:
          _Refused: A cell that cannot be read.
        """
        cells = row.cells
        if self._is_payer and row.account and row.account != self._arrived.account:
            raise _Refused("section", f"the account {excerpt(row.account)}", self._arrived.account)
        code = _word(cells["transactioneventcode"], "Transaction Event Code", "an event code, T1201")
        sign = _SIGNS.get(cells.get("transactiondebitorcredit", ""))
        if sign is None:
            found = excerpt(cells.get("transactiondebitorcredit", ""))
            raise _Refused("Transaction Debit or Credit", found, "CR or DR")
        if not _has_happened(cells):
            return
        kind = self._kind(code, sign, cells, notes)
        if kind is not None:
            line = self._line(row, code, sign, kind)
            if line.kind in _KEPT_APART:
                if line.identity in self._seen:
                    raise _Refused("Transaction ID", f"{line.identity} twice", "each movement once")
                self._seen.add(line.identity)
            reading.money_lines.append(line)

    def _kind(self, code: str, sign: int, cells: Mapping[str, str], notes: Notes) -> LineKind | None:
        """What the code says, with its direction where that matters; None for what moves nothing."""
        direction = "CR" if sign > 0 else "DR"
        word = CODES.meaning("event_code", f"{code}/{direction}") or CODES.meaning("event_code", code)
        if word == "silent":
            return None
        if word is None:
            notes.unknown("Transaction Event Code", code, "event_code")
            return "unknown"
        kind = _LINE_KINDS[word]
        # A fee that comes back is about a dispute where it names a row that is.
        return "dispute_fee" if kind == "fee" and cells["paypalreferenceid"] in self._payments else kind

    def _line(self, row: SectionRow, code: str, sign: int, kind: LineKind) -> MoneyLine:
        cells, arrived = row.cells, self._arrived
        name = _word(cells["transactionid"], "Transaction ID", "the id of a transaction")
        completed_at = _instant(cells["transactioncompletiondate"], "Transaction Completion Date")
        gross, currency = _amount(arrived, cells, "gross", completed_at)
        fee = _fee(arrived, cells, currency, completed_at)
        identity = f"{name}|{code}|{'CR' if sign > 0 else 'DR'}|{currency}"
        return MoneyLine(
            id=money_line_id(NAME, arrived.account, identity),
            partner=NAME,
            account=arrived.account,
            feed=arrived.feed,
            delivery=arrived.delivery,
            position=row.position,
            identity=identity,
            kind=kind,
            partner_kind=code,
            dispute=None,
            partner_dispute_id=None,
            payment_ref=self._payment(name, kind, cells),
            cycle=None,
            batch=identity if kind in ("payout", "payout_failure") else None,
            gross_minor=sign * gross,
            fee_minor=fee,
            net_minor=sign * gross - fee,
            currency=currency,
            original_minor=None,
            original_currency=None,
            occurred_at=completed_at,
            effective_on=local_day(completed_at, arrived.zone).isoformat(),
            reference=reference(cells.get("bankreferenceid")) or reference(cells.get("invoiceid")),
            landed_at=arrived.landed_at,
        )

    def _payment(self, name: str, kind: LineKind, cells: Mapping[str, str]) -> str | None:
        """The payment that a row is about: itself, the transaction it names, or the payment of the row it names."""
        if kind == "charge":
            return name
        named = reference(cells["paypalreferenceid"])
        if named is None or cells["paypalreferenceidtype"] != _OF_TRANSACTION:
            return None
        if named in self._payments:
            return self._payments[named]
        if kind in ("dispute", "dispute_reversal"):
            self._payments[name] = named
            if len(self._payments) > REMEMBERED:
                self._payments.popitem(last=False)
        # A fee whose chargeback is in another file names no payment: that row is not one.
        return None if kind == "dispute_fee" else named


class _Cases:
    """Rows to observations of cases."""

    columns = CASE_COLUMNS
    keys = frozenset(map(key, CASE_COLUMNS))

    def __init__(self, arrived: Arrived) -> None:
        self._arrived = arrived

    def take(self, row: SectionRow, reading: Reading, notes: Notes) -> None:
        """Add what one row says about its case.

        Raises:
          _Refused: A cell that cannot be read.
        """
        cells = row.cells
        name = _word(cells["caseid"], "Case ID", "the id of a case")
        at = _instant(row.ends_at, "section")
        disputed = self._disputed(cells, at, notes)
        leg = self._leg(cells, disputed, notes)
        status = reference(cells["casestatus"])
        case_type = reference(cells["casetype"])
        move = CODES.meaning("case_status", f"{case_type}/{status}")
        if move is None:
            notes.unknown("Case status", f"{case_type}/{status}", "case_status")
        reading.observations.append(
            Placed(
                row.position,
                Said(
                    partner_dispute_id=name,
                    form="row",
                    occurred_at=at,
                    move=move or "unknown",
                    kind="dispute",
                    partner_status="/".join(word for word in (case_type, status) if word) or None,
                    amount_minor=disputed[0] if disputed else None,
                    currency=disputed[1] if disputed else None,
                    payment_ref=reference(cells["originaltransactionid"]),
                    network=CODES.meaning("card_type", cells.get("cardtype", "").lower()),
                    reason_code=reference(cells.get("chargebackreasoncode")) or reference(cells.get("casereason")),
                    due_at=(due := _noted(cells, "Response due date", notes)),
                    due_state="unsaid" if due is None else "said",
                    opened_at=_noted(cells, "Case filing date", notes),
                    legs=() if leg is None else (leg,),
                ),
            )
        )
        if move is None:
            reading.fetch.append(name)

    def _disputed(self, cells: Mapping[str, str], at: int, notes: Notes) -> Amount | None:
        try:
            currency = check_currency(cells["disputedcurrency"])
            day = local_day(at, "UTC")
            minor = unit_rules().from_minor(NAME, self._arrived.feed, currency, cells["disputedamount"], day)
            return (minor, currency) if minor >= 0 else None
        except MoneyRefused as error:
            notes.add("paypal.amount", "Disputed amount", error.found, error.wanted)
            return None

    def _leg(self, cells: Mapping[str, str], disputed: Amount | None, notes: Notes) -> Told | None:
        """What the row says was moved, known by the transaction that moved it."""
        word = cells.get("moneymovement", "")
        if not word or disputed is None or not disputed[0]:
            return None
        leg = CODES.meaning("money_movement", word.lower())
        if leg is None:
            notes.unknown("Money movement", word, "money_movement")
            return None
        return Told(_LEGS[leg], 1, *disputed, reference(cells.get("disputedtransactionid")))


_Rows = _Movements | _Cases


def _parts(arrived: Arrived, stream: BinaryIO, proof: Proof, rows: _Rows) -> Iterator[Reading]:
    """Give the rows in parts; the last one states what the file states, and whether it can be trusted."""
    part = Reading()
    for record in read_records(stream, arrived.name):
        if isinstance(record, Finding):
            yield Reading(held=record)
            return
        row = proof.take(record)
        fault = proof.fault or _columns(record.kind, proof, rows, record.line)
        if fault is not None:
            yield Reading(held=fault)
            return
        if row is not None:
            _take(row, proof.where, rows, part)
        if part.records >= PART_ROWS:
            yield part
            part = Reading()
    proof.close()
    part.controls, part.held = proof.controls, proof.fault
    part.findings += proof.findings
    if proof.file_number == 1:
        # Further files of a report tell about the same day, and are not that day told again.
        part.covers_on = _day(proof.ends_at)
    yield part


def _columns(kind: str, proof: Proof, rows: _Rows, line: int) -> Finding | None:
    missing = [name for name in rows.columns if key(name) not in proof.columns] if kind == "CH" else []
    if not missing:
        return None
    return Finding("paypal.columns", f"{proof.where}:{line}", f"no column {', '.join(missing)}", "all that are read")


def _take(row: SectionRow, where: str, rows: _Rows, reading: Reading) -> None:
    reading.records += 1
    notes = Notes(f"{where}:{row.line}")
    try:
        if not rows.keys <= row.cells.keys():
            raise _Refused("row", "more or fewer cells than columns", "one under each name")
        rows.take(row, reading, notes)
    except _Refused as refused:
        column, found, wanted = refused.args
        bad = Finding("paypal.row", f"{where}:{row.line} {column}", found, wanted)
        reading.quarantined.append(Quarantined(row.position, bad))
    else:
        reading.accepted += 1
        reading.findings += notes.found


def _has_happened(cells: Mapping[str, str]) -> bool:
    """Whether the transaction was completed; a settlement report has no other, and no column that says so.

    Raises:
      _Refused: A status that no vocabulary knows: whether its money moved is not known.
    """
    status = cells.get("transactionalstatus")
    if not status:
        return True
    word = CODES.meaning("transactional_status", status)
    if word is None:
        raise _Refused("Transactional Status", excerpt(status), "S, P, D, V or F")
    return word == "moved"


def _word(text: str, column: str, wanted: str) -> str:
    found = reference(text)
    if found is None:
        raise _Refused(column, excerpt(text), wanted)
    return found


def _amount(arrived: Arrived, cells: Mapping[str, str], what: str, at: int) -> Amount:
    """The unsigned amount of the columns of a gross or a fee."""
    amount, currency = _COLUMNS[what]
    try:
        code = check_currency(cells[currency])
        if cells[amount].startswith("-"):
            raise MoneyRefused("", excerpt(cells[amount]), "an unsigned amount")
        minor = unit_rules().from_minor(NAME, arrived.feed, code, cells[amount], local_day(at, "UTC"))
    except MoneyRefused as error:
        raise _Refused(f"{what} amount", error.found, error.wanted) from error
    return minor, code


_COLUMNS = {"gross": ("grosstransactionamount", "grosstransactioncurrency"), "fee": ("feeamount", "feecurrency")}


def _fee(arrived: Arrived, cells: Mapping[str, str], currency: str, at: int) -> int:
    """What the row cost us, negative where a fee came back; a fee in another currency cannot be part of the row."""
    if not cells["feeamount"]:
        return 0
    fee, code = _amount(arrived, cells, "fee", at)
    sign = _SIGNS.get(cells["feedebitorcredit"])
    if sign is None and fee:
        raise _Refused("Fee Debit or Credit", excerpt(cells["feedebitorcredit"]), "CR or DR")
    if code != currency:
        raise _Refused("Fee Currency", code, f"{currency}, as the gross amount")
    return -(sign or 1) * fee


def _instant(text: str, column: str) -> int:
    """A time with its offset, `2026/02/21 00:21:47 -0800`."""
    try:
        return parse_instant(text.replace("/", "-"))
    except InstantRefused as error:
        raise _Refused(column, error.found, "a time with its offset, 2026/01/31 23:30:00 -0800") from error


def _noted(cells: Mapping[str, str], column: str, notes: Notes) -> int | None:
    text = cells.get(key(column))
    if not text:
        return None
    try:
        return _instant(text, column)
    except _Refused as refused:
        notes.add("paypal.instant", column, *refused.args[1:])
        return None


def _day(text: str) -> str | None:
    """The day on which a section ends, as PayPal writes it in the zone of the report."""
    found = re.match(r"(\d{4})/(\d{2})/(\d{2}) ", text)
    return "-".join(found.groups()) if found else None
