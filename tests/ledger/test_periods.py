import pytest

from recoup.ledger.periods import Locked, first_and_last, period_of


def test_locked_period_takes_no_entry() -> None:
    """It goes to the next open one."""
    assert period_of("2026-01-31", None) == "2026-01"
    assert period_of("2026-01-31", "2026-01-31") == "2026-02"
    assert period_of("2025-06-01", "2026-01-31") == "2026-02"
    assert period_of("2026-02-01", "2026-01-31") == "2026-02"
    assert period_of("2026-12-31", "2026-12-31") == "2027-01"


def test_what_is_posted_now_follows_the_lock_of_now_and_what_is_derived_anew_that_of_its_time() -> None:
    """An entry booked at the very instant of the lock was there before it."""
    now = Locked("2026-02-28")
    assert {now.when(booked_at) for booked_at in (0, 10, 99)} == {"2026-02-28"}
    anew = Locked("2026-02-28", ((10, "2026-01-31"), (20, None), (30, "2026-02-28")))
    assert [anew.when(at) for at in (5, 10, 11, 21, 31)] == [None, None, "2026-01-31", None, "2026-02-28"]


def test_a_period_is_a_month_and_nothing_else() -> None:
    """Its first and last day."""
    assert first_and_last("2024-02") == ("2024-02-01", "2024-02-29")
    for text in ("2024-2", "2024-13", "2024", "2024-02-01", "feb"):
        with pytest.raises(ValueError, match=r"."):
            first_and_last(text)
