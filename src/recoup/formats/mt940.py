"""MT940 and MT942: statements of bank accounts in SWIFT's fields, from bytes to movements, pages and what is wrong.

`read` gives, in the order of the file, a `Movement` for each `:61:` line that can be read, a `Refused` for each that
cannot, and a `Page` at the end of each message, with its balances and the proof: opening balance plus movements is
closing balance. It never raises and holds one movement at a time. Banks differ, so the reader is strict where money is
(marks, amounts, currencies, balances) and lenient where text is: fields wrapped in the middle, blanks in place of the
entry date, several `:86:` to a line, German `:NS:` fields, and files with and without SWIFT's blocks are read.
The `mt-940` package, which reads the same, gives up the whole file at one impossible date and proves nothing.

Read next: `mt940_statement.py` for what a page must fulfil, `mt940_series.py` for what pages must be to each other,
`mt940_values.py` for the line itself, `mt940_details.py`
for the text of `:86:`, and `mt940_layout.py` for how a person is shown a file.

Source:
  SWIFT category 9 (fields 20 to 90D as documented in public bank manuals), Anlage 3 of the DFÜ agreement as published
  by banks for `:86:`, and the statements of some thirty banks in the tests of cmxl, jejik/mt940 and mt-940.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from recoup.domain.findings import Finding, excerpt
from recoup.formats.mt940_series import Series
from recoup.formats.mt940_statement import Item, Movement, Page, Refused, Statement
from recoup.formats.mt940_values import Days, movement
from recoup.formats.text_lines import TextLines

__all__ = ["FIELD_LINES_MAX", "Field", "Item", "Movement", "Page", "Reader", "Refused", "fields", "read"]

FIELD_LINES_MAX = 200
"""Most lines of one field; the longest real one, `:86:` of Dutch banks, has some thirty. Further ones are not kept."""
_TAGS = "13D|20|21|25|25P|28|28C|34F|60F|60M|61|62F|62M|64|65|86|90C|90D|940|942|NS"
_TAG = re.compile(rf":({_TAGS}):")
_UNKNOWN = re.compile(r":[0-9]{2}[A-Z]?:")
_TEXTS = ("86", "61", "NS")
_BLOCK = re.compile(r"\x01?\{[1-5]:|-\}")
_ENVELOPE = re.compile(r"94[02]|[A-Z]{6}[A-Z0-9]{2,6}|\{[235]:.*")
"""Lines that some banks put before a message: its number, the BICs of sender and receiver, further blocks."""
_FRAMES = "-{\x01"
_NO_TEXT = "\x01\x03\x1a \t"
"""What may stand around messages: SWIFT's start and end of a transmission, DOS's end of a file, blanks."""

Field = tuple[int, str, str]
"""(line, tag, text): continuation lines are joined by a line feed. Tags of no field: `{` opens a message of SWIFT's
blocks, `-` ends a message, `?` is a line that belongs to no field."""


def read(stream: BinaryIO, name: str) -> Iterator[Item]:
    """Give movements, refused lines and pages of a file, in order.

    Args:
      stream: The file from its first byte.
      name: The file's name, for findings.
    """
    source = TextLines(stream)
    reader = Reader(name)
    for line, tag, text in fields(source):
        yield from reader.take(line, tag, text)
    yield from reader.finish(source)


def fields(source: TextLines) -> Iterator[Field]:
    """Give the fields of a file, with what stands between messages."""
    tag, line, parts = "", 0, [""]
    for first, lines in source.blocks():
        for number, text in enumerate(lines, first):
            if text[:1] == ":" and (found := _TAG.match(text)) is not None:
                if tag:
                    yield line, tag, parts[0] if len(parts) == 1 else "\n".join(parts)
                tag, line, parts = found[1], number, [text[found.end() :]]
            elif tag and not _ends(text, tag):
                if len(parts) < FIELD_LINES_MAX:
                    parts.append(text)
            else:
                if tag:
                    yield line, tag, "\n".join(parts)
                tag, parts = "", [""]
                yield from _between(number, text)
    if tag:
        yield line, tag, "\n".join(parts)


def _ends(text: str, tag: str) -> bool:
    """Whether a line that begins with no known tag ends the field before it."""
    if text[:1] == ":":
        # A text may begin with a colon, or with something like a time: ":12:11".
        return tag not in _TEXTS and _UNKNOWN.match(text) is not None
    return text[:1] in _FRAMES and (_BLOCK.match(text) is not None or text.rstrip(_NO_TEXT) == "-")


def _between(number: int, text: str) -> Iterator[Field]:
    """What a line between messages says; it may end one message and open the next."""
    bare = text.strip(_NO_TEXT)
    is_end = bare == "-" or bare.startswith("-}")
    is_beginning = "{1:" in bare or "{4:" in bare
    if is_end:
        yield number, "-", ""
    if is_beginning:
        yield number, "{", text
    if bare and not is_end and not is_beginning and _ENVELOPE.fullmatch(bare) is None:
        yield number, "?", text


class Reader:
    """Puts fields together to movements, and movements to pages."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._statement = Statement(name, 0)
        self._days = Days()
        self._series = Series(name)
        self._pending: tuple[int, str] | None = None
        self._details: list[str] = []
        self._pages = 0
        self._strays: list[Finding] = []

    def take(self, line: int, tag: str, text: str) -> Iterator[Item]:
        """Take one field."""
        if self._pending is not None:
            if tag in ("86", "NS"):
                if len(self._details) < FIELD_LINES_MAX:
                    self._details.append(text)
                return
            yield self._movement()
        if tag == "61":
            self._pending = (line, text)
        elif tag in ("20", "-", "{"):
            yield from self._turn(line, tag, text)
        elif tag == "?":
            self._stray(line, text)
        elif tag not in ("940", "942"):
            self._statement.take(line, tag, text)

    def finish(self, source: TextLines) -> Iterator[Item]:
        """Give what is left at the end of the file, and whether the file is one at all."""
        if self._pending is not None:
            yield self._movement()
        if self._statement.has_begun:
            yield self._page()
        elif self._strays:
            yield self._note(None)
        yield from self._end(source)

    def _movement(self) -> Item:
        assert self._pending is not None
        line, text = self._pending
        details = self._details
        self._pending, self._details = None, []
        return self._statement.add(movement(self._name, line, text, details, self._statement.heading, self._days))

    def _turn(self, line: int, tag: str, text: str) -> Iterator[Item]:
        """A message ends, or another begins."""
        if tag == "-":
            self._statement.is_ended = self._statement.has_begun
            if self._statement.is_ended:
                yield self._page()
            return
        if self._statement.has_begun:
            yield self._page()
        if tag == "{":
            self._statement.is_framed = True
        else:
            self._statement.take(line, tag, text)

    def _page(self) -> Page:
        page = self._series.place(self._statement.page(self._strays))
        self._strays = []
        self._pages += 1
        self._statement = Statement(self._name, page.line)
        return page

    def _stray(self, line: int, text: str) -> None:
        if len(self._strays) < 3:
            where = f"{self._name}:{line}"
            self._strays.append(Finding("mt940.stray", where, excerpt(text), "a field of MT940 or MT942", "warn"))

    def _note(self, broken: Finding | None) -> Page:
        page = Page(line=0, broken=broken, findings=tuple(self._strays))
        self._strays = []
        return page

    def _end(self, source: TextLines) -> Iterator[Item]:
        flaw = source.flaw
        if flaw is not None:
            yield self._note(Finding("mt940.text", f"{self._name}:{flaw.line}", flaw.found, flaw.wanted))
        elif not self._pages:
            yield self._note(
                Finding("mt940.no_statement", self._name, "no field of a statement", "one message or more")
            )
        if source.latin_line is not None:
            where = f"{self._name}:{source.latin_line}"
            self._strays.append(
                Finding("mt940.encoding", where, "bytes that are not UTF-8, read as Latin-1", "UTF-8", "note")
            )
            yield self._note(None)
