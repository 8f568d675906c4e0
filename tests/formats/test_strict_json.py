"""JSON from outside is read strictly, or not at all."""

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.findings import Finding
from recoup.formats.strict_json import MESSAGE, Limits, decode, parse, shape


class Amount(msgspec.Struct):
    """A shape to decode into."""

    value: int
    currency: str = ""


class Lax(msgspec.Struct):
    """An amount that may be absent."""

    value: int | None


def check_of(found: object) -> str:
    """The code of a finding, or a word that no code is."""
    return found.check if isinstance(found, Finding) else f"accepted {found!r}"


def test_integers_stay_integers_and_fractions_become_decimals() -> None:
    """No float comes out, whatever goes in."""
    assert parse(b'{"a": 12, "b": 1.50, "c": -0, "d": 1e2}') == {
        "a": 12,
        "b": Decimal("1.50"),
        "c": 0,
        "d": Decimal(100),
    }


@pytest.mark.parametrize(
    ("body", "check"),
    [
        (b'{"value": 1, "value": 2}', "strict_json.duplicate_key"),
        (b'{"a": [{"b": {"c": 1, "c": 1}}]}', "strict_json.duplicate_key"),
        (b'{"a": 1, "\\u0061": 2}', "strict_json.duplicate_key"),
        (b'{"value": NaN}', "strict_json.constant"),
        (b'{"value": -Infinity}', "strict_json.constant"),
        (b'{"value": 1} {"value": 2}', "strict_json.syntax"),
        (b'{"value": 1', "strict_json.syntax"),
        (b"", "strict_json.syntax"),
        (b'{"value": 01}', "strict_json.syntax"),
        (b'{"value": 1_000}', "strict_json.syntax"),
        ('{"value": １}'.encode(), "strict_json.syntax"),
        (b'\xef\xbb\xbf{"value": 1}', "strict_json.syntax"),
        (b'{"value": "\xff"}', "strict_json.encoding"),
        ('{"value": 1}'.encode("utf-16"), "strict_json.encoding"),
        (b'{"value": "\\ud800"}', "strict_json.encoding"),
        (b"[" * 200_000 + b"]" * 200_000, "strict_json.depth"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "strict_json.depth"),
        (b'{"value": ' + b"9" * 5000 + b"}", "strict_json.number"),
        (b'{"value": 1e99999999999999999999}', "strict_json.number"),
        (b'"' + b"x" * (1 << 20) + b'"', "strict_json.size"),
    ],
)
def test_hostile_document_is_a_finding(body: bytes, check: str) -> None:
    """Each of these is read without complaint by one reader or another in the world."""
    assert check_of(parse(body)) == check


@pytest.mark.parametrize("value", ["10.5", "1e2", "true", '"10"', "null", "1e3000000"])
def test_only_an_integer_fits_an_integer_field(value: str) -> None:
    """An amount that is not a JSON integer is refused, not converted; nine bytes cannot stop the program."""
    found = decode(f'{{"value": {value}}}'.encode(), Amount, where="amount")
    assert check_of(found) == "strict_json.shape"
    assert isinstance(found, Finding)
    assert (found.where, found.wanted) == ("amount $.value", "a whole number")


@pytest.mark.parametrize(
    ("value", "found"),
    [("true", "true or false"), ('"10"', "text"), ("1e2", "a number with a fraction or an exponent"), ("[]", "a list")],
)
def test_a_field_that_does_not_fit_is_told_in_plain_words(value: str, found: str) -> None:
    """No names of types of a language that the reader may not know; and never the value itself."""
    told = shape(parse(f'{{"value": {value}}}'.encode()), Lax)
    assert isinstance(told, Finding)
    assert (told.found, told.wanted) == (found, "a whole number, or nothing")


def test_a_word_that_is_no_number_is_found_at_its_place() -> None:
    """The first one outside of texts."""
    found = parse(b'{"a": "NaN",\n "b": [1, NaN]}')
    assert isinstance(found, Finding)
    assert found.where == "body, line 2 column 11"


def test_missing_field_is_named() -> None:
    """The message says which field is missing."""
    found = decode(b"{}", Amount)
    assert isinstance(found, Finding)
    assert "value" in found.found


def test_brackets_within_texts_do_not_count_as_depth() -> None:
    """Free text may hold any number of brackets, escaped quotes among them."""
    text = '[{"' * 500 + '\\"' * 3
    body = json.dumps({"value": 1, "currency": text}).encode()
    assert decode(body, Amount) == Amount(1, text)


def test_whole_surrogate_pair_is_a_character() -> None:
    """A pair is one character beyond the basic plane, and passes."""
    assert parse(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_finding_never_holds_the_content() -> None:
    """What was sent as a value stays out of the message."""
    for body in (b'{"value": "4111111111111111"}', b'{"value": 4111111111111111.5}', b'{"value": 4111111111111111,'):
        found = decode(body, Amount)
        assert isinstance(found, Finding)
        assert "411111" not in found.where + found.found + found.wanted


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_what_json_writes_is_read_back(value: object) -> None:
    """Any document without fractions comes back as it was."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    found = parse(body, Limits(bytes_max=1 << 20, depth_max=200))
    assert found == value or check_of(found) == "strict_json.encoding"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_finding(body: bytes) -> None:
    """No input raises."""
    parse(body)


def test_depth_at_the_limit_passes() -> None:
    """The limit itself is allowed."""
    deep = b"[" * MESSAGE.depth_max + b"]" * MESSAGE.depth_max
    assert not isinstance(parse(deep), Finding)
    assert check_of(parse(b"[" + deep + b"]")) == "strict_json.depth"
