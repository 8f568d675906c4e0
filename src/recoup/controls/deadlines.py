"""Controls on time: headroom of clocks, deadlines that moved or are missing, late notices, calendars that end.

A computed time is called computed. Nothing here expires or closes anything: only the partner does.
Reads: dispute, observation, delivery.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select

from recoup.controls.moment import Moment
from recoup.controls.severity import DEADLINE_HOURS
from recoup.controls.symptom import Stake, Symptom
from recoup.controls.told import NOBODY, Tellers, connected, tellers
from recoup.domain.calendar import calendar
from recoup.domain.dispute import DUE_UNREADABLE, NO_DUE_BEFORE
from recoup.domain.instants import DAY, HOUR, Instant, render_instant, render_minute
from recoup.domain.lifecycle import KEEP
from recoup.storage import schema
from recoup.storage.register import View

SILENT = 3 * DAY
"""So long after a deadline a partner has usually closed the dispute: then its message is rather lost."""
SETTLED_IN = DAY
"""A deadline may be told a day after the dispute itself, by report or page."""
LATE_SHARE = 2
"""A notice is late when more than one part in so many of the time was over."""
CALENDAR_DAYS = 180
"""Days before its end at which a calendar should get its next year."""
OUR_TURN = ("merchant", "us")
NONE_ALLOWED, LEFT_EMPTY = "none_allowed", "left_empty"


class _Case(msgspec.Struct, frozen=True, gc=False):
    """An undecided dispute that waits for our side."""

    dispute: str
    partner: str
    account: str
    partner_dispute_id: str
    stage: str | None
    amount_minor: int | None
    currency: str | None
    partner_due_at: Instant | None
    ceiling_due_at: Instant | None
    act_by_at: Instant | None
    due_source: str | None
    known_from: Instant
    outcome: str | None
    is_slot_spent: int
    turn: str
    moved_at: Instant

    @property
    def ended_at(self) -> Instant | None:
        """Since when it waits for us no more: answered, decided, or somebody else's turn."""
        is_waiting = self.outcome is None and not self.is_slot_spent and self.turn in OUR_TURN
        return None if is_waiting else self.moved_at

    def stakes(self) -> tuple[Stake, ...]:
        if self.amount_minor is None or self.currency is None:
            return ()
        return (Stake("leg", self.dispute, self.currency, abs(self.amount_minor)),)


def _cases(view: View, *conditions: Any) -> list[_Case]:
    """Disputes, whether they wait or not."""
    d = schema.dispute.c
    statement = select(*(d[name] for name in _Case.__struct_fields__)).where(d.kind != "notice", *conditions)
    return [_Case(*row) for row in view.rows(statement.order_by(d.dispute))]


def _waiting(view: View, *conditions: Any) -> list[_Case]:
    d = schema.dispute.c
    return _cases(view, d.outcome.is_(None), d.is_slot_spent == 0, d.turn.in_(OUR_TURN), *conditions)


def clock_headroom(view: View, moment: Moment) -> list[Symptom]:
    """Disputes that nobody has answered, with less than three days left, or with none.

    Where only a rule that is not verified gives a time, the break says so, and only informs.
    """
    d = schema.dispute.c
    due_at = func.coalesce(d.act_by_at, d.ceiling_due_at)
    found = _waiting(view, due_at.is_not(None), due_at < moment.as_of + DEADLINE_HOURS * HOUR)
    told = tellers(view, [case.dispute for case in found])
    return [
        _headroom(case, case.act_by_at or case.ceiling_due_at or 0, told.get(case.dispute, NOBODY), moment)
        for case in found
    ]


def _headroom(case: _Case, due_at: Instant, told: Tellers, moment: Moment) -> Symptom:
    left = due_at - moment.as_of
    source = _SOURCES.get(case.due_source or "", _COMPUTED)
    if left >= 0:
        classes: tuple[str, ...] = ("deadline_near",)
        text = f"{left // HOUR} whole hours are left"
    else:
        classes = ("lost_event", "deadline_passed") if -left > SILENT else ("deadline_passed", "lost_event")
        text = "the time is over, and the partner has not closed it"
    return _about(
        case,
        control="clock_headroom",
        classes=classes,
        feed=told.feed,
        due_at=case.act_by_at,
        is_note=case.act_by_at is None,
        waits_for=moment.own(case.partner, case.account, "announces"),
        until_on=moment.today().isoformat(),
        seen=f"{case.partner_dispute_id} waits for our side at {case.stage or 'no stage'}, and {text}",
        expected=f"An answer was to be given by {render_minute(due_at)}, {source}",
    )


_COMPUTED = "as computed by a rule that is not verified; the partner did not say it"
_SOURCES = {"partner": "as the partner said", "rule": "as a rule of the network says; the partner did not say it"}


def deadline_missing(view: View, moment: Moment) -> list[Symptom]:
    """Disputes that wait for our side until nobody says when, or whose message left it empty or allows no answer."""
    d, o = schema.dispute.c, schema.observation.c
    zero = select(o.dispute).where(o.due_state == NONE_ALLOWED, o.move.in_(_ASKING), o.landed_at <= moment.as_of)
    is_old = (d.due_source.is_(None), d.known_from < moment.as_of - SETTLED_IN)
    unsaid = _waiting(view, *is_old, d.kind == "dispute", d.partner.not_in(moment.undated))
    found = {case.dispute: (case, _UNSAID, case.ended_at) for case in unsaid}
    found |= {case.dispute: (case, _EMPTY, ended_at) for case, ended_at in _left_empty(view, moment)}
    barred = _cases(view, d.dispute.in_(zero), d.kind == "dispute")
    found |= {case.dispute: (case, _ZERO, case.ended_at) for case in barred}
    told = tellers(view, found)
    return [
        _about(
            case,
            control="deadline_missing",
            classes=("deadline_missing", "format_drift"),
            feed=told.get(case.dispute, NOBODY).feed,
            deliveries=told.get(case.dispute, NOBODY).deliveries,
            is_note=True,
            ended_at=ended_at,
            seen=f"{case.partner_dispute_id} waits for our side at {case.stage or 'no stage'}, and {why}"
            f"{_instead(case)}",
            expected="A partner that waits for an answer says until when",
        )
        for case, why, ended_at in found.values()
    ]


def _left_empty(view: View, moment: Moment) -> Iterator[tuple[_Case, Instant | None]]:
    """Disputes of a record that should say until when and does not, each with when it was over.

    It is over when the partner says it after all, or when nobody waits for us any more; where it was said before, for
    the same stage, nothing was missing.
    """
    d, o = schema.dispute.c, schema.observation.c
    states = (o.due_state.in_((LEFT_EMPTY, "said")), o.landed_at <= moment.as_of)
    empty = select(o.dispute).where(o.due_state == LEFT_EMPTY, o.landed_at <= moment.as_of)
    first: dict[tuple[str, str], Instant] = {}
    told = select(o.dispute, o.due_state, func.min(o.landed_at)).where(*states, o.dispute.in_(empty))
    for dispute, state, at in view.rows(told.group_by(o.dispute, o.due_state)):
        first[dispute, state] = at
    for case in _cases(view, d.dispute.in_(empty), d.kind == "dispute") if first else ():
        said_at = first.get((case.dispute, "said")) if case.partner_due_at is not None else None
        if said_at is None or said_at > first[case.dispute, LEFT_EMPTY]:
            yield case, said_at or case.ended_at


def _instead(case: _Case) -> str:
    due_at = case.act_by_at or case.ceiling_due_at
    is_shown = due_at is not None and case.ended_at is None
    return (
        f"; {render_minute(due_at or 0)} counts, {_SOURCES.get(case.due_source or '', _COMPUTED)}" if is_shown else ""
    )


_ASKING = ("chargeback_opened", "inquiry_opened", "second_chargeback", "pre_arbitration_opened")
"""Moves with which a partner asks for an answer."""


_ZERO = "the partner gave a time that means that no answer is possible"
_EMPTY = "the record that says so leaves empty until when"
_UNSAID = "nobody says until when"


def deadline_unreadable(view: View, moment: Moment) -> list[Symptom]:
    """Disputes for which the partner told a due time that cannot be one; it counts as unsaid."""
    f = schema.finding.c
    odd = select(f.dispute, f.found).where(f.check_ == DUE_UNREADABLE, f.landed_at <= moment.as_of)
    said = {dispute: found for dispute, found in view.rows(odd.order_by(f.landed_at, f.finding)) if dispute}
    if not said:
        return []
    told = tellers(view, said)
    columns = schema.dispute.columns.keys()
    rows = view.by_keys(schema.dispute, "dispute", sorted(said))
    cases = [_Case(*(row[columns.index(name)] for name in _Case.__struct_fields__)) for row in sorted(rows)]
    return [
        _about(
            case,
            control="deadline_unreadable",
            classes=("deadline_missing", "format_drift"),
            feed=told.get(case.dispute, NOBODY).feed,
            deliveries=told.get(case.dispute, NOBODY).deliveries,
            due_at=case.act_by_at,
            is_note=True,
            seen=f"{case.partner} told {said[case.dispute]} for {case.partner_dispute_id}, which cannot be read as a "
            f"deadline; {_counting_now(case)}",
            expected="A partner that waits for an answer says until when",
        )
        for case in cases
    ]


def _counting_now(case: _Case) -> str:
    """What counts where the partner's own time does not."""
    due_at = case.act_by_at or case.ceiling_due_at
    if due_at is None:
        return "it is left out, and no rule gives another"
    return f"it is left out, and {render_minute(due_at)} counts, {_SOURCES.get(case.due_source or '', _COMPUTED)}"


def _about(case: _Case, **what: Any) -> Symptom:
    what.setdefault("ended_at", case.ended_at)
    return Symptom(
        kind="deadline",
        cause=case.dispute,
        partner=case.partner,
        account=case.account,
        disputes=(case.dispute,),
        stakes=case.stakes(),
        **what,
    )


# --- moved and late -------------------------------------------------------------------------


def deadline_moved(view: View, moment: Moment) -> list[Symptom]:
    """Disputes for which the partner said two times within one stage; the earlier counts until the later is proven."""
    o, d = schema.observation.c, schema.dispute.c
    several = (
        select(o.dispute)
        .where(o.due_at.is_not(None))
        .group_by(o.dispute)
        .having(func.count(func.distinct(o.due_at)) > 1)
    )
    begun = func.coalesce(d.opened_at - DAY, NO_DUE_BEFORE)
    statement = (
        select(o.dispute, o.move, o.due_at, o.feed, o.delivery, o.landed_at)
        .join(schema.dispute, d.dispute == o.dispute)
        .where(o.dispute.in_(several), o.due_at > begun, o.due_at > NO_DUE_BEFORE)
        .order_by(o.landed_at, o.observation)
    )
    by_stage: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for dispute, move, *told in view.rows(statement):
        stage = moment.moves[move].stage if move in moment.moves else None
        if stage not in (None, KEEP):
            by_stage[dispute, stage or ""].append(tuple(told))
    moved = {key: told for key, told in by_stage.items() if len({due_at for due_at, *_ in told}) > 1}
    cases = {case.dispute: case for case in _cases(view, d.dispute.in_(several))} if moved else {}
    return [_moved(cases[dispute], stage, told) for (dispute, stage), told in sorted(moved.items()) if dispute in cases]


def _moved(case: _Case, stage: str, told: Sequence[tuple[Any, ...]]) -> Symptom:
    first, last = told[0], next(t for t in reversed(told) if t[0] != told[0][0])
    write = render_minute if render_minute(first[0]) != render_minute(last[0]) else render_instant
    return _about(
        case,
        control="deadline_moved",
        classes=("deadline_moved", "restatement"),
        feed=last[1],
        deliveries=tuple(sorted({first[2], last[2]})),
        due_at=min(first[0], last[0]),
        seen=f"{case.partner} moved the deadline of {case.partner_dispute_id} at {stage} from "
        f"{write(first[0])} {'forward' if last[0] < first[0] else 'back'} to {write(last[0])}",
        expected="A deadline stays within its stage; the earlier one counts until the partner proves the later",
    )


def late_notice(view: View, moment: Moment) -> list[Symptom]:
    """Disputes that we heard of when most of their time was over, though the account was connected before."""
    o, d = schema.observation.c, schema.dispute.c
    first = select(o.dispute, func.min(o.landed_at).label("heard_at")).group_by(o.dispute).subquery()
    statement = (
        select(d.dispute, d.opened_at, first.c.heard_at)
        .join(first, first.c.dispute == d.dispute)
        .where(
            d.opened_at.is_not(None),
            d.partner_due_at.is_not(None),
            d.partner_due_at > d.opened_at,
            (first.c.heard_at - d.opened_at) * LATE_SHARE > d.partner_due_at - d.opened_at,
        )
    )
    late = {dispute: (opened_at, heard_at) for dispute, opened_at, heard_at in view.rows(statement)}
    if not late:
        return []
    began = connected(view)
    told = tellers(view, late)
    return [
        _late(case, *late[case.dispute], told.get(case.dispute, NOBODY))
        for case in _cases(view, d.partner_due_at.is_not(None))
        if case.dispute in late and began.get((case.partner, case.account), moment.as_of) < late[case.dispute][0]
    ]


def _late(case: _Case, opened_at: Instant, heard_at: Instant, told: Tellers) -> Symptom:
    assert case.partner_due_at is not None, "chosen so"
    return _about(
        case,
        control="late_notice",
        classes=("late_notice", "lost_event"),
        feed=told.feed,
        deliveries=told.deliveries,
        due_at=case.act_by_at,
        seen=f"{case.partner} opened {case.partner_dispute_id} at {render_minute(opened_at)}, and we heard of it at "
        f"{render_minute(heard_at)}, with the deadline at {render_minute(case.partner_due_at)}",
        expected="A partner tells of a dispute while at least half of its time is left",
    )


# --- calendars ------------------------------------------------------------------------------


def calendar_ending(view: View, moment: Moment) -> list[Symptom]:
    """Calendars that our contracts count in and that end soon; past the end no date is computed."""
    names = sorted({t.calendar for a in moment.agreed.values() for t in a.terms if t.day_kind == "banking"})
    soon = moment.today() + dt.timedelta(days=CALENDAR_DAYS)
    return [
        Symptom(
            control="calendar_ending",
            kind="deadline",
            cause=name,
            classes=("calendar_ending",),
            partner="house",
            is_note=True,
            seen=f"The calendar {name} ends on {calendar(name).last_day}",
            expected=f"A calendar that a contract counts in covers the next {CALENDAR_DAYS} days",
        )
        for name in names
        if calendar(name).last_day < soon
    ]
