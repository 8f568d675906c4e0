"""Rates of partners beside those of a source outside."""

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec

from recoup.controls.run import check
from recoup.domain.legs import Told
from recoup.domain.rates import Rate
from tests.controls.home import PARTNERS, TERMS, Home, at, iso, ours


def rates(*nanos: int, source: str = "bank of somewhere") -> list[Rate]:
    """A rate for each day from the first on."""
    first = dt.date.fromisoformat(iso(0))
    return [Rate(source, first + dt.timedelta(days=n), "JPY", "USD", nano) for n, nano in enumerate(nanos)]


def converted(home: Home, minor: int, day: int = 1) -> None:
    """A debit of 10,000 yen that is settled in dollars."""
    home.payment("ch_dp_1", minor=10_000, currency="JPY")
    home.opened(minor=10_000, currency="JPY", legs=(Told("debit", 1, 10_000, "JPY"),))
    home.answered()
    home.settled(day=day, gross=-minor, original_minor=-10_000, original_currency="JPY")


def seen(home: Home, declared: Sequence[Rate], day: int = 2) -> list[str]:
    """What the control on rates says, with these rates declared."""
    check(home.register, at(day, 23), PARTNERS, actor="test", recorded_at=at(day), rates=declared)
    return [b.explanation for b in home.breaks() if b.control == "rate_conformance"]


def test_a_conversion_at_the_rate_of_the_day_is_silent(home: Home) -> None:
    """10,000 yen at 0.00665 are 66.50 dollars; two and a half percent more are still nothing to ask about."""
    converted(home, 6650)
    assert seen(home, rates(6_650_000, 6_650_000)) == []


def test_a_dear_rate_is_a_break_with_what_it_costs(home: Home) -> None:
    """Three percent where nothing was agreed."""
    converted(home, 6850)
    (said,) = seen(home, rates(6_650_000, 6_650_000))
    found = next(b for b in home.breaks() if b.control == "rate_conformance")
    assert (found.classes[0], found.disputes, found.amounts) == ("fx", [ours("dp_1")], {"USD": 200})
    assert "3.00 % off the rate of bank of somewhere" in said
    assert "At that rate it comes to 66.50 USD" in said


def test_a_mark_up_that_was_agreed_is_silent_and_one_above_it_is_not(home_with: Callable[..., Home]) -> None:
    """The contract says one percent: then two are too many, and with four agreed three are none."""
    strict = home_with(msgspec.structs.replace(TERMS, fx_markup_bps=100))
    converted(strict, 6785)
    assert len(seen(strict, rates(6_650_000, 6_650_000))) == 1
    loose = home_with(msgspec.structs.replace(TERMS, fx_markup_bps=400))
    converted(loose, 6850)
    assert seen(loose, rates(6_650_000, 6_650_000)) == []


def test_a_rate_turned_round_says_so(home: Home) -> None:
    """Divided where it should have been multiplied: 10,000 yen become a million and a half dollars."""
    converted(home, 150_375_940)
    (said,) = seen(home, rates(6_650_000, 6_650_000))
    assert "it fits the rate turned round" in said


def test_the_rate_of_another_day_says_so(home: Home) -> None:
    """That of the day before, when a yen cost more."""
    converted(home, 7000)
    (said,) = seen(home, rates(7_000_000, 6_650_000))
    assert f"it fits the rate of {iso(0)}" in said


def test_the_nearest_of_several_sources_counts(home: Home) -> None:
    """A partner may take any of them."""
    converted(home, 6850)
    assert seen(home, [*rates(6_650_000, 6_650_000), *rates(6_840_000, 6_840_000, source="another")]) == []


def test_no_rate_is_said_and_never_taken_for_a_clean_day(home: Home) -> None:
    """One note at the partner: this was not compared."""
    converted(home, 6850)
    assert seen(home, []) == []
    (note,) = [b for b in home.breaks() if b.control == "no_contract"]
    assert note.severity == "note"
    assert "has money converted from JPY to USD, and no rate to compare with" in note.explanation


def test_a_rate_of_a_month_ago_is_no_rate(home: Home) -> None:
    """Carried over a long weekend, and no further."""
    converted(home, 6850, day=20)
    assert seen(home, rates(6_650_000), day=21) == []
    assert "no_contract" in {b.control for b in home.breaks()}
