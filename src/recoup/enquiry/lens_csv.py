"""Delimited text as a person reads it: one record per row, each cell under the name of its column.

Row by row from the stream, so that the first rows of a large file show at once. A row that has another
number of cells than the header shows what it has, with a finding; an unclosed quote ends the showing,
because no row after it can be trusted.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from recoup.domain.findings import Finding
from recoup.formats.delimited import FIELD_CHARACTERS_MAX
from recoup.formats.laid import Field, Laid

DELIMITERS = (",", ";", "\t", "|")
HEAD_LINES = 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def delimiter_of(head: bytes) -> str | None:
    """Give the delimiter of a text that begins with these bytes: the one that cuts its lines alike; None without one.

    The last line may be cut where the head ends, so it does not count where there are others.
    """
    text = _text(head)
    if text is None:
        return None
    lines = [line for line in text.split("\n")[:HEAD_LINES] if line.strip()]
    if len(lines) > 2:
        lines = lines[:-1]
    return next((mark for mark in DELIMITERS if lines and _is_cut_alike(lines, mark)), None)


def is_delimited(head: bytes) -> bool:
    """Say whether a file with this beginning is text in columns."""
    return delimiter_of(head) is not None


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give the header and the rows; the delimiter is found from the file's first lines."""
    head = stream.read(1 << 16)
    stream.seek(0)
    yield from lay_out_with(stream, delimiter_of(head) or ",", _encoding(head))


def lay_out_with(stream: BinaryIO, delimiter: str, encoding: str) -> Iterator[Laid]:
    """Give the header and the rows."""
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
    csv.field_size_limit(FIELD_CHARACTERS_MAX)
    # Lines are read in pieces at most, so that a file without line ends is not one line in memory.
    lines = iter(lambda: text.readline(FIELD_CHARACTERS_MAX), "")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] = []
    number, line = 0, 1
    try:
        for cells in reader:
            if cells:
                number += 1
                header = header or [cell.strip() for cell in cells]
                yield _laid(number, line, cells, header)
            line = reader.line_num + 1
    except csv.Error as error:
        wrong = Finding("delimited.quotes", f"line {line}", str(error), "quotes that open and close within a record")
        yield Laid(number + 1, "row", f"line {line}", (), (wrong,))
    except UnicodeError:
        wrong = Finding("delimited.encoding", f"line {line}", f"bytes that are no {encoding}", "text of one encoding")
        yield Laid(number + 1, "row", f"line {line}", (), (wrong,))
    finally:
        text.detach()


def _laid(number: int, line: int, cells: list[str], header: list[str]) -> Laid:
    at = f"line {line}"
    if number == 1:
        return Laid(1, "header", at, tuple(Field(f"column {n}", f"column {n}", c) for n, c in enumerate(cells, 1)))
    findings = []
    if len(cells) != len(header) and not (len(cells) == len(header) + 1 and not cells[-1]):
        findings.append(Finding("delimited.columns", at, f"{len(cells)} columns", f"{len(header)}, as in the header"))
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
        findings.append(Finding("delimited.encoding", at, "bytes that are not UTF-8", "UTF-8"))
    fields = tuple(
        Field(header[place] if place < len(header) else "beyond the header", f"column {place + 1}", _readable(cell))
        for place, cell in enumerate(cells)
    )
    return Laid(number, "row", at, fields, tuple(findings))


def _readable(cell: str) -> str:
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_cut_alike(lines: list[str], delimiter: str) -> bool:
    try:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error:
        return False
    return bool(counts) and counts[0] > 1 and counts.count(counts[0]) * 2 > len(counts)


def _text(head: bytes) -> str | None:
    """Give the head as text, None where it is none: NULs, or more than a stray byte that is no character."""
    if head.startswith(_UTF16):
        return head.decode("utf-16", "ignore")
    if b"\0" in head:
        return None
    text = head.decode("utf-8-sig", "replace")
    is_text = (text.count("\ufffd") - 1) * 50 <= len(text) and sum(c < " " and c not in "\r\n\t" for c in text) == 0
    return text if is_text else None


def _encoding(head: bytes) -> str:
    return "utf-16" if head.startswith(_UTF16) else "utf-8-sig"
