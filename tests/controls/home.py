"""The home that is thrown away, with a contract of its own, and with the breaks that a check finds in it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.controls.breaks import Break, read_break
from recoup.controls.run import CheckReport, check
from recoup.domain.canonical import parse
from recoup.domain.codes import Vocabulary
from recoup.domain.outcome_money import OutcomeMoney
from recoup.domain.symptoms import Symptoms, of_text
from recoup.partners.contract import Capabilities, Partner, Role
from recoup.storage import schema
from recoup.storage.register import Register
from recoup.watch.canary_home import (
    ACCOUNT,
    BANK_ACCOUNT,
    DAILY,
    DAYS,
    FEE,
    HOUSE_ACCOUNT,
    LEDGER_DAILY,
    START,
    TERMS,
    CanaryHome,
    at,
    iso,
    ours,
)

__all__ = [
    "ACCOUNT",
    "BANK_ACCOUNT",
    "DAILY",
    "DAYS",
    "FEE",
    "HOUSE_ACCOUNT",
    "LEDGER_DAILY",
    "PARTNERS",
    "START",
    "TERMS",
    "Home",
    "Seen",
    "at",
    "iso",
    "ours",
]


def outcome_row(outcome: str, debits: int, credits_: int) -> OutcomeMoney:
    return OutcomeMoney(
        grade="V", stage="chargeback", outcome=outcome, debits=debits, credits=credits_, source="the partner's guide"
    )


def partner(name: str, books: Mapping[Role, tuple[str, ...]], rows: tuple[OutcomeMoney, ...] = ()) -> Partner:
    can = Capabilities(True, True, True, "body", "Listing disputes.")
    return Partner(
        name=name,
        title=name,
        feeds={},
        books=books,
        codes=Vocabulary(()),
        capabilities=can,
        outcome_money=rows,
    )


PARTNERS: Mapping[str, Partner] = {
    "stripe": partner(
        "stripe",
        {
            "announces": ("webhook", "disputes"),
            "settles": ("payout_report", "balance_transactions"),
            "pays": ("payouts",),
        },
        (outcome_row("won", 1, 1), outcome_row("lost", 1, 0)),
    ),
    "bank": partner("bank", {"banks": ("statement",)}),
    "house": partner("house", {"confirms": ("ledger",)}),
}


class Home(CanaryHome):
    """One register and what was told to it."""

    def __init__(self, register: Register, *args: Any, **more: Any) -> None:
        """A home on an empty register."""
        super().__init__(register, PARTNERS, *args, **more)

    def check(self, day: int, hour: int = 23) -> CheckReport:
        """Check as of an hour of a day."""
        return check(self.register, at(day, hour), PARTNERS, actor="test", recorded_at=at(day, hour))

    def breaks(self, *, with_closed: bool = False) -> list["Seen"]:
        """The breaks that are open, or all."""
        with self.register.reading() as view:
            found = [read_break(row) for row in view.rows(select(schema.break_))]
        return [Seen.of(b) for b in sorted(found, key=lambda b: b.id) if with_closed or b.status != "closed"]

    def only(self) -> "Seen":
        """The one open break."""
        (found,) = self.breaks()
        return found


class Seen(msgspec.Struct, frozen=True):
    """A break, read back."""

    control: str
    classes: list[str]
    partner: str
    account: str | None
    feed: str | None
    merchant: str | None
    deliveries: list[str]
    disputes: list[str]
    amounts: dict[str, int]
    severity: str
    status: str
    closed_at: int | None
    first_seen_at: int
    nearest_due_at: int | None
    explanation: str
    symptoms: tuple[Symptoms, ...]

    @staticmethod
    def of(b: Break) -> "Seen":
        return Seen(
            b.control,
            parse(b.classes),
            b.partner,
            b.account,
            b.feed,
            b.merchant,
            parse(b.deliveries),
            parse(b.disputes),
            {a["currency"]: a["minor"] for a in parse(b.amounts)},
            b.severity,
            b.status,
            b.closed_at,
            b.first_seen_at,
            b.nearest_due_at,
            b.explanation,
            of_text(b.symptoms),
        )
