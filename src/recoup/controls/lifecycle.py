"""Controls on the life of a dispute: illegal moves, one id with two contents, no outcome, messages that never came.

Reads: finding, dispute, observation, expectation, delivery.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import exists, func, select

from recoup.controls.classes import class_of_check, class_of_finding
from recoup.controls.moment import Moment
from recoup.controls.overdue import Overdue, overdue
from recoup.controls.symptom import Stake, Symptom
from recoup.controls.told import NOBODY, tellers
from recoup.controls.vocabulary import UNKNOWN_MOVE, WORD_CLASSES
from recoup.domain.dispute import DUE_UNREADABLE
from recoup.domain.instants import HOUR, Instant, render_minute
from recoup.domain.legs import read_told
from recoup.domain.lifecycle import KEEP, Moves
from recoup.intake.taking import BOOKED_AGAIN
from recoup.storage import schema
from recoup.storage.register import View

SAME_ID = "observation.same_id_other_content"
PUSH_GRACE = HOUR
"""A message may come this much later than a page or report that shows the same."""
LOST_MANY = 5
"""Disputes of one day from which on lost messages are more than what pages and reports are there to make good."""
OURS = ("manual", "sent")
"""Feeds on which we speak ourselves: no message of the partner is missing for them."""


class _Found(msgspec.Struct, frozen=True, gc=False):
    check: str
    partner: str
    account: str
    feed: str
    delivery: str
    dispute: str | None
    where: str
    found: str
    wanted: str
    severity: str


def _findings(view: View, moment: Moment, *conditions: Any) -> list[_Found]:
    f = schema.finding.c
    columns = (f.check_, f.partner, f.account, f.feed, f.delivery, f.dispute, f.where_, f.found, f.wanted, f.severity)
    statement = select(*columns).where(f.landed_at <= moment.as_of, *conditions).order_by(f.landed_at, f.finding)
    return [_Found(*row) for row in view.rows(statement)]


def illegal_move(view: View, moment: Moment) -> list[Symptom]:
    """Steps that MOVES does not have: a regression was not taken, a jump was; one cause per dispute and kind."""
    found: dict[tuple[str, str], list[_Found]] = defaultdict(list)
    steps_of = schema.finding.c
    for f in _findings(view, moment, steps_of.check_.like("lifecycle.%"), steps_of.check_ != DUE_UNREADABLE):
        if f.dispute is not None:
            found[f.dispute, f.check].append(f)
    told = tellers(view, [dispute for dispute, _ in found])
    symptoms = []
    for (dispute, check), steps in found.items():
        first, teller = steps[0], told.get(dispute, NOBODY)
        class_ = class_of_check(check)
        symptoms.append(
            _of_finding(
                first,
                control="illegal_move",
                cause=f"{dispute}:{check}",
                classes=(class_, "lost_event" if class_ == "stage_jump" else "status_regression"),
                feed=teller.feed,
                deliveries=teller.deliveries,
                disputes=(dispute,),
                seen=f"{first.where} was told to make {'a step' if len(steps) == 1 else f'{len(steps)} steps'} that "
                "a dispute "
                f"cannot make: {'; '.join(dict.fromkeys(f.found for f in steps))}",
            )
        )
    return symptoms


def same_id_other_content(view: View, moment: Moment) -> list[Symptom]:
    """Records that came again under their id with other content; the earliest counts and both are kept."""
    return [
        _of_finding(
            f,
            control="same_id_other_content",
            cause=f"{f.dispute}:{f.found}",
            classes=("same_id_other_body", "restatement"),
            feed=f.feed,
            deliveries=(f.delivery,),
            disputes=(f.dispute,) if f.dispute else (),
            seen=f"{f.where} came twice under one id with different contents: {f.found}",
        )
        for f in _findings(view, moment, schema.finding.c.check_ == SAME_ID)
    ]


def data_finding(view: View, moment: Moment) -> list[Symptom]:
    """Whatever else a reader found wrong, per delivery and kind, so that no finding is lost."""
    f = schema.finding.c
    others = _findings(
        view, moment, f.severity != "note", f.check_.not_in((SAME_ID, BOOKED_AGAIN)), f.check_.not_like("lifecycle.%")
    )
    unread = _unread(view)
    grouped: dict[tuple[str, str], list[_Found]] = defaultdict(list)
    for found in others:
        if class_of_finding(found.check, found.wanted) not in WORD_CLASSES and found.delivery not in unread:
            grouped[found.delivery, found.check].append(found)
    return [
        _of_finding(
            found[0],
            control="data_finding",
            cause=f"{delivery}:{check}",
            classes=(class_of_check(check), "format_drift"),
            feed=found[0].feed,
            deliveries=(delivery,) if delivery else (),
            disputes=tuple(sorted({f.dispute for f in found if f.dispute is not None})),
            seen=f"{'One finding' if len(found) == 1 else f'{len(found)} findings'} on {found[0].partner} "
            f"{found[0].feed}; the "
            f"first is {found[0].where}: {found[0].found}",
        )
        for (delivery, check), found in grouped.items()
    ]


def _unread(view: View) -> set[str]:
    """Deliveries that were held or refused: their findings are the reason, and told there."""
    d = schema.delivery.c
    return {row[0] for row in view.rows(select(d.delivery).where(d.status.in_(("held", "refused"))))}


def _of_finding(found: _Found, **what: Any) -> Symptom:
    return Symptom(
        kind="lifecycle",
        partner=found.partner,
        account=found.account,
        expected=f"Wanted was {found.wanted}",
        **what,
    )


def outcome_missing(view: View, moment: Moment) -> list[Symptom]:
    """Disputes that the partner closed without a word on how: never won, never lost."""
    d = schema.dispute.c
    statement = (
        select(d.dispute, d.partner, d.account, d.partner_dispute_id, d.partner_status, d.amount_minor, d.currency)
        .where(d.outcome == "unknown")
        .order_by(d.dispute)
    )
    rows = view.rows(statement)
    told = tellers(view, [row[0] for row in rows])
    return [
        Symptom(
            control="outcome_missing",
            kind="lifecycle",
            cause=dispute,
            classes=("outcome_missing", "unknown_status"),
            partner=partner,
            account=account,
            feed=told.get(dispute, NOBODY).feed,
            deliveries=told.get(dispute, NOBODY).deliveries,
            disputes=(dispute,),
            stakes=(Stake("leg", dispute, currency, minor),) if minor is not None and currency else (),
            seen=f"{partner} closed {theirs} ({status or 'no status'}) and did not say how it ended",
            expected="An end says who won, or what became of the money",
        )
        for dispute, partner, account, theirs, status, minor, currency in rows
    ]


def notice_without_end(view: View, moment: Moment) -> list[Symptom]:
    """Notifications of chargeback that neither a chargeback nor an end followed in time."""
    return [_noticed(o, moment) for o in overdue(view, moment, "chargeback_after_notice")]


def _noticed(o: Overdue, moment: Moment) -> Symptom:
    feeds = moment.own(o.partner, o.account, "announces")
    return Symptom(
        control="notice_without_end",
        kind="lifecycle",
        cause=o.subject,
        classes=("timing", "lost_event") if o.closed_at else ("lost_event", "kind_confused"),
        partner=o.partner,
        account=o.account,
        feed=feeds[0].feed if feeds else None,
        disputes=(o.dispute,) if o.dispute else (),
        stakes=o.stakes("leg", o.dispute or o.subject),
        since_on=moment.day(o.opened_at, o.partner, o.account),
        until_on=moment.day(o.due_at, o.partner, o.account),
        waits_for=feeds,
        ended_at=o.closed_at,
        seen=f"{o.partner} notified us of a chargeback of {o.amount() or 'an amount it did not say'} for "
        f"{o.partner_dispute_id}, and {'it came late' if o.closed_at else 'neither it nor an end has come'}",
        expected=f"It was due by {render_minute(o.due_at)} ({o.rule})",
    )


# --- push against pull ----------------------------------------------------------------------


class _Pulled(msgspec.Struct, frozen=True, gc=False):
    """A move that a page or report shows."""

    dispute: str
    partner: str
    account: str
    partner_dispute_id: str
    move: str
    feed: str
    delivery: str
    landed_at: Instant
    opened_at: Instant | None
    legs: str | None


class _Pushed(msgspec.Struct, gc=False):
    """What messages told of a dispute: moves, and legs by kind and cycle."""

    moves: set[str] = set()
    legs: set[tuple[str, int]] = set()


def lost_event(view: View, moment: Moment) -> list[Symptom]:
    """Disputes that stand, by page or report, where no message of the partner ever put them; by account and day.

    Only for disputes that messages spoke of, or that opened after messages began to come: what was there before is
    not lost. A few are made good by what showed them, and over once messages come again.
    """
    pulled = [p for p in _first_shown(_untold(view, moment)) if p.landed_at + PUSH_GRACE < moment.as_of]
    pushed = _pushed(view, moment, [p.dispute for p in pulled])
    began, heard = _push_began(view, moment), _pushes(view, moment)
    by_day: dict[tuple[str, str, str], list[_Pulled]] = defaultdict(list)
    for p in pulled:
        if _is_lost(p, pushed.get(p.dispute, _Pushed()), began.get((p.partner, p.account)), moment.moves):
            by_day[p.partner, p.account, moment.day(p.landed_at, p.partner, p.account)].append(p)
    return [
        _lost(day, found, _next_heard(found, heard.get((partner, account), ())), moment)
        for (partner, account, day), found in sorted(by_day.items())
    ]


def _next_heard(found: Sequence[_Pulled], heard: Sequence[Instant]) -> Instant | None:
    """When messages came again after the last of a few lost ones was made good; many lost ones a person looks at."""
    if len({p.dispute for p in found}) >= LOST_MANY:
        return None
    after = bisect_right(heard, max(p.landed_at for p in found))
    return heard[after] if after < len(heard) else None


def _first_shown(pulled: Iterable[_Pulled]) -> list[_Pulled]:
    """Each move of a dispute where it was shown first: pages show it again every day."""
    first: dict[tuple[str, str], _Pulled] = {}
    for p in pulled:
        first.setdefault((p.dispute, p.move), p)
    return list(first.values())


def _push_feed(moment: Moment, partner: str) -> str | None:
    return next(iter(moment.roles.get(partner, {}).get("announces", ())), None)


def _untold(view: View, moment: Moment) -> list[_Pulled]:
    """What other feeds than the pushing one tell of disputes for which the two do not say the same."""
    names = (
        "dispute",
        "partner",
        "account",
        "partner_dispute_id",
        "move",
        "feed",
        "delivery",
        "landed_at",
        "opened_at",
    )
    columns = [c.name for c in schema.observation.columns]
    at = [columns.index(name) for name in (*names, "legs")]
    landed = columns.index("landed_at")
    rows = view.by_keys(schema.observation, "dispute", _unlike(view, moment))
    told = [_Pulled(*(row[i] for i in at)) for row in sorted(rows, key=lambda row: (row[landed], row[0]))]
    return [p for p in told if p.feed not in (_push_feed(moment, p.partner), *OURS) and p.move != UNKNOWN_MOVE]


def _unlike(view: View, moment: Moment) -> list[str]:
    """Disputes of which a page or report says a move, or legs, that no message says alike; most are none."""
    o, w = schema.observation.c, schema.observation.alias("pushed").c
    found: set[str] = set()
    for partner in sorted(moment.roles):
        feed = _push_feed(moment, partner)
        if feed is None:
            continue
        same = exists().where(
            w.dispute == o.dispute,
            w.feed == feed,
            w.move == o.move,
            func.coalesce(w.legs, "") == func.coalesce(o.legs, ""),
        )
        told = (o.partner == partner, o.feed.not_in((feed, *OURS)), o.move != UNKNOWN_MOVE, ~same)
        found.update(row[0] for row in view.rows(select(o.dispute).distinct().where(*told)))
    return sorted(found)


def _pushed(view: View, moment: Moment, disputes: Sequence[str]) -> Mapping[str, _Pushed]:
    """What messages told, by dispute."""
    columns = [c.name for c in schema.observation.columns]
    at = [columns.index(name) for name in ("dispute", "partner", "feed", "move", "legs")]
    told: dict[str, _Pushed] = defaultdict(_Pushed)
    for row in view.by_keys(schema.observation, "dispute", sorted(set(disputes))):
        dispute, partner, feed, move, legs = (row[i] for i in at)
        if feed == _push_feed(moment, partner):
            told[dispute].moves.add(move)
            told[dispute].legs.update(_legs(legs))
    return told


def _legs(text: str | None) -> set[tuple[str, int]]:
    return {(leg.leg, leg.cycle) for leg in read_told(text)}


def _push_began(view: View, moment: Moment) -> Mapping[tuple[str, str], Instant]:
    d = schema.delivery.c
    statement = select(d.partner, d.account, d.feed, func.min(d.landed_at)).where(d.status == "read")
    rows = view.rows(statement.group_by(d.partner, d.account, d.feed))
    return {(partner, account): at for partner, account, feed, at in rows if feed == _push_feed(moment, partner)}


def _pushes(view: View, moment: Moment) -> Mapping[tuple[str, str], Sequence[Instant]]:
    """When messages about disputes came, in order, by account."""
    o = schema.observation.c
    found: dict[tuple[str, str], list[Instant]] = {}
    for partner in sorted(moment.roles):
        told = (o.partner == partner, o.feed == _push_feed(moment, partner), o.landed_at <= moment.as_of)
        for account, at in view.rows(select(o.account, o.landed_at).where(*told).distinct().order_by(o.landed_at)):
            found.setdefault((partner, account), []).append(at)
    return found


def _is_lost(pulled: _Pulled, told: _Pushed, began: Instant | None, moves: Moves) -> bool:
    """Whether a message should have told it, and none did: neither the place nor the legs that it announces."""
    if began is None or not (told.moves or (pulled.opened_at is not None and pulled.opened_at > began)):
        return False
    is_placed = any(_is_same_place(pulled.move, move, moves) for move in told.moves)
    return not is_placed or not _legs(pulled.legs) <= told.legs


def _is_same_place(one: str, other: str, moves: Moves) -> bool:
    """Whether two moves lead to the same outcome, or, both undecided, to the same stage."""
    a, b = moves.get(one), moves.get(other)
    if a is None or b is None:
        return one == other
    if a.outcome not in (None, KEEP):
        return a.outcome == b.outcome
    return b.stage in (a.stage, KEEP) or a.stage in (None, KEEP)


def _lost(day: str, found: Sequence[_Pulled], ended_at: Instant | None, moment: Moment) -> Symptom:
    first = found[0]
    names = sorted({p.partner_dispute_id for p in found})
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    feeds = moment.own(first.partner, first.account, "announces")
    return Symptom(
        control="lost_event",
        kind="lifecycle",
        cause=f"{first.partner}:{first.account}:{day}",
        classes=("lost_event", "outcome_conflict"),
        partner=first.partner,
        account=first.account,
        feed=_push_feed(moment, first.partner),
        deliveries=tuple(sorted({p.delivery for p in found})),
        disputes=tuple(sorted({p.dispute for p in found})),
        since_on=day,
        until_on=day,
        waits_for=feeds,
        is_note=len(names) < LOST_MANY,
        ended_at=ended_at,
        seen=f"{first.partner} {first.feed} of {day} shows {shown} where no message put "
        f"{'it' if len(names) == 1 else 'them'} ({', '.join(sorted({p.move for p in found}))})",
        expected=f"Each step is told by a message within {PUSH_GRACE // HOUR} hour of what shows it",
    )
