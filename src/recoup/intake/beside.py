"""Processes beside this one: they do parts of a batch's pure work, and what they have not begun is done here.

Reading a message and deriving a dispute are pure Python, so that more than one
core needs more than one process. Parts go to them packed and come back packed;
when the answers are needed, whatever nobody has begun is done here, from the end,
so that nobody waits while there is work. The answers are the same either way.
"""

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Generic, TypeVar

from recoup.partners.contract import Partner

Partners = Callable[[], Mapping[str, Partner]]
"""Gives the partners; itself named by its module, so that another process can call it, too."""
COLLECT_AFTER = 100_000
"""New containers after which cycles are looked for: nearly nothing we make is one, and looking takes time."""

Told = TypeVar("Told")


class Asked(Generic[Told]):
    """Work that was asked for, part by part."""

    def __init__(
        self,
        parts: int,
        here: Callable[[int], Told],
        futures: Sequence["Future[bytes]"],
        unpack: Callable[[bytes], Told],
    ) -> None:
        self._parts = parts
        self._here = here
        self._futures = futures
        self._unpack = unpack

    def answers(self) -> list[Told]:
        """The answer to each part, in order; waits for what others have begun, and does the rest."""
        if not self._futures:
            return [self._here(at) for at in range(self._parts)]
        last = len(self._futures)
        done_here: list[Told] = []
        while last and self._futures[last - 1].cancel():
            last -= 1
            done_here.append(self._here(last))
        return [self._unpack(future.result()) for future in self._futures[:last]] + done_here[::-1]


class Beside:
    """Some processes, started when they are first asked; none where there is one core."""

    def __init__(self, processes: int, partners: Partners) -> None:
        self._processes = processes
        self._partners = partners
        self._pool: ProcessPoolExecutor | None = None

    def ask(
        self,
        work: Callable[[bytes], bytes],
        packed: Callable[[int], bytes],
        parts: int,
        here: Callable[[int], Told],
        unpack: Callable[[bytes], Told],
    ) -> Asked[Told]:
        """Ask for work in parts.

        Args:
          work: Runs in another process: a packed part to a packed answer.
          packed: Packs the part of this number; asked only where there is another process.
          parts: How many there are; a single one is done here.
          here: Does the part of this number in this process.
          unpack: A packed answer to the answer.
        """
        if not self._processes or parts < 2:
            return Asked(parts, here, (), unpack)
        pool = self._started()
        return Asked(parts, here, [pool.submit(work, packed(at)) for at in range(parts)], unpack)

    def close(self) -> None:
        """Stop them."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Spawned, not forked: this process has threads of the engine and open files.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self._processes, mp_context=context, initializer=begin, initargs=(self._partners,)
            )
        return self._pool


HERE = Beside(0, dict)
"""Everything in this process."""


_PARTNERS: dict[str, Partner] = {}


def partners_here() -> Mapping[str, Partner]:
    """The partners, in a process beside."""
    return _PARTNERS


def begin(partners: Partners) -> None:
    """Begin a process beside, which ends with its parent.

    It waits for work on a pipe that it holds open itself: only a watch tells it that nobody is left.
    """
    gc.set_threshold(COLLECT_AFTER)
    _PARTNERS.update(partners())
    parent = multiprocessing.parent_process()
    assert parent is not None, "a process beside is somebody's child"

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
