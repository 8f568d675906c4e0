"""What shows a break, as a break keeps it: the symptoms of one control and class together, with what they are about.

The explanation of a break says in a sentence what it explains; here stand the
legs, batches, money, disputes and deliveries of that, so that none of it is
lost once the cause is found. Lists are bounded; what is left out is counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from recoup.domain.canonical import canonical
from recoup.domain.money import Amount

LISTED_MAX = 200
"""So many ids stand in each list: a day has fewer batches, and more of anything else nobody reads in a row."""


class Symptoms(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """What one control saw that one cause explains. Ids in order; amounts in minor units, positive."""

    control: str
    class_: str
    """The class that it would have had by itself."""
    things: int
    """How many things of this kind."""
    disputes: tuple[str, ...] = ()
    legs: tuple[str, ...] = ()
    """`<dispute>:<leg>`."""
    batches: tuple[str, ...] = ()
    """`<partner>:<account>:<batch, payout, or line that names neither>`."""
    deliveries: tuple[str, ...] = ()
    amounts: tuple[Amount, ...] = ()
    left_out: int = 0
    """How many ids the lists leave out."""


def bounded(ids: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """Give ids once and in order, as many as are listed, and how many are left out."""
    known = sorted(set(ids))
    return tuple(known[:LISTED_MAX]), max(0, len(known) - LISTED_MAX)


def as_text(shown: Sequence[Symptoms]) -> str:
    """As table break_ has them: canonical JSON."""
    return canonical(msgspec.to_builtins(list(shown)))


def read(shown: Mapping[str, Any]) -> Symptoms:
    """Give what one element of that text says."""
    return msgspec.convert(shown, Symptoms)


def of_text(text: str) -> tuple[Symptoms, ...]:
    """Read what `as_text` wrote."""
    return msgspec.json.decode(text, type=tuple[Symptoms, ...])
