"""A report of J.P. Morgan as it lies there: every record with the names of its fields, for a person to read."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from recoup.domain.findings import Finding
from recoup.formats.laid import Field, Laid, LayOut
from recoup.partners.jpmorgan import dfr, wire
from recoup.partners.jpmorgan.report import Frame, other_report, read_lines
from recoup.partners.jpmorgan.telling import CODES, is_damaged

_KINDS: Mapping[str, str] = {
    "edge": "first or closing line",
    "about": "what the report is",
    "columns": "column names",
    "row": "row",
}
_WORDS = {
    **dict.fromkeys(wire.TYPE, "type"),
    **dict.fromkeys(wire.CATEGORY, "category_name"),
    wire.FINANCIAL[0]: "financial",
    wire.METHOD[0]: "network",
    wire.USAGE[0]: "usage",
}
_HEADER = ("Company", "From", "To", "Made on", "Made at")


def layout_of(feed: str) -> LayOut:
    """Give how the reports in CSV of one feed are shown; a report of another feed has a finding in its second line."""

    def lay_out(stream: BinaryIO) -> Iterator[Laid]:
        yield from _laid(stream, feed)

    return lay_out


def _laid(stream: BinaryIO, feed: str) -> Iterator[Laid]:
    """Give every line of a report; what is out of order is shown with the line where it shows."""
    frame = Frame("file")
    for number, line in enumerate(read_lines(stream, "file"), start=1):
        if isinstance(line, Finding):
            yield Laid(number, "unreadable", _place(line), findings=(line,))
            return
        known = frame.fault
        frame.take(line)
        found = [frame.fault if frame.fault is not known else None, other_report(line, frame, feed)]
        names = frame.columns if line.what == "row" else ()
        wrong = tuple(finding for finding in found if finding is not None)
        yield Laid(number, _KINDS[line.what], f"line {line.number}", tuple(_fields(names, line.cells, 1)), wrong)


def lay_out_dfr(stream: BinaryIO) -> Iterator[Laid]:
    """Give every record of a Delimited File Report."""
    frame = dfr.Frame("file")
    for number, record in enumerate(dfr.read_records(stream, "file"), start=1):
        if isinstance(record, Finding):
            yield Laid(number, "unreadable", _place(record), findings=(record,))
            return
        known = frame.fault
        frame.take(record)
        wrong = (frame.fault,) if frame.fault is not None and frame.fault is not known else ()
        fields = tuple(_fields(_names(record.type), record.fields, 2))
        yield Laid(number, record.type, f"line {record.line}", fields, wrong)


def _names(kind: str) -> tuple[str, ...]:
    if kind in wire.DFR_DETAILS:
        return wire.DFR_DETAILS[kind]
    return wire.DFR_SUMMARY if kind in wire.DFR_SUMMARIES else _HEADER if kind in wire.DFR_HEADERS else ()


def _fields(names: tuple[str, ...], cells: tuple[str, ...], first: int) -> Iterator[Field]:
    for at, raw in enumerate(cells):
        name = names[at] if at < len(names) else "unnamed"
        if raw:
            yield Field(name, f"column {at + first}", raw, _meaning(name, raw))


def _meaning(name: str, raw: str) -> str | None:
    if is_damaged(raw):
        return "destroyed by a spreadsheet"
    return CODES.meaning(_WORDS[name], raw) if name in _WORDS else None


def _place(finding: Finding) -> str:
    return f"line {finding.where.rpartition(':')[2]}"
