"""The text of `:86:` says what it says in three ways of writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.formats.mt940_details import Details, parse


def test_german_subfields_are_read_across_line_ends() -> None:
    """A returned debit: the end-to-end reference, the mandate, the remittance, and why."""
    told = parse(
        "109?00SEPA-DD SOLL RUECKBEL. CORE?1097186?20EREF+E2ED109?21M\nREF+MANDATE0109"
        "?22CRED+DE98ZZZ09999999999"
        "?23SVWZ+ORG BT000000098\n,5 PLU?24S ENTG.10,50?30COBADEFF505?31DE98500400000\n331466300?32MAX MUSTERMANN?34912"
    )
    assert told == Details(
        code="109",
        booking_text="SEPA-DD SOLL RUECKBEL. CORE",
        end_to_end="E2ED109",
        mandate="MANDATE0109",
        creditor="DE98ZZZ09999999999",
        remittance="ORG BT000000098,5 PLUS ENTG.10,50",
        name="MAX MUSTERMANN",
        account="DE98500400000331466300",
        bank="COBADEFF505",
        reason="912",
    )


def test_words_between_slashes_are_read() -> None:
    """As Dutch banks write."""
    told = parse("/RTRN/MS03/EREF/E2E-1/MARF/M-1/CSID/NL00ZZZ1/REMI/Contr\nibutie mei/ISDT/2026-01-05")
    assert (told.reason, told.end_to_end, told.mandate, told.remittance) == ("MS03", "E2E-1", "M-1", "Contributie mei")


@pytest.mark.parametrize(
    ("text", "remittance"),
    [
        ("STRIPE PAYOUT", "STRIPE PAYOUT"),
        ("line one\nline two", "line one line two"),
        ("x" * 65 + "\ny", "x" * 65 + "y"),
        ("911 TRANSAKCJA", "911 TRANSAKCJA"),
    ],
)
def test_text_for_people_is_the_remittance(text: str, remittance: str) -> None:
    """Lines of full length go on in the next."""
    assert parse(text) == Details(remittance=remittance)


@given(st.text(max_size=200))
def test_nothing_raises(text: str) -> None:
    """Whatever a bank writes."""
    assert isinstance(parse(text), Details)
    assert isinstance(parse("166?" + text), Details)
    assert isinstance(parse("/EREF/" + text), Details)
