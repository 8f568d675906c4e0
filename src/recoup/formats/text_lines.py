"""Lines of a text file of any size, in blocks: for formats whose records are lines.

A block is some thousand lines, so that a reader's loop runs over a list. Lines end in CRLF, LF or CR alone; their ends
are not given. Text is UTF-8; where it is not, it is read as Latin-1 and said so, since then letters may be others than
the sender's, and digits, signs and ASCII are right all the same. What is no text at all, NULs or a line without end,
ends the reading with a flaw: nothing here raises, and nothing grows with the file.
"""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

BLOCK_BYTES = 256 << 10
LINE_BYTES_MAX = 64 << 10
"""Longest line that is read; the longest of any format read here has some hundred characters."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Flaw(msgspec.Struct, frozen=True):
    """Why the rest cannot be read as lines of text: from which line on, what was found, what was wanted."""

    line: int
    found: str
    wanted: str


class TextLines:
    """The lines of one stream; read them once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.flaw: Flaw | None = None
        """Set when the reading ended before the end of the file."""
        self.latin_line: int | None = None
        """The first line of the first block that was not UTF-8."""
        self.count = 0
        """Lines given so far."""

    def blocks(self) -> Iterator[tuple[int, list[str]]]:
        """Give (number of the first line, lines), in order; numbers begin with 1."""
        rest = b""
        is_first = True
        while self.flaw is None and (chunk := self._stream.read(BLOCK_BYTES)):
            if is_first:
                chunk = chunk.removeprefix(_BYTE_ORDER_MARK)
                is_first = False
            if b"\0" in chunk:
                self._end("a NUL byte", "text, one byte or UTF-8 to a character")
                return
            whole, rest = _cut(rest + chunk)
            if whole:
                yield self._block(whole)
            if len(rest) > LINE_BYTES_MAX:
                self._end(f"a line of more than {LINE_BYTES_MAX} bytes", "lines of text")
                return
        if rest:
            yield self._block(rest)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Give (number, line) one by one, for those who are in no hurry."""
        for first, lines in self.blocks():
            yield from enumerate(lines, first)

    def _block(self, whole: bytes) -> tuple[int, list[str]]:
        first = self.count + 1
        lines = self._text(whole, first).removesuffix("\n").split("\n")
        self.count += len(lines)
        return first, lines

    def _text(self, whole: bytes, first: int) -> str:
        ended = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in whole else whole
        try:
            return ended.decode()
        except UnicodeDecodeError:
            self.latin_line = self.latin_line or first
            return ended.decode("latin-1")

    def _end(self, found: str, wanted: str) -> None:
        self.flaw = Flaw(self.count + 1, found, wanted)


def _cut(held: bytes) -> tuple[bytes, bytes]:
    """Whole lines, and the rest; a CR at the very end may be half of a CRLF and waits."""
    at = max(held.rfind(b"\n"), held.rfind(b"\r", 0, len(held) - 1)) + 1
    return held[:at], held[at:]
