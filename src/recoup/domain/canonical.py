"""Canonical JSON: one text for one value, so that hashes of it can be compared.

Keys sorted, no blanks, UTF-8, integers as they are. Floats are refused: no value
of ours holds one.
"""

from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="deterministic")


def canonical(value: Any) -> str:
    """Canonical JSON text of dicts, lists, texts, integers, booleans and None."""
    return _ENCODER.encode(value).decode()


def parse(text: str) -> Any:
    """The value of a canonical JSON text."""
    return msgspec.json.decode(text)
