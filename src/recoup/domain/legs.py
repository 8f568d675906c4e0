"""The money movements of a dispute: what a partner told, and what the fold makes of it.

A leg is one movement with its cycle: the first debit is `d1`, the credit that
answers it `c1`, a second debit `d2`. Legs are never netted. What a partner
*told* about legs rides on an observation; what it *settled* are money lines.
"""

from typing import Literal

import msgspec

LegKind = Literal["debit", "credit", "hold", "release", "fee", "tax", "compensation"]

_SHORT: dict[str, str] = {
    "debit": "d",
    "credit": "c",
    "hold": "h",
    "release": "r",
    "fee": "f",
    "tax": "t",
    "compensation": "x",
}


class Told(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One leg as one observation told it. Amounts are positive minor units; the leg kind gives the direction."""

    leg: LegKind
    cycle: int
    amount_minor: int
    currency: str
    ref: str | None = None
    """The partner's id of the movement, where it said one (a balance transaction id)."""
    is_provisional: bool = False
    """The partner says that it may take this credit again."""


class Leg(msgspec.Struct, frozen=True, gc=False):
    """One announced leg of a folded dispute: latest amount told, earliest time told."""

    leg: LegKind
    cycle: int
    amount_minor: int
    currency: str
    announced_at: int
    ref: str | None
    is_provisional: bool

    @property
    def name(self) -> str:
        """`d1`, `c1`, `d2`: how clearing accounts are kept and breaks speak."""
        return leg_name(self.leg, self.cycle)


def leg_name(leg: str, cycle: int) -> str:
    """The short name of a leg: first letter and cycle."""
    return f"{_SHORT[leg]}{cycle}"


_TOLD = msgspec.json.Decoder(tuple[Told, ...])
_LEGS = msgspec.json.Decoder(tuple[Leg, ...])
_ENCODER = msgspec.json.Encoder()


def write_told(told: tuple[Told, ...]) -> str | None:
    """Canonical JSON for the register's column, None when nothing was told."""
    return _ENCODER.encode(told).decode() if told else None


def read_told(text: str | None) -> tuple[Told, ...]:
    """The legs an observation told, from the register's column."""
    return _TOLD.decode(text) if text else ()


def write_legs(legs: tuple[Leg, ...]) -> str:
    """Canonical JSON of the announced legs of a dispute, in order of leg and cycle."""
    return _ENCODER.encode(legs).decode()


def read_legs(text: str) -> tuple[Leg, ...]:
    """The announced legs of a dispute, from the register's column."""
    return _LEGS.decode(text)
