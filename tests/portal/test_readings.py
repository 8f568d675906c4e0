import asyncio
from typing import Any

import pytest

from recoup.portal.readings import BODY_BYTES_MAX, Gone, Readings


class Sender:
    """Sends the events it is given, then nothing more."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self._events = list(events)

    async def __call__(self) -> dict[str, Any]:
        """Give the next event."""
        if not self._events:
            await asyncio.Event().wait()
        return self._events.pop(0)


def piece(content: bytes, *, is_last: bool = False) -> dict[str, Any]:
    """A piece of a body."""
    return {"type": "http.request", "body": content, "more_body": not is_last}


def read(*events: dict[str, Any]) -> bytes | None:
    """Read what a sender sends."""
    return asyncio.run(Readings().read(Sender(*events)))


def test_pieces_make_one_body() -> None:
    """The bytes come out as they went in, however they were cut."""
    assert read(piece(b"ab"), piece(b""), piece(b"c", is_last=True)) == b"abc"
    assert read(piece(b"abc", is_last=True)) == b"abc"
    assert read(piece(b"", is_last=True)) == b""


def test_a_long_body_is_given_up_as_soon_as_it_is_too_long() -> None:
    """The rest is not waited for."""
    assert read(piece(b"x" * BODY_BYTES_MAX), piece(b"y")) is None
    assert read(piece(b"x" * (BODY_BYTES_MAX + 1), is_last=True)) is None


def test_who_hangs_up_has_said_nothing() -> None:
    """Half a message is none."""
    with pytest.raises(Gone):
        read(piece(b"ab"), {"type": "http.disconnect"})


def test_who_is_too_slow_is_not_waited_for_and_the_others_are() -> None:
    """A stalled body ends in time; one that is read beside it is not touched."""

    async def run() -> None:
        readings = Readings()
        hurrying = asyncio.create_task(readings.hurry(seconds_max=0.2, look_seconds=0.05))
        stalled = asyncio.create_task(readings.read(Sender(piece(b"ab"))))
        await asyncio.sleep(0.15)
        quick = asyncio.create_task(readings.read(Sender(piece(b"c", is_last=True))))
        assert await quick == b"c"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stalled, 5)
        hurrying.cancel()

    asyncio.run(run())


def test_a_request_that_is_cancelled_for_another_reason_stays_cancelled() -> None:
    """A server that stops is no slow sender."""

    async def run() -> None:
        stalled = asyncio.create_task(Readings().read(Sender()))
        await asyncio.sleep(0.01)
        stalled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stalled

    asyncio.run(run())
