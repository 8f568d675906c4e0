"""Small CSV reports read row by row: each row as a dict by the header's own names, or what is wrong with it.

For reports of some thousand rows that a mapping in Python reads; large ones are read as sets by
SQL, see `delimited.py`. Quotes are strict: an unclosed one would swallow every row after it, so it
holds the whole file, and so does a last row that broke off.
"""

import csv
import io
from collections.abc import Mapping

import msgspec

from recoup.domain.findings import Finding


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row: its number (from 1, the header is none), and its cells by column, blanks around them gone."""

    position: int
    cells: Mapping[str, str]


class Rows(msgspec.Struct, frozen=True):
    """A report laid out: its columns, its rows, and the rows that do not have as many cells as the header."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    broken: tuple[tuple[int, Finding], ...] = ()


def read_rows(body: bytes, where: str) -> Rows | Finding:
    """Give the rows of a report with a header, or why none of it can be trusted.

    Args:
      body: UTF-8, with or without byte order mark; comma and `"`.
      where: How findings name the file.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Finding("csv_rows.encoding", f"{where}, byte {error.start + 1}", "bytes that are not UTF-8", "UTF-8")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        return Finding("csv_rows.quotes", f"{where}:{reader.line_num}", str(error), "quotes that open and close")
    if not lines:
        return Finding("csv_rows.empty", where, "no line", "a header, even on a day without rows")
    columns = tuple(name.strip() for name in lines[0][1])
    if len(set(columns)) != len(columns):
        return Finding("csv_rows.header", f"{where}:1", "a column twice", "each column once")
    if len(lines) > 1 and not text.endswith(("\n", "\r")) and len(lines[-1][1]) < len(columns):
        return Finding("csv_rows.truncated", f"{where}:{lines[-1][0]}", "a last row that breaks off", "a whole row")
    return _laid_out(columns, lines[1:], where)


def _laid_out(columns: tuple[str, ...], lines: list[tuple[int, list[str]]], where: str) -> Rows:
    rows, broken = [], []
    for position, (line, cells) in enumerate(lines, start=1):
        if len(cells) == len(columns):
            rows.append(Row(position, {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}))
        else:
            found = Finding("csv_rows.cells", f"{where}:{line}", f"{len(cells)} cells", f"{len(columns)}")
            broken.append((position, found))
    return Rows(columns, tuple(rows), tuple(broken))
