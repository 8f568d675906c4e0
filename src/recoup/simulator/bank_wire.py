"""Bank statements in the layout of `recoup/partners/bank/README.md`: one file per account and banking day."""

import datetime as dt
from collections.abc import Iterable

import msgspec

from recoup.domain.money import render_major
from recoup.partners.bank import wire
from recoup.simulator.adyen_settlement import Batch, batch_key, payout_reference
from recoup.simulator.adyen_wire import csv_row
from recoup.simulator.chance import Chance
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.days import ONE_DAY, at_local, days_from, is_banking_day
from recoup.simulator.stripe_payouts import Payout
from recoup.simulator.world import World

PARTNER = "bank"
STATEMENT_CLOCK = "06:30"
"""Local time of the morning on which the statement of the day before comes."""


class BankAccount(msgspec.Struct, frozen=True):
    """One account of ours at a bank, for one currency."""

    account: str
    currency: str
    zone: str
    calendar: str
    first_statement: int
    opening_minor: int


ACCOUNTS = (
    BankAccount("US-OPS-USD", "USD", "America/New_York", "fed", 2101, 25_000_000),
    BankAccount("NL-OPS-EUR", "EUR", "Europe/Amsterdam", "target", 1101, 18_000_000),
    BankAccount("NL-OPS-JPY", "JPY", "Europe/Amsterdam", "target", 3101, 4_000_000),
)


class Credit(msgspec.Struct, frozen=True):
    """One payout as it arrives."""

    booked_on: dt.date
    amount_minor: int
    currency: str
    payout: str
    """What names the payout: its id, or the number of the batch."""
    text: str
    key: str


def arriving(payouts: Iterable[Payout], batches: Iterable[Batch]) -> list[Credit]:
    """What arrives at the bank for these payouts."""
    found = [Credit(p.arrives_on, p.amount_minor, "USD", p.id, "STRIPE TRANSFER", p.id) for p in payouts]
    for b in batches:
        text = payout_reference(b)
        found.append(Credit(b.arrives_on, b.amount_minor, b.currency, str(b.number), text, batch_key(b)))
    return found


def write_statements(world: World, channel: Channel, arrived: list[Credit]) -> None:
    """Send one statement for each account and banking day, also where nothing moved."""
    for account in ACCOUNTS:
        balance = account.opening_minor
        number = account.first_statement
        for day in days_from(world.plan.first_day, world.plan.days):
            if is_banking_day(day, account.calendar):
                found = [c for c in arrived if c.currency == account.currency and c.booked_on == day]
                _send(channel, world.plan.seed, account, day, number, balance, found)
                balance += sum(c.amount_minor for c in found)
                number += 1


def _send(
    channel: Channel, seed: int, account: BankAccount, day: dt.date, number: int, opening: int, found: list[Credit]
) -> None:
    rows = [_balance("opening", account, number, day - ONE_DAY, opening, "")]
    rows += [_line(seed, account, number, day, credit, place) for place, credit in enumerate(found, start=1)]
    closing = opening + sum(c.amount_minor for c in found)
    rows.append(_balance("closing", account, number, day, closing, str(len(found))))
    body = "\n".join([",".join(wire.STATEMENT), *rows, ""])
    sent = Sent(
        path=f"bank/statement/{wire.FILE_NAME.format(day=day, sequence=number)}",
        partner=PARTNER,
        feed="statement",
        received_at=at_local(day + ONE_DAY, STATEMENT_CLOCK, account.zone),
        account=account.account,
        keys=frozenset({day.isoformat(), account.currency, *(c.key for c in found)}),
    )
    channel.send(sent, body.encode())


def _balance(record: str, account: BankAccount, number: int, day: dt.date, minor: int, lines: str) -> str:
    amount = render_major(minor, account.currency)
    return f"{record},{account.account},{number},{day},,{amount},{account.currency},,,,{lines}"


def _line(seed: int, account: BankAccount, number: int, day: dt.date, credit: Credit, place: int) -> str:
    reference = f"BK{Chance(seed, 'bank', account.account, number, place).word()}"
    values = [
        "line", account.account, str(number), str(day), str(day), render_major(credit.amount_minor, credit.currency),
        credit.currency, reference, credit.payout, credit.text, "",
    ]  # fmt: skip
    return csv_row(values)
