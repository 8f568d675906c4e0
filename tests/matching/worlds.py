"""Worlds of lines that hypothesis makes: few names, few amounts, few days, so that much is alike and much nearly so."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.matching.world import DAY, Found, line

NAMES = ("1", "001", " 2", "2", "a3", "A3", "0004", "7.40E+22", "5", "")
AMOUNTS = (100, 200, 300, 999, 1000, 1999, 10, 1, 0, -100, -999)
CURRENCIES = ("EUR", "EUR", "EUR", "USD", "JPY")
Side = list[Mapping[str, Any]]


def told(item: str) -> st.SearchStrategy[Mapping[str, Any]]:
    """Give lines of one name."""
    return st.builds(
        line,
        st.just(item),
        st.sampled_from(AMOUNTS),
        st.sampled_from([None, *NAMES]),
        batch=st.sampled_from([None, None, "b1", "b2"]),
        currency=st.sampled_from(CURRENCIES),
        account=st.sampled_from(["acct_1", "acct_1", "acct_2"]),
        merchant=st.sampled_from([None, "mer_1", "mer_2"]),
        fee_minor=st.sampled_from([0, 0, 1, 25]),
        on_day=st.integers(0, 12).map(lambda days: DAY + timedelta(days=days)),
    )


@st.composite
def sides(draw: st.DrawFn, lines_max: int = 14) -> tuple[Side, Side]:
    """Give two sides."""
    counts = [draw(st.integers(0, lines_max)) for _ in "lr"]
    left, right = ([draw(told(f"{name}{n}")) for n in range(count)] for name, count in zip("lr", counts, strict=True))
    return list(left), list(right)


def used(found: Iterable[tuple[str, frozenset[str], frozenset[str]]]) -> Counter[str]:
    """Count how often each line stands in some matches."""
    return Counter(item for _, left, right in found for item in (*left, *right))


def everything(found: Found) -> tuple[Any, ...]:
    """All that a run says, to compare two runs by."""
    return found.matches, found.suggested, found.ambiguous, found.breaks, found.lines


def sums(lines: Sequence[Mapping[str, Any]], items: Iterable[str]) -> Counter[str]:
    """Sum some lines by currency."""
    chosen = frozenset(items)
    total: Counter[str] = Counter()
    for row in lines:
        if row["item"] in chosen:
            total[row["currency"]] += row["amount_minor"]
    return total
