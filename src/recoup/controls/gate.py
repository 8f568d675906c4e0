"""The gate before an account goes live: how far our reading agrees with the partner's own, measured over a window.

Each check of `tables/gate.csv` is counted per feed and currency and held to its threshold, or to that of the contract.
Money is measured on the entries that the facts ask for (`intake/unbooked.py`): the same rules that will book it. The
gate reads and decides nothing; who goes live although it is not passed needs a second person (`app/partner_life.py`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from sqlalchemy import func, select

from recoup.controls.breaks import OPEN
from recoup.controls.moment import Moment, days_before
from recoup.domain.instants import DAY, day_end, day_start, local_day, parse_day
from recoup.domain.partner_life import Life
from recoup.domain.table import Problem, Table
from recoup.domain.terms import GateCheck, Terms
from recoup.enquiry.partner_day_sides import CONFIRMING, SETTLING
from recoup.intake import unbooked
from recoup.intake.ground import Account, Ground
from recoup.ledger.entry import Wanted
from recoup.storage import schema
from recoup.storage.register import View

Unit = Literal["share_bps", "count", "days"]
_FOLDER = Path(__file__).parent / "tables"
BPS = 10_000


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of `gate.csv`."""

    check: GateCheck
    unit: Unit
    operator: Literal[">=", "<="]
    value: int
    least: int
    """So many must have been counted for a share to say anything; 0 where nothing to count is no lack."""
    says: str
    source: str


def _check(row: Threshold) -> Iterator[Problem]:
    if row.unit == "share_bps" and not 0 <= row.value <= BPS:
        yield f"value {row.value}", f"basis points from 0 to {BPS}"


thresholds = Table(
    "gate", Threshold, lambda row: row.check, _check, lambda name: (_FOLDER / name).read_text(encoding="utf-8")
)


@cache
def checks() -> tuple[str, ...]:
    """The names of all checks."""
    return tuple(row.check for row in thresholds())


class Measure(msgspec.Struct, frozen=True):
    """What was counted for one check; amounts in minor units of the currency."""

    check: str
    feed: str | None
    currency: str | None
    counted: int
    agreed: int
    """Of those counted; where the check is a count or a span, the same as counted."""
    counted_minor: int | None = None
    agreed_minor: int | None = None


class Verdict(msgspec.Struct, frozen=True):
    """One measure held to its threshold."""

    check: str
    feed: str | None
    currency: str | None
    says: str
    unit: Unit
    counted: int
    agreed: int
    counted_minor: int | None
    agreed_minor: int | None
    found: int | None
    """Basis points, count or days; None where nothing was there to measure."""
    operator: str
    wanted: int
    is_met: bool

    @property
    def lack(self) -> str:
        """What is missing, as a person reads it."""
        where = " ".join(part for part in (self.feed, self.currency) if part)
        found = "nothing to measure" if self.found is None else shown(self.found, self.unit)
        at = f" ({where})" if where else ""
        return f"{self.check}{at}: {found}; wanted {self.operator} {shown(self.wanted, self.unit)}: {self.says}"


class Gate(msgspec.Struct, frozen=True):
    """The report of one account's gate."""

    partner: str
    account: str
    on: str
    """The day from which on it would be booked."""
    since_on: str
    until_on: str
    phase: str
    is_passed: bool
    verdicts: tuple[Verdict, ...]
    missing: tuple[str, ...]


def shown(value: int, unit: Unit) -> str:
    """Write a measured value: basis points as a percentage."""
    if unit != "share_bps":
        return f"{value:,}" + (" days" if unit == "days" else "")
    return f"{value // 100}.{value % 100:02d} %"


class Asked(msgspec.Struct, frozen=True):
    """Which gate: of an account, for a day, over a window of ISO days, both counted."""

    account: Account
    life: Life
    on: str
    since_on: str
    until_on: str

    @property
    def owner(self) -> tuple[str, str]:
        """Partner and account."""
        return self.account.partner, self.account.account

    @property
    def span(self) -> tuple[int, int]:
        """The instants of the window, the last excluded."""
        first, last = parse_day(self.since_on), parse_day(self.until_on)
        return day_start(first, self.account.zone), day_end(last, self.account.zone) + 1


def gate(view: View, moment: Moment, ground: Ground, asked: Asked) -> Gate:
    """Measure one account.

    Args:
      view: One unchanging view of the register.
      moment: Now, and the roles of feeds.
      ground: What derivations stand on.
      asked: Account, day and window.
    """
    measures = [
        *_watched(view, asked),
        *_objects(view, moment, asked),
        *_money(view, moment, ground, asked),
        *_troubles(view, moment, asked),
        *_agreed(view, ground, asked),
    ]
    terms = asked.account.terms_on(asked.on)
    order = {name: at for at, name in enumerate(checks())}
    ranked = sorted(measures, key=lambda m: (order[m.check], m.feed or "", m.currency or ""))
    verdicts = tuple(_verdict(measure, terms) for measure in ranked)
    return Gate(
        *asked.owner,
        on=asked.on,
        since_on=asked.since_on,
        until_on=asked.until_on,
        phase=asked.life.phase,
        is_passed=all(v.is_met for v in verdicts),
        verdicts=verdicts,
        missing=tuple(v.lack for v in verdicts if not v.is_met),
    )


def _verdict(measure: Measure, terms: Terms) -> Verdict:
    row = next(row for row in thresholds() if row.check == measure.check)
    wanted = next((own.value for own in terms.gate if own.check == row.check), row.value)
    is_share = row.unit == "share_bps"
    found: int | None = measure.counted
    if is_share:
        found = measure.agreed * BPS // measure.counted if measure.counted else None
    if found is None:
        is_met = row.least == 0
    else:
        is_met = (found >= wanted if row.operator == ">=" else found <= wanted) and measure.counted >= row.least
    return Verdict(
        check=row.check,
        feed=measure.feed,
        currency=measure.currency,
        says=row.says,
        unit=row.unit,
        counted=measure.counted,
        agreed=measure.agreed,
        counted_minor=measure.counted_minor,
        agreed_minor=measure.agreed_minor,
        found=found,
        operator=row.operator,
        wanted=wanted,
        is_met=is_met,
    )


def _count(check: str, found: int, feed: str | None = None) -> Measure:
    return Measure(check, feed, None, found, found)


# --- what was seen ---------------------------------------------------------------------------


def _watched(view: View, asked: Asked) -> Iterator[Measure]:
    d = schema.delivery.c
    partner, account = asked.owner
    ours = (d.partner == partner, d.account == account, d.status != "refused")
    first = view.rows(select(func.min(d.landed_at)).where(*ours))[0][0]
    until = asked.span[1]
    yield _count("days_watched", 0 if first is None else max(0, (until - first) // DAY))
    yield _count("disputes_seen", len(_opened(view, asked)))
    in_window = (*ours, d.landed_at >= asked.span[0], d.landed_at < until)
    held = view.rows(select(func.count()).select_from(schema.delivery).where(*in_window, d.status == "held"))
    yield _count("deliveries_held", held[0][0])
    q = schema.quarantine.c
    aside = select(func.count()).select_from(schema.quarantine.join(schema.delivery, d.delivery == q.delivery))
    yield _count("records_quarantined", view.rows(aside.where(*in_window, q.released_at.is_(None)))[0][0])


class _Dispute(msgspec.Struct, frozen=True, gc=False):
    dispute: str
    amount_minor: int | None
    currency: str | None
    partner_status: str | None
    merchant: str | None


def _opened(view: View, asked: Asked) -> list[_Dispute]:
    """The disputes of the account that were opened within the window; notices have neither money nor stage."""
    d = schema.dispute.c
    opened_at = func.coalesce(d.opened_at, d.moved_at)
    since, until = asked.span
    statement = select(*(d[name] for name in _Dispute.__struct_fields__)).where(
        *_whose(d, asked), d.kind != "notice", opened_at >= since, opened_at < until
    )
    return [_Dispute(*row) for row in view.rows(statement.order_by(d.dispute))]


def _whose(columns: Any, asked: Asked) -> tuple[Any, ...]:
    partner, account = asked.owner
    return columns.partner == partner, columns.account == account


# --- the partner's objects ------------------------------------------------------------------


def _objects(view: View, moment: Moment, asked: Asked) -> Iterator[Measure]:
    """Lay what each feed last told of each dispute beside our fold of all of them."""
    opened = {one.dispute: one for one in _opened(view, asked)}
    if moment.roles.get(asked.account.partner, {}).get("announces"):
        known = sum(one.merchant is not None for one in opened.values())
        yield Measure("merchants_known", None, None, len(opened), known)
    latest, last_at = _latest_told(view, list(opened))
    feeds = {feed for feed in _feeds(moment, asked) if any(told_by == feed for told_by, _ in latest)}
    for feed in sorted(feeds):
        told = {dispute: row for (told_by, dispute), row in latest.items() if told_by == feed}
        yield from _by_currency("objects_known", feed, opened.values(), lambda one, told=told: one.dispute in told)
        spoken = [one for one in opened.values() if one.dispute in told]
        yield from _by_currency(
            "objects_agree",
            feed,
            spoken,
            lambda one, told=told: _is_as_told(one, told[one.dispute], last_at[one.dispute]),
        )
    if not feeds and moment.roles.get(asked.account.partner, {}).get("announces"):
        yield Measure("objects_agree", None, None, 0, 0)


def _feeds(moment: Moment, asked: Asked) -> tuple[str, ...]:
    """The feeds that announce: each of them should know every dispute."""
    return moment.roles.get(asked.account.partner, {}).get("announces", ())


_Told = tuple[int, int | None, str | None, str | None]
"""When it happened, amount, currency, partner's status."""


def _latest_told(view: View, disputes: Sequence[str]) -> tuple[dict[tuple[str, str], _Told], dict[str, int]]:
    columns = [str(c.name) for c in schema.observation.columns]
    names = ("feed", "dispute", "occurred_at", "amount_minor", "currency", "partner_status")
    at = [columns.index(name) for name in names]
    latest: dict[tuple[str, str], _Told] = {}
    last_at: dict[str, int] = {}
    for row in sorted(view.by_keys(schema.observation, "dispute", disputes), key=lambda r: (r[at[2]], r[0])):
        feed, dispute, occurred_at, minor, currency, status = (row[i] for i in at)
        before = latest.get((feed, dispute), (0, None, None, None))
        amount = (minor, currency) if minor is not None else before[1:3]
        latest[feed, dispute] = (occurred_at, *amount, status or before[3])
        last_at[dispute] = max(occurred_at, last_at.get(dispute, 0))
    return latest, last_at


def _is_as_told(one: _Dispute, told: _Told, last_at: int) -> bool:
    occurred_at, minor, currency, status = told
    has_amount = minor is None or (minor, currency) == (one.amount_minor, one.currency)
    # What another feed told later may rightly be another status.
    has_status = status is None or occurred_at < last_at or status == one.partner_status
    return has_amount and has_status


def _by_currency(check: str, feed: str, disputes: Iterable[_Dispute], is_agreed: Any) -> Iterator[Measure]:
    sums: dict[str | None, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in disputes:
        found, minor = sums[one.currency], abs(one.amount_minor or 0)
        found[0] += 1
        found[2] += minor
        if is_agreed(one):
            found[1] += 1
            found[3] += minor
    for currency, found in sorted(sums.items(), key=lambda item: item[0] or ""):
        yield Measure(check, feed, currency, found[0], found[1], found[2], found[3])


# --- the partner's money --------------------------------------------------------------------


class _Kept(msgspec.Struct):
    """What the entries of one key did to a clearing account."""

    opened_on: str = ""
    opened_minor: int = 0
    answered: int = 0
    left_minor: int = 0


_Sides = dict[tuple[str, str, str], _Kept]
"""By clearing account, what it is kept by, and currency."""
_ANSWERS: Mapping[str, tuple[str, ...]] = {"partner_clearing": SETTLING, "merchant_clearing": CONFIRMING}
_PAID = ("payout_made",)


def _money(view: View, moment: Moment, ground: Ground, asked: Asked) -> Iterator[Measure]:
    kept: _Sides = defaultdict(_Kept)
    for entry in unbooked.entries(view, ground, asked.account):
        _keep(kept, entry, asked)
    overdue = _overdue(view, moment, asked)
    roles = moment.roles.get(asked.account.partner, {})
    settles, house = _first(roles.get("settles", ())), _first([s.feed for s in moment.anyone("confirms")])
    bank = _first([s.feed for s in moment.anyone("banks")])
    yield from _measured("legs_settled", settles, kept, "partner_clearing", overdue, asked)
    yield from _measured("batches_paid", settles, kept, "settlement_clearing", overdue, asked)
    yield from _measured("payouts_banked", bank, kept, "payout_clearing", overdue, asked)
    yield from _measured("legs_confirmed", house, kept, "merchant_clearing", overdue, asked)


def _first(feeds: Sequence[str]) -> str | None:
    return feeds[0] if feeds else None


def _keep(kept: _Sides, entry: Wanted, asked: Asked) -> None:
    touched = {p.account for p in entry.postings}
    is_paying = entry.rule in _PAID
    for p in entry.postings:
        if (p.partner, p.partner_account) != asked.owner:
            continue
        if p.account in _ANSWERS and p.leg is not None:
            key, is_answer = f"{p.dispute}:{p.leg}", bool(touched & set(_ANSWERS[p.account]))
        elif p.account in ("settlement_clearing", "payout_clearing") and p.batch:
            key, is_answer = p.batch, is_paying == (p.account == "settlement_clearing")
        else:
            continue
        found = kept[p.account, key, p.currency]
        found.left_minor += p.amount_minor
        if is_answer:
            found.answered += 1
        else:
            found.opened_on = min(found.opened_on or entry.effective_on, entry.effective_on)
            found.opened_minor += p.amount_minor


def _measured(
    check: str, feed: str | None, kept: _Sides, account: str, overdue: frozenset[str], asked: Asked
) -> Iterator[Measure]:
    """Count what both sides told, and what only one told and is past due; agreed is what returned to zero."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (name, key, currency), found in kept.items():
        in_window = asked.since_on <= found.opened_on <= asked.until_on
        if name != account or not in_window or not (found.answered or key in overdue):
            continue
        counted, minor = sums[currency], abs(found.opened_minor)
        counted[0] += 1
        counted[2] += minor
        if not found.left_minor:
            counted[1] += 1
            counted[3] += minor
    for currency, counted in sorted(sums.items()):
        yield Measure(check, feed, currency, counted[0], counted[1], counted[2], counted[3])
    if not sums:
        yield Measure(check, feed, None, 0, 0)


def _overdue(view: View, moment: Moment, asked: Asked) -> frozenset[str]:
    """Legs and batches of which something should have come by now and has not."""
    e = schema.expectation.c
    past = (e.closed_at.is_(None), e.due_at < moment.as_of)
    rows = view.rows(select(e.dispute, e.leg, e.batch).where(*_whose(e, asked), *past))
    return frozenset(f"{dispute}:{leg}" if dispute else str(batch) for dispute, leg, batch in rows)


# --- what stands in the way -----------------------------------------------------------------


def _troubles(view: View, moment: Moment, asked: Asked) -> Iterator[Measure]:
    e, b = schema.expectation.c, schema.break_.c
    late = select(func.count()).select_from(schema.expectation)
    is_file = (e.kind == "file", e.closed_at.is_(None), e.due_at < moment.as_of)
    yield _count("files_overdue", view.rows(late.where(*_whose(e, asked), *is_file))[0][0])
    loud = select(func.count()).select_from(schema.break_)
    is_open = (b.status == OPEN, b.severity != "note")
    yield _count("breaks_open", view.rows(loud.where(*_whose(b, asked), *is_open))[0][0])


def _agreed(view: View, ground: Ground, asked: Asked) -> Iterator[Measure]:
    ours = asked.account
    yield _count("contract_agreed", int(bool(ours.terms_on(asked.on).source != "no contract")))
    yield _count("banks_in_trial", len(_banks_in_trial(view, ground, asked)))
    opening = asked.life.opening
    has_opening = opening is not None and opening.said.on == asked.on
    yield _count("opening_agreed", int(has_opening))
    if opening is not None and has_opening:
        yield _count("opening_apart", len(apart(view, ground, asked)))


def apart(view: View, ground: Ground, asked: Asked) -> list[tuple[str, str, int, int]]:
    """Where agreed and carried differ: account, currency, agreed, carried; what a statement alone says is left out."""
    carried = {(b.account, b.currency): b.amount_minor for b in unbooked.carried(view, ground, asked.account, asked.on)}
    opening = asked.life.opening
    agreed = {(b.account, b.currency): b.amount_minor for b in opening.said.balances} if opening else {}
    keys = sorted(key for key in {*carried, *agreed} if key[0] not in unbooked.STATED)
    both = [(*key, agreed.get(key, 0), carried.get(key, 0)) for key in keys]
    return [row for row in both if row[2] != row[3]]


def _banks_in_trial(view: View, ground: Ground, asked: Asked) -> set[tuple[str, str]]:
    """Bank accounts in trial that a payout of the account has reached."""
    m = schema.money_line.c
    payouts = select(m.identity).where(*_whose(m, asked), m.kind == "payout")
    names = {row[0] for row in view.rows(payouts)}
    trial = {owner for owner, a in ground.accounts.items() if a.books_from is None and owner != asked.owner}
    if not names or not trial:
        return set()
    met = select(m.partner, m.account, m.batch, m.reference).where(m.kind == "bank")
    return {(p, a) for p, a, batch, ref in view.rows(met) if (p, a) in trial and {batch, ref} & names}


def window(moment: Moment, account: Account, on: str, days: int) -> tuple[str, str]:
    """The ISO days of a window that ends with the day before, or today where that is sooner."""
    today = local_day(moment.as_of, account.zone)
    last = min(today.isoformat(), days_before(on, 1))
    return days_before(last, days - 1), last
