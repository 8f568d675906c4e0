"""The four-way proof of a partner-day: object, partner's money, house, payout and bank, and what is left of them.

A day is a day in the zone of the account. Each side is summed from its own rows and laid beside what the books took of
it, which must be equal: nothing told is left unbooked, nothing booked was never told. What the sides then owe each
other is a balance on a clearing account. A balance belongs to the day on which it was opened, so that each open
cent stands in exactly one proof, and it has a name (`residual.py`). `partner_day_sides.py` has the sums.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Select, func, select

from recoup.domain.instants import local_day
from recoup.enquiry.partner_day_sides import SIDES, Days, Roles, Side, Sum, our_accounts, sides, within
from recoup.enquiry.residual import NAMES, UNKNOWN, Balance, Facts, Name, about, named, read_facts
from recoup.ledger.accounts import clearing_accounts
from recoup.storage import schema
from recoup.storage.register import View, total

Standing = Literal["tied", "waiting", "open"]
"""Tied: all sides agree and nothing is left. Waiting: what is left is not past due. Open: something else is left."""
IDS_SHOWN = 20

_Key = tuple[str, str, str, str]
"""Partner, account, ISO day, currency."""


class Open(msgspec.Struct, frozen=True):
    """One balance that was opened on the day and has not returned to zero; debit positive, minor units."""

    account: str
    merchant: str | None
    dispute: str | None
    leg: str | None
    batch: str | None
    currency: str
    balance_minor: int
    name: Name
    why: str
    lines: tuple[str, ...]
    """The partner's names of the money lines that it may hang on."""


class Remainder(msgspec.Struct, frozen=True):
    """What is left under one name: how many balances, their sizes added up, and which disputes and batches."""

    name: Name
    rows: int
    minor: int
    disputes: tuple[str, ...]
    """The first of them; all stand in `open`."""
    batches: tuple[str, ...]


class DayProof(msgspec.Struct, frozen=True):
    """One partner-day in one currency. Money to us is positive; minor units."""

    partner: str
    account: str
    covers_on: str
    currency: str
    standing: Standing
    sides: tuple[Side, ...]
    balance_minor: int
    """What the books carry of balances opened on this day, debit positive."""
    remainders: tuple[Remainder, ...]
    left_rows: int
    left_minor: int
    """Sizes of all that is left, differences between a side and the books among them."""
    explained_rows: int
    explained_minor: int
    open: tuple[Open, ...]


class Which(msgspec.Struct, frozen=True):
    """Which partner-days: from a day to a day, both counted; None does not narrow."""

    first_on: str
    last_on: str
    partner: str | None = None
    account: str | None = None

    @property
    def days(self) -> Days:
        """From the first to the last."""
        return Days(self.first_on, self.last_on)


def prove_days(view: View, which: Which, books: Roles, now: int) -> list[DayProof]:
    """Prove partner-days that money moved on, in order of partner, account, day and currency.

    Args:
      view: One unchanging view of the register.
      which: The days and accounts.
      books: Of each partner, the feeds that book each role, the preferred first.
      now: The present, which tells what is late from what may still come.
    """
    accounts = our_accounts(view, which.partner, which.account)
    told = sides(view, accounts, which.days, books)
    left = opened(view, which)
    # A lump may stand for legs of other days: what is open is named beside all that is.
    facts = read_facts(view, left, now)
    named_left = [(balance, _open(balance, facts)) for balance in left]
    by_key: dict[_Key, list[Open]] = defaultdict(list)
    for balance, found in named_left:
        by_key[balance.partner, balance.partner_account, balance.opened_on, balance.currency].append(found)
    known = {(a.partner, a.account) for a in accounts}
    keys = sorted(key for key in {*told, *by_key} if key[:2] in known)
    return [_proof(key, told.get(key, {}), by_key.get(key, ())) for key in keys]


def _proof(key: _Key, told: Mapping[str, Sum], left: Sequence[Open]) -> DayProof:
    laid = tuple(Side.of(name, told[name]) for name in SIDES if name in told)
    apart = [abs(side.difference_minor) for side in laid if side.difference_minor]
    sizes = [abs(balance.balance_minor) for balance in left]
    unknown = [abs(balance.balance_minor) for balance in left if balance.name == UNKNOWN]
    return DayProof(
        *key,
        standing=_standing(bool(apart), left),
        sides=laid,
        balance_minor=sum(balance.balance_minor for balance in left),
        remainders=tuple(_remainders(left)),
        left_rows=len(sizes) + len(apart),
        left_minor=sum(sizes) + sum(apart),
        explained_rows=len(sizes) - len(unknown),
        explained_minor=sum(sizes) - sum(unknown),
        open=tuple(left),
    )


class Explained(msgspec.Struct, frozen=True):
    """What is left in one currency, and how much of it has a name other than unknown; minor units."""

    currency: str
    rows: int
    explained_rows: int
    minor: int
    explained_minor: int


def explained(days: Iterable[DayProof]) -> list[Explained]:
    """Add up what is left and explained, per currency."""
    sums: dict[str, list[int]] = {}
    for day in days:
        found = sums.setdefault(day.currency, [0, 0, 0, 0])
        for at, part in enumerate((day.left_rows, day.explained_rows, day.left_minor, day.explained_minor)):
            found[at] += part
    return [Explained(currency, *found) for currency, found in sorted(sums.items()) if found[0]]


def without_open(day: DayProof) -> DayProof:
    """Give a proof without its single balances, which may be many."""
    return msgspec.structs.replace(day, open=())


def _standing(is_apart: bool, left: Sequence[Open]) -> Standing:
    if is_apart or any(balance.name != "timing" for balance in left):
        return "open"
    return "waiting" if left else "tied"


def _remainders(left: Sequence[Open]) -> Iterable[Remainder]:
    for name in NAMES:
        those = [balance for balance in left if balance.name == name]
        if those:
            disputes = dict.fromkeys(balance.dispute for balance in those if balance.dispute)
            batches = dict.fromkeys(balance.batch for balance in those if balance.batch and not balance.dispute)
            minor = sum(abs(balance.balance_minor) for balance in those)
            shown = (tuple(list(ids)[:IDS_SHOWN]) for ids in (disputes, batches))
            yield Remainder(name, len(those), minor, *shown)


def _open(balance: Balance, facts: Facts) -> Open:
    name, why = named(balance, facts)
    lines = () if name == "timing" else tuple(line.identity for line in facts.lines.get(about(balance), ()))
    return Open(
        balance.account,
        balance.merchant,
        balance.dispute,
        balance.leg,
        balance.batch,
        balance.currency,
        balance.balance_minor,
        name,
        why,
        lines[:IDS_SHOWN],
    )


# --- balances -------------------------------------------------------------------------------

_P, _E = schema.posting.c, schema.entry.c
_KEPT_BY = (_P.account, _P.partner, _P.partner_account, _P.merchant, _P.dispute, _P.leg, _P.batch, _P.currency)


def opened(view: View, which: Which) -> list[Balance]:
    """Give the clearing balances that were opened on these days and are not zero, in order of key.

    Two statements, whatever their number: those kept by a dispute, and those kept by a batch, payout or line.
    """
    by_dispute = _balances(which).where(_P.dispute.in_(_unbalanced(which, _P.dispute)))
    by_batch = _balances(which).where(_P.dispute.is_(None), _P.batch.in_(_unbalanced(which, _P.batch)))
    without = _balances(which).where(_P.dispute.is_(None), _P.batch.is_(None))
    rows = [row for statement in (by_dispute, by_batch, without) for row in view.rows(statement)]
    return sorted((Balance(*row) for row in rows), key=_in_order)


def balances_of(view: View, terms: Sequence[ColumnElement[bool]]) -> list[Balance]:
    """Give the clearing balances that are not zero among the postings that fit, in order of key."""
    return sorted((Balance(*row) for row in view.rows(_summed().where(*terms))), key=_in_order)


def _in_order(balance: Balance) -> tuple[str, ...]:
    kept_by = (balance.dispute, balance.leg, balance.batch, balance.merchant)
    place = (balance.partner, balance.partner_account, balance.opened_on, balance.currency, balance.account)
    return (*place, *(part or "" for part in kept_by))


def _balances(which: Which) -> Select[Any]:
    statement = _summed().having(within(func.min(_E.effective_on), which.days))
    return statement.where(*_whose(which))


def _summed() -> Select[Any]:
    return (
        select(*_KEPT_BY, total(_P.amount_minor), func.min(_E.effective_on), func.count())
        .select_from(schema.posting)
        .join(schema.entry, _E.entry == _P.entry)
        .where(_E.is_active == 1, _P.account.in_(clearing_accounts()))
        .group_by(*_KEPT_BY)
        .having(total(_P.amount_minor) != 0)
    )


def _unbalanced(which: Which, column: ColumnElement[Any]) -> Select[Any]:
    """Select those touched on these days that do not add up to zero; a reversed pair does, so no entry is looked at."""
    return (
        select(column)
        .where(column.in_(_touched(which, column)), _P.account.in_(clearing_accounts()))
        .group_by(*_KEPT_BY)
        .having(total(_P.amount_minor) != 0)
    )


def _touched(which: Which, column: ColumnElement[Any]) -> Select[Any]:
    """Select what the postings of these days are kept by: nothing else can have been opened on them."""
    return (
        select(column)
        .select_from(schema.entry)
        .join(schema.posting, _E.entry == _P.entry)
        .where(within(_E.effective_on, which.days), _E.is_active == 1, column.is_not(None))
        .where(_P.account.in_(clearing_accounts()), *_whose(which))
        .distinct()
    )


def _whose(which: Which) -> list[ColumnElement[bool]]:
    terms = []
    if which.partner is not None:
        terms.append(_P.partner == which.partner)
    if which.account is not None:
        terms.append(_P.partner_account == which.account)
    return terms


def day_of(now: int, zone: str) -> str:
    """Give the ISO day of an instant in a zone."""
    return local_day(now, zone).isoformat()
