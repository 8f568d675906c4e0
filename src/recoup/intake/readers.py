"""Who reads what: messages here or, when there are many, in another process; files through the engine.

Reading a message is pure Python and takes as long as writing what it says, so
the messages of a large batch are read in a process of their own while the batch
before is written. The answers are the same either way, and in the same order.
"""

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor

import msgspec

from recoup.intake.arrival import Landed
from recoup.intake.beside import end_with_parent, pack_landed, read_all, unpack_taken
from recoup.intake.ground import Ground
from recoup.intake.landing import headers_text, is_read
from recoup.intake.reading import Taken, read_file, read_message
from recoup.intake.table_reader import covered
from recoup.intake.tables import TableReader
from recoup.partners.contract import Feed, FileFeed, Partner, RecordFeed, TableFeed
from recoup.storage.keys import token_of

FROM_MESSAGES = 1_000
"""Below this a process of its own costs more to start than it saves."""

Taking = Callable[[], list[Taken]]


class Readers:
    """Reads batches, one after another or one ahead."""

    def __init__(
        self,
        tables: TableReader,
        partners: Callable[[], Mapping[str, Partner]],
        token_key: str,
        processes: int,
        from_messages: int = FROM_MESSAGES,
    ) -> None:
        """Say how to read.

        Args:
          tables: Reads files.
          partners: Gives the partners, here and in another process.
          token_key: The key of card-number tokens.
          processes: How many processes may read beside this one; 0 reads here.
          from_messages: Batches with fewer messages are read here all the same.
        """
        self._tables = tables
        self._partners = partners
        self._token_key = token_key
        self._processes = processes
        self._from_messages = from_messages
        self._pool: ProcessPoolExecutor | None = None

    def begin(self, landed: Sequence[Landed], ground: Ground) -> Taking:
        """Begin to read a batch; the answer waits for the end, and is asked for once."""
        messages = [item for item in landed if _is_message(item, ground)]
        ahead = self._ahead(messages, ground) if len(messages) >= self._from_messages and self._processes else None
        return lambda: self._finish(landed, ground, ahead)

    def close(self) -> None:
        """Stop the processes and the engine."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        self._tables.close()

    def _finish(self, landed: Sequence[Landed], ground: Ground, ahead: "_Ahead | None") -> list[Taken]:
        told = ahead.told() if ahead else {}
        return [told.get(item.delivery) or self._read(item, ground) for item in landed]

    def _read(self, landed: Landed, ground: Ground) -> Taken:
        taken = self._read_feed(landed, ground)
        taken.headers = headers_text(landed.arrival)
        return taken

    def _read_feed(self, landed: Landed, ground: Ground) -> Taken:
        feed = ground.feed(landed.arrival.partner, landed.arrival.feed)
        if not is_read(landed, feed):
            return _known(landed, feed)
        if isinstance(feed, RecordFeed):
            return read_message(landed, feed, ground, lambda digits: token_of(digits, self._token_key))
        if isinstance(feed, FileFeed):
            return read_file(landed, feed, ground, lambda digits: token_of(digits, self._token_key))
        return self._tables.read(landed, feed, ground)

    def _ahead(self, messages: Sequence[Landed], ground: Ground) -> "_Ahead":
        if self._pool is None:
            # Spawned, not forked: this process has threads of the engine and open files.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, mp_context=context, initializer=end_with_parent)
        size = -(-len(messages) // self._processes)
        parts = [messages[start : start + size] for start in range(0, len(messages), size)]
        known = msgspec.structs.replace(ground, partners={}, moves={})
        return _Ahead(
            [
                (part, self._pool.submit(read_all, pack_landed(part), known, self._partners, self._token_key))
                for part in parts
            ]
        )


class _Ahead(msgspec.Struct, frozen=True):
    """Messages that are being read in another process."""

    parts: list[tuple[Sequence[Landed], "Future[bytes]"]]

    def told(self) -> dict[str, Taken]:
        """What they say, by delivery; waits for it."""
        found: dict[str, Taken] = {}
        for part, future in self.parts:
            for item, taken in zip(part, unpack_taken(future.result()), strict=True):
                taken.landed = item
                found[item.delivery] = taken
        return found


def _is_message(landed: Landed, ground: Ground) -> bool:
    feed = ground.feed(landed.arrival.partner, landed.arrival.feed)
    return isinstance(feed, RecordFeed) and is_read(landed, feed)


def _known(landed: Landed, feed: Feed) -> Taken:
    """Known bytes say nothing new, but two empty reports under two names are the reports of two days."""
    covers_on, sequence = covered(feed, landed.arrival.name) if isinstance(feed, TableFeed) else (None, None)
    return Taken(landed, "known", covers_on=covers_on, sequence=sequence)
