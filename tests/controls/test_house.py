from tests.controls.home import Home, at, ours


def test_a_leg_that_the_house_did_not_charge(home: Home) -> None:
    """Two banking days after the announcement."""
    home.clean_story(without=["confirmed"])
    home.check(2)
    assert home.breaks() == []
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0], found.merchant) == ("house_unconfirmed", "house_not_booked", "mer_1")
    assert (found.partner, found.feed) == ("house", "ledger")
    assert (found.disputes, found.amounts) == ([ours("dp_1")], {"USD": 5000})


def test_a_fee_that_the_house_did_not_pass_on(home: Home) -> None:
    """The fee's leg is waited for like the dispute's."""
    home.clean_story(without=["fee_confirmed"])
    home.check(4)
    assert (home.only().control, home.only().amounts) == ("house_unconfirmed", {"USD": 1500})


def test_the_house_charging_another_amount(home: Home) -> None:
    """The rest on merchant_clearing."""
    home.clean_story(without=["confirmed"])
    home.confirmed(minor=-4000)
    home.check(3)
    assert (home.only().control, home.only().classes[0], home.only().amounts) == (
        "house_residue",
        "house_amount",
        {"USD": 1000},
    )


def test_the_house_charging_twice(home: Home) -> None:
    """Both lines answer one leg."""
    home.clean_story()
    home.confirmed(day=2, house_line="hl_again")
    home.check(3)
    assert (home.only().control, home.only().classes[0], home.only().amounts) == (
        "house_residue",
        "double_debit",
        {"USD": 5000},
    )


def test_the_house_charging_for_a_dispute_nobody_knows(home: Home) -> None:
    """Three days later still nobody told of it."""
    home.confirmed("dp_ghost", day=0)
    home.check(3)
    assert home.breaks() == []
    home.check(4)
    found = home.only()
    assert (found.control, found.classes[0], found.amounts) == ("house_unexpected", "lost_event", {"USD": 5000})
    assert "dp_ghost" in found.explanation


def test_the_house_crediting_what_was_not_won(home: Home) -> None:
    """A credit to the merchant, and nothing in the books asks for it."""
    home.clean_story()
    home.confirmed(day=2, kind="dispute_credit", minor=5000)
    home.check(6)
    found = home.only()
    assert (found.control, found.disputes) == ("house_unexpected", [ours("dp_1")])


def test_the_house_charging_another_merchant(home: Home) -> None:
    """The payment is of mer_1, the charge went to mer_2."""
    home.clean_story(without=["confirmed", "fee_confirmed"])
    home.confirmed(merchant="mer_2")
    home.confirmed(day=2, merchant="mer_2", kind="dispute_fee", minor=-1500)
    home.check(4)
    found = next(b for b in home.breaks() if b.control == "merchant_of_payment")
    assert (found.amounts, found.partner, len(found.deliveries)) == ({"USD": 6500}, "house", 2)
    assert (found.control, found.classes[0]) == ("merchant_of_payment", "wrong_merchant")
    assert "mer_2" in found.explanation


def test_a_house_that_charges_late_is_over(home: Home) -> None:
    """What was late and has come is written down as closed."""
    home.clean_story(without=["confirmed"])
    home.confirmed(day=4)
    home.check(5)
    assert home.breaks() == []
    assert [(b.classes[0], b.closed_at) for b in home.breaks(with_closed=True)] == [("timing", at(4, 20))]
