"""Faults of meaning, identity and time: what partners or our own systems say wrongly about one case."""

from collections.abc import Callable

from recoup.domain.instants import DAY, HOUR
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.fault import Fault, Later, Money, Scene, Told, choose_case, due_by_contract
from recoup.simulator.truth import Case
from recoup.simulator.world import settle_again

_SEEN = 2 * DAY
_LATE_PCT = 80
"""Share of the time to answer that is over when a late notice comes."""


def step_in_time(scene: Scene, partner: str, word: str, margin: int = _SEEN) -> Callable[[Case], int | None]:
    """Cases at a partner that take a step so long before the end; the time of the step counts."""

    def when(case: Case) -> int | None:
        at = case.step_at(word) if case.partner == partner else None
        return at if at is not None and at + margin < scene.world.until() else None

    return when


def about(channel: Channel, case: Case, *feeds: str, since: int = 0) -> list[Sent]:
    """The deliveries about a case on some feeds of its partner, from an instant on."""
    return [s for feed in feeds for s in channel.on(case.partner, feed, case.id) if s.received_at >= since]


def _whole(case: Case) -> list[Money]:
    return [Money(case.currency, case.amount_minor)]


# --- meaning -----------------------------------------------------------------------------------


def _unknown_status(scene: Scene) -> Later:
    case = choose_case(scene, "M2", step_in_time(scene, "stripe", "answer"))
    case.status_told = {"answer": "awaiting_network_decision"}
    since = case.step_at("answer") or 0
    return lambda channel: Told(about(channel, case, "webhook", "disputes", since=since)[:1], [case.id], _whole(case))


def _unknown_reason(scene: Scene) -> Later:
    fits = step_in_time(scene, "adyen", "debit")
    case = choose_case(scene, "M3", lambda c: fits(c) if c.payment.brand == "visa" else None)
    case.code_told = "10.9"
    return lambda channel: Told(about(channel, case, "webhook", "dispute_report"), [case.id], _whole(case))


def _no_outcome(scene: Scene) -> Later:
    case = choose_case(scene, "M4", step_in_time(scene, "stripe", "lose"))
    case.status_told = {"lose": None}
    since = case.step_at("lose") or 0
    return lambda channel: Told(about(channel, case, "webhook", "disputes", since=since), [case.id], _whole(case))


# --- identity ----------------------------------------------------------------------------------


def _wrong_merchant(scene: Scene) -> Later:
    case = choose_case(scene, "I4", step_in_time(scene, "stripe", "debit", 4 * DAY))
    other = (case.payment.merchant + 1 + scene.chance.below(5)) % len(scene.world.merchants)
    for line in scene.world.house:
        if line.case_id == case.id:
            line.merchant = other
    return lambda channel: Told(list(channel.on("house", "ledger", case.id)), [case.id], _whole(case))


def _orphan(scene: Scene) -> Later:
    case = choose_case(scene, "I5", step_in_time(scene, "adyen", "debit", 4 * DAY))
    scene.world.unknown_payments.add(case.payment.id)
    return lambda channel: Told(about(channel, case, "webhook"), [case.id], _whole(case))


# --- time --------------------------------------------------------------------------------------


def _no_due_time(scene: Scene) -> Later:
    fits = step_in_time(scene, "stripe", "debit")
    case = choose_case(scene, "T4", lambda c: fits(c) if c.life in ("open", "won", "lost") else None)
    case.due_told = "zero"
    return lambda channel: Told(about(channel, case, "webhook")[:1], [case.id], _whole(case))


def _late_notice(scene: Scene) -> Later:
    fits = step_in_time(scene, "stripe", "inquiry", 12 * DAY)
    case = choose_case(scene, "T9", fits)
    assert case.due_at is not None, "an inquiry has a clock"
    case.told_late_by = (case.due_at - case.opened_at) * _LATE_PCT // 100 // HOUR * HOUR
    for step in case.steps[1:]:
        step.at += case.told_late_by
    settle_again(scene.world, case)
    return lambda channel: Told(about(channel, case, "webhook")[:1], [case.id], _whole(case))


# --- our own side ------------------------------------------------------------------------------


def _house_forgets(scene: Scene) -> Later:
    case = choose_case(scene, "O1", step_in_time(scene, "adyen", "debit", 8 * DAY))
    scene.world.house = [x for x in scene.world.house if (x.case_id, x.leg) != (case.id, "d1")]
    due_at = due_by_contract(case.partner, case.step_at("debit") or 0, "announce_to_house")
    return lambda channel: Told((), [case.id], _whole(case), due_at)


_MESSAGES = ("stripe", "webhook")

FAULTS = (
    Fault("M2", "a status that nobody knows", "D", "unknown_status", *_MESSAGES, 20, bend=_unknown_status),
    Fault("M3", "a reason code that nobody knows", "D", "unknown_reason", "adyen", "webhook", 40, bend=_unknown_reason),
    Fault("M4", "a closing that does not say how", "D", "outcome_missing", *_MESSAGES, 60, bend=_no_outcome),
    Fault(
        "I4", "the house charges another merchant", "D", "wrong_merchant", "house", "ledger", 25, bend=_wrong_merchant
    ),
    Fault("I5", "a payment that the house does not know", "D", "orphan_payment", "adyen", "webhook", 30, bend=_orphan),
    Fault("T4", "a due time of zero", "D", "deadline_missing", *_MESSAGES, 35, bend=_no_due_time),
    Fault("T9", "most of the time is over when we are told", "D", "late_notice", *_MESSAGES, 15, bend=_late_notice),
    Fault("O1", "the house forgets a debit", "D", "house_not_booked", "house", "ledger", 50, bend=_house_forgets),
)
