"""The books as they stand: trial balance, open clearing balances by age, and entries.

Balances count the entries that stand, so that a reversed pair shows nowhere and two homes that heard the same facts
in another order show the same. With `known_at` an entry stands if it was booked by then and not reversed by then.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, case, cast, func, select
from sqlalchemy.sql.selectable import FromClause

from recoup.domain.instants import DAY
from recoup.ledger.accounts import clearing_accounts
from recoup.storage import rulings, schema
from recoup.storage.register import View
from recoup.storage.schema import dispute, entry, posting
from recoup.storage.types import Whole


class TrialRow(msgspec.Struct, frozen=True):
    """One account of one book at one partner for one merchant and currency. Minor units; debits positive."""

    book: str
    account: str
    partner: str
    merchant: str | None
    currency: str
    debit_minor: int
    credit_minor: int
    balance_minor: int


class Trial(msgspec.Struct, frozen=True):
    """The trial balance. `balanced`: in each book and currency debits equal credits."""

    balanced: bool
    accounts: tuple[TrialRow, ...]


class ClearingRow(msgspec.Struct, frozen=True):
    """One balance that has not returned to zero: by leg of a dispute, or by batch, payout or line."""

    account: str
    partner: str
    partner_account: str
    merchant: str | None
    dispute: str | None
    leg: str | None
    batch: str | None
    currency: str
    balance_minor: int
    oldest_at: int
    """When the oldest posting of the balance was booked."""
    age_days: int


class PostingRow(msgspec.Struct, frozen=True):
    """One line of an entry; debit positive, minor units."""

    account: str
    sort: str | None
    partner: str
    merchant: str | None
    leg: str | None
    batch: str | None
    currency: str
    amount_minor: int


class EntryRow(msgspec.Struct, frozen=True):
    """One journal entry."""

    id: str
    book: str
    effective_on: str
    period: str
    """YYYY-MM that took it: another than its day's where that was locked."""
    booked_at: int
    rule: str
    dispute: str | None
    subject: str | None
    reverses: str | None
    is_active: bool
    postings: tuple[PostingRow, ...]


class Period(msgspec.Struct, frozen=True):
    """One month of one book, and whether it takes entries."""

    book: str
    period: str
    is_locked: bool
    entries: int
    """That it took, reversed ones and reversals too."""
    moved_in: int
    """Of those, the ones about days of periods that were locked."""


class Lock(msgspec.Struct, frozen=True):
    """One ruling on the lock of a book: what holds, held, or waits for a second person."""

    book: str
    locked_through: str | None
    since_at: int | None
    """None while it waits."""
    by: str
    approved_by: str | None
    reason: str


class Periods(msgspec.Struct, frozen=True):
    """The months of the books, and all that was ruled on their locks, in order."""

    periods: tuple[Period, ...]
    locks: tuple[Lock, ...]


class Which(msgspec.Struct, frozen=True):
    """Which postings or entries; what is None does not narrow."""

    book: str | None = None
    account: str | None = None
    partner: str | None = None
    merchant: str | None = None
    dispute: str | None = None
    rule: str | None = None


EVERYTHING = Which()


def trial(view: View, which: Which = EVERYTHING, known_at: int | None = None) -> Trial:
    """Give debits, credits and balance of each account, in order of account, partner, merchant and currency."""
    kept_by = (entry.c.book, posting.c.account, posting.c.partner, posting.c.merchant, posting.c.currency)
    debit = case((posting.c.amount_minor > 0, posting.c.amount_minor), else_=0)
    credit = case((posting.c.amount_minor < 0, -posting.c.amount_minor), else_=0)
    statement = (
        select(*kept_by, _sum(debit), _sum(credit), _sum(posting.c.amount_minor))
        .select_from(_standing())
        .where(*_standing_terms(known_at), *_terms(which))
        .group_by(*kept_by)
    )
    rows = [TrialRow(*row) for row in view.rows(statement)]
    rows.sort(key=lambda row: (row.book, row.account, row.partner, row.merchant or "", row.currency))
    return Trial(balanced=_is_balanced(view, known_at), accounts=tuple(rows))


def _place(row: Any) -> tuple[object, ...]:
    """One order for open balances, oldest first, that does not depend on how they were found."""
    kept_by = (row.partner or "", row.merchant or "", row.dispute or "", row.leg or "", row.batch or "")
    return (row.oldest_at, row.account, *kept_by, row.currency)


def clearing(view: View, which: Which, now: int, known_at: int | None = None) -> list[ClearingRow]:
    """Give the balances that have not returned to zero, the oldest first.

    Args:
      view: One unchanging view of the register.
      which: What narrows the list; a merchant is the one posted to, else the dispute's.
      now: The present, for ages.
      known_at: As we knew it at this instant; None for all we know.
    """
    merchant = func.coalesce(posting.c.merchant, dispute.c.merchant)
    kept_by = (
        posting.c.account,
        posting.c.partner,
        posting.c.partner_account,
        merchant,
        posting.c.dispute,
        posting.c.leg,
        posting.c.batch,
        posting.c.currency,
    )
    balance = _sum(posting.c.amount_minor)
    statement = (
        select(*kept_by, balance, func.min(entry.c.booked_at))
        .select_from(_standing().outerjoin(dispute, dispute.c.dispute == posting.c.dispute))
        .where(
            posting.c.account.in_(clearing_accounts()),
            *_standing_terms(known_at),
            *_terms(which, merchant, posting.c.dispute),
        )
        .group_by(*kept_by)
        .having(balance != 0)
    )
    rows = [ClearingRow(*(*row, max(0, now - row[-1]) // DAY)) for row in view.rows(statement)]
    return sorted(rows, key=_place)


def entries(view: View, which: Which, known_at: int | None = None) -> list[EntryRow]:
    """Give entries with their postings, reversed ones and reversals too, in the order they were booked.

    An entry is chosen if it fits and, where account, partner or merchant are asked for, any of its postings does.
    """
    terms = [] if known_at is None else [entry.c.booked_at <= known_at]
    chosen = select(entry.c.entry).select_from(_standing()).where(*terms, *_terms(which)).distinct()
    statement = (
        select(*_entry_columns(), *_posting_columns())
        .select_from(_standing())
        .where(entry.c.entry.in_(chosen))
        .order_by(entry.c.booked_at, entry.c.effective_on, entry.c.fact, entry.c.turn, posting.c.line)
    )
    return _entries(view.rows(statement))


def entries_about(view: View, dispute_id: str) -> list[EntryRow]:
    """Give the entries about one dispute, in the order they were booked."""
    return entries(view, Which(dispute=dispute_id))


def periods(view: View, which: str | None = None) -> Periods:
    """Give the months that took entries or are locked, in order of book and month."""
    through: dict[str, str | None] = dict(view.rows(select(schema.book.c.name, schema.book.c.locked_through)))
    is_moved = func.substr(entry.c.effective_on, 1, 7) < entry.c.period
    columns = (entry.c.book, entry.c.period, func.count(), _sum(case((is_moved, 1), else_=0)))
    found = view.rows(select(*columns).group_by(entry.c.book, entry.c.period))
    told = {(name, period): (number, moved) for name, period, number, moved in found}
    for name, day in through.items():
        if day is not None:
            told.setdefault((name, day[:7]), (0, 0))
    rows = tuple(
        Period(name, period, (through.get(name) or "")[:7] >= period, *told[name, period])
        for name, period in sorted(told)
        if which in (None, name)
    )
    return Periods(rows, tuple(_locks(view, which)))


def _locks(view: View, which: str | None) -> Iterator[Lock]:
    for name, now in sorted(rulings.standings(view, "books_locked_through").items()):
        if which in (None, name):
            for held in now.held:
                said = held.said
                yield Lock(name, said.value, held.since_at, said.actor, held.approved_by, said.reason)
            if now.waiting is not None:
                yield Lock(name, now.waiting.value, None, now.waiting.actor, None, now.waiting.reason)


def _sum(column: ColumnElement[Any]) -> ColumnElement[int]:
    # PostgreSQL sums whole numbers into a decimal.
    return cast(func.sum(column), Whole)


def _standing() -> FromClause:
    return entry.join(posting, posting.c.entry == entry.c.entry)


def _standing_terms(known_at: int | None) -> list[ColumnElement[bool]]:
    """What makes an entry stand: neither a reversal nor reversed, at an instant of knowing."""
    if known_at is None:
        return [entry.c.is_active == 1]
    later = entry.alias("later")
    reversed_by_then = (
        select(later.c.entry).where(later.c.reverses == entry.c.entry, later.c.booked_at <= known_at).exists()
    )
    return [entry.c.booked_at <= known_at, entry.c.reverses.is_(None), ~reversed_by_then]


def _terms(
    which: Which, merchant: ColumnElement[Any] = posting.c.merchant, about: ColumnElement[Any] = entry.c.dispute
) -> list[ColumnElement[bool]]:
    columns = {
        "book": entry.c.book,
        "account": posting.c.account,
        "partner": posting.c.partner,
        "merchant": merchant,
        "dispute": about,
        "rule": entry.c.rule,
    }
    return [column == value for name, column in columns.items() if (value := getattr(which, name)) is not None]


def _is_balanced(view: View, known_at: int | None) -> bool:
    return not view.rows(_apart(_standing_terms(known_at)))


def unbalanced(view: View, book: str) -> list[tuple[str, int]]:
    """Give the currencies of a book in which debits are not credits, with debits less credits in minor units."""
    rows = view.rows(_apart([*_standing_terms(None), entry.c.book == book]))
    return sorted((currency, minor) for _, currency, minor in rows)


def _apart(terms: Sequence[ColumnElement[bool]]) -> Select[Any]:
    minor = _sum(posting.c.amount_minor)
    kept_by = (entry.c.book, posting.c.currency)
    return select(*kept_by, minor).select_from(_standing()).where(*terms).group_by(*kept_by).having(minor != 0)


def _entry_columns() -> list[ColumnElement[Any]]:
    about = ("entry", "book", "effective_on", "period", "booked_at", "rule", "dispute", "subject")
    return [entry.c[name] for name in (*about, "reverses", "is_active")]


def _posting_columns() -> list[ColumnElement[Any]]:
    return [posting.c[name] for name in PostingRow.__struct_fields__]


def _entries(rows: Sequence[tuple[Any, ...]]) -> list[EntryRow]:
    width = len(_entry_columns())
    lines: dict[tuple[Any, ...], list[PostingRow]] = {}
    for row in rows:
        lines.setdefault(row[:width], []).append(PostingRow(*row[width:]))
    return [EntryRow(*(*head[:-1], bool(head[-1]), tuple(postings))) for head, postings in lines.items()]
