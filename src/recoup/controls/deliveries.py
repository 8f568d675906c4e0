"""Controls on what was delivered: refused and quarantined, missing, late and out of order, sent again.

Reads: delivery (one row per arrival), finding, quarantine, expectation. What is held whole: `held.py`.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.controls.classes import class_of_check
from recoup.controls.moment import Moment, days_before
from recoup.controls.overdue import Overdue, overdue
from recoup.controls.symptom import Symptom
from recoup.domain.instants import MINUTE, Instant, render_minute
from recoup.storage import schema
from recoup.storage.register import View

KEY_ROTATED_AFTER = 3
"""So many refusals in a row, with nothing accepted since the first, look like a new key and not like a stranger."""
BURST, BURST_WITHIN = 3, 10 * MINUTE
"""So many refusals so close together are no accident, whoever signed them."""
GAP_DAYS = 5
"""A number is missed when the next one lands: the day it covers lies at most a long weekend before that."""


class Arrived(msgspec.Struct, frozen=True, gc=False):
    """One delivery, as far as controls look at it."""

    delivery: str
    object: str
    partner: str
    account: str
    feed: str
    name: str
    landed_at: Instant
    status: str
    covers_on: str | None
    sequence: int | None
    records: int
    quarantined: int
    is_repeat: int


_COLUMNS = [schema.delivery.c[name] for name in Arrived.__struct_fields__]


def deliveries_where(view: View, moment: Moment, *conditions: Any) -> list[Arrived]:
    """Deliveries that had landed by now and fit, in order of landing."""
    d = schema.delivery.c
    statement = select(*_COLUMNS).where(d.landed_at <= moment.as_of, *conditions).order_by(d.landed_at, d.delivery)
    return [Arrived(*row) for row in view.rows(statement)]


def days_of(arrived: Arrived, moment: Moment) -> tuple[str, str]:
    """The days that a delivery could have told about: those it covers, else the day before it landed and that day."""
    landed_on = moment.day(arrived.landed_at, arrived.partner, arrived.account)
    return (arrived.covers_on, arrived.covers_on) if arrived.covers_on else (days_before(landed_on, 1), landed_on)


# --- missing, late, out of order ------------------------------------------------------------


def missing_file(view: View, moment: Moment) -> list[Symptom]:
    """Files past their due time and grace: days in a row without a file are one cause, a late file is over."""
    by_feed: dict[tuple[str, str, str], list[Overdue]] = defaultdict(list)
    symptoms: list[Symptom] = []
    for found in overdue(view, moment, "file"):
        if found.closed_at is None:
            by_feed[found.partner, found.account, found.feed or ""].append(found)
        else:
            symptoms.append(_late_file(found))
    for missing in by_feed.values():
        met = _days_met(view, missing[0])
        symptoms.extend(_missing(run) for run in _runs(missing, met))
    return symptoms


def _late_file(found: Overdue) -> Symptom:
    day = covered_day(found)
    assert found.closed_at is not None, "only what came is late"
    return Symptom(
        control="missing_file",
        kind="delivery",
        cause=found.subject,
        classes=("late_file", "missing_file"),
        partner=found.partner,
        account=found.account,
        feed=found.feed,
        deliveries=(found.closed_by,) if found.closed_by else (),
        since_on=day,
        until_on=day,
        ended_at=found.closed_at,
        seen=f"The {found.partner} {found.feed} file for {day} came at {render_minute(found.closed_at)}",
        expected=f"It was due by {render_minute(found.due_at)} ({found.rule})",
    )


def covered_day(found: Overdue) -> str:
    """The ISO day that an expected file covers: the last part of its subject."""
    return found.subject.rpartition(":")[2]


def _days_met(view: View, missing: Overdue) -> set[str]:
    """Days of the feed whose file has come: they part one run of missing days from the next."""
    e = schema.expectation.c
    statement = select(e.subject).where(
        e.kind == "file",
        e.partner == missing.partner,
        e.account == missing.account,
        e.feed == missing.feed,
        e.closed_at.is_not(None),
        e.due_at > missing.due_at,
    )
    return {row[0].rpartition(":")[2] for row in view.rows(statement)}


def _runs(missing: Sequence[Overdue], met: set[str]) -> Iterator[list[Overdue]]:
    run: list[Overdue] = []
    for found in sorted(missing, key=covered_day):
        if run and any(covered_day(run[-1]) < day < covered_day(found) for day in met):
            yield run
            run = []
        run.append(found)
    if run:
        yield run


def _missing(run: Sequence[Overdue]) -> Symptom:
    first, last = run[0], run[-1]
    since, until = covered_day(first), covered_day(last)
    days = since if len(run) == 1 else f"each of the {len(run)} days from {since} to {until}"
    return Symptom(
        control="missing_file",
        kind="delivery",
        cause=first.subject,
        classes=("missing_file", "late_file"),
        partner=first.partner,
        account=first.account,
        feed=first.feed,
        since_on=since,
        until_on=until,
        seen=f"No {first.partner} {first.feed} file has come for {days}",
        expected=f"It was due by {render_minute(first.due_at)} ({first.rule})",
    )


def sequence_gap(view: View, moment: Moment) -> list[Symptom]:
    """Numbers of files that a higher number overtook; numbers in a row are one cause."""
    by_feed: dict[tuple[str, str, str, bool], list[Overdue]] = defaultdict(list)
    for found in overdue(view, moment, "sequence"):
        by_feed[found.partner, found.account, found.feed or "", found.closed_at is None].append(found)
    return [_gap(run, moment) for group in by_feed.values() for run in _number_runs(group)]


def _number(found: Overdue) -> int:
    return int(found.subject.rpartition(":")[2])


def _number_runs(group: Sequence[Overdue]) -> Iterator[list[Overdue]]:
    run: list[Overdue] = []
    for found in sorted(group, key=_number):
        if run and (_number(found) != _number(run[-1]) + 1 or found.closed_at is not None):
            yield run
            run = []
        run.append(found)
    yield run


def _gap(run: Sequence[Overdue], moment: Moment) -> Symptom:
    first, last = run[0], run[-1]
    numbers = f"number {_number(first)}" if len(run) == 1 else f"numbers {_number(first)} to {_number(last)}"
    opened_on = moment.day(first.opened_at, first.partner, first.account)
    is_late = first.closed_at is not None
    return Symptom(
        control="sequence_gap",
        kind="delivery",
        cause=first.subject,
        classes=("late_file", "missing_file") if is_late else ("missing_file", "late_file"),
        partner=first.partner,
        account=first.account,
        feed=first.feed,
        deliveries=(first.closed_by,) if first.closed_by else (),
        since_on=days_before(opened_on, GAP_DAYS),
        until_on=opened_on,
        ended_at=first.closed_at,
        seen=f"{first.partner} {first.feed} {numbers} {'came after a higher number' if is_late else 'has not come'}",
        expected=f"It was due by {render_minute(first.due_at)} ({first.rule})",
    )


# --- refused and quarantined ----------------------------------------------------------------


def refused_signature(view: View, moment: Moment) -> list[Symptom]:
    """Messages whose signature does not hold, never applied: per account, feed and day, or since a key was rotated."""
    by_feed: dict[tuple[str, str, str], list[Arrived]] = defaultdict(list)
    for arrived in deliveries_where(view, moment, schema.delivery.c.status == "refused"):
        by_feed[arrived.partner, arrived.account, arrived.feed].append(arrived)
    return [
        _refused(moment, day, refused, is_rotated=is_rotated)
        for found in by_feed.values()
        for (day, is_rotated), refused in _refusals(view, moment, found).items()
    ]


def _refusals(view: View, moment: Moment, found: Sequence[Arrived]) -> dict[tuple[str, bool], list[Arrived]]:
    """Refused messages of one feed: those since which none was accepted together, the rest by day."""
    accepted = _accepted(view, moment, found)
    runs: dict[int, list[Arrived]] = defaultdict(list)
    for arrived in found:
        runs[bisect_left(accepted, arrived.landed_at)].append(arrived)
    by_day: dict[tuple[str, bool], list[Arrived]] = defaultdict(list)
    for run in runs.values():
        is_rotated = len(run) >= KEY_ROTATED_AFTER
        for arrived in run:
            told_by = run[0] if is_rotated else arrived
            by_day[moment.day(told_by.landed_at, told_by.partner, told_by.account), is_rotated].append(arrived)
    return by_day


def _refused(moment: Moment, day: str, refused: Sequence[Arrived], *, is_rotated: bool) -> Symptom:
    first, last = refused[0], refused[-1]
    until = moment.day(last.landed_at, last.partner, last.account)
    count = "One message" if len(refused) == 1 else f"{len(refused)} messages"
    days = f"on {day}" if until == day else f"from {day} to {until}"
    return Symptom(
        control="refused_signature",
        kind="delivery",
        cause=f"{first.partner}:{first.account}:{first.feed}:{day}",
        classes=("key_rotated", "forged") if is_rotated else ("forged", "key_rotated"),
        partner=first.partner,
        account=first.account,
        feed=first.feed,
        deliveries=tuple(a.delivery for a in refused),
        since_on=day,
        until_on=until,
        is_loss=is_rotated,
        is_page=is_rotated or _is_burst(refused),
        seen=f"{count} on {first.partner} {first.feed} {days} did not carry a signature by a live key, and "
        f"{'was' if len(refused) == 1 else 'were'} refused",
        expected="Wanted was a fresh signature by one of the live keys",
    )


def _is_burst(refused: Sequence[Arrived]) -> bool:
    """Say whether refusals came close together; they are in order of landing."""
    pairs = zip(refused, refused[BURST - 1 :], strict=False)
    return any(last.landed_at - first.landed_at <= BURST_WITHIN for first, last in pairs)


def _accepted(view: View, moment: Moment, refused: Sequence[Arrived]) -> list[Instant]:
    """When messages of the feed were accepted since the first refused one."""
    d, first = schema.delivery.c, refused[0]
    statement = (
        select(d.landed_at)
        .where(d.partner == first.partner, d.feed == first.feed, d.status == "read", d.is_verified == 1)
        .where(d.landed_at >= first.landed_at, d.landed_at <= moment.as_of)
        .distinct()
        .order_by(d.landed_at)
    )
    return [row[0] for row in view.rows(statement)]


def quarantined_records(view: View, moment: Moment) -> list[Symptom]:
    """Records set aside and not yet released, per delivery; the good rest went through."""
    q, d = schema.quarantine.c, schema.delivery.c
    statement = (
        select(q.delivery, q.position, q.code, q.found, q.wanted)
        .where(q.released_at.is_(None), q.landed_at <= moment.as_of)
        .order_by(q.delivery, q.position)
    )
    bad: dict[str, list[tuple[int, str, str, str]]] = defaultdict(list)
    for delivery, *record in view.rows(statement):
        bad[delivery].append((record[0], record[1], record[2], record[3]))
    if not bad:
        return []
    columns = [c.name for c in schema.delivery.columns]
    at = [columns.index(name) for name in Arrived.__struct_fields__]
    arrived = [Arrived(*(row[i] for i in at)) for row in view.by_keys(schema.delivery, d.delivery.name, bad)]
    return [_quarantined(a, bad[a.delivery], moment) for a in sorted(arrived, key=lambda a: (a.landed_at, a.delivery))]


def _quarantined(arrived: Arrived, bad: Sequence[tuple[int, str, str, str]], moment: Moment) -> Symptom:
    position, code, found, wanted = bad[0]
    # Half a file of bad records is no accident of single ones: the partner writes otherwise than it did.
    named = [class_of_check(record[1]) for record in bad]
    drift = ("format_drift",) if 2 * len(bad) >= arrived.records > 1 and "wrong_recipient" not in named else ()
    codes = (*drift, *named)
    since, until = days_of(arrived, moment)
    count = "One record" if len(bad) == 1 else f"{len(bad)} records"
    return Symptom(
        control="quarantined_records",
        kind="delivery",
        cause=f"{arrived.object}:{code}",
        classes=tuple(dict.fromkeys((*codes, "bad_record", "format_drift"))),
        partner=arrived.partner,
        account=arrived.account,
        feed=arrived.feed,
        deliveries=(arrived.delivery,),
        since_on=since,
        until_on=until,
        is_loss="hostile_input" not in codes,
        seen=f"{count} of {arrived.records} in {arrived.name} on {arrived.partner} {arrived.feed} "
        f"{'is' if len(bad) == 1 else 'are'} set aside; the first is {position}: {found}",
        expected=f"Wanted was {wanted}",
    )


# --- the same period again ------------------------------------------------------------------


def same_period_again(view: View, moment: Moment) -> list[Symptom]:
    """Two different files for one period or number of a scheduled feed: a new envelope, or a restatement."""
    d = schema.delivery.c
    periods: dict[tuple[str, str, str, str], list[Arrived]] = defaultdict(list)
    for arrived in deliveries_where(view, moment, d.status == "read", d.is_repeat == 0):
        period = _period(arrived, moment)
        if period is not None:
            periods[arrived.partner, arrived.account, arrived.feed, period].append(arrived)
    twice = {key: found for key, found in periods.items() if len(found) > 1}
    if not twice:
        return []
    totals = _totals(view, [a.delivery for found in twice.values() for a in found])
    restated = _restated(view, [a.delivery for found in twice.values() for a in found])
    return [_again(period, found, totals, restated, moment) for (_, _, _, period), found in twice.items()]


def _period(arrived: Arrived, moment: Moment) -> str | None:
    terms = moment.terms_of(arrived.partner, arrived.account).terms
    if not any(t.schedule(arrived.feed) for t in terms):
        return None
    return arrived.covers_on if arrived.sequence is None else f"number {arrived.sequence}"


def _totals(view: View, deliveries: Sequence[str]) -> dict[str, frozenset[tuple[Any, ...]]]:
    """What each delivery sums up to, without where it stands: batch, kind, currency, lines, gross, fee, net."""
    columns = [c.name for c in schema.settlement_total.columns]
    wanted = [columns.index(n) for n in ("batch", "kind", "currency", "lines", "gross_minor", "fee_minor", "net_minor")]
    found: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for row in view.by_keys(schema.settlement_total, "delivery", deliveries):
        found[row[0]].add(tuple(row[i] for i in wanted))
    return {delivery: frozenset(rows) for delivery, rows in found.items()}


def _restated(view: View, deliveries: Sequence[str]) -> set[str]:
    """Deliveries of which a finding says that a record or line came with other content."""
    columns = [c.name for c in schema.finding.columns]
    check, delivery = columns.index("check_"), columns.index("delivery")
    rows = view.by_keys(schema.finding, "delivery", deliveries)
    return {row[delivery] for row in rows if class_of_check(row[check]) in ("restatement", "same_id_other_body")}


def _again(
    period: str,
    found: Sequence[Arrived],
    totals: dict[str, frozenset[tuple[Any, ...]]],
    restated: set[str],
    moment: Moment,
) -> Symptom:
    first, last = found[0], found[-1]
    differs = any(a.delivery in restated for a in found) or len({a.records for a in found}) > 1
    # Only owned lines are summed, so a repeated file sums up to nothing of its own: compare those that have sums.
    sums = {totals[a.delivery] for a in found if totals.get(a.delivery)}
    is_restated = differs or len(sums) > 1
    count = "Two" if len(found) == 2 else str(len(found))
    return Symptom(
        control="same_period_again",
        kind="delivery",
        cause=f"{first.partner}:{first.account}:{first.feed}:{period}",
        classes=("restatement", "duplicate_rows") if is_restated else ("duplicate_rows", "restatement"),
        partner=first.partner,
        account=first.account,
        feed=first.feed,
        deliveries=tuple(a.delivery for a in found),
        since_on=first.covers_on or moment.day(first.landed_at, first.partner, first.account),
        until_on=first.covers_on or moment.day(last.landed_at, last.partner, last.account),
        is_note=not is_restated,
        seen=f"{count} different files for {period} came on {first.partner} {first.feed}; the latest is {last.name}, "
        f"{'and its content differs' if is_restated else 'with the same content'}",
        expected="One file for each period was expected",
    )
