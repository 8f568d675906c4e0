"""Only numbers that networks and processors publish for tests stand here."""

import pytest

from recoup.domain.findings import Finding
from recoup.enquiry.lens_masks import clean, masked
from recoup.formats.laid import Field, Laid

PUBLISHED = (
    "4111111111111111",
    "4012888888881881",
    "4222222222222",
    "5555555555554444",
    "5105105105105100",
    "2223000048400011",
    "378282246310005",
    "371449635398431",
    "30569309025904",
    "6011111111111117",
    "3530111333300000",
    "6304000000000000",
)
ACQUIRER_REFERENCE = "74537604221222000000009"


def shown(name: str, raw: str, at: str = "1-99", kind: str = "record") -> str:
    """A field's value as a person is shown it."""
    (field,) = clean(Laid(1, kind, "line 1", (Field(name, at, raw),))).fields
    return field.raw


def left_of(number: str) -> str:
    """What may be seen of a number."""
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


@pytest.mark.parametrize("number", PUBLISHED)
def test_published_numbers_are_masked_wherever_they_stand(number: str) -> None:
    """Alone, in words, spaced, in wide digits, in track data, and inside a longer run of digits in free text."""
    assert shown("reference", number) == left_of(number)
    assert shown("note", f"paid by {number}, thanks") == f"paid by {left_of(number)}, thanks"
    wide = "".join(chr(ord("０") + int(digit)) for digit in number)
    assert shown("note", f"card {wide}!") == f"card {left_of(number)}!"
    assert shown("note", f"card 0000000{number}9999999 is wrong").count("*") >= 3
    for separator in ("=", "D", "d"):
        text = shown("anything", f";{number}{separator}29121010000012345?")
        assert text == f";{left_of(number)}{separator}{'*' * 17}?"
    first = shown("anything", f"%B{number}^DOE/J^2912101?")
    assert number not in first
    assert "DOE" not in first
    assert "2912" not in first


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("Primary account number", "DE 2"),
        ("element of no name", "DE 2"),
        ("Account number", "5-20"),
        ("CM_ACCT_NUMB", "27-45"),
        ("CM_NUMB_EXD", "229-247"),
        ("cardNumber", "card/cardNumber"),
        ("number", "source.card.number"),
        ("PAN", "PlainCardData/PAN"),
    ],
)
def test_a_card_field_is_masked_whatever_stands_in_it(name: str, at: str) -> None:
    """A damaged or invented number may be a real one that was mistyped; one that is masked already stays."""
    assert shown(name, "5200000000000002", at) == "520000******0002"
    assert shown(name, "0005200000000000002", at) == "000520*********0002"
    assert shown(name, "123456789", at) == "*********"
    assert shown(name, "411111XXXXXX1111", at) == "411111XXXXXX1111"
    assert shown(name, "tok_1Ab2", at) == "tok_1Ab2"
    assert shown(name, "", at) == ""


@pytest.mark.parametrize(("name", "at"), [("element", "DE 35"), ("element", "DE 45"), ("Track 2 data", "7-40")])
def test_a_stripe_field_shows_nothing_but_the_ends_of_its_number(name: str, at: str) -> None:
    """Also where its number is none."""
    assert shown(name, "5200000000000002=29121011234", at) == "520000******0002=***********"
    assert shown(name, "B5200000000000002^DOE/J^2912", at) == "*520000******0002^***/*^****"
    assert shown(name, "1234=99", at) == "****=**"


def test_chip_data_shows_no_number_in_hexadecimal() -> None:
    """Its tag 5A is a run of digits that begins before the number."""
    assert "4111111111111111" not in shown("ICC system-related data", "5A084111111111111111", "DE 55")
    assert "2912201" not in shown("ICC system-related data", "57114111111111111111D29122010000000000", "DE 55")


def test_references_stay_whole() -> None:
    """An acquirer reference, and any long number that stands alone, are needed to find what they name."""
    assert shown("Acquirer reference data", ACQUIRER_REFERENCE) == ACQUIRER_REFERENCE
    assert shown("note", f"see {ACQUIRER_REFERENCE} of Monday") == f"see {ACQUIRER_REFERENCE} of Monday"
    assert shown("trace", "000041111111111111110000") == "000041111111111111110000"
    assert shown("created", "1767312000123") == "1767312000123"
    assert shown("id", "1234567890123D20251122") == "1234567890123D20251122"


def test_a_line_that_nobody_knows_is_read_as_free_text() -> None:
    """Whatever it was, a person wrote or broke it."""
    assert "4111111111111111" not in shown("line", "99994111111111111111999", kind="? line of no field")


def test_findings_and_kinds_are_clean_too() -> None:
    """Every text of a record."""
    found = Finding("x", "line 4111111111111111", "4012888888881881=2912", "no 5555555555554444")
    told = str(clean(Laid(1, "kind 378282246310005", "at 4111111111111111", (), (found,))))
    assert not any(number in told for number in PUBLISHED)
    assert "2912" not in told


def test_looking_through_a_long_run_ends() -> None:
    """Thousands of digits, each of which may begin a number."""
    assert len(masked("x " + "4" * 4_000, is_free=True)) == 4_002
