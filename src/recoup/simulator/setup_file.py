"""`setup.toml` of a simulated world: accounts, zones, keys, where APIs are, and contracts that are true of it."""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from recoup.simulator import bank_wire, house_wire
from recoup.simulator.profile import BankAccount, Profile, Schedule, Terms
from recoup.simulator.profiles import PROFILES
from recoup.simulator.world import World

Value = str | int | bool | None
GRACE_HOURS = 2
ANSWER, ANSWER_DAYS = "message_to_answer", 5
"""By when a message of ours is answered; nothing simulated answers, so that people see what is late."""


def setup_text(world: World, urls: Mapping[str, str] = MappingProxyType({})) -> str:
    """The whole file, for contracts that hold from the first simulated day.

    Args:
      world: What it is true of.
      urls: By partner, where its API is served; nobody is told where others are, since they are nowhere but in the
        simulation.
    """
    plan = world.plan
    parts = ['[book]\nname = "main"\npreset = "platform"\n']
    profiles = [PROFILES[name] for name in plan.partners]
    parts += [_partner(p, plan.first_day, world.endings.get(p.partner), urls.get(p.partner)) for p in profiles]
    parts.append(_house(plan.first_day))
    parts += [_bank(account, plan.first_day) for account in bank_wire.accounts(plan.partners)]
    return "\n".join(parts)


def _partner(profile: Profile, first_day: dt.date, ends_on: str | None, url: str | None) -> str:
    contract = _contract(first_day, profile.calendar, profile.terms) + "\n" + _desks(profile.partner)
    told = _account(profile.partner, profile.account, profile.zone, profile.currency, profile.key, url)
    return told + _api_key(profile, ends_on) + contract


def _desks(partner: str) -> str:
    """Where messages to the partner go, and whom the next one goes to when none is answered."""
    portal = f"https://{partner}.example/disputes/{{dispute}}"
    told: list[dict[str, Value]] = [
        {"desk": "disputes desk", "by": "portal", "address": portal, "step": 0},
        {"desk": "head of the disputes desk", "by": "mail", "address": f"disputes-lead@{partner}.example", "step": 1},
    ]
    return "\n".join(f"[[account.contract.contacts]]\n{_values(one)}\n" for one in told)


def _api_key(profile: Profile, ends_on: str | None) -> str:
    """What opens the API."""
    if profile.api_key is None:
        return ""
    return f"[[account.key]]\n{_values({'name': 'api', 'secret': profile.api_key, 'expires_on': ends_on})}\n"


def _house(first_day: dt.date) -> str:
    feeds = ("merchants", "payments", "refunds", "allocations", "ledger")
    terms = Terms(schedules=tuple(Schedule(feed, "daily", "06:00") for feed in feeds))
    told = _account(house_wire.PARTNER, house_wire.ACCOUNT, house_wire.ZONE, None, None)
    return told + _contract(first_day, "target", terms)


def _bank(account: BankAccount, first_day: dt.date) -> str:
    terms = Terms(schedules=(Schedule("statement", "banking_daily", "10:00", has_sequence=True),))
    told = _account(bank_wire.PARTNER, account.account, account.zone, account.currency, None)
    return told + _contract(first_day, account.calendar, terms)


def _account(
    partner: str,
    account: str,
    zone: str,
    currency: str | None,
    key: tuple[str, str] | None,
    url: str | None = None,
) -> str:
    told = {"partner": partner, "account": account, "zone": zone, "currency": currency, "phase": "live"}
    told |= {} if url is None else {"api_url": url}
    keys = f"[[account.key]]\n{_values({'name': key[0], 'secret': key[1]})}\n" if key else ""
    return f"[[account]]\n{_values(told)}\n{keys}"


def _contract(first_day: dt.date, calendar: str, terms: Terms) -> str:
    told = {
        "valid_from": first_day.isoformat(), "source": "terms of the simulated world", "calendar": calendar,
        "day_kind": "banking", "release": terms.release,
    }  # fmt: skip
    parts = [f"[[account.contract]]\n{_values(told)}\n"]
    days = {**terms.days, ANSWER: ANSWER_DAYS} if terms.days else {}
    if days:
        parts.append(f"[account.contract.days]\n{_values(days)}\n")
    parts += [f"[[account.contract.fees]]\n{_values(msgspec.structs.asdict(fee))}\n" for fee in terms.fees]
    return "\n".join([*parts, *map(_schedule, terms.schedules)])


def _schedule(schedule: Schedule) -> str:
    told: dict[str, Value] = {
        "feed": schedule.feed,
        "cadence": schedule.cadence,
        "due_time": schedule.due_time,
        "days_after": 1,
        "grace_hours": GRACE_HOURS,
        "has_sequence": schedule.has_sequence,
    }
    return f"[[account.contract.schedules]]\n{_values(told)}\n"


def _values(told: Mapping[str, Value]) -> str:
    return "\n".join(f"{name} = {_toml(value)}" for name, value in told.items() if value is not None)


def _toml(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f'"{value}"'
