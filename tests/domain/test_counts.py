"""Chances of counts, against exact sums; and how far mixes lie apart."""

from math import comb, exp, factorial

import pytest

from recoup.domain.counts import Usual, chance_of_fewer, chance_of_more, shift, spread, usual


@pytest.mark.parametrize(("count", "mean"), [(0, 10), (3, 10), (10, 10), (25, 10), (0, 30)])
def test_a_count_without_more_spread_is_poisson(count: int, mean: int) -> None:
    """Compared with the sum of its terms."""
    exact = sum(exp(-mean) * mean**k / factorial(k) for k in range(count + 1))
    like = Usual(8, float(mean), float(mean))
    assert chance_of_fewer(count, like) == pytest.approx(exact, rel=1e-9)
    assert chance_of_more(count + 1, like) == pytest.approx(1 - exact, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("count", [0, 2, 7, 20])
def test_a_count_with_more_spread_is_negative_binomial(count: int) -> None:
    """Size 5 and odds one third: mean 10, variance 30."""
    exact = sum(comb(k + 4, k) * (1 / 3) ** 5 * (2 / 3) ** k for k in range(count + 1))
    assert chance_of_fewer(count, Usual(8, 10.0, 30.0)) == pytest.approx(exact, rel=1e-9)


def test_an_empty_day_of_a_hundred_is_no_chance_and_of_ten_it_may_be() -> None:
    """What the thresholds of the controls stand on."""
    assert chance_of_fewer(0, Usual(8, 100.0, 400.0)) < 1e-9
    assert chance_of_fewer(0, Usual(8, 10.0, 40.0)) > 1e-3


def test_large_counts_are_quick_and_finite() -> None:
    """A million records a day."""
    assert 0 < chance_of_fewer(995_000, Usual(8, 1_000_000.0, 1e8)) < 0.5


def test_few_days_are_spread_like_all() -> None:
    """Four equal days say little: the spread of the whole feed counts."""
    like = usual([100, 100, 100, 100], spread([[90, 110], [80, 120], [100, 100]]))
    assert like is not None
    assert like.variance > 100
    assert usual([5]) is None


def test_mixes() -> None:
    """The same is nothing apart, in whatever numbers; another is; rare kinds are taken together."""
    assert shift({"a": 500, "b": 500}, {"a": 250, "b": 250}) == pytest.approx(0, abs=1e-4)
    assert shift({"a": 500, "b": 500}, {"a": 900, "b": 100}) > 0.25
    rare = {"a": 1_000} | {f"r{n}": 2 for n in range(40)}
    other = {"a": 1_000} | {f"s{n}": 2 for n in range(40)}
    assert shift(rare, other) < 0.05
    assert shift({}, {"a": 1}) == 0
