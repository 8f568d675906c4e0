"""The Delimited File Report of Chase Paymentech: records of fields between `|`, from `*DFRBEG` to `*DFREND`.

A report begins with its header (`HPDE0017`), states totals in summary records (`RPDE0017S`) and has its
details (`RPDE0017D`). The specification is not public; what is read here is what public code and samples
tell, and newer files have more fields. A file may be the text that there is no data.

Read from a stream, a record at a time; what cannot be trusted as a whole ends the reading with a fault.
Source: ianzepp/paymentech-ingestor (MIT); samples of 2004 and 2005 in public code.
"""

import csv
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding, excerpt
from recoup.partners.jpmorgan.wire import DFR_NOTHING

LINE_BYTES_MAX = 1 << 16
BEGIN, END = "*DFRBEG", "*DFREND"


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record: its type, its fields after that, and its line."""

    type: str
    fields: tuple[str, ...]
    line: int


class Frame:
    """From `*DFRBEG` to `*DFREND`, which names the same."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.report = ""
        """The header of the report that is open, `HPDE0017`."""
        self.fields: tuple[str, ...] = ()
        """The header's fields: company, first day, last day, day and time it was made."""
        self.fault: Finding | None = None
        self.is_empty = False
        """There is the text that there is no data, and nothing else."""
        self._named: tuple[str, ...] | None = None
        self._is_closed = False

    def take(self, record: Record) -> bool:
        """Take one record; say whether it belongs to a report."""
        if self._is_closed or self.is_empty:
            self._wrong(record, f"{excerpt(record.type)} after the end", "one file")
        elif record.type == BEGIN:
            self._begin(record)
        elif self._named is None:
            self._head(record)
        elif record.type == END:
            self._end(record)
        elif record.type.startswith("H"):
            self.report, self.fields = record.type, record.fields
        else:
            return True
        return False

    def close(self) -> None:
        """Say what is missing once the stream has ended."""
        if self.fault is None and not self._is_closed and not self.is_empty:
            found = "an end without its last record" if self._named is not None else "no record"
            self.fault = Finding("jpmorgan.truncated", self.where, found, f"{END} at the end")

    def _begin(self, record: Record) -> None:
        if self._named is not None:
            self._wrong(record, f"{BEGIN} within a file", f"{END} before it")
        self._named = record.fields

    def _head(self, record: Record) -> None:
        self.is_empty = record.type.startswith(DFR_NOTHING)
        if not self.is_empty:
            self._wrong(record, excerpt(record.type), BEGIN)

    def _end(self, record: Record) -> None:
        if record.fields and record.fields != self._named:
            self._wrong(record, f"an {END} of another file", "what the first record names")
        self._is_closed = True

    def _wrong(self, record: Record, found: str, wanted: str) -> None:
        self.fault = self.fault or Finding("jpmorgan.frame", f"{self.where}:{record.line}", found, wanted)


def read_records(stream: BinaryIO, where: str) -> Iterator[Record | Finding]:
    """Give every record; a fault is the last thing given."""
    fault: list[Finding] = []
    reader = csv.reader(_decoded(stream, where, fault), delimiter="|", strict=True)
    try:
        for cells in reader:
            bare = [cell.strip() for cell in cells]
            if any(bare):
                while len(bare) > 1 and not bare[-1]:
                    bare.pop()
                yield Record(bare[0], tuple(bare[1:]), reader.line_num)
    except csv.Error as error:
        fault.append(Finding("jpmorgan.quotes", f"{where}:{reader.line_num}", str(error), "quotes that open and close"))
    yield from fault[:1]


def _decoded(stream: BinaryIO, where: str, fault: list[Finding]) -> Iterator[str]:
    number = 0
    while raw := stream.readline(LINE_BYTES_MAX):
        number += 1
        if len(raw) >= LINE_BYTES_MAX or b"\0" in raw or not raw.isascii():
            found = "a line without end" if len(raw) >= LINE_BYTES_MAX else "bytes that are no text in ASCII"
            fault.append(Finding("jpmorgan.line", f"{where}:{number}", found, f"ASCII in lines under {LINE_BYTES_MAX}"))
            return
        yield raw.decode("ascii")
