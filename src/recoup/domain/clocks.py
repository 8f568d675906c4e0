"""Deadlines: which clock runs at a stage, when it ends by the rules, and by when we must act.

Three times are kept apart: what the partner said (the earliest until an extension is proven), the
ceiling that rules give (`tables/stage_clocks.csv`), and the time to act by. A row that is not
verified informs: its deadline is shown as computed and moves no time to act by. Nothing here
closes a slot; only the partner does.
"""

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Literal

import msgspec

from recoup.domain import tables
from recoup.domain.calendar import Calendar, add_business_days, calendar, is_published, next_business_day
from recoup.domain.instants import HOUR, MINUTE, QUARTER, Instant, day_end, day_start, from_epoch_seconds, local_day
from recoup.domain.observation import DueState
from recoup.domain.rows import DATABLE, StageClock
from recoup.errors import NoDeadlineRule

OUR_SIDE: frozenset[str] = frozenset({"acquirer", "merchant", "payee", "payee_bank", "either", "loser"})
"""Who owes, seen from the side that takes payments; `either` and `loser` may be us."""

STAGE_BEGAN: frozenset[str] = frozenset(
    {
        "advice_received",
        "chargeback_received",
        "chargeback_settled",
        "claim_opened",
        "collaboration_requested",
        "dishonored_settled",
        "dispute_opened",
        "dispute_processed",
        "inquiry_received",
        "notified",
        "pre_arbitration_received",
        "representment",
        "retrieval_received",
        "return_settled",
        "ruling",
    }
)
"""Start events that are the beginning of the stage the clock runs in."""

_BUSINESS_UNITS = frozenset({"banking_days", "interbank_days", "working_days", "business_days"})
_US_CA = frozenset({"US", "CA"})
_REGIONS: dict[str, frozenset[str]] = {"us": frozenset({"US"}), "us_ca": _US_CA, "australia": frozenset({"AU"})}
_OUTSIDE: dict[str, frozenset[str]] = {"outside_us": frozenset({"US"}), "outside_us_ca": _US_CA}
_LEAD = re.compile(r"([0-9]{1,3}):([0-5][0-9])")

DueSource = Literal["partner", "rule"]


class Deadline(msgspec.Struct, frozen=True):
    """When a clock of the rules ends, and how much that is worth."""

    due_at: Instant
    due_on: dt.date
    """The day of `due_at` in the clock's zone."""
    clock: str
    """Id of the row in `stage_clocks.csv`."""
    owes: str
    owed: str
    level: str
    is_verified: bool
    """False: shown as computed, and moves no time to act by."""
    grade: str
    source: str
    on_expiry: str | None


class ActBy(msgspec.Struct, frozen=True):
    """By when we must act, and who says so; both None where nothing that counts is known, or no clock runs."""

    at: Instant | None = None
    source: DueSource | None = None


class StatedDue(msgspec.Struct, frozen=True):
    """A due time that a partner stated, and whether a second source proves it to be an extension."""

    due_at: Instant
    stated_at: Instant
    is_proven_extension: bool = False


@lru_cache(maxsize=1 << 12)
def clocks(
    network: str,
    stage: str | None,
    code: str | None,
    on: dt.date,
    *,
    region: str | None = None,
    level: str = "network",
    partner: str | None = None,
) -> tuple[StageClock, ...]:
    """Give the rows that apply to a dispute: of all sides, whether a date can be computed from them or not.

    Args:
      network: As in the tables: visa, mastercard, ach, sepa_core, ...
      stage: Where the dispute stands.
      code: The network's reason code; rows for certain codes are left out when it is unknown.
      on: The day whose rules count.
      region: Country, ISO 3166 alpha-2; rows for certain regions are left out when it is unknown.
      level: Who sets the limit: network, acquirer, psp or own.
      partner: Whose limit, for levels below the network.
    """
    return tuple(
        row
        for row in tables.stage_clocks()
        if (row.network, row.at_stage, row.level, row.partner) == (network, stage, level, partner)
        and row.holds(on)
        and _fits_code(row, code)
        and _fits_region(row, region)
    )


def due(clock: StageClock, started_at: Instant, zone: str | None = None) -> Deadline | None:
    """Say when a clock ends that started at an instant; None where its row gives nothing to compute from.

    Args:
      clock: A row of `stage_clocks.csv`.
      started_at: When its start event happened.
      zone: Where days are counted; the zone of the clock's calendar by default, else UTC.
    Raises:
      CalendarExhausted: The way leads past the last year of the clock's calendar.
    """
    if not _is_datable(clock):
        return None
    book = calendar(clock.calendar) if clock.calendar else None
    place = zone or (book.zone if book else "UTC")
    due_at = _due_at(clock, started_at, place, book)
    due_on = local_day(due_at, place)
    return Deadline(
        due_at=due_at,
        due_on=due_on,
        clock=clock.id,
        owes=clock.owes,
        owed=clock.owed,
        level=clock.level,
        is_verified=clock.is_verified and (book is None or is_published(book, due_on)),
        grade=clock.grade,
        source=clock.source,
        on_expiry=clock.on_expiry,
    )


def ceiling_due(
    network: str,
    stage: str | None,
    code: str | None,
    started_at: Instant,
    region: str | None,
    on: dt.date,
    *,
    starts: str | None = None,
    zone: str | None = None,
) -> Deadline | None:
    """Say until when, by the network's rules, our side may act at this stage; None where no row says so.

    Of several clocks the earliest verified one is given, else the earliest. Ask only while it is our turn.

    Args:
      network: As in the tables.
      stage: Where the dispute stands.
      code: The network's reason code, None if unknown.
      started_at: When the stage began, or when the start event happened that `starts` names.
      region: Country, ISO 3166 alpha-2, None if unknown.
      on: The day whose rules count.
      starts: A start event of `rows.StageClock`; None for those that begin with the stage.
      zone: Where days are counted; the zone of the clock's calendar by default, else UTC.
    Raises:
      CalendarExhausted: The way leads past the last year of a clock's calendar.
    """
    running = _running(network, stage, code, on, region, starts)
    if any(row.unit == "hours" for row in running):
        return _first_end(running, started_at, zone)
    return _end_in_days(network, stage, code, on, region, starts, zone, started_at // QUARTER)


@lru_cache(maxsize=1 << 12)
def _running(
    network: str, stage: str | None, code: str | None, on: dt.date, region: str | None, starts: str | None
) -> tuple[StageClock, ...]:
    ours = (row for row in clocks(network, stage, code, on, region=region) if row.owes in OUR_SIDE)
    return tuple(row for row in ours if (row.starts in STAGE_BEGAN if starts is None else row.starts == starts))


@lru_cache(maxsize=1 << 15)
def _end_in_days(
    network: str,
    stage: str | None,
    code: str | None,
    on: dt.date,
    region: str | None,
    starts: str | None,
    zone: str | None,
    quarter: int,
) -> Deadline | None:
    """The end of clocks that count in days: one answer for all that began in one quarter of an hour."""
    return _first_end(_running(network, stage, code, on, region, starts), quarter * QUARTER, zone)


def _first_end(running: Iterable[StageClock], started_at: Instant, zone: str | None) -> Deadline | None:
    return first_that_counts([end for row in running if (end := due(row, started_at, zone)) is not None])


def first_that_counts(ends: Iterable[Deadline]) -> Deadline | None:
    """Give the earliest verified deadline, else the earliest; None of none."""
    return min(ends, key=lambda end: (not end.is_verified, end.due_at, end.clock), default=None)


def said_due(epoch_seconds: int | None) -> tuple[Instant | None, DueState]:
    """Read a due time in epoch seconds as partners write it: None is unknown, 0 says that no response is allowed.

    Raises:
      InstantRefused: Not an integer, or outside the years 1 to 9999.
    """
    if epoch_seconds is None:
        return None, "unsaid"
    if epoch_seconds == 0:
        return None, "none_allowed"
    return from_epoch_seconds(epoch_seconds), "said"


def counting_due(stated: Iterable[StatedDue]) -> StatedDue | None:
    """Give the due time that counts: the earliest, until an extension is proven; then the earliest from that on."""
    told = sorted(stated, key=lambda due: (due.stated_at, due.due_at))
    since = max((n for n, due in enumerate(told) if due.is_proven_extension), default=0)
    return min(told[since:], key=lambda due: (due.due_at, due.stated_at), default=None)


def act_by(
    partner_due_at: Instant | None,
    due_state: DueState,
    is_slot_spent: bool,
    ceiling: Deadline | None,
    lead: int = 0,
) -> ActBy:
    """Give the time to act by: the earlier of partner's and rules' due time, less the cut-off.

    Args:
      partner_due_at: What the partner said; counts only with `due_state` said.
      due_state: said; unsaid: not known; none_allowed: there is no response to give, so no clock.
      is_slot_spent: Our one answer is in: no clock.
      ceiling: From the rules; left out where it is not verified.
      lead: How long before a due time we must have acted, microseconds (`parse_lead`).
    """
    if is_slot_spent or due_state == "none_allowed":
        return ActBy()
    candidates: list[tuple[Instant, DueSource]] = []
    if due_state == "said" and partner_due_at is not None:
        candidates.append((partner_due_at, "partner"))
    if ceiling is not None and ceiling.is_verified:
        candidates.append((ceiling.due_at, "rule"))
    if not candidates:
        return ActBy()
    due_at, source = min(candidates)
    return ActBy(due_at - lead, source)


@cache
def parse_lead(text: str) -> int:
    """Read a length of time before a due time, `36:00` hours and minutes, as microseconds.

    Raises:
      NoDeadlineRule: Any other form.
    """
    found = _LEAD.fullmatch(text)
    if found is None:
        raise NoDeadlineRule(where="cut_off", found=repr(text), wanted="hours and minutes, like 24:00")
    return int(found[1]) * HOUR + int(found[2]) * MINUTE


def _fits_code(row: StageClock, code: str | None) -> bool:
    if row.codes is None:
        return True
    return code is not None and any(tables.covers(pattern, code) for pattern in row.codes.split())


def _fits_region(row: StageClock, region: str | None) -> bool:
    if row.region in (None, "global"):
        return True
    if region is None:
        return False
    if row.region in _OUTSIDE:
        return region not in _OUTSIDE[row.region]
    return region in _REGIONS.get(row.region or "", ())


def _is_datable(clock: StageClock) -> bool:
    counts_forward = clock.starts is not None and clock.starts != "before_compliance_filing"
    has_calendar = clock.calendar is not None or (
        clock.unit not in _BUSINESS_UNITS and clock.edge != "opening_of_next_business_day"
    )
    return clock.unit in DATABLE and clock.length is not None and counts_forward and has_calendar


def _due_at(clock: StageClock, started_at: Instant, zone: str, book: Calendar | None) -> Instant:
    length = clock.length or 0
    if clock.unit == "hours":
        return started_at + length * HOUR
    day = _last_day(clock.unit, length, local_day(started_at, zone), book)
    if clock.edge == "opening_of_next_business_day" and book is not None:
        return day_start(next_business_day(book, day), zone)
    return day_start(day, zone) if clock.edge == "opening_of_day" else day_end(day, zone)


def _last_day(unit: str, length: int, day: dt.date, book: Calendar | None) -> dt.date:
    if unit in _BUSINESS_UNITS and book is not None:
        return add_business_days(book, day, length)
    if unit in ("months", "years"):
        return _months_on(day, length * (12 if unit == "years" else 1))
    return day + dt.timedelta(days=length * (7 if unit == "weeks" else 1))


def _months_on(day: dt.date, months: int) -> dt.date:
    """The same day of the month that many months on, or the month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
