"""Whole columns at once: the arithmetic and the texts of bulk sales, millions of them in seconds.

Each function here has a twin for one value (`chance.mix`, `days.two`, `rates.converted`, ...), which it must equal; the
tests hold them to it. Whole numbers only.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recoup.domain.money import exponent
from recoup.simulator.chance import STEP, SYLLABLES
from recoup.simulator.days import CLOCK, LocalDay, date_text
from recoup.simulator.rates import SCALE

Column = Any
"""An array of pyarrow, which has no types to check; all columns of one block are equally long."""
Piece = Any
"""A column, or a text that stands in all rows."""

_HUNDREDTHS = pa.array([f"{n:02}" for n in range(100)])
_THOUSANDTHS = pa.array([f"{n:03}" for n in range(1000)])
_SYLLABLES = pa.array(SYLLABLES)
_CLOCK = pa.array(CLOCK)
LETTERS = "BCDFGHJKLMNPQRST"
"""Sixteen letters that make no words, for four bits each."""
_DAY_SECONDS = 86_400


# --- bits --------------------------------------------------------------------------------------


def _u64(value: int) -> Any:
    return pa.scalar(value, pa.uint64())


def numbered(base: int, numbers: Column) -> Column:
    """The bits of each number after a starting point: `mix(base + number * STEP)`."""
    return mix(pc.add(pc.multiply(numbers, _u64(STEP)), _u64(base & (1 << 64) - 1)))


def mix(bits: Column) -> Column:
    """`chance.mix` of each; the arithmetic of unsigned columns wraps round."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = pc.multiply(pc.bit_wise_xor(bits, pc.shift_right(bits, _u64(shift))), _u64(factor))
    return pc.bit_wise_xor(bits, pc.shift_right(bits, _u64(31)))


def again(bits: Column) -> Column:
    """Other bits from the same: `mix(bits ^ STEP)`."""
    return mix(pc.bit_wise_xor(bits, _u64(STEP)))


def part(bits: Column, shift: int, width: int) -> Column:
    """So many bits of each from a place on, as whole numbers."""
    found = pc.bit_wise_and(pc.shift_right(bits, _u64(shift)), _u64((1 << width) - 1))
    return pc.cast(found, pa.int64())


def word(bits: Column) -> Column:
    """`chance.word` of each."""
    return joined(*(pc.take(_SYLLABLES, part(bits, shift, 14)) for shift in (0, 14, 28, 42)))


# --- texts -------------------------------------------------------------------------------------


def joined(*pieces: Piece) -> Column:
    """Texts side by side, row by row."""
    return pc.binary_join_element_wise(*pieces, "")


def digits(numbers: Column, width: int) -> Column:
    """Whole numbers with zeros before them."""
    return pc.utf8_lpad(pc.cast(numbers, pa.string()), width=width, padding="0")


@cache
def four_letters() -> Column:
    """The tail of letters of each number below 65,536."""
    return pa.array(["".join(LETTERS[n >> shift & 15] for shift in (12, 8, 4, 0)) for n in range(1 << 16)])


def two(minor: Column) -> Column:
    """`days.two` of each."""
    whole = pc.divide(minor, 100)
    return joined(pc.cast(whole, pa.string()), ".", pc.take(_HUNDREDTHS, pc.subtract(minor, pc.multiply(whole, 100))))


def _three(minor: Column) -> Column:
    whole = pc.divide(minor, 1000)
    rest = pc.subtract(minor, pc.multiply(whole, 1000))
    return joined(pc.cast(whole, pa.string()), ".", pc.take(_THOUSANDTHS, rest))


def major(minor: Column, places: Column) -> Column:
    """`render_major` of each positive amount, in a currency with so many decimals."""
    is_whole = pc.equal(places, 0)
    whole = pc.cast(minor, pa.string())
    return pc.if_else(is_whole, whole, pc.if_else(pc.equal(places, 3), _three(minor), two(minor)))


def wall(seconds: Column, offsets: Column | int, between: str = " ") -> Column:
    """Instants in seconds as day and time of a zone whose wall is so far ahead of UTC: `2026-02-02 10:11:12`."""
    local = pc.add(seconds, offsets)
    days = pc.divide(local, _DAY_SECONDS)
    first, last = pc.min(days).as_py(), pc.max(days).as_py()
    dates = pa.array([date_text(day) for day in range(first, last + 1)])
    clock = pc.take(_CLOCK, pc.subtract(local, pc.multiply(days, _DAY_SECONDS)))
    return joined(pc.take(dates, pc.subtract(days, first)), between, clock)


def offsets(day: LocalDay, seconds: Column) -> Column | int:
    """How far the wall of a day's zone is ahead of UTC at instants of it."""
    if day.offset_start == day.offset_end:
        return day.offset_start
    return pc.if_else(pc.less(seconds, day.switch), day.offset_start, day.offset_end)


def utc(seconds: Column) -> Column:
    """`days.utc_text` of each."""
    return joined(wall(seconds, 0, "T"), "Z")


def lines(column: Column) -> bytes:
    """All texts of a column as the lines of a file, each with its end."""
    ended = joined(column, "\n")
    # The texts of an array lie end to end in its third buffer, which may be longer than they are.
    size = pc.sum(pc.binary_length(ended)).as_py() or 0
    return bytes(ended.buffers()[2].slice(0, size).to_pybytes()) if size else b""


# --- money -------------------------------------------------------------------------------------


def converted(minor: Column, kinds: Column, currencies: Sequence[str], target: str, rates: Sequence[int]) -> Column:
    """`rates.converted` of each positive amount; what is in the target's currency stays as it is.

    Args:
      minor: Amounts.
      kinds: The place of each amount's currency among the currencies.
      currencies: In which amounts may be.
      target: Into which they are converted.
      rates: Of each currency, times 10**8.
    """
    tens = [10 ** exponent(currency) for currency in currencies]
    value = pc.multiply_checked(pc.multiply_checked(minor, pick(rates, kinds)), 10 ** exponent(target))
    scale = pick([SCALE * ten for ten in tens], kinds)
    rounded = pc.divide(pc.add(value, pc.divide(scale, 2)), scale)
    return pc.if_else(pick([currency == target for currency in currencies], kinds), minor, rounded)


def pick(of: Sequence[Any], places: Column) -> Column:
    """The value in each place of a short list."""
    return pc.take(pa.array(of), places)


def total(minor: Column) -> int:
    """The sum of a column of amounts."""
    return int(pc.sum(minor).as_py() or 0)
