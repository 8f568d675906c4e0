import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.card_numbers import PREFIXES, chance_per_million, find, mask, tokenise

PUBLISHED = {
    "amex": ["378282246310005", "371449635398431", "343434343434343"],
    "diners": ["30569309025904", "38520000023237", "36227206271667"],
    "discover": ["6011111111111117", "6011000990139424", "6445644564456445"],
    "jcb": ["3530111333300000", "3566002020360505"],
    "maestro": ["6759649826438453", "6771798021000008", "6799990100000000019", "5000550000000029"],
    "mastercard": ["5555555555554444", "5105105105105100", "2223003122003222", "2720992593319364"],
    "unionpay": ["6200000000000005", "6205500000000000004", "8171999927660000"],
    "visa": ["4111111111111111", "4242424242424242", "4000056655665556", "4222222222222"],
}
"""Test numbers that networks and payment providers publish: they belong to nobody."""
NUMBERS = [number for numbers in PUBLISHED.values() for number in numbers]
numbers = st.sampled_from(NUMBERS)


def shown(number: str) -> str:
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


def token(digits: str) -> str:
    return f"tok_{int(digits) % 16**32:032x}"


@pytest.mark.parametrize("number", NUMBERS)
def test_published_test_numbers_are_found(number: str) -> None:
    """Alone, in fours, with dashes, in a sentence, between letters: masked to first six and last four."""
    fours = [number[at : at + 4] for at in range(0, len(number), 4)]
    for written in (number, " ".join(fours), "-".join(fours), " - ".join(fours), "\u00a0".join(fours)):
        assert mask(written) == shown(number)
        assert mask(f"paid with {written}, thanks") == f"paid with {shown(number)}, thanks"
        assert mask(f"PAN{written}x") == f"PAN{shown(number)}x"
        assert [found.digits for found in find(written)] == [number]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("4111 1111 1111 1111 12/29", "411111******1111 12/29"),
        ("4111111111111111 123", "411111******1111 123"),
        ("412 4111111111111111", "412 411111******1111"),
        ("4242 4111-1111 – 1111 1111", "4242 411111******1111"),
        ("4242 4242 4242 4242 4242 4242 4242 4242", "424242******4242 424242******4242"),
        ("4111111111111111,5555555555554444", "411111******1111,555555******4444"),
        ("4111111111111111\n5555555555554444", "411111******1111\n555555******4444"),
    ],
)
def test_numbers_among_other_digits_are_found(text: str, clean: str) -> None:
    """Expiry, check digits, an order number before, two numbers in a row: the numbers go, the rest stays."""
    assert mask(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # Luhn fails
        "1234567812345670",  # Luhn passes, no network
        "41111111111111",  # Visa has no 14 digits
        "8815513175100493",
        "74537604221222103518461",
        "2026-01-31 12:34:56.789012",
        "+49 30 1234567890",
        "DE89 3704 0044 0532 0130 00",
        "４１１１１１１１１１１１１１１１",  # full-width digits are no digits
        "4111    1111    1111    1111",  # columns of a table
        "4111\n1111\n1111\n1111",
        "4111.1111.1111.1111",
    ],
)
def test_other_digits_stay(text: str) -> None:
    """References, dates, telephone and bank account numbers are nobody's card."""
    assert find(text) == []
    assert mask(text) == tokenise(text, token) == text


def test_a_number_inside_a_longer_run_of_digits_is_none() -> None:
    """A group is never cut: acquirer references of 23 digits may hold anything."""
    assert mask("7" + "4111111111111111" + "000000") == "74111111111111111000000"


def test_ten_thousand_references_still_join() -> None:
    """16-digit references and 23-digit acquirer references survive, or at least join, and never collide."""
    chance = random.Random(20260131)
    references = [f"88{chance.randrange(10**14):014}" for _ in range(5_000)]
    references += ["7" + "".join(chance.choices(string.digits, k=22)) for _ in range(5_000)]
    clean = [tokenise(reference, token) for reference in references]
    assert clean == references
    anything = sorted({f"{chance.randrange(10**16):016}" for _ in range(10_000)})
    tokens = [tokenise(reference, token) for reference in anything]
    assert len(set(tokens)) == len(anything)
    assert tokens == [tokenise(reference, token) for reference in anything]


def test_chance_is_what_random_numbers_do() -> None:
    """The share that passes by accident is known, so that a column with many more hits can be told."""
    chance = random.Random(7)
    for length in (13, 15, 16, 19):
        hits = sum(bool(find("".join(chance.choices(string.digits, k=length)))) for _ in range(20_000))
        assert abs(hits * 50 - chance_per_million(length)) < 5_000
    assert 20_000 < chance_per_million(16) < 40_000


@given(st.lists(st.one_of(numbers, st.text(max_size=8), st.text("0123456789 -", max_size=20)), max_size=6))
def test_what_is_clean_stays_clean(parts: list[str]) -> None:
    """Whatever stands beside a number: cleaning twice is cleaning once, in both ways, and both ways together."""
    text = " ".join(parts)
    masked, replaced = mask(text), tokenise(text, token)
    assert mask(masked) == masked
    assert tokenise(replaced, token) == mask(replaced) == replaced


@given(st.text(max_size=30), numbers, st.text(max_size=30))
def test_no_published_number_survives_in_any_text(before: str, number: str, after: str) -> None:
    """However it is surrounded, unless digits touch it."""
    text = f"{before.rstrip(string.digits)}{number}{after.lstrip(string.digits)}"
    assert number not in mask(text)
    assert number not in tokenise(text, token)


@pytest.mark.parametrize("unit", ["4 ", "41 ", "4111111111111112 ", "4111 1111 1111 1111 ", "-", "4", "4tok_"])
def test_a_text_made_to_be_slow_is_not(unit: str) -> None:
    """Four times the text takes about four times the work, not sixteen times."""

    def seconds(times: int) -> float:
        text = unit * times
        began = time.process_time()
        find(text)
        return time.process_time() - began

    usual = min(seconds(2_000) for _ in range(3))
    assert min(seconds(8_000) for _ in range(3)) < 10 * usual + 0.01


def test_prefixes_are_written_alike() -> None:
    """First and last of a range have one width of at most four digits, and lengths ascend between 13 and 19."""
    for prefix in PREFIXES:
        assert len(prefix.first) == len(prefix.last) <= 4
        assert prefix.first <= prefix.last
        assert list(prefix.lengths) == sorted(set(prefix.lengths))
        assert set(prefix.lengths) <= set(range(13, 20))
