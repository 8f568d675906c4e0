"""PayPal's report files: sections of rows between headers and footers that state counts and sums.

The first cell of a row says what it is: RH report header, FH file header, SH section header, CH column
names, SB a row, SF the sums of a section in one currency, SC its rows, RF and RC the same of the whole
report, FF the rows of the file. A report over the limit of records comes in several files: only the
first has RH, only the last RF and RC. Amounts are unsigned integers, their sign is a column `CR`/`DR`.

Read from a stream, a row at a time; what cannot be trusted as a whole ends the reading with a fault.
Source: settlement report specification (developer.paypal.com/reports/settlement), fixtures of the
Wikimedia Foundation, Parse::PayPal::TxDetailReport; which footer holds what was inferred from files
whose sums tie.
"""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding, excerpt
from recoup.partners.contract import Control

LINE_BYTES_MAX = 1 << 20
"""Longest line that is looked at; a row of the widest report with every field full is a twentieth of it."""
ROWS_MAX = 1_000_000
"""PayPal's own limit for a file."""
_START = re.compile(r'"?[A-Z]{2}"?([,\t])')
_DIGITS = re.compile(r"[0-9]{1,18}")
_AFTER: Mapping[str, frozenset[str]] = {
    "": frozenset({"RH", "FH", "SH"}),
    "RH": frozenset({"FH", "SH"}),
    "FH": frozenset({"SH"}),
    "SH": frozenset({"CH", "SF", "SC", "RF", "RC", "FF"}),
    "CH": frozenset({"SB", "SF", "SC", "RF", "RC", "FF"}),
    "SB": frozenset({"SB", "SF", "SC", "RF", "RC", "FF"}),
    "SF": frozenset({"SF", "SC", "SH", "RF", "RC", "FF"}),
    "SC": frozenset({"SH", "RF", "RC", "FF"}),
    "RF": frozenset({"RF", "RC", "FF"}),
    "RC": frozenset({"FF"}),
    "FF": frozenset(),
}
"""Which record may follow which; anything else is another file within this one, or a piece of one."""
SUMS = ("gross credits", "gross debits", "fee credits", "fee debits")
"""The four sums of SF and RF, in their order."""
_SLOTS = {"CR": 0, "DR": 1}
_ADDED = (
    ("transactiondebitorcredit", "grosstransactionamount", "grosstransactioncurrency"),
    ("feedebitorcredit", "feeamount", "feecurrency"),
)
"""Columns of sign, amount and currency: of the gross, and of the fee."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record: what it is, its cells after the first, and its line in the file."""

    kind: str
    cells: tuple[str, ...]
    line: int


class SectionRow(msgspec.Struct, frozen=True, gc=False):
    """One SB row by its column's names, lower-case and without blanks; `position` counts the rows of the file."""

    position: int
    line: int
    cells: Mapping[str, str]
    account: str
    """The PayPal account that the section is about."""
    ends_at: str
    """When the section ends, as written."""


def read_records(stream: BinaryIO, where: str) -> Iterator[Record | Finding]:
    """Give every record of a report in order; a fault is the last thing given."""
    fault: list[Finding] = []
    try:
        rows = _rows(_lines(stream, where, fault), where, fault)
        for number, cells in rows:
            kind, *rest = map(str.strip, cells)
            yield Record(kind, tuple(rest), number)
    except csv.Error as error:
        fault.append(Finding("paypal.quotes", where, str(error), "quotes that open and close, fields of 131072"))
    except UnicodeDecodeError:
        fault.append(Finding("paypal.encoding", where, "bytes that are not UTF-8", "UTF-8"))
    yield from fault[:1]


def _rows(lines: Iterator[str], where: str, fault: list[Finding]) -> Iterator[tuple[int, list[str]]]:
    first = next(lines, None)
    if first is None:
        if not fault:
            fault.append(Finding("paypal.empty", where, "no record", "headers and footers, even without rows"))
        return
    start = _START.match(first)
    if start is None:
        fault.append(Finding("paypal.record", f"{where}:1", "no record type", "RH, FH or SH, and a comma or a tab"))
        return
    reader = csv.reader(_with(first, lines), delimiter=start.group(1), strict=True)
    for cells in reader:
        if cells and any(cells):
            yield reader.line_num, cells


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _lines(stream: BinaryIO, where: str, fault: list[Finding]) -> Iterator[str]:
    """Decode line by line, so that nobody holds more than one of them."""
    number, is_first = 0, True
    while raw := stream.readline(LINE_BYTES_MAX):
        number += 1
        if is_first:
            raw, is_first = raw.removeprefix(codecs.BOM_UTF8), False
        if len(raw) >= LINE_BYTES_MAX or b"\0" in raw:
            found = "a NUL" if b"\0" in raw[:LINE_BYTES_MAX] else "a line without end"
            fault.append(Finding("paypal.line", f"{where}:{number}", found, f"lines of text under {LINE_BYTES_MAX}"))
            return
        yield raw.decode("utf-8")


class Sums:
    """Rows and amounts of a section or a report, in PayPal's own units, by currency."""

    def __init__(self) -> None:
        self.rows = 0
        self.by_currency: dict[str, list[int]] = {}

    def add(self, cells: Mapping[str, str]) -> None:
        """Count a row, and add its gross and fee where they are amounts with a sign."""
        self.rows += 1
        get = cells.get
        for at, (sign, amount, currency) in enumerate(_ADDED):
            text, slot = get(amount, ""), _SLOTS.get(get(sign, ""))
            if text and slot is not None and _DIGITS.fullmatch(text) and (code := get(currency)):
                sums = self.by_currency.get(code)
                if sums is None:
                    sums = self.by_currency[code] = [0, 0, 0, 0]
                sums[2 * at + slot] += int(text)

    def join(self, other: "Sums") -> None:
        """Add what was counted elsewhere."""
        self.rows += other.rows
        for currency, sums in other.by_currency.items():
            known = self.by_currency.setdefault(currency, [0, 0, 0, 0])
            known[:] = [one + more for one, more in zip(known, sums, strict=True)]

    def net(self, currency: str) -> int:
        """What the rows moved in one currency."""
        credit, debit, fee_credit, fee_debit = self.by_currency.get(currency, (0, 0, 0, 0))
        return credit - debit + fee_credit - fee_debit


class Proof:
    """What a file's headers and footers state, gathered while it is read, and what speaks against it."""

    def __init__(self, where: str, *, is_sum_stated: bool, is_footer_wanted: bool) -> None:
        """Begin a file.

        Args:
          where: How findings name the file.
          is_sum_stated: Whether the sums of the footers are known to be those of all rows.
          is_footer_wanted: Whether the file must end with FF.
        """
        self.where = where
        self.file_number = 1
        self.position = 0
        """Rows so far."""
        self.columns: tuple[str, ...] = ()
        self.ends_at = ""
        """When the latest section ends, as written."""
        self.controls: list[Control] = []
        self.findings: list[Finding] = []
        self.fault: Finding | None = None
        self._is_sum_stated = is_sum_stated
        self._is_footer_wanted = is_footer_wanted
        self._has_counted = False
        self._before = ""
        self._account = ""
        self._section, self._sections = Sums(), Sums()
        """What the section that is open counts, and what those before it did."""

    def take(self, record: Record) -> SectionRow | None:
        """Take one record: a row is given by its columns, all others are headers and footers."""
        if record.kind not in _AFTER[self._before]:
            found = f"{excerpt(record.kind)} after {self._before or 'the beginning'}"
            wanted = f"one of {', '.join(sorted(_AFTER[self._before])) or 'nothing more'}"
            self.fault = Finding("paypal.order", f"{self.where}:{record.line}", found, wanted)
            return None
        self._before = record.kind
        match record.kind:
            case "FH":
                self.file_number = self._number(record, 0) or 0
            case "SH":
                self._open_section(record)
            case "CH":
                self.columns = tuple(key(cell) for cell in record.cells)
            case "SB":
                return self._row(record)
            case "SF" if self.is_whole_report:
                self._foot(record, self._section, "section")
            case "RF" if self.is_whole_report:
                self._foot(record, self._closed(), "report")
            case "SC" if self.is_whole_report:
                self._count(record, self._section, "rows of the section")
            case "RC" if self.is_whole_report:
                self._count(record, self._closed(), "rows of the report")
            case "FF":
                self._count(record, self._closed(), "rows of the file")
        return None

    def close(self) -> None:
        """Say what is missing once the stream has ended."""
        if self.fault is not None:
            return
        if self._is_footer_wanted and self._before != "FF":
            found = f"an end after {self._before or 'nothing'}"
            self.fault = Finding("paypal.truncated", self.where, found, "the file's footer FF at the end")
        elif not self._has_counted:
            self.fault = Finding("paypal.truncated", self.where, "no count of rows", "a footer that counts them")

    @property
    def is_whole_report(self) -> bool:
        """Whether all footers are about the rows seen here: of several files only the last has those of the report."""
        return self.file_number == 1

    def _closed(self) -> Sums:
        """What all sections count, once the open one is closed: a report's footers follow the last of them."""
        self._sections.join(self._section)
        self._section = Sums()
        return self._sections

    def _open_section(self, record: Record) -> None:
        self._closed()
        cells = [*record.cells, "", "", ""]
        self.ends_at, self._account = cells[1], cells[2]

    def _row(self, record: Record) -> SectionRow | None:
        self.position += 1
        if self.position > ROWS_MAX:
            self.fault = Finding("paypal.rows", f"{self.where}:{record.line}", "one more", f"at most {ROWS_MAX} rows")
            return None
        cells = dict(zip(self.columns, record.cells, strict=False))
        self._section.add(cells)
        if any(record.cells[len(self.columns) :]):
            cells = {}  # values under no column: which value is which is not known
        return SectionRow(self.position, record.line, cells, self._account, self.ends_at)

    def _foot(self, record: Record, sums: Sums, what: str) -> None:
        """Compare the sums of one currency. A footer of one number alone counts rows, as case reports have it."""
        if len([cell for cell in record.cells if cell]) == 1:
            self._count(record, sums, f"rows of the {what}")
            return
        currency, stated = record.cells[0], [self._number(record, at) for at in range(1, 5)]
        computed = sums.by_currency.get(currency, [0, 0, 0, 0])
        for name, one, other in zip(SUMS, stated, computed, strict=True):
            if one is None:
                continue
            if self._is_sum_stated:
                self.controls.append(Control(f"{name} of the {what}", one, other, currency))
            elif one != other:
                where = f"{self.where}:{record.line} {currency}"
                self.findings.append(Finding("paypal.sum", where, f"{name} {one}", f"{other}, as the rows", "warn"))
        if what == "section":
            self._balance(record, currency, sums)

    def _balance(self, record: Record, currency: str, sums: Sums) -> None:
        """The balance at the beginning and the rows make the balance at the end, in one of the pairs that are told."""
        told = [self._signed(record, at) for at in range(5, 13, 2)]
        pairs = [(told[at], told[at + 1]) for at in (0, 2)]
        known = [(one, other) for one, other in pairs if one is not None and other is not None]
        if known and all(other - one != sums.net(currency) for one, other in known):
            where, moved = f"{self.where}:{record.line} {currency}", sums.net(currency)
            found = f"balances {', '.join(f'{one} to {other}' for one, other in known)}"
            self.findings.append(Finding("paypal.balance", where, found, f"{moved} between them", "warn"))

    def _count(self, record: Record, sums: Sums, name: str) -> None:
        stated = self._number(record, 0)
        if stated is not None:
            self._has_counted = True
            self.controls.append(Control(name, stated, sums.rows))

    def _signed(self, record: Record, at: int) -> int | None:
        sign, text = (*record.cells, *("",) * 16)[at : at + 2]
        if sign not in ("CR", "DR") or not _DIGITS.fullmatch(text):
            return None
        return int(text) if sign == "CR" else -int(text)

    def _number(self, record: Record, at: int) -> int | None:
        text = (*record.cells, *("",) * 16)[at]
        if _DIGITS.fullmatch(text):
            return int(text)
        where = f"{self.where}:{record.line} {record.kind}"
        self.fault = self.fault or Finding("paypal.footer", where, excerpt(text), "an unsigned integer")
        return None


def key(column: str) -> str:
    """Give the name under which a column is found: older files write `TransactionID` for `Transaction ID`."""
    return column.replace(" ", "").lower()
