"""A file of MT940 or MT942 as it lies there: each field with its parts, each page with its proof.

The way of a person; `mt940.py` has that of a program. A field that no reader takes is shown all the same.
"""

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding
from recoup.domain.money import render
from recoup.formats.laid import Field, Laid
from recoup.formats.mt940 import Item, Page, Reader, Refused, fields
from recoup.formats.text_lines import TextLines

NAMES = {
    "13D": "date and time",
    "20": "transaction reference",
    "21": "related reference",
    "25": "account",
    "25P": "account",
    "28": "statement number",
    "28C": "statement number",
    "34F": "floor limit",
    "60F": "opening balance",
    "60M": "opening balance of a further page",
    "61": "statement line",
    "62F": "closing balance",
    "62M": "closing balance before a further page",
    "64": "closing available balance",
    "65": "forward available balance",
    "86": "information to the account owner",
    "90C": "number and sum of credits",
    "90D": "number and sum of debits",
    "NS": "bank's own field",
    "940": "head of a bank",
    "942": "head of a bank",
    "{": "block",
    "-": "end of message",
    "?": "line of no field",
}
_OF_A_MOVEMENT = ("61", "86", "NS")
_PARTS: tuple[tuple[str, ...], ...] = (
    ("value date", "[0-9]{6}"),
    ("entry date", "[0-9]{4}|[ ]{4}"),
    ("debit or credit mark", "R?[CD]|E[CD]"),
    ("funds code", "[A-Z]"),
    ("amount", "[0-9]+,[0-9]*"),
    ("transaction type", "[A-Z][A-Z0-9 ]{3}"),
    ("reference for the account owner", "(?:(?!//)[^\\n])*"),
    ("bank reference", "//[^\\n]*"),
    ("supplementary details", "\\n[\\s\\S]*"),
)
_LINE = re.compile("".join(f"({pattern})?" for _, pattern in _PARTS))
_MARKS = {
    "C": "credit",
    "D": "debit",
    "RC": "reversal of a credit: money leaves",
    "RD": "reversal of a debit: money back",
    "EC": "expected credit",
    "ED": "expected debit",
}
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9,]+)\s*")
_BALANCE_PARTS = ("mark", "date", "currency", "amount")
_SUBFIELDS = re.compile(r"[?>]([0-9]{2})")
_SUBFIELD_NAMES = {
    "00": "booking text",
    "10": "journal number",
    "30": "bank of the counterparty",
    "31": "account of the counterparty",
    "32": "name",
    "33": "name",
    "34": "text key extension",
}


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give the fields of a file as records, and after each message its proof."""
    shown = _Shown()
    source = TextLines(stream)
    for line, tag, text in fields(source):
        laid = (_kind(tag), f"line {line}", tuple(_fields(tag, text)))
        if tag == "-":
            shown.hold(*laid)
        yield from shown.told(line, tag, text)
        if tag != "-":
            shown.hold(*laid)
    yield from shown.end(source)


HELD_MAX = 100
"""Records that the reader may still speak of: it looks back at the movement that it is in."""


class _Shown:
    """Holds the records of a movement back until the reader has said what is wrong with it."""

    def __init__(self) -> None:
        self._reader = Reader("file")
        self._held: list[Laid] = []
        self._number = 0

    def hold(self, kind: str, at: str, told: tuple[Field, ...], findings: tuple[Finding, ...] = ()) -> None:
        self._number += 1
        self._held.append(Laid(self._number, kind, at, told, findings))

    def told(self, line: int, tag: str, text: str) -> Iterator[Laid]:
        """Give the records that are done with, once the reader has taken the next field."""
        yield from self._take(self._reader.take(line, tag, text))
        if tag not in _OF_A_MOVEMENT:
            yield from self._release()
        elif len(self._held) > 2 * HELD_MAX:
            yield from self._held[:HELD_MAX]
            self._held = self._held[HELD_MAX:]

    def end(self, source: TextLines) -> Iterator[Laid]:
        yield from self._take(self._reader.finish(source))
        yield from self._release()

    def _take(self, items: Iterable[Item]) -> Iterator[Laid]:
        for item in items:
            if isinstance(item, Page):
                self.hold("proof of the message above", f"line {item.line}", _proof(item), _findings(item))
                yield from self._release()
            elif isinstance(item, Refused):
                _attach(self._held, item.line, item.finding)

    def _release(self) -> Iterator[Laid]:
        yield from self._held
        self._held = []


def _attach(held: list[Laid], line: int, finding: Finding) -> None:
    where = f"line {line}"
    # From the end: what the reader speaks of came a moment ago.
    at = next((at for at in range(len(held) - 1, -1, -1) if held[at].at == where), None)
    if at is not None:
        held[at] = msgspec.structs.replace(held[at], findings=(*held[at].findings, finding))


def _kind(tag: str) -> str:
    return f"{tag} {NAMES.get(tag, 'field')}"


def _fields(tag: str, text: str) -> Iterator[Field]:
    if tag == "61":
        yield from _line(text)
    elif tag[:2] in ("60", "62", "64", "65"):
        yield from _balance(text)
    elif tag == "86" and _SUBFIELDS.search(text):
        yield from _subfields(text)
    else:
        yield Field(NAMES.get(tag, "field"), "1", text)


def _line(text: str) -> Iterator[Field]:
    found = _LINE.match(text)
    assert found is not None, "every part may be absent"
    for at, (name, _) in enumerate(_PARTS, start=1):
        raw = found[at]
        if raw:
            place = f"{found.start(at) + 1}-{found.end(at)}"
            meaning = _MARKS.get(raw) if name.startswith("debit") else None
            yield Field(name, place, raw.lstrip("\n"), meaning)
    if found.end() < len(text):
        yield Field("rest", f"{found.end() + 1}-{len(text)}", text[found.end() :])


def _balance(text: str) -> Iterator[Field]:
    found = _BALANCE.fullmatch(text)
    if found is None:
        yield Field("balance", "1", text)
        return
    for at, name in enumerate(_BALANCE_PARTS, start=1):
        meaning = _MARKS.get(found[at]) if name == "mark" else None
        yield Field(name, f"{found.start(at) + 1}-{found.end(at)}", found[at], meaning)


def _subfields(text: str) -> Iterator[Field]:
    code, *parts = _SUBFIELDS.split(text.replace("\n", ""))
    yield Field("business transaction code", "1-3", code.strip())
    for number, value in zip(parts[::2], parts[1::2], strict=True):
        yield Field(_SUBFIELD_NAMES.get(number, "remittance"), f"subfield {number}", value)


def _proof(page: Page) -> tuple[Field, ...]:
    told = [Field("movements", "counted", str(page.movements))]
    if page.opening is not None:
        told.insert(0, Field("opening", "60", render(page.opening.minor, page.opening.currency)))
        told.append(Field("sum of movements", "computed", render(page.sum_minor, page.opening.currency)))
    if page.closing is not None:
        told.append(Field("closing", "62", render(page.closing.minor, page.closing.currency)))
    return tuple(told)


def _findings(page: Page) -> tuple[Finding, ...]:
    return (*(() if page.broken is None else (page.broken,)), *page.findings)
