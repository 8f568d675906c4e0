"""How much of what is open has a name: value explained, per currency, by amount and by rows.

Explained means a class other than unknown. What waits within its time is
explained by its expectation. Reads: break_, posting, expectation, dispute.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_DOWN, Decimal

import msgspec
from sqlalchemy import func, select

from recoup.controls.balances import Balance, unbalanced
from recoup.controls.breaks import CLOSED
from recoup.controls.classes import UNKNOWN
from recoup.controls.keys import batch_key
from recoup.controls.settlement import may_be_told
from recoup.domain.canonical import parse
from recoup.domain.instants import Instant
from recoup.domain.symptoms import of_text
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


class _Files(msgspec.Struct, frozen=True):
    """The ISO days whose files of one account may still come in time, and the last day that a file was asked for."""

    due: frozenset[str]
    asked_until: str


Owner = tuple[str, str]
"""Partner and account."""


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
    named, undecided = _named(view), _undecided(view)
    waiting, files = _waiting(view, as_of) | _young(view, as_of), _files(view, as_of)
    told: list[tuple[str, int, bool]] = []
    for balance in unbalanced(view, clearing_accounts()):
        keys = _keys(balance)
        is_converted = balance.account == CONVERSION and balance.dispute in undecided
        is_explained = is_converted or bool(keys & waiting or keys & named) or _is_due(balance, files)
        told.append((balance.currency, abs(balance.balance_minor), is_explained))
    return _summed(told)


def value_explained_pct(view: View) -> dict[str, Decimal]:
    """Per currency, how much of the money of open breaks has a name; a currency without any is not in it."""
    return {e.currency: e.amount_pct for e in breaks_explained(view)}


def _keys(balance: Balance) -> set[str]:
    """What a balance can be named by: its dispute, its batch."""
    return set(_named_by(balance.partner, balance.partner_account, balance.dispute, balance.batch))


def _named_by(partner: str, account: str, dispute: str | None, batch: str | None) -> Iterator[str]:
    if dispute is not None:
        yield dispute
    if batch is not None:
        yield batch_key(partner, account, batch)


def _waiting(view: View, as_of: Instant) -> set[str]:
    """Disputes and batches for which something is still to come in time."""
    e = schema.expectation.c
    statement = select(e.partner, e.account, e.dispute, e.batch).where(e.closed_at.is_(None), e.due_at >= as_of)
    return {key for row in view.rows(statement) for key in _named_by(*row)}


def _is_due(balance: Balance, files: Mapping[Owner, _Files]) -> bool:
    """Whether the report that tells what a payout is made of may still come in time."""
    if balance.account != "settlement_clearing" or (balance.partner, balance.partner_account) not in files:
        return False
    told = files[balance.partner, balance.partner_account]
    return balance.since_on in told.due or balance.since_on > told.asked_until


def _files(view: View, as_of: Instant) -> dict[Owner, _Files]:
    """The files that accounts' schedules ask for, by partner and account."""
    e = schema.expectation.c
    rows = view.rows(select(e.partner, e.account, e.subject, e.closed_at, e.due_at).where(e.kind == "file"))
    found: dict[Owner, _Files] = {}
    for partner, account, subject, closed_at, due_at in rows:
        day = subject.rpartition(":")[2]
        was = found.get((partner, account), _Files(frozenset(), day))
        due = {day} if closed_at is None and due_at >= as_of else set()
        found[partner, account] = _Files(was.due | due, max(was.asked_until, day))
    return found


def _young(view: View, as_of: Instant) -> set[str]:
    """Money at the bank of which a partner may still tell in time."""
    found = unbalanced(view, ("suspense",), rule="bank_unexplained")
    return {key for balance in found if may_be_told(balance, as_of) for key in _keys(balance)}


def _undecided(view: View) -> set[str]:
    """Disputes that may still be answered by a movement."""
    d = schema.dispute.c
    is_final = (d.outcome.is_not(None)) & (func.coalesce(d.finality, "") == "final")
    return {row[0] for row in view.rows(select(d.dispute).where(~is_final))}


def _named(view: View) -> set[str]:
    """Disputes and batches of open breaks with a name, and of what those explain."""
    b = schema.break_.c
    found: set[str] = set()
    for disputes, symptoms, classes in view.rows(select(b.disputes, b.symptoms, b.classes).where(b.status != CLOSED)):
        if parse(classes)[0] != UNKNOWN:
            found.update(parse(disputes), *(shown.batches for shown in of_text(symptoms)))
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
