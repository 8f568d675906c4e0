"""A directory for the length of one run: what does not fit into memory, and what Spark makes.

It is removed at the end. A run that was killed cannot do so; the next one does, by the lock that the kernel gave back.
"""

import fcntl
import secrets
import shutil
from pathlib import Path
from typing import IO


class RunRoom:
    """One run's own directory below a parent, held by a lock on a file beside it."""

    def __init__(self, parent: Path) -> None:
        """Make it, and remove those of runs that are dead."""
        parent.mkdir(parents=True, exist_ok=True)
        for left in parent.glob("run-*.lock"):
            _removed_if_dead(left)
        self._lock = _held(parent / f"run-{secrets.token_hex(6)}.lock")
        self.path = Path(self._lock.name).with_suffix("")
        self.path.mkdir()

    def close(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        Path(self._lock.name).unlink(missing_ok=True)
        self._lock.close()


def _held(path: Path) -> IO[bytes]:
    """Take a new lock; another run that is looking for dead ones may be quicker once, and removes it."""
    while True:
        file = open(path, "ab")  # noqa: SIM115 - held as long as the room
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            path = path.with_name(f"run-{secrets.token_hex(6)}.lock")
            continue
        if path.exists():
            return file
        file.close()


def _removed_if_dead(lock: Path) -> None:
    try:
        with open(lock, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)
    except (BlockingIOError, FileNotFoundError):
        return  # it lives, or another run was quicker
