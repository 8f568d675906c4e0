"""Reference rates: what one currency cost in another on a day, by a source outside of all partners.

A rate is kept as a whole number of billionths, so that no fraction of two comes near money. Reading them from a file
is done elsewhere (`recoup.matching.rates`).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import gcd

import msgspec

from recoup.domain.money import exponent

CARRIED_DAYS_MAX = 4
"""A rate holds over a long weekend; after that there is none."""
BPS = 10_000


class Rate(msgspec.Struct, frozen=True):
    """What one unit of `base` costs in `quote`, in billionths."""

    source: str
    on_day: dt.date
    base: str
    quote: str
    rate_nano: int


def scaled(rates: Iterable[Rate], source: str) -> list[tuple[dt.date, str, str, int, int]]:
    """Give the rates of one source as fractions: quote times `per` is base times `times`, both in minor units.

    A day without a rate has that of the latest day before, for a long weekend at most. Each rate serves in both
    directions, unless the other direction is told itself.
    """
    told = sorted((r for r in rates if r.source == source), key=lambda r: (r.base, r.quote, r.on_day))
    days: dict[tuple[str, str, dt.date], tuple[int, int]] = {}
    for rate in told:
        up, down = 10 ** exponent(rate.quote), 10 ** exponent(rate.base)
        times, per = rate.rate_nano * up, 10**9 * down
        shared = gcd(times, per)
        days[rate.base, rate.quote, rate.on_day] = (times // shared, per // shared)
    for (base, quote, day), (times, per) in list(days.items()):
        days.setdefault((quote, base, day), (per, times))
    carried = dict(days)
    for (base, quote, day), fraction in days.items():
        for ahead in range(1, CARRIED_DAYS_MAX + 1):
            later = (base, quote, day + dt.timedelta(days=ahead))
            if later in days:
                break
            carried[later] = fraction
    return [(day, base, quote, times, per) for (base, quote, day), (times, per) in sorted(carried.items())]


class Fraction(msgspec.Struct, frozen=True):
    """A rate between minor units: `per` of the quoted currency are `times` of the base."""

    source: str
    times: int
    per: int

    def off_bps(self, base_minor: int, quote_minor: int) -> int:
        """How far a conversion lies from this rate, in hundredths of a percent of it; both amounts positive.

        A difference of one minor unit is rounding, and 0.
        """
        fair, apart = base_minor * self.times, abs(quote_minor * self.per - base_minor * self.times)
        return 0 if apart <= self.per or not fair else apart * BPS // fair

    def fair(self, base_minor: int) -> int:
        """What an amount comes to at this rate, in minor units of the quoted currency, half a unit rounded up."""
        return (2 * base_minor * self.times + self.per) // (2 * self.per)

    def turned(self, base: str, quote: str) -> "Fraction":
        """The rate of somebody who divided whole units where he should have multiplied them."""
        return Fraction(self.source, self.per * 10 ** (2 * exponent(quote)), self.times * 10 ** (2 * exponent(base)))


Reference = Mapping[tuple[str, str, str], tuple[Fraction, ...]]
"""By (base, quote, ISO day): what each source says."""


def reference(rates: Iterable[Rate]) -> Reference:
    """Every rate of every source, by pair and day, weekends and the other direction among them."""
    told = tuple(rates)
    found: dict[tuple[str, str, str], list[Fraction]] = defaultdict(list)
    for source in sorted({rate.source for rate in told}):
        for day, base, quote, times, per in scaled(told, source):
            found[base, quote, day.isoformat()].append(Fraction(source, times, per))
    return {key: tuple(fractions) for key, fractions in found.items()}
