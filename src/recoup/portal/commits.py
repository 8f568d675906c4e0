"""Group commit for the event loop: whatever waits goes to disk in one commit, and nobody hears of it before.

One thread writes, one group at a time; while it waits for the disk the next group gathers. A group costs one hop to
the thread and one back, however long it is, where a future of threads for each message costs more than all else
that is done for it.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from recoup.errors import StorageProblem
from recoup.storage.inbox import Arrival, Inbox

GROUP = 500
WAITING_MAX = 20_000
"""Arrivals not yet on disk; beyond it the disk does not keep up, and senders should try again."""


class Commits:
    """Puts arrivals into one inbox. Belongs to one event loop."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._waiting: list[tuple[Arrival, asyncio.Future[None]]] = []
        self._thread = ThreadPoolExecutor(1, "inbox")
        self._writing: asyncio.Task[None] | None = None

    async def put(self, arrival: Arrival) -> None:
        """Return once the arrival is on disk.

        Raises:
          StorageProblem: Too many wait for the disk already.
          Exception: Whatever kept its group from the disk; the sender must be told to try again.
        """
        if len(self._waiting) >= WAITING_MAX:
            raise StorageProblem("inbox", f"{WAITING_MAX} arrivals that wait for the disk", "a disk that keeps up")
        durable = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, durable))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await durable

    async def close(self) -> None:
        """Write what waits and let go of the thread; the inbox stays open."""
        if self._writing is not None:
            await self._writing
        self._thread.shutdown()

    async def _write(self) -> None:
        """Write group after group until nothing waits."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                arrivals = [arrival for arrival, _ in group]
                try:
                    await loop.run_in_executor(self._thread, self._inbox.put_many, arrivals)
                except Exception as error:  # noqa: BLE001 it is each sender's to hear of, not the loop's
                    _tell([durable for _, durable in group], error)
                else:
                    _tell([durable for _, durable in group], None)
        finally:
            self._writing = None


def _tell(waiting: list[asyncio.Future[None]], error: Exception | None) -> None:
    """Wake who waits; one who gave up meanwhile is left alone."""
    for durable in waiting:
        if durable.done():
            continue
        if error is None:
            durable.set_result(None)
        else:
            durable.set_exception(error)
