"""What a profile is: all that the world must know of one partner before anyone writes a byte of what it sends.

A profile is a value: where the partner is, when it pays, what it takes, how its cases go and how it names things. How
it tells them is in the wire writers of the same folder. All profiles are in `profiles.py`.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec
import pyarrow.compute as pc

from recoup.simulator import columns
from recoup.simulator.chance import Chance, word
from recoup.simulator.columns import LETTERS, Column, digits, four_letters, joined
from recoup.simulator.lives import Life
from recoup.simulator.truth import Payment

Cadence = Literal["daily", "banking_daily", "weekly", "monthly"]


class Fee(msgspec.Struct, frozen=True):
    """One fee as the contract has it."""

    kind: str
    amount_minor: int
    currency: str
    borne_by: str


class Schedule(msgspec.Struct, frozen=True):
    """When a file of a feed is due: the day after the one it reports on."""

    feed: str
    cadence: Cadence
    due_time: str
    has_sequence: bool = False


class Terms(msgspec.Struct, frozen=True):
    """A contract that is true of the world."""

    days: Mapping[str, int] = {}
    """How many banking days each step may take, with a day to spare."""
    fees: tuple[Fee, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    release: str | None = None


class BankAccount(msgspec.Struct, frozen=True):
    """One account of ours at a bank, for one currency, to which a partner pays."""

    account: str
    currency: str
    zone: str
    calendar: str
    first_statement: int
    """Its statements are numbered on from here; their names differ from those of all other accounts by it."""
    opening_minor: int


class PaymentName(msgspec.Struct, frozen=True):
    """How references of payments are made: a prefix, a word of twelve, the number of the payment, a suffix."""

    prefix: str = ""
    tail: Literal["digits", "letters"] = "digits"
    """Seven digits; or four letters for a number below 65,536, which repeat after it: the word tells them apart."""
    suffix: str = ""

    def of(self, bits: int, number: int) -> str:
        """The reference of a payment, from its bits and its number."""
        return f"{self.prefix}{word(bits)}{self._tail(number)}{self.suffix}"

    def column(self, bits: Column, numbers: Column) -> Column:
        """The references of many payments."""
        tail = digits(numbers, 7)
        if self.tail == "letters":
            tail = four_letters().take(pc.bit_wise_and(numbers, (1 << 16) - 1))
        return joined(self.prefix, columns.word(bits), tail, self.suffix)

    def _tail(self, number: int) -> str:
        if self.tail == "digits":
            return f"{number:07}"
        return "".join(LETTERS[number >> shift & 15] for shift in (12, 8, 4, 0))


class Naming(msgspec.Struct, frozen=True):
    """How a partner names things; each name follows from the seed alone."""

    payment: PaymentName
    case: Callable[[str, Chance], str] | None
    """(kind, chance) -> id of a case; None where a case is named by the reference of its payment."""
    refund: Callable[[Chance], str]
    movement: Callable[[str, Chance], str]
    """(what moved: a case or refund, chance) -> id of a movement, which is that of its source where it has none."""


class Profile(msgspec.Struct, frozen=True):
    """One partner as the world knows it."""

    partner: str
    letter: str
    """Which stands in the ids of the house's payments; no two profiles share one."""
    account: str
    zone: str
    calendar: str
    """When its banks are open."""
    currency: str
    """In which it settles."""
    banks: tuple[BankAccount, ...]
    """Where it pays to; the first in its own currency, others for those that it pays out as they are."""
    brands: tuple[str, ...]
    """What is paid with, eight of them, the usual more than once."""
    sells: Mapping[str, tuple[int, int]]
    """Currencies of sales beside the one that it settles in: the first number of a day, and each so many after it; the
    first that fits counts."""
    naming: Naming
    lives: tuple[Life, ...]
    later: str
    """The life of the dispute that follows a notice."""
    due_days: tuple[int, int]
    """Days to answer in, at least and at most: all lives are answered while three of them are left."""
    payout_days: int
    """After how many banking days what moved is paid out."""
    report_clock: str
    """Local time of the morning on which we get the report that shows a movement."""
    terms: Terms
    charges: Mapping[str, int] = {}
    """What it takes for each leg, in minor units of the currency it settles in."""
    opens: Callable[[Life, Payment, int], int] | None = None
    """(life, payment, instant drawn) -> when a case opens, where its scheme leaves no choice."""
    is_told_by_report: bool = False
    """The house, too, learns what happened only from the report of the morning after."""
    key: tuple[str, str] | None = None
    """Name and secret with which it signs its messages."""
    api_key: str | None = None
    """What opens its API; None where it has none that is simulated."""

    @property
    def own_batches(self) -> frozenset[str]:
        """Currencies that it pays out as they are, in batches for which no fee is agreed."""
        return frozenset(bank.currency for bank in self.banks) - {self.currency}
