"""Control on the shape of what comes: fields, types and ways of writing that are not those that were accepted.

The first days of a feed are accepted as they come; what a person accepts later is learnt from the day on that it
began. Every day of the last week is compared by itself, and the week as a whole, so that both a broken day and a slow
change show. Reads: fingerprint (one row per feed, day, field and facet), ruling, delivery.
Read `recoup.domain.drift` for what counts as a difference.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, case, func, select

from recoup.controls.moment import Moment, days_before
from recoup.controls.symptom import Symptom
from recoup.domain.canonical import parse
from recoup.domain.drift import LEARN_DAYS_MAX, Change, Fields, changes, fields_of, learning_days, null_shifts, parent
from recoup.domain.instants import DAY, day_start, local_day, parse_day
from recoup.domain.ruling import Kind as RulingKind
from recoup.domain.shapes import FILE, ROW, Shape, Tally, merge
from recoup.intake.fingerprints import tally_of
from recoup.storage import schema
from recoup.storage.register import View
from recoup.storage.rulings import standings

WINDOW_DAYS = 7
"""What has not shown for a week is over."""
SHAPE: RulingKind = "shape_accepted"
EVERYTHING, VERSION = "*", "version"
"""Paths of rulings that are about a whole feed, and about the version of its messages."""
SHOWN_MAX = 5
DELIVERIES_MAX = 50
_F = schema.fingerprint.c


class Scope(msgspec.Struct, frozen=True, order=True):
    """What has one shape: the messages of one version, or the files, of one feed of one account."""

    partner: str
    account: str
    feed: str
    version: str = ""


class Accepted(msgspec.Struct, frozen=True):
    """What a person accepted: a field, or all, from a day on."""

    path: str
    since_on: str


class Drift(msgspec.Struct, frozen=True):
    """How one feed stands: learnt from which days, and what is other than that."""

    scope: Scope
    days: int
    """With deliveries."""
    records: int
    learnt_on: str | None
    """The last day that it was learnt from; None while it is still learnt."""
    changes: tuple[tuple[str, Change], ...] = ()
    """Each with the first day of the week on which it shows."""
    shifts: tuple[Change, ...] = ()
    """Fields that are empty more or less often than they were: information."""


def contract_drift(view: View, moment: Moment) -> list[Symptom]:
    """Feeds whose records have another shape than was accepted; all changes of one feed are one cause."""
    return [_symptom(view, drift) for drift in drifts(view, moment) if drift.changes]


def drifts(view: View, moment: Moment, *, with_shifts: bool = False) -> list[Drift]:
    """Compare every feed of now with what was accepted of it."""
    said = _accepted(view, moment)
    found = []
    histories = _histories(view, moment)
    for scope, history in sorted(histories.items()):
        of_feed = said.get((scope.partner, scope.account, scope.feed), [])
        found.append(_drift(view, moment, scope, history, of_feed, with_shifts))
    return _with_versions(found, histories, said, moment)


def today(moment: Moment) -> str:
    """The day of now, as deliveries are counted."""
    return local_day(moment.as_of, "UTC").isoformat()


# --- what was accepted ----------------------------------------------------------------------


History = list[tuple[str, int]]
"""Days with deliveries, in order, with their records."""


def _histories(view: View, moment: Moment) -> dict[Scope, History]:
    records = func.sum(case((_F.facet == FILE, 0), else_=_F.count))
    columns = (_F.partner, _F.account, _F.feed, _F.version, _F.landed_on)
    is_whole = (_F.path == "", _F.facet.in_((ROW, FILE)), _F.landed_on <= today(moment))
    found: dict[Scope, History] = defaultdict(list)
    for *scope, day, count in view.rows(
        select(*columns, records).where(*is_whole).group_by(*columns).order_by(_F.landed_on)
    ):
        found[Scope(*scope)].append((day, int(count)))
    return found


def _accepted(view: View, moment: Moment) -> dict[tuple[str, str, str], list[Accepted]]:
    said: dict[tuple[str, str, str], list[Accepted]] = {}
    for subject, ruled in standings(view, SHAPE).items():
        partner, account, feed = parse(subject)
        known = [held for held in ruled.held if held.since_at <= moment.as_of and held.said.value is not None]
        said[partner, account, feed] = [Accepted(**parse(held.said.value or "")) for held in known]
    return said


def _drift(
    view: View, moment: Moment, scope: Scope, history: History, said: Sequence[Accepted], with_shifts: bool
) -> Drift:
    begins = max((one.since_on for one in said if one.path == EVERYTHING), default="")
    days = [(day, count) for day, count in history if day >= begins]
    whole = Drift(scope, len(history), sum(count for _, count in history), None)
    learnt = learning_days(days)
    if learnt is None:
        return whole
    learnt_on = days[learnt - 1][0]
    since = max(days_before(today(moment), WINDOW_DAYS - 1), _next(learnt_on))
    recent = _by_day(view, scope, since, today(moment))
    if not recent:
        return msgspec.structs.replace(whole, learnt_on=learnt_on)
    base = _sum(view, scope, days[0][0], learnt_on)
    fields = {
        one.path: one.since_on for one in said if one.path not in (EVERYTHING, VERSION) and one.since_on > learnt_on
    }
    found = _compared(base, recent, moment, scope)
    kept = [(day, change) for day, change in found if change.path not in fields]
    again = [one for path, on in sorted(fields.items()) for one in _learnt_again(view, moment, scope, path, on, recent)]
    shifts = null_shifts(base, fields_of(merge(recent.values()))) if with_shifts else []
    return msgspec.structs.replace(
        whole, learnt_on=learnt_on, changes=tuple(sorted([*kept, *again], key=_order)), shifts=tuple(shifts)
    )


def _order(found: tuple[str, Change]) -> tuple[str, str, str, str]:
    day, change = found
    return (change.path, change.kind, change.found, day)


def _next(day: str) -> str:
    return days_before(day, -1)


def _compared(base: Fields, recent: Mapping[str, Shape], moment: Moment, scope: Scope) -> list[tuple[str, Change]]:
    """Compare each day, and all days together; of what shows on several the first counts."""
    known = moment.known_fields(scope.partner)
    found: dict[tuple[str, str, str], tuple[str, Change]] = {}
    for day, shape in (*sorted(recent.items()), (min(recent), merge(recent.values()))):
        for change in changes(base, fields_of(shape), lambda path: known.knows(scope.feed, path)):
            key = (change.path, change.kind, change.found)
            first, widest = found.get(key, (day, change))
            found[key] = (first, change if change.count > widest.count else widest)
    return list(found.values())


def _learnt_again(
    view: View, moment: Moment, scope: Scope, path: str, since_on: str, recent: Mapping[str, Shape]
) -> list[tuple[str, Change]]:
    """Compare a field that was accepted anew with its first days since then."""
    until = days_before(since_on, -LEARN_DAYS_MAX)
    later = {day: shape for day, shape in recent.items() if day > until}
    if not later:
        return []
    paths = {path, parent(path) or "", ""}
    base = {at: facets for at, facets in _sum(view, scope, since_on, until).items() if at in paths}
    return [one for one in _compared(base, later, moment, scope) if one[1].path == path]


def _sum(view: View, scope: Scope, first: str, last: str) -> Fields:
    is_it = (*_is(scope), _F.landed_on >= first, _F.landed_on <= last)
    statement = select(_F.path, _F.facet, func.sum(_F.count)).where(*is_it).group_by(_F.path, _F.facet)
    return fields_of({(path, facet): Tally(int(count), None) for path, facet, count in view.rows(statement)})


def _by_day(view: View, scope: Scope, first: str, last: str) -> dict[str, Shape]:
    is_it = (*_is(scope), _F.landed_on >= first, _F.landed_on <= last)
    found: dict[str, Shape] = defaultdict(dict)
    for day, path, facet, count, subjects in view.rows(
        select(_F.landed_on, _F.path, _F.facet, _F.count, _F.subjects).where(*is_it)
    ):
        found[day][path, facet] = tally_of(count, subjects)
    return found


def _is(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return (
        _F.partner == scope.partner,
        _F.account == scope.account,
        _F.feed == scope.feed,
        _F.version == scope.version,
    )


def _with_versions(
    found: Sequence[Drift],
    histories: Mapping[Scope, History],
    said: Mapping[tuple[str, str, str], Sequence[Accepted]],
    moment: Moment,
) -> list[Drift]:
    """Add the versions that came after a feed was learnt in another one, until somebody accepts them."""
    feeds: dict[tuple[str, str, str], list[Drift]] = defaultdict(list)
    for one in found:
        feeds[one.scope.partner, one.scope.account, one.scope.feed].append(one)
    told = []
    for feed, drifts_ in feeds.items():
        accepted_on = max((one.since_on for one in said.get(feed, ()) if one.path in (EVERYTHING, VERSION)), default="")
        for one in drifts_:
            first = histories[one.scope][0][0]
            before = [d for d in drifts_ if d.learnt_on is not None and d.learnt_on < first]
            is_recent = histories[one.scope][-1][0] >= days_before(today(moment), WINDOW_DAYS - 1)
            if before and first > accepted_on and is_recent:
                was = ", ".join(sorted(d.scope.version or "none" for d in before))
                change = Change(
                    VERSION, "added", f"version {one.scope.version or 'none'}", was, one.records, one.records
                )
                one = msgspec.structs.replace(one, changes=((first, change), *one.changes))
            told.append(one)
    return sorted(told, key=lambda one: one.scope)


# --- for a person ---------------------------------------------------------------------------


def _symptom(view: View, drift: Drift) -> Symptom:
    scope = drift.scope
    days = sorted({day for day, _ in drift.changes})
    told = [change.said() for _, change in drift.changes]
    more = f"; and {len(told) - SHOWN_MAX} more" if len(told) > SHOWN_MAX else ""
    version = f" {scope.version}" if scope.version else ""
    return Symptom(
        control="contract_drift",
        kind="delivery",
        cause=f"{scope.partner}:{scope.account}:{scope.feed}:{scope.version}",
        classes=("format_drift", "bad_record"),
        partner=scope.partner,
        account=scope.account,
        feed=scope.feed,
        deliveries=_deliveries(view, scope, days[0]),
        since_on=days_before(days[0], 1),
        until_on=None,
        seen=f"What comes on {scope.partner} {scope.feed}{version} has another shape since {days[0]}:"
        f" {'; '.join(told[:SHOWN_MAX])}{more}",
        expected=f"Wanted was what its records were like until {drift.learnt_on or days[0]}, or what somebody accepted"
        f" since. Where it is meant: recoup drift accept {scope.partner} {scope.feed}",
    )


def _deliveries(view: View, scope: Scope, since_on: str) -> tuple[str, ...]:
    """The first deliveries that may show it."""
    d = schema.delivery.c
    since = day_start(parse_day(since_on), "UTC")
    is_it = (d.partner == scope.partner, d.account == scope.account, d.feed == scope.feed, d.landed_at >= since)
    rows = view.rows(
        select(d.delivery)
        .where(*is_it, d.status.in_(("read", "held")), d.landed_at < since + WINDOW_DAYS * DAY)
        .order_by(d.landed_at, d.delivery)
        .limit(DELIVERIES_MAX)
    )
    return tuple(row[0] for row in rows)
