"""What an outage holds, and until when: a fold of what people said of it."""

import msgspec
import pytest

from recoup.domain.instants import HOUR
from recoup.domain.outages import Outage, Source, Word, hold_of, outages

FILES = (Source("adyen", "eu", "settlement_detail"),)


def word(verb: str = "open", sequence: int = 1, to: int | None = None, **more: object) -> Word:
    """A word about an outage that begins at hour 10."""
    to_at = None if to is None else to * HOUR
    told = Word(
        word=f"wrd_{sequence}",
        outage="out_1",
        sequence=sequence,
        verb=verb,  # type: ignore[arg-type]
        partner="adyen",
        from_at=10 * HOUR,
        to_at=to_at,
        reason="down",
        actor="mo",
        at=11 * HOUR,
    )
    return msgspec.structs.replace(told, **more)


def of(*words: Word) -> Outage:
    (found,) = outages(reversed(words))
    return found


@pytest.mark.parametrize(("due", "is_held"), [(9, False), (10, True), (500, True)])
def test_while_it_is_open_everything_due_since_its_beginning_is_held(due: int, is_held: bool) -> None:
    """Until when, nobody knows."""
    hold = hold_of(FILES, due * HOUR, [of(word())])
    assert (hold is not None) == is_held
    assert hold is None or (hold.until_at is None and not hold.is_over(10**18))


@pytest.mark.parametrize(("due", "until"), [(9, None), (20, 44), (44, 44), (45, None)])
def test_once_it_is_over_what_was_due_is_due_after_the_grace(due: int, until: int | None) -> None:
    """Ended at hour 20, a day of grace; what was due later keeps its own time."""
    hold = hold_of(FILES, due * HOUR, [of(word(), word("close", 2, to=20))])
    assert (None if hold is None else hold.until_at) == (None if until is None else until * HOUR)


def test_it_is_about_its_feeds_and_accounts_alone() -> None:
    """All of them where none is named; a source of any account may be one of them."""
    files = of(word(feeds=("dispute_report",), account="eu"))
    assert hold_of(FILES, 12 * HOUR, [files]) is None
    assert hold_of((Source("adyen", "us", "dispute_report"),), 12 * HOUR, [files]) is None
    assert hold_of((Source("adyen", None, "dispute_report"),), 12 * HOUR, [files]) is not None
    assert hold_of((Source("stripe", "eu", "dispute_report"),), 12 * HOUR, [files]) is None


def test_a_withdrawn_outage_holds_nothing_and_of_two_the_longer_counts() -> None:
    """It was none; and two that overlap are not told as the shorter."""
    assert hold_of(FILES, 12 * HOUR, [of(word(), word("withdraw", 2))]) is None
    short, long = of(word(), word("close", 2, to=20)), of(word(outage="out_2"), word("close", 2, to=30, outage="out_2"))
    hold = hold_of(FILES, 12 * HOUR, [short, long])
    assert hold is not None
    assert (hold.outage, hold.until_at) == ("out_2", 54 * HOUR)


def test_it_lasts_until_its_grace_is_over() -> None:
    """What comes late in the backlog belongs to it."""
    ended = of(word(), word("close", 2, to=20, grace_hours=5))
    assert [ended.lasts_at(at * HOUR) for at in (9, 10, 20, 24, 25)] == [False, True, True, True, False]
    assert (ended.is_open, of(word()).is_open) == (False, True)
