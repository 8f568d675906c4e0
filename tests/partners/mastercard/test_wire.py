"""What stands inside PDSs, and that nothing is made of what does not hold."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.partners.mastercard import wire
from tests.fakes.ipm_files import FILE_ID, SETTLED


def test_a_file_id_is_its_parts() -> None:
    """Type, day, processor, sequence."""
    assert wire.file_id(FILE_ID) == wire.FileId("001", dt.date(2026, 1, 31), "00000021080", "00001")


def test_settlement_is_service_day_and_cycle() -> None:
    """At the places that 67 characters leave for them; a shorter or longer text is none."""
    assert wire.settlement(SETTLED) == wire.Settlement("US00000001", dt.date(2026, 2, 1), "01")
    assert wire.settlement(SETTLED[:-1]) is None
    assert wire.settlement(SETTLED + " ") is None


@pytest.mark.parametrize("text", ["", "26013", "260132", "261301", "26O131", "000000", "²60131"])
def test_what_is_no_day_is_none(text: str) -> None:
    """Neither rolled over nor guessed."""
    assert wire.day(text) is None


def test_the_last_of_february_is_a_day_every_four_years() -> None:
    """Days are those of the calendar."""
    assert (wire.day("280229"), wire.day("270229")) == (dt.date(2028, 2, 29), None)


def test_exponents_are_by_currency() -> None:
    """Whole entries alone count."""
    assert wire.exponents("97823920414") == {"978": 2, "392": 0}
    assert wire.exponents("EUR2") == {}


def test_errors_are_told_one_by_one() -> None:
    """Element, severity and code of each."""
    told = wire.errors("P0148040123000" + "C0004050001000")
    assert told == ("P0148 severity 04 code 0123", "C0004 severity 05 code 0001")


@given(st.text(max_size=90))
def test_no_text_makes_them_raise(text: str) -> None:
    """Whatever a partner puts into a PDS."""
    wire.file_id(text)
    wire.settlement(text)
    wire.exponents(text)
    wire.business_day(text)
    wire.errors(text)
    wire.settlement_indicator(text)
    wire.is_reversal(text)
