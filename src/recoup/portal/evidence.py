"""How many refused messages are kept: enough to show an attack, too few to fill a disk."""

from recoup.domain.instants import DAY, MINUTE

MINUTE_COUNT, MINUTE_BYTES = 60, 1024 * 1024
DAY_COUNT, DAY_BYTES = 5_000, 16 * 1024 * 1024


class Evidence:
    """What one partner's door may still keep, by the minute and by the day."""

    def __init__(self) -> None:
        self._spans = (_Span(MINUTE, MINUTE_COUNT, MINUTE_BYTES), _Span(DAY, DAY_COUNT, DAY_BYTES))

    def admits(self, size: int, now: int) -> bool:
        """Say whether a message of so many bytes is kept at an instant, and count it if so."""
        if not all(span.has_room(size, now) for span in self._spans):
            return False
        for span in self._spans:
            span.count += 1
            span.bytes += size
        return True


class _Span:
    def __init__(self, length: int, count_max: int, bytes_max: int) -> None:
        self._length, self._count_max, self._bytes_max = length, count_max, bytes_max
        self._number = 0
        self.count = self.bytes = 0

    def has_room(self, size: int, now: int) -> bool:
        if now // self._length != self._number:
            self._number, self.count, self.bytes = now // self._length, 0, 0
        return self.count < self._count_max and self.bytes + size <= self._bytes_max
