from itertools import permutations

from recoup.domain.legs import Leg
from recoup.ledger.numbering import Slot, in_order, number_lines, place_house_lines
from tests.ledger.facts import house, line


def debit(cycle: int, ref: str | None = None) -> Leg:
    return Leg("debit", cycle, 5000, "USD", 0, ref, False)


def cycles(*lines: object, legs: tuple[Leg, ...] = ()) -> dict[str, int]:
    return {told.identity: cycle for told, cycle in number_lines(in_order(lines), legs)}  # type: ignore[arg-type]


def test_lines_are_counted_by_day_and_identity() -> None:
    """Whatever the order in which they came."""
    lines = [line("b", "dispute", -5000, 3), line("a", "dispute", -5000, 3), line("z", "dispute", -5000, 1)]
    for order in permutations(lines):
        assert cycles(*order) == {"z": 1, "a": 2, "b": 3}


def test_cycle_that_the_partner_names_counts_first() -> None:
    """A second chargeback is the second, though the first was never reported."""
    assert cycles(line("x", "dispute", -5000, 1, cycle=2), line("y", "dispute", -5000, 2)) == {"x": 2, "y": 1}


def test_reference_told_with_a_leg_finds_its_line() -> None:
    """The line of a later day settles the first leg, where the partner said so."""
    legs = (debit(1, "late"), debit(2, "early"))
    assert cycles(line("early", "dispute", -1, 1), line("late", "dispute", -1, 9), legs=legs) == {"early": 2, "late": 1}


def test_line_told_twice_is_one_line() -> None:
    """By its id."""
    assert cycles(line("a", "dispute", -5000, 1), line("a", "dispute", -5000, 1)) == {"a": 1}


def test_two_lines_of_one_named_cycle_settle_one_leg() -> None:
    """So that a double debit shows on the leg that was debited twice."""
    told = (line("a", "dispute", -5000, 1, cycle=1), line("b", "dispute", -5000, 2, cycle=1))
    assert cycles(*told) == {"a": 1, "b": 1}


def placed(*lines: object, slots: tuple[Slot, ...]) -> dict[str, str]:
    return {told.id: leg for told, leg in place_house_lines(lines, slots, "d1")}  # type: ignore[arg-type]


def test_house_line_takes_the_slot_of_its_own_amount() -> None:
    """Before the first free one."""
    slots = (Slot("d1", 5000, "USD"), Slot("d2", 3000, "USD"))
    lines = (house("a", "dispute_debit", -3000, 1), house("b", "dispute_debit", -5000, 2))
    assert placed(*lines, slots=slots) == {"a": "d2", "b": "d1"}


def test_house_that_charges_twice_shows_on_the_leg_it_charged() -> None:
    """No leg is invented for the second charge."""
    lines = (house("a", "dispute_debit", -5000, 1), house("b", "dispute_debit", -5000, 2))
    assert placed(*lines, slots=(Slot("d1", 5000, "USD"),)) == {"a": "d1", "b": "d1"}


def test_credit_that_lapsed_is_not_what_a_later_line_means() -> None:
    """A provisional credit was taken back on the 10th; what the house credits on the 20th is the next one."""
    slots = (Slot("c1", 5000, "USD", until_on="2026-01-10"), Slot("c2", 5000, "USD"))
    assert placed(house("a", "dispute_credit", 5000, 19), slots=slots) == {"a": "c2"}
    assert placed(house("a", "dispute_credit", 5000, 5), slots=slots) == {"a": "c1"}


def test_house_line_without_any_slot_opens_the_first_leg() -> None:
    """The house knew before the partner told."""
    assert placed(house("a", "dispute_debit", -5000, 1), slots=()) == {"a": "d1"}
