"""What a matching rule says, as values: pairs of sides, keys, amounts, windows, and what a rule may confirm.

Nothing here runs or reads anything; `load.py` reads these values from TOML and refuses what could not be meant.
"""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

SIDE_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "item": "VARCHAR",
        "partner": "VARCHAR",
        "account": "VARCHAR",
        "merchant": "VARCHAR",
        "currency": "VARCHAR",
        "amount_minor": "BIGINT",
        "fee_minor": "BIGINT",
        "on_day": "DATE",
        "reference": "VARCHAR",
        "other_reference": "VARCHAR",
        "batch": "VARCHAR",
        "text": "VARCHAR",
    }
)
"""What a line of either side says; `item` names it on its side, amounts are signed as our money moves."""
KEY_COLUMNS = ("reference", "other_reference", "batch", "item", "text")
"""Columns that name something; the others only say where or how much."""
WITHIN_COLUMNS = ("partner", "account", "merchant", "currency")

SideName = Literal["left", "right"]
Kind = Literal["pair", "group", "lump", "few"]
Accept = Literal["only", "best"]
Normal = Literal["trim", "upper", "unpad", "letters_and_digits", "digits"]
Sign = Literal["same", "opposite"]
Role = Literal["partner", "books"]


class _Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Read from TOML; a word that nobody knows is refused."""


class Key(_Said, frozen=True, rename={"normal": "as"}):
    """A column of either side that must say the same, after both were written the same way."""

    left: str
    right: str
    normal: tuple[Normal, ...] = ("trim",)


class Amount(_Said, frozen=True):
    """How amounts are compared: exactly, or within a tolerance; both, and the smaller of the two counts."""

    tolerance_minor: int = 0
    tolerance_bps: int | None = None
    """Of which side's amount: `of`."""
    of: SideName = "left"
    less_fee: SideName | None = None
    """The side whose fee is taken off before its amount is compared."""


class Window(_Said, frozen=True):
    """How many days the right line may lie before and after the left one; business days where a calendar is named."""

    days_before: int = 0
    days_after: int = 0
    calendar: str | None = None


class Fx(_Said, frozen=True):
    """The left amount is converted at the rate of its day; the right one may lie within a band around it."""

    source: str
    band_bps: int


class Margin(_Said, frozen=True):
    """By how much the best candidate must beat the runner-up to be confirmed: in money, or in days where money ties."""

    minor: int = 1
    days: int = 1


class Lump(_Said, frozen=True):
    """One line that is the sum of several of the other side."""

    one: SideName
    size_max: int = 4
    candidates_max: int = 40


class Few(_Said, frozen=True):
    """A few lines that are a few of the other side: two or three with two or three, among so many open ones."""

    size_max: int = 3
    lines_max: int = 8


class Rule(_Said, frozen=True, rename={"valid_from": "from", "valid_to": "to"}):
    """One rule of a pair. Rules run in the order in which they stand."""

    name: str
    says: str
    kind: Kind = "pair"
    valid_from: dt.date | None = None
    """First day of left lines that it is for; `valid_to` is the first that it is not for any more."""
    valid_to: dt.date | None = None
    keys: tuple[Key, ...] = ()
    within: tuple[str, ...] = ()
    """Columns that must be equal beside the pair's own."""
    amount: Amount = Amount()
    window: Window | None = None
    accept: Accept = "only"
    margin: Margin = Margin()
    suggests: bool = False
    """It may support a candidate and never confirms one."""
    rare: bool = False
    """Confirm only where no other line of either side has the amount within the window, matched or not."""
    left_lacks: tuple[str, ...] = ()
    """Only lines that say nothing in these columns."""
    right_lacks: tuple[str, ...] = ()
    left_max: int | None = None
    """Of a group: so many lines at most."""
    right_max: int | None = None
    lump: Lump | None = None
    few: Few | None = None
    fx: Fx | None = None


class Waits(_Said, frozen=True):
    """How long a line may be alone before it is a break; until then it is timing."""

    days: int
    calendar: str | None = None


class Pair(_Said, frozen=True):
    """Two sides that tell of the same money, and how their lines meet."""

    name: str
    says: str
    left: str
    right: str
    left_is: Role
    right_is: Role
    within: tuple[str, ...]
    """Lines meet only where these columns are equal."""
    waits: Waits
    owner: str = "reconciliation"
    """Who looks at what is left open."""
    sign: Sign = "same"
    """Whether money to us has the same sign on both sides, or the opposite one."""
    identity: Key | None = None
    """The key that names one thing on both sides: what differs under it is one break, not two."""
    compares_fees: bool = False
    """Both sides tell the fee; lines that match and differ in it are a break."""


class RuleSet(msgspec.Struct, frozen=True):
    """A pair with its rules, as one file tells them."""

    pair: Pair
    rules: tuple[Rule, ...]
    digest: str
    """SHA-256 of the file that it came from."""
