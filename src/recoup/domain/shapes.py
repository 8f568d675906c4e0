"""The shape of what a partner sends: which fields there are, how often, and how their values are written.

A shape is a sum of counts by path and facet, never a value: shapes of two deliveries add up to the shape of both, in
any order. A path is the way to a field (`data.object{dispute}.amount`; a column's name), a facet is what was seen
there (`number`, `null`, `token A9 16`, `date Y-d-d`). Where an object says what kind of thing it is, its fields are
counted under that kind, since a payout has other fields than a dispute. For each count a few distinct subjects are
kept, so that one dispute told ten times is not ten witnesses.
Read `drift.py` for how two shapes are compared, `recoup.intake.fingerprints` for who counts.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

SUBJECTS_MAX = 5
"""So many distinct subjects say that something is no accident of one of them; more are not told apart."""
FACETS_MAX = 24
"""A field written in more ways than this is free text, and how it is written says nothing."""
VARIED = "varied"
FIELDS_MAX = 2_000
"""Of one delivery; what has more is no record of anything."""
ROW, FILE, HEADER = "row", "file", "header"
OBJECT, LIST, NUMBER, FLAG, NULL, EMPTY = "object", "list", "number", "flag", "null", "empty"
TEXT = "text"
STRUCTURAL = frozenset({ROW, FILE, HEADER})
"""Facets that count places and not values."""
NOT_WRITTEN = frozenset({NULL, EMPTY})
"""Facets of a field that is there and says nothing."""
_DEPTH_MAX = 16
_TOKEN_MAX = 40
_KINDS = ("type", "eventCode", "event_type", "eventType", "object", "resource_type")
"""Fields by which an object says what kind of thing it is, the most telling first."""
_FREE = frozenset({"metadata"})
"""Fields whose inner fields the house names itself."""
_KIND = re.compile(r"[A-Za-z][A-Za-z._:-]{0,63}")
_PARTS = str.maketrans(".{}[]", "_()()")
"""What parts a path from its fields stands in no name of one."""
_NAME = re.compile(r"[A-Za-z_$@#][\w$@#%&+*'\"()\[\]{} .,:;/?-]{0,99}", re.ASCII)
_NAME_DIGITS_MAX = 4
_DIGITS = re.compile(r"\d")
_IDENTIFIER = re.compile(r"(?:^|_)id$|Id$|^id", re.ASCII)

Subject = int
Shape = dict[tuple[str, str], "Tally"]
"""(path, facet) -> how often, and of how many."""


class Tally(msgspec.Struct, frozen=True, gc=False):
    """How often something was seen, and of which subjects; None where they are `SUBJECTS_MAX` or more."""

    count: int
    subjects: frozenset[Subject] | None

    @property
    def distinct(self) -> int:
        """How many subjects, as far as they are told apart."""
        return SUBJECTS_MAX if self.subjects is None else len(self.subjects)

    def plus(self, other: "Tally") -> "Tally":
        """Give the sum of both."""
        return Tally(self.count + other.count, _united(self.subjects, other.subjects))


def _united(one: frozenset[Subject] | None, other: frozenset[Subject] | None) -> frozenset[Subject] | None:
    if one is None or other is None:
        return None
    both = one | other
    return None if len(both) >= SUBJECTS_MAX else both


def subject_of(name: str) -> Subject:
    """Give the number by which a subject is told apart from others; its name cannot be read from it."""
    return zlib.crc32(name.encode())


def merge(shapes: Iterable[Shape]) -> Shape:
    """Add up shapes; the order is of no account."""
    found: Shape = {}
    for shape in shapes:
        for key, tally in shape.items():
            known = found.get(key)
            found[key] = tally if known is None else known.plus(tally)
    return _capped(found)


def _capped(shape: Shape) -> Shape:
    """Take together what is written in too many ways to mean anything."""
    counts = Counter(path for path, facet in shape if facet not in STRUCTURAL)
    varied = {path for path, count in counts.items() if count > FACETS_MAX}
    varied |= {path for path, facet in shape if facet == VARIED}
    if not varied:
        return shape
    kept: Shape = {}
    for (path, facet), tally in shape.items():
        is_free = path in varied and facet not in STRUCTURAL and facet not in NOT_WRITTEN
        key = (path, VARIED if is_free else facet)
        kept[key] = kept[key].plus(tally) if key in kept else tally
    return kept


# --- counting -------------------------------------------------------------------------------


class Counting:
    """One place of a shape in the making: what was seen there, and the places below it."""

    __slots__ = ("_fields", "_others", "facets", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.facets: dict[str, list[Any]] = {}
        self._fields: dict[str, Counting] = {}
        self._others: dict[str, Counting] = {}

    def see(self, facet: str, subject: Subject) -> None:
        """Count one sight."""
        tally = self.facets.get(facet)
        if tally is None:
            self.facets[facet] = [1, {subject}]
            return
        tally[0] += 1
        subjects = tally[1]
        if subjects is not None:
            subjects.add(subject)
            if len(subjects) >= SUBJECTS_MAX:
                tally[1] = None

    def field(self, name: str) -> "Counting":
        """Give the place of a field of an object; keys that are values themselves share one place."""
        found = self._fields.get(name)
        if found is None:
            shown = name.translate(_PARTS) if is_name(name) else "*"
            found = self._fields[name] = self._other(f"{self.path}.{shown}" if self.path else shown)
        return found

    def column(self, name: str) -> "Counting":
        """Give the place of a table's column."""
        return self._other(name if is_name(name) else "*")

    def kind(self, word: str) -> "Counting":
        """Give the place of objects of one kind."""
        return self._other(f"{self.path}{{{word}}}")

    def elements(self) -> "Counting":
        """Give the place of a list's elements."""
        return self._other(f"{self.path}[]")

    def _other(self, path: str) -> "Counting":
        found = self._others.get(path)
        if found is None:
            found = self._others[path] = Counting(path)
        return found

    def shape(self) -> Shape:
        """Give what was counted, here and below."""
        return _capped(
            {
                (place.path, facet): Tally(count, None if subjects is None else frozenset(subjects))
                for place in self._all()
                for facet, (count, subjects) in place.facets.items()
            }
        )

    def _all(self) -> "Iterator[Counting]":
        yield self
        for place in self._others.values():
            yield from place._all()


@lru_cache(maxsize=1 << 12)
def is_name(name: str) -> bool:
    """Say whether a key is the name of a field, and not itself a value: an order's number, somebody's address."""
    return _NAME.fullmatch(name) is not None and "@" not in name[1:] and len(_DIGITS.findall(name)) <= _NAME_DIGITS_MAX


def count_document(place: Counting, document: Any, subject: Subject) -> None:
    """Count one document of dicts, lists and scalars; of a page each of what its longest list tells of."""
    inner = document.values() if type(document) is dict else (document,)
    longest = max((len(value) for value in inner if type(value) is list), default=0)
    _see_many(place, ROW, max(longest, 1), subject)
    _count(place, document, subject, 0, is_one=True)


def _count(place: Counting, value: Any, subject: Subject, depth: int, *, is_one: bool) -> None:
    if type(value) is str:
        place.see(form(value), subject)
    elif value is None:
        place.see(NULL, subject)
    elif type(value) is bool:
        place.see(FLAG, subject)
    elif type(value) is dict:
        _count_fields(place, value, subject, depth, is_one=is_one)
    elif type(value) is list:
        place.see(LIST, subject)
        if depth < _DEPTH_MAX and value:
            elements = place.elements()
            for at, element in enumerate(value):
                # The first list of a page is the list of what it tells of; below it all is of one subject.
                own = _subject_of_element(element, subject, at) if is_one else subject
                _count(elements, element, own, depth + 1, is_one=False)
    else:
        place.see(NUMBER, subject)


def _count_fields(place: Counting, value: dict[str, Any], subject: Subject, depth: int, *, is_one: bool) -> None:
    place.see(OBJECT, subject)
    if depth >= _DEPTH_MAX or len(value) > FIELDS_MAX:
        return
    word = _kind_of(value)
    inner = place
    if word is not None:
        inner = place.kind(word)
        inner.see(OBJECT, subject)
    for name, told in value.items():
        if name in _FREE:
            inner.field(name).see(OBJECT if type(told) is dict else NULL if told is None else TEXT, subject)
        else:
            _count(inner.field(name), told, subject, depth + 1, is_one=is_one)


def _kind_of(value: Mapping[str, Any]) -> str | None:
    for name in _KINDS:
        word = value.get(name)
        if type(word) is str and _KIND.fullmatch(word):
            return word
    return None


def _subject_of_element(element: Any, subject: Subject, at: int) -> Subject:
    if type(element) is dict:
        for name, told in element.items():
            if type(told) is str and _IDENTIFIER.search(name):
                return subject_of(told)
    return subject if at == 0 else subject + at


def count_rows(place: Counting, header: Sequence[str], rows: Sequence[Sequence[str]], subject: Subject) -> None:
    """Count one file of columns; rows that are shorter or longer than the header are its reader's business."""
    place.see(FILE, subject)
    whole = [row for row in rows if len(row) == len(header)]
    _see_many(place, ROW, len(whole), subject)
    columns = list(zip(*whole, strict=True)) or [()] * len(header)
    for name, values in zip(header[:FIELDS_MAX], columns[:FIELDS_MAX], strict=True):
        column = place.column(name)
        column.see(HEADER, subject)
        for facet, count in Counter(map(form, values)).items():
            _see_many(column, facet, count, subject)


def _see_many(place: Counting, facet: str, count: int, subject: Subject) -> None:
    """Count as many rows at once; each is a subject of its own."""
    for number in range(min(count, SUBJECTS_MAX)):
        place.see(facet, subject + number)
    if count > SUBJECTS_MAX:
        place.facets[facet][0] += count - SUBJECTS_MAX


# --- how a value is written -----------------------------------------------------------------

_DATE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:([T ])(\d.*))?", re.ASCII)
_WHOLE = re.compile(r"[-+]?\d+", re.ASCII)
_POINT = re.compile(r"[-+]?\d*\.\d+", re.ASCII)
_COMMA = re.compile(r"[-+]?\d*,\d{1,2}", re.ASCII)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:([,.' ])\d{3})(?:\1\d{3})*(?:[.,]\d+)?", re.ASCII)
_SCIENTIFIC = re.compile(r"[-+]?\d(?:[.,]\d+)?[eE]\+\d+", re.ASCII)
_BRACKETED = re.compile(r"\(\d[\d.,]*\)", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9_.:|/+=-]+", re.ASCII)
_BROKEN = re.compile("\N{REPLACEMENT CHARACTER}|\N{LATIN CAPITAL LETTER A WITH TILDE}[\u0080-\u00bf]")
"""What is left of a text that was read in another encoding than it was written in."""


@lru_cache(maxsize=1 << 16)
def form(text: str) -> str:
    """Say how a value is written, never what it is."""
    if not text.strip():
        return EMPTY
    if len(text) <= _TOKEN_MAX and (text[0] in "-+(." or text[0].isdigit()):
        found = _number(text) or _date(text)
        if found:
            return found
    if len(text) <= _TOKEN_MAX and _TOKEN.fullmatch(text):
        return _token(text)
    return "text broken" if not text.isascii() and _BROKEN.search(text) else TEXT


def _number(text: str) -> str | None:
    if _WHOLE.fullmatch(text):
        return f"digits {len(text.lstrip('+-'))}"
    if _POINT.fullmatch(text):
        return "decimal point"
    if _COMMA.fullmatch(text):
        return "decimal comma"
    if _SCIENTIFIC.fullmatch(text):
        return "scientific"
    if _THOUSANDS.fullmatch(text):
        return "thousands"
    return "bracketed" if _BRACKETED.fullmatch(text) else None


def _date(text: str) -> str | None:
    """Give a date's order of parts; a number over twelve tells day from month, others tell nothing."""
    told = _DATE.fullmatch(text)
    if told is None:
        return None
    first, parted, second, third, between, time = told.groups()
    if len(first) == 4:
        parts = ("Y", "d", "d")
    elif int(first) > 12 >= int(second):
        parts = ("day", "month", "Y")
    elif int(second) > 12 >= int(first):
        parts = ("month", "day", "Y")
    else:
        parts = ("d", "d", "Y")
    day = parted.join(parts if len(third) == 4 or len(first) == 4 else (*parts[:2], "y"))
    return f"date {day}" if between is None else f"date {day}{between}{_time(time)}"


def _time(text: str) -> str:
    """Give a time's form: how fine, and whether it names a zone; the zone itself changes with the season."""
    clock = re.match(r"[\d:.,]+", text, re.ASCII)
    told = clock[0] if clock else ""
    zone = text[len(told) :].strip()
    fine = "h:m:s.f" if "." in told or "," in told else "h:m:s" if told.count(":") == 2 else "h:m"
    return fine if not zone else f"{fine} Z" if zone == "Z" else f"{fine} zone"


def _token(text: str) -> str:
    """Give the kind of letters of a word; with digits in it, its length too: it is somebody's name of something."""
    letters = ("A" if text.upper() == text else "a" if text.lower() == text else "Aa") if _has_letter(text) else ""
    if not _DIGITS.search(text):
        return f"word {letters}"
    return f"token {letters}9 {len(text)}"


def _has_letter(text: str) -> bool:
    return text.upper() != text.lower()
