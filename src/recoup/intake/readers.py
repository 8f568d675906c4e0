"""Who reads what: messages here or, when there are many, in processes beside; files through the engine.

Reading a message is pure Python and takes as long as writing what it says, so
the messages of a large batch are read beside while the batch before is written.
The answers are the same either way, and in the same order.
"""

from collections.abc import Callable, Sequence

from recoup.intake.arrival import Landed
from recoup.intake.beside import HERE, Asked, Beside
from recoup.intake.files import FileReader
from recoup.intake.fingerprints import sampled
from recoup.intake.ground import Ground
from recoup.intake.landing import headers_text, is_read
from recoup.intake.packed import pack_messages, read_messages, unpack_taken
from recoup.intake.reading import Taken, read_message
from recoup.intake.spooling import Limits
from recoup.intake.table_reader import covered
from recoup.intake.tables import TableReader
from recoup.partners.contract import Feed, FileFeed, RecordFeed, TableFeed
from recoup.storage.keys import token_of

FROM_MESSAGES = 1_000
"""Below this a process of its own costs more to start than it saves."""
PART_MESSAGES = 250

Taking = Callable[[], list[Taken]]


class Readers:
    """Reads batches, one after another or one ahead."""

    def __init__(
        self,
        tables: TableReader,
        token_key: str,
        beside: Beside = HERE,
        from_messages: int = FROM_MESSAGES,
        limits: Limits | None = None,
    ) -> None:
        """Say how to read.

        Args:
          tables: Reads files.
          token_key: The key of card-number tokens.
          beside: Processes that may help.
          from_messages: Batches with fewer messages are read here all the same.
          limits: From how much on a file is large.
        """
        self._tables = tables
        self._files = FileReader(tables.connect, tables.lake, tables.rooms, limits)
        self._token_key = token_key
        self._beside = beside
        self._from_messages = from_messages

    def begin(self, landed: Sequence[Landed], ground: Ground) -> Taking:
        """Begin to read a batch; the answer waits for the end, and is asked for once."""
        messages = [item for item in landed if _is_message(item, ground)]
        ahead = self._ahead(messages, ground) if len(messages) >= self._from_messages else None
        return lambda: self._finish(landed, messages, ground, ahead)

    def close(self) -> None:
        """Stop the engine."""
        self._tables.close()

    def _finish(
        self,
        landed: Sequence[Landed],
        messages: Sequence[Landed],
        ground: Ground,
        ahead: Asked[list[Taken]] | None,
    ) -> list[Taken]:
        told: dict[str, Taken] = {}
        if ahead is not None:
            for item, taken in zip(messages, (t for part in ahead.answers() for t in part), strict=True):
                taken.landed = item
                told[item.delivery] = taken
        return [told.get(item.delivery) or self._read(item, ground) for item in landed]

    def _ahead(self, messages: Sequence[Landed], ground: Ground) -> Asked[list[Taken]]:
        parts = [messages[start : start + PART_MESSAGES] for start in range(0, len(messages), PART_MESSAGES)]
        return self._beside.ask(
            read_messages,
            lambda at: pack_messages(parts[at], ground, self._token_key),
            len(parts),
            lambda at: [self._read(item, ground) for item in parts[at]],
            unpack_taken,
        )

    def _read(self, landed: Landed, ground: Ground) -> Taken:
        feed = ground.feed(landed.arrival.partner, landed.arrival.feed)
        if not is_read(landed, feed):
            taken = _known(landed, feed)
        else:
            taken = self._read_feed(landed, feed, ground)
            taken.sample = sampled(landed, feed)
        taken.headers = headers_text(landed.arrival)
        return taken

    def _read_feed(self, landed: Landed, feed: Feed, ground: Ground) -> Taken:
        if isinstance(feed, RecordFeed):
            return read_message(landed, feed, ground, lambda digits: token_of(digits, self._token_key))
        if isinstance(feed, FileFeed):
            return self._files.read(landed, feed, ground, lambda digits: token_of(digits, self._token_key))
        return self._tables.read(landed, feed, ground)


def _is_message(landed: Landed, ground: Ground) -> bool:
    feed = ground.feed(landed.arrival.partner, landed.arrival.feed)
    return isinstance(feed, RecordFeed) and is_read(landed, feed)


def _known(landed: Landed, feed: Feed) -> Taken:
    """Known bytes say nothing new, but two empty reports under two names are the reports of two days."""
    covers_on, sequence = covered(feed, landed.arrival.name) if isinstance(feed, TableFeed) else (None, None)
    return Taken(landed, "known", covers_on=covers_on, sequence=sequence)
