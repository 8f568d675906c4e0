from collections.abc import Callable

import msgspec
import pytest

from recoup.controls.money import residue_classes
from recoup.domain.legs import Told
from recoup.domain.terms import Days
from tests.controls.home import ACCOUNT, DAYS, TERMS, Home, at, iso, ours


def test_an_announced_debit_that_never_settles_is_a_break_from_its_due_day_on(home: Home) -> None:
    """Two banking days after Monday is Wednesday: silent then, open on Thursday."""
    home.clean_story(without=["settled", "fee_confirmed", "paid", "banked"])
    home.check(2)
    assert home.breaks() == []
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0]) == ("leg_unsettled", "not_debited")
    assert (found.partner, found.account, found.disputes) == ("stripe", ACCOUNT, [ours("dp_1")])
    assert found.amounts == {"USD": 5000}
    assert found.merchant == "mer_1"
    assert "announced a debit of 50.00 USD for dp_1 (d1), and no settlement line has come" in found.explanation
    assert "announce_to_settle 2 banking days (target)" in found.explanation
    assert f"recoup trace {ours('dp_1')}" in found.explanation


def test_a_debit_that_settles_late_closes_its_break(home: Home) -> None:
    """The break is closed by the money, not by hand."""
    home.clean_story(without=["settled", "fee_confirmed", "paid", "banked"])
    assert home.check(3).opened == 1
    home.settled(day=4)
    report = home.check(5)
    assert (report.closed, home.breaks()) == (1, [])
    (was,) = home.breaks(with_closed=True)
    assert (was.control, was.status, was.closed_at) == ("leg_unsettled", "closed", at(4, 11))


def test_what_was_late_between_two_checks_is_written_down_as_closed(home: Home) -> None:
    """A home that is checked once still knows what was late."""
    home.clean_story(without=["settled", "fee_confirmed", "paid", "banked"])
    home.settled(day=4)
    report = home.check(5)
    assert (report.opened, report.closed, report.open) == (1, 1, 0)
    (was,) = home.breaks(with_closed=True)
    assert (was.classes[0], was.severity, was.closed_at) == ("timing", "note", at(4, 11))


def test_money_that_nobody_announced_is_a_lost_message(home: Home) -> None:
    """The line creates the dispute; a day later its announcement is missed."""
    home.payment("ch_dp_1")
    home.settled(payment_ref="ch_dp_1")
    home.sold()
    home.check(2)
    assert home.breaks() == []
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0], found.disputes) == ("leg_unannounced", "lost_event", [ours("dp_1")])
    assert found.amounts == {"USD": 5000}


def test_money_announced_in_time_after_it_was_settled_is_silent(home: Home) -> None:
    """A report may be quicker than the message."""
    home.payment("ch_dp_1")
    home.settled(payment_ref="ch_dp_1")
    home.opened(day=2)
    home.confirmed()
    home.confirmed(kind="dispute_fee", minor=-1500)
    home.check(3)
    assert home.breaks(with_closed=True) == []


def test_a_win_without_its_credit_is_not_credited(home: Home) -> None:
    """The partner says won, announces the credit, and the money does not come."""
    home.clean_story()
    home.won(day=7)
    home.confirmed(day=8, kind="dispute_credit", minor=5000)
    home.check(9)
    assert home.breaks() == []
    home.check(10)
    found = home.only()
    assert (found.control, found.classes[0], found.amounts) == ("leg_unsettled", "not_credited", {"USD": 5000})


def test_a_win_whose_credit_nobody_even_announced_is_one_break(home: Home) -> None:
    """Won without a credit leg: waited for since the decision."""
    home.clean_story()
    home.event("dp_1", "won", 7)
    home.check(10)
    found = home.only()
    assert (found.control, found.classes[0], found.amounts) == ("credit_after_win", "not_credited", {"USD": 5000})


def test_open_legs_that_cancel_are_two_breaks_that_say_netting(home: Home) -> None:
    """Legs are never netted, but that the partner did it is the likeliest cause."""
    home.clean_story()
    home.won(day=7)
    home.confirmed(day=7, kind="dispute_credit", minor=5000)
    home.payment("ch_dp_2")
    home.opened("dp_2", day=7)
    home.confirmed("dp_2", day=7)
    home.answered("dp_2", day=8)
    home.check(10)
    found = home.breaks()
    assert {tuple(b.disputes) for b in found} == {(ours("dp_1"),), (ours("dp_2"),)}
    assert [b.classes[0] for b in found] == ["netting", "netting"]


def test_the_same_debit_twice_is_a_double_debit_at_once(home: Home) -> None:
    """The second line opens a leg, and the break does not wait for its announcement to be late."""
    home.clean_story()
    home.settled(day=2, identity="txn_again", batch="po_2")
    home.check(2)
    found = home.only()
    assert (found.control, found.classes[0], found.disputes) == ("double_money", "double_debit", [ours("dp_1")])
    assert found.amounts == {"USD": 5000}
    assert len(found.deliveries) == 2


@pytest.mark.parametrize(("gross", "likeliest"), [(-5000, "double_debit"), (5000, "double_credit")])
def test_one_movement_that_is_booked_on_two_days_is_double_money(home: Home, gross: int, likeliest: str) -> None:
    """It has one name, so the books hold it once; the second booking is claimed all the same."""
    home.payment("ch_dp_1")
    home.opened()
    home.settled(day=1)
    for day in (2, 3):
        home.settled(day=day, gross=gross, fee=0, identity="dp_1|return", batch=f"STM-{day}")
    home.check(3)
    again = [b for b in home.breaks() if b.control == "double_money" and "booked the same" in b.explanation]
    assert [(b.classes[0], b.amounts, len(b.deliveries)) for b in again] == [(likeliest, {"USD": 5000}, 2)]
    assert f"again under STM-3 on {iso(3)}" in again[0].explanation
    assert "data_finding" not in [b.control for b in home.breaks()]


def test_the_same_debit_twice_is_seen_in_lines_that_name_the_payment_alone(home: Home) -> None:
    """Such lines are the dispute's as much as those that name it, and the break calls it by its name."""
    home.clean_story(without=["settled"])
    home.settled(None, payment_ref="ch_dp_1")
    home.settled(day=2, identity="txn_again", batch="po_2")
    home.check(2)
    found = home.only()
    assert (found.control, found.disputes) == ("double_money", [ours("dp_1")])
    assert "for dp_1:" in found.explanation


def test_one_debit_told_by_two_feeds_is_one_debit(home: Home) -> None:
    """The same balance transaction in a report and on a page."""
    home.clean_story()
    line = {"identity": "txn_dp_1_1_-5000", "kind": "dispute", "partner_dispute_id": "dp_1", "gross_minor": -5000}
    told = {**line, "fee_minor": 1500, "net_minor": -6500, "effective_on": "2026-03-03"}
    home.report(1, [told], feed="balance_transactions")
    home.check(5)
    assert home.breaks() == []


def test_the_same_credit_twice_is_a_double_credit(home: Home) -> None:
    """Never kept silently: it is the partner's money."""
    home.clean_story()
    home.won(day=7)
    home.confirmed(day=7, kind="dispute_credit", minor=5000)
    home.settled(day=8, gross=5000, fee=0, batch="po_2", identity="txn_credit")
    home.settled(day=9, gross=5000, fee=0, batch="po_2", identity="txn_credit_again")
    home.check(9)
    assert [(b.control, b.classes[0]) for b in home.breaks()] == [("double_money", "double_credit")]


def test_a_debit_settled_a_hundred_times_too_high_is_a_minor_unit(home: Home) -> None:
    """The rest on the leg names what the ratio of the two amounts says."""
    home.clean_story(without=["settled", "fee_confirmed", "paid", "banked"])
    home.settled(gross=-500_000, fee=1500)
    home.check(1)
    found = home.only()
    assert (found.control, found.classes[0], found.amounts) == ("leg_residue", "minor_unit", {"USD": 495_000})
    assert "announced 50.00 USD for dp_1 (d1) and settled 5000.00 USD" in found.explanation


@pytest.mark.parametrize(
    ("left", "right", "currency", "likeliest"),
    [
        (5000, 500_000, "USD", "minor_unit"),
        (5000, 10_000, "USD", "double_debit"),
        (5000, 5001, "USD", "rounding"),
        (5000, 5001, "JPY", "amount_differs"),
        (5000, 4000, "USD", "amount_differs"),
    ],
)
def test_two_amounts_say_what_they_look_like(left: int, right: int, currency: str, likeliest: str) -> None:
    """By their ratio alone, in either order."""
    assert residue_classes(left, right, currency)[0] == likeliest
    assert residue_classes(right, left, currency)[0] == likeliest


def test_an_account_in_shadow_is_checked_and_pages_nobody(home_with: Callable[..., Home]) -> None:
    """A deadline of tomorrow and 20,000 dollars are a ticket there, and no page."""
    home = home_with(phase="shadow")
    home.payment("ch_dp_1")
    home.opened(due_at=at(2), minor=2_000_000)
    home.check(1)
    assert {(b.control, b.severity) for b in home.breaks()} == {("clock_headroom", "ticket"), ("amount_fit", "ticket")}


def test_a_credit_of_a_lost_dispute_is_against_its_outcome(home: Home) -> None:
    """Lost, and the money came back all the same: outcome and money disagree."""
    home.clean_story()
    home.event("dp_1", "lost", 6)
    home.event("dp_1", "chargeback_under_review", 6, record_id="evt_funds", legs=(Told("credit", 1, 5000, "USD"),))
    home.settled(day=7, gross=5000, fee=0, batch="po_2")
    home.confirmed(day=7, kind="dispute_credit", minor=5000)
    home.check(8)
    found = home.only()
    assert (found.control, found.classes[0]) == ("outcome_money", "outcome_conflict")
    assert "is lost with 1 debit and 1 credit" in found.explanation


def test_a_credit_against_an_outcome_waits_for_no_word_of_the_house(home: Home) -> None:
    """That the house has yet to confirm the credit says nothing of the partner, nor does a day pass first."""
    home.clean_story()
    home.event("dp_1", "lost", 6)
    home.event("dp_1", "chargeback_under_review", 6, record_id="evt_funds", legs=(Told("credit", 1, 5000, "USD"),))
    home.settled(day=6, gross=5000, fee=0, batch="po_2")
    home.check(6)
    assert [b.control for b in home.breaks()] == ["outcome_money"]


def test_an_outcome_without_any_money_is_a_debit_left_out(home: Home) -> None:
    """Lost, and nothing was ever taken: nobody contradicts anybody."""
    home.payment("ch_dp_1")
    home.opened(legs=())
    home.event("dp_1", "lost", 6)
    home.check(9)
    found = next(b for b in home.breaks() if b.control == "outcome_money")
    assert (found.classes[0], found.disputes) == ("not_debited", [ours("dp_1")])


def test_a_small_adjustment_of_a_lost_dispute_is_no_win(home: Home) -> None:
    """Half a dollar given back for the exchange rate leaves a lost dispute lost."""
    home.clean_story()
    home.event("dp_1", "lost", 6, legs=(Told("credit", 1, 50, "USD"),))
    home.settled(day=7, gross=50, fee=0, batch="po_2")
    home.confirmed(day=7, kind="dispute_credit", minor=50)
    home.check(9)
    assert home.breaks() == []


def test_a_lump_without_a_dispute_names_the_legs_it_is_the_sum_of(home_with: Callable[..., Home]) -> None:
    """140 = 50 + 90, and no other choice of legs: one break, with both disputes."""
    home = home_with(
        msgspec.structs.replace(TERMS, fees=(), days=msgspec.structs.replace(DAYS, announce_to_house=None))
    )
    for name, minor in (("dp_1", 5000), ("dp_2", 9000), ("dp_3", 7000)):
        home.payment(f"ch_{name}", minor)
        home.opened(name, minor=minor)
        home.answered(name)
    home.settled("dp_3", gross=-7000, fee=0)
    home.settled(None, gross=-14_000, fee=0, identity="txn_lump", kind="adjustment", partner_kind="DISPUTE ADJ")
    home.check(4)
    lump = next(b for b in home.breaks() if b.control == "suspense")
    assert (lump.classes[0], lump.amounts) == ("unreferenced_lump", {"USD": 14_000})
    assert lump.disputes == sorted([ours("dp_1"), ours("dp_2")])
    assert [b for b in home.breaks() if b.control != "no_contract"] == [lump]


def test_a_lump_may_hold_the_fee_of_each_debit(home: Home) -> None:
    """Two debits of 50.00 and 90.00, each with its fee of 15.00; one announced later is not among them."""
    for name, minor in (("dp_1", 5000), ("dp_2", 9000)):
        home.payment(f"ch_{name}", minor)
        home.opened(name, minor=minor)
        home.answered(name)
        home.confirmed(name, minor=-minor)
    home.payment("ch_later", 9000)
    home.opened("dp_later", day=3, minor=9000, payment_ref="ch_later")
    home.answered("dp_later", day=3)
    home.settled(None, gross=-17_000, fee=0, identity="txn_lump", kind="adjustment")
    home.check(4)
    found = home.only()
    assert (found.control, found.disputes) == ("suspense", sorted([ours("dp_1"), ours("dp_2")]))
    assert found.amounts == {"USD": 17_000}
    assert "the sum of 2 open legs, each with its fee" in found.explanation


def test_a_debit_converted_twice_at_two_rates_is_one_double_debit(home: Home) -> None:
    """The amounts in the dispute's own currency are equal; what moved differs by the rate, and alone is at risk."""
    home.payment("ch_dp_1", 5000, currency="EUR")
    home.opened(currency="EUR")
    home.answered()
    for day, minor in ((1, -5500), (2, -5510)):
        home.settled(day=day, gross=minor, fee=0, identity=f"txn_{day}", original_minor=-5000, original_currency="EUR")
    home.check(6)
    doubled = [b for b in home.breaks() if b.control == "double_money"]
    assert [(b.classes[0], b.amounts) for b in doubled] == [("double_debit", {"USD": 5510})]
    assert "money that nobody announced" in doubled[0].explanation


def test_without_a_contract_nothing_is_waited_for(home_with: Callable[..., Home]) -> None:
    """No term, no expectation; the rest on a leg is seen all the same."""
    home = home_with(msgspec.structs.replace(TERMS, days=Days(), fees=()))
    home.clean_story(without=["settled", "fee_confirmed", "paid", "banked"])
    home.check(30)
    assert "leg_unsettled" not in {b.control for b in home.breaks()}
    home.settled(gross=-4900, fee=0)
    home.check(30)
    assert "leg_residue" in {b.control for b in home.breaks()}
