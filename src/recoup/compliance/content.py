"""What a partner-day holds: its facts in canonical JSON, counted, summed and hashed; no order of arrival shows.

Reads: observation, money_line, settlement_total, house_line, entry joined to posting. Not in the hash: deliveries,
positions, times of landing and recording, which of two feeds told a thing first, and the payout that a line is paid in,
which is a fact of the payout's day. The form is that of the state hash: rows in order of key, one JSON text a line.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, and_, func, or_, select

from recoup.domain.canonical import canonical
from recoup.domain.instants import day_end, day_start, local_day
from recoup.domain.money_line import BOOKED_ONE_BY_ONE
from recoup.enquiry.partner_day_sides import SIDES, Account, Days, Roles, sides, summed, within
from recoup.storage import schema
from recoup.storage.register import View

SECTIONS = ("observations", "money_lines", "totals", "house_lines", "entries")
_ENCODER = msgspec.json.Encoder()
_BY_DAY = "day"


class Section(msgspec.Struct, frozen=True):
    """One kind of fact: how many rows there are, and the hash of them in order of key."""

    rows: int
    hash: str


class Content(msgspec.Struct, frozen=True):
    """The facts of one partner-day."""

    partner: str
    account: str
    covers_on: str
    zone: str
    sections: Mapping[str, Section]
    entries: int
    """Entries, where the section counts their postings."""
    sums: tuple[Mapping[str, Any], ...]
    """Per currency, what each side moved as its own rows say; minor units."""

    @property
    def hash(self) -> str:
        """Hex SHA-256 over the sections: equal facts, equal hash."""
        said = {
            "partner": self.partner,
            "account": self.account,
            "covers_on": self.covers_on,
            "zone": self.zone,
            "sections": msgspec.to_builtins(self.sections),
        }
        return hashlib.sha256(canonical(said).encode()).hexdigest()


class _Tally:
    """Hashes the rows of one section as they come, day by day."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = defaultdict(int)
        self.keys: dict[str, set[str]] = defaultdict(set)
        self._hashes: dict[str, Any] = defaultdict(hashlib.sha256)

    def add(self, day: str, row: Sequence[Any]) -> None:
        self.rows[day] += 1
        self._hashes[day].update(_ENCODER.encode(row))
        self._hashes[day].update(b"\n")

    def section(self, day: str) -> Section:
        hashed = self._hashes[day] if day in self._hashes else hashlib.sha256()
        return Section(self.rows.get(day, 0), hashed.hexdigest())


def contents(view: View, account: Account, days: Days, books: Roles) -> dict[str, Content]:
    """Give the facts of each day of an account, by ISO day; a day without facts too.

    Args:
      view: One unchanging view of the register.
      account: Whose days, in its zone.
      days: From the first to the last; one walk over each table, whatever their number.
      books: Of each partner, the feeds that book each role.
    """
    tallies = {name: _Tally() for name in SECTIONS}
    for day, row in _observations(view, account, days):
        tallies["observations"].add(day, row)
    for name, statement in (("money_lines", _lines), ("totals", _totals), ("house_lines", _house_lines)):
        for rows in view.batches(statement(account, days)):
            for day, *row in rows:
                tallies[name].add(str(day), row)
    entries = tallies["entries"]
    for rows in view.batches(_postings(account, days)):
        for day, *row in rows:
            entries.add(str(day), row)
            entries.keys[str(day)].add(row[0])
    sums = _sums(view, account, days, books)
    return {
        day: Content(
            account.partner,
            account.account,
            day,
            account.zone,
            {name: tally.section(day) for name, tally in tallies.items()},
            len(entries.keys.get(day, ())),
            sums.get(day, ()),
        )
        for day in each(days)
    }


def each(days: Days) -> Iterator[str]:
    """Give the ISO days from the first to the last."""
    day, last = dt.date.fromisoformat(days.first_on), dt.date.fromisoformat(days.last_on)
    while day <= last:
        yield day.isoformat()
        day += dt.timedelta(days=1)


def span(account: Account, days: Days) -> tuple[int, int]:
    """Give the first and the last instant of the days in the account's zone."""
    first, last = (dt.date.fromisoformat(day) for day in (days.first_on, days.last_on))
    return day_start(first, account.zone), day_end(last, account.zone)


def _observations(view: View, account: Account, days: Days) -> Iterator[tuple[str, Sequence[Any]]]:
    o = schema.observation.c
    told = (o.observation, o.dispute, o.form, o.occurred_at, o.content)
    ours = (o.partner == account.partner, o.account == account.account)
    statement = select(*told).where(*ours, o.occurred_at.between(*span(account, days))).order_by(o.observation)
    for rows in view.batches(statement):
        for row in rows:
            yield local_day(row[3], account.zone).isoformat(), row


def _lines(account: Account, days: Days) -> Select[Any]:
    """Movements that are booked one by one; two feeds that tell one alike tell it once."""
    m = schema.money_line.c
    amounts = (m.gross_minor, m.fee_minor, m.net_minor, m.currency, m.original_minor, m.original_currency)
    said = (m.effective_on.label(_BY_DAY), m.money_line, m.identity, m.kind, *amounts)
    ours = (m.partner == account.partner, m.account == account.account, within(m.effective_on, days))
    is_one_by_one = or_(m.kind.in_(sorted(BOOKED_ONE_BY_ONE)), m.partner_dispute_id.is_not(None))
    return select(*said).distinct().where(*ours, is_one_by_one).order_by(m.money_line, *said[2:])


def _totals(account: Account, days: Days) -> Select[Any]:
    t = schema.settlement_total.c
    key = (t.effective_on.label(_BY_DAY), t.feed, t.kind, t.currency)
    added = (summed(t.lines), summed(t.gross_minor), summed(t.fee_minor), summed(t.net_minor))
    ours = (t.partner == account.partner, t.account == account.account, within(t.effective_on, days))
    return select(*key, *added).where(*ours).group_by(*key).order_by(*key)


def _house_lines(account: Account, days: Days) -> Select[Any]:
    h, d = schema.house_line.c, schema.delivery.c
    said = (h.house_line, h.merchant, h.kind, h.partner, h.partner_dispute_id, h.payment)
    money = (h.amount_minor, h.short_minor, h.currency)
    joined = schema.house_line.join(schema.delivery, d.delivery == h.delivery)
    ours = (d.partner == account.partner, d.account == account.account, within(h.effective_on, days))
    statement = select(h.effective_on.label(_BY_DAY), *said, *money).select_from(joined)
    return statement.where(*ours).order_by(h.house_line)


def _postings(account: Account, days: Days) -> Select[Any]:
    """Postings of the entries that stand, without the batch."""
    e, p = schema.entry.c, schema.posting.c
    told = (e.fact, e.book, e.rule, e.dispute, e.subject)
    lines = (p.line, p.account, p.sort, p.merchant, p.dispute, p.leg, p.currency, p.amount_minor)
    ours = (p.partner == account.partner, p.partner_account == account.account)
    return (
        select(e.effective_on.label(_BY_DAY), *told, *lines)
        .select_from(schema.entry.join(schema.posting, p.entry == e.entry))
        .where(within(e.effective_on, days), e.is_active == 1, *ours)
        .order_by(e.fact, p.line)
    )


def _sums(view: View, account: Account, days: Days, books: Roles) -> dict[str, tuple[Mapping[str, Any], ...]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for (_, _, day, currency), told in sorted(sides(view, [account], days, books).items()):
        moved = {f"{name}_minor": told[name].told_minor if name in told else 0 for name in SIDES}
        found[day].append({"currency": currency, **moved})
    return {day: tuple(rows) for day, rows in found.items()}


class Arrived(msgspec.Struct, frozen=True):
    """What came on a day, or as the report on it."""

    deliveries: int
    records: int


def arrived(view: View, account: Account, days: Days) -> dict[str, Arrived]:
    """Count the deliveries that report on each day, or, where a delivery names no day, came on it."""
    d = schema.delivery.c
    ours = (d.partner == account.partner, d.account == account.account, d.status != "refused")
    landed = and_(d.covers_on.is_(None), d.landed_at.between(*span(account, days)))
    statement = select(d.covers_on, d.landed_at, d.records).where(*ours, or_(within(d.covers_on, days), landed))
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for rows in view.batches(statement):
        for covers_on, landed_at, records in rows:
            found = counts[covers_on or local_day(landed_at, account.zone).isoformat()]
            found[0] += 1
            found[1] += records
    return {day: Arrived(*found) for day, found in counts.items()}


def first_day(view: View, account: Account) -> str | None:
    """Give the first day that a delivery of an account came or reports on and that is booked; None before one came."""
    d = schema.delivery.c
    ours = (d.partner == account.partner, d.account == account.account, d.status != "refused")
    landed_at, covers_on = view.rows(select(func.min(d.landed_at), func.min(d.covers_on)).where(*ours))[0]
    if landed_at is None:
        return None
    landed_on = local_day(landed_at, account.zone).isoformat()
    first = min(landed_on, str(covers_on)) if covers_on is not None else landed_on
    return max(first, account.books_from or first)


def last_day(account: Account, now: int) -> str:
    """Give the latest day that is over in the account's zone."""
    return (local_day(now, account.zone) - dt.timedelta(days=1)).isoformat()


def by_day(rows: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """Group values by their day."""
    found: dict[str, list[Any]] = defaultdict(list)
    for day, value in rows:
        found[day].append(value)
    return found
