"""Legs are kept by kind and cycle, and come back from the register as they went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.legs import Leg, LegKind, Told, leg_name, read_legs, read_told, write_legs, write_told

KINDS: tuple[LegKind, ...] = LegKind.__args__  # type: ignore[attr-defined]

tolds = st.builds(
    Told,
    st.sampled_from(KINDS),
    st.integers(1, 9),
    st.integers(0, 2**63 - 1),
    st.sampled_from(["USD", "JPY"]),
    st.none() | st.text(),
    st.booleans(),
)


@given(st.lists(tolds).map(tuple))
def test_told_legs_come_back(told: tuple[Told, ...]) -> None:
    """What an observation told survives the register's text column."""
    assert read_told(write_told(told)) == told


def test_nothing_told_is_null() -> None:
    """No legs is no text."""
    assert write_told(()) is None
    assert read_told(None) == ()


def test_legs_of_a_dispute_come_back() -> None:
    """Canonical JSON, in the order given."""
    legs = (Leg("credit", 1, 5000, "USD", 7, None, True), Leg("debit", 1, 5000, "USD", 3, "txn_1", False))
    assert read_legs(write_legs(legs)) == legs


@pytest.mark.parametrize(("kind", "cycle", "name"), [("debit", 1, "d1"), ("credit", 1, "c1"), ("debit", 2, "d2")])
def test_leg_is_called_by_letter_and_cycle(kind: LegKind, cycle: int, name: str) -> None:
    """How clearing accounts are kept and breaks speak."""
    assert leg_name(kind, cycle) == name


def test_each_kind_has_a_letter_of_its_own() -> None:
    """Two kinds under one letter would be one leg."""
    assert len({leg_name(kind, 1) for kind in KINDS}) == len(KINDS)
