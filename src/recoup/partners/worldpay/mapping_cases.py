"""What a Worldpay case says: one observation, its legs and what is odd about it.

There is no status. The cycle says at which stage the case is, and the last of its activities that does
more than to note, attach or assign says what happened there.
"""

import datetime as dt
from typing import get_args

from recoup.domain.codes import reason_as_stated
from recoup.domain.findings import Notes
from recoup.domain.instants import local_day
from recoup.domain.legs import Told
from recoup.domain.observation import DueState, Kind, Said
from recoup.domain.tables import reason_codes
from recoup.formats.plain_text import reference
from recoup.partners.contract import Placed, Reading
from recoup.partners.telling import Telling, refuse
from recoup.partners.worldpay.telling import beginning, day_of, meaning, minor
from recoup.partners.worldpay.wire import Activity, Case

_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_NETWORKS_WITH_CODES = frozenset(row.network for row in reason_codes())
_SILENT = "silent"
_AS_CYCLE = "cycle"
"""An activity after which the case stands as its cycle says."""
_ANY_STAGE = "chargeback"
"""Where the cycle is not known, an activity is looked up here: only whether the word is known counts then."""
_UNDEBITED = frozenset({"request", "resolution"})
"""Kinds of which nobody has read that they take money by a case."""
_CREDITING = frozenset({"withdrawn", "arbitration_won", "pre_arbitration_won"})
_ANSWERED = frozenset({"chargeback_under_review", "pre_arbitration_under_review", "inquiry_answered"})


def add_case(telling: Telling, case: Case, reading: Reading) -> None:
    """Add what a case says; without an id it is nobody's case, and is quarantined."""
    name = reference(case.id)
    if name is None:
        refuse(telling, reading, "worldpay.case_id", "no id", "the id of a case")
        return
    notes = telling.notes(name)
    reading.observations.append(Placed(telling.position, _said(telling, name, case, notes)))
    reading.findings.extend(notes.found)


def _said(telling: Telling, name: str, case: Case, notes: Notes) -> Said:
    on = local_day(telling.at, "UTC")
    kind = _kind(case, notes, on)
    activity = _last(case, notes, on)
    move = _move(case, activity, notes, on)
    amount = minor(telling, case.amount, case.currency, "chargebackAmount", notes)
    if amount is None and not any(found.check == "worldpay.amount" for found in notes.found):
        notes.add("worldpay.amount", "chargebackAmount", "no amount or no currency", "both", "warn")
    network = _network(case, notes, on)
    is_ours = _is_ours(case, notes, on)
    due_at, due_state = _due(telling, case, is_ours, notes)
    return Said(
        partner_dispute_id=name,
        form=telling.form,
        occurred_at=telling.at,
        move=move,
        kind=kind,
        partner_status="/".join(word for word in (reference(case.cycle), reference(activity)) if word) or None,
        amount_minor=amount,
        currency=None if amount is None else case.currency,
        payment_ref=reference(case.payment),
        case_ref=reference(case.arn),
        network=network,
        reason_code=_reason(case, network, notes, on),
        due_at=due_at,
        due_state=due_state,
        opened_at=_opened_at(telling, case, notes),
        is_slot_spent=True if move in _ANSWERED else False if is_ours else None,
        legs=_legs(kind, move, amount, case.currency),
    )


def _kind(case: Case, notes: Notes, on: dt.date) -> Kind | None:
    kind = meaning("cycle_kind", case.cycle, on)
    if kind is None:
        notes.unknown("cycle", case.cycle, "cycle")
        return None
    return _KINDS[kind]


def _last(case: Case, notes: Notes, on: dt.date) -> str | None:
    """The last activity that does something, by day and then by place; None where there is none."""
    last: tuple[dt.date, str] | None = None
    for activity in case.activities:
        if meaning("auxiliary", activity.type, on) == _SILENT or activity.type is None:
            continue
        day = _day(activity, notes)
        if last is None or day >= last[0]:
            last = (day, activity.type)
    return None if last is None else last[1]


def _day(activity: Activity, notes: Notes) -> dt.date:
    """An activity without a day is as old as can be: one with a day is never behind it."""
    return day_of(activity.day, "activityDate", notes) or dt.date.min


def _move(case: Case, activity: str | None, notes: Notes, on: dt.date) -> str:
    opened = meaning("cycle", case.cycle, on) or "unknown"  # said where the kind is read
    if activity is None:
        return opened
    stage = meaning("cycle_stage", case.cycle, on) or _ANY_STAGE
    move = meaning("stage_activity", f"{stage}/{activity}", on) or meaning("activity", activity, on)
    if move is None:
        notes.unknown("activityType", activity, "activity")
        return "unknown"
    return opened if move == _AS_CYCLE or opened == "unknown" else move


def _network(case: Case, notes: Notes, on: dt.date) -> str | None:
    network = meaning("network", case.card_type, on)
    if case.card_type is not None and network is None:
        notes.unknown("cardType", case.card_type, "network")
    return network


def _is_ours(case: Case, notes: Notes, on: dt.date) -> bool | None:
    """Whether the case waits for us, by the queue that it is in; None where that is not said or not known."""
    if case.queue is None:
        return None
    turn = meaning("queue", case.queue, on)
    if turn is None:
        notes.unknown("currentQueue", case.queue, "queue")
        return None
    return turn == "merchant"


def _due(telling: Telling, case: Case, is_ours: bool | None, notes: Notes) -> tuple[int | None, DueState]:
    """By when we must answer: the beginning of the day, unless the case is known to wait for somebody else."""
    if is_ours is False:
        return None, "unsaid"
    due_at = beginning(case.reply_by, "replyByDay", telling.arrived.zone, notes)
    return due_at, "unsaid" if due_at is None else "said"


def _reason(case: Case, network: str | None, notes: Notes, on: dt.date) -> str | None:
    code = reference(case.reason_code)
    if code is not None and network in _NETWORKS_WITH_CODES and reason_as_stated(network, code, on) is None:
        notes.unknown("reasonCode", code, f"reason codes of {network}")
    return code


def _opened_at(telling: Telling, case: Case, notes: Notes) -> int | None:
    received = beginning(case.received_on, "dateReceivedByVantivCnp", telling.arrived.zone, notes)
    return received or beginning(case.issued_on, "dayIssuedByBank", telling.arrived.zone, notes)


def _legs(kind: Kind | None, move: str, amount: int | None, currency: str | None) -> tuple[Told, ...]:
    """The debit of a chargeback, and the credit of one that came back whole; what a split gives back is not said."""
    if not amount or currency is None or kind is None or kind in _UNDEBITED:
        return ()
    debit = Told("debit", 1, amount, currency)
    return (debit, Told("credit", 1, amount, currency)) if move in _CREDITING else (debit,)
