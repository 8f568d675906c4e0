"""A bank telling our direct debits: a status report of each order that came back in part, a statement of each day."""

import datetime as dt
from collections import defaultdict

from recoup.domain.calendar import business_day_from, calendar
from recoup.domain.instants import local_day
from recoup.simulator.bank_wire import Credit
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.columns import total
from recoup.simulator.days import ONE_DAY, at_local, banking_day_after, is_banking_day
from recoup.simulator.payments import Sales
from recoup.simulator.sepa import wire
from recoup.simulator.sepa.profile import ACCOUNT, CALENDAR, PARTNER, PROFILE, ZONE, collected_on
from recoup.simulator.truth import Case, Movement, Refund
from recoup.simulator.world import World

STATUS_CLOCK = "17:20"
"""Local time of the afternoon at which the bank tells what came back on a day."""
CLOSING_CLOCK = "23:10"
FIRST_STATEMENT = 5201
OPENING_MINOR = 40_000_000
ACCOUNT_FEE_MINOR = 1250
"""What the bank takes on the last banking day of each month: 12.50 EUR."""


class Teller:
    """All that the bank sends of one world's direct debits."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._world = world
        self._channel = channel
        self._orders: dict[dt.date, wire.Order] = {}
        self._cases: dict[dt.date, list[Case]] = defaultdict(list)
        self._returns: dict[dt.date, list[tuple[Case, Movement]]] = defaultdict(list)
        for case in world.cases_at(PARTNER):
            self._cases[local_day(case.opened_at + case.told_late_by, ZONE)].append(case)
            for debit in case.movements:
                if debit.is_told:
                    self._returns[local_day(debit.at, ZONE)].append((case, debit))
        self._refunds: dict[dt.date, list[Refund]] = defaultdict(list)
        for refund in world.refunds:
            if refund.payment.partner == PARTNER:
                day = business_day_from(calendar(CALENDAR), local_day(refund.at, ZONE))
                self._refunds[day].append(refund)
        self._balance = OPENING_MINOR
        self._number = FIRST_STATEMENT

    def take(self, sales: Sales) -> None:
        """Order the collections of one day."""
        self._orders[sales.day.day] = _order(sales)

    def close(self, day: dt.date) -> None:
        """On a banking day: tell what came back, and book it with what was collected."""
        if not is_banking_day(day, CALENDAR):
            return
        self._report(day)
        self._state(day)

    def finish(self) -> list[Credit]:
        """Nothing is paid out: the account is our own."""
        return []

    def _report(self, day: dt.date) -> None:
        by_order: dict[dt.date, list[Case]] = defaultdict(list)
        for case in self._cases[day]:
            by_order[case.payment.day].append(case)
        created_at = at_local(day, STATUS_CLOCK, ZONE)
        for number, (ordered_on, cases) in enumerate(sorted(by_order.items()), start=1):
            order = self._order_of(ordered_on)
            body = wire.status_report(order, cases, collected_on(ordered_on), created_at, number)
            name = f"pain002_{day:%Y%m%d}_{order.message}.xml"
            keys = {day.isoformat(), *(case.id for case in cases)}
            self._send("status", name, created_at + number * 1_000_000, body, keys)

    def _order_of(self, day: dt.date) -> wire.Order:
        if day not in self._orders:
            self._orders[day] = _order(self._world.shops[PARTNER].sales(day))
        return self._orders[day]

    def _state(self, day: dt.date) -> None:
        bookings = [
            wire.collected(order, order.count - len(rejected), order.sum_minor - sum(c.amount_minor for c in rejected))
            for order in self._orders.values()
            if collected_on(order.day) == day
            for rejected in [self._rejected(order.day)]
        ]
        returns = self._returns[day]
        if returns:
            bookings.append(wire.returned(returns))
        bookings += [wire.refunded(refund.ref, refund.amount_minor) for refund in self._refunds[day]]
        if banking_day_after(day, 1, CALENDAR).month != day.month:
            bookings.append(wire.account_fee(ACCOUNT_FEE_MINOR))
        body = wire.statement(day, self._number, self._balance, bookings, at_local(day, CLOSING_CLOCK, ZONE))
        self._balance += sum(booking.amount_minor for booking in bookings)
        name = f"camt053_{day:%Y%m%d}_{self._number}.xml"
        keys = {day.isoformat(), *(case.id for case, _ in returns)}
        self._send("statements", name, at_local(day + ONE_DAY, PROFILE.report_clock, ZONE), body, keys)
        self._number += 1

    def _rejected(self, ordered_on: dt.date) -> list[Case]:
        heard_on = banking_day_after(ordered_on, 1, CALENDAR)
        return [c for c in self._cases[heard_on] if c.life == "rejected" and c.payment.day == ordered_on]

    def _send(self, feed: str, name: str, at: int, body: bytes, keys: set[str]) -> None:
        sent = Sent(f"{PARTNER}/{feed}/{name}", PARTNER, feed, at, ACCOUNT, frozenset(keys))
        self._channel.send(sent, body)


def _order(sales: Sales) -> wire.Order:
    return wire.Order(sales.day.day, sales.count, total(sales.amount_minor))
