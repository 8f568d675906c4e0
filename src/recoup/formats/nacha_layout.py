"""A Nacha file as it lies there: every record with its fields by the standard's names, their meaning, what is wrong.

The walk is the reader's own, so a person sees the findings that the reader has, beside the record where each came up:
a missing addenda shows at the record that stands in its place.
"""

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from recoup.domain.findings import Finding
from recoup.domain.money import render
from recoup.domain.tables import ach_return_codes
from recoup.formats import nacha_fields as fields
from recoup.formats.laid import Field, Laid
from recoup.formats.nacha_fields import Place
from recoup.formats.nacha_lines import Lines
from recoup.formats.nacha_records import ADV, RECORD, BatchHeader, Entry, day_of, return_kinds
from recoup.formats.nacha_rules import NINES
from recoup.formats.nacha_walk import Walk

_KINDS = {
    "1": "1 file header",
    "5": "5 batch header",
    "6": "6 entry detail",
    "7": "7 addenda",
    "8": "8 batch control",
    "9": "9 file control",
}
_ADDENDA_KINDS = {
    "02": "terminal",
    "05": "payment information",
    "10": "international: receiver and amount",
    "11": "international: originator",
    "12": "international: originator's place",
    "13": "international: originating bank",
    "14": "international: receiving bank",
    "15": "international: receiver's street",
    "16": "international: receiver's place",
    "17": "international: remittance",
    "18": "international: correspondent bank",
    "98": "notification of change",
    "99": "return",
}
_SERVICE_CLASSES = {
    "200": "debits and credits",
    "220": "credits only",
    "225": "debits only",
    "280": "automated accounting advices",
}
_ENTRY_CLASSES = {
    "ACK": "acknowledgment of a corporate credit",
    "ADV": "automated accounting advice",
    "ARC": "check received by mail, converted",
    "ATX": "acknowledgment of a corporate exchange",
    "BOC": "check converted in the back office",
    "CCD": "corporate credit or debit",
    "CIE": "customer initiated",
    "COR": "notification of change",
    "CTX": "corporate trade exchange",
    "DNE": "death notification",
    "ENR": "enrollment with a federal agency",
    "IAT": "international transaction",
    "MTE": "machine transfer",
    "POP": "check converted at the point of purchase",
    "POS": "point of sale",
    "PPD": "prearranged payment and deposit",
    "RCK": "re-presented check",
    "SHR": "shared network",
    "TEL": "authorised by telephone",
    "TRC": "truncated check",
    "TRX": "truncated checks, exchange",
    "WEB": "authorised over the internet",
    "XCK": "destroyed check",
}
_ACCOUNTS = {"2": "checking", "3": "savings", "4": "general ledger", "5": "loan"}
_ACTIONS = {
    "1": "return or change of a credit",
    "2": "credit",
    "3": "prenotification of a credit",
    "4": "zero dollar credit with remittance data",
    "6": "return or change of a debit",
    "7": "debit",
    "8": "prenotification of a debit",
    "9": "zero dollar debit with remittance data",
}
_LOAN_ACTIONS = {**_ACTIONS, "5": "debit, a reversal only"}
_ADVICES = {
    "81": "credit for debits originated",
    "82": "debit for credits originated",
    "83": "credit for credits received",
    "84": "debit for debits received",
    "85": "credit for credits in rejected batches",
    "86": "debit for debits in rejected batches",
    "87": "summary credit",
    "88": "summary debit",
}
_MONEY = frozenset({"Amount", "Original Forward Entry Payment Amount"})
_DAYS = frozenset({"File Creation Date", "Effective Entry Date", "Date of Death", "Date Original Entry Returned"})
_REASONS = frozenset({"Return Reason Code", "Dishonored Return Reason Code", "Contested Dishonored Return Reason Code"})


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give every record of a file with its fields, whatever is wrong with it; flat in memory."""
    lines, walk, context = Lines(stream, ""), Walk(), _Context()
    number = 0
    for number, (line, text) in enumerate(lines, start=1):
        done = walk.take(line, text)
        yield context.laid(number, lines.at(line), text, (*_problem(done), *walk.findings))
        walk.findings.clear()
    done = walk.finish() if lines.refused is None else None
    left = (*([lines.refused] if lines.refused else []), *_problem(done), *walk.findings, *lines.notes)
    if left:
        yield Laid(number + 1, "end of the file", "the end", (), left)


def _problem(done: Entry | None) -> tuple[Finding, ...]:
    """Why an entry cannot be used; it shows beside the record that ends it, and names its line."""
    return (done.problem,) if done is not None and done.problem is not None else ()


class _Context:
    """What the layout of a record depends on: the batch it is in."""

    def __init__(self) -> None:
        self.batch: BatchHeader | None = None
        self.has_advice = False

    def laid(self, number: int, at: str, text: str, findings: tuple[Finding, ...]) -> Laid:
        record = text.ljust(RECORD)
        if record[0] == "1":
            self.has_advice = False
        elif record[0] == "5":
            self.batch = BatchHeader(number, record)
            self.has_advice = self.has_advice or self.batch.entry_class == ADV
        shown = [_field(place, record) for place in self._places(record)]
        if len(text) > RECORD:
            shown.append(Field("Beyond the record", f"{RECORD + 1}-{len(text)}", text[RECORD:]))
        return Laid(number, self._kind(record), at, tuple(shown), findings)

    def _kind(self, record: str) -> str:
        if record == NINES:
            return "9 filler"
        if record[0] != "7":
            return _KINDS.get(record[0], "unknown record")
        tells = return_kinds().get(record[3:6]) if record[1:3] == "99" else None
        what = {"dishonored": "dishonored return", "contested": "contested dishonored return"}.get(tells or "")
        return f"7 addenda {record[1:3]} {what or _ADDENDA_KINDS.get(record[1:3], 'unknown')}"

    def _places(self, record: str) -> tuple[Place, ...]:
        entry_class = self.batch.entry_class if self.batch else ""
        is_international = self.batch is not None and self.batch.is_international
        match record[0]:
            case "1":
                return fields.FILE_HEADER
            case "5":
                return fields.IAT_BATCH_HEADER if is_international else fields.BATCH_HEADER
            case "6":
                return fields.ENTRY_BY_CLASS.get("IAT" if is_international else entry_class, fields.ENTRY)
            case "7":
                return _addenda_places(record, is_international=is_international)
            case "8":
                return fields.ADV_BATCH_CONTROL if entry_class == ADV else fields.BATCH_CONTROL
            case "9":
                control = fields.ADV_FILE_CONTROL if self.has_advice else fields.FILE_CONTROL
                return fields.FILLER if record == NINES else control
        return fields.UNKNOWN


def _addenda_places(record: str, *, is_international: bool) -> tuple[Place, ...]:
    kind, code = record[1:3], record[3:6]
    if kind == "99":
        tells = return_kinds().get(code)
        if tells == "dishonored":
            return fields.DISHONORED
        if tells == "contested":
            return fields.CONTESTED
        return fields.IAT_RETURN if is_international else fields.RETURN
    if kind == "98" and "C61" <= code <= "C69":
        return fields.REFUSED_CHANGE
    return fields.ADDENDA.get(kind, fields.ADDENDA_OTHER)


def _field(place: Place, record: str) -> Field:
    raw = record[place.first - 1 : place.last]
    at = f"{place.first}-{place.last}" if place.last > place.first else f"{place.first}"
    return Field(place.name, at, raw, _meaning(place.name, raw))


def _meaning(name: str, raw: str) -> str | None:
    words: Mapping[str, Mapping[str, str]] = {
        "Service Class Code": _SERVICE_CLASSES,
        "Standard Entry Class Code": _ENTRY_CLASSES,
        "Addenda Type Code": _ADDENDA_KINDS,
    }
    if name in words:
        return words[name].get(raw)
    if name == "Transaction Code":
        return transaction(raw)
    if name in _REASONS:
        return reason(raw)
    if name in _DAYS:
        day = day_of(raw)
        return day.isoformat() if day else None
    is_money = name in _MONEY or name.startswith("Total ")
    return render(int(raw), "USD") if is_money and raw.isascii() and raw.isdigit() else None


def transaction(code: str) -> str | None:
    """What a transaction code does to which kind of account; None for one that is not known."""
    if code in _ADVICES:
        return _ADVICES[code]
    actions = _LOAN_ACTIONS if code[:1] == "5" else _ACTIONS
    if code[:1] not in _ACCOUNTS or code[1:] not in actions:
        return None
    return f"{actions[code[1:]]}, {_ACCOUNTS[code[:1]]} account"


def reason(code: str) -> str | None:
    """The name of a return reason code, `R10` or, as later addenda refer to it, `10`; None for one not known."""
    full = code if code.startswith("R") else f"R{code}"
    return next((row.name for row in ach_return_codes() if row.code == full), None)
