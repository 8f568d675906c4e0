"""Controls on how much comes: fewer records than on such days, bytes sent over and over, messages long under way.

Statistics, and never a proof: they are said where counts are large enough to tell a fault from chance, ask somebody
to look, and page nobody by themselves. More than usual is no fault. Reads: delivery (one row per arrival), observation.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import case, func, literal, select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Symptom
from recoup.domain.counts import Usual, chance_of_fewer, chance_of_more, spread, usual
from recoup.domain.instants import DAY, HOUR, MINUTE, local_day
from recoup.storage import schema
from recoup.storage.register import View

CHANCE_MAX = 7e-5
"""With ten feeds, one false alarm in four years of days by chance alone."""
EFFECT_PCT = 20
"""A smaller change is not worth anybody's time, however sure it is."""
MEAN_MIN, MEAN_TWICE = 30, 10
"""From the first mean on one day tells; from the second on two days in a row do; below, nothing does."""
WEEKS, WEEKS_MIN = 8, 4
LOOKED_AT_DAYS = 7
REPEATS_MIN, REPEATS_TIMES = 20, 5
LAG, LATE_PCT, LAG_EVENTS_MIN = 15 * MINUTE, 5, 20
"""More than one message in twenty that is longer under way: the 95th percentile of an hour."""
_D = schema.delivery.c
_AN_HOUR = literal(HOUR, literal_execute=True)
"""Written out: PostgreSQL takes two parameters of one value for two things, and groups by neither."""

Feed = tuple[str, str, str]
"""Partner, account, feed."""


class Day(msgspec.Struct, frozen=True):
    """What came on one feed on one local day."""

    on: dt.date
    deliveries: int = 0
    repeats: int = 0
    records: int = 0


# --- volume ---------------------------------------------------------------------------------


class Low(msgspec.Struct, frozen=True):
    """A day with far fewer records than such days have."""

    day: Day
    like: Usual
    chance: float


def low_volume(view: View, moment: Moment) -> list[Symptom]:
    """Days of the last week with far fewer records than the same weekday had before; days in a row are one cause."""
    found = []
    for feed, days in sorted(_days(view, moment).items()):
        low = list(_low_days(feed, days, moment))
        found += [_low(feed, run, moment) for run in _runs(low)]
    return found


def _low_days(feed: Feed, days: Mapping[dt.date, Day], moment: Moment) -> Iterator[Low]:
    """Find the low days of a feed.

    A file that did not come is its schedule's business; a message that did not come leaves an empty day.
    """
    is_file = (feed[0], feed[2]) in moment.files
    first = min(days)
    today = local_day(moment.as_of, _zone(feed, moment))
    below: Low | None = None
    for back in range(LOOKED_AT_DAYS, 0, -1):
        on = today - dt.timedelta(days=back)
        day = days.get(on) or (None if is_file else Day(on))
        like = _like(days, on, first, is_file=is_file)
        low = None if day is None or like is None else _judged(day, like)
        if low is not None and (low.like.mean >= MEAN_MIN or below is not None):
            if below is not None and below.like.mean < MEAN_MIN:
                yield below
            yield low
        below = low


def _judged(day: Day, like: Usual) -> Low | None:
    if like.mean < MEAN_TWICE or 100 * day.records > (100 - EFFECT_PCT) * like.mean:
        return None
    chance = chance_of_fewer(day.records, like)
    return Low(day, like, chance) if chance < CHANCE_MAX else None


def _like(days: Mapping[dt.date, Day], on: dt.date, first: dt.date, *, is_file: bool) -> Usual | None:
    """Give what the same weekday had in the weeks before; of files only days with one."""
    groups: dict[int, list[int]] = defaultdict(list)
    for back in range(1, 7 * WEEKS + 1):
        day = on - dt.timedelta(days=back)
        if day >= first and (day in days or not is_file):
            groups[day.weekday()].append(days[day].records if day in days else 0)
    same = groups.get(on.weekday(), [])
    return usual(same, spread(list(groups.values()))) if len(same) >= WEEKS_MIN else None


def _runs(low: Sequence[Low]) -> Iterator[list[Low]]:
    run: list[Low] = []
    for one in low:
        if run and (one.day.on - run[-1].day.on).days > 3:  # over a weekend it is one run still
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _low(feed: Feed, run: Sequence[Low], moment: Moment) -> Symptom:
    partner, account, name = feed
    first, last = run[0], run[-1]
    nothing = all(one.day.deliveries == 0 for one in run)
    days = f"on {first.day.on}" if len(run) == 1 else f"on {len(run)} days from {first.day.on} to {last.day.on}"
    records, mean = sum(one.day.records for one in run), round(sum(one.like.mean for one in run))
    return Symptom(
        control="low_volume",
        kind="statistical",
        cause=f"{partner}:{account}:{name}:{first.day.on}",
        classes=("missing_file", "lost_event", "control_total") if nothing else ("control_total", "lost_event"),
        partner=partner,
        account=account,
        feed=name,
        since_on=first.day.on.isoformat(),
        until_on=last.day.on.isoformat(),
        seen=f"{records} records came on {partner} {name} {days}",
        expected=f"The same weekdays of {first.like.days} weeks before had about {mean};"
        f" by chance alone it is so in one of {_one_in(min(one.chance for one in run))} cases",
    )


def _one_in(chance: float) -> str:
    return "more than a million" if chance < 1e-6 else f"{round(1 / chance):,}"


def _days(view: View, moment: Moment) -> dict[Feed, dict[dt.date, Day]]:
    """What came on each feed, by local day of landing: what was refused or held is not counted, nor is a page."""
    since = moment.as_of - (7 * WEEKS + LOOKED_AT_DAYS + 2) * DAY
    # An hour is in one day of every zone but those that are half an hour off, where it is a day's first or last.
    hour = (_D.landed_at // _AN_HOUR).label("hour")
    columns = (_D.partner, _D.account, _D.feed, hour)
    counted = (func.count(), func.sum(_D.is_repeat), func.sum(_D.accepted))
    is_it = (_D.landed_at > since, _D.landed_at <= moment.as_of, _D.status.in_(("read", "known")))
    found: dict[Feed, dict[dt.date, Day]] = defaultdict(dict)
    for partner, account, name, at, deliveries, repeats, records in view.rows(
        select(*columns, *counted).where(*is_it).group_by(*columns)
    ):
        if (partner, name) in moment.pages or name in _BY_HAND:
            continue
        feed = (partner, account, name)
        on = local_day(int(at) * HOUR, _zone(feed, moment))
        so_far = found[feed].get(on, Day(on))
        found[feed][on] = Day(
            on, so_far.deliveries + deliveries, so_far.repeats + int(repeats), so_far.records + int(records)
        )
    return found


_BY_HAND = frozenset({"manual", "sent"})


def _zone(feed: Feed, moment: Moment) -> str:
    return moment.terms_of(feed[0], feed[1]).zone


# --- sent again -----------------------------------------------------------------------------


def repeated_deliveries(view: View, moment: Moment) -> list[Symptom]:
    """Days of the last week on which far more known bytes came than usual: our answers may not reach the partner."""
    found = []
    for feed, days in sorted(_days(view, moment).items()):
        today = local_day(moment.as_of, _zone(feed, moment))
        for on in sorted(day for day in days if (today - day).days < LOOKED_AT_DAYS):
            before = [day for day in days.values() if day.on < on]
            if _is_flood(days[on], before):
                found.append(_flood(feed, days[on], before))
    return found


def _is_flood(day: Day, before: Sequence[Day]) -> bool:
    repeats, came = sum(one.repeats for one in before), sum(one.deliveries for one in before)
    if day.repeats < REPEATS_MIN or came == 0 or day.repeats * came <= REPEATS_TIMES * repeats * day.deliveries:
        return False
    mean = (repeats + 1) / (came + 1) * day.deliveries
    return chance_of_more(day.repeats, Usual(len(before), mean, 2 * mean)) < CHANCE_MAX


def _flood(feed: Feed, day: Day, before: Sequence[Day]) -> Symptom:
    partner, account, name = feed
    repeats, came = sum(one.repeats for one in before), sum(one.deliveries for one in before)
    return Symptom(
        control="repeated_deliveries",
        kind="statistical",
        cause=f"{partner}:{account}:{name}:{day.on}",
        classes=("duplicate_rows",),
        partner=partner,
        account=account,
        feed=name,
        since_on=day.on.isoformat(),
        until_on=day.on.isoformat(),
        is_note=True,
        seen=f"{day.repeats} of {day.deliveries} deliveries on {partner} {name} on {day.on} brought known bytes",
        expected=f"Before it were {repeats} of {came}; nothing counts twice, but our answers may not reach the partner",
    )


# --- long under way -------------------------------------------------------------------------


def intake_lag(view: View, moment: Moment) -> list[Symptom]:
    """Messages of the last day that were long under way: an hour in which more than one in twenty came late."""
    o = schema.observation.c
    hour = (o.landed_at // _AN_HOUR).label("hour")
    late = func.sum(case((o.landed_at - o.occurred_at > LAG, 1), else_=0))
    columns = (o.partner, o.account, o.feed, hour)
    since = moment.as_of - DAY
    statement = (
        select(*columns, func.count(), late)
        .where(o.form == "event", o.landed_at > since, o.landed_at <= moment.as_of)
        .group_by(*columns)
        .order_by(*columns)
    )
    hours: dict[Feed, list[tuple[int, int, int]]] = defaultdict(list)
    for partner, account, name, at, count, slow in view.rows(statement):
        if count >= LAG_EVENTS_MIN and 100 * int(slow) > LATE_PCT * count:
            hours[partner, account, name].append((int(at), count, int(slow)))
    return [_lag(feed, found, moment) for feed, found in hours.items()]


def _lag(feed: Feed, hours: Sequence[tuple[int, int, int]], moment: Moment) -> Symptom:
    partner, account, name = feed
    first, last = hours[0][0] * HOUR, hours[-1][0] * HOUR
    count, late = sum(one[1] for one in hours), sum(one[2] for one in hours)
    since, until = (moment.day(at, partner, account) for at in (first, last))
    return Symptom(
        control="intake_lag",
        kind="statistical",
        cause=f"{partner}:{account}:{name}:{since}",
        classes=("timing", "lost_event"),
        partner=partner,
        account=account,
        feed=name,
        since_on=since,
        until_on=until,
        seen=f"{late} of {count} messages on {partner} {name} were more than {LAG // MINUTE} minutes under way,"
        f" in {len(hours)} hour{'' if len(hours) == 1 else 's'} of the last day",
        expected="At most one in twenty was expected to be",
    )
