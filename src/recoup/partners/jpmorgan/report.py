"""A report of the Reporting API as CSV with a frame: two lines that name it, its columns, its rows, a closing line.

The closing line is the first one again; a file without it was cut, and one with anything behind it is two.
Reports in sections have `Record Type` as their first column, the names of the columns before each section,
and `BEGIN` and `END` before the lines of the frame. A spreadsheet pads all lines to one width, and some files
end in thousands of empty lines: neither means anything.

Read from a stream, a row at a time; what cannot be trusted as a whole ends the reading with a fault.
"""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Literal

import msgspec

from recoup.domain.findings import Finding, excerpt
from recoup.partners.jpmorgan.wire import RECORD_TYPE, REPORTS, Field

LINE_BYTES_MAX = 1 << 18
"""Longest line that is looked at; the widest report has a hundredth of it."""
_ENTITY = re.compile(r"(?:(?:Processing)?Entity(?:Id|Identifier))=(.*)")
_EDGES = frozenset({"BEGIN", "END"})
_NUMBER = re.compile(r"[0-9]+")

What = Literal["edge", "about", "columns", "row"]


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line that is not empty: what it is, its cells, and its number in the file."""

    what: What
    cells: tuple[str, ...]
    number: int


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row by its columns' names; `position` counts the rows of the file."""

    position: int
    line: int
    cells: Mapping[str, str]
    section: str
    """The record type of a report in sections; empty for others."""

    def text(self, field: Field) -> str:
        """Give the value of a field, by the first of its names that the report has; empty where it has none."""
        for name in field:
            if (text := self.cells.get(name)) is not None:
                return text
        return ""


class Frame:
    """The frame of one file, gathered while it is read, and what speaks against it."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.about: Mapping[str, str] = {}
        """What the second line says: `ReportTypeName`, `FromDate`, `ToDate`, ..."""
        self.columns: tuple[str, ...] = ()
        self.fault: Finding | None = None
        self._edge: tuple[str, ...] = ()
        self._is_closed = False

    def take(self, line: Line) -> bool:
        """Take one line; say whether it is a row of the report."""
        if self._is_closed:
            self._wrong(line, f"{line.what} after the closing line", "one report in a file")
        elif line.what == "edge":
            self._take_edge(line)
        elif not self._edge:
            self._wrong(line, excerpt(",".join(line.cells[:2])), "a first line that names the entity")
        elif line.what == "about":
            self.about = _pairs(line.cells)
        elif not self.about:
            self._wrong(line, f"{line.what} in the second line", "a second line that names the report")
        elif line.what == "columns":
            self._take_columns(line)
        else:
            return self.fault is None
        return False

    def close(self) -> None:
        """Say what is missing once the stream has ended."""
        if self.fault is None and not self._is_closed:
            found = "an end without the closing line" if self._edge else "no line"
            self.fault = Finding("jpmorgan.truncated", self.where, found, "the first line again at the end")

    @property
    def entity(self) -> str:
        """For whom the report was made, as its first line names it; empty where that names nobody."""
        named = (_ENTITY.match(cell) for cell in self._edge)
        return next((found[1].strip() for found in named if found is not None), "")

    @property
    def report(self) -> str:
        """The type of the report, in small letters."""
        return self.about.get("ReportTypeName", "").casefold()

    @property
    def day(self) -> str | None:
        """The day that the report is about, where it is about one."""
        first, last = self.about.get("FromDate"), self.about.get("ToDate")
        return last if last and first == last else None

    def _take_edge(self, line: Line) -> None:
        named = tuple(cell for cell in line.cells if cell not in _EDGES)
        if not self._edge:
            self._edge = named
        elif named != self._edge:
            self._wrong(line, "a closing line of another report", "the first line again")
        elif not self.columns:
            self._wrong(line, "the closing line", "names of columns, even without rows")
        else:
            self._is_closed = True

    def _take_columns(self, line: Line) -> None:
        if len(set(line.cells)) != len(line.cells):
            self._wrong(line, "a column twice", "each column once")
        self.columns = line.cells

    def _wrong(self, line: Line, found: str, wanted: str) -> None:
        self.fault = self.fault or Finding("jpmorgan.frame", f"{self.where}:{line.number}", found, wanted)


def read_lines(stream: BinaryIO, where: str) -> Iterator[Line | Finding]:
    """Give every line of a report that is not empty; a fault is the last thing given."""
    fault: list[Finding] = []
    reader = csv.reader(_decoded(stream, where, fault), strict=True)
    count = 0
    try:
        for cells in reader:
            bare = _unpadded(cells)
            if bare:
                count += 1
                yield Line(_what(bare, count), bare, reader.line_num)
    except csv.Error as error:
        fault.append(Finding("jpmorgan.quotes", f"{where}:{reader.line_num}", str(error), "quotes that open and close"))
    except UnicodeDecodeError:
        fault.append(
            Finding("jpmorgan.encoding", f"{where}:{reader.line_num + 1}", "bytes that are not UTF-8", "UTF-8")
        )
    yield from fault[:1]


def other_report(line: Line, frame: Frame, feed: str) -> Finding | None:
    """Say whether the line names a report of another feed."""
    if line.what != "about" or REPORTS.get(frame.report) == feed:
        return None
    where = f"{frame.where}:{line.number}"
    return Finding("jpmorgan.report", where, f"a report {excerpt(frame.report)}", f"a report of the feed {feed}")


def other_entity(line: Line, frame: Frame, account: str) -> Finding | None:
    """Say whether the first line names an entity that is not our account, where that is called by a number, too.

    An account that has a name of ours says nothing of entities, and one that is not known takes them all.
    """
    entity = frame.entity
    if line.what != "edge" or not (_NUMBER.fullmatch(account) and entity) or entity == account:
        return None
    found = f"a report for the entity ending in {entity[-4:]}"
    wanted = f"one for the entity of this account, ending in {account[-4:]}"
    return Finding("jpmorgan.foreign_entity", f"{frame.where}:{line.number}", found, wanted)


def row_of(line: Line, columns: tuple[str, ...], position: int) -> Row | Finding:
    """Give a row by its columns; a row of another width is a finding. Empty cells at the end may be absent."""
    if len(line.cells) > len(columns):
        return Finding("jpmorgan.cells", f"line {line.number}", f"{len(line.cells)} cells", f"{len(columns)}")
    cells = dict(zip(columns, (*line.cells, *("",) * len(columns)), strict=False))
    return Row(position, line.number, cells, line.cells[0] if columns[0] == RECORD_TYPE else "")


def _what(cells: tuple[str, ...], count: int) -> What:
    """What a line is, by its place and by its first cells."""
    if count == 2:
        return "about"
    if cells[0] in _EDGES or _ENTITY.match(cells[0]):
        return "edge"
    return "columns" if count == 3 or cells[0] == RECORD_TYPE else "row"


def _unpadded(cells: list[str]) -> tuple[str, ...]:
    bare = [cell.strip() for cell in cells]
    while bare and not bare[-1]:
        bare.pop()
    return tuple(bare)


def _pairs(cells: tuple[str, ...]) -> dict[str, str]:
    """The pairs of the second line; one without names has its values in a known order."""
    if any("=" in cell for cell in cells):
        pairs = (cell.partition("=") for cell in cells)
        return {name: value for name, _, value in pairs}
    names = ("EntityId", "ReportTypeName", "Frequency", "FromDate", "ToDate", "GenerationDate", "GenerationTime")
    return dict(zip(names, cells, strict=False))


def _decoded(stream: BinaryIO, where: str, fault: list[Finding]) -> Iterator[str]:
    """Decode line by line, so that nobody holds more than one of them."""
    number, is_first = 0, True
    while raw := stream.readline(LINE_BYTES_MAX):
        number += 1
        if is_first:
            raw, is_first = raw.removeprefix(codecs.BOM_UTF8), False
        if len(raw) >= LINE_BYTES_MAX or b"\0" in raw:
            found = "a NUL" if b"\0" in raw else "a line without end"
            fault.append(Finding("jpmorgan.line", f"{where}:{number}", found, f"lines of text under {LINE_BYTES_MAX}"))
            return
        yield raw.decode("utf-8")
