"""Exchange rates of the simulated world: the partners' own, one per pair and day, and those of a source outside."""

import datetime as dt
from collections.abc import Sequence
from functools import cache

from recoup.domain.money import exponent
from recoup.domain.rates import Rate
from recoup.matching.rates import rates_text
from recoup.simulator.chance import mix, start

SCALE = 10**8
_MIDDLE = {
    ("JPY", "USD"): 665_000,
    ("KWD", "USD"): 326_000_000,
    ("KWD", "EUR"): 298_400_000,
    ("USD", "EUR"): 91_600_000,
}
_TENS = (1, 10, 100, 1_000, 10_000)
_SWING_BPS = 60
"""A day's rate lies within this of the middle: close enough that no check on rates has anything to say."""


@cache
def rate_e8(seed: int, source: str, target: str, day: dt.date) -> int:
    """Give the units of `target` for one unit of `source` on a day, times 10**8."""
    middle = _MIDDLE[source, target]
    swing = mix(start(seed, "rate", source, target, day.isoformat())) % (2 * _SWING_BPS + 1) - _SWING_BPS
    return middle * (10_000 + swing) // 10_000


def converted(amount_minor: int, source: str, target: str, rate: int) -> int:
    """Give an amount in minor units of another currency, half a unit rounded away from zero."""
    value = abs(amount_minor) * rate * _TENS[exponent(target)]
    scale = SCALE * _TENS[exponent(source)]
    rounded = (value + scale // 2) // scale
    return rounded if amount_minor >= 0 else -rounded


SOURCE = "reference"
_APART_BPS = 15
"""Within this of the partners' rate of a day lies that of the source outside: it is another, and near."""


def reference_text(seed: int, days: Sequence[dt.date]) -> str:
    """What a source outside of all partners says of each day, as a home reads it (`rates.csv`)."""
    return rates_text(
        Rate(SOURCE, day, base, quote, _outside_nano(seed, base, quote, day)) for day in days for base, quote in _MIDDLE
    )


def _outside_nano(seed: int, base: str, quote: str, day: dt.date) -> int:
    apart = mix(start(seed, "reference", base, quote, day.isoformat())) % (2 * _APART_BPS + 1) - _APART_BPS
    return rate_e8(seed, base, quote, day) * 10 * (10_000 + apart) // 10_000


def rate_text(rate: int) -> str:
    """Write a rate as a decimal without trailing zeros: `0.00665`."""
    whole, fraction = divmod(rate, SCALE)
    digits = f"{fraction:08}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)
