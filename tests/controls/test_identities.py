"""Ids that one feed writes otherwise than the other."""

import pytest

from tests.controls.home import Home, ours


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        ("DP-00A1", "dp-00a1"),
        ("DP-00A1", "DP00A1"),
        ("0012345678901", "12345678901"),
        ("1234567890123", "1.234567890123E+12"),
        ("1230000000000", "1.23E+12"),
    ],
)
def test_money_under_another_spelling_of_an_id_is_one_break(home: Home, theirs: str, told: str) -> None:
    """Nobody told of it, and it is the other's id: a leg that waits and money that waits have one cause."""
    home.clean_story(theirs, without=["settled", "fee_confirmed"])
    home.settled(told, payment_ref=f"ch_{theirs}")
    home.check(4)
    found = home.only()
    assert (found.control, found.classes[0], found.feed) == ("other_spelling", "format_drift", "payout_report")
    assert found.disputes == sorted([ours(theirs), ours(told)])
    assert found.amounts == {"USD": 5000}
    assert told in found.explanation
    assert theirs in found.explanation


def test_an_id_that_is_like_no_other_is_money_that_nobody_announced(home: Home) -> None:
    """Another dispute, and not another spelling."""
    home.clean_story("dp_1")
    home.settled("dp_2", day=2, batch="po_2", payment_ref="ch_dp_1")
    home.check(4)
    assert "other_spelling" not in {b.control for b in home.breaks()}
