"""Cases: which payments are disputed, when, and how each case goes."""

import datetime as dt
from collections.abc import Iterator

import msgspec

from recoup.domain.instants import DAY, HOUR, MINUTE, SECOND
from recoup.simulator.chance import Chance
from recoup.simulator.days import ONE_DAY, at_local
from recoup.simulator.lives import Life, deck, life_of
from recoup.simulator.payments import Shop
from recoup.simulator.profile import Profile
from recoup.simulator.truth import Case, Payment, Plan, Step

DISPUTES_PER_10K = 100
"""Cases opened per 10,000 payments: one in a hundred, the edge at which card schemes begin to watch a merchant."""
WARM_DAYS = 8
"""Days of sales before the first day, so that the first payouts have something to pay."""
_OLD_DAYS = (10, 46)
"""Age in days of the oldest payments that are disputed."""
_TRIES = 400
_AGE_DAYS = (3, 30)
_WANTED = {"JPY": (9, 2), "KWD": (13, 5)}
"""How often a case is looked for in a rare currency: of so many the one in this place."""
_PARTIAL_EVERY = 8

_CODES = {
    "visa": ("10.4", "13.1", "13.3", "12.6.1", "13.6"),
    "mc": ("4837", "4853", "4853", "4834", "4853"),
    "amex": ("F29", "C08", "C31", "P08", "C02"),
}
_KINDS = ("fraud", "not_received", "not_as_described", "duplicate", "credit")
_CAUSES = ("fraud", "fraud", "fraud", "not_received", "not_received", "not_as_described", "duplicate", "credit")
_ASKING = {
    "inquiry": "inquiry",
    "announce": "chargeback",
    "debit": "chargeback",
    "debit_accepted": "chargeback",
    "pre_arb_open": "pre_arbitration",
}


class Taken(msgspec.Struct):
    """Payments that have a case already, so that none gets two by chance."""

    cases: set[str] = msgspec.field(default_factory=set)


class Old(msgspec.Struct, frozen=True):
    """Payments from before the warm-up that the house knows, and that may still be disputed: the first of each day."""

    shop: Shop
    days: list[dt.date]
    each: int
    """How many of a day, where it has so many."""

    def places(self, currency: str | None) -> list[tuple[dt.date, int]]:
        """Day and number of each of them, or of those in one currency beside the usual one."""
        found = []
        for day in self.days:
            count = min(self.each, self.shop.count(day))
            numbers = range(count) if currency is None else self.shop.numbers_in(day, currency)
            found += [(day, number) for number in numbers if number < count]
        return found


def old_payments(shop: Shop, plan: Plan) -> Old:
    """The old payments at one partner."""
    days = [plan.first_day - ONE_DAY * age for age in range(_OLD_DAYS[1], _OLD_DAYS[0], -1)]
    return Old(shop, days, max(8, plan.payments_per_day // 12))


def cases_of(shop: Shop, plan: Plan, old: Old, taken: Taken) -> list[Case]:
    """All cases that open on the plan's days at one partner, in order of opening."""
    desk = _Desk(shop, plan, old, taken)
    chance = desk.chance
    hand: list[Life] = []
    found: list[Case] = []
    owed = 0
    for number in range(plan.days):
        day = plan.first_day + ONE_DAY * number
        owed += shop.count(day) * plan.disputes_per_10k
        while owed >= 10_000:
            owed -= 10_000
            hand = hand or chance.shuffled(deck(shop.profile.lives))
            life = hand.pop()
            found += _opened(shop, life, day, desk.payment(day, len(found), life.age_days), chance)
    return sorted(found, key=lambda case: (case.opened_at, case.id))


class _Desk:
    """Where cardholders come to: draws the payment that each new case is about."""

    def __init__(self, shop: Shop, plan: Plan, old: Old, taken: Taken) -> None:
        self.chance = Chance(plan.seed, shop.partner, "cases")
        self._shop = shop
        self._first_drawn = plan.first_day - ONE_DAY * WARM_DAYS
        self._old_days, self._old_each = frozenset(old.days), old.each
        self._old = {c: old.places(c) for c in (None, *(c for c in _WANTED if c in shop.profile.sells))}
        self._taken = taken

    def payment(self, day: dt.date, place: int, age_days: tuple[int, int] | None) -> Payment:
        """A payment without a case yet; now and then one in a rare currency."""
        wanted = self._wanted(place)
        payment = self._candidate(day, wanted, age_days)
        for _ in range(_TRIES):
            if payment.id not in self._taken.cases and payment.currency not in self._shop.profile.own_batches:
                break
            wanted = wanted if self.chance.below(20) else None
            payment = self._candidate(day, wanted, age_days)
        self._taken.cases.add(payment.id)
        return payment

    def _wanted(self, place: int) -> str | None:
        found = next((c for c, (every, first) in _WANTED.items() if place % every == first), None)
        return found if found in self._shop.profile.sells else None

    def _candidate(self, day: dt.date, wanted: str | None, age_days: tuple[int, int] | None) -> Payment:
        shop, chance = self._shop, self.chance
        if age_days is not None:
            return self._aged(day - ONE_DAY * chance.between(*age_days))
        sold_on = day - ONE_DAY * chance.between(*_AGE_DAYS)
        if sold_on < self._first_drawn:
            return shop.payment(*chance.pick(self._old.get(wanted) or self._old[None]))
        numbers = shop.numbers_in(sold_on, wanted) if wanted else range(shop.count(sold_on))
        return shop.payment(sold_on, chance.pick(numbers or range(shop.count(sold_on))))

    def _aged(self, sold_on: dt.date) -> Payment:
        """A payment of a day; of days of which the house knows none, one of the first day of the warm-up."""
        known = self._shop.count(sold_on)
        if sold_on < self._first_drawn:
            known = min(known, self._old_each) if sold_on in self._old_days else 0
        if not known:
            return self._aged(self._first_drawn)
        return self._shop.payment(sold_on, self.chance.below(known))


def _opened(shop: Shop, life: Life, day: dt.date, payment: Payment, chance: Chance) -> list[Case]:
    """The case, and what else befalls its payment."""
    profile = shop.profile
    opened_at = at_local(day, "00:00", profile.zone) + chance.between(6 * 60, 21 * 60) * MINUTE
    opened_at += chance.below(60) * SECOND
    if profile.opens is not None:
        opened_at = profile.opens(life, payment, opened_at)
    first = make_case(profile, life, payment, opened_at, chance)
    if life.then != "dispute":
        return [first]
    later = life_of(profile.lives, profile.later)
    return [first, make_case(profile, later, payment, opened_at + chance.between(70, 150) * HOUR, chance)]


def make_case(profile: Profile, life: Life, payment: Payment, opened_at: int, chance: Chance) -> Case:
    """One case with the times of all its steps."""
    cause = "fraud" if life.kind == "notice" else chance.pick(_CAUSES)
    steps = _steps(life, opened_at, chance)
    return Case(
        id=payment.ref if profile.naming.case is None else profile.naming.case(life.kind, chance),
        partner=profile.partner,
        kind=life.kind,
        payment=payment,
        amount_minor=_amount(payment, chance) if life.kind == "dispute" else payment.amount_minor,
        currency=payment.currency,
        cause=cause,
        network_code=chance.pick(life.codes) if life.codes else _CODES[payment.brand][_KINDS.index(cause)],
        arn=_arn(chance),
        life=life.name,
        steps=steps,
        dues=list(_dues(profile, steps, chance)),
    )


def _steps(life: Life, opened_at: int, chance: Chance) -> list[Step]:
    steps: list[Step] = []
    at = opened_at
    for beat in life.beats:
        at += chance.between(beat.hours_min * 60, beat.hours_max * 60) * MINUTE
        steps.append(Step(beat.word, at))
    return steps


def _dues(profile: Profile, steps: list[Step], chance: Chance) -> Iterator[tuple[int, int]]:
    """For each stage that asks us something the time to answer by: the end of a day in UTC, as partners say it."""
    low, high = profile.due_days
    before = None
    for step in steps:
        stage = _ASKING.get(step.word)
        if stage is not None and stage != before:
            yield step.at, (step.at // DAY + chance.between(low, high) + 1) * DAY - SECOND
            before = stage


def _amount(payment: Payment, chance: Chance) -> int:
    if payment.currency in ("JPY", "KWD") or not chance.is_one_in(_PARTIAL_EVERY):
        return payment.amount_minor
    return max(1, payment.amount_minor * chance.between(30, 60) // 100)


def _arn(chance: Chance) -> str:
    return "".join(str(chance.below(10)) for _ in range(22)).rjust(23, "7")
