"""Stripe's payouts: what it pays out, its list of payouts, the payout reconciliation report."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow.compute as pc

from recoup.domain.instants import DAY, MINUTE, SECOND, local_day
from recoup.domain.money import render_major
from recoup.simulator import columns
from recoup.simulator.chance import Chance
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.columns import Column
from recoup.simulator.days import ONE_DAY, at_local, banking_day_after, days_from, is_banking_day, utc_text
from recoup.simulator.payments import Sales
from recoup.simulator.rates import SCALE, rate_e8
from recoup.simulator.rows import Rows, text_of
from recoup.simulator.stripe.profile import ACCOUNT, CALENDAR, PARTNER, PROFILE, ZONE
from recoup.simulator.stripe.wire import BRANDS, LISTED_DAYS, SWEEP_CLOCK, intent_of, send_pages
from recoup.simulator.truth import Movement, Payment
from recoup.simulator.world import World, paid_on

REPORT_HEADER = (
    "automatic_payout_effective_at,automatic_payout_id,available_on,balance_transaction_id,charge_id,created,currency,"
    "description,fee,gross,net,payment_intent_id,payment_metadata[external_identifier],payment_method_type,card_brand,"
    "card_country,card_funding,reporting_category,source_id,trace_id_status,customer_facing_amount,customer_facing_currency"
)


class Payout(msgspec.Struct):
    """One payout to the bank, as Stripe makes it."""

    id: str
    amount_minor: int
    paid_on: dt.date
    created_at: int
    arrives_on: dt.date


def write_payout_pages(world: World, channel: Channel, payouts: Sequence[Payout]) -> None:
    """Send what our daily look at the list of payouts fetched."""
    for day in days_from(world.plan.first_day, world.plan.days):
        fetched_at = at_local(day, SWEEP_CLOCK, ZONE) + 2 * MINUTE
        recent = [p for p in reversed(payouts) if fetched_at - LISTED_DAYS * DAY <= p.created_at <= fetched_at]
        send_pages(
            channel, "payouts", "/v1/payouts", day, fetched_at, [(p.id, payout_object(p, fetched_at)) for p in recent]
        )


def payout_object(payout: Payout, now: int) -> dict[str, Any]:
    """A payout as the API shows it at an instant."""
    arrives_at = at_local(payout.arrives_on, "00:00", "UTC")
    return {
        "id": payout.id,
        "object": "payout",
        "amount": payout.amount_minor,
        "application_fee": None,
        "arrival_date": arrives_at // SECOND,
        "automatic": True,
        "balance_transaction": f"txn_1{payout.id[4:]}",
        "created": payout.created_at // SECOND,
        "currency": "usd",
        "description": "STRIPE PAYOUT",
        "destination": "ba_1MarketplaceUSD",
        "failure_balance_transaction": None,
        "failure_code": None,
        "livemode": True,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "completed",
        "source_type": "card",
        "statement_descriptor": None,
        "status": "paid" if now >= arrives_at + DAY // 2 else "in_transit",
        "type": "bank_account",
    }


class Till:
    """What Stripe owes us, gathered until it is paid out."""

    def __init__(self, world: World, channel: Channel) -> None:
        self.payouts: list[Payout] = []
        self._world = world
        self._channel = channel
        self._rows: dict[dt.date, list[Rows]] = {}
        self._net: dict[dt.date, int] = {}
        self._keys: dict[dt.date, set[str]] = {}
        self._carried: tuple[list[Rows], int, set[str]] = ([], 0, set())
        for movement in world.movements(PARTNER):
            self._take_movement(movement)

    def take(self, sales: Sales) -> None:
        """Take the sales of one day in the account's zone."""
        day = sales.day.day
        pay_day = paid_on(PARTNER, day)
        if pay_day < self._world.plan.first_day:
            return
        rates = [rate_e8(self._world.plan.seed, c, "USD", day) if c != "USD" else SCALE for c in sales.currencies]
        gross = columns.converted(sales.amount_minor, sales.kind, sales.currencies, "USD", rates)
        fee = pc.add(pc.divide(pc.add(pc.multiply(gross, 29), 500), 1000), 30)
        net = pc.subtract(gross, fee)
        self._rows.setdefault(pay_day, []).append(_sale_rows(sales, gross, fee, net, f"{pay_day} 00:00:00"))
        self._net[pay_day] = self._net.get(pay_day, 0) + columns.total(net)

    def _take_movement(self, movement: Movement) -> None:
        pay_day = paid_on(PARTNER, local_day(movement.at, ZONE))
        net = 0 if movement.id in self._world.left_out else movement.net_minor
        self._rows.setdefault(pay_day, []).append(_movement_row(movement, f"{pay_day} 00:00:00"))
        self._net[pay_day] = self._net.get(pay_day, 0) + net
        about = {movement.id, movement.case_id} - {None}
        self._keys.setdefault(pay_day, set()).update(key for key in about if key)

    def close(self, day: dt.date) -> None:
        """On a banking day: pay out what is due, and report it the morning after; a debt is carried to the next day."""
        if not is_banking_day(day, CALENDAR):
            return
        rows, net, cases = self._carried
        rows = rows + self._rows.pop(day, [])
        net += self._net.pop(day, 0)
        cases = cases | self._keys.pop(day, set())
        self._carried = ([], 0, set())
        payout = self._pay(day, net) if net > 0 else None
        if payout is None:
            self._carried = (rows, net, cases)
        self._report(day, payout, rows if payout else [], cases)

    def _pay(self, day: dt.date, net: int) -> Payout:
        chance = Chance(self._world.plan.seed, "payout", day.isoformat())
        payout = Payout(
            id=f"po_1{chance.word()}{chance.word()[:9]}",
            amount_minor=net,
            paid_on=day,
            created_at=at_local(day, "03:00", ZONE),
            arrives_on=banking_day_after(day, 1, CALENDAR),
        )
        self.payouts.append(payout)
        return payout

    def _report(self, day: dt.date, payout: Payout | None, rows: list[Rows], cases: set[str]) -> None:
        named = f"{payout.arrives_on} 00:00:00,{payout.id}," if payout else ""
        body = text_of([REPORT_HEADER]) + text_of(rows, before=named)
        keys = {day.isoformat(), *cases} | ({payout.id} if payout else set())
        received_at = at_local(day + ONE_DAY, PROFILE.report_clock, ZONE)
        path = f"stripe/payout_report/payout_reconciliation_{day}.csv"
        sent = Sent(path, PARTNER, "payout_report", received_at, ACCOUNT, frozenset(keys))
        self._channel.send(sent, body)


def transaction_of(payment: Payment) -> str:
    """The balance transaction of a sale."""
    return f"txn_3{payment.ref[4:-1]}T"


def _sale_rows(sales: Sales, gross: Column, fee: Column, net: Column, available: str) -> Column:
    """The rows of all sales of a day, each up to the payout that comes before it."""
    inner = pc.utf8_slice_codeunits(sales.ref, start=4, stop=-1)
    created = columns.wall(sales.second, 0)
    brand = pc.replace_substring(sales.brand, "mc", BRANDS["mc"])
    facing = pc.if_else(
        columns.pick([currency == "USD" for currency in sales.currencies], sales.kind),
        ",",
        columns.joined(columns.major(sales.amount_minor, sales.places), ",", pc.utf8_lower(sales.currency)),
    )
    return columns.joined(
        *(available, ",txn_3", inner, "T,", sales.ref, ",", created, ",usd,Payment ", sales.id, ","),
        *(columns.two(fee), ",", columns.two(gross), ",", columns.two(net), ",pi_3", inner, "P,", sales.id, ",card,"),
        *(brand, ",", sales.country, ",credit,charge,", sales.ref, ",supported,", facing),
    )


def _movement_row(m: Movement, available: str) -> str:
    amounts = ",".join(render_major(value, m.currency) for value in (m.fee_minor, m.gross_minor, m.net_minor))
    p = m.payment
    named = f"{intent_of(p)},{p.id},card,{BRANDS[p.brand]},{p.country},credit" if p else ",,,,,"
    charge = p.ref if p else ""
    seen = _facing(m.original_minor or m.gross_minor, m.original_currency or m.currency, m.currency)
    return (
        f"{available},{m.id},{charge},{_created(m.at)},{m.currency.lower()},{m.text},{amounts},{named},"
        f"{m.kind},{m.source},supported,{seen}"
    )


def _facing(minor: int, currency: str, settled: str) -> str:
    """What the customer saw, in two columns; empty where nothing was converted."""
    return "," if currency == settled else f"{render_major(minor, currency)},{currency.lower()}"


def _created(at: int) -> str:
    """Times in the report are UTC."""
    return utc_text(at).replace("T", " ")[:-1]
