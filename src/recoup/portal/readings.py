"""Reading the bodies of requests: bounded in bytes and in time, without a timer for each.

A timer for every request would cost more than reading it. One look every few seconds at who is still reading does
the same, a few seconds late.
"""

import asyncio
from time import monotonic

from starlette.types import Receive

BODY_BYTES_MAX = 1024 * 1024
"""Far above what any partner sends at once, far below what hurts."""
BODY_SECONDS_MAX = 20
"""How long a sender may take over one body; partners give us 10 to 30 seconds for the whole exchange."""
LOOK_SECONDS = 2


class Gone(Exception):
    """The sender hung up before its message was whole."""


class Readings:
    """The requests whose bodies are being read."""

    def __init__(self) -> None:
        self._began: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()

    async def read(self, receive: Receive) -> bytes | None:
        """Give a whole body; None as soon as it is longer than we take.

        Raises:
          TimeoutError: The sender takes too long.
          Gone: The sender hung up.
        """
        task = asyncio.current_task()
        assert task is not None, "requests are answered in tasks"
        self._began[task] = monotonic()
        try:
            return await _body(receive)
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            raise TimeoutError from None
        finally:
            del self._began[task]
            self._late.discard(task)

    async def hurry(self, seconds_max: float = BODY_SECONDS_MAX, look_seconds: float = LOOK_SECONDS) -> None:
        """Stop the reading of bodies that take too long, until cancelled."""
        while True:
            await asyncio.sleep(look_seconds)
            for task, began in list(self._began.items()):
                if monotonic() - began > seconds_max:
                    self._late.add(task)
                    task.cancel()


async def _body(receive: Receive) -> bytes | None:
    """Give the whole body; None as soon as it is longer than we take."""
    event = await receive()
    if event["type"] == "http.request" and not event.get("more_body", False):
        body: bytes = event.get("body", b"")
        return body if len(body) <= BODY_BYTES_MAX else None
    pieces, size = list[bytes](), 0
    while True:
        if event["type"] == "http.disconnect":
            raise Gone
        pieces.append(event.get("body", b""))
        size += len(pieces[-1])
        if size > BODY_BYTES_MAX:
            return None
        if not event.get("more_body", False):
            return b"".join(pieces)
        event = await receive()
