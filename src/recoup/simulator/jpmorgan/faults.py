"""Faults of J.P. Morgan's report: rows left out, twice, told otherwise; fees; what the house forgets."""

import re

from recoup.domain.instants import DAY, HOUR
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.fault import Fault, Later, Money, Scene, Told, choose_case, choose_sent, due_by_contract, first_of
from recoup.simulator.jpmorgan.profile import CURRENCY, PARTNER, RECEIVED_FEE_MINOR
from recoup.simulator.truth import Case, Step
from recoup.simulator.truth_faults import (
    about,
    after_another,
    live_again,
    opened_before_end,
    step_in_time,
    unknown_to_house,
    whole,
)

_SEEN = 5 * DAY
_FEED = "dispute_report"
_LAST_DAY = 30 * HOUR
_LATE_PCT = 75
"""Share of the time to answer that is over when the report tells."""


def _case(scene: Scene, fault: str, word: str = "debit", margin: int = _SEEN) -> Case:
    return choose_case(scene, fault, step_in_time(scene, PARTNER, word, margin))


def _report(channel: Channel, case: Case, fault: str) -> Sent:
    """The report that opens a case."""
    return first_of(about(channel, case, _FEED), fault)


def _row(text: str, case: Case, category: str) -> str:
    return next(line for line in text.split("\n") if f",{category}," in line and f",{case.id}," in line)


def _told_in(scene: Scene, text: str) -> list[str]:
    """The cases that a report tells of: while it is held, nothing of them is known."""
    return [case.id for case in scene.world.cases_at(PARTNER) if case.id in text]


# --- rows --------------------------------------------------------------------------------------


def _left_out(scene: Scene) -> Later:
    case = _case(scene, "F6-jpmorgan")
    case.status_told = {"debit": None}
    handed_at = case.step_at("hand") or 0
    due_at = due_by_contract(PARTNER, handed_at, "announce_to_settle")
    return lambda channel: Told([_report(channel, case, "F6-jpmorgan")], [case.id], whole(case), due_at)


def _cut_out(scene: Scene, channel: Channel) -> Told:
    case = _case(scene, "F8-jpmorgan")
    sent = _report(channel, case, "F8-jpmorgan")
    text = channel.read(sent).decode()
    channel.change(sent, text.replace(_row(text, case, "RECD") + "\n", "").encode())
    return Told([sent], _told_in(scene, text), whole(case))


def _with_commas(scene: Scene, channel: Channel) -> Told:
    found = [s for s in channel.on(PARTNER, _FEED, "debit") if b",RECD," in channel.read(s)][:-2]
    sent = choose_sent(scene, "F10-jpmorgan", found)
    body = channel.read(sent)
    channel.change(sent, re.sub(rb",(-?\d+)\.(\d{8})(?=,)", rb',"\1,\2"', body))
    return Told([sent], _told_in(scene, body.decode()))


def _turned(scene: Scene, channel: Channel) -> Told:
    case = _case(scene, "Q12-jpmorgan")
    sent = _report(channel, case, "Q12-jpmorgan")
    text = channel.read(sent).decode()
    row = _row(text, case, "RECD")
    amount = f",{case.amount_minor // 100}.{case.amount_minor % 100:02}000000"
    channel.change(sent, text.replace(row, row.replace(amount, f",-{amount[1:]}")).encode())
    return Told([sent], _told_in(scene, text), [Money(CURRENCY, 2 * case.amount_minor)])


# --- words and times ---------------------------------------------------------------------------


def _unknown_category(scene: Scene) -> Later:
    case = _case(scene, "M2-jpmorgan", "answer")
    case.status_told = {"answer": "RCVRY"}
    since = case.step_at("answer") or 0
    return lambda channel: Told(about(channel, case, _FEED, since=since)[:1], [case.id], whole(case))


def _unknown_reason(scene: Scene) -> Later:
    fits = step_in_time(scene, PARTNER, "debit")
    case = choose_case(scene, "M3-jpmorgan", lambda c: fits(c) if c.payment.brand == "visa" else None)
    case.code_told = "19.7"
    return lambda channel: Told(about(channel, case, _FEED)[:1], [case.id], whole(case))


def _no_due_day(scene: Scene) -> Later:
    case = _case(scene, "T4-jpmorgan")
    case.due_told = "zero"
    return lambda channel: Told(about(channel, case, _FEED)[:1], [case.id], whole(case))


def _late_notice(scene: Scene) -> Later:
    case = choose_case(scene, "T9-jpmorgan", opened_before_end(scene, PARTNER, 5, 14))
    # The report of that day comes on the last morning, so that the little time that is left is still running.
    late = scene.world.until() - _LAST_DAY - case.opened_at
    case.told_late_by = late
    live_again(scene, case, case.opened_at + late * 100 // _LATE_PCT, ("debit", case.opened_at))
    for line in scene.world.house:
        if line.case_id == case.id:
            line.at += late
    return lambda channel: Told(about(channel, case, _FEED)[:1], [case.id], whole(case))


# --- money -------------------------------------------------------------------------------------


def _no_fee(scene: Scene) -> Later:
    return _fee(scene, "Q4-jpmorgan", 0)


def _double_fee(scene: Scene) -> Later:
    return _fee(scene, "Q5-jpmorgan", 2)


def _fee(scene: Scene, fault: str, times: int) -> Later:
    case = choose_case(scene, fault, after_another(scene, PARTNER, "debit", _SEEN))
    debit = case.movement("d1")
    assert debit is not None, "a debited case has its movement"
    debit.fee_minor = RECEIVED_FEE_MINOR * times
    if not times:  # the house charges what it sees
        scene.world.house = [x for x in scene.world.house if (x.case_id, x.leg) != (case.id, "f1")]
    return lambda channel: Told(about(channel, case, _FEED)[:1], [case.id], [Money(CURRENCY, RECEIVED_FEE_MINOR)])


def _double_debit(scene: Scene) -> Later:
    case = _case(scene, "Q7-jpmorgan")
    again_at = (case.step_at("debit") or 0) + 49 * HOUR
    case.steps.append(Step("debit", again_at))
    return lambda channel: Told(about(channel, case, _FEED, since=again_at)[:1], [case.id], whole(case))


# --- our own side ------------------------------------------------------------------------------


def _orphan(scene: Scene) -> Later:
    return unknown_to_house(scene, _case(scene, "I5-jpmorgan", margin=4 * DAY), _FEED)


def _house_forgets(scene: Scene) -> Later:
    case = _case(scene, "O1-jpmorgan", margin=8 * DAY)
    scene.world.house = [x for x in scene.world.house if (x.case_id, x.leg) != (case.id, "d1")]
    due_at = due_by_contract(PARTNER, case.opened_at, "announce_to_house")
    return lambda channel: Told((), [case.id], whole(case), due_at)


_REPORT = (PARTNER, _FEED)

FAULTS = (
    Fault("F6-jpmorgan", "a report leaves a debit out", "D", "not_debited", *_REPORT, 35, bend=_left_out),
    Fault(
        "F8-jpmorgan",
        "a row is missing that the summary counts",
        "D",
        "control_total",
        *_REPORT,
        50,
        disturb=_cut_out,
        about="deliveries",
    ),
    Fault(
        "F10-jpmorgan",
        "amounts of a report have decimal commas",
        "D",
        "format_drift",
        *_REPORT,
        65,
        disturb=_with_commas,
        about="deliveries",
    ),
    Fault("M2-jpmorgan", "a category that nobody knows", "D", "unknown_status", *_REPORT, 30, bend=_unknown_category),
    Fault("M3-jpmorgan", "a reason that nobody knows", "D", "unknown_reason", *_REPORT, 40, bend=_unknown_reason),
    Fault(
        "I5-jpmorgan",
        "a dispute of a payment that the house does not know",
        "D",
        "orphan_payment",
        *_REPORT,
        30,
        bend=_orphan,
    ),
    Fault(
        "T4-jpmorgan",
        "a dispute without a day to answer by",
        "D",
        "deadline_missing",
        *_REPORT,
        35,
        bend=_no_due_day,
        is_harmless=True,
    ),
    Fault(
        "T9-jpmorgan",
        "most of the time is over when the report tells",
        "D",
        "late_notice",
        *_REPORT,
        40,
        bend=_late_notice,
    ),
    Fault("Q4-jpmorgan", "no fee is taken for a dispute", "R", "fee_missing", *_REPORT, 35, bend=_no_fee),
    Fault("Q5-jpmorgan", "the fee for a dispute is taken twice", "R", "fee_wrong", *_REPORT, 45, bend=_double_fee),
    Fault("Q7-jpmorgan", "a dispute is received twice", "D", "double_debit", *_REPORT, 40, bend=_double_debit),
    Fault(
        "Q12-jpmorgan",
        "a row takes nothing and gives",
        "D",
        "control_total",
        *_REPORT,
        55,
        disturb=_turned,
        about="deliveries",
    ),
    Fault(
        "O1-jpmorgan",
        "the house forgets a debit that was reported",
        "D",
        "house_not_booked",
        "house",
        "ledger",
        40,
        bend=_house_forgets,
    ),
)
