"""What should be observed by when: the wanted expectations of a dispute, a batch or a feed, as values.

Derived like entries: a pure function gives the *wanted* set from the facts, and
`changes` compares it with what is stored. A closed expectation names the
earliest thing that closes it, by (landed, id), so that no order of arrival
shows. What a leg waits for is read from the books' own entries, so that the
rule which line settles which leg stands in one place (`recoup.ledger`).

Without a term in the contract nothing is expected here; controls say so.
Read `recoup.controls` next for what happens when one is past due.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import msgspec

from recoup.domain.arrivals import is_wanted
from recoup.domain.calendar import add_business_days, calendar, end_of_day_instant, is_business_day
from recoup.domain.dispute import Dispute
from recoup.domain.ids import derive
from recoup.domain.instants import HOUR, Instant, day_start, local_day, parse_local
from recoup.domain.lifecycle import KEEP, Moves
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation
from recoup.domain.terms import Schedule, Terms, terms_on
from recoup.errors import CalendarExhausted, InstantRefused
from recoup.ledger.entry import Posting, Wanted
from recoup.ledger.facts import Total

Kind = Literal[
    "leg_settled",
    "leg_announced",
    "leg_confirmed",
    "paid_out",
    "bank_credit",
    "credit_after_win",
    "chargeback_after_notice",
    "file",
    "sequence",
]
Row = tuple[Any, ...]
Closing = tuple[Instant, str]
"""When what closes an expectation landed, and its id: a fact of the books, a money line, an observation, a delivery."""

SETTLING = frozenset({"settlement_clearing", "bank", "partner_balance", "suspense"})
"""An entry on a leg's partner_clearing that also touches one of these says that money moved; others announce."""
CONFIRMING = frozenset({"house_ledger", "merchant_receivable"})
"""An entry on a leg's merchant_clearing that also touches one of these is the house's own word; others charge."""
HELD = "held"
GAP_MAX = 50
"""Numbers missing in a row that are still expected one by one; a longer gap is a renumbering or a misread name."""
_ONE_DAY = dt.timedelta(days=1)
_EVE = dt.timedelta(hours=1)


class Expected(msgspec.Struct, frozen=True, gc=False):
    """Something that should be observed by a due time. One row of table expectation; instants in microseconds UTC."""

    kind: Kind
    subject: str
    partner: str
    account: str
    opened_at: Instant
    due_at: Instant
    rule: str
    """The term it comes from, as a person reads it."""
    feed: str | None = None
    dispute: str | None = None
    leg: str | None = None
    batch: str | None = None
    amount_minor: int | None = None
    """What should come, positive; None where the term is about the thing and not its amount."""
    currency: str | None = None
    closed_at: Instant | None = None
    closed_by: str | None = None

    @property
    def id(self) -> str:
        """The key of the row."""
        return derive("exp", self.kind, self.subject)


class Came(msgspec.Struct, frozen=True, gc=False):
    """One delivery as a schedule sees it."""

    delivery: str
    landed_at: Instant
    status: str
    covers_on: str | None = None
    sequence: int | None = None


class Agreed(msgspec.Struct, frozen=True):
    """What was agreed about one account, and the zone that its days are counted in."""

    partner: str
    account: str
    zone: str
    terms: tuple[Terms, ...] = ()

    def on(self, day: str) -> Terms:
        """The terms in force on an ISO day."""
        return terms_on(self.terms, day)


# --- one dispute ----------------------------------------------------------------------------


def wanted_for_dispute(
    dispute: Dispute, observations: Sequence[Observation], entries: Sequence[Wanted], agreed: Agreed, moves: Moves
) -> tuple[Expected, ...]:
    """What one dispute waits for, or has waited for.

    Args:
      dispute: The fold of `observations`.
      observations: All of the dispute; read for what followed a notice.
      entries: All entries that the facts of the dispute ask for, the house's among them.
      agreed: Terms and zone of the account.
      moves: The MOVES table.
    """
    legs = _by_leg(entries, "partner_clearing", SETTLING)
    house = _by_leg(entries, "merchant_clearing", CONFIRMING)
    found = [
        *(_leg_settled(dispute, leg, agreed) for leg in legs),
        *(_leg_announced(dispute, leg, agreed) for leg in legs),
        *(_leg_confirmed(dispute, leg, agreed) for leg in house),
        _credit_after_win(dispute, legs, agreed),
        _chargeback_after_notice(dispute, observations, agreed, moves),
    ]
    return tuple(expected for expected in found if expected is not None)


class _Touch(msgspec.Struct, frozen=True, gc=False):
    """One entry's sum on one leg of one clearing account."""

    known_at: Instant
    fact: str
    effective_on: str
    amount_minor: int
    currency: str


class _Leg(msgspec.Struct, frozen=True):
    """A leg of a clearing account: what opened it and what answers it, each in order of (known, fact)."""

    name: str
    opens: tuple[_Touch, ...]
    answers: tuple[_Touch, ...]


def _by_leg(entries: Sequence[Wanted], account: str, answering: frozenset[str]) -> list[_Leg]:
    opens: dict[str, list[_Touch]] = {}
    answers: dict[str, list[_Touch]] = {}
    for entry in entries:
        side = answers if answering & {p.account for p in entry.postings} else opens
        for posting in entry.postings:
            if posting.account == account and posting.leg is not None:
                side.setdefault(posting.leg, []).append(_touch(entry, posting))
    return [_Leg(n, _sorted(opens.get(n)), _sorted(answers.get(n))) for n in sorted({*opens, *answers})]


def _touch(entry: Wanted, posting: Posting) -> _Touch:
    return _Touch(entry.known_at, entry.fact, entry.effective_on, posting.amount_minor, posting.currency)


def _closing(touches: Sequence[_Touch]) -> Closing | None:
    return (touches[0].known_at, touches[0].fact) if touches else None


def _sorted(touches: list[_Touch] | None) -> tuple[_Touch, ...]:
    return tuple(sorted(touches or (), key=lambda t: (t.known_at, t.fact)))


def _leg_settled(dispute: Dispute, leg: _Leg, agreed: Agreed) -> Expected | None:
    return _answered(dispute, leg, "leg_settled", "announce_to_settle", agreed)


def _leg_confirmed(dispute: Dispute, leg: _Leg, agreed: Agreed) -> Expected | None:
    return _answered(dispute, leg, "leg_confirmed", "announce_to_house", agreed)


def _answered(dispute: Dispute, leg: _Leg, kind: Kind, term: str, agreed: Agreed) -> Expected | None:
    if not leg.opens:
        return None
    currency = leg.opens[0].currency
    amount_minor = abs(sum(t.amount_minor for t in leg.opens if t.currency == currency))
    limit = _limit(agreed, min(t.effective_on for t in leg.opens), term) if amount_minor else None
    return _expect(
        limit,
        kind,
        f"{dispute.id}:{leg.name}",
        dispute=dispute.id,
        leg=leg.name,
        amount_minor=amount_minor,
        currency=currency,
        closing=_closing(leg.answers),
    )


def _leg_announced(dispute: Dispute, leg: _Leg, agreed: Agreed) -> Expected | None:
    """A settled leg waits for its announcement only when the money was known first."""
    if not leg.answers or (leg.opens and leg.opens[0].known_at <= leg.answers[0].known_at):
        return None
    first = leg.answers[0]
    limit = _limit(agreed, first.effective_on, "settle_to_announce")
    return _expect(
        limit,
        "leg_announced",
        f"{dispute.id}:{leg.name}",
        dispute=dispute.id,
        leg=leg.name,
        amount_minor=abs(sum(t.amount_minor for t in leg.answers if t.currency == first.currency)),
        currency=first.currency,
        closing=_closing(leg.opens),
    )


def _credit_after_win(dispute: Dispute, legs: Sequence[_Leg], agreed: Agreed) -> Expected | None:
    """A win gives back the latest debit: the credit of the same cycle, announced or settled."""
    debits = [leg for leg in legs if leg.name.startswith("d")]
    if dispute.outcome not in ("won", "withdrawn") or dispute.decided_at is None or not debits:
        return None
    debit = max(debits, key=lambda leg: int(leg.name[1:]))
    name = f"c{debit.name[1:]}"
    touches = sorted(
        (t for leg in legs if leg.name == name for t in (*leg.opens, *leg.answers)), key=lambda t: (t.known_at, t.fact)
    )
    taken = (debit.opens or debit.answers)[0]
    limit = _limit(agreed, local_day(dispute.decided_at, agreed.zone).isoformat(), "win_to_credit")
    return _expect(
        limit,
        "credit_after_win",
        f"{dispute.id}:{name}",
        dispute=dispute.id,
        leg=name,
        amount_minor=abs(taken.amount_minor),
        currency=taken.currency,
        closing=_closing(touches),
    )


def _chargeback_after_notice(
    dispute: Dispute, observations: Sequence[Observation], agreed: Agreed, moves: Moves
) -> Expected | None:
    """A notification of chargeback is followed by the chargeback, or by an end."""
    notices = [o for o in observations if o.said.move == "chargeback_announced"]
    if not notices:
        return None
    since = local_day(min(o.said.occurred_at for o in notices), agreed.zone).isoformat()
    limit = _limit(agreed, since, "notice_to_chargeback")
    ends = [(o.landed_at, o.id) for o in observations if _follows_notice(o, moves)]
    return _expect(
        limit,
        "chargeback_after_notice",
        dispute.id,
        dispute=dispute.id,
        amount_minor=dispute.amount_minor,
        currency=dispute.currency,
        closing=min(ends, default=None),
    )


def _follows_notice(observation: Observation, moves: Moves) -> bool:
    said = observation.said
    move = moves.get(said.move)
    decides = move is not None and move.outcome not in (None, KEEP)
    return decides or said.move == "chargeback_opened" or any(told.leg == "debit" for told in said.legs)


# --- one batch ------------------------------------------------------------------------------


def wanted_for_batch(
    batch: str, lines: Sequence[MoneyLine], totals: Sequence[Total], agreed: Agreed
) -> tuple[Expected, ...]:
    """What one payout or batch waits for: that what was reported is paid out, and what was paid out reaches the bank.

    Args:
      batch: Payout id or batch number, as the partner writes it.
      lines: The lines of the batch that are booked one by one, each movement once: disputes, payouts, failed payouts,
        and the bank's lines that name one of its payouts.
      totals: The rest of its report, in total.
      agreed: Terms and zone of the account.
    """
    payouts = [line for line in lines if line.kind == "payout"]
    bank = [line for line in lines if line.kind in ("bank", "payout_failure")]
    reported = [line for line in lines if line.kind not in ("payout", "payout_failure", "bank")]
    found = [
        *(_paid_out(batch, c, reported, totals, payouts, agreed) for c in _currencies(reported, totals)),
        *(_bank_credit(batch, payout, bank, agreed) for payout in payouts),
    ]
    return tuple(expected for expected in found if expected is not None)


def _currencies(lines: Sequence[MoneyLine], totals: Sequence[Total]) -> list[str]:
    return sorted({line.currency for line in lines} | {total.currency for total in totals})


def _paid_out(
    batch: str,
    currency: str,
    lines: Sequence[MoneyLine],
    totals: Sequence[Total],
    payouts: Sequence[MoneyLine],
    agreed: Agreed,
) -> Expected | None:
    told = [(line.landed_at, line.net_minor) for line in lines if line.currency == currency]
    told += [(total.landed_at, total.net_minor) for total in totals if total.currency == currency]
    net = sum(net_minor for _, net_minor in told)
    if net <= 0:
        return None  # nothing to pay: a batch that ends at zero, or is carried forward
    limit = _limit(agreed, local_day(max(told)[0], agreed.zone).isoformat(), "report_to_payout")
    return _expect(
        limit,
        "paid_out",
        f"{agreed.partner}:{agreed.account}:{batch}:{currency}",
        batch=batch,
        amount_minor=net,
        currency=currency,
        closing=_earliest(line for line in payouts if line.currency == currency),
    )


def _bank_credit(batch: str, payout: MoneyLine, bank: Sequence[MoneyLine], agreed: Agreed) -> Expected | None:
    """A payout reaches the bank, or fails: both end the waiting."""
    limit = _limit(agreed, payout.effective_on, "payout_to_bank")
    return _expect(
        limit,
        "bank_credit",
        payout.id,
        batch=batch,
        amount_minor=abs(payout.net_minor),
        currency=payout.currency,
        closing=_earliest(line for line in bank if line.currency == payout.currency),
    )


def _earliest(lines: Iterable[MoneyLine]) -> Closing | None:
    return min(((line.landed_at, line.id) for line in lines), default=None)


# --- one feed -------------------------------------------------------------------------------


def wanted_for_feed(
    feed: str,
    deliveries: Sequence[Came],
    agreed: Agreed,
    until: Instant,
    since: Instant | None = None,
    ends_on: str | None = None,
) -> tuple[Expected, ...]:
    """The files that a schedule asks for: from the first delivery of the feed up to now, and every number between.

    Args:
      feed: The name of the feed.
      deliveries: All arrivals on the feed for the account, refused ones left out; a held one does not close.
      agreed: Terms and zone of the account.
      until: Now; days that are not over by then are not expected yet.
      since: When the first delivery of the account came on any feed: a feed that never delivered is expected from
        then on. None where nothing ever came.
      ends_on: The first ISO day on which the account is closed for good; no file is expected for it or later.
    """
    if not any(term.schedule(feed) for term in agreed.terms):
        return ()
    ordered = sorted(deliveries, key=lambda came: (came.landed_at, came.delivery))
    if ordered:
        first = _covered(feed, ordered[0], agreed)
    elif since is not None:
        first = local_day(since, agreed.zone)
    else:
        return ()
    if ends_on is not None:
        until = min(until, day_start(dt.date.fromisoformat(ends_on), agreed.zone))
    return (*_files(feed, first, ordered, agreed, until), *_numbers(feed, ordered, agreed))


def _files(feed: str, first: dt.date, ordered: Sequence[Came], agreed: Agreed, until: Instant) -> list[Expected]:
    came = _by_day(feed, first, [delivery for delivery in ordered if delivery.status != HELD], agreed)
    day = first
    found: list[Expected] = []
    while (opened_at := day_start(day + _ONE_DAY, agreed.zone)) <= until:
        expected = _file(feed, day, opened_at, came.get(day), agreed)
        if expected is not None:
            found.append(expected)
        day += _ONE_DAY
    return found


def _by_day(feed: str, first: dt.date, ordered: Sequence[Came], agreed: Agreed) -> dict[dt.date, Came]:
    """The first file of each day; one that a higher number overtook is of a day between those of its neighbours."""
    came: dict[dt.date, Came] = {}
    days: dict[int, dt.date] = {}
    overtaken: list[Came] = []
    for delivery in ordered:
        day = _covered(feed, delivery, agreed)
        if delivery.covers_on is None and delivery.sequence is not None:
            # What lies far below the highest number is no straggler: the partner counts from one again.
            if 0 < max(days, default=0) - delivery.sequence <= GAP_MAX:
                overtaken.append(delivery)
                continue
            days.setdefault(delivery.sequence, day)
        came.setdefault(day, delivery)
    for late in overtaken:
        free = (day for day in _days_between(late.sequence or 0, days, first) if day not in came)
        own = next((day for day in free if _is_due(feed, day, agreed)), None)
        if own is not None:
            came[own] = late
    return came


def _days_between(number: int, days: Mapping[int, dt.date], first: dt.date) -> Iterator[dt.date]:
    """The days between those of the next lower and the next higher number, the latest first."""
    day = min(on for other, on in days.items() if other > number)
    after = max((on for other, on in days.items() if other < number), default=first - _ONE_DAY)
    while (day := day - _ONE_DAY) > after:
        yield day


def _is_due(feed: str, day: dt.date, agreed: Agreed) -> bool:
    return _file(feed, day, day_start(day, agreed.zone), None, agreed) is not None


def _covered(feed: str, came: Came, agreed: Agreed) -> dt.date:
    """The day that a delivery reports on: what it says, else the day before it came that its schedule means."""
    if came.covers_on is not None:
        return dt.date.fromisoformat(came.covers_on)
    landed_on = local_day(came.landed_at, agreed.zone)
    schedule = agreed.on(landed_on.isoformat()).schedule(feed)
    return landed_on - dt.timedelta(days=schedule.days_after) if schedule else landed_on


def _file(feed: str, day: dt.date, opened_at: Instant, came: Came | None, agreed: Agreed) -> Expected | None:
    terms = agreed.on(day.isoformat())
    schedule = terms.schedule(feed)
    due_at = _file_due(schedule, day, terms, agreed.zone) if schedule else None
    if schedule is None or due_at is None:
        return None
    return Expected(
        kind="file",
        subject=f"{agreed.partner}:{agreed.account}:{feed}:{day.isoformat()}",
        partner=agreed.partner,
        account=agreed.account,
        feed=feed,
        opened_at=opened_at,
        due_at=due_at,
        rule=f"{'accepted' if schedule.is_learnt else 'contract'} from {terms.valid_from}:"
        f" {feed} {schedule.cadence} by {schedule.due_time} {agreed.zone}, "
        f"{_counted(schedule.days_after, 'day')} after the day it covers, {schedule.grace_hours} hours of grace",
        closed_at=came.landed_at if came else None,
        closed_by=came.delivery if came else None,
    )


def _file_due(schedule: Schedule, day: dt.date, terms: Terms, zone: str) -> Instant | None:
    """When the file on a day is due, grace included; None on a day without a file."""
    if schedule.cadence == "daily":
        due_on = day + dt.timedelta(days=schedule.days_after)
    elif schedule.cadence == "banking_daily":
        banking = _banking_due(day, schedule.days_after, terms)
        if banking is None:
            return None
        due_on = banking
    elif schedule.cadence in ("weekdays", "monthly") and is_wanted(schedule, day):
        due_on = day + dt.timedelta(days=schedule.days_after)
    else:
        return None
    return _wall(due_on, schedule.due_time, zone) + schedule.grace_hours * HOUR


def _banking_due(day: dt.date, count: int, terms: Terms) -> dt.date | None:
    try:
        days = calendar(terms.calendar)
        return add_business_days(days, day, count) if is_business_day(days, day) else None
    except CalendarExhausted:
        return None  # no date is computed past a calendar's end; its own control says so


def _wall(day: dt.date, time: str, zone: str) -> Instant:
    """The instant of a wall time; one that clocks jump over is meant an hour later."""
    try:
        return parse_local(f"{day.isoformat()} {time}", zone)
    except InstantRefused:
        earlier = dt.datetime.combine(day, dt.time.fromisoformat(time)) - _EVE
        return parse_local(earlier.strftime("%Y-%m-%d %H:%M"), zone) + HOUR


def _numbers(feed: str, ordered: Sequence[Came], agreed: Agreed) -> list[Expected]:
    """One expectation for each number that a higher one overtook, counted from the first number that ever came."""
    seen: dict[int, Came] = {}
    for came in ordered:
        if came.sequence is not None and came.status != HELD:
            seen.setdefault(came.sequence, came)
    start = next(iter(seen), 0)
    higher: Came | None = None
    found: list[Expected | None] = []
    for number in reversed(_between(sorted(number for number in seen if number >= start))):
        own = seen.get(number)
        if higher is not None and (own is None or higher.landed_at < own.landed_at):
            found.append(_number(feed, number, higher, own, agreed))
        higher = _first(higher, own)
    return [expected for expected in reversed(found) if expected is not None]


def _first(one: Came | None, other: Came | None) -> Came | None:
    both = [came for came in (one, other) if came is not None]
    return min(both, key=lambda came: (came.landed_at, came.delivery), default=None)


def _between(numbers: Sequence[int]) -> list[int]:
    """The numbers seen, and those missing between neighbours that are not too far apart."""
    found: list[int] = []
    for left, right in zip(numbers, [*numbers[1:], *numbers[-1:]], strict=True):
        found.append(left)
        found.extend(range(left + 1, right) if right - left <= GAP_MAX else ())
    return found


def _number(feed: str, number: int, higher: Came, own: Came | None, agreed: Agreed) -> Expected | None:
    terms = agreed.on(local_day(higher.landed_at, agreed.zone).isoformat())
    schedule = terms.schedule(feed)
    if schedule is None or not schedule.has_sequence:
        return None
    return Expected(
        kind="sequence",
        subject=f"{agreed.partner}:{agreed.account}:{feed}:{number}",
        partner=agreed.partner,
        account=agreed.account,
        feed=feed,
        opened_at=higher.landed_at,
        due_at=higher.landed_at + schedule.grace_hours * HOUR,
        rule=f"contract from {terms.valid_from}: {feed} numbers its files, and number {higher.sequence} has come",
        closed_at=own.landed_at if own else None,
        closed_by=own.delivery if own else None,
    )


# --- terms ----------------------------------------------------------------------------------


class _Limit(msgspec.Struct, frozen=True):
    """A due time, with the term that it comes from."""

    agreed: Agreed
    opened_at: Instant
    due_at: Instant
    rule: str


def _expect(limit: _Limit | None, kind: Kind, subject: str, closing: Closing | None, **what: Any) -> Expected | None:
    """The expectation of a limit; none without one."""
    if limit is None:
        return None
    closed_at, closed_by = closing or (None, None)
    return Expected(
        kind=kind,
        subject=subject,
        partner=limit.agreed.partner,
        account=limit.agreed.account,
        opened_at=limit.opened_at,
        due_at=limit.due_at,
        rule=limit.rule,
        closed_at=closed_at,
        closed_by=closed_by,
        **what,
    )


def _limit(agreed: Agreed, day: str, term: str) -> _Limit | None:
    """The last instant of the day that a term leads to from an ISO day; None without a term, or past the calendar."""
    terms = agreed.on(day)
    count: int | None = getattr(terms.days, term)
    if count is None:
        return None
    days = terms.calendar if terms.day_kind == "banking" else None
    span = _span(day, count, days, agreed.zone)
    if span is None:
        return None
    kind = f"banking day ({terms.calendar})" if terms.day_kind == "banking" else "calendar day"
    rule = f"contract from {terms.valid_from}: {term} {_counted(count, kind)}"
    return _Limit(agreed, *span, rule)


def due_by(agreed: Agreed, day: str, term: str) -> tuple[Instant, str] | None:
    """When what a term counts from an ISO day is due, and the term in words; None without one, or past the calendar."""
    limit = _limit(agreed, day, term)
    return None if limit is None else (limit.due_at, limit.rule)


@lru_cache(maxsize=1 << 14)
def _span(day: str, count: int, days: str | None, zone: str) -> tuple[Instant, Instant] | None:
    """The first instant of a day and the last of the day that many days on; many disputes share both.

    Args:
      day: ISO day to count from.
      count: How many days.
      days: The calendar whose business days count; None for all days.
      zone: Where the days are.
    """
    start = dt.date.fromisoformat(day)
    try:
        due_on = add_business_days(calendar(days), start, count) if days else start + dt.timedelta(days=count)
    except CalendarExhausted:
        return None  # no date is computed past a calendar's end; its own control says so
    return day_start(start, zone), end_of_day_instant(due_on, zone)


def _counted(count: int, noun: str) -> str:
    word, space, rest = noun.partition(" (")
    return f"{count} {word}{'' if count == 1 else 's'}{space}{rest}"


# --- stored and wanted ----------------------------------------------------------------------


def row(expected: Expected) -> Row:
    """Table expectation."""
    return _row(expected.id, expected)


def _row(key: str, e: Expected) -> Row:
    return (
        key,
        e.kind,
        e.subject,
        e.partner,
        e.account,
        e.feed,
        e.dispute,
        e.leg,
        e.batch,
        e.amount_minor,
        e.currency,
        e.opened_at,
        e.due_at,
        e.closed_at,
        e.closed_by,
        e.rule,
    )


def changes(wanted: Iterable[Expected], stored: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Compare: rows to upsert, and the keys (one-tuples) of stored rows that nothing asks for any more."""
    new = {key: _row(key, e) for e in wanted for key in (e.id,)}
    old = {known[0]: tuple(known) for known in stored}
    return [r for key, r in new.items() if old.get(key) != r], [(key,) for key in sorted(old.keys() - new.keys())]
