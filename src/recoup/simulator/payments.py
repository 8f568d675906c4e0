"""The payments of a marketplace: the i-th payment of a day at a partner is a pure function of the seed."""

import datetime as dt

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from recoup.domain.instants import SECOND
from recoup.domain.money import exponent
from recoup.simulator.chance import STEP, Chance, mix, start
from recoup.simulator.columns import Column, again, digits, joined, numbered, part, pick
from recoup.simulator.days import LocalDay
from recoup.simulator.profile import Profile
from recoup.simulator.truth import Merchant, Payment

_NAMES = (
    "Alder Bicycles", "Blue Kettle Tea", "Cinder Ceramics", "Dovetail Desks", "Ember Candles", "Fernway Outdoors",
    "Gable Lamps", "Harbour Prints", "Inkwell Paper", "Juniper Soaps", "Kestrel Audio", "Lantern Books",
)  # fmt: skip
_SHORT = (3, 8)
"""Places of merchants whose balance rarely covers a debit."""
_COUNTRIES = ("US", "US", "US", "GB", "DE", "NL", "FR", "JP")


def merchants(currency: str = "USD") -> list[Merchant]:
    """The merchants behind the marketplace."""
    return [
        Merchant(id=f"mer_{name.split()[0].lower()}", name=name, currency=currency, is_short=place in _SHORT)
        for place, name in enumerate(_NAMES)
    ]


def _prices(seed: int) -> tuple[int, ...]:
    """1,024 prices in hundredths: mostly small, a few large, with the endings that shops like."""
    chance = Chance(seed, "prices")
    bands = ((9, 60), (9, 60), (15, 60), (60, 200), (60, 200), (200, 900))
    return tuple(
        100 * chance.between(*bands[n % len(bands)]) + chance.pick((0, 0, 50, 90, 95, 99)) for n in range(1024)
    )


class Sales(msgspec.Struct, frozen=True):
    """The sales of one day through one partner, in the order of their numbers, as columns of equal length."""

    partner: str
    day: LocalDay
    """In the zone of the partner's account."""
    currencies: tuple[str, ...]
    id: Column
    ref: Column
    merchant: Column
    amount_minor: Column
    kind: Column
    """The place of the sale's currency among `currencies`."""
    second: Column
    """When it was captured, since 1970."""
    brand: Column
    country: Column

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.id)

    @property
    def currency(self) -> Column:
        """The currency of each sale."""
        return pick(self.currencies, self.kind)

    @property
    def places(self) -> Column:
        """The decimals of each sale's currency."""
        return pick([exponent(currency) for currency in self.currencies], self.kind)

    def payments(self) -> list[Payment]:
        """All of them one by one: slow, for writers of few lines."""
        columns = (self.id, self.ref, self.merchant, self.amount_minor, self.currency, self.second)
        told = zip(*(c.to_pylist() for c in (*columns, self.brand, self.country)), strict=True)
        return [
            Payment(i, ref, self.partner, merchant, minor, currency, at * SECOND, self.day.day, brand, country)
            for i, ref, merchant, minor, currency, at, brand, country in told
        ]


class Shop:
    """The sales of all merchants through one partner."""

    def __init__(self, seed: int, profile: Profile, per_day: int) -> None:
        self.partner = profile.partner
        self.profile = profile
        self.per_day = per_day
        self._seed = seed
        self._prices = _prices(seed)
        self._merchants = self._shares(seed)
        self._days: dict[dt.date, tuple[LocalDay, int, str]] = {}

    def count(self, day: dt.date) -> int:
        """How many payments a day has: fewer at weekends, at least one."""
        wanted = self.per_day * (80 if day.weekday() >= 5 else 100) // 100
        swing = mix(start(self._seed, self.partner, "count", day.isoformat())) % 21 - 10
        return max(1, wanted + wanted * swing // 100)

    def sales(self, day: dt.date, count_max: int | None = None) -> Sales:
        """The sales of a day, or the first of them: column for column what `payment` gives one by one."""
        local, base, prefix = self._known(day)
        count = self.count(day) if count_max is None else min(count_max, self.count(day))
        numbers = pa.array(range(count), pa.int64())
        bits = numbered(base, pc.cast(numbers, pa.uint64()))
        currencies = (*self.profile.sells, self.profile.currency)
        kind = self._kinds(numbers)
        priced = pc.add(pc.multiply(kind, len(self._prices)), part(bits, 8, 10))
        seconds = pc.shift_right(pc.multiply(part(bits, 18, 20), local.seconds), 20)
        return Sales(
            partner=self.partner,
            day=local,
            currencies=currencies,
            id=joined(prefix, digits(numbers, 6)),
            ref=self.profile.naming.payment.column(again(bits), numbers),
            merchant=pick(self._merchants, part(bits, 0, 8)),
            amount_minor=pick([_in_currency(price, c) for c in currencies for price in self._prices], priced),
            kind=kind,
            second=pc.add(seconds, local.start // SECOND),
            brand=pick(self.profile.brands, part(bits, 40, 3)),
            country=pick(_COUNTRIES, part(bits, 44, 3)),
        )

    def _kinds(self, numbers: Column) -> Column:
        """The place of each number's currency, the first that fits."""
        kind = pa.repeat(pa.scalar(len(self.profile.sells), pa.int64()), len(numbers))
        for place, (first, every) in reversed(list(enumerate(self.profile.sells.values()))):
            rest = pc.subtract(numbers, pc.multiply(pc.divide(numbers, every), every))
            kind = pc.if_else(pc.equal(rest, first), place, kind)
        return kind

    def payment(self, day: dt.date, number: int) -> Payment:
        """The payment of this number on a day, whichever others are asked for."""
        local, base, prefix = self._known(day)
        bits = mix(base + number * STEP)
        currency = self._currency(number)
        return Payment(
            id=f"{prefix}{number:06}",
            ref=self.profile.naming.payment.of(mix(bits ^ STEP), number),
            partner=self.partner,
            merchant=self._merchants[bits & 255],
            amount_minor=_in_currency(self._prices[bits >> 8 & 1023], currency),
            currency=currency,
            captured_at=local.start + ((bits >> 18 & 0xFFFFF) * local.seconds >> 20) * SECOND,
            day=day,
            brand=self.profile.brands[bits >> 40 & 7],
            country=_COUNTRIES[bits >> 44 & 7],
        )

    def numbers_in(self, day: dt.date, currency: str) -> range:
        """The numbers of the payments of a day in a currency beside the usual one."""
        first, every = self.profile.sells[currency]
        return range(first, self.count(day), every)

    def _known(self, day: dt.date) -> tuple[LocalDay, int, str]:
        known = self._days.get(day)
        if known is None:
            base = start(self._seed, self.partner, "payments", day.isoformat())
            known = LocalDay(day, self.profile.zone), base, f"pay_{day:%y%m%d}{self.profile.letter}"
            self._days[day] = known
        return known

    def _currency(self, number: int) -> str:
        for currency, (first, every) in self.profile.sells.items():
            if number % every == first:
                return currency
        return self.profile.currency

    @staticmethod
    def _shares(seed: int) -> tuple[int, ...]:
        """256 places of merchants: the first sell most."""
        places = [place for place in range(len(_NAMES)) for _ in range(2 + 60 // (place + 1))]
        chance = Chance(seed, "shares")
        return tuple(chance.pick(places) for _ in range(256))


def _in_currency(hundredths: int, currency: str) -> int:
    if currency == "JPY":
        return hundredths * 3 // 2
    if currency == "KWD":
        return hundredths * 3 // 100 * 100 + 500
    return hundredths
