"""How asking an account's API went in one round, counted by operation while it goes on; no row for a single call."""

from collections.abc import Iterable

import msgspec

from recoup.domain.instants import SECOND
from recoup.intake.outbound import Outcome, Tried

SLOW = 20 * SECOND
"""A try that takes longer is slow, whatever came of it: partners answer in well under a second."""
Row = tuple[object, ...]


class Tally(msgspec.Struct):
    """The tries of one operation in one round. Durations in microseconds."""

    tries: int = 0
    refused: int = 0
    absent: int = 0
    throttled: int = 0
    failed: int = 0
    unreachable: int = 0
    elsewhere: int = 0
    rejected: int = 0
    slow: int = 0
    slowest: int = 0
    clock_offset: int | None = None
    """The smallest that was seen, so that a slow answer is not taken for a wrong clock."""

    def add(self, tried: Tried) -> None:
        """Count one try."""
        self.tries += 1
        if tried.outcome != "done":
            setattr(self, tried.outcome, getattr(self, tried.outcome) + 1)
        self.slow += tried.took >= SLOW
        self.slowest = max(self.slowest, tried.took)
        self.clock_offset = nearer(self.clock_offset, tried.clock_offset)


def nearer(one: int | None, other: int | None) -> int | None:
    """Give the offset of two that is nearer to none; one that is not known counts for nothing."""
    known = [offset for offset in (one, other) if offset is not None]
    return min(known, key=abs, default=None)


class Notebook:
    """What is written down of one round while it goes on."""

    def __init__(self) -> None:
        self.operations: dict[str, Tally] = {}
        self._last: Tried | None = None

    def note(self, tried: Tried) -> None:
        """Count one try."""
        self.operations.setdefault(tried.operation, Tally()).add(tried)
        self._last = tried

    @property
    def last_outcome(self) -> Outcome | None:
        """What the last try came to; None where nobody was asked."""
        return None if self._last is None else self._last.outcome

    def rows(self, partner: str, account: str, began_at: int) -> Iterable[Row]:
        """Give the rows of `call_tally`, in order of operation."""
        for operation, tally in sorted(self.operations.items()):
            yield (partner, account, began_at, operation, *msgspec.structs.astuple(tally))
