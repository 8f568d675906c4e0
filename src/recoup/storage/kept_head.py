"""The head of the audit chain in a file beside the register: what shows that its end was cut off.

Whoever reaches only the database can shorten the chain, or write it anew, and both hold together; the file then
names a link that is not there. It is written after each commit, and never goes back, whichever process comes first.
It proves nothing against somebody who can write in the home: for that a head is kept elsewhere.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recoup.storage.chain import Head, read_head

_BYTES_MAX = 256


def keep_head(path: Path, head: Head) -> None:
    """Write a head down, unless a later one stands there."""
    with _locked(path) as file:
        kept = read_head(os.pread(file, _BYTES_MAX, 0).decode(errors="replace"))
        if kept is None or kept.sequence < head.sequence:
            line = f"{head}\n".encode()
            # A longer line in one write: whoever is stopped in it leaves the old head, the new one, or an odd line.
            os.pwrite(file, line, 0)
            os.ftruncate(file, len(line))


def kept_head(path: Path) -> Head | None:
    """Read the head that was written down; None where none is, or the file holds something else."""
    try:
        return read_head(path.read_text(errors="replace"))
    except FileNotFoundError:
        return None


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)
