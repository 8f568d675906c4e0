"""Klarna's settlement report: a summary of totals, and under it the transactions that they are made of.

Two tables in one delimited file: names and values of the summary, then names and rows of the transactions, with
lines without content allowed between. The names are documented, and that the summary comes first; the file was
never seen in bytes, so `;`, `,` and the tab are taken as delimiter, blank cells at the end of a line are let go.
Read from a stream, a row at a time; what cannot be trusted as a whole ends the reading with a finding.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, Literal

import msgspec

from recoup.domain.findings import Finding

LINE_BYTES_MAX = 1 << 20
"""Longest line that is looked at."""
OF_SUMMARY: Final = ("payment_reference", "settlement_currency", "payout_date", "total_settlement_amount")
OF_ROWS: Final = ("type", "amount")
_DELIMITERS = ";,\t"

Part = Literal["summary names", "summary", "transaction names", "transaction"]


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line with content: what it is, the names above it, its cells, and its number in the file."""

    part: Part
    names: tuple[str, ...]
    cells: tuple[str, ...]
    number: int

    def told(self) -> dict[str, str]:
        """Give the cells by their names."""
        return dict(zip(self.names, self.cells, strict=True))


class _Fault(ValueError):
    """What ends the reading: check, line, found, wanted. Caught in this file alone."""


def read_lines(stream: BinaryIO, where: str) -> Iterator[Line | Finding]:
    """Give every line of a report in order; a fault is the last thing given."""
    try:
        yield from _lines(stream)
    except _Fault as fault:
        check, number, found, wanted = fault.args
        yield Finding(f"klarna.{check}", f"{where}:{number}", found, wanted)
    except csv.Error as error:
        yield Finding("klarna.quotes", where, str(error), "quotes that open and close, fields of 131072")
    except UnicodeDecodeError:
        yield Finding("klarna.encoding", where, "bytes that are not UTF-8", "UTF-8")


def _lines(stream: BinaryIO) -> Iterator[Line]:
    rows = _rows(stream)
    summary_names = _names(next(rows, None), OF_SUMMARY, "summary")
    yield summary_names
    values = next(rows, None)
    if values is None:
        raise _Fault("summary", summary_names.number, "no values under the summary", "one line of them")
    yield _fitted("summary", summary_names.names, *values)
    head = next(rows, None)
    if head is None:
        return  # a settlement without transactions: its totals say whether that can be
    names = _names(head, OF_ROWS, "transaction")
    yield names
    for number, cells in rows:
        if _called(cells) in (names.names, summary_names.names):
            raise _Fault("second", number, "the names of another table", "one report in a file")
        yield _fitted("transaction", names.names, number, cells)


def _names(row: tuple[int, list[str]] | None, wanted: Sequence[str], table: Literal["summary", "transaction"]) -> Line:
    if row is None:
        raise _Fault("empty", 1, f"no {table} names", ", ".join(wanted))
    number, cells = row
    names = _called(cells)
    missing = [name for name in wanted if name not in names]
    if missing:
        raise _Fault("columns", number, f"no column {', '.join(missing)}", f"the {table} names")
    if len(set(names)) < len(names):
        raise _Fault("columns", number, "a name that stands twice, or none", "each name once")
    return Line("summary names" if table == "summary" else "transaction names", names, names, number)


def _called(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.lower() for cell in _bare(cells))


def _bare(cells: Sequence[str]) -> list[str]:
    """The cells without the empty ones at the end."""
    kept = len(cells)
    while kept and not cells[kept - 1]:
        kept -= 1
    return list(cells[:kept])


def _fitted(part: Part, names: tuple[str, ...], number: int, cells: Sequence[str]) -> Line:
    """Give a line with one cell under each name: fewer is a line that was cut, more is another table."""
    if len(cells) < len(names) or len(_bare(cells)) > len(names):
        raise _Fault("cells", number, f"{len(cells)} cells", f"{len(names)}, one under each name")
    return Line(part, names, tuple(cells[: len(names)]), number)


def _rows(stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Give the lines that have any content, as cells without blanks around them."""
    lines = _text(stream)
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        return
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(_with(first, lines), delimiter=delimiter, strict=True)
    for row in reader:
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield reader.line_num, cells


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _text(stream: BinaryIO) -> Iterator[str]:
    """Decode line by line, so that nobody holds more than one of them."""
    number = 0
    while raw := stream.readline(LINE_BYTES_MAX):
        number += 1
        if len(raw) >= LINE_BYTES_MAX or b"\0" in raw:
            found = "a NUL" if b"\0" in raw else "a line without end"
            raise _Fault("line", number, found, f"lines of text under {LINE_BYTES_MAX} bytes")
        yield (raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw).decode("utf-8")
