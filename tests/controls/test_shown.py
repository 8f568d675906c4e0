from recoup.controls.explain import Cause
from recoup.controls.shown import shown
from recoup.controls.symptom import Stake
from recoup.domain.money import Amount
from recoup.domain.symptoms import LISTED_MAX
from tests.controls.test_explain import LEG, MISSING, symptom


def test_a_causes_own_symptom_comes_first_and_each_kind_of_the_others_once() -> None:
    """By control and class, with the legs, batches, disputes, deliveries and money of all of them."""
    other = symptom("leg_unsettled", "two", disputes=("dis_2",), legs=("dis_2:d1",), deliveries=("del_1",))
    bank = symptom("bank_unexpected", batches=("bank:B:1",), stakes=(Stake("payout", "bank:1", "USD", 700),), things=2)
    own, legs, lines = shown(Cause(MISSING, (LEG, bank, other)))
    assert (own.control, own.things, own.left_out) == ("missing_file", 1, 0)
    assert (legs.control, legs.class_, legs.things) == ("leg_unsettled", "unknown", 2)
    assert (legs.disputes, legs.legs) == (("dis_1", "dis_2"), ("dis_1:d1", "dis_2:d1"))
    assert (legs.deliveries, legs.amounts) == (("del_1",), (Amount(5000, "USD"),))
    assert (lines.batches, lines.amounts, lines.things) == (("bank:B:1",), (Amount(700, "USD"),), 2)


def test_a_cause_of_very_much_keeps_the_count_of_what_it_does_not_list() -> None:
    """A break stays small, whatever it explains."""
    many = [symptom("leg_unsettled", str(n), legs=(f"dis_{n:05}:d1",)) for n in range(LISTED_MAX + 3)]
    _, legs = shown(Cause(MISSING, tuple(many)))
    assert (legs.things, len(legs.legs), legs.left_out) == (LISTED_MAX + 3, LISTED_MAX, 3)
