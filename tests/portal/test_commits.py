import asyncio
import threading
from collections.abc import Sequence

from recoup.errors import StorageProblem
from recoup.portal import commits
from recoup.portal.commits import Commits
from recoup.storage.inbox import Arrival


class Disk:
    """An inbox whose disk takes bytes when it is told to, or fails."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.error: Exception | None = None
        self.may_write = threading.Event()
        self.may_write.set()

    def put_many(self, arrivals: Sequence[Arrival]) -> None:
        """Write one group."""
        assert self.may_write.wait(10)
        if self.error is not None:
            raise self.error
        self.groups.append([a.received_at for a in arrivals])


def arrival(number: int) -> Arrival:
    """An arrival that can be told from others."""
    return Arrival("/webhooks/stripe", number, (), b"")


def test_what_waits_while_the_disk_is_busy_goes_into_one_commit() -> None:
    """The first arrival goes at once; those that come meanwhile share the next wait for the disk."""

    async def run() -> None:
        disk.may_write.clear()
        waiting = [asyncio.create_task(group.put(arrival(n))) for n in range(30)]
        await asyncio.sleep(0.05)
        late = [asyncio.create_task(group.put(arrival(n))) for n in range(30, 60)]
        await asyncio.sleep(0.05)
        assert not any(t.done() for t in (*waiting, *late)), "nobody hears of it before it is on disk"
        disk.may_write.set()
        await asyncio.gather(*waiting, *late)

    disk = Disk()
    group = Commits(disk)  # type: ignore[arg-type]
    asyncio.run(run())
    assert disk.groups == [list(range(30)), list(range(30, 60))]


def test_a_group_that_fails_is_told_to_each_and_the_next_one_goes_on() -> None:
    """Nobody is acknowledged by mistake, and nobody waits for ever."""

    async def run() -> None:
        disk.error = OSError(28, "No space left on device")
        told = await asyncio.gather(*(group.put(arrival(n)) for n in range(5)), return_exceptions=True)
        assert [type(t) for t in told] == [OSError] * 5
        disk.error = None
        await group.put(arrival(9))

    disk = Disk()
    group = Commits(disk)  # type: ignore[arg-type]
    asyncio.run(run())
    assert disk.groups == [[9]]


def test_one_who_gives_up_does_not_keep_the_others_waiting() -> None:
    """A sender that hangs up leaves its bytes with us; the rest of its group is answered."""

    async def run() -> None:
        disk.may_write.clear()
        gone, stays = asyncio.create_task(group.put(arrival(1))), asyncio.create_task(group.put(arrival(2)))
        await asyncio.sleep(0.05)
        gone.cancel()
        disk.may_write.set()
        await stays

    disk = Disk()
    group = Commits(disk)  # type: ignore[arg-type]
    asyncio.run(run())
    assert disk.groups == [[1, 2]]


def test_closing_finishes_what_waits() -> None:
    """Stopping the server leaves no acknowledgement half given."""

    async def run() -> None:
        waiting = [asyncio.create_task(group.put(arrival(n))) for n in range(3)]
        await asyncio.sleep(0)
        await group.close()
        assert all(t.done() for t in waiting) or await asyncio.gather(*waiting)

    disk = Disk()
    group = Commits(disk)  # type: ignore[arg-type]
    asyncio.run(run())
    assert disk.groups == [[0, 1, 2]]


def test_a_disk_that_does_not_keep_up_turns_senders_away() -> None:
    """What waits in memory is bounded; beyond it the sender tries again."""

    async def run() -> list[object]:
        disk.may_write.clear()
        waiting = [asyncio.create_task(group.put(arrival(n))) for n in range(commits.WAITING_MAX + 7)]
        await asyncio.sleep(0.1)
        disk.may_write.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    disk = Disk()
    group = Commits(disk)  # type: ignore[arg-type]
    told = asyncio.run(run())
    assert [type(t) for t in told] == [type(None)] * commits.WAITING_MAX + [StorageProblem] * 7
    assert max(map(len, disk.groups)) == commits.GROUP
