"""What every loop of the worker stands on, looked at every minute: room on the disk; and the sign that all is well.

The sign is a request to an address outside. It is left out whenever something is wrong, so whoever waits for it there
notices silence too: a second channel that needs nothing of this machine to raise the alarm.
"""

from collections.abc import Callable
from pathlib import Path

import structlog

from recoup.domain.instants import Instant
from recoup.errors import DiskShort
from recoup.storage.disk import FREE_BYTES_MIN, Disk, look
from recoup.storage.register import Register
from recoup.watch.checkups import complaints

_log = structlog.get_logger(__name__)

Ping = Callable[[str], int]
"""Ask an address; gives the status of the answer, raises OSError where none comes."""


class Vitals:
    """The look at the ground that a worker stands on."""

    def __init__(
        self, home: Path, register: Register, wall: Callable[[], Instant], ping_url: str | None, ping: Ping
    ) -> None:
        """Prepare to look.

        Args:
          home: Whose disk is looked at.
          register: Whose signs of life are read.
          wall: The wall clock.
          ping_url: Asked while all is well; None for nobody.
          ping: Asks it.
        """
        self._home = home
        self._register = register
        self._wall = wall
        self._ping_url = ping_url
        self._ping = ping

    def round(self) -> None:
        """Look, and tell the outside watcher if all is well.

        Raises:
          DiskShort: There is too little room, or none may be taken.
          OSError: The outside watcher could not be told.
        """
        check_disk(self._home, look(self._home))
        if self._ping_url is None:
            return
        with self._register.reading() as view:
            wrong = complaints(view, self._wall())
        if wrong:
            _log.error("the outside watcher is not told that all is well", wrong=wrong)
            return
        status = self._ping(self._ping_url)
        if not 200 <= status < 300:
            raise OSError(f"the outside watcher answered with status {status}")


def check_disk(home: Path, disk: Disk) -> None:
    """Refuse a disk that is nearly full, or that cannot be written to.

    Raises:
      DiskShort: It is so.
    """
    if not disk.is_writable:
        raise DiskShort(str(home), "a disk that cannot be written to", "one that can", "Mount it writable.")
    if disk.is_short:
        mib, wanted = disk.free_bytes // 1024**2, FREE_BYTES_MIN // 1024**2
        raise DiskShort(str(home), f"{mib} MiB free", f"{wanted} MiB", "Make room before the disk is full.")
