"""Values as every face shows them to programs: JSON integers, instants as text in UTC, null where nothing is.

One rule serves all answers: a field named `at` or `…_at` is an instant in microseconds and becomes
`2026-01-31T23:30:00.000000Z`; a truth stays one. So no answer has to spell its own JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from recoup.domain.instants import render_instant


def document(value: Any) -> Any:
    """Give a value as dicts, lists, texts, integers, booleans and None, ready to be encoded."""
    if isinstance(value, msgspec.Struct):
        return {name: _field(name, getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(name): _field(str(name), inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [document(inner) for inner in value]
    return value


def is_instant(name: str) -> bool:
    """Say whether a field of this name holds an instant."""
    return name == "at" or name.endswith("_at")


def _field(name: str, value: Any) -> Any:
    if is_instant(name) and isinstance(value, int) and not isinstance(value, bool):
        return render_instant(value)
    return document(value)
