"""The disk under a home: how much room is left, and whether it can be written to."""

import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

FREE_BYTES_MIN = 1024**3
"""A day of messages of a large installation, and the register's log before it is folded in."""


class Disk(NamedTuple):
    """One look at the disk of a home."""

    free_bytes: int
    total_bytes: int
    is_writable: bool

    @property
    def is_short(self) -> bool:
        """Whether it is time to make room."""
        return self.free_bytes < FREE_BYTES_MIN


def look(home: Path) -> Disk:
    """Look at the disk, and write a few bytes below the home that are gone at once."""
    usage = shutil.disk_usage(home)
    return Disk(usage.free, usage.total, _is_writable(home / "tmp"))


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"recoup")
            file.flush()
    except OSError:
        return False
    return True


def free_bytes(home: Path) -> int:
    """How much room is left, without writing anything."""
    return shutil.disk_usage(home).free
