"""`setup.toml` of a simulated directory: accounts, zones, keys, and contracts that are true of the world."""

import datetime as dt
from collections.abc import Iterator, Mapping

from recoup.simulator import adyen_settlement, adyen_wire, bank_wire, house_wire, stripe_wire
from recoup.simulator.world import RECEIVED_FEE_MINOR, REVERSAL_MARKUP_MINOR

Value = str | int | bool | None
Fee = tuple[str, int, str, str]
"""Kind, amount in minor units, currency, who bears it."""

GRACE_HOURS = 2
DAYS: dict[str, dict[str, int]] = {
    "stripe": {
        "announce_to_settle": 5,
        "settle_to_announce": 2,
        "report_to_payout": 2,
        "payout_to_bank": 3,
        "announce_to_house": 5,
        "win_to_credit": 5,
    },
    "adyen": {
        "announce_to_settle": 3,
        "settle_to_announce": 2,
        "report_to_payout": 1,
        "payout_to_bank": 3,
        "announce_to_house": 3,
        "win_to_credit": 3,
        "notice_to_chargeback": 5,
    },
}
"""How many banking days each step may take, by contract: true of the world, with a day to spare."""


def setup_text(first_day: dt.date) -> str:
    """The whole file, for contracts that hold from the first simulated day."""
    parts = ['[book]\nname = "main"\npreset = "platform"\n']
    parts += [_stripe(first_day), _adyen(first_day), _house(first_day)]
    parts += [_bank(account, first_day) for account in bank_wire.ACCOUNTS]
    return "\n".join(parts)


def _stripe(first_day: dt.date) -> str:
    contract = _contract(
        first_day,
        calendar=stripe_wire.CALENDAR,
        # Paid out two banking days after it moved, reported the morning after; only then does the house know the fee.
        days=DAYS["stripe"],
        fees=[("received", RECEIVED_FEE_MINOR["stripe"], "USD", "merchant")],
        schedules=[_schedule("payout_report", "banking_daily", "12:00")],
        release="at_once",
    )
    key = (stripe_wire.KEY_NAME, stripe_wire.KEY)
    return _account(stripe_wire.PARTNER, stripe_wire.ACCOUNT, stripe_wire.ZONE, "USD", key) + contract


def _adyen(first_day: dt.date) -> str:
    contract = _contract(
        first_day,
        calendar=adyen_settlement.CALENDAR,
        # Batched on the next banking day, reported the morning after.
        days=DAYS["adyen"],
        fees=[
            ("received", RECEIVED_FEE_MINOR["adyen"], "EUR", "merchant"),
            ("processing", REVERSAL_MARKUP_MINOR, "EUR", "house"),
        ],
        schedules=[
            _schedule("dispute_report", "daily", "09:00"),
            _schedule("settlement_detail", "banking_daily", "09:00", has_sequence=True),
            _schedule("payments_accounting", "daily", "09:00"),
        ],
        release="on_final",
    )
    key = (adyen_wire.KEY_NAME, adyen_wire.KEY)
    return _account(adyen_wire.PARTNER, adyen_wire.ACCOUNT, adyen_wire.ZONE, "EUR", key) + contract


def _house(first_day: dt.date) -> str:
    feeds = ("merchants", "payments", "refunds", "allocations", "ledger")
    schedules = [_schedule(feed, "daily", "06:00") for feed in feeds]
    contract = _contract(first_day, calendar="target", days={}, fees=[], schedules=schedules, release=None)
    return _account(house_wire.PARTNER, house_wire.ACCOUNT, house_wire.ZONE, None, None) + contract


def _bank(account: bank_wire.BankAccount, first_day: dt.date) -> str:
    schedules = [_schedule("statement", "banking_daily", "10:00", has_sequence=True)]
    contract = _contract(first_day, calendar=account.calendar, days={}, fees=[], schedules=schedules, release=None)
    return _account(bank_wire.PARTNER, account.account, account.zone, account.currency, None) + contract


def _account(partner: str, account: str, zone: str, currency: str | None, key: tuple[str, str] | None) -> str:
    told = {"partner": partner, "account": account, "zone": zone, "currency": currency, "phase": "live"}
    keys = f"[[account.key]]\n{_values({'name': key[0], 'secret': key[1]})}\n" if key else ""
    return f"[[account]]\n{_values(told)}\n{keys}"


def _contract(
    first_day: dt.date,
    *,
    calendar: str,
    days: Mapping[str, int],
    fees: list[Fee],
    schedules: list[str],
    release: str | None,
) -> str:
    told = {
        "valid_from": first_day.isoformat(), "source": "terms of the simulated world", "calendar": calendar,
        "day_kind": "banking", "release": release,
    }  # fmt: skip
    parts = [f"[[account.contract]]\n{_values(told)}\n"]
    if days:
        parts.append(f"[account.contract.days]\n{_values(days)}\n")
    parts += list(_fees(fees))
    return "\n".join([*parts, *schedules])


def _fees(fees: list[Fee]) -> Iterator[str]:
    for kind, amount, currency, bearer in fees:
        told: dict[str, Value] = {"kind": kind, "amount_minor": amount, "currency": currency, "borne_by": bearer}
        yield f"[[account.contract.fees]]\n{_values(told)}\n"


def _schedule(feed: str, cadence: str, due_time: str, *, has_sequence: bool = False) -> str:
    told: dict[str, Value] = {
        "feed": feed,
        "cadence": cadence,
        "due_time": due_time,
        "days_after": 1,
        "grace_hours": GRACE_HOURS,
        "has_sequence": has_sequence,
    }
    return f"[[account.contract.schedules]]\n{_values(told)}\n"


def _values(told: Mapping[str, Value]) -> str:
    return "\n".join(f"{name} = {_toml(value)}" for name, value in told.items() if value is not None)


def _toml(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f'"{value}"'
