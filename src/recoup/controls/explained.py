"""How much of what is open has a name: value explained, per currency, by amount and by rows.

Explained means a class other than unknown. What waits within its time is
explained by its expectation. Reads: break_, posting, expectation, dispute.
"""

from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal
from typing import Any

import msgspec
from sqlalchemy import func, select

from recoup.controls.balances import unbalanced
from recoup.controls.breaks import CLOSED
from recoup.controls.classes import UNKNOWN
from recoup.domain.canonical import parse
from recoup.domain.instants import Instant
from recoup.ledger.accounts import clearing_accounts
from recoup.storage import schema
from recoup.storage.register import View

CONVERSION = "fx_position"
_HUNDREDTH = Decimal("0.01")


class Explained(msgspec.Struct, frozen=True):
    """What is open in one currency, and how much of it has a name. Minor units, never negative."""

    currency: str
    minor: int
    explained_minor: int
    rows: int
    explained_rows: int

    @property
    def amount_pct(self) -> Decimal:
        """By amount, two decimals, rounded down: 100 means all."""
        return _pct(self.explained_minor, self.minor)

    @property
    def rows_pct(self) -> Decimal:
        """By rows."""
        return _pct(self.explained_rows, self.rows)


def breaks_explained(view: View) -> list[Explained]:
    """Open breaks with money, per currency."""
    b = schema.break_.c
    statement = select(b.amounts, b.classes).where(b.status != CLOSED)
    told: list[tuple[str, int, bool]] = []
    for amounts, classes in view.rows(statement):
        is_explained = parse(classes)[0] != UNKNOWN
        told.extend((a["currency"], a["minor"], is_explained) for a in parse(amounts))
    return _summed(told)


def clearing_explained(view: View, as_of: Instant) -> list[Explained]:
    """Clearing balances that are not zero, per currency: waiting within their time, or part of a named break.

    A converted leg stands in two currencies until the movement that answers it; no time is set for that before the
    dispute is decided.
    """
    waiting, named, undecided = _waiting(view, as_of), _named(view), _undecided(view)
    told: list[tuple[str, int, bool]] = []
    for balance in unbalanced(view, clearing_accounts()):
        keys = {balance.dispute, balance.batch} - {None}
        is_converted = balance.account == CONVERSION and balance.dispute in undecided
        is_explained = is_converted or bool(keys & waiting or keys & named)
        told.append((balance.currency, abs(balance.balance_minor), is_explained))
    return _summed(told)


def value_explained_pct(view: View) -> dict[str, Decimal]:
    """Per currency, how much of the money of open breaks has a name; a currency without any is not in it."""
    return {e.currency: e.amount_pct for e in breaks_explained(view)}


def _waiting(view: View, as_of: Instant) -> set[Any]:
    """Disputes and batches for which something is still to come in time."""
    e = schema.expectation.c
    rows = view.rows(select(e.dispute, e.batch).where(e.closed_at.is_(None), e.due_at >= as_of))
    return {key for row in rows for key in row if key is not None}


def _undecided(view: View) -> set[str]:
    """Disputes that may still be answered by a movement."""
    d = schema.dispute.c
    is_final = (d.outcome.is_not(None)) & (func.coalesce(d.finality, "") == "final")
    return {row[0] for row in view.rows(select(d.dispute).where(~is_final))}


def _named(view: View) -> set[Any]:
    """Disputes of open breaks with a name, and the batches and lines that their causes name."""
    b = schema.break_.c
    found: set[Any] = set()
    for disputes, cause, classes in view.rows(select(b.disputes, b.cause, b.classes).where(b.status != CLOSED)):
        if parse(classes)[0] != UNKNOWN:
            found.update(parse(disputes), cause.split(":"))
    return found


def _summed(told: Iterable[tuple[str, int, bool]]) -> list[Explained]:
    sums: dict[str, list[int]] = {}
    for currency, minor, is_explained in told:
        s = sums.setdefault(currency, [0, 0, 0, 0])
        s[0] += minor
        s[1] += minor * is_explained
        s[2] += 1
        s[3] += is_explained
    return [Explained(currency, *s) for currency, s in sorted(sums.items())]


def _pct(part: int, whole: int) -> Decimal:
    if not whole:
        return Decimal(100)
    return (Decimal(part) * 100 / Decimal(whole)).quantize(_HUNDREDTH, ROUND_DOWN)
