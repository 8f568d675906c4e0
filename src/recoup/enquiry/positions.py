"""Where a fact lies in the bytes it was read from: byte and path in JSON, line and column in a delimited file.

A reader gives the position of a record; which of the record's fields a canonical value came from is found by the
value itself: a field that holds it, in JSON or by another way of writing the same. Where none does, because the value
was computed or a card number was replaced, nothing is claimed. No content is given back, only places.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from recoup.domain.instants import SECOND, render_instant
from recoup.domain.money import render_major
from recoup.errors import MoneyRefused

BYTES_MAX = 32 * 1024 * 1024
"""Longest document that is searched; of a longer one the position of the record is all that is said."""
_LISTS = ("data", "notificationItems", "items", "results")
_BLANK = " \t\r\n"


class Leaf(msgspec.Struct, frozen=True):
    """One value that is no object or list: its path (`$.data.object.amount`), its first byte from 1, its value."""

    path: str
    byte: int
    value: Any


class Spot(msgspec.Struct, frozen=True):
    """Where one canonical field was read: a path in JSON or the name of a column; a byte or a line, from 1."""

    field: str
    path: str
    byte: int | None
    line: int | None


def spots(body: bytes, position: int, facts: Mapping[str, Any], currency: str | None = None) -> list[Spot]:
    """Say where in the bytes each fact of one record stands.

    Args:
      body: The bytes as they came.
      position: Of the record in them, from 1, as the reader counted.
      facts: Canonical field and value; None and values that no field holds are left out of the answer.
      currency: Of the amounts, so that one written in major units is recognised.
    """
    if len(body) > BYTES_MAX:
        return []
    leaves = _json_record(body, position)
    if leaves is not None:
        return [Spot(name, leaf.path, leaf.byte, None) for name, leaf in _found(leaves, facts, currency)]
    line, row = _delimited_record(body, position)
    cells = [Leaf(name, line, value) for name, value in row.items()]
    return [Spot(name, cell.path, None, cell.byte) for name, cell in _found(cells, facts, currency)]


def leaves_of(text: str) -> list[Leaf]:
    """Give every leaf of a JSON document, in order.

    Raises:
      ValueError: The text is not one JSON document.
    """
    scanner = _Scanner(text)
    found = list(scanner.value("$", 0))
    if scanner.after_blanks(scanner.end) != len(text):
        raise ValueError("text after the document")
    return found


def _json_record(body: bytes, position: int) -> list[Leaf] | None:
    try:
        text = body.decode("utf-8")
        if text.lstrip(_BLANK)[:1] not in ("{", "["):
            return None
        leaves = leaves_of(text)
    except (ValueError, RecursionError):
        return None
    within = [leaf for prefix in _prefixes(position) for leaf in leaves if leaf.path.startswith(prefix)]
    return _in_bytes(text, within or leaves)


def _prefixes(position: int) -> list[str]:
    return [f"$[{position - 1}]", *(f"$.{name}[{position - 1}]" for name in _LISTS)]


def _in_bytes(text: str, leaves: list[Leaf]) -> list[Leaf]:
    if text.isascii():
        return leaves
    return [Leaf(leaf.path, len(text[: leaf.byte - 1].encode()) + 1, leaf.value) for leaf in leaves]


class _Scanner:
    """Walks a JSON text and remembers where values begin, which the library's reader forgets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = 0
        self._decoder = json.JSONDecoder(parse_float=Decimal)

    def after_blanks(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in _BLANK:
            at += 1
        return at

    def value(self, path: str, at: int) -> Iterator[Leaf]:
        at = self.after_blanks(at)
        opening = self.text[at : at + 1]
        if opening == "{":
            yield from self._members(path, at + 1)
        elif opening == "[":
            yield from self._items(path, at + 1)
        else:
            value, self.end = self._decoder.raw_decode(self.text, at)
            yield Leaf(path, at + 1, value)

    def _members(self, path: str, at: int) -> Iterator[Leaf]:
        at = self.after_blanks(at)
        while self._at(at) != "}":
            name, at = self._decoder.raw_decode(self.text, at)
            at = self._past(self.after_blanks(at), ":")
            yield from self.value(f"{path}.{name}", at)
            at = self._next(self.end, "}")
        self.end = at + 1

    def _items(self, path: str, at: int) -> Iterator[Leaf]:
        at, index = self.after_blanks(at), 0
        while self._at(at) != "]":
            yield from self.value(f"{path}[{index}]", at)
            at, index = self._next(self.end, "]"), index + 1
        self.end = at + 1

    def _next(self, at: int, closing: str) -> int:
        at = self.after_blanks(at)
        return at if self._at(at) == closing else self.after_blanks(self._past(at, ","))

    def _past(self, at: int, wanted: str) -> int:
        if self._at(at) != wanted:
            raise ValueError(f"no {wanted} at {at}")
        return at + 1

    def _at(self, at: int) -> str:
        if at >= len(self.text):
            raise ValueError("the document ends early")
        return self.text[at]


def _delimited_record(body: bytes, position: int) -> tuple[int, dict[str, str]]:
    """Give the first line, from 1, of a record of a delimited file, and its cells by column."""
    try:
        text = body.decode("utf-8-sig")
        delimiter = csv.Sniffer().sniff(text[:4096], delimiters=",;\t|").delimiter
    except (UnicodeDecodeError, csv.Error):
        return 0, {}
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = next(reader, [])
    before = reader.line_num
    for index, cells in enumerate(_filled(reader), start=1):
        if index == position:
            return before + 1, dict(zip(header, cells, strict=False))
        before = reader.line_num
    return 0, {}


def _filled(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    return (cells for cells in rows if cells)


def _found(leaves: list[Leaf], facts: Mapping[str, Any], currency: str | None) -> Iterator[tuple[str, Leaf]]:
    for name, value in facts.items():
        if value is None:
            continue
        ways = _ways(name, value, currency)
        holding = [leaf for leaf in leaves if _canonical(leaf.value) in ways]
        if holding:
            yield name, min(holding, key=lambda leaf: -_likeness(name, leaf.path))


def _ways(name: str, value: Any, currency: str | None) -> set[str]:
    """The ways in which a partner may have written a value."""
    ways = {_canonical(value)}
    if isinstance(value, int) and name.endswith("_minor") and currency is not None:
        ways |= {_canonical(text) for text in _majors(value, currency)}
    if isinstance(value, int) and name.endswith("_at"):
        ways |= {_canonical(text) for text in _times(value)}
    return ways


def _majors(minor: int, currency: str) -> list[str]:
    try:
        return [
            str(abs(minor)),
            str(-abs(minor)),
            render_major(abs(minor), currency),
            render_major(-abs(minor), currency),
        ]
    except MoneyRefused:
        return []


def _times(instant: int) -> list[str]:
    if not 0 <= instant < 253_402_300_800 * SECOND:
        return []
    whole = render_instant(instant)
    day_time = whole[:19]
    return [
        str(instant // SECOND),
        str(instant // 1000),
        whole,
        day_time,
        day_time + "Z",
        day_time + "+00:00",
        day_time.replace("T", " "),
        day_time + whole[19:23] + "Z",
        dt.date.fromisoformat(whole[:10]).isoformat(),
    ]


def _canonical(value: Any) -> str:
    """One text for one value: numbers without trailing zeros, all else in small letters without blanks around."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    text = str(value).strip().lower()
    try:
        if text[:1].isdigit() or text[:1] == "-":
            return f"{Decimal(text).normalize():f}" if len(text) <= 25 and "e" not in text and "_" not in text else text
    except InvalidOperation:
        return text
    return text


_ALSO = {
    "partner_dispute_id": ("id", "disputepspreference", "pspreference", "dispute"),
    "record_id": ("id", "pspreference"),
    "amount_minor": ("amount", "value"),
    "gross_minor": ("amount", "gross"),
    "fee_minor": ("fee",),
    "net_minor": ("net",),
    "currency": ("currency",),
    "payment_ref": ("charge", "originalreference", "payment"),
    "partner_status": ("status", "eventcode", "type"),
    "partner_kind": ("type", "reporting_category"),
    "reason_code": ("reason",),
    "due_at": ("due_by", "defenseperiodends", "due"),
    "opened_at": ("object.created", "created"),
    "occurred_at": ("created", "eventdate", "date"),
    "network": ("brand", "network", "paymentmethod"),
    "identity": ("id", "reference"),
    "batch": ("batch", "payout"),
}


def _likeness(name: str, path: str) -> int:
    """How well the name of a field fits a canonical one; what stands less deep fits better among equals."""
    lowered = path.lower().replace(" ", "_")
    last = lowered.rpartition(".")[2]
    words = _ALSO.get(name, (name.removesuffix("_minor").removesuffix("_at"),))
    exact = max((100 - rank for rank, word in enumerate(words) if f".{lowered}".endswith(f".{word}")), default=0)
    partly = 10 if any(word in last for word in words) else 0
    return (exact or partly) * 100 - path.count(".") - path.count("[")
