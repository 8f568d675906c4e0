"""From the bytes of a Nacha file to its lines: ends of lines or none, encodings, and what is no such file at all.

Memory is flat: a line ends within a few hundred bytes, or the file is refused.
"""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding
from recoup.formats.nacha_records import RECORD

CHUNK = 1 << 18
LINE_MAX = 4096
"""Bytes within which a line must end: forty records."""
_HEAD = 2 * RECORD
"""Bytes of the first two records, within which a file with ends of lines has one."""
_FOREIGN = (
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
    (b"\xf1\xf0", "text in EBCDIC"),
    (b"\x1f\x8b", "a file compressed by gzip"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"{\\rtf", "a document in RTF"),
    (b"%PDF", "a document in PDF"),
    (b"{", "JSON, a rendering of such a file and not the file"),
    (b"[", "JSON, a rendering of such a file and not the file"),
    (b"<", "XML or HTML"),
)


class Lines(msgspec.Struct):
    """The lines of one stream, and what was found about how they lie there."""

    stream: BinaryIO
    name: str
    refused: Finding | None = None
    """Why nothing, or nothing more, is read."""
    notes: list[Finding] = []
    blank: int = 0
    ends: set[str] = set()
    has_foreign_letters: bool = False
    has_ends: bool = True
    """Lines end; else records follow one another."""
    begins_at: int = 0
    """Byte of the first record: behind a byte order mark."""

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Give (number, text) of each line that is not blank, without its end; lines that no encoding fits are kept."""
        head = self._beginning()
        if head.startswith(b"\xef\xbb\xbf"):
            head, self.begins_at = head[3:], 3
            self._note("nacha.encoding", "a byte order mark", "none: the first character is the record type")
        if self._is_foreign(head):
            return
        self.has_ends = bool(_end_of(head))
        yield from self._split(head) if self.has_ends else self._cut(head)
        self._sum_up()

    def at(self, line: int) -> str:
        """Where a line begins, as a viewer says it: by its number, or by its first byte where lines have no ends."""
        return f"line {line}" if self.has_ends else f"byte {self.begins_at + (line - 1) * RECORD}"

    def _beginning(self) -> bytes:
        """At least two records, where there are as many: a stream may give less than it is asked for."""
        head = self.stream.read(CHUNK)
        while len(head) <= _HEAD + 2 and (more := self.stream.read(CHUNK)):
            head += more
        return head

    def _is_foreign(self, head: bytes) -> bool:
        found = next((what for mark, what in _FOREIGN if head.lstrip(b" \t\r\n").startswith(mark)), None)
        if not head.strip():
            found = "nothing"
        if found is not None:
            self._refuse("nacha.not_nacha", 1, found, f"a file header: record type 1, {RECORD} characters in ASCII")
        return found is not None

    def _split(self, block: bytes) -> Iterator[tuple[int, str]]:
        """Lines that end: by LF, by CR LF or by CR."""
        end = _end_of(block)
        number = 0
        while True:
            chunk = self.stream.read(CHUNK)
            cut = block.rfind(end) + 1 if chunk else len(block)
            whole, rest = block[:cut], block[cut:]
            if len(rest) > LINE_MAX:
                self._refuse("nacha.record_length", number + 1, f"no end of line in {LINE_MAX} bytes", "short lines")
                return
            if whole:
                lines = self._texts(whole, end)
                if not chunk and lines and lines[-1].strip() == "\x1a":  # the end mark of old systems
                    lines.pop()
                for number, text in enumerate(lines, start=number + 1):  # noqa: B020 -- it goes on where it was
                    if text:
                        yield number, text
                    else:
                        self.blank += 1
            if not chunk:
                return
            block = rest + chunk

    def _texts(self, block: bytes, end: bytes) -> list[str]:
        pairs = block.count(b"\r\n") if end == b"\n" else 0
        self.ends.update(["CR LF"] if pairs else [], [end.hex()] if block.count(end) > pairs else [])
        if block.isascii():
            text = block.decode("ascii")
            lines = (text.replace("\r\n", "\n") if pairs else text).split(end.decode("ascii"))
        else:
            lines = [self._decoded(line.removesuffix(b"\r")) for line in block.split(end)]
        if block.endswith(end):
            lines.pop()  # what follows the last end is no line
        return lines

    def _cut(self, block: bytes) -> Iterator[tuple[int, str]]:
        """Records one after another, without any end of line."""
        number = 0
        while block:
            chunk = self.stream.read(CHUNK)
            whole = len(block) - len(block) % RECORD if chunk else len(block)
            for start in range(0, whole, RECORD):
                record = block[start : start + RECORD]
                number += 1
                if record.strip(b"\r\n\x1a"):
                    yield number, self._decoded(record)
            block = block[whole:] + chunk

    def _decoded(self, line: bytes) -> str:
        """ASCII as a rule; else UTF-8 where the characters then fill a record, else one byte for one character."""
        if line.isascii():
            return line.decode("ascii")
        self.has_foreign_letters = True
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            return line.decode("latin-1")
        return text if len(text) == RECORD or len(line) != RECORD else line.decode("latin-1")

    def _sum_up(self) -> None:
        if len(self.ends) > 1:
            self._note("nacha.line_ends", "lines that end in different ways", "one way in one file")
        if self.blank:
            self._note("nacha.blank_lines", f"{self.blank} blank lines", "none")
        if self.has_foreign_letters:
            self._note("nacha.encoding", "characters outside ASCII", "ASCII")

    def _note(self, check: str, found: str, wanted: str) -> None:
        self.notes.append(Finding(check, self.name or "file", found, wanted, "warn"))

    def _refuse(self, check: str, line: int, found: str, wanted: str) -> None:
        self.refused = Finding(check, place(self.name, line), found, wanted)


def place(name: str, line: int, field: str = "") -> str:
    """File, line and field as findings name them: `returns.ach:7 amount`, or `line 7 amount` where no name is known."""
    where = f"{name}:{line}" if name else f"line {line}"
    return f"{where} {field}" if field else where


def _end_of(block: bytes) -> bytes:
    head = block[: _HEAD + 2]
    return b"\n" if b"\n" in head else b"\r" if b"\r" in head else b""
