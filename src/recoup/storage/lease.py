"""The lease of a home: one worker at a time, and a number that keeps an old one from writing.

Whoever takes it counts the token up. Before each batch the register asks inside its own transaction whether the token
is still the highest (`check`), so a worker that was stopped for ten minutes and wakes up writes nothing any more,
whatever its clock says. No two clocks are compared: a holder counts as silent when its row has not changed for
`SILENT_SECONDS` of the watcher's own elapsed time. A holder on this machine that died is known at once, as the
kernel gives its lock back.
"""

import fcntl
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import IO, NamedTuple

from sqlalchemy import select

from recoup.errors import LeaseLost
from recoup.storage import schema
from recoup.storage.register import Register, View

RENEW_SECONDS = 10.0
SILENT_SECONDS = 60.0
"""Six renewals: a holder whose rounds wait that long for their turn is as good as gone."""
WORKER = "worker"


class Held(NamedTuple):
    """The row of the lease."""

    name: str
    token: int
    place: str
    beats: int
    taken_at: int
    renewed_at: int
    released_at: int | None


class Lease:
    """One worker's side of the lease of a home."""

    def __init__(
        self,
        register: Register,
        locks: Path,
        clock: Callable[[], int],
        *,
        elapsed: Callable[[], float] = monotonic,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        """Prepare to take it.

        Args:
          register: Where its row is.
          locks: A directory of this home, for the locks by which a death on this machine is noticed.
          clock: Microseconds UTC, for people to read; nothing is decided by it.
          elapsed: Seconds that only grow.
          silent_seconds: After how long without a sign a holder is passed over.
        """
        self.token = 0
        self._register = register
        self._locks = locks
        self._clock = clock
        self._elapsed = elapsed
        self._silent_seconds = silent_seconds
        self._place = f"{socket.gethostname()}:{locks}"
        self._lock: IO[bytes] | None = None
        self._watched: tuple[int, int] | None = None
        self._watched_since = 0.0

    def try_take(self) -> bool:
        """Take it where it is free, released, or its holder dead or silent; say whether."""
        with self._register.noting() as batch:
            held = _row(batch)
            if held is not None and not self._is_free(held):
                return False
            token = 1 if held is None else held.token + 1
            lock = _locked(self._locks / _lock_name(token))
            if lock is None:
                return False
            now = self._clock()
            batch.upsert(schema.lease, [Held(WORKER, token, self._place, 0, now, now, None)])
        self.token, self._lock = token, lock
        (self._locks / _lock_name(token - 1)).unlink(missing_ok=True)
        return True

    def renew(self) -> None:
        """Show that the holder lives.

        Raises:
          LeaseLost: Another one has it.
        """
        with self._register.noting() as batch:
            held = self._own(batch)
            row = held._replace(beats=held.beats + 1, renewed_at=self._clock())
            batch.upsert(schema.lease, [row])

    def release(self) -> None:
        """Give it back, where it is still ours, so that the next one need not wait."""
        with suppress(LeaseLost), self._register.noting() as batch:
            held = self._own(batch)
            batch.upsert(schema.lease, [held._replace(released_at=self._clock())])
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def check(self, view: View) -> None:
        """Refuse to go on where another one has taken it: what a register stands behind.

        Raises:
          LeaseLost: Another one has it.
        """
        self._own(view)

    def _own(self, view: View) -> Held:
        held = _row(view)
        if held is None or held.token != self.token:
            now = "nobody holds it" if held is None else f"token {held.token} holds it"
            wanted = f"token {self.token}, which this worker took"
            raise LeaseLost("lease of the worker", now, wanted, "Nothing to do: the other one works.")
        return held

    def _is_free(self, held: Held) -> bool:
        if held.released_at is not None:
            return True
        if held.place == self._place and _is_dead(self._locks / _lock_name(held.token)):
            return True
        return self._is_silent(held)

    def _is_silent(self, held: Held) -> bool:
        if self._watched != (held.token, held.beats):
            self._watched, self._watched_since = (held.token, held.beats), self._elapsed()
        return self._elapsed() - self._watched_since >= self._silent_seconds


def _row(view: View) -> Held | None:
    found = view.rows(select(schema.lease).where(schema.lease.c.name == WORKER))
    return Held(*found[0]) if found else None


def _lock_name(token: int) -> str:
    return f"worker-{token}.lock"


def _is_dead(path: Path) -> bool:
    """Whether nobody holds the lock of a token any more."""
    lock = _locked(path)
    if lock is None:
        return False
    lock.close()
    return True


def _locked(path: Path) -> IO[bytes] | None:
    """The lock, held until it is closed or its process dies; None where another one holds it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
