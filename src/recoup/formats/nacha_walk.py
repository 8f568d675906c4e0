"""The walk over the records of a Nacha file: where we are, what was added up, what does not hold.

Reader and viewer share it, so that both find the same. It takes one record after another and keeps no more than the
entry at hand; findings are kept up to a number.
"""

import msgspec

from recoup.domain.findings import Finding, Severity, excerpt
from recoup.formats import nacha_rules as rules
from recoup.formats.nacha_lines import place
from recoup.formats.nacha_records import (
    ADV,
    BLOCK,
    HASH_MODULUS,
    RECORD,
    BatchHeader,
    Entry,
    FileHeader,
)

FINDINGS_MAX = 1000
"""Findings kept of one stream; the rest is counted."""


class Stated(msgspec.Struct, frozen=True, gc=False):
    """One total over all files of a stream: what their control records state, and what their records come to."""

    name: str
    stated: int
    computed: int
    is_money: bool


class _Sums(msgspec.Struct, gc=False):
    """What is added up for a batch, and of batches for a file."""

    records: int = 0
    """Entries and addenda."""
    hash: int = 0
    debits: int = 0
    credits: int = 0
    batches: int = 0
    lines: int = 0
    """Records of the file from its header on, fillers of the last block left out."""
    is_advice: bool = False


class Walk:
    """One pass over the records of a stream: where we are, what was added up, what was found.

    The same walk serves the reader and the viewer. Read `held`, `findings`, `totals` when it is over.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.held: Finding | None = None
        """The first thing that makes the stream untrustworthy."""
        self.findings: list[Finding] = []
        self.left_out = 0
        """Findings beyond `FINDINGS_MAX`."""
        self.files: int = 0
        """File headers met."""
        self.entries: int = 0
        self.header: FileHeader | None = None
        """Of the latest file."""
        self.batch: BatchHeader | None = None
        """The open one."""
        self._is_open = False
        self._file = _Sums()
        self._sums = _Sums()
        self._previous = ""
        self._trace = ""
        self._pending: tuple[int, str] | None = None
        self._addenda: list[str] = []
        self._spoilt: Finding | None = None
        self._unusable = 0
        """Line of the first entry of the file that could not be added up."""
        self._filler = 0
        self._blocks = (0, 0)
        self._stated = {name: [0, 0] for name in rules.TOTALS}
        self._at = 0

    @property
    def totals(self) -> list[Stated]:
        """What the file controls state, over all files that have one."""
        return [Stated(name, pair[0], pair[1], name in ("debits", "credits")) for name, pair in self._stated.items()]

    def take(self, line: int, text: str) -> Entry | None:
        """Take one record; give the entry that it completes, if it does."""
        self._at = line
        if len(text) != RECORD:
            text = self._fitted(line, text)
        kind = text[0]
        done = self._complete() if kind != "7" and self._pending is not None else None
        if not text.isprintable():
            self._meet_control_character(line, kind)
        if kind == "7":
            self._take_addenda(line, text)
        elif kind == "6":
            self._take_entry(line, text)
        elif kind == "5":
            self._take_batch(line, text)
        elif kind == "8":
            self._take_batch_control(line, text)
        elif kind == "9":
            self._take_nine(line, text)
        elif kind == "1":
            self._take_header(line, text)
        else:
            self._hold(line, "nacha.record_type", excerpt(kind), "one of 1, 5, 6, 7, 8, 9", "Record Type Code")
        return done

    def finish(self) -> Entry | None:
        """End the stream: what is still open was cut off. Gives the last entry, where it was not yet complete."""
        done = self._complete() if self._pending is not None else None
        if self.batch is not None:
            self._hold(self._at, "nacha.truncated", "the end inside a batch", "a batch control, record type 8")
        if self._is_open:
            self._hold(self._at, "nacha.truncated", "the end of the data", "a file control, record type 9")
        if not self.files:
            self._hold(1, "nacha.no_header", "no file header", "a file header, record type 1")
        self._check_filler()
        if self.left_out:
            self.findings.append(
                Finding("nacha.findings", self.name or "file", f"{self.left_out} further findings", "none", "warn")
            )
        return done

    # --- lines ---------------------------------------------------------------------------------

    def _fitted(self, line: int, text: str) -> str:
        """The line at the length of a record, where only blanks were cut off or added; else as well as can be."""
        bare = text.rstrip(" ")
        is_filler = not bare.strip("9") and self.files > 0 and not self._is_open
        if len(text) > RECORD and len(bare) <= RECORD:
            self._warn(line, "nacha.record_length", f"{len(text)} characters, the last blank", f"{RECORD}", "record")
        elif is_filler and bare:
            self._warn(line, "nacha.blocking", f"a filler of {len(text)} nines", f"{RECORD}", "record")
            return rules.NINES
        elif len(text) < RECORD and rules.may_be_cut(bare):
            self._warn(line, "nacha.record_length", f"{len(text)} characters, blanks cut off", f"{RECORD}", "record")
        else:
            self._hold(line, "nacha.record_length", f"{len(text)} characters", f"{RECORD}", "record")
        return bare[:RECORD].ljust(RECORD)

    def _meet_control_character(self, line: int, kind: str) -> None:
        """In an entry or its addenda it spoils that entry alone."""
        check, found, wanted = "nacha.control_character", "a control character", "printable characters"
        if kind in ("6", "7"):
            self._spoilt = self._spoilt or Finding(check, place(self.name, line, "record"), found, wanted)
        else:
            self._hold(line, check, found, wanted, "record")

    def _take_header(self, line: int, text: str) -> None:
        if self._is_open:
            self._hold(line, "nacha.order", "a file header", "a file control first, record type 9")
            self.batch = None
        self._check_filler()
        self.files += 1
        self.header = FileHeader(line, text)
        self._is_open = True
        self._file, self._previous, self._unusable = _Sums(lines=1), "", 0
        if not rules.HEADER.fullmatch(text):
            self._hold(
                line,
                "nacha.file_header",
                f"priority {text[1:3]}, record size {text[34:37]}, blocking {text[37:39]}, format {text[39]}",
                "priority 01, record size 094, blocking 10, format 1",
            )
        if self.header.created_on is None:
            self._warn(line, "nacha.date", "no day", "a day as YYMMDD", "File Creation Date")
        for field, value in (("Destination", self.header.destination), ("Origin", self.header.origin)):
            if not value.isdigit():
                self._warn(line, "nacha.file_header", "other characters than digits", "a routing number", field)

    # --- batches -------------------------------------------------------------------------------

    def _take_batch(self, line: int, text: str) -> None:
        if self.batch is not None:
            self._hold(line, "nacha.order", "a batch header", "a batch control first, record type 8")
        if not self._is_open:
            self._hold(line, "nacha.order", "a batch header outside a file", "a file header first, record type 1")
        self.batch = batch = BatchHeader(line, text)
        self._file.lines += 1
        self._file.batches += 1
        self._sums, self._trace = _Sums(is_advice=batch.entry_class == ADV), ""
        if not rules.BATCH.fullmatch(text):
            self._hold(
                line,
                "nacha.batch_header",
                f"service class {batch.service_class}, entry class {batch.entry_class}, number {batch.number}",
                "one of 200, 220, 225, 280, three letters and seven digits",
            )
        elif batch.entry_class not in rules.ENTRY_CLASSES:
            self._warn(line, "nacha.entry_class", batch.entry_class, "a known one", "Standard Entry Class Code")
        if batch.number <= self._previous:
            found = f"{batch.number} after {self._previous}"
            self._warn(line, "nacha.batch_order", found, "a higher one", "Batch Number")
        self._previous = batch.number

    def _take_batch_control(self, line: int, text: str) -> None:
        batch, sums, file = self.batch, self._sums, self._file
        file.lines += 1
        if batch is None:
            self._hold(line, "nacha.order", "a batch control", "a batch header first, record type 5")
            return
        self.batch = None
        found = (rules.ADV_CONTROL if sums.is_advice else rules.BATCH_CONTROL).fullmatch(text)
        if found is None:
            self._hold(line, "nacha.batch_control", "other characters than digits", "counts and sums in digits")
        else:
            service, records, hashed, debits, credits, company, originator, number = found.groups()
            self._compare(line, "nacha.batch_control", "Entry/Addenda Count", records, sums.records)
            self._compare(line, "nacha.batch_control", "Entry Hash", hashed, sums.hash % HASH_MODULUS)
            self._compare(line, "nacha.batch_control", "Total Debit", debits, sums.debits)
            self._compare(line, "nacha.batch_control", "Total Credit", credits, sums.credits)
            is_named = sums.is_advice or rules.is_same_company(company.strip(), batch)
            if not is_named or (service, originator, number) != (batch.service_class, batch.originator, batch.number):
                self._differs(line, batch)
        self._check_directions(batch, sums)
        file.records += sums.records
        file.hash += sums.hash % HASH_MODULUS
        file.debits += sums.debits
        file.credits += sums.credits
        file.is_advice = file.is_advice or sums.is_advice

    def _differs(self, line: int, batch: BatchHeader) -> None:
        self._hold(
            line,
            "nacha.batch_control",
            "service class, company, originating bank or batch number of another batch",
            f"those of the batch header in line {batch.line}",
        )

    def _check_directions(self, batch: BatchHeader, sums: _Sums) -> None:
        found = {"220": sums.debits, "225": sums.credits}.get(batch.service_class)
        if found:
            self._warn(
                batch.line,
                "nacha.service_class",
                f"{batch.service_class} with {'debits' if batch.service_class == '220' else 'credits'}",
                "200 for a batch of both",
                "Service Class Code",
            )

    # --- the file's control, and the filler behind it --------------------------------------------

    def _take_nine(self, line: int, text: str) -> None:
        if text == rules.NINES:
            self._filler += 1
            if self._is_open:
                self._hold(line, "nacha.order", "a filler", "a file control first, record type 9")
            return
        if not self._is_open:
            self._hold(line, "nacha.order", "a file control", "a file header first, record type 1")
            return
        if self.batch is not None:
            self._hold(line, "nacha.order", "a file control", "a batch control first, record type 8")
            self.batch = None
        self._is_open = False
        self._file.lines += 1
        self._check_file(line, text)

    def _check_file(self, line: int, text: str) -> None:
        file = self._file
        found = (rules.ADV_FILE_CONTROL if file.is_advice else rules.FILE_CONTROL).fullmatch(text)
        if found is None:
            self._hold(line, "nacha.file_control", "other characters than digits", "counts and sums in digits")
            return
        blocks = -(-file.lines // BLOCK)
        computed = (file.batches, blocks, file.records, file.hash % HASH_MODULUS, file.debits, file.credits)
        for name, stated, sum_ in zip(rules.TOTALS, found.groups(), computed, strict=True):
            self._compare(line, "nacha.file_control", name, stated, sum_)
            pair = self._stated[name]
            pair[0] += int(stated)
            pair[1] += sum_
        self._blocks = (file.lines, line)

    def _check_filler(self) -> None:
        """The last block is filled up with nines; a file without them is whole all the same."""
        lines, at = self._blocks
        wanted = -lines % BLOCK
        if at and self._filler != wanted:
            self._warn(at, "nacha.blocking", f"{self._filler} fillers after {lines} records", f"{wanted}")
        self._filler, self._blocks = 0, (0, 0)

    # --- entries and addenda -----------------------------------------------------------------------

    def _take_entry(self, line: int, text: str) -> None:
        self._file.lines += 1
        self._sums.records += 1
        self.entries += 1
        if self.batch is None:
            self._hold(line, "nacha.order", "an entry outside a batch", "a batch header first, record type 5")
            return
        self._pending = (line, text)
        self._addenda = []

    def _take_addenda(self, line: int, text: str) -> None:
        self._file.lines += 1
        self._sums.records += 1
        if self._pending is None:
            self._hold(line, "nacha.order", "an addenda", "an entry first, record type 6")
            return
        self._addenda.append(text)

    def _complete(self) -> Entry:
        """The pending entry with its addenda, added up and checked."""
        assert self._pending is not None, "asked only where an entry is pending"
        assert self.batch is not None, "an entry is pending only in a batch"
        line, text = self._pending
        sums, batch, addenda, problem = self._sums, self.batch, self._addenda, self._spoilt
        self._pending = self._spoilt = None
        found = (rules.ADVICE if sums.is_advice else rules.ENTRY).fullmatch(text)
        if found is None:
            _add_readable(text, sums)
            self._unusable = self._unusable or line
            problem = self._problem(line, text, sums.is_advice)
            return Entry(line, text, batch, self.header, tuple(addenda), 0, False, problem)
        code, receiver, digit, cents, indicator, trace = found.groups()
        amount = int(cents)
        sums.hash += int(receiver)
        is_debit = code[1] in (rules.ADVICE_DEBITS if sums.is_advice else rules.DEBITS)
        if is_debit:
            sums.debits += amount
        else:
            sums.credits += amount
        if digit != rules.check_digit(receiver):
            self._warn(line, "nacha.check_digit", digit, rules.check_digit(receiver), "Check Digit")
        if (indicator == "1") != bool(addenda):
            self._warn(line, "nacha.addenda_indicator", indicator, str(int(bool(addenda))), "Addenda Record Indicator")
        if not sums.is_advice:
            if trace <= self._trace:
                self._warn(line, "nacha.trace_order", "no higher than the one before", "ascending", "Trace Number")
            self._trace = trace
        if addenda or batch.is_international:
            stray = self._check_addenda(line, text, addenda)
            problem = problem or stray
        return Entry(line, text, batch, self.header, tuple(addenda), amount, is_debit, problem)

    def _problem(self, line: int, text: str, is_advice: bool) -> Finding:
        """Which field makes an entry unusable, by its name and not its value."""
        fields = rules.ADVICE_FIELDS if is_advice else rules.ENTRY_FIELDS
        for name, start, end, pattern, wanted in fields:
            if not pattern.fullmatch(text[start:end]):
                return Finding("nacha.entry", place(self.name, line, name), "another value", wanted)
        raise AssertionError("a record that fits its fields fits")

    def _check_addenda(self, line: int, text: str, addenda: list[str]) -> Finding | None:
        """Check the addenda of an entry; give why it is unusable: what tells of its return is another entry's."""
        numbered: dict[str, int] = {}
        for at, record in enumerate(addenda, start=line + 1):
            kind = record[1:3]
            if kind in rules.SEQUENCED:
                numbered[kind] = nth = numbered.get(kind, 0) + 1
                if record[83:87] != f"{nth:04}":
                    self._warn(at, "nacha.addenda_order", excerpt(record[83:87]), f"{nth:04}", "Sequence Number")
            if kind not in rules.ADDENDA_TYPES:
                self._warn(at, "nacha.addenda_type", excerpt(kind), "a known one", "Addenda Type Code")
            elif not self._sums.is_advice and not rules.belongs(kind, record, text):
                self._warn(at, "nacha.addenda_trace", "that of another entry", f"that of line {line}", "Trace Number")
        if self.batch is not None and self.batch.is_international:
            self._check_international(line, text, addenda)
        return None if self._sums.is_advice else self._stray(line, text, addenda)

    def _stray(self, line: int, text: str, addenda: list[str]) -> Finding | None:
        """The last addenda of a return or change speaks; those before it may be the history of the case."""
        telling = [at for at, record in enumerate(addenda) if record[1:3] in rules.TELLING]
        if not telling or rules.belongs(addenda[telling[-1]][1:3], addenda[telling[-1]], text):
            return None
        where = place(self.name, line + 1 + telling[-1], "Trace Number")
        return Finding("nacha.addenda_trace", where, "that of another entry", f"that of line {line}")

    def _check_international(self, line: int, text: str, addenda: list[str]) -> None:
        kinds = [record[1:3] for record in addenda]
        if tuple(kinds[: len(rules.MANDATORY)]) != rules.MANDATORY:
            self._warn(
                line, "nacha.iat_addenda", f"addenda {' '.join(kinds[:9])}", f"first {' '.join(rules.MANDATORY)}"
            )
        stated = text[12:16]
        has_extra = [kind for kind in kinds if kind in ("98", "99")]
        if stated.strip() and stated not in (f"{len(kinds):04}", f"{len(kinds) - len(has_extra):04}"):
            self._warn(line, "nacha.iat_addenda", excerpt(stated), f"{len(kinds):04}", "Number of Addenda Records")

    # --- what was found ----------------------------------------------------------------------------

    def _compare(self, line: int, check: str, field: str, stated: str, computed: int) -> None:
        if int(stated) != computed:
            because = f"; the entry in line {self._unusable} cannot be used" if self._unusable else ""
            self._hold(line, check, f"{int(stated)}", f"{computed}, as the records come to{because}", field)

    def _hold(self, line: int, check: str, found: str, wanted: str, field: str = "") -> None:
        finding = self._found(line, check, found, wanted, field, "error")
        self.held = self.held or finding

    def _warn(self, line: int, check: str, found: str, wanted: str, field: str = "") -> None:
        self._found(line, check, found, wanted, field, "warn")

    def _found(self, line: int, check: str, found: str, wanted: str, field: str, severity: Severity) -> Finding:
        finding = Finding(check, place(self.name, line, field), found, wanted, severity)
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(finding)
        else:
            self.left_out += 1
        return finding


def _add_readable(text: str, sums: _Sums) -> None:
    """Of an unusable entry what can be read counts in the controls all the same."""
    receiver, cents = text[3:11], text[27:39] if sums.is_advice else text[29:39]
    if rules.DIGITS.fullmatch(receiver):
        sums.hash += int(receiver)
    if rules.DIGITS.fullmatch(cents) and text[2] in (rules.ADVICE_DEBITS if sums.is_advice else rules.DEBITS):
        sums.debits += int(cents)
    elif rules.DIGITS.fullmatch(cents):
        sums.credits += int(cents)
