"""Which disputes, which breaks: what a person or program may ask for, as values that are checked once.

A selection says nothing of order or output. What it names is checked against the vocabulary of the domain, so that
a slip of the pen is a message and not an empty list.
"""

import re
from typing import get_args

import msgspec

from recoup.domain.instants import DAY, HOUR, MINUTE
from recoup.domain.lifecycle import OUTCOMES, STAGES
from recoup.domain.money import canonical_currency, parse_major, parse_minor
from recoup.domain.observation import Kind
from recoup.errors import MoneyRefused, UsageProblem

KINDS: tuple[str, ...] = get_args(Kind)
OPEN = "open"
"""As an outcome: not decided yet."""
HIDDEN_KINDS = ("notice",)
"""Kinds that are listed only when asked for: a notice is counted, but it is no dispute."""

_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_SPAN = re.compile(r"([0-9]{1,4})([mhdw])")
_AMOUNT = re.compile(r"([0-9.]+) ?([A-Za-z]{3})?")


class AtLeast(msgspec.Struct, frozen=True):
    """A least amount in minor units, of one currency or, with None, of whichever."""

    minor: int
    currency: str | None = None

    def admits(self, minor: int | None, currency: str | None) -> bool:
        """Say whether an amount, of either sign, is as large."""
        return minor is not None and abs(minor) >= self.minor and self.currency in (None, currency)


class Disputes(msgspec.Struct, frozen=True):
    """Which disputes; what is None does not narrow."""

    partner: str | None = None
    merchant: str | None = None
    due_within: int | None = None
    """Microseconds from now; what is overdue counts too."""
    min_money: AtLeast | None = None
    stage: str | None = None
    outcome: str | None = None
    """One of the outcomes, or `open`."""
    kind: str | None = None


class Breaks(msgspec.Struct, frozen=True):
    """Which breaks; what is None does not narrow."""

    partner: str | None = None
    merchant: str | None = None
    due_within: int | None = None
    min_money: AtLeast | None = None
    owner: str | None = None
    class_: str | None = None
    """A fault class that stands anywhere in a break's ranked list."""
    is_all: bool = False
    """Closed, known and snoozed ones too."""
    id: str | None = None
    """The id of one break, or its beginning; found whatever its status."""


def parse_span(text: str, where: str = "--due-within") -> int:
    """Read a span of time, `72h`, `3d`, `90m`, `2w`, as microseconds.

    Raises:
      UsageProblem: Anything else.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise UsageProblem(where, repr(text[:40]), "a number and m, h, d or w, like 72h")
    return int(found.group(1)) * _UNITS[found.group(2)]


def parse_at_least(text: str, where: str = "--min-money") -> AtLeast:
    """Read a least amount: `5000` is minor units of any currency, `50.00EUR` an amount of one.

    Raises:
      UsageProblem: Anything else.
    """
    found = _AMOUNT.fullmatch(text)
    try:
        if found is None:
            raise UsageProblem(where, repr(text[:40]), "minor units, like 5000, or an amount, like 50.00EUR")
        number, code = found.groups()
        if code is None:
            return AtLeast(parse_minor(number))
        currency = canonical_currency(code)
        return AtLeast(parse_major(number, currency), currency)
    except MoneyRefused as problem:
        raise UsageProblem(where, problem.found, problem.wanted) from problem


def check_disputes(selection: Disputes) -> Disputes:
    """Give the selection back if every word in it is one of ours.

    Raises:
      UsageProblem: A stage, outcome or kind that there is not; the message lists those that there are.
    """
    _check("--stage", selection.stage, STAGES)
    _check("--outcome", selection.outcome, (OPEN, *OUTCOMES))
    _check("--kind", selection.kind, KINDS)
    return selection


def _check(where: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise UsageProblem(where, repr(value[:40]), f"one of {' '.join(allowed)}")
