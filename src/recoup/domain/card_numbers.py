"""Card numbers in text: found, masked to first six and last four, or replaced by a token. Pure.

A card number is a run of 13 to 19 digits, spaces and dashes allowed between, that fits a network's prefix *and* one
of its lengths *and* passes Luhn. Luhn alone is wrong: a tenth of all 16-digit references pass it. A number may stand
among other groups of digits ("4111 1111 1111 1111 12/29"), so every sequence of whole groups is looked at; of those
that overlap the leftmost counts, and of those that begin alike the longest. A group is never cut: 16 digits inside
a 23-digit acquirer reference are no card number.

Files read as sets go through the same rules in SQL: `storage/sql/card_numbers.sql` takes its patterns from here, and
a test holds the two together.

Source:
  Prefixes and lengths as the networks publish them, collected in ISO/IEC 7812 listings ("Payment card number",
  Wikipedia, read 2026-11) and in the open card-type tables of payment form libraries (credit-card-type, MIT). Left
  out on purpose: UATP (prefix 1, 15 digits) and the whole of Maestro's 50 and 56 to 69, which would take a tenth of
  all references for cards; of Maestro the prefixes in use are listed.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

SHORTEST, LONGEST = 13, 19


class Prefix(NamedTuple):
    """The numbers of one network from one prefix to another of the same width, and the lengths they have."""

    network: str
    first: str
    last: str
    lengths: tuple[int, ...]


_16_TO_19 = (16, 17, 18, 19)
_13_TO_19 = tuple(range(13, 20))

PREFIXES: tuple[Prefix, ...] = (
    Prefix("visa", "4", "4", (13, 16, 19)),
    Prefix("mastercard", "51", "55", (16,)),
    Prefix("mastercard", "2221", "2720", (16,)),
    Prefix("amex", "34", "34", (15,)),
    Prefix("amex", "37", "37", (15,)),
    Prefix("diners", "300", "305", (14, *_16_TO_19)),
    Prefix("diners", "309", "309", (14, *_16_TO_19)),
    Prefix("diners", "36", "36", (14, *_16_TO_19)),
    Prefix("diners", "38", "39", (14, *_16_TO_19)),
    Prefix("discover", "6011", "6011", _16_TO_19),
    Prefix("discover", "644", "649", _16_TO_19),
    Prefix("discover", "65", "65", _16_TO_19),
    Prefix("jcb", "3528", "3589", _16_TO_19),
    Prefix("jcb", "1800", "1800", (15,)),
    Prefix("jcb", "2131", "2131", (15,)),
    Prefix("unionpay", "62", "62", _16_TO_19),
    Prefix("unionpay", "810", "817", _16_TO_19),
    Prefix("maestro", "5000", "5000", _13_TO_19),
    Prefix("maestro", "5018", "5020", _13_TO_19),
    Prefix("maestro", "5038", "5038", _13_TO_19),
    Prefix("maestro", "5612", "5612", _13_TO_19),
    Prefix("maestro", "5893", "5893", _13_TO_19),
    Prefix("maestro", "6304", "6304", _13_TO_19),
    Prefix("maestro", "6390", "6390", _13_TO_19),
    Prefix("maestro", "6703", "6703", _13_TO_19),
    Prefix("maestro", "6759", "6763", _13_TO_19),
    Prefix("maestro", "6771", "6771", _13_TO_19),
    Prefix("maestro", "6799", "6799", _13_TO_19),
    Prefix("mir", "2200", "2204", _16_TO_19),
    Prefix("rupay", "508", "508", (16,)),
    Prefix("rupay", "6069", "6079", (16,)),
    Prefix("elo", "5066", "5067", (16,)),
    Prefix("elo", "509", "509", (16,)),
    Prefix("elo", "6362", "6363", (16,)),
    Prefix("hipercard", "6062", "6062", (13, 16, 19)),
    Prefix("verve", "5060", "5061", (16, 18, 19)),
    Prefix("troy", "9792", "9792", (16,)),
    Prefix("uzcard", "8600", "8600", (16,)),
    Prefix("humo", "9860", "9860", (16,)),
)

SPACES = " \u00a0\u2010\u2011\u2012\u2013\u2014\u2015-"
"""The spaces and dashes that may stand between digits."""

BETWEEN = f"[{SPACES}]{{0,3}}"
"""What may stand between two digits of one number: up to three of them, as in ` - `."""

CLEAN = "tok_[0-9a-f]{32}|[0-9]{6}[*]{3,9}[0-9]{4}"
"""A token, or a masked number: their digits never count, so that cleaning twice is cleaning once."""

PIECE = f"{CLEAN}|[0-9]+|[^0-9t]+|t"
"""What a text is cut into: a token or masked number, a group of digits, anything else (a token may begin at a t)."""


class Found(NamedTuple):
    """One card number in a text: where it begins and ends (excluded), and its digits alone."""

    start: int
    end: int
    digits: str


def find(text: str) -> list[Found]:
    """Give the card numbers of a text, from left to right; they do not overlap."""
    if not (_RUN.search(text) and _WITHIN.search(text)):
        return []
    pieces = list(_PIECE.finditer(text))
    found: list[Found] = []
    for place, first in enumerate(pieces):
        if found and first.start() < found[-1].end:
            continue
        for last in _ends(pieces, place):
            digits = _digits(text[first.start() : last.end()])
            if digits and _passes_luhn(digits):
                found.append(Found(first.start(), last.end(), digits))
                break
    return found


def mask(text: str) -> str:
    """Give the text with each card number as its first six digits, stars, and its last four."""
    return _replaced(text, _masked, find(text))


def _masked(digits: str) -> str:
    return f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"


def mask_digits(text: str) -> str:
    """Mask a text that is a card number by its place: first six and last four of its digits, a short one whole."""
    digits = re.sub("[^0-9]", "", text)
    return _masked(digits) if len(digits) >= SHORTEST else "*" * len(digits) or text


def mask_words(text: str) -> str:
    """Mask the card numbers that stand as words of their own, and no digits within letters, as in a signature."""
    if not _WORD_RUN.search(text):
        return text
    return _replaced(text, _masked, [number for number in find(text) if _is_word(text, number)])


def _is_word(text: str, number: Found) -> bool:
    return not (text[number.start - 1 : number.start].isalnum() or text[number.end : number.end + 1].isalnum())


def tokenise(text: str, token: Callable[[str], str]) -> str:
    """Give the text with each card number as its token, so that identifiers still join.

    Args:
      text: An identifier.
      token: Digits to token, the same everywhere in one home.
    """
    return _replaced(text, token, find(text))


def chance_per_million(length: int) -> int:
    """Say how many in a million random numbers of this length pass for a card number: what a column has by chance."""
    fitting = sum(
        (int(p.last) - int(p.first) + 1) * 1_000_000 // int(f"1{'0' * len(p.first)}")
        for p in PREFIXES
        if length in p.lengths
    )
    return fitting // 10  # one in ten passes Luhn


def _ends(pieces: list[re.Match[str]], place: int) -> list[re.Match[str]]:
    """Give the groups with which a number from this one on may end, the longest number first."""
    count = 0
    ends: list[re.Match[str]] = []
    for piece in pieces[place : place + 2 * LONGEST : 2]:  # groups, and what is between them, take turns
        count += len(piece.group())
        if count > LONGEST:
            break
        if count >= SHORTEST:
            ends.insert(0, piece)
    return ends


def _digits(text: str) -> str:
    """Give the digits of a text that has a network's prefix and length, spaces and dashes between; else nothing."""
    return re.sub("[^0-9]", "", text) if _NUMBER.match(text) else ""


def _passes_luhn(digits: str) -> bool:
    doubled = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    values = [int(digit) for digit in reversed(digits)]
    return (sum(values[0::2]) + sum(doubled[value] for value in values[1::2])) % 10 == 0


def _replaced(text: str, replacement: Callable[[str], str], numbers: Sequence[Found]) -> str:
    parts: list[str] = []
    end = 0
    for found in numbers:
        parts += text[end : found.start], replacement(found.digits)
        end = found.end
    return "".join([*parts, text[end:]]) if parts else text


def _prefix_pattern(first: str, last: str, between: str) -> str:
    """Match the prefixes from one to another, digit by digit."""
    if not first:
        return ""
    head = f"{first[0]}{between if first[1:] else ''}"
    if first[0] == last[0]:
        return head + _prefix_pattern(first[1:], last[1:], between)
    if set(first[1:]) <= {"0"} and set(last[1:]) <= {"9"}:
        return f"[{first[0]}-{last[0]}]" + f"{between}[0-9]" * len(first[1:])
    low = _prefix_pattern(first, first[0] + "9" * len(first[1:]), between)
    high = _prefix_pattern(f"{int(first[0]) + 1}" + "0" * len(first[1:]), last, between)
    return f"(?:{low}|{high})"


def _length_pattern(more: tuple[int, ...], between: str) -> str:
    """Match the further digits of any of several ascending counts."""
    fewest, *rest = more
    longer = _length_pattern(tuple(count - fewest for count in rest), between) if rest else ""
    return f"(?:{between}[0-9]){{{fewest}}}" + (f"(?:{longer})?" if longer else "")


def _number_pattern(between: str) -> str:
    """Match a prefix of four digits, then the rest; prefixes with the same lengths share it, to keep this small."""
    by_lengths: dict[tuple[int, ...], list[str]] = {}
    for p in PREFIXES:
        prefix = _prefix_pattern(p.first.ljust(4, "0"), p.last.ljust(4, "9"), between)
        by_lengths.setdefault(p.lengths, []).append(prefix)
    return "|".join(
        f"(?:{'|'.join(prefixes)})" + _length_pattern(tuple(length - 4 for length in lengths), between)
        for lengths, prefixes in by_lengths.items()
    )


WHOLE = f"^(?:{_number_pattern('')})$"
"""Digits alone, of a network's prefix and length; Luhn is still to be asked."""

WITHIN = f"(?:^|[^0-9]|{CLEAN})(?:{_number_pattern(BETWEEN)})(?:[^0-9]|$)"
"""A text that holds such digits in whole groups; says no to nearly all that hold no card number."""

_RUN = re.compile(f"[0-9](?:{BETWEEN}[0-9]){{{SHORTEST - 1}}}")
_WORD_RUN = re.compile(f"(?<![0-9A-Za-z])[0-9](?:{BETWEEN}[0-9]){{{SHORTEST - 1}}}")
_PIECE = re.compile(PIECE)
_NUMBER = re.compile(f"^(?:{_number_pattern(BETWEEN)})$")
_WITHIN = re.compile(WITHIN)
