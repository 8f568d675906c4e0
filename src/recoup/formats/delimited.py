"""Delimited files: what one is, before anything reads its meaning, and how a damaged one is laid out record by record.

A fast engine reads the sound files; this room says whether a file is sound and,
where it is not, which records are broken and why. It never repairs a value and
never guesses an encoding: UTF-8, or UTF-16 with its byte order mark, or nothing.
Read `recoup.intake.table_reader` for what is done with the answer.
"""

import codecs
import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from recoup.domain.findings import Finding

CHUNK_BYTES = 4 << 20
HEADER_BYTES_MAX = 1 << 20
"""A header longer than this is no header; the widest report we know has 5 KB."""
TAIL_BYTES = 1 << 16
COLUMNS_MAX = 5_000
"""The widest report that we know has two hundred."""
FIELD_CHARACTERS_MAX = 1 << 20
"""A longer field is an unclosed quote that has begun to eat the file."""

Encoding = Literal["utf-8", "utf-16"]
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Shape(msgspec.Struct, frozen=True):
    """What a sound-looking file is like. Lines are counted by line feeds, the header's included."""

    header: tuple[str, ...]
    delimiter: str
    encoding: Encoding
    line_feeds: int
    quotes: int
    is_closed: bool
    """The last line ends with a line end."""
    is_cut: bool
    """The last line has no end, and its last field is shorter than the one above it: it broke off in the middle."""


class Broken(msgspec.Struct, frozen=True):
    """One record that cannot be laid out in columns."""

    position: int
    """Number of the record, from 1; the header is none."""
    line: int
    """Physical line on which it starts, from 1; the header is line 1."""
    found: str
    wanted: str


class Relaid(msgspec.Struct, frozen=True):
    """A damaged file laid out anew, with blank records where broken ones were, so that positions stay."""

    records: int
    broken: tuple[Broken, ...]
    held: Finding | None = None


def look(path: Path, name: str, delimiter: str) -> Shape | Finding:
    """Say what a file is like, or why no record of it can be trusted.

    Reads the whole file once, at about the speed of the disk. `name` is how messages call it.
    """
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES_MAX)
    if not head.strip():
        return Finding("delimited.empty", name, "no bytes", "a header line, even on a day without records")
    if head.startswith(_UTF16_MARKS):
        # Only its head: it is written anew as UTF-8, and looked at again, before anything reads it.
        wide = _first_record(head.decode("utf-16", errors="ignore"), delimiter)
        return Shape(wide, delimiter, "utf-16", 0, 0, is_closed=True, is_cut=False)
    scanned = _scan(path, name)
    if isinstance(scanned, Finding):
        return scanned
    line_feeds, quotes = scanned
    header = _first_record(head.removeprefix(codecs.BOM_UTF8).decode(errors="ignore"), delimiter)
    if len(header) > COLUMNS_MAX:
        return Finding("delimited.header", f"{name}:1", f"{len(header)} columns", f"at most {COLUMNS_MAX}")
    tail = _tail(path)
    is_closed = tail[-1:] in (b"\n", b"\r")
    is_cut = not is_closed and _breaks_off(tail.decode(errors="ignore"), delimiter)
    return Shape(header, delimiter, "utf-8", line_feeds, quotes, is_closed, is_cut)


def narrow(path: Path, out: Path, name: str) -> Finding | None:
    """Write a UTF-16 file anew as UTF-8 without a byte order mark; say where it is not UTF-16 after all."""
    line_feeds = 0
    decoder = codecs.getincrementaldecoder("utf-16")()
    with path.open("rb") as source, out.open("wb") as target:
        try:
            for chunk in _chunks(source):
                text = decoder.decode(chunk)
                line_feeds += text.count("\n")
                target.write(text.encode())
            decoder.decode(b"", final=True)
        except UnicodeError:
            return _not_text(name, line_feeds + 1, "bytes that are no UTF-16 in spite of the mark")
    return None


def relay(path: Path, out: Path, name: str, shape: Shape) -> Relaid:
    """Lay a damaged file out anew, record by record: slow, and only for files that a fast reader refused.

    A broken record on one line is named and left blank. One that spans lines is an unclosed quote that has eaten its
    neighbours, and a last one that breaks off is a cut: then nothing in the file can be counted, and it is held.
    """
    records, broken = 0, []
    for record in _records(path, shape):
        records += 1
        if record.why is None:
            continue
        found, wanted = record.why
        if record.spans_lines:
            return _held(
                records, "delimited.unclosed_quote", f"{name}:{record.line}", found, "a closing quote within its record"
            )
        broken.append(Broken(records, record.line, found, wanted))
    if broken and broken[-1].position == records and not shape.is_closed:
        last = broken[-1]
        return _held(records, "delimited.truncated", f"{name}:{last.line}", last.found, "a whole last record")
    _write(path, out, shape)
    return Relaid(records, tuple(broken))


class _Record(msgspec.Struct):
    fields: list[str]
    line: int
    spans_lines: bool
    why: tuple[str, str] | None
    """(found, wanted) where the record is broken."""


def _records(path: Path, shape: Shape) -> Iterator[_Record]:
    width = len(shape.header)
    csv.field_size_limit(FIELD_CHARACTERS_MAX)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=shape.delimiter, strict=True)
        next(reader)
        while True:
            start = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                spans = reader.line_num > start
                yield _Record([], start, spans, ("a quote that does not close", "a closing quote before the delimiter"))
                continue
            if fields:
                yield _Record(fields, start, reader.line_num > start, _misfit(fields, width))


def _misfit(fields: list[str], width: int) -> tuple[str, str] | None:
    # One empty field too many is a delimiter at the end of the line: nothing is lost by it.
    if len(fields) == width or (len(fields) == width + 1 and not fields[-1]):
        return None
    return f"{len(fields)} columns", f"{width}, as in the header"


def _write(path: Path, out: Path, shape: Shape) -> None:
    width = len(shape.header)
    blank = [""] * width
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=shape.delimiter, lineterminator="\n")
        writer.writerow(shape.header)
        writer.writerows(blank if r.why else r.fields[:width] for r in _records(path, shape))


def _held(records: int, check: str, where: str, found: str, wanted: str) -> Relaid:
    return Relaid(records, (), Finding(check, where, found, wanted))


def _scan(path: Path, name: str) -> tuple[int, int] | Finding:
    """Count line feeds and quotes, and find the first byte that no text holds."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line_feeds = quotes = read = 0
    with path.open("rb") as file:
        for chunk in _chunks(file):
            if (at := chunk.find(b"\0")) >= 0:
                line = line_feeds + chunk.count(b"\n", 0, at) + 1
                return _not_text(name, line, f"a NUL at byte {read + at}")
            try:
                _feed(decoder, chunk)
            except UnicodeDecodeError as problem:
                # The decoder may hold back the head of a character from the chunk before.
                at = problem.start - (len(problem.object) - len(chunk))
                line = line_feeds + chunk.count(b"\n", 0, max(at, 0)) + 1
                byte = problem.object[problem.start]
                return _not_text(name, line, f"byte 0x{byte:02X} at {read + at} that is no UTF-8")
            line_feeds += chunk.count(b"\n")
            quotes += chunk.count(b'"')
            read += len(chunk)
    if decoder.getstate()[0]:
        return _not_text(name, line_feeds + 1, "an end within a character")
    return line_feeds, quotes


def _feed(decoder: codecs.IncrementalDecoder, chunk: bytes) -> None:
    # Most reports are ASCII, which is seen ten times as fast as it is decoded.
    if decoder.getstate()[0] or not chunk.isascii():
        decoder.decode(chunk)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    return iter(partial(file.read, CHUNK_BYTES), b"")


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        return file.read()


def _first_record(text: str, delimiter: str) -> tuple[str, ...]:
    csv.field_size_limit(FIELD_CHARACTERS_MAX)
    try:
        return tuple(cell.strip() for cell in next(csv.reader(text.splitlines(keepends=True), delimiter=delimiter), []))
    except csv.Error:
        return ()  # a header that is none has no layout


def _breaks_off(tail: str, delimiter: str) -> bool:
    lines = tail.splitlines()[-2:]
    if len(lines) < 2:
        return True  # in the middle of the header, for all we know
    above, last = (_first_record(line, delimiter) or ("",) for line in lines)
    return len(above) == len(last) and len(last[-1]) < len(above[-1])


def _not_text(name: str, line: int, found: str) -> Finding:
    return Finding("delimited.encoding", f"{name}:{line}", found, "UTF-8, or UTF-16 with its byte order mark")
