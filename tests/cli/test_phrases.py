import pytest

from recoup.cli import phrases
from recoup.domain.instants import DAY, HOUR, MINUTE


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (0, "0 min"),
        (59 * MINUTE, "59 min"),
        (3 * HOUR, "3 h"),
        (3 * HOUR + 5 * MINUTE, "3 h 5 min"),
        (2 * DAY, "2 d"),
        (2 * DAY + 3 * HOUR, "2 d 3 h"),
        (10 * DAY + 23 * HOUR, "10 d"),
    ],
)
def test_lengths_of_time_have_two_units_at_most(length: int, said: str) -> None:
    """As exact as a person needs."""
    assert phrases.span(length) == said


def test_deadlines_say_which_side_of_now_they_are_on() -> None:
    """In so long, overdue so long, or none at all."""
    assert phrases.due(5 * HOUR, 2 * HOUR) == "in 3 h"
    assert phrases.due(2 * HOUR, 5 * HOUR) == "overdue 3 h"
    assert phrases.due(None, 0) == "–"


def test_amounts_have_the_decimals_of_their_currency() -> None:
    """Amounts of two currencies stand side by side, never added."""
    assert phrases.amounts([(1234, "EUR"), (500, "JPY"), (-5, "KWD")]) == "12.34 EUR + 500 JPY + -0.005 KWD"
    assert phrases.money(5, "XXX") == "5 XXX (minor)"
    assert phrases.money(5, None) == "5 ? (minor)"


def test_our_ids_are_shortened_and_others_are_not() -> None:
    """What is shown is enough for `trace`."""
    assert phrases.short("dis_" + "a" * 26) == "dis_aaaaaaaa"
    assert phrases.short("dp_1MtJUT2eZvKYlo2CNaw2HvEv") == "dp_1MtJUT2eZvKYlo2CNaw2HvEv"


def test_text_of_partners_cannot_move_the_cursor() -> None:
    """Escapes, bells and changes of direction are replaced; letters of any script stay."""
    assert phrases.clean("a\x1b[2Jb\x07\u202eÄ日\n") == "a�[2Jb��Ä日\n"


def test_counts_agree_with_their_nouns() -> None:
    """One and many, with separators."""
    assert phrases.count(1, "entry", "entries") == "1 entry"
    assert phrases.count(12_345, "entry", "entries") == "12,345 entries"
    assert phrases.count(0, "break") == "0 breaks"
