from collections.abc import Callable

import msgspec

from recoup.controls.moment import load_moment
from recoup.controls.settlement import bank_unexpected
from recoup.domain.terms import FeeTerm
from tests.controls.home import ACCOUNT, FEE, PARTNERS, TERMS, Home, at, iso, ours


def test_a_batch_that_is_not_paid_out_in_time(home: Home) -> None:
    """Two banking days after the report."""
    home.clean_story(without=["paid", "banked"])
    home.check(3)
    assert home.breaks() == []
    home.check(4)
    found = home.only()
    assert (found.control, found.classes[0], found.account) == ("batch_unpaid", "not_paid_out", ACCOUNT)
    assert found.amounts == {"USD": 93_500}


def test_a_batch_with_nothing_to_pay_is_silent(home: Home) -> None:
    """What the batch owes us is nothing: it is carried forward."""
    home.clean_story(without=["sold", "paid", "banked"])
    home.check(9)
    assert home.breaks() == []


def test_a_payout_that_does_not_reach_the_bank(home: Home) -> None:
    """Three banking days after Wednesday is Monday."""
    home.clean_story(without=["banked"])
    home.check(7)
    assert home.breaks() == []
    home.check(8)
    assert (home.only().control, home.only().amounts) == ("payout_unbanked", {"USD": 93_500})


def test_a_payout_that_is_less_than_its_lines_names_the_line_left_out(home: Home) -> None:
    """The difference is exactly the dispute's line: it was reported and not set off."""
    home.clean_story(without=["paid", "banked"])
    home.paid(minor=100_000)
    home.banked(minor=100_000)
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0]) == ("tie_out", "netting")
    assert (found.disputes, found.amounts) == ([ours("dp_1")], {"USD": 6500})
    assert "txn_dp_1_1_-5000" in found.explanation


def test_a_payout_apart_by_less_than_half_a_unit_a_line_is_rounding(home: Home) -> None:
    """One minor unit on two lines."""
    home.clean_story(without=["paid", "banked"])
    home.paid(minor=93_499)
    home.banked(minor=93_499)
    home.check(3)
    assert (home.only().control, home.only().classes[0], home.only().amounts) == ("tie_out", "rounding", {"USD": 1})


def test_a_payout_told_before_its_report_is_silent(home: Home) -> None:
    """Nothing to compare yet."""
    home.clean_story(without=["opened", "settled", "sold", "confirmed", "fee_confirmed", "answered"])
    home.check(4)
    assert home.breaks() == []


def test_a_bank_line_of_another_amount(home: Home) -> None:
    """The payout did not reach the bank whole."""
    home.clean_story(without=["banked"])
    home.banked(minor=93_000)
    home.check(4)
    assert (home.only().control, home.only().amounts) == ("bank_differs", {"USD": 500})


def test_money_at_the_bank_without_a_payout(home: Home) -> None:
    """Three days later still nobody told of it."""
    home.banked("po_unknown", day=0)
    home.check(3)
    assert home.breaks() == []
    home.check(4)
    found = home.only()
    assert (found.control, found.partner, found.amounts) == ("bank_unexpected", "bank", {"USD": 93_500})


def test_money_at_the_bank_after_easter_was_told_before_it(home: Home) -> None:
    """2026-04-07 is the first banking day after Good Friday: the file that tells of the money is of the second."""
    home.banked("po_unknown", day=36)
    with home.register.reading() as view:
        (found,) = bank_unexpected(view, load_moment(view, at(41), {}, PARTNERS))
    assert (found.since_on, found.told_on, found.until_on) == ("2026-03-31", "2026-04-02", "2026-04-10")


def test_two_feeds_that_tell_one_movement_otherwise(home: Home) -> None:
    """The page says a tenth more than the report."""
    home.clean_story()
    told = {"identity": "txn_dp_1_1_-5000", "kind": "dispute", "partner_dispute_id": "dp_1", "gross_minor": -500_000}
    home.report(
        1,
        [{**told, "fee_minor": 150_000, "net_minor": -650_000, "batch": "po_1", "effective_on": iso(1)}],
        feed="balance_transactions",
    )
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0], found.disputes) == ("feeds_disagree", "minor_unit", [ours("dp_1")])


def test_another_fee_than_agreed(home: Home) -> None:
    """20.00 where the contract says 15.00."""
    home.clean_story(without=["settled", "fee_confirmed", "paid", "banked"])
    home.settled(fee=2000)
    home.confirmed(kind="dispute_fee", minor=-1500)
    home.check(3)
    fee = next(b for b in home.breaks() if b.control == "fee_conformance")
    assert (fee.classes[0], fee.amounts, fee.disputes) == ("fee_wrong", {"USD": 500}, [ours("dp_1")])
    assert "20.00 USD" in fee.explanation
    assert home.breaks() == [fee]


def test_another_fee_than_agreed_on_a_line_that_names_the_payment_alone(home: Home) -> None:
    """The break names the dispute that the line was found to be about."""
    home.clean_story(without=["settled", "fee_confirmed", "paid", "banked"])
    home.settled(None, fee=2000, payment_ref="ch_dp_1")
    home.confirmed(kind="dispute_fee", minor=-1500)
    home.check(3)
    assert [(b.control, b.disputes) for b in home.breaks()] == [("fee_conformance", [ours("dp_1")])]
    assert "in fees for dp_1" in home.only().explanation


def test_a_fee_that_never_came(home: Home) -> None:
    """Silent for three days, since it may come by a line of its own."""
    home.clean_story(without=["settled", "fee_confirmed", "paid", "banked"])
    home.settled(fee=0)
    home.paid(minor=95_000)
    home.banked(minor=95_000)
    home.check(3)
    assert home.breaks() == []
    home.check(4)
    assert (home.only().control, home.only().classes[0]) == ("fee_conformance", "fee_missing")


def test_a_fee_that_never_came_where_fees_come_with_the_report_of_the_debit(home: Home) -> None:
    """In lines of their own there, none of which ever came later: the first that is not there is missed at once."""
    for name in ("dp_1", "dp_2"):
        home.payment(f"ch_{name}")
        home.opened(name)
        home.settled(name, fee=0, identity=f"txn_{name}")
    home.settled("dp_1", gross=-1500, fee=0, identity="txn_fee", kind="dispute_fee")
    home.check(2)
    (found,) = [b for b in home.breaks() if b.control == "fee_conformance"]
    assert (found.classes[0], found.disputes) == ("fee_missing", [ours("dp_2")])


def test_two_agreed_fees_together_are_agreed(home_with: Callable[..., Home]) -> None:
    """For receiving and for answering, on one line."""
    countered = FeeTerm("countered", amount_minor=1500, currency="USD", borne_by="merchant")
    home = home_with(msgspec.structs.replace(TERMS, fees=(FEE, countered)))
    home.clean_story(without=["settled", "fee_confirmed", "paid", "banked"])
    home.settled(fee=3000)
    home.check(3)
    assert "fee_conformance" not in {b.control for b in home.breaks()}


def test_a_returned_bank_debit_costs_what_was_agreed_for_returns(home_with: Callable[..., Home]) -> None:
    """The fee for receiving a dispute is another one: a contract may have both."""
    returned = FeeTerm("bank_return", amount_minor=300, currency="USD", borne_by="merchant")
    home = home_with(msgspec.structs.replace(TERMS, fees=(FEE, returned)))
    for name, fee in (("dp_1", 300), ("dp_2", 600)):
        home.payment(f"ch_{name}")
        home.opened(name, kind="return")
        home.settled(name, fee=fee)
    home.check(1)
    (found,) = [b for b in home.breaks() if b.control == "fee_conformance"]
    assert (found.disputes, found.amounts) == ([ours("dp_2")], {"USD": 300})
    assert "3.00 USD for a bank debit returned" in found.explanation


def test_processing_without_a_price_adds_little_and_never_the_fee_again(home_with: Callable[..., Home]) -> None:
    """A few cents beside the fee are processing; the whole fee again is not."""
    processing = FeeTerm("processing", borne_by="house")
    home = home_with(msgspec.structs.replace(TERMS, fees=(FEE, processing)))
    for name, fee in (("dp_1", 1511), ("dp_2", 3000)):
        home.payment(f"ch_{name}")
        home.opened(name)
        home.settled(name, fee=fee)
    home.check(1)
    fees = [b for b in home.breaks() if b.control == "fee_conformance"]
    assert [(b.classes[0], b.disputes, b.feed) for b in fees] == [("fee_wrong", [ours("dp_2")], "payout_report")]
