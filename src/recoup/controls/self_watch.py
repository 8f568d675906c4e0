"""Controls on Recoup itself: loops that are silent, controls that do not see their canary, a clock that jumped, pages
that reach nobody.

Signs of life are told by the wall clock, also in a home whose time is that of its deliveries. In a home where no
worker ever ran, and after one was stopped in order, nothing is missed.

Reads: heartbeat (one row per loop), canary_run (one per control and round), clock_jump, notice, notice_sending.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import func, select

from recoup.controls.books import OURSELVES
from recoup.controls.moment import Moment
from recoup.controls.symptom import Symptom
from recoup.domain.instants import DAY, HOUR, MINUTE, SECOND, Instant, render_minute
from recoup.storage import schema
from recoup.storage.register import View

STALE_AFTER = 15 * MINUTE
"""Without a round that went well for so long a loop is silent; the slowest goes round every five minutes."""
CANARY_AFTER = 25 * HOUR
"""A day, and an hour for the round that is due."""
REMEMBERED = DAY
"""How long a jump of the clock is told."""
UNDELIVERED_AFTER = 15 * MINUTE
CANARY_LOOP = "canary"


class _Beat(msgspec.Struct, frozen=True, gc=False):
    loop: str
    began_at: Instant
    succeeded_at: Instant | None
    failed_at: Instant | None
    failure: str | None
    noted_at: Instant

    @property
    def well_at(self) -> Instant:
        """When it was last known to be well."""
        return self.began_at if self.succeeded_at is None else self.succeeded_at


def heartbeat_stale(view: View, moment: Moment) -> list[Symptom]:
    """Loops of which no round went well for a quarter of an hour; one symptom where the whole worker is silent."""
    beats = _beats(view)
    silent = [beat for beat in beats if moment.ran_at - beat.well_at > STALE_AFTER]
    if silent and moment.ran_at - max(beat.noted_at for beat in beats) > STALE_AFTER:
        return [_worker_silent(beats)]
    return [_loop_silent(beat) for beat in silent]


def _beats(view: View) -> list[_Beat]:
    h = schema.heartbeat.c
    columns = (h.loop, h.began_at, h.succeeded_at, h.failed_at, h.failure, h.noted_at)
    return [_Beat(*row) for row in view.rows(select(*columns).where(h.ended_at.is_(None)).order_by(h.loop))]


def _worker_silent(beats: Sequence[_Beat]) -> Symptom:
    last = max(beat.noted_at for beat in beats)
    return _about(
        "heartbeat_stale",
        "worker",
        "loop_silent",
        seen=f"The worker gave its last sign of life at {render_minute(last)}, and was not told to stop",
        expected="While a home is served, its worker empties the inbox, sweeps and checks",
    )


def _loop_silent(beat: _Beat) -> Symptom:
    failing = f"; its last error was {beat.failure}" if beat.failure and (beat.failed_at or 0) > beat.well_at else ""
    return _about(
        "heartbeat_stale",
        beat.loop,
        "loop_silent",
        seen=f"No round of the loop {beat.loop} has gone well since {render_minute(beat.well_at)}{failing}",
        expected=f"A round goes well every {STALE_AFTER // MINUTE} minutes at least",
    )


def canary_missing(view: View, moment: Moment) -> list[Symptom]:
    """Controls that did not see their canary when it was last shown, and canaries that nobody shows any more."""
    c = schema.canary_run.c
    newest = view.rows(select(func.max(c.ran_at)))[0][0]
    return [*_not_shown(view, moment, newest), *([] if newest is None else _not_seen(view, newest))]


def _not_shown(view: View, moment: Moment, newest: Instant | None) -> list[Symptom]:
    beat = next((beat for beat in _beats(view) if beat.loop == CANARY_LOOP), None)
    if beat is None or moment.ran_at - (beat.began_at if newest is None else newest) <= CANARY_AFTER:
        return []
    since = "since the worker began" if newest is None else f"since {render_minute(newest)}"
    return [
        _about(
            "canary_missing",
            "all",
            "control_blind",
            seen=f"No control was shown its canary {since}",
            expected="Each control is shown a planted fault every day",
        )
    ]


def _not_seen(view: View, newest: Instant) -> list[Symptom]:
    c = schema.canary_run.c
    blind = select(c.control, c.said, c.version).where(c.ran_at == newest, c.is_seen == 0).order_by(c.control)
    return [
        _about(
            "canary_missing",
            control,
            "control_blind",
            seen=f"The control {control} did not see its canary at {render_minute(newest)}, in version {version}: "
            f"{said}",
            expected="A control sees the fault that is planted for it",
        )
        for control, said, version in view.rows(blind)
    ]


def clock_jumped(view: View, moment: Moment) -> list[Symptom]:
    """That the wall clock moved otherwise than time passed, told for a day after the last time."""
    c = schema.clock_jump.c
    near = (c.noted_at > moment.ran_at - REMEMBERED, c.noted_at < moment.ran_at + REMEMBERED)
    jumps = view.rows(select(c.noted_at, c.by_us).where(*near).order_by(c.noted_at))
    if not jumps:
        return []
    noted_at, by_us = jumps[-1]
    before = f", and {len(jumps) - 1} times before within a day" if len(jumps) > 1 else ""
    way = "forward" if by_us > 0 else "back"
    return [
        _about(
            "clock_jumped",
            "clock",
            "clock_jumped",
            seen=f"The clock of this machine jumped {way} by {abs(by_us) // SECOND:,} seconds, to "
            f"{render_minute(noted_at)}{before}",
            expected="The clock moves as time passes; deadlines and signatures are judged by it",
        )
    ]


def page_undelivered(view: View, moment: Moment) -> list[Symptom]:
    """Outlets on which a page waits for longer than a quarter of an hour though it was tried."""
    n, s = schema.notice.c, schema.notice_sending.c
    waiting = (
        select(s.outlet, func.count(), func.min(n.changed_at), func.max(s.failure))
        .where(s.notice == n.notice, s.tellings < n.tellings, s.tries > 0)
        .where(n.changed_at < moment.ran_at - UNDELIVERED_AFTER)
        .group_by(s.outlet)
        .order_by(s.outlet)
    )
    return [
        _about(
            "page_undelivered",
            outlet,
            "page_undelivered",
            seen=f"{count} page{'' if count == 1 else 's'} could not be delivered by {outlet} since "
            f"{render_minute(since)}: {failure}",
            expected="A page is with people within minutes",
        )
        for outlet, count, since, failure in view.rows(waiting)
    ]


def _about(control: str, cause: str, class_: str, *, seen: str, expected: str) -> Symptom:
    return Symptom(
        control=control,
        kind="watch",
        cause=cause,
        classes=(class_,),
        partner=OURSELVES,
        is_page=True,
        seen=seen,
        expected=expected,
    )
