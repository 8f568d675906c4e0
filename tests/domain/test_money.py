"""Amounts are read exactly or refused; nothing in between."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain import tables
from recoup.domain.money import (
    MINOR_MAX,
    Amount,
    UnitRules,
    canonical_currency,
    check_currency,
    currency_of_number,
    exponent,
    parse_major,
    parse_minor,
    render,
    render_major,
    render_total,
    unit_rules,
)
from recoup.domain.rows import UnitRule
from recoup.errors import MoneyRefused

CODES = sorted(row.code for row in tables.currencies() if row.exponent is not None)
currencies = st.sampled_from(CODES)
amounts = st.integers(-(10**15) + 1, 10**15 - 1)
TODAY = dt.date(2026, 11, 22)

NOT_AMOUNTS = [
    "", " ", "-", "+1", "+1.00", " 1", "1 ", "1\n", "1.", ".5", "--1", "1-", "1.2.3", "1,50", "1,000", "1.000,00",
    "1_000", "1e3", "1E3", "1e3000000", "0x10", "NaN", "nan", "Infinity", "inf", "-inf", "１２", "1２.00", "٣", "²",
    "1.234", "12.345", "1 000", "1'000", "(1.00)", "1.00-", "$1.00", "1.00 USD", "−1.00", "1.0０", "0" * 16,
    "9" * 16, "9999999999999999.00", "1\u00a0000", "1\x00", "null", "true", "½",
]  # fmt: skip


@given(currency=currencies, minor=amounts)
def test_what_is_rendered_is_read_back(currency: str, minor: int) -> None:
    """Every amount of every currency survives being written and read."""
    if abs(minor) // 10 ** exponent(currency) < 10**15:
        assert parse_major(render_major(minor, currency), currency) == minor


@given(currency=currencies, minor=st.integers(-MINOR_MAX, MINOR_MAX))
def test_minor_units_are_read_back(currency: str, minor: int) -> None:
    """Integers pass as they are, as number and as digits."""
    assert parse_minor(minor) == parse_minor(str(minor)) == minor


@pytest.mark.parametrize("text", NOT_AMOUNTS)
def test_text_that_is_no_amount_is_refused(text: str) -> None:
    """Refused by its pattern, before anything converts it."""
    with pytest.raises(MoneyRefused):
        parse_major(text, "USD")


@pytest.mark.parametrize("text", [*NOT_AMOUNTS, "1.0", "1.00"])
def test_minor_units_have_no_point_and_no_tricks(text: str) -> None:
    """Digits with a sign, nothing else; leading zeros within 19 digits are digits."""
    if text in ("0" * 16, "9" * 16):
        assert parse_minor(text) == int(text)
    else:
        with pytest.raises(MoneyRefused):
            parse_minor(text)


@given(text=st.text(max_size=24))
def test_any_text_is_read_as_its_digits_say_or_refused(text: str) -> None:
    """No text gives an amount that its ASCII digits do not spell."""
    try:
        minor = parse_major(text, "USD")
    except MoneyRefused:
        return
    whole, _, fraction = text.removeprefix("-").partition(".")
    assert whole.isascii()
    assert whole.isdigit()
    assert abs(minor) == int(whole + fraction.ljust(2, "0"))


@pytest.mark.parametrize("value", [None, True, False, 1.5, 12, b"1.00", [], {}])
def test_only_text_is_an_amount_in_major_units(value: object) -> None:
    """A JSON number that became a fraction is refused, not rounded."""
    with pytest.raises(MoneyRefused):
        parse_major(value, "USD")


@pytest.mark.parametrize("value", [None, True, False, 1.0, 1e20, b"1", [1], 2**63, -(2**63), 10**30])
def test_minor_units_are_integers_that_fit(value: object) -> None:
    """True is not 1, 1.0 is not 1, and 64 bits are the limit."""
    with pytest.raises(MoneyRefused):
        parse_minor(value)


def test_overflow_in_major_units_is_refused() -> None:
    """Fifteen digits with four decimals do not fit 64 bits."""
    with pytest.raises(MoneyRefused, match="64 bits"):
        parse_major("999999999999999.9999", "CLF")
    assert parse_major("922337203685477.5807", "CLF") == MINOR_MAX


@pytest.mark.parametrize(
    ("text", "currency", "minor", "shown"),
    [
        ("12.34", "EUR", 1234, "12.34 EUR"),
        ("12.3", "EUR", 1230, "12.30 EUR"),
        ("-0.05", "EUR", -5, "-0.05 EUR"),
        ("-0.00", "EUR", 0, "0.00 EUR"),
        ("500", "JPY", 500, "500 JPY"),
        ("-1", "JPY", -1, "-1 JPY"),
        ("1.234", "KWD", 1234, "1.234 KWD"),
        ("0.005", "KWD", 5, "0.005 KWD"),
        ("0.0001", "CLF", 1, "0.0001 CLF"),
    ],
)
def test_currencies_of_no_two_three_and_four_decimals(text: str, currency: str, minor: int, shown: str) -> None:
    """Each in its own minor units, and written with all its decimals."""
    assert parse_major(text, currency) == minor
    assert render(minor, currency) == shown


def test_yen_have_no_decimals() -> None:
    """`500.00` yen is refused: a decimal there says that someone counts otherwise."""
    with pytest.raises(MoneyRefused, match="without decimals"):
        parse_major("500.00", "JPY")


@pytest.mark.parametrize("code", ["usd", "US", "USDT", "XXX", "XAU", "XTS", "DEM", "", "US ", "ＵＳＤ", "ußd"])
def test_what_is_no_currency_is_refused(code: str) -> None:
    """Small letters, metals, test codes, withdrawn and invented codes."""
    with pytest.raises(MoneyRefused):
        check_currency(code)


def test_small_letters_are_made_canonical_only_on_request() -> None:
    """Stripe writes `usd`; look-alikes of other scripts stay refused."""
    assert canonical_currency("usd") == canonical_currency("Usd") == "USD"
    for text in ("ＵＳＤ", "ıdr", "xau", "dem"):
        with pytest.raises(MoneyRefused):
            canonical_currency(text)


def test_numbers_name_currencies() -> None:
    """Clearing files carry three digits."""
    assert currency_of_number("978") == "EUR"
    assert currency_of_number("048") == "BHD"
    for numeric in ("000", "48", "999", "959"):
        with pytest.raises(MoneyRefused):
            currency_of_number(numeric)


def test_a_long_text_is_cut_in_the_message() -> None:
    """No whole payload stands in a message."""
    with pytest.raises(MoneyRefused) as refused:
        parse_major("4" * 500, "USD")
    assert len(str(refused.value)) < 200


def test_amounts_of_two_currencies_do_not_add() -> None:
    """A sum has one currency."""
    assert str(Amount(1000, "EUR").plus(Amount(234, "EUR"))) == "12.34 EUR"
    with pytest.raises(MoneyRefused, match="one currency"):
        Amount(1, "EUR").plus(Amount(1, "USD"))
    with pytest.raises(MoneyRefused, match="64 bits"):
        Amount(MINOR_MAX, "EUR").plus(Amount(1, "EUR"))


@pytest.mark.parametrize(
    ("partner", "currency", "value", "minor"),
    [
        ("adyen", "CLP", 100000, 1000),
        ("adyen", "CVE", 10, 1000),
        ("adyen", "IDR", "10", 1000),
        ("adyen", "ISK", 4000, 40),
        ("adyen", "EUR", 1234, 1234),
        ("stripe", "ISK", 500, 5),
        ("stripe", "MGA", 5, 500),
        ("stripe", "JPY", 500, 500),
        ("stripe", "USD", -6500, -6500),
        ("nobody", "CLP", 100, 100),
    ],
)
def test_a_partners_units_are_brought_to_those_of_the_standard(
    partner: str, currency: str, value: object, minor: int
) -> None:
    """One home has one meaning of an amount, whoever told it."""
    assert unit_rules().from_minor(partner, "webhook", currency, value, TODAY) == minor


def test_units_that_do_not_divide_are_refused() -> None:
    """40.10 króna cannot be whole króna: refused, not rounded."""
    with pytest.raises(MoneyRefused, match="whole number"):
        unit_rules().from_minor("adyen", "webhook", "ISK", 4010, TODAY)


def test_major_units_may_have_the_decimals_of_partner_or_standard() -> None:
    """A point leaves no doubt about the unit, so both ways of writing are read."""
    rules = unit_rules()
    assert rules.from_major("adyen", "settlement_detail", "CLP", "1000.00", TODAY) == 1000
    assert rules.from_major("adyen", "settlement_detail", "CLP", "1000", TODAY) == 1000
    assert rules.from_major("adyen", "settlement_detail", "CVE", "10.50", TODAY) == 1050
    assert rules.from_major("stripe", "payout_report", "ISK", "-40.00", TODAY) == -40


def test_an_unverified_unit_rule_informs_and_changes_nothing() -> None:
    """UGX at Stripe is not settled: ISO counts, and a control is told of the doubt."""
    rules = UnitRules(
        [UnitRule(grade="U", partner="p", feed="*", currency="UGX", exponent=2, source="from memory", note="")]
    )
    assert rules.from_minor("p", "webhook", "UGX", 500, TODAY) == 500
    assert rules.doubts("p", "webhook", "UGX", TODAY) is not None
    assert rules.doubts("p", "webhook", "EUR", TODAY) is None
    assert unit_rules().doubts("stripe", "webhook", "UGX", TODAY) is not None


def test_the_rule_of_a_feed_comes_before_that_of_all_feeds_and_has_its_days() -> None:
    """A partner that switches units on a day is read right on both sides of it."""
    general = UnitRule(grade="V", partner="p", feed="*", currency="EUR", exponent=2, source="a page")
    special = UnitRule(
        grade="V", partner="p", feed="f", currency="EUR", exponent=3, source="a page", valid_from=dt.date(2026, 1, 1)
    )
    rules = UnitRules([general, special])
    assert rules.exponent("p", "f", "EUR", dt.date(2025, 12, 31)) == 2
    assert rules.exponent("p", "f", "EUR", dt.date(2026, 1, 1)) == 3
    assert rules.exponent("p", "g", "EUR", dt.date(2026, 1, 1)) == 2


def test_factors_cover_every_currency_with_minor_units() -> None:
    """SQL joins against one row per currency."""
    factors = unit_rules().factors("adyen", "webhook", TODAY)
    assert sorted(factors) == CODES
    assert factors["CLP"] == (2, 0)
    assert factors["EUR"] == (2, 2)


@given(currency=currencies, minor=amounts, decimals=st.integers(0, 4))
def test_bringing_units_there_and_back_changes_nothing(currency: str, minor: int, decimals: int) -> None:
    """Whatever a partner counts in, an amount that is read is the amount that was meant."""
    rules = UnitRules(
        [UnitRule(grade="V", partner="p", feed="*", currency=currency, exponent=decimals, source="a page")]
    )
    try:
        iso = rules.from_minor("p", "f", currency, minor, TODAY)
    except MoneyRefused:
        return
    assert iso * 10**decimals == minor * 10 ** exponent(currency)


@pytest.mark.parametrize(
    ("total", "currency", "told"),
    [(500, "EUR", "5.00 EUR"), (500, "JPY", "500 JPY"), (7, None, "7"), (7, "ZZZ", "7 (minor units) ZZZ")],
)
def test_a_control_total_is_told_as_people_write_it(total: int, currency: str | None, told: str) -> None:
    """An amount in major units, so that nobody reads five euros as five hundred; a count as it is."""
    assert render_total(total, currency) == told
