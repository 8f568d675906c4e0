"""Amounts, days and references as reports and spreadsheets write them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.partners.jpmorgan.telling import Damage, Refused, day, key, minor, sound


@given(st.integers(-(10**15), 10**15), st.integers(2, 8))
def test_amount_with_any_number_of_noughts_is_itself(cents: int, decimals: int) -> None:
    """`1.5`, `1.50` and `1.50000000` are one amount."""
    sign, (whole, part) = "-" if cents < 0 else "", divmod(abs(cents), 100)
    assert minor(f"{sign}{whole}.{part:02}{'0' * (decimals - 2)}", "USD", "x") == cents


@given(st.integers(1, 10**8 - 1).filter(lambda part: part % 10**6))
def test_fraction_of_a_cent_is_refused_and_never_rounded(part: int) -> None:
    """Of yen so is a fraction of one."""
    with pytest.raises(Refused):
        minor(f"11.{part:08}", "USD", "x")
    with pytest.raises(Refused):
        minor(f"11.{part:08}", "JPY", "x")


@pytest.mark.parametrize("text", ["0", "0.00", "0E-8", "0.00E+00", "-0.00"])
def test_nothing_is_nothing_in_every_notation(text: str) -> None:
    """Other numbers in scientific notation have lost their digits."""
    assert minor(text, "USD", "x") == 0


@pytest.mark.parametrize("text", ["", " ", "1.5E+03", "1,50", "--1", "- 1", "1.", ".5", "NaN", "１", "1" * 16, "0x1"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(Refused):
        minor(text, "USD", "x")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2026-01-05", dt.date(2026, 1, 5)), ("1/5/2026", dt.date(2026, 1, 5)), ("12/31/2025", dt.date(2025, 12, 31))],
)
def test_day_is_read_in_both_orders(text: str, wanted: dt.date) -> None:
    """As sent, and as an American spreadsheet writes it."""
    assert day(text, "x") == wanted


@pytest.mark.parametrize("text", ["", "31/1/2026", "2026-02-30", "5.1.2026", "00:00.0", "1/5/26"])
def test_what_is_no_day_is_refused(text: str) -> None:
    """A day first and a month second is another country's."""
    with pytest.raises(Refused):
        day(text, "x")


@pytest.mark.parametrize("text", ["2.47E+22", "9.97E+11", "00:00.0", "5E+15"])
def test_destroyed_value_is_no_reference_and_no_key(text: str) -> None:
    """What is left of it fits a thousand others."""
    assert sound(text) is None
    with pytest.raises(Refused):
        key(text, "x")


def test_damage_is_counted_by_column_with_its_first_line() -> None:
    """Nothing with eight decimals is none."""
    damage = Damage()
    for line in (4, 5):
        damage.look({"a": "2.47E+22", "b": "0.00E+00", "c": "00:00.0", "d": "24.7E+22"}, line)
    assert [(found.where, found.found[:9]) for found in damage.findings("x")] == [
        ("x:4 a", "2 values "),
        ("x:4 c", "2 values "),
    ]
