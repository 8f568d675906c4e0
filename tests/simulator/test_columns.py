"""Whole columns give what their twins give for one value."""

import datetime as dt
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.instants import SECOND
from recoup.domain.money import exponent, render_major
from recoup.simulator import chance, columns, days, rates
from recoup.simulator.payments import Shop
from recoup.simulator.profiles import PROFILES

BITS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20)
AMOUNTS = st.lists(st.integers(1, 3_000_000), min_size=1, max_size=20)
SHORT_DAY, LONG_DAY, USUAL_DAY = dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 2, 28)


@pytest.mark.parametrize(("partner", "day"), list(product(PROFILES, (USUAL_DAY, SHORT_DAY, dt.date(2026, 11, 1)))))
def test_sales_of_a_day_are_its_payments_one_by_one(partner: str, day: dt.date) -> None:
    """Ids, references, amounts, currencies, times, merchants, brands and countries; also on days of 23 and 25 hours."""
    shop = Shop(3, PROFILES[partner], 300)
    one_by_one = [shop.payment(day, number) for number in range(shop.count(day))]
    assert shop.sales(day).payments() == one_by_one
    assert shop.sales(day, 7).payments() == one_by_one[:7]
    assert {p.currency for p in one_by_one} == {*PROFILES[partner].sells, PROFILES[partner].currency}


@given(BITS)
def test_bits_are_mixed_alike(bits: list[int]) -> None:
    """Unsigned columns wrap round as 64 bits do."""
    column = pa.array(bits, pa.uint64())
    assert columns.mix(column).to_pylist() == [chance.mix(value) for value in bits]
    assert columns.word(column).to_pylist() == [chance.word(value) for value in bits]
    assert columns.again(column).to_pylist() == [chance.mix(value ^ chance.STEP) for value in bits]


@given(AMOUNTS, st.sampled_from(["JPY", "EUR", "KWD"]))
def test_amounts_are_written_alike(amounts: list[int], currency: str) -> None:
    """With none, two and three decimals."""
    places = pa.array([exponent(currency)] * len(amounts))
    assert columns.major(pa.array(amounts), places).to_pylist() == [render_major(a, currency) for a in amounts]


@given(AMOUNTS, st.sampled_from(["JPY", "KWD", "USD", "EUR"]), st.dates(dt.date(2025, 1, 1), dt.date(2027, 12, 31)))
def test_amounts_are_converted_alike(amounts: list[int], source: str, day: dt.date) -> None:
    """Half a unit is rounded away from zero; what needs no conversion stays."""
    target = "EUR"
    rate = rates.SCALE if source == target else rates.rate_e8(1, "USD" if source == "JPY" else source, target, day)
    found = columns.converted(pa.array(amounts), pa.array([0] * len(amounts)), [source], target, [rate])
    assert found.to_pylist() == [
        amount if source == target else rates.converted(amount, source, target, rate) for amount in amounts
    ]


@pytest.mark.parametrize("day", [SHORT_DAY, LONG_DAY, USUAL_DAY])
def test_times_are_written_alike_on_days_of_any_length(day: dt.date) -> None:
    """Each half hour of a day, in its zone and in UTC."""
    local = days.LocalDay(day, "Europe/Amsterdam")
    seconds = list(range(local.start // SECOND, local.start // SECOND + local.seconds, 1799))
    column = pa.array(seconds)
    found = columns.wall(column, columns.offsets(local, column)).to_pylist()
    assert found == [days.wall_text(at * SECOND, local.zone) for at in seconds]
    assert columns.utc(column).to_pylist() == [days.utc_text(at * SECOND) for at in seconds]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=5), max_size=5))
def test_lines_of_a_column_are_its_texts(texts: list[str]) -> None:
    """Each with its end, whatever letters it has; no text, no byte."""
    assert columns.lines(pa.array(texts, pa.string())) == "".join(f"{text}\n" for text in texts).encode()
