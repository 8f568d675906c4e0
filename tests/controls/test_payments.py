import pytest

from recoup.domain.legs import Told
from tests.controls.home import Home, ours


def opened_against(home: Home, minor: int, captured: int, currency: str = "USD", captured_in: str = "USD") -> None:
    home.payment("ch_dp_1", captured, currency=captured_in)
    home.opened(minor=minor, currency=currency)
    home.answered()


@pytest.mark.parametrize(
    ("minor", "captured", "currency", "captured_in", "likeliest", "wrong_minor"),
    [
        (500_000, 5000, "USD", "USD", "minor_unit", 495_000),
        (50, 5000, "USD", "USD", "minor_unit", 4950),
        (500_000, 5000, "JPY", "JPY", "minor_unit", 495_000),
        (500, 5000, "KWD", "KWD", "minor_unit", 4500),
        (5000, 5000, "EUR", "USD", "currency", 5000),
        (5500, 5000, "USD", "USD", "amount_above_payment", 500),
    ],
)
def test_an_amount_that_cannot_be_the_payments_is_a_break(
    home: Home, minor: int, captured: int, currency: str, captured_in: str, likeliest: str, wrong_minor: int
) -> None:
    """By the ratio to what we captured, which the partner did not compute; at risk is what is told wrongly, once."""
    opened_against(home, minor, captured, currency, captured_in)
    home.check(0)
    found = next(b for b in home.breaks() if b.control == "amount_fit")
    assert (found.classes[0], found.disputes, found.amounts) == (likeliest, [ours("dp_1")], {currency: wrong_minor})
    assert found.feed == "webhook"
    assert home.breaks() == [found]


@pytest.mark.parametrize(
    ("minor", "captured", "currency", "captured_in"),
    [
        (5000, 5000, "USD", "USD"),
        (3000, 5000, "USD", "USD"),
        (500, 5000, "USD", "USD"),
        (4620, 5000, "EUR", "USD"),
    ],
)
def test_the_payment_or_a_part_of_it_is_silent(
    home: Home, minor: int, captured: int, currency: str, captured_in: str
) -> None:
    """The whole, a part, a tenth, or another currency with another amount."""
    opened_against(home, minor, captured, currency, captured_in)
    home.check(0)
    assert home.breaks() == []


def test_a_refund_beside_a_chargeback_returned_the_payment_twice(home: Home) -> None:
    """The books balance; only the payment shows it."""
    home.clean_story()
    home.refund("ch_dp_1", 5000, 1)
    home.check(5)
    found = home.only()
    assert (found.control, found.classes[0]) == ("returned_above_captured", "refund_and_chargeback")
    assert (found.disputes, found.amounts) == ([ours("dp_1")], {"USD": 5000})


def test_a_part_refunded_and_the_rest_charged_back_is_silent(home: Home) -> None:
    """20 and 30 of 50."""
    home.payment("ch_dp_1")
    home.refund("ch_dp_1", 2000, -1)
    home.opened(minor=3000)
    home.answered()
    home.check(0)
    assert home.breaks() == []


def test_a_dispute_that_was_won_gave_back_what_it_took(home: Home) -> None:
    """A refund after a win returns the payment once."""
    home.clean_story()
    home.event("dp_1", "won", 6, legs=(Told("credit", 1, 5000, "USD"),))
    home.settled(day=6, gross=5000, fee=0, batch="po_2")
    home.confirmed(day=6, kind="dispute_credit", minor=5000)
    home.paid("po_2", 7, 5000)
    home.banked("po_2", 8, 5000)
    home.refund("ch_dp_1", 5000, 7)
    home.check(9)
    assert home.breaks() == []


def test_two_disputes_of_one_payment_at_once_are_one_case_under_two_ids(home: Home) -> None:
    """Alike in all but their id; the money that both take is part of that."""
    home.payment("ch_shared")
    for name in ("dp_1", "dp_2"):
        home.opened(name, payment_ref="ch_shared")
        home.answered(name, day=1)
    home.check(1)
    found = home.only()
    assert (found.control, *found.classes[:2], len(found.disputes)) == ("two_ids", "two_ids", "double_debit", 2)


def test_two_disputes_of_one_payment_take_it_twice(home: Home) -> None:
    """Days apart they are two, and money is taken twice."""
    home.payment("ch_shared")
    for name, day in (("dp_1", 0), ("dp_2", 3)):
        home.opened(name, day=day, payment_ref="ch_shared")
        home.answered(name, day=day + 1)
    home.check(4)
    (found,) = (b for b in home.breaks() if len(b.disputes) == 2)
    assert (found.control, found.classes[0], len(found.disputes)) == ("returned_above_captured", "double_debit", 2)


def test_a_dispute_on_an_account_of_other_merchants_is_a_wrong_mapping(home: Home) -> None:
    """The payment's merchant does not stand behind the account."""
    home.merchants_behind("mer_9")
    home.clean_story()
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0], found.merchant) == ("merchant_of_payment", "wrong_merchant", "mer_1")


def test_a_dispute_on_another_account_than_its_payment(home: Home) -> None:
    """The payment went through another account of ours."""
    home.payment("ch_dp_1", account="acct_other")
    home.opened()
    home.answered()
    home.check(0)
    assert (home.only().control, home.only().classes[0]) == ("merchant_of_payment", "wrong_account")


def test_several_merchants_behind_one_account_are_silent(home: Home) -> None:
    """A platform's account has many."""
    home.merchants_behind("mer_1", "mer_2")
    home.clean_story()
    home.check(5)
    assert home.breaks() == []


def test_a_dispute_without_its_payment_is_an_orphan_once_later_payments_are_told(home: Home) -> None:
    """Not before: the payment may still be on its way."""
    home.payment("ch_other", day=-3)
    home.opened()
    home.answered(day=0)
    home.check(0)
    assert home.breaks() == []
    home.payment("ch_another", day=1)
    home.check(1)
    found = home.only()
    assert (found.control, found.classes[0], found.amounts) == ("orphan_dispute", "orphan_payment", {"USD": 5000})
    assert "ch_dp_1" in found.explanation


def test_an_orphan_finds_its_payment_later(home: Home) -> None:
    """A legacy import closes the break."""
    home.payment("ch_another", day=1)
    home.opened()
    home.answered(day=0)
    home.check(1)
    home.payment("ch_dp_1", day=-60)
    home.check(1)
    assert home.breaks() == []


def test_a_home_without_payments_has_no_orphans(home: Home) -> None:
    """Where the house tells no payments, nothing can be compared."""
    home.opened()
    home.answered()
    home.check(1)
    assert home.breaks() == []


def test_a_wrong_exponent_explains_what_follows_from_it(home: Home) -> None:
    """One cause: the amount; the double return and the unlike settlement follow from it."""
    home.payment("ch_dp_1")
    home.opened(minor=500_000)
    home.answered()
    home.settled(gross=-5000)
    home.confirmed()
    home.confirmed(kind="dispute_fee", minor=-1500)
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0], found.severity) == ("amount_fit", "minor_unit", "ticket")
    assert found.nearest_due_at is None, "answered: no deadline is left"
