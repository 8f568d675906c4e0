"""A code means what a row says on that day, and nothing where no row says so."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain import tables
from recoup.domain.codes import read_vocabulary, reason, reason_as_stated
from recoup.errors import TableInvalid

ON = dt.date(2026, 6, 1)
HEADER = "vocabulary,code,meaning,valid_from,valid_to,source,grade,note\n"
TEXT = HEADER + (
    "status,needs_response,chargeback_opened,,,a page,V,\n"
    "status,won,chargeback_won,,2025-12-31,a page,V,until the change of words\n"
    "status,won,arbitration_won,2026-01-01,,a page,S,\n"
    "status,gone,closed,,2020-12-31,a page,U,\n"
    "network,1,visa,,,a page,V,\n"
)
REASONS = tables.reason_codes()


def test_a_code_means_what_its_row_says_on_the_day() -> None:
    """The same word may mean another thing from a day on."""
    words = read_vocabulary(TEXT, "p/codes.csv")
    assert words.meaning("status", "won", dt.date(2025, 12, 31)) == "chargeback_won"
    assert words.meaning("status", "won", dt.date(2026, 1, 1)) == "arbitration_won"
    assert words.meaning("status", "won") == "arbitration_won"
    assert words.meaning("network", "1", ON) == "visa"


@pytest.mark.parametrize(
    ("vocabulary", "code", "on"),
    [
        ("status", "Won", ON),
        ("status", " won", ON),
        ("status", "", ON),
        ("status", "lost", ON),
        ("reason", "won", ON),
        ("status", "gone", ON),
        ("status", "gone", None),
        ("network", "won", ON),
    ],
)
def test_an_unknown_code_has_no_meaning(vocabulary: str, code: str, on: dt.date | None) -> None:
    """Unknown never becomes a default: other case, blanks, other vocabulary, another day."""
    assert read_vocabulary(TEXT, "p/codes.csv").meaning(vocabulary, code, on) is None


def test_the_row_behind_a_meaning_has_grade_and_source() -> None:
    """A control can tell a word that was read from one that was guessed at."""
    word = read_vocabulary(TEXT, "p/codes.csv").word("status", "won", ON)
    assert word is not None
    assert (word.grade, word.source) == ("S", "a page")


def test_known_gives_the_words_of_one_vocabulary() -> None:
    """With those of earlier days, without those of other vocabularies."""
    words = read_vocabulary(TEXT, "p/codes.csv")
    assert words.known("status") == {"needs_response", "won", "gone"}
    assert words.known("nothing") == frozenset()
    assert words.vocabularies() == {"status", "network"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("status,won,other,2026-02-01,,a page,V,", r"p/codes.csv:7: .* twice"),
        ("status,new,,,,a page,V,", r"p/codes.csv:7: meaning empty; wanted a value"),
        ("status,new,x,,,,V,", r"p/codes.csv:7: source empty; wanted a value"),
        ("status,new,x,,,a page,,", r"p/codes.csv:7: grade empty; wanted one of V, S, U, C"),
        ("status,new,x,2026-02-01,2026-01-01,a page,V,", r"p/codes.csv:7: valid_to 2026-01-01 before"),
        ("status,new,x", r"p/codes.csv:7: 3 cells; wanted 8"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(row: str, message: str) -> None:
    """As for every table."""
    with pytest.raises(TableInvalid, match=message):
        read_vocabulary(TEXT + row + "\n", "p/codes.csv")


def test_blanks_around_a_reason_code_are_stripped() -> None:
    """Adyen writes `" 4853"`."""
    found = reason("mastercard", " 4853", ON)
    assert found is not None
    assert found.code == "4853"


@pytest.mark.parametrize(
    ("network", "raw", "code"),
    [
        ("mastercard", "4855", "4853"),
        ("mastercard", "4831", "4834"),
        ("mastercard", "4863", "4837"),
        ("mastercard", "4859", "4859"),  # two successors: which one is not known
        ("mastercard", "4840", "4840"),  # legacy, no successor known
        ("discover", "4863", "AT"),  # by its numeric form
        ("discover", "DA", "AT"),
        ("discover", "05", "05"),
        ("discover", "4762", "05"),
        ("amex", "4540", "4540"),  # stands in the list for outside the US and Canada
        ("amex", "F29", "F29"),
        ("visa", "10.4", "10.4"),
    ],
)
def test_aliases_and_retired_codes_lead_to_the_row_that_holds(network: str, raw: str, code: str) -> None:
    """Each within its own network: 4863 is one thing at Mastercard and another at Discover."""
    found = reason(network, raw, ON)
    assert found is not None
    assert found.code == code


def test_the_stated_code_is_not_lost() -> None:
    """A retired code keeps its own name where that is asked for."""
    stated = reason_as_stated("mastercard", "4855", ON)
    assert stated is not None
    assert (stated.code, stated.status, stated.successor) == ("4855", "retired", "4853")


@pytest.mark.parametrize(
    ("network", "raw"),
    [("visa", "4853"), ("visa", "10.44"), ("visa", ""), ("visa", "1 0.4"), ("nobody", "10.4"), ("unionpay", "4553")],
)
def test_an_unknown_reason_code_is_none(network: str, raw: str) -> None:
    """Neither another network's code nor a likeness is taken for it."""
    assert reason(network, raw, ON) is None


def test_every_reason_code_finds_itself() -> None:
    """All 194, by code and by alias."""
    for row in REASONS:
        for name in (row.code, *(row.aliases or "").split()):
            assert reason_as_stated(row.network, f" {name}\t", ON) == row
            found = reason(row.network, name, ON)
            assert found is not None
            assert found.status in ("active", "unknown") or found.successor is None


@given(network=st.sampled_from(sorted({row.network for row in REASONS})), raw=st.text(max_size=6))
def test_any_text_is_a_known_code_or_none(network: str, raw: str) -> None:
    """No text ends in a row whose code or alias it is not."""
    found = reason_as_stated(network, raw, ON)
    assert found is None or raw.strip(" \t\r\n") in (found.code, *(found.aliases or "").split())
