"""A Klarna settlement report as it lies there: every record with the names of its cells, for a person to read."""

from collections.abc import Iterator
from typing import BinaryIO

from recoup.domain.findings import Finding
from recoup.formats.laid import Field, Laid
from recoup.partners.klarna.report import Line, read_lines
from recoup.partners.klarna.telling import CODES


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give every line; where the report cannot be read on, the last one says why."""
    for number, line in enumerate(read_lines(stream, "file"), start=1):
        if isinstance(line, Finding):
            yield Laid(number, "unreadable", line.where, (), (line,))
        else:
            yield Laid(number, line.part, f"line {line.number}", tuple(_fields(line)))


def _fields(line: Line) -> Iterator[Field]:
    detail = line.cells[line.names.index("detailed_type")] if "detailed_type" in line.names else ""
    for column, (name, cell) in enumerate(zip(line.names, line.cells, strict=True), start=1):
        meaning = None
        if line.part == "transaction" and name == "type":
            meaning = CODES.meaning("type", f"{cell}/{detail}") or CODES.meaning("type", cell)
        yield Field(name, f"column {column}", cell, meaning)
