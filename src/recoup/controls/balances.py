"""Balances that should be zero and are not, as the books have them: one row per leg, batch, payout or line.

Reads: posting joined to entry (active ones alone), dispute.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, case, cast, func, select

from recoup.domain.instants import Instant
from recoup.storage import schema
from recoup.storage.register import View
from recoup.storage.types import Whole


class Balance(msgspec.Struct, frozen=True, gc=False):
    """One balance; debit positive. `debit_minor` and `credit_minor` are the sums of its sides, neither negative."""

    account: str
    partner: str
    partner_account: str
    dispute: str | None
    leg: str | None
    batch: str | None
    currency: str
    balance_minor: int
    debit_minor: int
    credit_minor: int
    since_on: str
    """The earliest day that an entry on it is effective."""
    booked_at: Instant
    """When the latest entry on it was known."""

    @property
    def is_two_sided(self) -> bool:
        """Both sides were told, and they differ; of a one-sided balance the other side is still to come."""
        return self.debit_minor != 0 and self.credit_minor != 0


def unbalanced(view: View, accounts: Sequence[str], rule: str | None = None) -> list[Balance]:
    """The balances of these accounts that are not zero, in order of key.

    Args:
      view: The register.
      accounts: Names of ledger accounts.
      rule: Only balances kept by a batch, payout or line that an entry of this rule opened.
    """
    statement = _statement(accounts)
    if rule is not None:
        statement = statement.where(schema.posting.c.batch.in_(_kept_by(accounts, rule)))
    return [Balance(*row) for row in view.rows(statement)]


def _kept_by(accounts: Sequence[str], rule: str) -> Select[Any]:
    p, e = schema.posting.c, schema.entry.c
    opening = select(p.batch).join(schema.entry, e.entry == p.entry)
    return opening.where(e.is_active == 1, e.rule == rule, p.account.in_(accounts), p.batch.is_not(None))


def _statement(accounts: Sequence[str]) -> Select[Any]:
    p, e = schema.posting.c, schema.entry.c
    key = (p.account, p.partner, p.partner_account, p.dispute, p.leg, p.batch, p.currency)
    return (
        select(
            *key,
            summed(p.amount_minor),
            debits(p.amount_minor),
            credits_(p.amount_minor),
            func.min(e.effective_on),
            func.max(e.booked_at),
        )
        .select_from(schema.posting)
        .join(schema.entry, e.entry == p.entry)
        .where(e.is_active == 1, p.account.in_(accounts))
        .group_by(*key)
        .having(summed(p.amount_minor) != 0)
        .order_by(*key)
    )


def summed(amount: Any) -> Any:
    """Sum an expression over whole numbers into a whole number, on both databases."""
    return cast(func.sum(amount), Whole)


def debits(amount: Any) -> Any:
    """Sum the positive side of amounts."""
    return summed(case((amount > 0, amount), else_=0))


def credits_(amount: Any) -> Any:
    """Sum the negative side of amounts, as a positive number."""
    return summed(case((amount < 0, -amount), else_=0))
