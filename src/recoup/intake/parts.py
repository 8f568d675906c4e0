"""What a large file says, in parts on disk: written while it is read, read when its totals are known to hold.

Nothing of a file may be written to the register before its end was seen, and a file may be larger than memory.
`spooling.py` writes the parts; `taking.py` takes them one after another.
"""

import struct
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from recoup.domain.findings import Finding

Row = tuple[Any, ...]
_LENGTH = struct.Struct(">I")


class Part(msgspec.Struct):
    """Some of what a file says, in the order of its records."""

    observations: list[Row] = []
    """Rows of table observation."""
    money_lines: list[Row] = []
    """Rows of table money_line."""
    quarantined: list[tuple[int, Finding]] = []
    findings: list[Finding] = []

    def __len__(self) -> int:
        """How many rows it will make."""
        return sum(len(rows) for rows in (self.observations, self.money_lines, self.quarantined, self.findings))


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Part)


class Parts:
    """A file of parts in a directory of its own, which is gone with the last who holds this."""

    def __init__(self, room: tempfile.TemporaryDirectory[str]) -> None:
        self._room = room
        self._path = Path(room.name) / "parts"
        self.quarantined = 0

    def add(self, part: Part) -> None:
        """Write one more part."""
        told = _ENCODER.encode(part)
        with self._path.open("ab") as file:
            file.write(_LENGTH.pack(len(told)))
            file.write(told)
        self.quarantined += len(part.quarantined)

    def __iter__(self) -> Iterator[Part]:
        """Give the parts in order; any number of times."""
        with self._path.open("rb") as file:
            while head := file.read(_LENGTH.size):
                yield _DECODER.decode(file.read(_LENGTH.unpack(head)[0]))

    def close(self) -> None:
        """Remove them."""
        self._room.cleanup()


def findings_of(parts: Sequence[Part] | Parts, most: int) -> Iterator[Finding]:
    """The first findings of a file, those of its quarantined records among them."""
    left = most
    for part in parts:
        for found in (*part.findings, *(f for _, f in part.quarantined)):
            if not left:
                return
            left -= 1
            yield found
