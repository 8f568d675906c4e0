"""What each side of a partner-day says it moved, from its own rows, and what the books took of it.

Reads: dispute (announced legs), money_line and settlement_total (each movement once, as the feed that books it tells
it), house_line, and entry joined to posting. Money to us is positive; for the house, money to the merchant is.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, func, literal, or_, select

from recoup.domain.instants import day_end, day_start, local_day
from recoup.domain.legs import read_legs
from recoup.domain.money_line import DISPUTE_KINDS
from recoup.ledger.lives import lives
from recoup.ledger.opening import CARRIED
from recoup.storage import schema
from recoup.storage.register import View
from recoup.storage.types import Whole

SideName = Literal["object", "money", "other", "house", "paid_out", "banked"]
SIDES: tuple[SideName, ...] = ("object", "money", "other", "house", "paid_out", "banked")
"""`object`: legs that the partner announced. `money`: its lines about disputes, net. `other`: the rest of its reports,
net. `house`: what the house moved on merchants' balances. `paid_out`: payouts. `banked`: payouts that reached the bank;
at a bank, all its lines."""
Roles = Mapping[str, Mapping[str, tuple[str, ...]]]
PAYOUT_KINDS = ("payout", "payout_failure")
SETTLING = ("settlement_clearing", "bank", "partner_balance")
CONFIRMING = ("house_ledger", "merchant_receivable")
ANNOUNCED = {"debit": -1, "credit": 1}


class Account(msgspec.Struct, frozen=True):
    """One account of ours, with what decides how it is proved."""

    partner: str
    account: str
    zone: str
    books_from: str | None
    """From which ISO day on its facts are booked: "" from the first, None in trial, where none are."""
    preset: str

    @property
    def is_booked(self) -> bool:
        """Whether any of its days is in the books."""
        return self.books_from is not None


def our_accounts(view: View, partner: str | None = None, account: str | None = None) -> list[Account]:
    """Give our accounts, in order, those that fit."""
    a, b = schema.account, schema.book
    statement = select(a.c.partner, a.c.account, a.c.zone, a.c.phase, b.c.preset).join(b, b.c.name == a.c.book)
    for column, wanted in ((a.c.partner, partner), (a.c.account, account)):
        if wanted is not None:
            statement = statement.where(column == wanted)
    rows = view.rows(statement.order_by(a.c.partner, a.c.account))
    stand = lives(view, {(row[0], row[1]): row[3] for row in rows})
    return [Account(p, name, zone, stand[p, name].books_from, preset) for p, name, zone, _, preset in rows]


class Days(msgspec.Struct, frozen=True):
    """ISO days, both counted."""

    first_on: str
    last_on: str


class Sum(msgspec.Struct):
    """What one side said and what the books took, added up."""

    rows: int = 0
    told_minor: int = 0
    booked_rows: int = 0
    booked_minor: int = 0


class Side(msgspec.Struct, frozen=True):
    """One side of a partner-day in one currency."""

    side: SideName
    rows: int
    told_minor: int
    """As its own rows say."""
    booked_minor: int
    """As the books took it."""
    difference_minor: int

    @staticmethod
    def of(name: SideName, told: Sum) -> "Side":
        """Lay what was told beside what was booked."""
        return Side(name, told.rows, told.told_minor, told.booked_minor, told.told_minor - told.booked_minor)


Sums = dict[tuple[str, str, str, str], dict[str, Sum]]
_Row = tuple[str, str, str, str, str, int, int]
"""Partner, account, ISO day, currency, side, rows, minor units."""


def sides(view: View, accounts: Sequence[Account], days: Days, books: Roles) -> Mapping[Any, Mapping[str, Sum]]:
    """Sum each side by partner, account, day and currency; days of accounts in trial are left out.

    Args:
      view: One unchanging view of the register.
      accounts: Whose days.
      days: From the first to the last.
      books: Of each partner, the feeds that book each role, the preferred first.
    """
    live = {(a.partner, a.account): a for a in accounts if a.is_booked}
    sums: Sums = defaultdict(lambda: defaultdict(Sum))
    for row in (*_announced(view, live, days), *_lines(view, days, books), *_totals(view, days, books)):
        _tell(sums, live, row)
    for row in (*_bank(view, days, books), *_bank_met(view, days), *_house(view, live, days)):
        _tell(sums, live, row)
    for partner, account, day, currency, side, rows, minor in _booked(view, days):
        if (partner, account) in live and not (side == "house" and _is_merchants(live[partner, account])):
            found = sums[partner, account, day, currency][side]
            found.booked_rows += rows
            found.booked_minor += minor
    return sums


def _tell(sums: Sums, live: Mapping[tuple[str, str], Account], row: _Row) -> None:
    partner, account, day, currency, side, rows, minor = row
    ours = live.get((partner, account))
    if ours is not None and day >= (ours.books_from or ""):
        found = sums[partner, account, day, currency][side]
        found.rows += rows
        found.told_minor += minor


def _is_merchants(account: Account) -> bool:
    return account.preset == "merchant"


def within(day: ColumnElement[Any], days: Days) -> ColumnElement[bool]:
    """Say whether a day is one of these; PostgreSQL reads no BETWEEN with texts that name their order."""
    return and_(day >= days.first_on, day <= days.last_on)


def summed(amount: Any) -> Any:
    """Sum whole numbers into a whole number; PostgreSQL would otherwise answer with a decimal."""
    return cast(func.sum(amount), Whole)


def _sums(view: View, statement: Select[Any]) -> list[_Row]:
    return [
        (str(p), str(a), str(day), str(code), str(side), n, minor)
        for p, a, day, code, side, n, minor in view.rows(statement)
    ]


# --- the partner's objects ------------------------------------------------------------------


def _announced(view: View, live: Mapping[tuple[str, str], Account], days: Days) -> Iterator[_Row]:
    """Sum the debits and credits that objects announced, leg by leg: the latest amount told, on the first day told."""
    d = schema.dispute.c
    whole = [_span(account.zone, days) for account in live.values()]
    if not whole:
        return
    # A leg was announced at the latest by what moved the dispute last.
    statement = select(d.partner, d.account, d.legs).where(
        d.legs != "[]", d.moved_at >= min(since for since, _ in whole)
    )
    partners = sorted({partner for partner, _ in live})
    sums: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for rows in view.batches(statement.where(d.partner.in_(partners))):
        for partner, account, text in rows:
            ours = live.get((partner, account))
            for leg in read_legs(text) if ours else ():
                if ours and leg.leg in ANNOUNCED:
                    found = sums[partner, account, local_day(leg.announced_at, ours.zone).isoformat(), leg.currency]
                    found[0] += 1
                    found[1] += ANNOUNCED[leg.leg] * leg.amount_minor
    for (partner, account, day, currency), (count, minor) in sums.items():
        if days.first_on <= day <= days.last_on:
            yield partner, account, day, currency, "object", count, minor


def _span(zone: str, days: Days) -> tuple[int, int]:
    first, last = (dt.date.fromisoformat(day) for day in (days.first_on, days.last_on))
    return day_start(first, zone), day_end(last, zone)


# --- the partner's money --------------------------------------------------------------------


def _lines(view: View, days: Days, books: Roles) -> Iterator[_Row]:
    """Sum lines that are booked one by one: each movement once, as the preferred feed tells it."""
    m = schema.money_line
    named = select(m.c.money_line).where(within(m.c.effective_on, days))
    rank = _rank(m.c.partner, m.c.feed, m.c.kind, books)
    place = func.row_number().over(partition_by=m.c.money_line, order_by=(rank, m.c.feed)).label("place")
    told = select(m, place).where(m.c.money_line.in_(named), rank.is_not(None)).subquery()
    t = told.c
    side = case((t.kind.in_(PAYOUT_KINDS), "paid_out"), else_="money")
    # A payout leaves our balance there: what it pays us is positive here.
    minor = case((t.kind.in_(PAYOUT_KINDS), -t.net_minor), else_=t.net_minor)
    is_one_by_one = or_(t.kind.in_([*sorted(DISPUTE_KINDS), *PAYOUT_KINDS]), t.dispute.is_not(None))
    statement: Select[Any] = (
        select(t.partner, t.account, t.effective_on, t.currency, side, func.count(), summed(minor))
        .where(t.place == 1, t.kind != "bank", is_one_by_one, within(t.effective_on, days))
        .group_by(t.partner, t.account, t.effective_on, t.currency, side)
    )
    yield from _sums(view, statement)


def _bank(view: View, days: Days, books: Roles) -> Iterator[_Row]:
    """Sum a bank's lines: each day in a currency as the feed tells it that tells most of it, then the preferred."""
    m = schema.money_line.c
    rank = _rank(m.partner, m.feed, m.kind, books)
    key = (m.partner, m.account, m.effective_on, m.currency)
    statement: Select[Any] = (
        select(*key, rank, func.count(), summed(m.net_minor))
        .where(m.kind == "bank", within(m.effective_on, days), rank.is_not(None))
        .group_by(*key, rank)
    )
    best: dict[tuple[Any, ...], tuple[int, int, int]] = {}
    for *of_day, at, rows, minor in view.rows(statement):
        best[tuple(of_day)] = min(best.get(tuple(of_day), (0, 0, 0)), (-rows, at, minor))
    for (partner, account, day, currency), (rows, _, minor) in best.items():
        yield partner, account, day, currency, "banked", -rows, minor


def _rank(partner: ColumnElement[Any], feed: ColumnElement[Any], kind: ColumnElement[Any], books: Roles) -> Any:
    """Rank a telling among those that book its role, 0 the preferred; NULL where the feed only informs."""
    roles = (
        ("pays", kind.in_(PAYOUT_KINDS)),
        ("banks", kind == "bank"),
        ("settles", kind.not_in(("bank", *PAYOUT_KINDS))),
    )
    whens = [
        (and_(partner == name, feed == said, is_kind), at)
        for name, by_role in sorted(books.items())
        for role, is_kind in roles
        for at, said in enumerate(by_role.get(role, ()))
    ]
    return case(*whens, else_=None) if whens else literal(None, Integer)


def _totals(view: View, days: Days, books: Roles) -> Iterator[_Row]:
    """Sum the rest of the reports: of each batch as its preferred feed tells it."""
    t = schema.settlement_total
    named = select(t.c.batch).where(within(t.c.effective_on, days)).distinct()
    rank = _rank(t.c.partner, t.c.feed, t.c.kind, books)
    best = func.min(rank).over(partition_by=(t.c.partner, t.c.account, t.c.batch)).label("best")
    told = select(t, rank.label("rank"), best).where(t.c.batch.in_(named), rank.is_not(None)).subquery()
    c = told.c
    statement: Select[Any] = (
        select(c.partner, c.account, c.effective_on, c.currency, literal("other"), summed(c.lines), summed(c.net_minor))
        .where(c.rank == c.best, within(c.effective_on, days))
        .group_by(c.partner, c.account, c.effective_on, c.currency)
    )
    yield from _sums(view, statement)


def _bank_met(view: View, days: Days) -> Iterator[_Row]:
    """Sum the bank's own lines that met a payout, for the account that was paid out of."""
    m, e, p = schema.money_line.c, schema.entry.c, schema.posting.c
    where = (within(e.effective_on, days), e.is_active == 1, e.rule == "bank_received")
    # Of one line that several statements tell, one telling counts.
    amounts = (
        select(m.money_line, m.currency, func.min(m.net_minor).label("net_minor"))
        .where(m.kind == "bank")
        .group_by(m.money_line, m.currency)
        .subquery()
    )
    statement: Select[Any] = (
        select(p.partner, p.partner_account, e.effective_on, p.currency, literal("banked"), func.count())
        .add_columns(summed(amounts.c.net_minor))
        .select_from(schema.entry)
        .join(schema.posting, p.entry == e.entry)
        .join(amounts, amounts.c.money_line == e.subject)
        .where(*where, p.account == "payout_clearing")
        .group_by(p.partner, p.partner_account, e.effective_on, p.currency)
    )
    yield from _sums(view, statement)


# --- the house ------------------------------------------------------------------------------


def _house(view: View, live: Mapping[tuple[str, str], Account], days: Days) -> Iterator[_Row]:
    """Sum what the house moved on merchants' balances for disputes, on the account that the dispute is at."""
    h, d = schema.house_line.c, schema.dispute.c
    key = (d.partner, d.account, h.effective_on, h.currency)
    joined = schema.house_line.join(
        schema.dispute, and_(d.partner == h.partner, d.partner_dispute_id == h.partner_dispute_id)
    )
    statement: Select[Any] = (
        select(*key, literal("house"), func.count(), summed(h.amount_minor))
        .select_from(joined)
        .where(within(h.effective_on, days))
        .group_by(*key)
    )
    for row in _sums(view, statement):
        ours = live.get((row[0], row[1]))
        if ours is not None and not _is_merchants(ours):
            yield row


# --- the books ------------------------------------------------------------------------------


def _booked(view: View, days: Days) -> Iterable[_Row]:
    """Sum what the books took of each side, by the accounts that only its entries touch."""
    e, p = schema.entry.c, schema.posting.c
    side, minor = _sided()
    key = (p.partner, p.partner_account, e.effective_on, p.currency)
    statement: Select[Any] = (
        select(*key, side, func.count(), summed(minor))
        .select_from(schema.entry)
        .join(schema.posting, p.entry == e.entry)
        .where(within(e.effective_on, days), e.is_active == 1, side.is_not(None))
        .group_by(*key, side)
    )
    return _sums(view, statement)


def _sided() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Say which side a posting took in, and with which sign."""
    e, p = schema.entry.c, schema.posting.c
    is_payout, is_bank = e.rule.in_(("payout_made", "payout_failed")), e.rule.like("bank%")
    is_principal = or_(p.leg.like("d%"), p.leg.like("c%"))
    is_announced = and_(p.account == "partner_clearing", is_principal, _announces(e.rule))
    # What books begin with is no movement of the day that they begin on.
    is_opening = or_(e.rule.like(f"{CARRIED}%"), e.rule.like("opening%"))
    side = case(
        (is_opening, None),
        (and_(is_payout, p.account == "payout_clearing"), "paid_out"),
        (and_(is_bank, p.account == "payout_clearing"), "banked"),
        (and_(is_bank, p.account == "bank"), "banked"),
        (or_(is_payout, is_bank), None),
        (and_(p.account.in_(CONFIRMING), e.rule.like("house%")), "house"),
        (and_(p.account.in_(SETTLING), e.dispute.is_(None), e.subject.not_like("mln%")), "other"),
        (p.account.in_(SETTLING), "money"),
        (is_announced, "object"),
        else_=None,
    )
    # The house's books mirror the merchant's balance, and a payout that reached the bank leaves payout_clearing.
    turned = or_(and_(is_bank, p.account == "payout_clearing"), p.account.in_(CONFIRMING))
    return side, case((turned, -p.amount_minor), else_=p.amount_minor)


def _announces(rule: ColumnElement[Any]) -> ColumnElement[bool]:
    """Say whether an entry's rule books what an object announced."""
    return or_(*(rule.like(f"{start}%") for start in ("debit_a", "credit_a", "credit_p")))
