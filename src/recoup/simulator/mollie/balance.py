"""Mollie's running balance: every movement of ours in order of time, and the settlements that empty it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from recoup.domain.instants import local_day
from recoup.domain.money import render_major
from recoup.simulator.chance import Chance
from recoup.simulator.days import at_local, banking_day_after, is_banking_day, utc_text
from recoup.simulator.mollie.profile import CALENDAR, PARTNER, ZONE
from recoup.simulator.truth import Movement, Payment
from recoup.simulator.world import World, paid_on

SETTLED_CLOCK = "06:45"
_WORDS = {
    "dispute": "chargeback",
    "dispute_reversal": "chargeback-reversal",
    "refund": "refund",
    "adjustment": "balance-correction",
    "fee": "payment-fee",
}


class Moved(msgspec.Struct, frozen=True, gc=False):
    """One movement of the balance. Signed: money to us is positive; a fee is a cost above zero."""

    at: int
    id: str
    word: str
    gross_minor: int
    fee_minor: int
    context: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """The movement as the API shows it."""
        deducted = None if not self.fee_minor else euros(-self.fee_minor)
        return {
            "resource": "balance_transaction",
            "id": self.id,
            "type": self.word,
            "resultAmount": euros(self.gross_minor - self.fee_minor),
            "initialAmount": euros(self.gross_minor),
            "deductions": deducted,
            "createdAt": utc_text(self.at),
            "context": dict(self.context),
        }


class Settled(msgspec.Struct, frozen=True):
    """One settlement: what left the balance for the bank."""

    at: int
    id: str
    reference: str
    amount_minor: int
    arrives_on: dt.date

    def document(self) -> dict[str, Any]:
        """The settlement as the API shows it."""
        return {
            "resource": "settlement",
            "id": self.id,
            "reference": self.reference,
            "createdAt": utc_text(self.at),
            "settledAt": utc_text(self.at),
            "amount": euros(self.amount_minor),
            "status": "paidout",
        }


class Balance:
    """All that moves, and all that is settled, in order of time."""

    def __init__(self, world: World) -> None:
        self._world = world
        moved = sorted([*self._sales(), *self._movements()], key=lambda m: (m.at, m.id))
        self.settlements = list(self._settlements(moved))
        sent = [_sent(settled) for settled in self.settlements]
        self.moved = sorted([*moved, *sent], key=lambda m: (m.at, m.id))

    def _sales(self) -> Iterator[Moved]:
        shop = self._world.shops[PARTNER]
        for day in self._world.days():
            if paid_on(PARTNER, day) >= self._world.plan.first_day:
                yield from (_sale(payment) for payment in shop.sales(day).payments())

    def _movements(self) -> Iterator[Moved]:
        for m in self._world.movements(PARTNER):
            yield Moved(m.at, m.id, _WORDS[m.kind], m.gross_minor, m.fee_minor, _context(m))

    def _settlements(self, moved: list[Moved]) -> Iterator[Settled]:
        """What is paid out each banking day; a debt is carried to the next."""
        due: dict[dt.date, int] = {}
        for one in moved:
            if one.id not in self._world.left_out:
                day = paid_on(PARTNER, local_day(one.at, ZONE))
                due[day] = due.get(day, 0) + one.gross_minor - one.fee_minor
        owed = 0
        for day in self._world.days():
            if day >= self._world.plan.first_day and is_banking_day(day, CALENDAR):
                owed += due.get(day, 0)
                if owed > 0:
                    yield _settled(self._world.plan.seed, day, owed)
                    owed = 0


def _sale(p: Payment) -> Moved:
    fee = (p.amount_minor * 18 + 500) // 1000 + 25
    return Moved(p.captured_at, f"baltr_{p.ref[3:]}", "payment", p.amount_minor, fee, {"paymentId": p.ref})


def _context(m: Movement) -> dict[str, str]:
    told = {"paymentId": m.payment.ref if m.payment else None, "chargebackId": m.case_id}
    if m.kind == "refund":
        told["refundId"] = m.source
    return {name: value for name, value in told.items() if value is not None}


def _settled(seed: int, day: dt.date, amount: int) -> Settled:
    word = Chance(seed, "mollie", "settlement", day.isoformat()).word()
    reference = f"1234567.{day:%y%m}.{day:%d}"
    arrives_on = banking_day_after(day, 1, CALENDAR)
    return Settled(at_local(day, SETTLED_CLOCK, ZONE), f"stl_{word}", reference, amount, arrives_on)


def _sent(settled: Settled) -> Moved:
    context = {"settlementId": settled.id}
    return Moved(settled.at, f"baltr_{settled.id[4:]}", "outgoing-transfer", -settled.amount_minor, 0, context)


def euros(minor: int) -> dict[str, str]:
    """An amount as Mollie writes it."""
    return {"currency": "EUR", "value": render_major(minor, "EUR")}
