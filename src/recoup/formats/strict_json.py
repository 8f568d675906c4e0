"""JSON from outside: read strictly, or not at all.

Python's and most other readers take the last of two equal keys, read `NaN`, turn `12.50` into a
float and recurse as deep as they are told to. Here size and depth are looked at before anything
is parsed, a key stands once in its object, integers stay integers, and a number with a fraction
becomes a Decimal, which no integer field takes. Text is UTF-8 without a byte order mark. What is
wrong comes back as a finding that names the place and never the content.
"""

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from recoup.domain.findings import Finding

T = TypeVar("T")


class Limits(msgspec.Struct, frozen=True):
    """How large and how deep a document may be."""

    bytes_max: int
    depth_max: int


MESSAGE = Limits(bytes_max=1 << 20, depth_max=32)
"""One webhook: partners send a few KiB, nested ten deep at most."""
PAGE = Limits(bytes_max=32 << 20, depth_max=32)
"""One page of a list: up to a hundred objects, each with up to 150,000 characters of evidence."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKET = re.compile(r"[\[{\]}]")
_SURROGATE = re.compile(r"\\u[dD][89abAB]")
_TYPES = re.compile(r"`([a-z]+(?: \| [a-z]+)*)`")
_WORDS = {
    "int": "a whole number",
    "decimal": "a number with a fraction or an exponent",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "null": "nothing",
    "array": "a list",
    "object": "an object",
}
_PLACE = re.compile(r" - at `(.*)`$")


class _Refused(ValueError):
    """Raised by the hooks of the parser below, caught in this file alone."""


def parse(body: bytes, limits: Limits = MESSAGE, where: str = "body") -> Any | Finding:
    """Give the document as dicts, lists, texts, integers, Decimals, booleans and None, or what is wrong with it.

    Args:
      body: The bytes as they came.
      limits: Size and depth beyond which nothing is parsed.
      where: How a finding names the document.
    """
    if len(body) > limits.bytes_max:
        return Finding("strict_json.size", where, f"{len(body)} bytes", f"at most {limits.bytes_max}")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        return Finding("strict_json.encoding", f"{where}, byte {error.start + 1}", "bytes that are not UTF-8", "UTF-8")
    if (depth := _depth(text, limits.depth_max)) > limits.depth_max:
        return Finding("strict_json.depth", where, f"nesting of more than {depth - 1}", f"at most {limits.depth_max}")
    return _parse(text, where)


def shape(value: Any, kind: type[T], where: str = "body") -> T | Finding:
    """Give a parsed value as a typed one, or the first field that does not fit its type."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message = str(error)
        place = _PLACE.search(message)
        said = message[: place.start()] if place else message
        at = f"{where} {place.group(1)}" if place else where
        wanted, _, found = said.removeprefix("Expected ").partition(", got ")
        if not found:
            return Finding("strict_json.shape", at, said, "the documented shape")
        return Finding("strict_json.shape", at, _plainly(found), _plainly(wanted))


def _plainly(said: str) -> str:
    """What the parser says of types, in words of whoever reads the message: "a whole number, or nothing"."""
    return _TYPES.sub(lambda found: ", or ".join(_WORDS.get(word, word) for word in found[1].split(" | ")), said)


def decode(body: bytes, kind: type[T], limits: Limits = MESSAGE, where: str = "body") -> T | Finding:
    """Give the document as a typed value, or what is wrong with it: `parse`, then `shape`."""
    value = parse(body, limits, where)
    return value if isinstance(value, Finding) else shape(value, kind, where)


def _parse(text: str, where: str) -> Any | Finding:
    try:
        value = _DECODER.decode(text)
        if _SURROGATE.search(text):
            msgspec.json.encode(value)  # half of a surrogate pair is no character: no store could hold it
    except json.JSONDecodeError as error:
        at = f"{where}, line {error.lineno} column {error.colno}"
        return Finding("strict_json.syntax", at, error.msg.lower(), "one JSON document")
    except _Refused as error:
        check, found, wanted = error.args
        at = f"{where}, {_place_of(found, text)}" if check == "strict_json.constant" else where
        return Finding(check, at, found, wanted)
    except UnicodeEncodeError:
        return Finding("strict_json.encoding", where, "half of a surrogate pair", "whole characters")
    except (ValueError, ArithmeticError):
        return Finding("strict_json.number", where, "a number too long to be read", "at most 4300 digits")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("strict_json.duplicate_key", f"{_repeated(key for key, _ in pairs)} twice", "each key once")
    return found


def _repeated(keys: Iterable[str]) -> str:
    """Name the first key that stands twice, shortened: a key is the sender's text too."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return f"the key {key[:40]!r}"
        seen.add(key)
    return "a key"


def _place_of(constant: str, text: str) -> str:
    """Where a word stands first that is not within a text."""
    at = _STRING.sub(lambda told: " " * len(told[0]), text).index(constant)
    return f"line {text.count(chr(10), 0, at) + 1} column {at - text.rfind(chr(10), 0, at)}"


def _no_constant(name: str) -> Any:
    raise _Refused("strict_json.constant", name, "a number of JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=Decimal, parse_constant=_no_constant)


def _depth(text: str, depth_max: int) -> int:
    """Say how deep the document nests, without parsing it; anything up to `depth_max` may be said as 0."""
    if text.count("[") + text.count("{") <= depth_max:
        return 0
    depth = deepest = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        deepest = max(deepest, depth)
        if deepest > depth_max:
            break
    return deepest
