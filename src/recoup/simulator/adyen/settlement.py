"""Adyen's settlement details report: one file per batch, with the payout that closes it.

Columns are those of real exports (2025 layout) up to the booking date; amounts are decimals of major units.
"""

import datetime as dt
from collections.abc import Sequence

import msgspec
import pyarrow.compute as pc

from recoup.domain.instants import MINUTE, local_day
from recoup.domain.money import exponent, render_major
from recoup.simulator import columns
from recoup.simulator.adyen.profile import ACCOUNT, CALENDAR, COMPANY, PARTNER, PROFILE, ZONE
from recoup.simulator.adyen.wire import captures_of, send_report, zones_of
from recoup.simulator.chance import Chance
from recoup.simulator.channel import Channel
from recoup.simulator.columns import Column
from recoup.simulator.days import (
    ONE_DAY,
    at_local,
    banking_day_after,
    is_banking_day,
    wall_text,
    zone_text,
)
from recoup.simulator.payments import Sales
from recoup.simulator.rates import SCALE, rate_e8, rate_text
from recoup.simulator.rows import Rows, csv_row, text_of
from recoup.simulator.truth import Movement
from recoup.simulator.world import World, paid_on, settled_in

FIRST_BATCH = 412
SETTLEMENT_COLUMNS = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,"
    "Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,"
    "Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),"
    "Payment Method Variant,Modification Merchant Reference,Batch Number,Reserved4,Reserved5,Reserved6,Reserved7,"
    "Reserved8,Reserved9,Reserved10,Booking Date,Booking Date TimeZone"
)
_TYPES = {"refund": "Refunded", "dispute_reversal": "ChargebackReversed", "adjustment": "ManualCorrected", "fee": "Fee"}


class Batch(msgspec.Struct):
    """One settlement batch and the payout that closes it."""

    number: int
    amount_minor: int
    currency: str
    paid_on: dt.date
    arrives_on: dt.date


# --- settlement details ------------------------------------------------------------------------


class Till:
    """What Adyen owes us, gathered by currency until a batch closes."""

    def __init__(self, world: World, channel: Channel) -> None:
        self.batches: list[Batch] = []
        self._world = world
        self._channel = channel
        self._number = FIRST_BATCH
        self._open: dict[tuple[dt.date, str], _Rows] = {}
        self._carried: dict[str, _Rows] = {}
        for movement in world.movements(PARTNER):
            self._take_movement(movement)

    def take(self, sales: Sales) -> None:
        """Take the sales of one day in the account's zone."""
        day = sales.day
        pay_day = paid_on(PARTNER, day.day)
        if pay_day < self._world.plan.first_day:
            return
        seed = self._world.plan.seed
        rates = [rate_e8(seed, c, "EUR", day.day) if c in ("USD", "KWD") else SCALE for c in sales.currencies]
        euro = columns.converted(sales.amount_minor, sales.kind, sales.currencies, "EUR", rates)
        gross = pc.if_else(columns.pick([c == "JPY" for c in sales.currencies], sales.kind), sales.amount_minor, euro)
        fees = _sale_fees(gross)
        net = pc.subtract(pc.subtract(pc.subtract(gross, fees[0]), fees[1]), fees[2])
        told = _sale_rows(sales, gross, fees, net, rates)
        for target in ("EUR", "JPY"):
            is_paid = columns.pick([settled_in(PARTNER, c) == target for c in sales.currencies], sales.kind)
            if pc.any(is_paid).as_py():
                rows = self._rows(pay_day, target)
                rows.net += columns.total(pc.filter(net, is_paid))
                rows.lines.append(pc.filter(told, is_paid))

    def _rows(self, pay_day: dt.date, currency: str) -> "_Rows":
        rows = self._open.get((pay_day, currency))
        if rows is None:
            rows = self._open[pay_day, currency] = _Rows()
        return rows

    def _take_movement(self, movement: Movement) -> None:
        rows = self._rows(paid_on(PARTNER, local_day(movement.at, ZONE)), movement.currency)
        rows.lines.append(_movement_row(movement))
        rows.keys |= {key for key in (movement.id, movement.case_id) if key}
        if movement.id not in self._world.left_out:
            rows.net += movement.net_minor

    def close(self, day: dt.date) -> None:
        """On a banking day: close a batch in euro; on the last one of a week, one in yen as well."""
        if not is_banking_day(day, CALENDAR):
            return
        self._close(day, "EUR", is_due=True)
        ends_week = banking_day_after(day, 1, CALENDAR).isocalendar().week != day.isocalendar().week
        self._close(day, "JPY", is_due=ends_week)

    def _close(self, day: dt.date, currency: str, *, is_due: bool) -> None:
        rows = self._carried.pop(currency, _Rows()).with_(self._open.pop((day, currency), _Rows()))
        if not is_due or rows.net <= 0:
            self._carried[currency] = rows
            return
        batch = Batch(self._number, rows.net, currency, day, banking_day_after(day, 1, CALENDAR))
        self._number += 1
        self.batches.append(batch)
        self._report(batch, rows)

    def _report(self, batch: Batch, rows: "_Rows") -> None:
        booked_at = at_local(batch.paid_on, "22:15", ZONE)
        booked = f"{batch.number},,,,,,,,{wall_text(booked_at, ZONE)},{zone_text(booked_at, ZONE)}"
        told = [*rows.lines, _payout_row(batch, booked_at)]
        body = text_of([SETTLEMENT_COLUMNS]) + text_of(told, after=booked)
        name = f"settlement_detail_report_batch_{batch.number}.csv"
        at = at_local(batch.paid_on + ONE_DAY, PROFILE.report_clock, ZONE) + (batch.currency == "JPY") * 3 * MINUTE
        keys = {batch.paid_on.isoformat(), batch_key(batch), batch.currency, *rows.keys}
        send_report(self._world, self._channel, "settlement_detail", name, at, body, keys)


class _Rows(msgspec.Struct):
    """Rows of a batch in the making, each up to the batch number, and their sum."""

    lines: list[Rows] = []
    net: int = 0
    keys: set[str] = msgspec.field(default_factory=set)

    def with_(self, other: "_Rows") -> "_Rows":
        return _Rows(self.lines + other.lines, self.net + other.net, self.keys | other.keys)


def batch_key(batch: Batch) -> str:
    """How faults and labels call a batch."""
    return f"batch {batch.number}"


def payout_reference(batch: Batch) -> str:
    """The text with which Adyen pays a batch out."""
    return f"TX{Chance('payout', batch.number).word()}XT batch {batch.number}, {ACCOUNT}"


def _sale_fees(gross: Column) -> tuple[Column, Column, Column]:
    """Markup, scheme fees and interchange of sales; the first two are a hundredth at least."""

    def share(bps: int) -> Column:
        return pc.divide(pc.add(pc.multiply(gross, bps), 5_000), 10_000)

    return pc.max_element_wise(share(60), 1), pc.max_element_wise(share(12), 1), share(25)


def _sale_rows(
    sales: Sales, gross: Column, fees: tuple[Column, Column, Column], net: Column, rates: Sequence[int]
) -> Column:
    """The rows of all sales of a day, each up to the batch number."""
    offsets = columns.offsets(sales.day, sales.second)
    head = columns.joined(
        *(f"{COMPANY},{ACCOUNT},", sales.ref, ",", sales.id, ",", sales.brand, ","),
        *(columns.wall(sales.second, offsets), ",", zones_of(sales), ",Settled,", captures_of(sales), ","),
    )
    places = columns.pick([exponent(settled_in(PARTNER, c)) for c in sales.currencies], sales.kind)
    texts = {rate: "1" if rate == SCALE else rate_text(rate) for rate in rates}
    paid = columns.pick([settled_in(PARTNER, c) for c in sales.currencies], sales.kind)
    return columns.joined(
        *(head, sales.currency, ",,", columns.major(sales.amount_minor, sales.places), ","),
        *(columns.pick([texts[rate] for rate in rates], sales.kind), ",", paid, ",,", columns.major(net, places), ",,"),
        *(piece for fee in fees for piece in (columns.major(fee, places), ",")),
        *(sales.brand, ",,"),
    )


def _movement_row(m: Movement) -> str:
    """One line that is no sale: gross in its own currency, net in that of the batch, cost as markup."""
    p = m.payment
    gross, currency = (
        (m.gross_minor, m.currency) if m.original_minor is None else (m.original_minor, str(m.original_currency))
    )
    markup = "" if m.fee_minor == 0 else render_major(m.fee_minor, m.currency)
    rate = "1" if m.rate_e8 is None else rate_text(m.rate_e8)
    named = [p.ref, p.id, p.brand] if p else ["", "", ""]
    row = [
        COMPANY, ACCOUNT, *named, wall_text(m.at, ZONE), zone_text(m.at, ZONE), type_of(m), m.source or m.text,
        currency, *_debit_credit(gross, currency), rate, m.currency, *_debit_credit(m.net_minor, m.currency),
        "", markup, "", "", p.brand if p else "", "",
    ]  # fmt: skip
    return csv_row(row) + ","


def type_of(m: Movement) -> str:
    """Adyen's word for a movement."""
    if m.kind == "dispute":
        return "SecondChargeback" if m.leg == "d2" else "Chargeback"
    return _TYPES[m.kind]


def _debit_credit(minor: int, currency: str) -> tuple[str, str]:
    """A signed amount in two columns."""
    text = render_major(abs(minor), currency)
    return (text, "") if minor < 0 else ("", text)


def _payout_row(batch: Batch, booked_at: int) -> str:
    net = render_major(batch.amount_minor, batch.currency)
    row = [
        COMPANY, ACCOUNT, "", "", "", wall_text(booked_at, ZONE), zone_text(booked_at, ZONE), "MerchantPayout",
        payout_reference(batch), "", "", "", "", batch.currency, net, "", "", "", "", "", "", "",
    ]  # fmt: skip
    return csv_row(row) + ","
