"""What is true in the simulated world, before anyone tells it: merchants, payments, cases, movements of money.

Faults may bend these values (they are mutable for that reason alone); the wire
writers only read them. Money is in minor units of its currency, instants are
microseconds UTC.
"""

import datetime as dt

import msgspec


class Merchant(msgspec.Struct, frozen=True):
    """One seller on the marketplace."""

    id: str
    name: str
    currency: str
    is_short: bool
    """Keeps so little on its balance that a debit is only partly covered."""


class Payment(msgspec.Struct, frozen=True, gc=False):
    """One captured payment."""

    id: str
    """The house's own id."""
    ref: str
    """The partner's reference: `ch_...` at Stripe, the PSP reference at Adyen."""
    partner: str
    merchant: int
    """Place in the list of merchants."""
    amount_minor: int
    currency: str
    captured_at: int
    day: dt.date
    """Day in the zone of the partner's account."""
    brand: str
    country: str


class Movement(msgspec.Struct, gc=False):
    """One movement on our balance at a partner, other than a sale. Signed: money to us is positive."""

    id: str
    kind: str
    """refund | dispute | dispute_reversal | adjustment | fee"""
    at: int
    gross_minor: int
    fee_minor: int
    currency: str
    payment: Payment | None = None
    case_id: str | None = None
    leg: str | None = None
    """`d1`, `c1`, `d2`"""
    original_minor: int | None = None
    """In the currency of the payment, where the movement was converted."""
    original_currency: str | None = None
    rate_e8: int | None = None
    """Units of `currency` for one unit of the original, times 10**8."""
    source: str = ""
    text: str = ""
    is_told: bool = True
    """Whether the partner tells it where it tells about the dispute; a fault may keep it quiet."""

    @property
    def net_minor(self) -> int:
        """What moves the balance."""
        return self.gross_minor - self.fee_minor


class Step(msgspec.Struct, gc=False):
    """One thing that happens in the life of a case."""

    word: str
    at: int


class Case(msgspec.Struct):
    """One dispute or fraud notice with its whole life, told or still to come."""

    id: str
    partner: str
    kind: str
    """dispute | notice"""
    payment: Payment
    amount_minor: int
    currency: str
    cause: str
    """fraud | not_received | not_as_described | duplicate | credit"""
    network_code: str
    arn: str
    life: str
    steps: list[Step]
    dues: list[tuple[int, int]] = []
    """(from when, by when): the times to answer by, one for each stage that asks us something."""
    movements: list[Movement] = []
    due_told: str = "said"
    """said | zero: how the partner tells the due time."""
    status_told: dict[str, str | None] = {}
    """Words that the partner uses for a step in place of its usual one; a fault sets them."""
    code_told: str | None = None
    """The reason code that the partner tells in place of the true one; a fault sets it."""
    amount_told: int | None = None
    """The amount that the partner tells in place of the true one; a fault sets it."""
    told_late_by: int = 0
    """Microseconds by which the partner tells the opening late."""

    @property
    def opened_at(self) -> int:
        """When the partner opened it."""
        return self.steps[0].at

    def due_at(self, now: int) -> int | None:
        """By when we must answer, as it stands at an instant; None where nothing is asked."""
        return next((due for since, due in reversed(self.dues) if since <= now), None)

    def step_at(self, word: str) -> int | None:
        """When a step happens, None where it never does."""
        return next((step.at for step in self.steps if step.word == word), None)

    def movement(self, leg: str) -> Movement | None:
        """The movement of a leg, None where there is none."""
        return next((m for m in self.movements if m.leg == leg), None)

    def said_amount(self) -> int:
        """The amount as the partner tells it."""
        return self.amount_minor if self.amount_told is None else self.amount_told


class Refund(msgspec.Struct, gc=False):
    """One refund that the house made."""

    id: str
    payment: Payment
    amount_minor: int
    at: int
    ref: str
    movement: Movement


class HouseLine(msgspec.Struct, gc=False):
    """One movement that the house books on a merchant's balance: a debit is negative."""

    id: str
    merchant: int
    kind: str
    """dispute_debit | dispute_credit | dispute_fee | other"""
    partner: str
    case_id: str | None
    payment: str | None
    amount_minor: int
    currency: str
    at: int
    leg: str | None = None
    short_minor: int = 0


class Trouble(msgspec.Struct, frozen=True):
    """Something that is wrong with a partner's API for a while; a fault sets it."""

    partner: str
    word: str
    """down | slow | error_body | moved | refuse | bare | throttle | quota | elsewhere | hide | lag | window | double |
    cursor"""
    since: int
    until: int
    about: frozenset[str] = frozenset()
    """Disputes that are left out."""
    by: int = 0
    """Microseconds, where the word asks for them."""


class Plan(msgspec.Struct, frozen=True):
    """What was asked for."""

    seed: int
    first_day: dt.date
    days: int
    payments_per_day: int
    disputes_per_10k: int
    partners: tuple[str, ...]
    """Those of its partners that take payments, in the order of the registry."""
    calls: bool = False
    """Partners' APIs are asked while its days are lived through; else what our sweeps fetched lies among the files."""
