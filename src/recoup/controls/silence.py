"""Feeds of files that nobody declared when they come: what was learnt of them, and what is missing by that.

A schedule in a contract, or one that a person accepted, opens expectations; these two are not asked twice. What was
only learnt asks a person, who accepts it or says that there is none. Reads: delivery, ruling.
Read `recoup.domain.arrivals` for how a schedule is learnt.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Symptom
from recoup.domain.arrivals import Arrival, in_words, learn
from recoup.domain.instants import DAY, MINUTE, day_start, local_day, render_minute
from recoup.domain.terms import Schedule, Terms
from recoup.intake.expectations import Agreed, Came, Expected, wanted_for_feed
from recoup.storage import schema
from recoup.storage.register import View

LEARNT_FROM_DAYS = 400
RECORDS_MIN = 10
"""With so many records in a file on average, and never none, a day with nothing to tell comes once in sixty years."""
Feed = tuple[str, str, str]
"""Partner, account, feed."""


class Habit(msgspec.Struct, frozen=True):
    """How one feed of files stands: by whose word its files are expected, and since when the last one came."""

    partner: str
    account: str
    feed: str
    source: str
    """contract | accepted | none | learnt | learning | irregular."""
    pattern: str
    files: int
    covers_on: str
    """The latest day that a file covers."""
    next_due_at: int | None
    """When the next one is due, grace included; None where nothing is expected."""
    schedule: Schedule | None = None


def learnt_file_missing(view: View, moment: Moment) -> list[Symptom]:
    """Files past the time at which they always came, on feeds of which nobody said when they come."""
    found = []
    for feed, came in _undeclared(view, moment).items():
        schedule = _learnt(feed, came, moment)
        if not isinstance(schedule, Schedule):
            continue
        missing = _missing(feed, came, schedule, moment)
        if missing and not _may_be_silent(view, feed, moment):
            found.append(_symptom(feed, schedule, missing, moment))
    return found


def habits(view: View, moment: Moment) -> list[Habit]:
    """Every feed of files, with what is expected of it and by whose word."""
    return [_habit(feed, came, moment) for feed, came in sorted(_files(view, moment).items())]


def _undeclared(view: View, moment: Moment) -> dict[Feed, list[Came]]:
    return {feed: came for feed, came in sorted(_files(view, moment).items()) if not _is_declared(feed, moment)}


def _is_declared(feed: Feed, moment: Moment) -> bool:
    agreed = moment.expected_of(*feed)
    return any(term.schedule(feed[2]) is not None for term in agreed.terms)


def _files(view: View, moment: Moment) -> dict[Feed, list[Came]]:
    """The arrivals of every feed of files; what was refused or held is none."""
    d = schema.delivery.c
    columns = (d.partner, d.account, d.feed, d.delivery, d.landed_at, d.status, d.covers_on, d.sequence)
    since = moment.as_of - LEARNT_FROM_DAYS * DAY
    is_it = (d.landed_at > since, d.landed_at <= moment.as_of, d.status.in_(("read", "known")))
    names = sorted({name for _, name in moment.files})
    found: dict[Feed, list[Came]] = defaultdict(list)
    for partner, account, feed, *came in view.rows(select(*columns).where(*is_it, d.feed.in_(names))):
        if (partner, feed) in moment.files:
            found[partner, account, feed].append(Came(*came))
    return found


def _learnt(feed: Feed, came: Sequence[Came], moment: Moment) -> Schedule | str:
    zone = moment.terms_of(feed[0], feed[1]).zone
    return learn(feed[2], (_arrival(one, zone) for one in came))


def _arrival(came: Came, zone: str) -> Arrival:
    landed_on = local_day(came.landed_at, zone)
    covers_on = landed_on if came.covers_on is None else dt.date.fromisoformat(came.covers_on)
    return Arrival(covers_on, landed_on, (came.landed_at - day_start(landed_on, zone)) // MINUTE)


def _missing(feed: Feed, came: Sequence[Came], schedule: Schedule, moment: Moment) -> list[Expected]:
    """Give the files that are due since the last one came."""
    last = max(_covered(one, schedule, moment.terms_of(feed[0], feed[1]).zone) for one in came)
    wanted = _expected(feed, came, schedule, moment)
    return [e for e in wanted if e.closed_at is None and e.due_at < moment.as_of and _day_of(e) > last.isoformat()]


def _may_be_silent(view: View, feed: Feed, moment: Moment) -> bool:
    """Whether files of a feed may come only when there is something to tell, which of few records nobody can say."""
    d = schema.delivery.c
    ours = (d.partner == feed[0], d.account == feed[1], d.feed == feed[2], d.status == "read")
    since = (d.landed_at > moment.as_of - LEARNT_FROM_DAYS * DAY, d.landed_at <= moment.as_of)
    told = [records for (records,) in view.rows(select(d.records).where(*ours, *since))]
    return min(told, default=0) > 0 and sum(told) < len(told) * RECORDS_MIN


def _covered(came: Came, schedule: Schedule, zone: str) -> dt.date:
    if came.covers_on is not None:
        return dt.date.fromisoformat(came.covers_on)
    return local_day(came.landed_at, zone) - dt.timedelta(days=schedule.days_after)


def _expected(feed: Feed, came: Sequence[Came], schedule: Schedule, moment: Moment) -> list[Expected]:
    partner, account, name = feed
    zone = moment.terms_of(partner, account).zone
    agreed = Agreed(partner, account, zone, (Terms(valid_from="0001-01-02", schedules=(schedule,)),))
    recent = [one for one in came if one.landed_at > moment.as_of - 60 * DAY] or [max(came, key=lambda c: c.landed_at)]
    return [e for e in wanted_for_feed(name, recent, agreed, moment.as_of + 40 * DAY) if e.kind == "file"]


def _day_of(expected: Expected) -> str:
    return expected.subject.rpartition(":")[2]


def _symptom(feed: Feed, schedule: Schedule, missing: Sequence[Expected], moment: Moment) -> Symptom:
    partner, account, name = feed
    first, last = _day_of(missing[0]), _day_of(missing[-1])
    days = first if len(missing) == 1 else f"{len(missing)} days from {first} to {last}"
    return Symptom(
        control="learnt_file_missing",
        kind="delivery",
        cause=f"{partner}:{account}:{name}:{first}",
        classes=("missing_file", "late_file"),
        partner=partner,
        account=account,
        feed=name,
        since_on=first,
        until_on=last,
        seen=f"No {partner} {name} file has come for {days}",
        expected=f"As files came until then, one was due by {render_minute(missing[0].due_at)}: {in_words(schedule)}."
        f" Nobody declared it; accept it with: recoup expectations accept {partner} {name}",
    )


def _habit(feed: Feed, came: Sequence[Came], moment: Moment) -> Habit:
    partner, account, name = feed
    agreed = moment.expected_of(*feed)
    declared = agreed.on(moment.day(moment.as_of, partner, account)).schedule(name)
    found = declared or _learnt(feed, came, moment)
    schedule = found if isinstance(found, Schedule) else None
    if declared is not None:
        source = "none" if declared.cadence == "none" else "accepted" if declared.is_learnt else "contract"
    else:
        source = "learnt" if schedule is not None else str(found)
    due = [] if schedule is None else [e for e in _expected(feed, came, schedule, moment) if e.closed_at is None]
    last = max(_covered(one, schedule or Schedule(name, "none", days_after=0), agreed.zone) for one in came)
    ahead = [e.due_at for e in due if _day_of(e) > last.isoformat()]
    return Habit(
        partner=partner,
        account=account,
        feed=name,
        source=source,
        pattern="" if schedule is None else in_words(schedule),
        files=len(came),
        covers_on=last.isoformat(),
        next_due_at=min(ahead, default=None),
        schedule=schedule,
    )
