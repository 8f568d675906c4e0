import pytest

from recoup.domain.instants import DAY, HOUR, MINUTE
from recoup.enquiry.selector import AtLeast, parse_at_least, parse_span
from recoup.errors import UsageProblem


@pytest.mark.parametrize(
    ("text", "span"), [("72h", 72 * HOUR), ("3d", 3 * DAY), ("90m", 90 * MINUTE), ("2w", 14 * DAY)]
)
def test_spans_are_a_number_and_a_unit(text: str, span: int) -> None:
    """Hours, days, minutes and weeks."""
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "72", "h", "-1h", "1.5h", "1y", "99999h", "３d"])
def test_other_spans_are_refused(text: str) -> None:
    """Nothing is guessed, full-width digits among it."""
    with pytest.raises(UsageProblem):
        parse_span(text)


def test_least_amounts_are_minor_units_or_an_amount_with_its_currency() -> None:
    """A bare number is what the JSON shows; decimals need a currency, which knows how many there are."""
    assert parse_at_least("5000") == AtLeast(5000)
    assert parse_at_least("50.00EUR") == AtLeast(5000, "EUR")
    assert parse_at_least("50 jpy") == AtLeast(50, "JPY")


@pytest.mark.parametrize("text", ["", "50.00", "1e3", "1_000", "50.001EUR", "5 XXX", "EUR"])
def test_other_least_amounts_are_refused(text: str) -> None:
    """What is no amount is a usage problem that says what is one."""
    with pytest.raises(UsageProblem):
        parse_at_least(text)


def test_an_amount_admits_either_sign_and_its_own_currency() -> None:
    """Sizes are compared, and never across currencies."""
    assert AtLeast(100).admits(-100, "EUR")
    assert not AtLeast(100, "USD").admits(100, "EUR")
    assert not AtLeast(0).admits(None, "EUR")
