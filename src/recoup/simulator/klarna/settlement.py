"""Klarna's settlement report: a summary that must add up, and under it the transactions; one for each payout.

Names of columns are those of docs.klarna.com; see `recoup/partners/klarna/README.md`. Costs are above zero.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

import msgspec

from recoup.domain.instants import local_day
from recoup.domain.money import render_major
from recoup.partners.klarna.wire import TOTALS
from recoup.simulator.chance import Chance
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.days import ONE_DAY, at_local, banking_day_after, is_banking_day, utc_text
from recoup.simulator.klarna.profile import ACCOUNT, CALENDAR, PARTNER, PROFILE, ZONE
from recoup.simulator.payments import Sales
from recoup.simulator.truth import Movement, Payment
from recoup.simulator.world import World, paid_on

COLUMNS = (
    "type,capture_date,sale_date,order_id,capture_id,merchant_reference1,amount,posting_currency,detailed_type,"
    "reversal_reference"
).replace(",", ";")
_HEAD = ("payment_reference", "settlement_currency", "payout_date", "merchant_id", "merchant_settlement_type")
_KINDS = {
    "dispute": ("REVERSAL", "reversal", -1, "REVERSAL"),
    "dispute_reversal": ("CREDIT", "credit", 1, "CORRECTION_DISPUTE"),
    "refund": ("RETURN", "return", -1, "PURCHASE_RETURN"),
    "adjustment": ("CREDIT", "credit", 1, "CREDIT"),
    "fee": ("FEE", "fee", -1, "FEE"),
}
"""For each kind of movement: type of row, the total it is in, which way that counts for us, detailed type."""
PAID_CLOCK = "02:30"


class Payout(msgspec.Struct, frozen=True):
    """One payout and its report."""

    reference: str
    amount_minor: int
    arrives_on: dt.date


class Till:
    """What Klarna owes us, gathered until it is paid out."""

    def __init__(self, world: World, channel: Channel) -> None:
        self.payouts: list[Payout] = []
        self._world = world
        self._channel = channel
        self._open: dict[dt.date, _Rows] = {}
        self._debt = 0
        for movement in world.movements(PARTNER):
            rows = self._rows(paid_on(PARTNER, local_day(movement.at, ZONE)))
            rows.add_movement(movement, is_counted=movement.id not in world.left_out)

    def take(self, sales: Sales) -> None:
        """Take the sales of one day in the account's zone."""
        pay_day = paid_on(PARTNER, sales.day.day)
        if pay_day >= self._world.plan.first_day:
            rows = self._rows(pay_day)
            for payment in sales.payments():
                rows.add_sale(payment)

    def _rows(self, day: dt.date) -> "_Rows":
        return self._open.setdefault(day, _Rows())

    def close(self, day: dt.date) -> None:
        """On a banking day: pay out what is due, and report it; what is owed to Klarna becomes a debt."""
        if not is_banking_day(day, CALENDAR):
            return
        rows = self._open.pop(day, _Rows())
        net = rows.net()
        repaid = min(self._debt, max(0, net))
        deposit = max(0, -net)
        self._debt += deposit - repaid
        rows.totals["repay"], rows.totals["deposit"] = repaid, deposit
        chance = Chance(self._world.plan.seed, "klarna", "payout", day.isoformat())
        payout = Payout(f"KP{chance.word()}", net - repaid + deposit, banking_day_after(day, 1, CALENDAR))
        if payout.amount_minor:
            self.payouts.append(payout)
        self._report(day, payout, rows)

    def _report(self, day: dt.date, payout: Payout, rows: "_Rows") -> None:
        names = [*_HEAD, *(f"total_{name}_amount" for name, _ in TOTALS), "total_settlement_amount"]
        paid_at = at_local(day, PAID_CLOCK, ZONE)
        values = [payout.reference, "EUR", utc_text(paid_at), ACCOUNT, "NET"]
        values += [_euros(rows.totals[name]) for name, _ in TOTALS] + [_euros(payout.amount_minor)]
        body = "\r\n".join([";".join(names), ";".join(values), "", COLUMNS, *rows.lines, ""])
        at = at_local(day + ONE_DAY, PROFILE.report_clock, ZONE)
        path = f"klarna/settlement_report/settlement_{day}_{payout.reference}.csv"
        keys = {day.isoformat(), payout.reference, *rows.keys}
        self._channel.send(Sent(path, PARTNER, "settlement_report", at, ACCOUNT, frozenset(keys)), body.encode())


class _Rows:
    """Rows of one report in the making, and their totals."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.totals: Counter[str] = Counter()
        self.keys: set[str] = set()

    def net(self) -> int:
        """What the rows come to for us."""
        return sum(direction * self.totals[name] for name, direction in TOTALS)

    def add_sale(self, p: Payment) -> None:
        """Add a sale, and the fee for it."""
        fee = (p.amount_minor * 29 + 500) // 1000 + 35
        self._add(("SALE", "sale", "SALE"), p, p.captured_at, p.amount_minor, "")
        self._add(("FEE", "fee", "PURCHASE_FEE_PERCENTAGE"), p, p.captured_at, fee, "")

    def add_movement(self, m: Movement, *, is_counted: bool) -> None:
        """Add a movement, and the fee for it on a row of its own."""
        kind, total, direction, detail = _KINDS[m.kind]
        dispute = m.case_id or ""
        before = Counter(self.totals)
        self._add((kind, total, detail), m.payment, m.at, direction * m.gross_minor, dispute)
        if m.fee_minor:
            self._add(("FEE", "fee", "DISPUTE_FEE"), m.payment, m.at, m.fee_minor, dispute)
        if not is_counted:
            self.totals = before
        self.keys.update(key for key in (m.id, m.case_id) if key)

    def _add(self, words: tuple[str, str, str], p: Payment | None, at: int, amount: int, dispute: str) -> None:
        kind, total, detail = words
        self.totals[total] += amount
        named = (p.ref, f"{p.ref}c", p.id, utc_text(p.captured_at)) if p else ("", "", "", "")
        order, capture, ours, sold = named
        self.lines.append(
            ";".join([kind, utc_text(at), sold, order, capture, ours, _euros(amount), "EUR", detail, dispute])
        )


def _euros(minor: int) -> str:
    return render_major(minor, "EUR")


def arriving(payouts: Sequence[Payout]) -> list[tuple[Payout, str]]:
    """What arrives at the bank, with the text that is on the statement."""
    return [(payout, f"KLARNA {payout.reference}") for payout in payouts]
