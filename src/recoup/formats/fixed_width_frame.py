"""How the records of a fixed-width file are told apart: encoding, line ends or none, blanks trimmed, the last one cut.

Two files of one layout often come in two forms: with LF, CRLF or CR, with EBCDIC's NEL, or as one row of blocks; with
blanks at the end of lines or without. None of that is in the layout. Nothing here knows what a record means.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Literal

import msgspec

from recoup.domain.findings import Finding, Severity

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 1 << 16
"""What is looked at to tell how a file is written."""
LINE_BYTES_MAX = 1 << 17
"""A longer line is no record of any layout."""
_EBCDIC = "cp037"
_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PADDING = "\x00\x1a \r\n\t"
"""What systems fill the last block of a file with; no record begins with it."""

Known = Callable[[str], bool]
"""Whether a text begins like a record of the layout."""


class Frame(msgspec.Struct, frozen=True):
    """How a file is written."""

    encoding: Literal["ascii", "ebcdic"]
    separator: bytes
    """What ends a record; empty where records follow each other without anything between."""
    skip: int = 0
    """Bytes before the first record: a byte order mark."""
    flaws: tuple[Finding, ...] = ()


class Line(msgspec.Struct, gc=False):
    """One record as text, blanks at its end as they came."""

    number: int
    """From 1."""
    place: int
    """Number of the line, from 1, where lines end; else where it begins, in bytes from the file's beginning."""
    text: str
    is_cut: bool = False
    """The file ends within it."""


def flaw(check: str, where: str, found: str, wanted: str, severity: Severity = "error") -> Finding:
    """Give a finding of this room: its code begins with `fixed_width.`."""
    return Finding(f"fixed_width.{check}", where, found, wanted, severity)


def framed(head: bytes, length: int, allowed: tuple[str, ...], known: Known, where: str) -> Frame | Finding:
    """Say how a file is written, from its first bytes, or why that cannot be said.

    Args:
      head: Up to `HEAD_BYTES`.
      length: Length of a record.
      allowed: Encodings that the layout allows.
      known: Whether a text begins like a record.
      where: The file's name.
    """
    if not head.strip(b"\x00\x1a \r\n\t\x40"):
        return flaw("empty", where, "no record", "at least a header and a trailer")
    if head.startswith(_BOMS) or _looks_wide(head):
        return flaw("encoding", where, "two or more bytes per character", _one_byte(allowed))
    skip = 3 if head.startswith(codecs.BOM_UTF8) else 0
    notes = (flaw("byte_order_mark", where, "a byte order mark", "none", "note"),) if skip else ()
    body = head[skip:].lstrip(b"\r\n")
    if known(body[:length].decode("latin-1")):
        return Frame("ascii", _separator(body, length, b"\n", b"\r"), len(head) - len(body), notes)
    ebcdic = head.lstrip(b"\x15\x25\x0d")
    if known(ebcdic[:length].decode(_EBCDIC)):
        if "ebcdic" not in allowed:
            return flaw("encoding", where, "EBCDIC", _one_byte(allowed))
        note = flaw("ebcdic", where, "EBCDIC", "read as EBCDIC (code page 037)", "note")
        separator = _separator(ebcdic, length, b"\x15", b"\x25", b"\n", b"\r")
        return Frame("ebcdic", separator, len(head) - len(ebcdic), (note,))
    return flaw("unknown_file", where, "a first record of no known kind", "a record of the layout")


def lines(stream: BinaryIO, frame: Frame, length: int) -> Iterator[Line | Finding]:
    """Give the records of a file from its first byte, and a finding where they end because no record can be told.

    Flat in memory; a byte is never lost: what does not fit comes as a line that is too short, too long or cut.
    """
    stream.read(frame.skip)
    cut = _divided(stream, frame.separator) if frame.separator else _blocks(stream, length)
    number = 0
    for index, (raw, is_closed) in enumerate(cut):
        place = index + 1 if frame.separator else index * length + frame.skip
        if len(raw) > LINE_BYTES_MAX:
            yield flaw("line_length", f"line {place}", f"more than {LINE_BYTES_MAX} bytes", f"{length} characters")
            return
        text = decoded(raw, frame.encoding, length)
        if text[:1] in _PADDING and not text.strip(_PADDING):
            continue
        number += 1
        if len(text) == length:
            yield Line(number, place, text)
        else:
            yield Line(
                number, place, text.rstrip("\r" if is_closed else "\r\x00\x1a"), not is_closed and len(text) < length
            )


def decoded(raw: bytes, encoding: str, length: int) -> str:
    """Give the text of a record: one character per byte, unless it is UTF-8 and only so as long as it should be."""
    if encoding == "ebcdic":
        return raw.decode(_EBCDIC)
    if len(raw) > length and not raw.isascii():
        try:
            wide = raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
        return wide
    return raw.decode("latin-1")


def has_controls(text: str) -> bool:
    """Whether a record holds a control character, which no printed record does."""
    return not text.isprintable() and _CONTROLS.search(text) is not None


def _separator(body: bytes, length: int, *candidates: bytes) -> bytes:
    """The first candidate that ends the first record; one after several records ends a file of blocks, not a line."""
    for candidate in candidates:
        first = body.find(candidate)
        if first >= 0:
            return b"" if first > length and first % length == 0 else candidate
    return b""


def _looks_wide(head: bytes) -> bool:
    """Nearly every second byte is zero: UTF-16 without its mark."""
    sample = head[:400]
    return len(sample) >= 8 and max(sample[0::2].count(0), sample[1::2].count(0)) * 4 > len(sample)


def _one_byte(allowed: tuple[str, ...]) -> str:
    return "ASCII or EBCDIC" if "ebcdic" in allowed else "ASCII"


def _divided(stream: BinaryIO, separator: bytes) -> Iterator[tuple[bytes, bool]]:
    """Give (line, whether it was ended) between separators."""
    rest = b""
    while chunk := stream.read(CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(separator)
        for line in whole:
            yield line, True
        if len(rest) > LINE_BYTES_MAX:
            yield rest, False
            return
    if rest:
        yield rest, False


def _blocks(stream: BinaryIO, length: int) -> Iterator[tuple[bytes, bool]]:
    """Give (block, whether it is whole) of a file without separators."""
    size = max(1, CHUNK_BYTES // length) * length
    rest = b""
    while chunk := stream.read(size):
        rest += chunk
        whole = len(rest) - len(rest) % length
        for start in range(0, whole, length):
            yield rest[start : start + length], True
        rest = rest[whole:]
    if rest:
        yield rest, False
