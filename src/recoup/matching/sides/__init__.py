"""The sides of the built-in pairs: each a SELECT over the data sources, with the columns of `rule.SIDE_COLUMNS`."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

_READS = re.compile(r"^-- Reads: (.+)\.$", re.MULTILINE)
_SAYS = re.compile(r"^-- (.+)$", re.MULTILINE)


class Side(msgspec.Struct, frozen=True):
    """One side: its SELECT and the data sources that it reads."""

    name: str
    says: str
    reads: tuple[str, ...]
    sql: str


@cache
def sides() -> Mapping[str, Side]:
    """Give every side by its name."""
    return {path.stem: _side(path) for path in sorted(Path(__file__).parent.glob("*.sql"))}


def side_names() -> tuple[str, ...]:
    """Give the names of all sides."""
    return tuple(sides())


def _side(path: Path) -> Side:
    text = path.read_text(encoding="utf-8")
    says, reads = _SAYS.match(text), _READS.search(text)
    assert says is not None, f"{path.name} opens with what one row is"
    assert reads is not None, f"{path.name} says what it reads"
    return Side(path.stem, says[1], tuple(reads[1].split(", ")), text)
