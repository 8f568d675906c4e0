"""Runbooks: for each class of cause what to look at and what to do, as data in `runbooks.toml`.

A break's likeliest class chooses its runbook. The page docs/reference/runbooks.md is written from it.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from types import MappingProxyType

import msgspec

from recoup.controls.classes import BY_NAME, UNKNOWN

FILE = "runbooks.toml"


class Runbook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to look at and what to do, each a sentence."""

    look: tuple[str, ...]
    do: tuple[str, ...]
    tell: str | None = None
    """What a ticket tells the partner; None where the cause is no partner's matter."""
    ask: tuple[str, ...] = ()
    """What a ticket asks of the partner."""
    is_claim: bool = False
    """The money in question should come back."""


class Entry(msgspec.Struct, frozen=True):
    """One runbook with its class, and the command that looks first."""

    name: str
    cause: str
    command: str
    look: tuple[str, ...]
    do: tuple[str, ...]
    tell: str | None = None
    ask: tuple[str, ...] = ()
    is_claim: bool = False


@cache
def runbooks() -> Mapping[str, Runbook]:
    """Give every runbook by its class."""
    text = resources.files("recoup.controls").joinpath(FILE).read_text(encoding="utf-8")
    return MappingProxyType(msgspec.convert(tomllib.loads(text), dict[str, Runbook]))


def runbook(classes: Sequence[str]) -> Entry:
    """Give the runbook of the likeliest class that has one."""
    books = runbooks()
    name = next((one for one in classes if one in books and one in BY_NAME), UNKNOWN)
    known = BY_NAME[name]
    book = books[name]
    return Entry(name, known.cause, known.look, book.look, book.do, book.tell, book.ask, book.is_claim)
