"""The world: merchants, sales, cases, refunds, and every movement of money that follows from them.

Built whole from a plan before anything is told. Sales are not kept: they are
drawn again, day by day, by those who write them. Faults bend the world before
the wire writers tell it. Read `channel.py` next.
"""

import datetime as dt
from collections.abc import Iterator

import msgspec

from recoup.domain.instants import HOUR, MINUTE, day_start, local_day
from recoup.simulator.cases import WARM_DAYS, Old, Taken, cases_of, old_payments
from recoup.simulator.chance import Chance
from recoup.simulator.days import ONE_DAY, at_local, banking_day_after, days_from
from recoup.simulator.payments import Shop, merchants
from recoup.simulator.profiles import PROFILES
from recoup.simulator.rates import converted, rate_e8
from recoup.simulator.truth import Case, HouseLine, Merchant, Movement, Payment, Plan, Refund, Trouble

_REFUNDS_PER_1000 = 18


class World(msgspec.Struct):
    """Everything that is true."""

    plan: Plan
    merchants: list[Merchant]
    shops: dict[str, Shop]
    old: dict[str, Old]
    cases: list[Case]
    refunds: list[Refund]
    house: list[HouseLine]
    extra: list[tuple[str, Movement]] = []
    """Movements that belong to no case or refund, with their partner."""
    bent: set[str] = msgspec.field(default_factory=set)
    """Cases that a fault has befallen already: each takes one at most."""
    unknown_payments: set[str] = msgspec.field(default_factory=set)
    """Payments that the house's files leave out; a fault sets them."""
    left_out: set[str] = msgspec.field(default_factory=set)
    """Movements whose line stands in its report and is not in the net; a fault sets them."""
    troubles: list[Trouble] = []
    """What is wrong with partners' APIs, and when; faults set it."""
    endings: dict[str, str] = {}
    """The last day of a partner's API key, by partner; a fault sets it."""

    def cases_at(self, partner: str) -> list[Case]:
        """The cases of one partner, in order of opening."""
        return [case for case in self.cases if case.partner == partner]

    def until(self) -> int:
        """The instant at which the last day is over."""
        return day_start(self.plan.first_day + ONE_DAY * self.plan.days, "UTC")

    def days(self) -> list[dt.date]:
        """The days to simulate, the warm-up before the first one among them."""
        return days_from(self.plan.first_day - ONE_DAY * WARM_DAYS, WARM_DAYS + self.plan.days)

    def movements(self, partner: str) -> Iterator[Movement]:
        """All movements at a partner other than sales, in order of time."""
        of_cases = [m for case in self.cases_at(partner) for m in case.movements]
        of_refunds = [r.movement for r in self.refunds if r.payment.partner == partner]
        of_none = [m for name, m in self.extra if name == partner]
        yield from sorted([*of_cases, *of_refunds, *of_none], key=lambda m: (m.at, m.id))


def settled_in(partner: str, currency: str) -> str:
    """The currency in which a partner pays out sales in a currency."""
    profile = PROFILES[partner]
    return currency if currency in profile.own_batches else profile.currency


def build(plan: Plan) -> World:
    """The world that a plan gives, with no fault in it."""
    shops = {name: Shop(plan.seed, PROFILES[name], plan.payments_per_day) for name in plan.partners}
    old = {name: old_payments(shop, plan) for name, shop in shops.items()}
    taken = Taken()
    cases = [case for name in plan.partners for case in cases_of(shops[name], plan, old[name], taken)]
    world = World(plan=plan, merchants=merchants(), shops=shops, old=old, cases=cases, refunds=[], house=[])
    world.refunds = _refunds(world)
    for case in cases:
        case.movements = list(_money(plan, case))
        world.house += house_lines(world, case)
    return world


def settle_again(world: World, case: Case) -> None:
    """Give a case the movements and the house's lines that follow from its steps, in place of those it had."""
    case.movements = list(_money(world.plan, case))
    world.house = [line for line in world.house if line.case_id != case.id]
    world.house += house_lines(world, case)


# --- money at the partner ----------------------------------------------------------------------

_LEGS = {
    "debit": "d1",
    "debit_accepted": "d1",
    "return": "d1",
    "win": "c1",
    "reverse": "c1",
    "represent": "c1",
    "second_debit": "d2",
    # A wallet takes the amount only when it has decided against us.
    "lost": "d1",
    "accepted_loss": "d1",
}


def _money(plan: Plan, case: Case) -> Iterator[Movement]:
    """The movements that the steps of a case bring."""
    for step in case.steps:
        leg = _LEGS.get(step.word)
        if leg is not None:
            yield dispute_movement(plan, case, leg, step.at)


def dispute_movement(plan: Plan, case: Case, leg: str, at: int) -> Movement:
    """One movement of a case, in the currency that its partner settles in."""
    sign = -1 if leg.startswith("d") else 1
    chance = Chance(plan.seed, "movement", case.id, leg, at)
    gross, original, rate = settle(plan, case.partner, sign * case.amount_minor, case.currency, at)
    return Movement(
        id=PROFILES[case.partner].naming.movement(case.id, chance),
        kind="dispute" if sign < 0 else "dispute_reversal",
        at=at,
        gross_minor=gross,
        fee_minor=PROFILES[case.partner].charges.get(leg, 0),
        currency=settled_in(case.partner, case.currency),
        payment=case.payment,
        case_id=case.id,
        leg=leg,
        original_minor=original,
        original_currency=case.currency if original is not None else None,
        rate_e8=rate,
        source=case.id,
        text=_TEXTS[sign].format(case.payment.ref),
    )


_TEXTS = {-1: "Chargeback withdrawal for {}", 1: "Chargeback reversal for {}"}


def settle(plan: Plan, partner: str, amount: int, currency: str, at: int) -> tuple[int, int | None, int | None]:
    """An amount as its partner settles it: (minor units settled, original where converted, rate where converted)."""
    target = settled_in(partner, currency)
    if target == currency:
        return amount, None, None
    rate = rate_e8(plan.seed, currency, target, local_day(at, PROFILES[partner].zone))
    return converted(amount, currency, target, rate), amount, rate


# --- refunds -----------------------------------------------------------------------------------


def _refunds(world: World) -> list[Refund]:
    disputed = {case.payment.id for case in world.cases}
    made = [_after_notice(world.plan, case) for case in world.cases if case.life == "notice_refunded"]
    for shop in world.shops.values():
        chance = Chance(world.plan.seed, shop.partner, "refunds")
        taken: set[str] = set()
        for day in days_from(world.plan.first_day, world.plan.days):
            for _ in range(shop.count(day) * _REFUNDS_PER_1000 // 1000):
                payment = _refundable(shop, day, chance)
                if payment.id not in disputed and payment.id not in taken:
                    taken.add(payment.id)
                    made.append(_refund(world.plan, shop, payment, day, chance))
    return sorted(made, key=lambda refund: (refund.at, refund.id))


def _refundable(shop: Shop, day: dt.date, chance: Chance) -> Payment:
    sold_on = day - ONE_DAY * chance.between(2, WARM_DAYS)
    return shop.payment(sold_on, chance.below(shop.count(sold_on)))


def _refund(plan: Plan, shop: Shop, payment: Payment, day: dt.date, chance: Chance) -> Refund:
    at = at_local(day, "08:00", shop.profile.zone) + chance.below(12 * 60) * MINUTE
    is_partial = payment.currency in ("USD", "EUR") and chance.is_one_in(3)
    amount = payment.amount_minor * chance.between(20, 70) // 100 if is_partial else payment.amount_minor
    return make_refund(plan, payment, max(1, amount), at, chance)


def _after_notice(plan: Plan, case: Case) -> Refund:
    """A warned seller gives the money back before a dispute comes."""
    chance = Chance(plan.seed, "refund", case.id)
    return make_refund(
        plan, case.payment, case.payment.amount_minor, case.opened_at + chance.between(4, 20) * HOUR, chance
    )


def make_refund(plan: Plan, payment: Payment, amount: int, at: int, chance: Chance) -> Refund:
    """One refund and the movement that it brings at the partner."""
    naming = PROFILES[payment.partner].naming
    ref = naming.refund(chance)
    gross, original, rate = settle(plan, payment.partner, -amount, payment.currency, at)
    movement = Movement(
        id=naming.movement(ref, chance),
        kind="refund",
        at=at,
        gross_minor=gross,
        fee_minor=0,
        currency=settled_in(payment.partner, payment.currency),
        payment=payment,
        original_minor=original,
        original_currency=payment.currency if original is not None else None,
        rate_e8=rate,
        source=ref,
        text="REFUND FOR CHARGE",
    )
    return Refund(f"ref_{chance.word().lower()}", payment, amount, at, ref, movement)


# --- the house's ledger ------------------------------------------------------------------------

FINAL_WINS = ("win", "issuer_expire", "pre_arb_win", "pre_arb_withdraw", "represent")
"""Steps after which a credit cannot be taken again."""


def house_lines(world: World, case: Case) -> Iterator[HouseLine]:
    """What the house books on the merchant: the debit, the fee once it is settled, the credit once it is final."""
    debit = case.movement("d1")
    if debit is None:
        return
    heard_at = heard(case.partner, debit.at) + 40 * MINUTE
    yield _house_line(world, case, "d1", "dispute_debit", -case.amount_minor, case.currency, heard_at)
    if debit.fee_minor:
        at = settled_at(case.partner, debit.at) + 2 * HOUR
        yield _house_line(world, case, "f1", "dispute_fee", -debit.fee_minor, debit.currency, at)
    final = next((s.at for s in case.steps if s.word in FINAL_WINS), None)
    if final is not None and case.movement("c1") is not None:
        final = heard(case.partner, final)
        yield _house_line(world, case, "c1", "dispute_credit", case.amount_minor, case.currency, final + 40 * MINUTE)


def heard(partner: str, at: int) -> int:
    """When the house hears of what happens at an instant."""
    return settled_at(partner, at) if PROFILES[partner].is_told_by_report else at


def _house_line(world: World, case: Case, leg: str, kind: str, amount: int, currency: str, at: int) -> HouseLine:
    chance = Chance(world.plan.seed, "house", case.id, leg)
    is_short = world.merchants[case.payment.merchant].is_short and kind == "dispute_debit"
    return HouseLine(
        id=f"hl_{chance.word().lower()}",
        merchant=case.payment.merchant,
        kind=kind,
        partner=case.partner,
        case_id=case.id,
        payment=case.payment.id,
        amount_minor=amount,
        currency=currency,
        at=at,
        leg=leg,
        short_minor=-amount * 2 // 5 if is_short else 0,
    )


# --- when things are settled -------------------------------------------------------------------


def paid_on(partner: str, day: dt.date) -> dt.date:
    """The banking day on which a partner pays out what moved on a day in its account's zone."""
    profile = PROFILES[partner]
    return banking_day_after(day, profile.payout_days, profile.calendar)


def settled_at(partner: str, at: int) -> int:
    """When we get the report that shows a movement: the morning after it is paid out."""
    profile = PROFILES[partner]
    day = paid_on(partner, local_day(at, profile.zone)) + ONE_DAY
    return at_local(day, profile.report_clock, profile.zone)
