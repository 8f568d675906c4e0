"""Card numbers in what a person is shown of a file: masked by the field, by their shape, and inside free text.

A field that holds a card number by its standard is masked whatever stands in it, and so is the data of a magnetic
stripe. Anywhere else a number counts as `domain.card_numbers` says: a network's prefix and length, and Luhn. In free
text, digits of other scripts count too, and a longer run of digits is looked through; in a reference it is not,
because one in seven acquirer references has a card number's digits in it by chance, and references are needed.
"""

import re
import unicodedata
from collections.abc import Iterator

import msgspec

from recoup.domain.card_numbers import LONGEST, SHORTEST, find, mask, mask_digits
from recoup.domain.findings import Finding
from recoup.formats.laid import Field, Laid

VALUE_CHARACTERS_MAX = 4_000
"""Longer values are cut, with their length said: a person wants to see that they are there."""
NUMBER_CHARACTERS_MAX = 100
"""No card number is longer, spaces and dashes among it."""
CARD_NAMES = frozenset(
    [
        "pan",
        "fpan",
        "dpan",
        "primaryaccountnumber",
        "accountnumber",
        "individualcardaccountnumber",
        "cardaccountnumber",
        "creditcardnumber",
        "cardnumber",
        "cardno",
        "cardnum",
        "ccnumber",
        "ccnum",
        "cmacctnumb",
        "cmaccntnumbexd",
        "cmorigacctnum",
        "cmnumber",
        "cmnumbexd",
    ]
)
"""Names of fields that hold a card number, in small letters and digits alone."""
CARD_PLACES = re.compile(r"DE 2|.*card[./]number", re.IGNORECASE)
"""The same by their place: data element 2, `source.card.number`."""
STRIPE_NAMES = frozenset(
    [
        "track1",
        "track2",
        "track3",
        "track1data",
        "track2data",
        "track3data",
        "trackdata",
        "track2equivalentdata",
        "magstripe",
        "magneticstripe",
        "magneticstripedata",
    ]
)
STRIPE_PLACES = frozenset({"DE 35", "DE 36", "DE 45"})
CHIP_PLACES = frozenset({"DE 55"})
"""Data of a chip, in hexadecimal: its tags 5A and 57 hold the number, with no sign where it begins."""
FREE_NAMES = frozenset(
    [
        "ustrd",
        "addtlntryinf",
        "addtltxinf",
        "addtlinf",
        "memo",
        "note",
        "notes",
        "description",
        "text",
        "message",
        "comment",
        "comments",
        "narrative",
        "information",
        "details",
        "reasontext",
        "paymentrelatedinformation",
        "remittanceinformation",
    ]
)
"""Names of fields in which people write; a value with a blank in it is taken for such text, too."""

_MASKED = re.compile(r"[0-9]{0,6}[*Xx•#.·]{3,}[0-9]{0,4}")
_STRIPE = re.compile(r"([0-9]{13,19})([=Dd^])([^\s?]*)")
"""A card number, the separator of track 2 (`D` where it is hexadecimal) or of track 1, and what follows it."""
_STRIPE_1 = re.compile(r"([0-9]{13,19})(\^[^^]{2,26}\^)([^\s?]*)")
_CHIP_STRIPE = re.compile(r"([0-9]{13,}[Dd])([0-9]{4,})")
_LONG = re.compile(f"[0-9]{{{LONGEST + 1},}}")
_LONG_SHORTER = re.compile(f"[0-9]{{{SHORTEST},}}")
REFERENCE_DIGITS = 23
"""Of an acquirer reference number, whose last digit proves the others."""
_REFERENCE_KINDS = "1278"
_DIGITS_MIN = 8
"""With letters and fewer digits in a row, a card field holds a token or a word, and no card number."""


def clean(laid: Laid) -> Laid:
    """Give a record without card numbers, each text cut to what a person reads."""
    is_line = laid.kind.startswith("?")
    return Laid(
        laid.number,
        _short(laid.kind),
        _short(laid.at),
        tuple(_clean_field(field, is_line) for field in laid.fields),
        tuple(_clean_finding(found) for found in laid.findings),
    )


def _clean_field(field: Field, is_line: bool) -> Field:
    meaning = None if field.meaning is None else _short(field.meaning)
    return Field(_short(field.name), _short(field.at), _clean_raw(field, is_line), meaning)


def _clean_raw(field: Field, is_line: bool) -> str:
    name = re.sub("[^a-z0-9]", "", field.name.lower())
    if field.at in STRIPE_PLACES or name in STRIPE_NAMES:
        return _short(_stripe_field(field.raw))
    if name in CARD_NAMES or CARD_PLACES.fullmatch(field.at):
        return _short(_card_field(field.raw))
    if field.at in CHIP_PLACES:
        return _short(field.raw, is_free=True, is_chip=True)
    return _short(field.raw, is_free=is_line or name in FREE_NAMES or " " in field.raw.strip())


def _clean_finding(found: Finding) -> Finding:
    where, said, wanted = map(masked, (found.where, found.found, found.wanted))
    return msgspec.structs.replace(found, where=where, found=said, wanted=wanted)


def _card_field(raw: str) -> str:
    """Mask by the field: whatever digits stand there, unless they are masked already, or a word."""
    plain = _plain(raw)
    if _MASKED.fullmatch(plain.strip()):
        return raw
    if re.search("[A-Za-z]", plain) and not re.search(f"[0-9]{{{_DIGITS_MIN},}}", plain):
        return raw
    return mask_digits(plain)


def _stripe_field(raw: str) -> str:
    """Mask the data of a stripe: of its number first six and last four stay, of all else nothing."""
    plain = _plain(raw)
    told = re.search(r"[0-9]{13,19}", plain)
    hidden = re.sub("[A-Za-z0-9]", "*", plain)
    return hidden if told is None else hidden[: told.start()] + mask_digits(told[0]) + hidden[told.end() :]


def masked(text: str, *, is_free: bool = False, is_chip: bool = False) -> str:
    """Give a text without card numbers and data of stripes.

    Args:
      text: What is to be shown.
      is_free: People wrote it: longer runs of digits are looked through.
      is_chip: Data in hexadecimal, where any run of digits may begin before the number.
    """
    plain = _plain(text)
    if _LONG_SHORTER.search(plain):
        for pattern in (_STRIPE_1, _STRIPE):
            plain = pattern.sub(_without_stripe, plain)
        if is_chip:
            plain = _CHIP_STRIPE.sub(lambda told: f"{told[1]}{'*' * len(told[2])}", plain)
        if is_free:
            plain = (_LONG_SHORTER if is_chip else _LONG).sub(_without_inner, plain)
    cleaned = mask(plain)
    return text if cleaned == _plain(text) else cleaned


def _short(text: str, *, is_free: bool = False, is_chip: bool = False) -> str:
    """Mask first and cut then: half a card number is no card number any more, and would stay."""
    if len(text) <= VALUE_CHARACTERS_MAX:
        return masked(text, is_free=is_free, is_chip=is_chip)
    head = masked(text[: VALUE_CHARACTERS_MAX + NUMBER_CHARACTERS_MAX], is_free=is_free, is_chip=is_chip)
    return f"{head[:VALUE_CHARACTERS_MAX]}… ({len(text)} characters)"


def _without_stripe(told: re.Match[str]) -> str:
    if not any(number.digits == told[1] for number in find(told[1])):
        return told[0]
    middle = told[2] if len(told[2]) == 1 else re.sub("[^^]", "*", told[2])
    return f"{mask_digits(told[1])}{middle}{'*' * len(told[3])}"


def _without_inner(told: re.Match[str]) -> str:
    """Mask the card numbers inside a longer run of digits, the leftmost and longest first."""
    run = told[0]
    if _is_reference(run):
        return run
    parts: list[str] = []
    end = 0
    for start, stop in _inner(run):
        parts += run[end:start], mask_digits(run[start:stop])
        end = stop
    return "".join((*parts, run[end:]))


def _inner(run: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start <= len(run) - SHORTEST:
        stops = range(min(start + LONGEST, len(run)), start + SHORTEST - 1, -1)
        stop = next((stop for stop in stops if find(run[start:stop])), None)
        if stop is not None:
            yield start, stop
        start = start + 1 if stop is None else stop


def _is_reference(run: str) -> bool:
    """Say whether digits are an acquirer reference number: its first digit says of what kind, its last proves it."""
    if len(run) != REFERENCE_DIGITS or run[0] not in _REFERENCE_KINDS:
        return False
    doubled = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    values = [int(digit) for digit in reversed(run)]
    return (sum(values[0::2]) + sum(doubled[value] for value in values[1::2])) % 10 == 0


def _plain(text: str) -> str:
    """Give a text with the digits, blanks and dashes of all scripts as ASCII has them; each stays in its place."""
    return text if text.isascii() else re.sub(r"[^\x00-\x7f]", lambda told: _ascii(told[0]), text)


def _ascii(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    return {"Zs": " ", "Pd": "-"}.get(category, "=" if character == "＝" else character)
