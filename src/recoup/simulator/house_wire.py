"""The house's own files, in the layout that `recoup/partners/house/README.md` documents."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from recoup.domain.instants import MINUTE, SECOND, day_end, local_day
from recoup.domain.money import render_major
from recoup.partners.house import wire
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.columns import Column, joined, major, pick, total, utc
from recoup.simulator.days import ONE_DAY, at_local, days_from, utc_text
from recoup.simulator.payments import Sales
from recoup.simulator.profiles import PROFILES
from recoup.simulator.rows import Rows, text_of
from recoup.simulator.truth import HouseLine, Refund
from recoup.simulator.world import World

PARTNER = "house"
ACCOUNT = "house"
ZONE = "Europe/Amsterdam"
FILE_CLOCK = "02:10"
"""Local time of the night in which the house writes the files of the day before."""
T = TypeVar("T", Refund, HouseLine)
_MINUTES = {"merchants": 0, "payments": 1, "refunds": 2, "allocations": 3, "ledger": 4}


class Ledger:
    """Rows of one file and the totals that close it."""

    def __init__(self, feed: str) -> None:
        self._feed = feed
        self._columns: tuple[str, ...] = wire.COLUMNS[feed]
        self._rows: list[Rows] = []
        self._sums: Counter[str] = Counter()
        self._lines: Counter[str] = Counter()

    def add(self, row: str, amount_minor: int = 0, currency: str = "") -> None:
        """Add one row with the amount that it counts for."""
        self._rows.append(row)
        self._sums[currency] += amount_minor
        self._lines[currency] += 1

    def add_block(self, rows: Column, amounts_minor: Column, currencies: Column) -> None:
        """Add a column of rows with what they count for."""
        self._rows.append(rows)
        for currency in pc.unique(currencies).to_pylist():
            amounts = pc.filter(amounts_minor, pc.equal(currencies, currency))
            self._sums[currency] += total(amounts)
            self._lines[currency] += len(amounts)

    def body(self) -> bytes:
        """The whole file."""
        return text_of([",".join(self._columns), *self._rows, *self._totals()])

    def _totals(self) -> Iterable[str]:
        if "amount" not in self._columns or not self._lines:
            return [self._total({"lines": str(self._lines.total())})]
        return [
            self._total({"amount": render_major(self._sums[c], c), "currency": c, "lines": str(self._lines[c])})
            for c in sorted(self._lines)
        ]

    def _total(self, values: dict[str, str]) -> str:
        return ",".join("total" if name == "record" else values.get(name, "") for name in self._columns)


class Payments:
    """The house's payments, by the day in its own zone."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._world = world
        self._channel = channel
        self._merchants = [merchant.id for merchant in world.merchants]
        self._waiting: list[_Block] = []
        for name, shop in world.shops.items():
            for day in world.old[name].days:
                self.take(shop.sales(day, world.old[name].each))

    def take(self, sales: Sales) -> None:
        """Take sales through any partner."""
        told = _payment_rows(sales, self._merchants)
        block = _Block(told, sales.second, sales.amount_minor, sales.currency, sales.id)
        unknown = self._world.unknown_payments
        if unknown:
            block = block.where(pc.invert(pc.is_in(sales.id, pa.array(sorted(unknown)))))
        self._waiting.append(block)

    def write(self, day: dt.date) -> None:
        """Send the file of one day of the house; the one before the first day holds all that came before."""
        if day < self._world.plan.first_day - ONE_DAY:
            return
        until = day_end(day, ZONE) // SECOND
        file = Ledger("payments")
        waiting = []
        for block in self._waiting:
            is_past = pc.less_equal(block.second, until)
            past = block.where(is_past)
            file.add_block(past.rows, past.amount_minor, past.currency)
            if len(past.rows) < len(block.rows):
                waiting.append(block.where(pc.invert(is_past)))
        self._waiting = waiting
        _send(self._channel, "payments", day, file)


class _Block(msgspec.Struct, frozen=True):
    """Rows of payments, and what decides in which file they stand; columns of equal length."""

    rows: Column
    second: Column
    amount_minor: Column
    currency: Column
    id: Column

    def where(self, wanted: Column) -> "_Block":
        return _Block(*(pc.filter(getattr(self, name), wanted) for name in self.__struct_fields__))


def _payment_rows(sales: Sales, merchants: Sequence[str]) -> Column:
    return joined(
        *("line,", sales.id, ",", pick(merchants, sales.merchant)),
        *(f",{sales.partner},{PROFILES[sales.partner].account},", sales.ref, ","),
        *(major(sales.amount_minor, sales.places), ",", sales.currency, ",", utc(sales.second), ","),
    )


def write_small_files(world: World, channel: Channel) -> None:
    """Send merchants, refunds, allocations and the ledger, one file of each for each day."""
    first = world.plan.first_day - ONE_DAY
    refunds = _by_day(world.refunds)
    lines = _by_day(world.house)
    for day in days_from(first, world.plan.days + 1):
        _send(channel, "merchants", day, _merchants(world))
        if day > first:
            _send(channel, "refunds", day, _refunds(refunds.get(day, [])))
            _send(channel, "allocations", day, _allocations(world, day))
            found = lines.get(day, [])
            _send(channel, "ledger", day, _ledger(world, found), {line.case_id for line in found if line.case_id})


def _by_day(items: Sequence[T]) -> dict[dt.date, list[T]]:
    found: dict[dt.date, list[T]] = {}
    for item in sorted(items, key=lambda i: (i.at, i.id)):
        found.setdefault(local_day(item.at, ZONE), []).append(item)
    return found


def _merchants(world: World) -> Ledger:
    """All merchants and the accounts that they sell through; the house sends the whole list every day."""
    file = Ledger("merchants")
    since = (world.plan.first_day - ONE_DAY * 400).isoformat()
    for merchant in world.merchants:
        file.add(f"merchant,{merchant.id},{merchant.name},{merchant.currency},,,,,")
    for merchant in world.merchants:
        for partner in world.plan.partners:
            file.add(f"account,{merchant.id},,,{partner},{PROFILES[partner].account},{since},,")
    return file


def _refunds(refunds: Sequence[Refund]) -> Ledger:
    file = Ledger("refunds")
    for r in refunds:
        amount = render_major(r.amount_minor, r.payment.currency)
        file.add(
            f"line,{r.id},{r.payment.id},{amount},{r.payment.currency},{utc_text(r.at)},",
            r.amount_minor,
            r.payment.currency,
        )
    return file


def _allocations(world: World, day: dt.date) -> Ledger:
    """Who bears what of the cases that opened on a day: as the contracts say, told once for each payment."""
    file = Ledger("allocations")
    opened = [c for c in world.cases if c.kind != "notice" and local_day(c.opened_at, ZONE) == day]
    for payment in sorted({c.payment.id for c in opened}):
        file.add(f"line,al_{payment[4:]},{payment},merchant,merchant,house,{day},")
    return file


def _ledger(world: World, lines: Sequence[HouseLine]) -> Ledger:
    file = Ledger("ledger")
    for line in lines:
        short = render_major(line.short_minor, line.currency) if line.short_minor else ""
        amount = render_major(line.amount_minor, line.currency)
        file.add(
            f"line,{line.id},{world.merchants[line.merchant].id},{line.kind},{line.partner},{line.case_id or ''},"
            f"{line.payment or ''},{amount},{short},{line.currency},{local_day(line.at, ZONE)},",
            line.amount_minor,
            line.currency,
        )
    return file


def _send(channel: Channel, feed: str, day: dt.date, file: Ledger, keys: set[str] | None = None) -> None:
    at = at_local(day + ONE_DAY, FILE_CLOCK, ZONE) + _MINUTES[feed] * MINUTE
    path = f"house/{feed}/{wire.FILE_NAME.format(feed=feed, day=day)}"
    channel.send(Sent(path, PARTNER, feed, at, ACCOUNT, frozenset({day.isoformat()} | (keys or set()))), file.body())
