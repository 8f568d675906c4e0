import random

import pytest

from recoup.errors import ReportRefused
from recoup.reports.answers import rows_hash
from tests.reports.conftest import money


def test_amounts_have_the_decimals_of_their_currency() -> None:
    """None for yen, three for Kuwaiti dinars, and every digit of the largest amount."""
    found = money(("a", 12345, "JPY"), ("b", -5, "KWD"), ("c", 9_223_372_036_854_775_807, "EUR"), ("d", None, None))
    assert [row[1] for row in found.texts] == ["12345", "-0.005", "92233720368547758.07", None]
    assert found.heads[:3] == ("partner", "amount", "currency")


def test_sums_are_per_currency() -> None:
    """Amounts of two currencies are never added."""
    found = money(("a", 2**62, "EUR"), ("b", 2**62, "EUR"), ("c", 7, "JPY"), ("d", -3, "JPY"))
    assert found.sums == {"amount_minor": {"EUR": 2**63, "JPY": 4}}


def test_an_amount_without_a_currency_is_refused() -> None:
    """And so is one of a currency that is none."""
    for currency in (None, "XTS", "eur"):
        with pytest.raises(ReportRefused):
            money(("a", 1, currency))


def test_the_hash_is_of_the_rows_and_not_of_their_order() -> None:
    """Another value, another column or one more row is another hash."""
    heads = ("a", "b")
    rows: list[tuple[str | None, ...]] = [(str(number), None) for number in range(50)]
    shuffled = random.Random(4).sample(rows, len(rows))
    assert rows_hash(heads, rows) == rows_hash(heads, shuffled)
    others = [rows_hash(heads, rows[1:]), rows_hash(("b", "a"), rows), rows_hash(heads, [*rows, rows[0]])]
    others.append(rows_hash(heads, [("0", "x"), *rows[1:]]))
    assert len({rows_hash(heads, rows), *others}) == 5


def test_where_one_text_ends_and_the_next_begins_counts() -> None:
    """`ab, c` is not `a, bc`."""
    assert rows_hash(("x", "y"), [("ab", "c")]) != rows_hash(("x", "y"), [("a", "bc")])
