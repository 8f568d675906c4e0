"""Bank statements in the layout of `recoup/partners/bank/README.md`: one file per account and banking day."""

import datetime as dt
from collections.abc import Iterable

import msgspec

from recoup.domain.money import render_major
from recoup.partners.bank import wire
from recoup.simulator.chance import Chance
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.days import ONE_DAY, at_local, days_from, is_banking_day
from recoup.simulator.profile import BankAccount
from recoup.simulator.profiles import PROFILES
from recoup.simulator.rows import csv_row
from recoup.simulator.world import World

PARTNER = "bank"
STATEMENT_CLOCK = "06:30"
"""Local time of the morning on which the statement of the day before comes."""


def accounts(partners: Iterable[str]) -> list[BankAccount]:
    """Our accounts at banks in a world with these partners."""
    return [bank for partner in partners for bank in PROFILES[partner].banks]


class Credit(msgspec.Struct, frozen=True):
    """One payout as it arrives."""

    account: str
    """Our account at the bank."""
    booked_on: dt.date
    amount_minor: int
    payout: str
    """What names the payout: its id, or the number of the batch."""
    text: str
    key: str


class Statement(msgspec.Struct, frozen=True):
    """One statement of one account on one day."""

    account: BankAccount
    day: dt.date
    number: int
    opening_minor: int
    credits: list[Credit]

    @property
    def closing_minor(self) -> int:
        """The balance after all lines."""
        return self.opening_minor + sum(credit.amount_minor for credit in self.credits)


def write_statements(world: World, channel: Channel, arrived: list[Credit]) -> None:
    """Send one statement for each account and banking day, also where nothing moved."""
    for account in accounts(world.plan.partners):
        balance, number = account.opening_minor, account.first_statement
        for day in days_from(world.plan.first_day, world.plan.days):
            if is_banking_day(day, account.calendar):
                found = [c for c in arrived if c.account == account.account and c.booked_on == day]
                statement = Statement(account, day, number, balance, found)
                _send(channel, world.plan.seed, statement)
                balance, number = statement.closing_minor, number + 1


def _send(channel: Channel, seed: int, s: Statement) -> None:
    rows = [_balance(s, "opening", s.day - ONE_DAY, s.opening_minor)]
    rows += [_line(s, seed, credit, place) for place, credit in enumerate(s.credits, start=1)]
    rows.append(_balance(s, "closing", s.day, s.closing_minor) + str(len(s.credits)))
    sent = Sent(
        path=f"bank/statement/{wire.FILE_NAME.format(day=s.day, sequence=s.number)}",
        partner=PARTNER,
        feed="statement",
        received_at=at_local(s.day + ONE_DAY, STATEMENT_CLOCK, s.account.zone),
        account=s.account.account,
        keys=frozenset({s.day.isoformat(), s.account.currency, *(c.key for c in s.credits)}),
    )
    channel.send(sent, "\n".join([",".join(wire.STATEMENT), *rows, ""]).encode())


def _balance(s: Statement, record: str, day: dt.date, minor: int) -> str:
    amount = render_major(minor, s.account.currency)
    return f"{record},{s.account.account},{s.number},{day},,{amount},{s.account.currency},,,,"


def _line(s: Statement, seed: int, credit: Credit, place: int) -> str:
    reference = f"BK{Chance(seed, 'bank', s.account.account, s.number, place).word()}"
    amount = render_major(credit.amount_minor, s.account.currency)
    return csv_row(
        [
            "line", s.account.account, str(s.number), str(s.day), str(s.day), amount, s.account.currency, reference,
            credit.payout, credit.text, "",
        ]
    )  # fmt: skip
