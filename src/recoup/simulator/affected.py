"""How right a break is about what was hit: objects and money that are true, found, and named beside them."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from recoup.simulator.fault import Money


class Affected(msgspec.Struct, frozen=True):
    """Objects of one or several faults."""

    true: int
    found: int
    """Of the true ones, those that the break names."""
    more: int
    """What it names beside them."""


NOTHING = Affected(0, 0, 0)


class MoneyMet(msgspec.Struct, frozen=True):
    """Money in one currency: what is truly at stake, what the break says, and how much of the one is in the other."""

    currency: str
    true_minor: int
    said_minor: int
    both_minor: int

    @property
    def precision_pct(self) -> float | None:
        """Of what breaks say, the part that is at stake."""
        return percent(self.both_minor, self.said_minor)

    @property
    def recall_pct(self) -> float | None:
        """Of what is at stake, the part that breaks say."""
        return percent(self.both_minor, self.true_minor)

    def plus(self, other: "MoneyMet") -> "MoneyMet":
        """The money of two in one currency."""
        return MoneyMet(
            self.currency,
            self.true_minor + other.true_minor,
            self.said_minor + other.said_minor,
            self.both_minor + other.both_minor,
        )


def affected(true: frozenset[str], named: frozenset[str]) -> Affected:
    """Compare what a fault befell with what its break names; a fault that befell nothing nameable is not compared."""
    return Affected(len(true), len(true & named), len(named - true)) if true else NOTHING


def together(several: Iterable[Affected]) -> Affected:
    """Add up."""
    rows = list(several)
    return Affected(sum(a.true for a in rows), sum(a.found for a in rows), sum(a.more for a in rows))


def money_met(true: Iterable[Money], said: Iterable[Money]) -> list[MoneyMet]:
    """Compare money by currency."""
    wanted, found = _sums(true), _sums(said)
    return [MoneyMet(c, wanted[c], found[c], min(wanted[c], found[c])) for c in sorted({*wanted, *found})]


def _sums(amounts: Iterable[Money]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for amount in amounts:
        sums[amount.currency] += abs(amount.minor)
    return sums


def percent(part: int, whole: int) -> float | None:
    """A part in percent, two decimals, rounded down; None of nothing."""
    return part * 10_000 // whole / 100 if whole else None
