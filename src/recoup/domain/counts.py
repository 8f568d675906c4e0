"""How likely a count is, by those of days like it; and how far two mixes of counts lie apart.

Counts of a day vary more than chance of single events does (a Poisson count has its mean for variance), so that they
are taken to be negative binomial with the variance that was met. The tail is a sum of some hundred terms by `lgamma`,
which is exact enough at any size; a statistics library would be the heaviest dependency for these lines.
"""

from collections.abc import Mapping, Sequence
from math import exp, lgamma, log

import msgspec

TERMS_MAX = 1_000_000
SMALLEST = 1e-17
"""A term so much smaller than the sum changes nothing any more."""
SMOOTHING = 0.5
"""Added to each count of a mix, so that a kind which is in one alone can be compared."""
RARE = 100
"""A kind with less than one in so many on both sides is counted among the others: many rare ones are noise."""
OTHERS = "others"


class Usual(msgspec.Struct, frozen=True):
    """What days like this one had: their mean, and the variance of a day to come, which is never below it."""

    days: int
    mean: float
    variance: float


def usual(like: Sequence[int], spread: float = 1.0) -> Usual | None:
    """Give what days like one had; None of fewer than two.

    Args:
      like: Counts of days of the same kind.
      spread: Variance over mean of all days of the feed: a few days alone say little of it.
    """
    if len(like) < 2:
        return None
    mean = sum(like) / len(like)
    own = sum((count - mean) ** 2 for count in like) / (len(like) - 1)
    return Usual(len(like), mean, max(own, mean * max(spread, 1.0)) * (1 + 1 / len(like)))


def spread(groups: Sequence[Sequence[int]]) -> float:
    """Give variance over mean of counts around the means of their groups."""
    apart, freedom = 0.0, 0
    for group in groups:
        mean = sum(group) / len(group) if group else 0.0
        if mean > 0:
            apart += sum((count - mean) ** 2 for count in group) / mean
            freedom += len(group) - 1
    return apart / freedom if freedom > 0 else 1.0


def chance_of_fewer(count: int, like: Usual) -> float:
    """Give the chance of this count or a smaller one."""
    return _sum(count, -1, like)


def chance_of_more(count: int, like: Usual) -> float:
    """Give the chance of this count or a larger one."""
    return _sum(count, 1, like)


def _sum(count: int, step: int, like: Usual) -> float:
    """Add up from a count away from the mean; on the other side of it the chance is that of the rest."""
    if (like.mean - count) * step > 0:
        return 1.0 - _sum(count - step, -step, like) if count - step >= 0 else 1.0
    total, at = 0.0, count
    while at >= 0 and abs(at - count) < TERMS_MAX:
        term = exp(_log_chance(at, like))
        total += term
        if term < total * SMALLEST or term == 0.0:
            break
        at += step
    return min(total, 1.0)


def _log_chance(count: int, like: Usual) -> float:
    """Give the logarithm of the chance of a count: negative binomial, or Poisson where nothing is left over."""
    if like.mean <= 0:
        return 0.0 if count == 0 else -float("inf")
    if like.variance <= like.mean * 1.0001:
        return count * log(like.mean) - like.mean - lgamma(count + 1)
    size = like.mean**2 / (like.variance - like.mean)
    odds = size / (size + like.mean)
    return lgamma(count + size) - lgamma(count + 1) - lgamma(size) + size * log(odds) + count * log(1 - odds)


def shift(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Give the population stability index of two mixes: 0 where they are one; from 0.25 on they are not."""
    was, is_ = _gathered(before, now), _gathered(now, before)
    kinds = sorted({*was, *is_})
    left, right = sum(was.values()), sum(is_.values())
    if not left or not right:
        return 0.0
    total = 0.0
    for kind in kinds:
        a = (was.get(kind, 0) + SMOOTHING) / (left + SMOOTHING * len(kinds))
        b = (is_.get(kind, 0) + SMOOTHING) / (right + SMOOTHING * len(kinds))
        total += (b - a) * log(b / a)
    return total


def _gathered(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Give a mix with the kinds that are rare in both taken together."""
    left, right = sum(one.values()), sum(other.values())
    found: dict[str, int] = {}
    for kind, count in one.items():
        is_rare = RARE * count < left and RARE * other.get(kind, 0) < right
        name = OTHERS if is_rare else kind
        found[name] = found.get(name, 0) + count
    return found
