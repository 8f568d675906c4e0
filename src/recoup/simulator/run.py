"""Simulate: build the world, bend it, let everyone tell it, disturb the telling, write down what was done."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from recoup.domain.instants import render_instant
from recoup.errors import SetupInvalid
from recoup.simulator import bank_wire, house_wire
from recoup.simulator.cases import DISPUTES_PER_10K
from recoup.simulator.channel import Channel
from recoup.simulator.fault import Label
from recoup.simulator.faults import bend, disturb, place
from recoup.simulator.profiles import USUAL, in_order
from recoup.simulator.rates import reference_text
from recoup.simulator.setup_file import setup_text
from recoup.simulator.tellers import TELLERS
from recoup.simulator.truth import Case, Plan
from recoup.simulator.world import World, build

FIRST_DAY = dt.date(2026, 2, 2)
"""A Monday, so that a month has its end, a bank holiday in the United States, and four weekends."""
PAYMENTS_PER_DAY = 150
Progress = Callable[[int, int], None]
"""Told (days done, days in all)."""


class Counts(msgspec.Struct, frozen=True):
    """What a simulation wrote."""

    deliveries: int
    disputes: int
    notices: int
    payments: int
    refunds: int
    faults: int


def simulate(
    seed: int,
    days: int,
    out: Path,
    faults: Sequence[str] = (),
    payments_per_day: int = PAYMENTS_PER_DAY,
    progress: Progress | None = None,
    *,
    first_day: dt.date = FIRST_DAY,
    disputes_per_10k: int = DISPUTES_PER_10K,
    partners: Sequence[str] = USUAL,
    calls: bool = False,
) -> Counts:
    """Write a directory of deliveries, with `setup.toml`, `rates.csv` and `truth.json`; same arguments, same bytes.

    Args:
      seed: Names the world; faults do not change it.
      days: How many days are told, from the first one on.
      out: The directory, which must be empty or absent.
      faults: Ids of `faults.FAULTS`: where it usually is (`F1`), from a day on (`F1@12`), only if it fits (`F1@12?`).
      payments_per_day: About how many each partner takes on a weekday.
      progress: Told after each day.
      first_day: First day told.
      disputes_per_10k: Cases opened for each 10,000 payments.
      partners: Which take payments, of `profiles.PROFILES`; one more changes nothing of what the others send.
      calls: Partners with an office are asked while the days are lived through, so that no page of theirs is written.
    Returns:
      Counts of what was written.
    Raises:
      SetupInvalid: The directory is not empty, a number makes no world, a partner or fault is not known, or nothing is
        there that it could befall.
    """
    _check(days, out, payments_per_day)
    plan = Plan(seed, first_day, days, payments_per_day, disputes_per_10k, in_order(partners), calls)
    world = build(plan)
    placed = place(faults, world)
    bent = bend(world, placed)
    channel = Channel(out, world.until())
    payments = tell(world, channel, progress)
    labels = disturb(world, channel, placed, bent)
    channel.write_list()
    (out / "setup.toml").write_text(setup_text(world), encoding="utf-8")
    (out / "rates.csv").write_text(reference_text(seed, world.days()), encoding="utf-8")
    (out / "truth.json").write_bytes(truth_text(world, labels, faults))
    disputes = sum(case.kind != "notice" for case in world.cases)
    return Counts(len(channel.sent), disputes, len(world.cases) - disputes, payments, len(world.refunds), len(labels))


def bent_world(plan: Plan, asked: Sequence[str]) -> World:
    """The world of a plan with everything that faults bend of its truth, as it was when its directory was written."""
    world = build(plan)
    bend(world, place(asked, world))
    return world


def tell(world: World, channel: Channel, progress: Progress | None) -> int:
    """Let everyone write what they know; give the number of payments."""
    tellers = {name: TELLERS[name](world, channel) for name in world.plan.partners}
    house = house_wire.Payments(world, channel)
    days = world.days()
    count = 0
    for number, day in enumerate(days, start=1):
        for name, teller in tellers.items():
            sales = world.shops[name].sales(day)
            count += sales.count
            house.take(sales)
            teller.take(sales)
        house.write(day)
        if day >= world.plan.first_day:
            for teller in tellers.values():
                teller.close(day)
        if progress is not None:
            progress(number, len(days))
    arrived = [credit for teller in tellers.values() for credit in teller.finish()]
    house_wire.write_small_files(world, channel)
    bank_wire.write_statements(world, channel, arrived)
    return count


def truth_text(world: World, faults: Sequence[Label], asked: Sequence[str] = ()) -> bytes:
    """`truth.json`: the faults, and how every case stands at the end of the last day."""
    until = world.until()
    cases = [_case_truth(world, case, until) for case in world.cases if case.opened_at < until]
    told = {
        "world": {
            "seed": world.plan.seed,
            "days": world.plan.days,
            "payments_per_day": world.plan.payments_per_day,
            "disputes_per_10k": world.plan.disputes_per_10k,
            "first_day": world.plan.first_day.isoformat(),
            "partners": world.plan.partners,
            "calls": world.plan.calls,
            "asked": list(asked),
        },
        "until": render_instant(until),
        "faults": list(faults),
        "disputes": cases,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def _case_truth(world: World, case: Case, until: int) -> dict[str, object]:
    done = [step for step in case.steps if step.at < until]
    return {
        "partner": case.partner,
        "partner_dispute_id": case.id,
        "kind": case.kind,
        "life": case.life,
        "last_step": done[-1].word,
        "payment": case.payment.id,
        "payment_ref": case.payment.ref,
        "merchant": world.merchants[case.payment.merchant].id,
        "amount_minor": case.amount_minor,
        "currency": case.currency,
        "opened_at": render_instant(case.opened_at),
        "due_at": None if (due_at := case.due_at(until)) is None else render_instant(due_at),
        "legs": [m.leg for m in case.movements if m.at < until],
    }


def _check(days: int, out: Path, payments_per_day: int) -> None:
    if days < 1 or payments_per_day < 1:
        raise SetupInvalid(
            where="simulate", found=f"{days} days, {payments_per_day} payments a day", wanted="1 or more of each"
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SetupInvalid(where=str(out), found="something is there already", wanted="an empty or absent directory")
    out.mkdir(parents=True, exist_ok=True)
