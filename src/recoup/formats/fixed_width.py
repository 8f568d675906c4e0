"""Fixed-width files by a loadable layout: records with their fields, the totals that trailers state, and what is odd.

`read` gives, in the order of the file, records, flaws and ties (a stated total beside the computed one). It never
raises on bad data, holds no more than a piece of the file, and knows no partner. A fatal flaw says that nothing of the
file can be trusted: no trailer, a record cut off, another encoding, one logical file twice. What a field means is the
partner's.

No library does this: those for single formats (Amex, BASE II) slice lines and check no total, and one returns nothing
at all, without an error, for a file whose lines end. Layouts are in `fixed_width_layout.py`, line ends and encodings in
`fixed_width_frame.py`, signs and days in `fixed_width_values.py`.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding
from recoup.formats import fixed_width_values as values
from recoup.formats.fixed_width_frame import HEAD_BYTES, Frame, Line, flaw, framed, has_controls, lines
from recoup.formats.fixed_width_layout import FieldLayout, FileLayout, RecordLayout, Term, Total
from recoup.formats.laid import Field, Laid

UNKNOWN = RecordLayout("unknown", "unknown record", "other", (), {})
"""The layout of a record that no selector fits: kept, counted as `@unknown`, and never dropped."""


class Record(msgspec.Struct, gc=False):
    """One record of a known or unknown kind, its fields cut out when asked for."""

    number: int
    place: int
    """Number of the line, from 1, where lines end; else its first byte, from 0."""
    layout: RecordLayout
    line: str
    """As long as the layout says; blanks where the file had been trimmed."""
    file: int
    """Which logical file it is in, from 1."""
    flaw: Finding | None = None
    """Why this record cannot be read, though it counts."""

    @property
    def name(self) -> str:
        """The kind of record, by the layout's name."""
        return self.layout.name

    def raw(self, field: str) -> str:
        """A field as it stands; empty where the layout has no position for it."""
        found = self.layout.fields.get(field)
        return "" if found is None else self.line[found.start : found.end]

    def text(self, field: str) -> str:
        """A field without blanks around it."""
        return self.raw(field).strip(" ")

    def number_of(self, field: str) -> int | None:
        """A field of digits, or with its sign in the last one; None where it holds something else, or nothing."""
        found = self.layout.fields.get(field)
        return None if found is None else _counted(self.line, found)

    def day(self, field: str) -> dt.date | None:
        """The day of a field that has its year; None where there is no such day."""
        found = self.layout.fields.get(field)
        return None if found is None else values.day(self.line[found.start : found.end], found.kind)


class Flaw(msgspec.Struct, frozen=True):
    """Something wrong with the file rather than with one record."""

    finding: Finding
    is_fatal: bool = True


class Tie(msgspec.Struct, frozen=True):
    """One total that a trailer states, beside what was counted."""

    name: str
    """With the number of the logical file where there are several."""
    stated: int
    computed: int
    number: int
    """The record that states it."""


Part = Record | Flaw | Tie
_PLAIN = frozenset({"detail", "continuation", "other"})
"""Roles of records that neither open nor close anything."""
Means = Callable[[str, str, str], str | None]
"""(record, field, raw value) to what the value says, in words."""


def read(stream: BinaryIO, layout: FileLayout, name: str) -> Iterator[Part]:
    """Give everything that a file says, in its order.

    Args:
      stream: From the file's first byte; it must be able to go back to it.
      layout: What the records are.
      name: How findings call the file.
    """
    start = stream.tell() if stream.seekable() else 0
    head = stream.read(HEAD_BYTES)
    select = Selector(layout)
    found = framed(head, layout.record_length, layout.encodings, lambda text: select.opens(text), name)
    if isinstance(found, Finding):
        yield Flaw(found)
        return
    stream.seek(start)
    yield from (Flaw(note, is_fatal=False) for note in found.flaws)
    yield from _Walk(layout, select, name, found).over(lines(stream, found, layout.record_length))


class Selector:
    """Finds the layout of a record: the one with the most selectors that all hold."""

    def __init__(self, layout: FileLayout) -> None:
        groups: dict[tuple[tuple[int, int], ...], dict[object, RecordLayout]] = {}
        for record in layout.records.values():
            spans = tuple((start, end) for start, end, _ in record.when)
            known = groups.setdefault(spans, {})
            for key in _keys(record):
                known.setdefault(key if len(key) > 1 else key[0], record)
        ordered = sorted(groups.items(), key=lambda group: -len(group[0]))
        self._groups = [(itemgetter(*(slice(*span) for span in spans)), known) for spans, known in ordered]
        self._has_header = any(record.role == "header" for record in layout.records.values())

    def of(self, line: str) -> RecordLayout:
        """Give the layout of a record, `UNKNOWN` where none fits."""
        for cut_out, known in self._groups:
            found = known.get(cut_out(line))
            if found is not None:
                return found
        return UNKNOWN

    def opens(self, text: str) -> bool:
        """Whether a file may begin like this: with a record of a kind that says more than one character."""
        found = self.of(text)
        return found is not UNKNOWN and (not self._has_header or found.role == "header" or _is_telling(found))


def _is_telling(record: RecordLayout) -> bool:
    return sum(end - start for start, end, _ in record.when) > 1


def _keys(record: RecordLayout) -> list[tuple[str, ...]]:
    keys: list[tuple[str, ...]] = [()]
    for _, _, options in record.when:
        keys = [(*key, option) for key in keys for option in sorted(options)]
    return keys


def _counted(line: str, field: FieldLayout) -> int | None:
    text = line[field.start : field.end]
    return values.overpunched(text) if field.kind == "overpunch" else values.number(text)


class _Sums:
    """What has been counted since a header, or since a batch began."""

    __slots__ = ("amounts", "counts", "roles")

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.roles: dict[str, int] = {}
        self.amounts: dict[tuple[str, str], int] = {}

    def take(self, record: RecordLayout, line: str, summed: tuple[FieldLayout, ...]) -> None:
        """Count one record."""
        name = record.name
        self.counts[name] = self.counts.get(name, 0) + 1
        role = "unknown" if record is UNKNOWN else record.role
        self.roles[role] = self.roles.get(role, 0) + 1
        for field in summed:
            key = (name, field.name)
            self.amounts[key] = self.amounts.get(key, 0) + (_counted(line, field) or 0)

    def add(self, other: "_Sums") -> None:
        """Count all that another has counted."""
        for name, count in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        for role, count in other.roles.items():
            self.roles[role] = self.roles.get(role, 0) + count
        for key, amount in other.amounts.items():
            self.amounts[key] = self.amounts.get(key, 0) + amount

    def of(self, way: tuple[Term, ...]) -> int:
        """The sum of the terms."""
        return sum(term.sign * self._term(term) for term in way)

    def _term(self, term: Term) -> int:
        if term.field is not None:
            return self.amounts.get((term.record, term.field), 0)
        if term.record.startswith("@"):
            return self.roles.get(term.record[1:], 0)
        return self.counts.get(term.record, 0)


class _Walk:
    """The state of one reading; one instance per file, never shared."""

    def __init__(self, layout: FileLayout, select: Selector, name: str, frame: Frame) -> None:
        self.layout = layout
        self.select = select
        self.name = name
        self.is_lines = bool(frame.separator)
        self.summed = _summed(layout)
        self.has_header = any(record.role == "header" for record in layout.records.values())
        self.file = 0
        self.is_open = False
        self.whole, self.batch = _Sums(), _Sums()
        self.header: tuple[RecordLayout, str] | None = None
        self.seen: set[tuple[str, ...]] = set()
        self.trimmed = self.longer = self.wide = 0
        self.first: dict[str, int] = {}

    def over(self, found: Iterator[Line | Finding]) -> Iterator[Part]:
        """Walk over the records once."""
        last: Line | None = None
        length, select = self.layout.record_length, self.select
        for line in found:
            if isinstance(line, Finding):
                yield Flaw(line)
                return
            last = line
            text = line.text
            if len(text) == length and self.is_open:
                record = select.of(text)
                if record.role in _PLAIN and text.isascii() and text.isprintable():
                    self.batch.take(record, text, self.summed.get(record.name, ()))
                    yield Record(line.number, line.place, record, text, self.file)
                    continue
            yield from self._take(line)
        yield from self._end(last)

    def where(self, line: Line) -> str:
        """File and place, as findings name them."""
        return f"{self.name}:{line.place}" if self.is_lines else f"{self.name}, byte {line.place}"

    def _take(self, line: Line) -> Iterator[Part]:
        length = self.layout.record_length
        text = line.text if len(line.text) == length else line.text.ljust(length)
        record = self.select.of(text)
        if record.role == "header":
            yield from self._open(line)
            self.header = (record, text)
        elif self.has_header and not self.is_open:
            yield from self._unopened(line)
            self.is_open = True
        self.batch.take(record, text, self.summed.get(record.name, ()))
        yield Record(line.number, line.place, record, text, max(self.file, 1), self._flaw(line, record))
        if line.is_cut and not self._is_only_trimmed(line, record):
            yield Flaw(flaw("cut", self.where(line), f"a last record of {len(line.text)} characters", f"{length}"))
        if record.role in ("trailer", "group_trailer"):
            yield from self._close(line, record, text)

    def _open(self, line: Line) -> Iterator[Part]:
        if self.is_open:
            yield Flaw(flaw("no_trailer", self.where(line), "a header before the file above it ended", "its trailer"))
        self.file += 1
        self.is_open = True
        self.whole, self.batch = _Sums(), _Sums()

    def _unopened(self, line: Line) -> Iterator[Part]:
        if self.file:
            yield Flaw(flaw("after_trailer", self.where(line), "a record after the trailer", "the end, or a header"))
        else:
            yield Flaw(flaw("no_header", self.where(line), "a record before any header", "a header first"))
        self.file += 1

    def _close(self, line: Line, record: RecordLayout, text: str) -> Iterator[Part]:
        self.whole.add(self.batch)
        sums = self.batch if record.role == "group_trailer" else self.whole
        for total in self.layout.totals:
            if total.record == record.name:
                yield from self._tie(total, line, record, text, sums)
        self.batch = _Sums()
        if record.role == "trailer":
            yield from self._identity(line, record, text)
            self.is_open, self.header = False, None
            self.whole = _Sums()

    def _tie(self, total: Total, line: Line, record: RecordLayout, text: str, sums: _Sums) -> Iterator[Part]:
        field = record.fields[total.field]
        raw = text[field.start : field.end]
        if not raw.strip(" "):
            return
        stated = _counted(text, field)
        if stated is None or len(line.text) < field.end:
            what = "a total that is no number" if stated is None else "a total cut off"
            yield Flaw(flaw("total", f"{self.where(line)} {field.title}", what, f"{field.end - field.start} digits"))
            return
        if unknown := [name for name in total.unless if sums.counts.get(name)]:
            note = flaw("unchecked", f"{self.where(line)} {field.title}", f"records {unknown[0]}", "known ones", "note")
            yield Flaw(note, is_fatal=False)
            return
        ways = [sums.of(way) for way in total.either]
        if total.is_absolute:
            ways = [abs(way) for way in ways]
        computed = stated if stated in ways else ways[0]
        name = total.name if self.file <= 1 else f"{total.name} of file {self.file}"
        yield Tie(name, stated, computed, line.number)

    def _identity(self, line: Line, record: RecordLayout, text: str) -> Iterator[Part]:
        known = {record.name: (record, text)}
        if self.header is not None:
            known[self.header[0].name] = self.header
        for left, right in self.layout.same:
            one, other = _value(known, left), _value(known, right)
            if one is not None and other is not None and one != other:
                yield Flaw(flaw("other_file", self.where(line), "another file's trailer", f"the {left} above"))
        identity = tuple(_value(known, name) or "" for name in self.layout.identity)
        if self.layout.identity and identity in self.seen:
            yield Flaw(flaw("twice", self.where(line), "the same logical file a second time", "each once"))
        self.seen.add(identity)

    def _flaw(self, line: Line, record: RecordLayout) -> Finding | None:
        """What makes this one record unreadable; what is merely unusual is counted and said once at the end."""
        size, length = len(line.text), self.layout.record_length
        if size < length:
            self.trimmed += 1
            self.first.setdefault("trimmed", line.place)
        elif size > length:
            self.longer += 1
            self.first.setdefault("longer", line.place)
        if not line.text.isascii():
            self.wide += 1
            self.first.setdefault("wide", line.place)
        if has_controls(line.text):
            return flaw("control_characters", self.where(line), "control characters", "printable characters")
        if size < record.length_min:
            return flaw("short", self.where(line), f"{size} characters", f"at least {record.length_min}")
        return None

    def _is_only_trimmed(self, line: Line, record: RecordLayout) -> bool:
        """A trailer may end the file without line end and blanks: its totals say whether they are whole."""
        return self.is_lines and record.role == "trailer" and len(line.text) >= record.length_min

    def _end(self, last: Line | None) -> Iterator[Part]:
        if self.is_open and last is not None:
            found = f"the end after {last.number} records"
            yield Flaw(flaw("no_trailer", self.where(last), found, "a trailer"))
        if self.file > 1:
            note = flaw("logical_files", self.name, f"{self.file} logical files in one", "one, or each whole", "note")
            yield Flaw(note, is_fatal=False)
        unit = "line" if self.is_lines else "byte"
        for kind, count, found, wanted in (
            ("trimmed", self.trimmed, "shorter records", "blanks at their end as sent"),
            ("longer", self.longer, "longer records", "the positions that the layout knows"),
            ("wide", self.wide, "records with characters beyond ASCII", "ASCII"),
        ):
            if count:
                at = f"{self.name}, first at {unit} {self.first[kind]}"
                yield Flaw(flaw(kind, at, f"{count} {found}", wanted, "note"), is_fatal=False)


def _summed(layout: FileLayout) -> dict[str, tuple[FieldLayout, ...]]:
    """The fields of each record that any total sums."""
    wanted: dict[str, dict[str, FieldLayout]] = {}
    for total in layout.totals:
        for term in (term for way in total.either for term in way):
            if term.field is not None:
                field = layout.records[term.record].fields[term.field]
                wanted.setdefault(term.record, {})[term.field] = field
    return {record: tuple(fields.values()) for record, fields in wanted.items()}


def _value(known: dict[str, tuple[RecordLayout, str]], name: str) -> str | None:
    record, _, field = name.partition(".")
    if record not in known:
        return None
    layout, text = known[record]
    found = layout.fields[field]
    return text[found.start : found.end].strip(" ")


def lay_out(stream: BinaryIO, layout: FileLayout, means: Means = lambda record, field, raw: None) -> Iterator[Laid]:
    """Show every record and field of a file; flaws stand with the record that they follow.

    Args:
      stream: From the file's first byte.
      layout: What the records are.
      means: Gives the meaning of a value, where the partner knows it.
    """
    held: Laid | None = None
    early: tuple[Finding, ...] = ()
    is_lines = _is_in_lines(stream, layout)
    for part in read(stream, layout, "file"):
        if isinstance(part, Record):
            if held is not None:
                yield held
            held = _shown(part, is_lines, means, early)
            early = ()
            continue
        said = part.finding if isinstance(part, Flaw) else _untied(part)
        if said is None:
            continue
        if held is None:
            early = (*early, said)
        else:
            held = msgspec.structs.replace(held, findings=(*held.findings, said))
    if held is not None:
        yield held
    elif early:
        yield Laid(1, "file", "byte 0", (), early)


def _is_in_lines(stream: BinaryIO, layout: FileLayout) -> bool:
    start = stream.tell()
    found = framed(stream.read(HEAD_BYTES), layout.record_length, layout.encodings, Selector(layout).opens, "file")
    stream.seek(start)
    return isinstance(found, Frame) and bool(found.separator)


def _shown(record: Record, is_lines: bool, means: Means, early: tuple[Finding, ...]) -> Laid:
    at = f"line {record.place}" if is_lines else f"byte {record.place}"
    fields, findings = [], [*early]
    if record.flaw is not None:
        findings.append(record.flaw)
    for field in record.layout.fields.values():
        raw = record.line[field.start : field.end]
        if odd := _misfit(field, raw, at):
            findings.append(odd)
        fields.append(Field(field.title, field.at, raw, means(record.name, field.name, raw)))
    if record.layout is UNKNOWN:
        fields.append(Field("Record", f"1-{len(record.line)}", record.line))
        findings.append(flaw("unknown_record", at, "a record that the layout does not know", "a known one", "warn"))
    return Laid(record.number, record.layout.title, at, tuple(fields), tuple(findings))


def _misfit(field: FieldLayout, raw: str, at: str) -> Finding | None:
    """What is odd about a value of its kind; blanks say nothing, and zeros are how days are left out."""
    if not raw.strip(" 0") or field.kind in ("text", "decimal", "MMDD", "YDDD", "DD"):
        return None
    if field.kind in ("digits", "overpunch"):
        is_fit = (values.overpunched(raw) if field.kind == "overpunch" else values.number(raw)) is not None
        return None if is_fit else flaw("value", f"{at} {field.title}", "another character", "digits", "warn")
    if values.day(raw, field.kind) is None:
        return flaw("value", f"{at} {field.title}", "no such day", f"a day as {field.kind}", "warn")
    return None


def _untied(tie: Tie) -> Finding | None:
    if tie.stated == tie.computed:
        return None
    return flaw("untied", f"record {tie.number} {tie.name}", f"{tie.stated} stated", f"{tie.computed} counted")
