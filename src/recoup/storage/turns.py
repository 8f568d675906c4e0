"""Turns between writers of one SQLite file, in this process and in others.

SQLite lets one writer in and has the others poll; under load a poller can wait for seconds. A blocking `flock`
hands over at once and in order. Checkpoints run only inside a turn, which also keeps clear of the corruption that
SQLite before 3.51.3 risks when two connections reset its log at the same moment.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recoup.errors import StorageProblem


class Turns:
    """The right to write, held by one thread of one process at a time."""

    def __init__(self, path: Path) -> None:
        """Take turns by locking this file, which is made when missing and never holds anything."""
        self.path = path
        self._held = threading.local()

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for the turn and hold it; the kernel gives it back even when the process is killed.

        Raises:
          StorageProblem: This thread holds it already, and would wait for itself for ever.
        """
        if getattr(self._held, "is_held", False):
            raise StorageProblem(
                where=str(self.path), found="a second write batch on one thread", wanted="one at a time"
            )
        with open(self.path, "ab") as file:  # a descriptor of its own, so that threads exclude each other too
            fcntl.flock(file, fcntl.LOCK_EX)
            self._held.is_held = True
            try:
                yield
            finally:
                self._held.is_held = False
