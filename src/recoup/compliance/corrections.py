"""What later facts do to sealed days: each change of a sealed day is written down with what brought it.

A sealed day is never locked against the truth. Its content is computed again and compared with what was sealed; where
they differ, a correction names the deliveries and entries recorded since. A person accepts it by sealing the day again.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import and_, select

from recoup.compliance import seals
from recoup.compliance.content import Content, contents, span
from recoup.compliance.seals import Seal
from recoup.domain.canonical import canonical, parse
from recoup.domain.ids import derive
from recoup.domain.instants import QUARTER, local_day
from recoup.enquiry.partner_day_sides import SIDES, Account, Days, Roles, our_accounts
from recoup.storage import schema
from recoup.storage.register import Batch, View

_Day = tuple[str, str, str]


class Correction(msgspec.Struct, frozen=True):
    """One row of table seal_correction, its JSON read."""

    correction: str
    seal: str
    partner: str
    account: str
    covers_on: str
    content: str
    sections: Mapping[str, Mapping[str, Any]]
    sums: tuple[Mapping[str, Any], ...]
    deliveries: tuple[str, ...]
    entries: tuple[str, ...]
    disputes: tuple[str, ...]
    amounts: tuple[Mapping[str, Any], ...]
    reason: str
    found_at: int
    recorded_at: int


_JSON = ("sections", "sums", "deliveries", "entries", "disputes", "amounts")


class Differing(msgspec.Struct, frozen=True):
    """A sealed day whose facts are not what was sealed or last corrected."""

    seal: Seal
    before: Correction | None
    content: Content


def record(batch: Batch, books: Roles, *, since: int | None, now: int, recorded_at: int) -> list[Correction]:
    """Write down what later facts did to sealed days, each change once.

    Args:
      batch: The write batch; the audit row is its own.
      books: Of each partner, the feeds that book each role.
      since: Only days that something recorded from then on is about; None looks at every sealed day.
      now: The present.
      recorded_at: When this runs.
    """
    found = [_written(batch, differing, now, recorded_at) for differing in differing_days(batch, books, since)]
    batch.insert(schema.seal_correction, [_row(correction) for correction in found])
    return found


def differing_days(view: View, books: Roles, since: int | None = None) -> list[Differing]:
    """Compute sealed days again and give those that differ from what was sealed or corrected last."""
    ours = {(a.partner, a.account): a for a in our_accounts(view)}
    sealed: dict[tuple[str, str], list[Seal]] = defaultdict(list)
    touched = None if since is None else _touched(view, ours, since)
    for seal in seals.latest(view):
        if touched is None or seal.day in touched:
            sealed[seal.day[:2]].append(seal)
    before = standing(view)
    found = []
    for key, days in sorted(sealed.items()):
        for seal, content in _computed(view, ours[key], days, books):
            last = before.get(seal.seal, [])[-1:]
            if content.hash != (last[0].content if last else seal.content):
                found.append(Differing(seal, last[0] if last else None, content))
    return found


def _computed(view: View, account: Account, days: Sequence[Seal], books: Roles) -> Iterable[tuple[Seal, Content]]:
    """Compute the days of an account in runs of neighbours, one walk each."""
    run: list[Seal] = []
    for seal in sorted(days, key=lambda s: s.covers_on):
        if run and local_gap(run[-1].covers_on, seal.covers_on) > 1:
            yield from _run(view, account, run, books)
            run = []
        run.append(seal)
    if run:
        yield from _run(view, account, run, books)


def _run(view: View, account: Account, run: Sequence[Seal], books: Roles) -> Iterable[tuple[Seal, Content]]:
    found = contents(view, account, Days(run[0].covers_on, run[-1].covers_on), books)
    return [(seal, found[seal.covers_on]) for seal in run]


def local_gap(one: str, other: str) -> int:
    """Give the number of days from one ISO day to another."""
    return (dt.date.fromisoformat(other) - dt.date.fromisoformat(one)).days


def standing(view: View) -> dict[str, list[Correction]]:
    """Give the corrections of each seal, in the order they were found."""
    c = schema.seal_correction
    found: dict[str, list[Correction]] = defaultdict(list)
    for row in view.rows(select(c).order_by(c.c.recorded_at, c.c.correction)):
        correction = read(row)
        found[correction.seal].append(correction)
    return found


def unaccepted(view: View) -> list[Correction]:
    """Give the corrections of days that nobody has sealed again since, in order of day."""
    now_valid = {seal.seal for seal in seals.latest(view)}
    found = [c for of_seal in standing(view).values() for c in of_seal if c.seal in now_valid]
    return sorted(found, key=lambda c: (c.partner, c.account, c.covers_on, c.recorded_at))


def read(row: Sequence[Any]) -> Correction:
    """Read a row of table seal_correction."""
    said = dict(zip((str(column.name) for column in schema.seal_correction.columns), row, strict=True))
    for name in _JSON:
        said[name] = parse(said[name])
    return msgspec.convert(said, Correction)


def _row(correction: Correction) -> tuple[Any, ...]:
    said = msgspec.structs.asdict(correction)
    for name in _JSON:
        said[name] = canonical(said[name])
    return tuple(said[str(column.name)] for column in schema.seal_correction.columns)


# --- what brought it ------------------------------------------------------------------------


def _written(view: View, differing: Differing, now: int, recorded_at: int) -> Correction:
    seal, before, content = differing.seal, differing.before, differing.content
    since = before.recorded_at if before else seal.recorded_at
    deliveries = _deliveries(view, seal, since)
    entries, disputes = _entries(view, seal, since)
    if not deliveries and entries:
        deliveries = _through(view, entries, disputes, since)
    amounts = _amounts(before.sums if before else seal.sums, content.sums)
    sections = before.sections if before else seal.sections
    return Correction(
        correction=derive("cor", seal.seal, before.correction if before else None, content.hash),
        seal=seal.seal,
        partner=seal.partner,
        account=seal.account,
        covers_on=seal.covers_on,
        content=content.hash,
        sections=msgspec.to_builtins(content.sections),
        sums=content.sums,
        deliveries=tuple(deliveries),
        entries=tuple(entries),
        disputes=tuple(disputes),
        amounts=amounts,
        reason=_reason(sections, content, deliveries, len(entries)),
        found_at=now,
        recorded_at=recorded_at,
    )


def _reason(
    before: Mapping[str, Mapping[str, Any]], content: Content, deliveries: Mapping[str, str], entries: int
) -> str:
    now = content.sections
    changed = [
        f"{name.replace('_', ' ')} {before[name]['rows']} → {now[name].rows}"
        if before[name]["rows"] != now[name].rows
        else f"{name.replace('_', ' ')} say something else"
        for name in now
        if before[name]["hash"] != now[name].hash
    ]
    told = [f"{len(deliveries)} later {'delivery' if len(deliveries) == 1 else 'deliveries'}"] if deliveries else []
    told += [f"{entries} {'entry' if entries == 1 else 'entries'} booked or reversed since"] if entries else []
    names = f" ({', '.join(list(deliveries.values())[:3])})" if deliveries else ""
    cause = " and ".join(told) + names if told else "nothing that was recorded since explains it"
    return f"{', '.join(changed)}: {cause}"


def _amounts(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Give per currency the largest change of any side: the same money shows on several."""
    was, now = ({row["currency"]: row for row in rows} for rows in (before, after))
    found = []
    for currency in sorted({*was, *now}):
        sizes = [
            abs(now.get(currency, {}).get(f"{side}_minor", 0) - was.get(currency, {}).get(f"{side}_minor", 0))
            for side in SIDES
        ]
        if max(sizes):
            found.append({"currency": currency, "minor": max(sizes)})
    return tuple(found)


def _deliveries(view: View, seal: Seal, since: int) -> dict[str, str]:
    """Give the deliveries recorded since that tell a fact of the day, with their names, in order of landing."""
    d = schema.delivery.c
    account = Account(seal.partner, seal.account, seal.zone, "", "")
    o, m, t, h = (
        table.c for table in (schema.observation, schema.money_line, schema.settlement_total, schema.house_line)
    )
    from_to = span(account, Days(seal.covers_on, seal.covers_on))
    ours = [and_(x.partner == seal.partner, x.account == seal.account) for x in (o, m, t)]
    tells = (
        select(o.delivery).where(ours[0], o.occurred_at.between(*from_to)),
        select(m.delivery).where(ours[1], m.effective_on == seal.covers_on),
        select(t.delivery).where(ours[2], t.effective_on == seal.covers_on),
        select(h.delivery).where(h.effective_on == seal.covers_on),
    )
    statement = select(d.delivery, d.name).where(d.recorded_at >= since).order_by(d.landed_at, d.delivery)
    found: dict[str, str] = {}
    for telling in tells:
        found |= {key: f"{name}" for key, name in view.rows(statement.where(d.delivery.in_(telling)))}
    return found


def _through(view: View, entries: Sequence[str], disputes: Sequence[str], since: int) -> dict[str, str]:
    """Give the deliveries recorded since that these entries came from: they tell of another day or another account."""
    d, o, m, e, h = (
        t.c for t in (schema.delivery, schema.observation, schema.money_line, schema.entry, schema.house_line)
    )
    about = select(schema.dispute.c.partner_dispute_id).where(schema.dispute.c.dispute.in_(disputes))
    subjects = select(e.subject).where(e.entry.in_(entries))
    tells = (
        select(o.delivery).where(o.dispute.in_(disputes)),
        select(m.delivery).where(m.dispute.in_(disputes)),
        select(m.delivery).where(m.money_line.in_(subjects)),
        select(d.delivery).where(d.object.in_(subjects)),
        select(h.delivery).where(h.partner_dispute_id.in_(about)),
    )
    statement = select(d.delivery, d.name).where(d.recorded_at >= since).order_by(d.landed_at, d.delivery)
    return {key: name for telling in tells for key, name in view.rows(statement.where(d.delivery.in_(telling)))}


def _entries(view: View, seal: Seal, since: int) -> tuple[list[str], list[str]]:
    e, p = schema.entry.c, schema.posting.c
    ours = (p.partner == seal.partner, p.partner_account == seal.account)
    of_day = (e.effective_on == seal.covers_on, e.recorded_at >= since)
    joined = schema.entry.join(schema.posting, p.entry == e.entry)
    rows = view.rows(select(e.entry, e.dispute).select_from(joined).where(*ours, *of_day).distinct())
    return sorted({row[0] for row in rows}), sorted({row[1] for row in rows if row[1] is not None})


def _touched(view: View, ours: Mapping[tuple[str, str], Account], since: int) -> set[_Day]:
    """Give the days that something recorded since is about: what a delivery tells, and what was booked."""
    d, o, m, t, h = (
        table.c
        for table in (
            schema.delivery,
            schema.observation,
            schema.money_line,
            schema.settlement_total,
            schema.house_line,
        )
    )
    e, p = schema.entry.c, schema.posting.c
    new = select(d.delivery).where(d.recorded_at >= since)
    quarter = (o.occurred_at - o.occurred_at % QUARTER).label("quarter")
    told = view.rows(select(o.partner, o.account, quarter).where(o.delivery.in_(new)).distinct())
    days = {
        (partner, account, local_day(at, ours[partner, account].zone).isoformat())
        for partner, account, at in told
        if (partner, account) in ours
    }
    for statement in (
        select(m.partner, m.account, m.effective_on).where(m.delivery.in_(new)),
        select(t.partner, t.account, t.effective_on).where(t.delivery.in_(new)),
        select(d.partner, d.account, d.covers_on).where(d.recorded_at >= since, d.covers_on.is_not(None)),
        select(d.partner, d.account, h.effective_on)
        .select_from(schema.house_line.join(schema.delivery, h.delivery == d.delivery))
        .where(d.recorded_at >= since),
        select(p.partner, p.partner_account, e.effective_on)
        .select_from(schema.entry.join(schema.posting, p.entry == e.entry))
        .where(e.recorded_at >= since),
    ):
        days |= {(str(a), str(b), str(day)) for a, b, day in view.rows(statement.distinct())}
    return days
