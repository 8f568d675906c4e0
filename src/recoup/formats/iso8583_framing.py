"""Where one record of an IPM file ends and the next begins: length words, blocks of 1014 bytes, and the end.

A file is a run of records, each after a word of four bytes with its length, and a word of zero at the end (VBS). The
same run may be cut into pieces of 1,012 bytes with two bytes behind each, and padded to whole blocks (1014-blocked).
Which of them a file is, and whether its text is ASCII or EBCDIC, no field says: several signs are weighed, and never
one alone, since sizes, padding and trailer bytes are each wrong somewhere. Runs may follow one another.

Digits, letters and `\\` are the same in the EBCDIC pages cp500 and cp037, so the first bytes of a message cannot tell
them apart, and need not: what differs is seven punctuation marks in names. Text is read as cp500. Nothing raises:
what breaks the run of records is a finding that names its byte, and the run ends there.
"""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding

PIECE_BYTES = 1012
BLOCK_BYTES = 1014
CHUNK_BYTES = 512 * BLOCK_BYTES
"""Read at once: half a megabyte, so that memory stays flat."""
HEAD_BYTES = 64 * BLOCK_BYTES
"""In which the signs are looked for."""
WORD_BYTES = 4
RECORD_BYTES_MIN = 20
"""Message type and both bitmaps."""
RECORD_BYTES_MAX = 16 << 10
"""Twice what all elements of a message can fill; a longer length is no length."""
PAIRS = (b"\x40\x40", b"\x00\x00")
"""What stands behind each piece: EBCDIC blanks as a rule, zeros in some files."""
PADDING = b"\x40\x00"
_ASCII_DIGITS = frozenset(b"0123456789")
_EBCDIC_DIGITS = frozenset(range(0xF0, 0xFA))


class Framing(msgspec.Struct, frozen=True):
    """How a file is framed and written, and by which signs that was seen."""

    is_blocked: bool
    encoding: str
    """latin-1 or cp500: each maps every byte to one character, so that places in bytes and in text are the same."""
    pair: bytes
    signs: tuple[str, ...]
    doubts: tuple[str, ...]
    """Signs that speak for the other framing."""

    def __str__(self) -> str:
        """Name both for a person."""
        layout = f"1014-blocked (0x{self.pair.hex()})" if self.is_blocked else "VBS"
        return f"{layout}, {'ASCII' if self.encoding == 'latin-1' else 'EBCDIC'} read as {self.encoding}"


def detect(head: bytes, size: int | None) -> Framing | None:
    """Say how a file is framed, from its first blocks and its size; None where no record begins in it.

    Three signs are asked: whether the pairs behind the pieces are all the same, whether the size is a multiple of
    1014, and in which framing more records follow one another. What most of them say is the answer.
    """
    plain, pieces = _walk(head), _walk(_pieces(head))
    if not plain.records and not pieces.records:
        return None
    pair = _pair(head)
    votes = {
        "pairs behind the pieces": len(head) >= BLOCK_BYTES and _strayed(head, pair) is None,
        "size in whole blocks": size is not None and size > 0 and size % BLOCK_BYTES == 0,
    }
    if plain.reach != pieces.reach:
        votes["records that follow one another"] = pieces.reach > plain.reach
    balance = sum(1 if vote else -1 for vote in votes.values())
    if plain.is_complete != pieces.is_complete:  # one of them ends where a file must: that counts twice
        balance += 1 if pieces.is_complete else -1
    is_blocked = balance > 0 or (balance == 0 and pieces.reach >= plain.reach and votes["pairs behind the pieces"])
    return Framing(
        is_blocked=is_blocked,
        encoding=(pieces if is_blocked else plain).encoding or plain.encoding or pieces.encoding or "latin-1",
        pair=pair,
        signs=tuple(name for name, vote in votes.items() if vote == is_blocked),
        doubts=tuple(name for name, vote in votes.items() if vote != is_blocked),
    )


class Frames:
    """The records of one file, in one pass over its stream; findings are complete when the pass is."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._name = name
        size = _size(stream)
        head = _exactly(stream, HEAD_BYTES)
        self.framing = detect(head, len(head) if len(head) < HEAD_BYTES else size)
        self._payload = _Payload(stream, head, self.framing, name)
        self._is_broken = False
        self._buffer = b""
        self._at = 0
        self._base = 0
        """Where the buffer begins in the run of records, blocks taken away."""
        self.ends = 0
        """How many words of zero ended a run of records."""
        self._found: list[Finding] = []
        if self.framing is None:
            first = _shown(head) if head else "no bytes"
            self._break("iso8583.framing", 0, first, "a length word and a message type, in blocks or not")

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the framing; one of severity error means that records may be missing or wrong."""
        return [*self._found, *self._payload.findings]

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Give (byte of the file at which the length word stands, record), in order."""
        while not self._is_broken and self._holds(WORD_BYTES):
            at = self._at
            length = int.from_bytes(self._buffer[at : at + WORD_BYTES], "big")
            if not RECORD_BYTES_MIN <= length <= RECORD_BYTES_MAX:
                if not self._is_end(length) or not self._goes_on():
                    break
                continue
            if not self._holds(WORD_BYTES + length):
                there = len(self._buffer) - self._at - WORD_BYTES
                self._break("iso8583.truncated", self._at, f"{there} bytes of a record", f"{length} bytes")
                return
            start = self._at + WORD_BYTES
            self._at = start + length
            yield self._place(start - WORD_BYTES), self._buffer[start : self._at]
        if not self._is_broken and (left := len(self._buffer) - self._at):
            self._break("iso8583.truncated", self._at, f"{left} bytes of a length word", f"{WORD_BYTES} bytes")

    def _holds(self, count: int) -> bool:
        """Whether so many bytes follow; reads on where they are not there yet."""
        while len(self._buffer) - self._at < count:
            more = self._payload.read()
            if not more:
                return False
            self._buffer = self._buffer[self._at :] + more
            self._base, self._at = self._base + self._at, 0
        return True

    def _is_end(self, length: int) -> bool:
        """Whether the run of records ends here: by a word of zero, or by padding where that is missing."""
        word = self._buffer[self._at : self._at + WORD_BYTES]
        if length == 0:
            self.ends += 1
            self._at += WORD_BYTES
        elif word != PADDING[:1] * WORD_BYTES:
            wanted = f"{RECORD_BYTES_MIN} to {RECORD_BYTES_MAX} bytes, or zero at the end"
            self._break("iso8583.record_length", self._at, f"a record of {length} bytes", wanted)
            return False
        return True

    def _goes_on(self) -> bool:
        """Whether another run of records begins after an end and its padding."""
        assert self.framing is not None, "records come of a framed file alone"
        if self.framing.is_blocked and not self._skip_padding(-(self._base + self._at) % PIECE_BYTES):
            return False
        while self._holds(1):
            if self._holds(WORD_BYTES * 2) and _begins(self._buffer, self._at) == self.framing.encoding:
                return True
            if not self._skip_padding(PIECE_BYTES if self.framing.is_blocked else len(self._buffer) - self._at):
                return False
        return False

    def _skip_padding(self, count: int) -> bool:
        self._holds(count)
        padding = self._buffer[self._at : self._at + count]
        if rest := padding.lstrip(PADDING):
            at = self._at + len(padding) - len(rest)
            self._break("iso8583.after_end", at, f"{_shown(rest)} after the end", "padding, or another run of records")
            return False
        self._at += len(padding)
        return True

    def _break(self, check: str, at: int, found: str, wanted: str) -> None:
        self._found.append(Finding(check, f"{self._name}:byte {self._place(at)}", found, wanted))
        self._is_broken = True

    def _place(self, at: int) -> int:
        """The byte of the file for a byte of the buffer."""
        along = self._base + at
        is_blocked = self.framing is not None and self.framing.is_blocked
        return along + along // PIECE_BYTES * 2 if is_blocked else along


class _Payload:
    """The bytes of a stream without the pairs behind the pieces; one finding for the first that is wrong."""

    def __init__(self, stream: BinaryIO, head: bytes, framing: Framing | None, name: str) -> None:
        self._stream, self._head, self._framing, self._name = stream, head, framing, name
        self._read = 0
        self._at_end: list[Finding] = []
        self.findings: list[Finding] = []

    def read(self) -> bytes:
        """Give the next bytes; none at the end."""
        chunk, self._head = self._head, b""
        chunk += _exactly(self._stream, CHUNK_BYTES - len(chunk))
        if not chunk:  # a cut block counts once its records were given
            self.findings, self._at_end = [*self.findings, *self._at_end], []
        if self._framing is None or not self._framing.is_blocked:
            return chunk
        strayed = None if self.findings else _strayed(chunk, self._framing.pair)
        if strayed is not None:
            behind = strayed + PIECE_BYTES
            found = f"0x{chunk[behind : behind + 2].hex()} behind a piece"
            wanted = f"0x{self._framing.pair.hex()}, as behind the others"
            self.findings.append(self._finding("iso8583.block_trailer", behind, found, wanted))
        if rest := len(chunk) % BLOCK_BYTES:
            found = f"a last block of {rest} bytes"
            wanted = f"blocks of {BLOCK_BYTES} bytes"
            self._at_end.append(self._finding("iso8583.truncated", len(chunk) - rest, found, wanted))
        self._read += len(chunk)
        return _pieces(chunk)

    def _finding(self, check: str, at: int, found: str, wanted: str) -> Finding:
        return Finding(check, f"{self._name}:byte {self._read + at}", found, wanted)


class _Walked(msgspec.Struct, frozen=True):
    """How far records follow one another: how many begin with a message type, and whether none is out of place."""

    records: int
    fits: bool
    is_complete: bool
    """The word of zero was there."""
    encoding: str | None

    @property
    def reach(self) -> tuple[bool, int, bool]:
        """What is compared: nothing out of place counts before the number of records, and that before the end."""
        return self.fits, self.records, self.is_complete


def _walk(data: bytes) -> _Walked:
    at = records = 0
    seen: list[str] = []
    while at + WORD_BYTES <= len(data):
        word = data[at : at + WORD_BYTES]
        length = int.from_bytes(word, "big")
        if length == 0 or word == PADDING[:1] * WORD_BYTES:
            return _Walked(records, True, length == 0, _most(seen))
        if not RECORD_BYTES_MIN <= length <= RECORD_BYTES_MAX:
            return _Walked(records, False, False, _most(seen))
        if (encoding := _begins(data, at)) is not None:
            records += 1
            seen.append(encoding)
        at += WORD_BYTES + length
    return _Walked(records, True, False, _most(seen))


def _most(seen: list[str]) -> str | None:
    return max(sorted(set(seen)), key=seen.count) if seen else None


def _begins(data: bytes, at: int) -> str | None:
    """In which encoding a record with a message type begins here; None where none does."""
    length = int.from_bytes(data[at : at + WORD_BYTES], "big")
    kind = data[at + WORD_BYTES : at + 2 * WORD_BYTES]
    if not RECORD_BYTES_MIN <= length <= RECORD_BYTES_MAX or len(kind) < WORD_BYTES:
        return None
    if _ASCII_DIGITS.issuperset(kind):
        return "latin-1"
    return "cp500" if _EBCDIC_DIGITS.issuperset(kind) else None


def _pieces(chunk: bytes) -> bytes:
    """The bytes of whole blocks, and of a last one that is not whole, without the pair behind each."""
    pieces = bytearray(chunk)
    del pieces[PIECE_BYTES::BLOCK_BYTES]
    del pieces[PIECE_BYTES :: BLOCK_BYTES - 1]
    return bytes(pieces)


def _pair(head: bytes) -> bytes:
    """The pair that stands behind most pieces."""
    behind = [head[at : at + 2] for at in range(PIECE_BYTES, len(head) - 1, BLOCK_BYTES)]
    return max(PAIRS, key=behind.count)


def _strayed(chunk: bytes, pair: bytes) -> int | None:
    """Where the first block begins that has another pair behind its piece; None where all have this one."""
    strayed = []
    for half in (0, 1):
        told = chunk[PIECE_BYTES + half :: BLOCK_BYTES]
        if told.count(pair[half]) != len(told):
            strayed.append(next(block for block, byte in enumerate(told) if byte != pair[half]))
    return min(strayed) * BLOCK_BYTES if strayed else None


def _size(stream: BinaryIO) -> int | None:
    """How many bytes there are, where the stream can be asked."""
    if not stream.seekable():
        return None
    here = stream.tell()
    size = stream.seek(0, 2) - here
    stream.seek(here)
    return size


def _exactly(stream: BinaryIO, count: int) -> bytes:
    """So many bytes, fewer only at the end: some streams give less at a time."""
    chunk = stream.read(count)
    while chunk and len(chunk) < count:
        more = stream.read(count - len(chunk))
        if not more:
            break
        chunk += more
    return chunk


def _shown(data: bytes) -> str:
    return f"0x{data[: 2 * WORD_BYTES].hex()}"
