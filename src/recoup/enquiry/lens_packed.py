"""Files packed by gzip, looked through: what could be unpacked is given, also of one that breaks off."""

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_READ_BYTES = 1 << 14


def is_packed(path: Path) -> bool:
    """Say whether a file begins as gzip does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacked where it was packed; where one breaks off it ends, and `breaks_off` says so."""
    with path.open("rb") as file:
        if not is_packed(path):
            yield file
            return
        with io.BufferedReader(_Unpacked(file), _READ_BYTES) as unpacked:
            yield unpacked


def breaks_off(stream: BinaryIO) -> bool:
    """Say whether reading came to the end of a packed file before its contents did."""
    inner = getattr(stream, "raw", None)
    return isinstance(inner, _Unpacked) and inner.is_broken


class _Unpacked(io.RawIOBase):
    """The bytes inside. `gzip.GzipFile` keeps back what it unpacked before the place where a file breaks off."""

    def __init__(self, packed: BinaryIO) -> None:
        self.is_broken = False
        self._packed = packed
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._rest = b""
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place from the beginning; backwards by beginning again."""
        if whence == io.SEEK_CUR:
            offset += self._at
        if offset < self._at:
            self._packed.seek(0)
            self._member, self._rest, self._at = zlib.decompressobj(_GZIP_WINDOW), b"", 0
        while self._at < offset and (part := self._next(min(_READ_BYTES, offset - self._at))):
            self._at += len(part)
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        part = self._next(len(view))
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _next(self, size: int) -> bytes:
        """Give the next bytes, at most so many; nothing at the sound end."""
        while True:
            if self._member.eof:
                self._rest = (self._member.unused_data or self._packed.read(_READ_BYTES)).lstrip(b"\0")
                if not self._rest:
                    return b""
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            self._rest = self._rest or self._packed.read(_READ_BYTES)
            packed = self._rest
            try:
                part = self._member.decompress(packed, size)
            except zlib.error:
                part, packed = b"", b""
            self._rest = self._member.unconsumed_tail
            if part:
                return part
            if not packed and not self._member.eof:
                self.is_broken = True
                return b""
