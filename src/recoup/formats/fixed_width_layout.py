"""Layouts of fixed-width files: a table of records and positions that is loaded, so that a member may bring its own.

A network's manual is not ours to publish, and it changes twice a year: so the positions are data. A layout is TOML:
records with a selector and a role, their fields by position, and the totals that trailers state. `extends` begins with
another layout; a record of the same name replaces that one's, and so does a total. Everything is checked when it is
loaded, and the first thing that does not hold together is refused with its place. Read `fixed_width.py` next.

    name = "example"
    title = "An example"
    record_length = 120

    [[record]]
    name = "return"
    title = "2 return"
    role = "detail"
    when = [{ at = "1", is = ["2"] }]
    fields = [{ name = "amount", at = "21-30", type = "digits", title = "Amount" }]

    [[total]]
    name = "returns"
    stated = "trailer.count"
    either = [["return"]]

A term of a total is a record's name (its number), `@role` (the number of all records of a role), `record.field` (the
sum of a field) or `-record.field`. Each list in `either` is one way to count, because sources do not always say whether
a trailer counts itself; the total ties where one of them gives what is stated. `unless` names records whose share is
not known: with one of them in the file the total is not compared, and a note says so.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Literal, get_args

import msgspec

from recoup.errors import SetupInvalid

Role = Literal["header", "detail", "continuation", "group_trailer", "trailer", "other"]
"""`continuation` goes on with the detail before it; `group_trailer` closes a batch within a file; `other` is text that
is neither counted as detail nor part of one."""
Kind = Literal["text", "digits", "overpunch", "decimal", "YYYYMMDD", "MMDDYYYY", "YYYYDDD", "YYDDD", "DDMMYY", "MMDD",
               "YDDD", "DD"]  # fmt: skip
"""What a field holds; days are named by their digits. Days without a year, and those with its last digit alone, are
given as text: only a partner knows near which day to look."""
Encoding = Literal["ascii", "ebcdic"]

ROLES: tuple[str, ...] = get_args(Role)
SUMMED: frozenset[str] = frozenset({"digits", "overpunch"})
LENGTH_MAX = 32_768
"""Longest record that a layout may describe."""
_AT = re.compile(r"([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TERM = re.compile(r"(-?)(@?[a-z][a-z0-9_]*)(?:\.([a-z][a-z0-9_]*))?")
_REMEDY = "Mend the layout; src/recoup/formats/fixed_width_layout.py says what one looks like."


class FieldLayout(msgspec.Struct, frozen=True):
    """One field: characters `start` (from 0) to `end` (not included)."""

    name: str
    title: str
    start: int
    end: int
    kind: Kind
    within: str | None = None
    """The field that this one is a part of; other fields do not overlap."""

    @property
    def at(self) -> str:
        """Its positions as manuals write them: `27-49`."""
        return str(self.end) if self.end == self.start + 1 else f"{self.start + 1}-{self.end}"


class RecordLayout(msgspec.Struct, frozen=True):
    """One kind of record."""

    name: str
    title: str
    role: Role
    when: tuple[tuple[int, int, frozenset[str]], ...]
    """(start, end, one of these): all must hold."""
    fields: Mapping[str, FieldLayout]
    length_min: int = 1
    """A shorter record was cut, not trimmed of blanks."""
    source: str = ""
    grade: str = "U"


class Term(msgspec.Struct, frozen=True):
    """One part of a total: the number of records of a name or role, or the sum of a field of a record."""

    sign: int
    record: str
    field: str | None


class Total(msgspec.Struct, frozen=True):
    """What a trailer states, and the ways in which it may have been counted."""

    name: str
    record: str
    field: str
    either: tuple[tuple[Term, ...], ...]
    is_absolute: bool = False
    """The trailer states the size of a difference and not its sign."""
    unless: tuple[str, ...] = ()
    """Where records of these names are in the file it cannot be counted: what they add is not known."""


class FileLayout(msgspec.Struct, frozen=True):
    """A whole layout, checked."""

    name: str
    title: str
    record_length: int
    records: Mapping[str, RecordLayout]
    totals: tuple[Total, ...] = ()
    encodings: tuple[Encoding, ...] = ("ascii",)
    identity: tuple[str, ...] = ()
    """`record.field` of header and trailer that name one logical file: twice in one delivery it is a doubled file."""
    currency: str | None = None
    """ISO 4217 code of amounts whose record names none, where an installation knows it."""
    same: tuple[tuple[str, str], ...] = ()
    """Pairs of `record.field`, one of the header and one of the trailer, that must be equal."""

    def has(self, record: str, field: str) -> bool:
        """Whether the layout has positions for a field of a record."""
        return record in self.records and field in self.records[record].fields


class _When(msgspec.Struct, forbid_unknown_fields=True):
    at: str
    values: list[str] = msgspec.field(name="is")


class _Field(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    at: str
    title: str = ""
    kind: Kind = msgspec.field(name="type", default="text")
    within: str | None = None


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    role: Role
    when: list[_When]
    title: str = ""
    fields: list[_Field] = []
    length_min: int = 1
    fields_of: str | None = None
    """Another record of this layout, or of the one it extends, whose fields this one has, too."""
    source: str = ""
    grade: Literal["V", "S", "U", "C"] = "U"


class _Total(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    stated: str
    either: list[list[str]]
    absolute: bool = False
    unless: list[str] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    title: str = ""
    record_length: int | None = None
    extends: str | None = None
    encodings: list[Encoding] | None = None
    identity: list[str] | None = None
    same: list[list[str]] | None = None
    currency: str | None = None
    record: list[_Record] = []
    total: list[_Total] = []


def read_layout(text: str, where: str, base: FileLayout | None = None) -> FileLayout:
    """Give the layout that a text describes.

    Args:
      text: TOML, as at the top of this file.
      where: The file's name for messages.
      base: The layout that it may extend; a text without `extends` stands alone.
    Raises:
      SetupInvalid: Anything that does not hold together, with its place.
    """
    stated = _stated(text, where)
    if stated.extends is not None and (base is None or base.name != stated.extends):
        known = base.name if base is not None else "no layout to extend here"
        raise _invalid(where, f"extends {stated.extends!r}", known)
    layout = _made(stated, base if stated.extends is not None else None, where)
    for problem in _problems(layout):
        raise _invalid(f"{where}, {problem[0]}", problem[1], problem[2])
    return layout


def _stated(text: str, where: str) -> _File:
    try:
        return msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _invalid(where, str(error), "a layout in TOML") from error


def _made(stated: _File, base: FileLayout | None, where: str) -> FileLayout:
    length = stated.record_length or (base.record_length if base else None)
    if length is None or not 1 <= length <= LENGTH_MAX:
        raise _invalid(where, f"record_length {length}", f"a length from 1 to {LENGTH_MAX}")
    records = dict(base.records) if base else {}
    seen: set[str] = set()
    for record in stated.record:
        if record.name in seen:
            raise _invalid(f"{where}, record {record.name}", "the name twice", "each record once")
        seen.add(record.name)
        records[record.name] = _record(record, records, where)
    totals = {total.name: total for total in base.totals} if base else {}
    for total in stated.total:
        totals[total.name] = _total(total, where)
    return FileLayout(
        name=stated.name,
        title=stated.title or stated.name,
        record_length=length,
        records=records,
        totals=tuple(totals.values()),
        encodings=tuple(stated.encodings or (base.encodings if base else ("ascii",))),
        identity=tuple(stated.identity if stated.identity is not None else (base.identity if base else ())),
        currency=stated.currency or (base.currency if base else None),
        same=_pairs(stated.same, where) if stated.same is not None else (base.same if base else ()),
    )


def _pairs(same: list[list[str]], where: str) -> tuple[tuple[str, str], ...]:
    for pair in same:
        if len(pair) != 2:
            raise _invalid(where, f"same {pair}", "pairs of record.field")
    return tuple((pair[0], pair[1]) for pair in same)


def _record(stated: _Record, known: Mapping[str, RecordLayout], where: str) -> RecordLayout:
    place = f"{where}, record {stated.name}"
    fields: dict[str, FieldLayout] = {}
    if stated.fields_of is not None:
        if stated.fields_of not in known:
            raise _invalid(place, f"fields_of {stated.fields_of!r}", "a record before this one")
        fields.update(known[stated.fields_of].fields)
    own: set[str] = set()
    for field in stated.fields:
        if field.name in own:
            raise _invalid(place, f"field {field.name} twice", "each field once")
        own.add(field.name)
        start, end = _span(field.at, f"{place}, field {field.name}")
        fields[field.name] = FieldLayout(field.name, field.title or field.name, start, end, field.kind, field.within)
    when = tuple((*_span(w.at, f"{place}, when"), frozenset(w.values)) for w in stated.when)
    title = stated.title or stated.name
    return RecordLayout(stated.name, title, stated.role, when, fields, stated.length_min, stated.source, stated.grade)


def _span(at: str, place: str) -> tuple[int, int]:
    found = _AT.fullmatch(at)
    first = int(found.group(1)) if found else 0
    last = int(found.group(2) or first) if found else 0
    if not found or last < first:
        raise _invalid(place, f"at {at!r}", 'positions from 1, like "27-49" or "4"')
    return first - 1, last


def _total(stated: _Total, where: str) -> Total:
    place = f"{where}, total {stated.name}"
    record, _, field = stated.stated.partition(".")
    if not stated.either or not all(stated.either):
        raise _invalid(place, "either is empty", "at least one way to count")
    either = tuple(tuple(_term(term, place) for term in way) for way in stated.either)
    return Total(stated.name, record, field, either, stated.absolute, tuple(stated.unless))


def _term(text: str, place: str) -> Term:
    found = _TERM.fullmatch(text)
    if found is None:
        raise _invalid(place, f"term {text!r}", "record, @role, record.field or -record.field")
    sign, record, field = found.groups()
    return Term(-1 if sign else 1, record, field)


_Problem = tuple[str, str, str]


def _problems(layout: FileLayout) -> Iterator[_Problem]:
    for record in layout.records.values():
        yield from _record_problems(record, layout)
    for total in layout.totals:
        yield from _total_problems(total, layout)
    for name in (*layout.identity, *(name for pair in layout.same for name in pair)):
        record_name, _, field = name.partition(".")
        if not layout.has(record_name, field):
            yield "identity or same", f"{name!r}", "record.field of this layout"
    yield from _ambiguities(layout)
    if layout.currency is not None and not _CURRENCY.fullmatch(layout.currency):
        yield "currency", f"{layout.currency!r}", "a code of ISO 4217 in capital letters"
    roles = {record.role for record in layout.records.values()}
    if "trailer" in roles and "header" not in roles:
        yield "records", "a trailer without a header", "both, or neither"


def _ambiguities(layout: FileLayout) -> Iterator[_Problem]:
    """Two records with the same selectors; one with more selectors goes before one with fewer."""
    records = list(layout.records.values())
    for number, record in enumerate(records):
        for other in records[:number]:
            same = [span[:2] for span in record.when] == [span[:2] for span in other.when]
            if same and all(one[2] & two[2] for one, two in zip(record.when, other.when, strict=True)):
                yield f"record {record.name}", f"selectors that {other.name} has, too", "selectors of its own"


def _record_problems(record: RecordLayout, layout: FileLayout) -> Iterator[_Problem]:
    place = f"record {record.name}"
    if not _NAME.fullmatch(record.name):
        yield place, "its name", "small letters, digits and _"
    if not record.when:
        yield place, "no selector", "when: positions and the values they have in such a record"
    for start, end, values in record.when:
        if odd := sorted(value for value in values if len(value) != end - start):
            yield place, f"selector value {odd[0]!r} at {start + 1}-{end}", f"{end - start} characters"
        if not values:
            yield place, "a selector without values", "at least one"
    if not 1 <= record.length_min <= layout.record_length:
        yield place, f"length_min {record.length_min}", f"1 to {layout.record_length}"
    for field in record.fields.values():
        yield from _field_problems(field, record, layout)
    yield from _overlaps(record)


def _field_problems(field: FieldLayout, record: RecordLayout, layout: FileLayout) -> Iterator[_Problem]:
    place = f"record {record.name}, field {field.name}"
    if not _NAME.fullmatch(field.name):
        yield place, "its name", "small letters, digits and _"
    if field.end > layout.record_length:
        yield place, f"position {field.end}", f"a position within {layout.record_length}"
    if field.kind[0].isupper() and field.end - field.start != len(field.kind):
        yield place, f"{field.end - field.start} characters", f"the {len(field.kind)} of {field.kind}"
    outer = record.fields.get(field.within) if field.within is not None else None
    if field.within is not None and (outer is None or not outer.start <= field.start < field.end <= outer.end):
        yield place, f"within {field.within!r}", "a field of this record that holds it"


def _overlaps(record: RecordLayout) -> Iterator[_Problem]:
    apart = sorted((f for f in record.fields.values() if f.within is None), key=lambda f: (f.start, f.end))
    for left, right in pairwise(apart):
        if right.start < left.end:
            yield (
                f"record {record.name}, field {right.name}",
                f"position {right.at} lies over {left.name} ({left.at})",
                'apart, or within = "…"',
            )


def _total_problems(total: Total, layout: FileLayout) -> Iterator[_Problem]:
    place = f"total {total.name}"
    if not layout.has(total.record, total.field):
        yield place, f"stated {total.record}.{total.field}", "record.field of this layout"
    elif layout.records[total.record].role not in ("trailer", "group_trailer"):
        yield place, f"stated in {total.record}", "a record of role trailer or group_trailer"
    if odd := [name for name in total.unless if name not in layout.records]:
        yield place, f"unless {odd[0]!r}", "a record of this layout"
    for term in (term for way in total.either for term in way):
        if term.record.startswith("@"):
            if term.record[1:] not in (*ROLES, "unknown") or term.field is not None:
                yield place, f"term {term.record}", f"@ and one of {', '.join(ROLES)}, unknown"
        elif term.record not in layout.records:
            yield place, f"term {term.record}", "a record of this layout"
        elif term.field is not None:
            field = layout.records[term.record].fields.get(term.field)
            if field is None or field.kind not in SUMMED:
                yield place, f"term {term.record}.{term.field}", f"a field of type {' or '.join(sorted(SUMMED))}"


def _invalid(where: str, found: str, wanted: str) -> SetupInvalid:
    return SetupInvalid(where, found, wanted, _REMEDY)
