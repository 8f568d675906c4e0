"""The pulse of a worker: who holds the lease, when each loop last went well, and whether the clock can be believed.

A beat is one small write that leaves no audit row. Loops say what became of a round (`hear`), which costs nothing; the
beat writes what changed. A loop that hangs is seen by its own row growing old; a worker that hangs or dies, by all of
them. Read `recoup.controls.self_watch` for what is made of it.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping

import msgspec
import structlog
from sqlalchemy import func, select

from recoup.domain.instants import SECOND
from recoup.storage import schema
from recoup.storage.lease import Lease
from recoup.storage.register import Batch, Register

JUMP_MAX = 2 * SECOND
"""Wall and elapsed time may differ by so much within a beat: a clock that is disciplined slews by far less."""

_log = structlog.get_logger(__name__)


def elapsed() -> float:
    """Seconds that only grow, and that grow while a machine sleeps, where it can tell."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Beat(msgspec.Struct):
    """One row of table heartbeat."""

    loop: str
    token: int
    began_at: int
    succeeded_at: int | None = None
    failed_at: int | None = None
    failure: str | None = None
    backlog: int | None = None
    noted_at: int = 0
    ended_at: int | None = None


class Pulse:
    """The pulse of one worker that holds the lease. Loops hear it from any thread; one thread beats."""

    def __init__(
        self,
        register: Register,
        lease: Lease,
        clock: Callable[[], int],
        backlogs: Mapping[str, Callable[[], int]],
        elapsed_seconds: Callable[[], float] = elapsed,
    ) -> None:
        """Prepare to beat.

        Args:
          register: Where signs of life are written.
          lease: Held by this worker.
          clock: The wall, microseconds UTC.
          backlogs: For loops that something can wait for, how much does now.
          elapsed_seconds: Seconds that only grow.
        """
        self._register = register
        self._lease = lease
        self._clock = clock
        self._backlogs = backlogs
        self._elapsed = elapsed_seconds
        self._beats: dict[str, Beat] = {}
        self._hearing = threading.Lock()
        self._then = (clock(), elapsed_seconds())

    def begin(self, loops: Iterable[str]) -> None:
        """Write down that these loops are to go round from now on, so that one which never does is missed too."""
        now = self._clock()
        self._beats = {name: Beat(name, self._lease.token, now) for name in loops}
        with self._register.noting() as batch:
            newest = batch.rows(select(func.max(schema.heartbeat.c.noted_at)))[0][0]
            if newest is not None and newest - now > JUMP_MAX:
                self._note_jump(batch, now, now - newest, 0)
            batch.delete(schema.heartbeat, batch.rows(select(schema.heartbeat.c.loop)))
            self._write(batch, now)

    def hear(self, loop: str, at: int, failed: str) -> None:
        """Take in what became of one round.

        Args:
          loop: One of those that began.
          at: When the round ended.
          failed: The kind of its error; empty where there was none.
        """
        with self._hearing:
            beat = self._beats[loop]
            if failed:
                beat.failed_at, beat.failure = at, failed
            else:
                beat.succeeded_at = at

    def beat(self) -> None:
        """Renew the lease, look at the clock, and write how the loops fare.

        Raises:
          LeaseLost: Another worker has taken over; this one must stop.
        """
        self._lease.renew()
        now, seconds = self._clock(), self._elapsed()
        since_us = round((seconds - self._then[1]) * SECOND)
        by_us = now - self._then[0] - since_us
        self._then = (now, seconds)
        with self._register.noting() as batch:
            if abs(by_us) > JUMP_MAX:
                self._note_jump(batch, now, by_us, since_us)
            self._write(batch, now)

    def end(self) -> None:
        """Write down that the loops were told to stop, so that nobody misses them."""
        now = self._clock()
        for beat in self._beats.values():
            beat.ended_at = now
        with self._register.noting() as batch:
            self._write(batch, now)

    def _write(self, batch: Batch, now: int) -> None:
        waiting = {loop: backlog() for loop, backlog in self._backlogs.items() if loop in self._beats}
        with self._hearing:
            for beat in self._beats.values():
                beat.noted_at, beat.backlog = now, waiting.get(beat.loop)
            rows = [msgspec.structs.astuple(beat) for beat in self._beats.values()]
        batch.upsert(schema.heartbeat, rows)

    def _note_jump(self, batch: Batch, now: int, by_us: int, since_us: int) -> None:
        _log.error("the clock jumped", seconds=by_us / SECOND)
        batch.upsert(schema.clock_jump, [(now, by_us, since_us)])
