"""Chance that is the same everywhere: whole numbers from a named seed, no float, no set order, no `hash()`.

SplitMix64 (Steele, Lea, Flood, 2014): one multiplication chain per number, so that
the i-th payment of a day can be drawn without drawing those before it. SHA-256
turns names into starting points.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15
"""What SplitMix64 adds per draw: 2**64 divided by the golden ratio, odd."""

_LETTERS = "BCDFGHJKLMNPQRST"
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SYLLABLES = tuple(a + b + c for a in _LETTERS for b in _SIGNS for c in _SIGNS)
"""16,384 syllables that begin with a letter: no word made of them can look like a card number."""


def start(*names: str | int) -> int:
    """Give the starting point that these names stand for: 64 bits of SHA-256."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, names)).encode()).digest()[:8], "big")


def mix(value: int) -> int:
    """Turn a number into 64 well-mixed bits."""
    value &= _MASK
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK
    return value ^ (value >> 31)


def word(bits: int) -> str:
    """Write 56 bits as 12 capital letters and digits."""
    return (
        SYLLABLES[bits & 16383]
        + SYLLABLES[bits >> 14 & 16383]
        + SYLLABLES[bits >> 28 & 16383]
        + SYLLABLES[bits >> 42 & 16383]
    )


class Chance:
    """A row of draws from a named start; two with the same names draw the same."""

    __slots__ = ("_at",)

    def __init__(self, *names: str | int) -> None:
        self._at = start(*names)

    def bits(self) -> int:
        """Draw 64 bits."""
        self._at = self._at + STEP & _MASK
        return mix(self._at)

    def below(self, count: int) -> int:
        """Draw a whole number from 0 to `count` - 1."""
        return self.bits() * count >> 64

    def between(self, low: int, high: int) -> int:
        """Draw a whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def pick(self, of: Sequence[T]) -> T:
        """Draw one of a sequence."""
        return of[self.below(len(of))]

    def is_one_in(self, count: int) -> bool:
        """Draw whether something happens that happens once in `count` times."""
        return self.below(count) == 0

    def shuffled(self, of: Sequence[T]) -> list[T]:
        """Draw an order of a sequence (Fisher and Yates)."""
        dealt = list(of)
        for last in range(len(dealt) - 1, 0, -1):
            other = self.below(last + 1)
            dealt[last], dealt[other] = dealt[other], dealt[last]
        return dealt

    def word(self) -> str:
        """Draw a word of 12 capital letters and digits."""
        return word(self.bits())
