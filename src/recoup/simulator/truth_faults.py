"""Faults of meaning, identity and time: what partners or our own systems say wrongly about one case."""

from collections.abc import Callable

from recoup.domain.instants import DAY, HOUR, SECOND, local_day
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.days import ONE_DAY
from recoup.simulator.fault import Fault, Later, Money, Scene, Told, choose_case, due_by_contract, first_of
from recoup.simulator.profiles import PROFILES
from recoup.simulator.truth import Case, Step
from recoup.simulator.world import settle_again

_SEEN = 2 * DAY
_NEAR = 72 * HOUR
"""So long before its end an unanswered dispute is an emergency."""
_LATE_PCT = 80
"""Share of the time to answer that is over when a late notice comes."""


def step_in_time(scene: Scene, partner: str, word: str, margin: int = _SEEN) -> Callable[[Case], int | None]:
    """Cases at a partner that take a step so long before the end; the time of the step counts."""

    def when(case: Case) -> int | None:
        at = case.step_at(word) if case.partner == partner else None
        return at if at is not None and at + margin < scene.world.until() else None

    return when


def after_another(scene: Scene, partner: str, word: str, margin: int = _SEEN) -> Callable[[Case], int | None]:
    """As `step_in_time`, but some days after the first such step: how the partner's fees come is known by then."""
    fits = step_in_time(scene, partner, word, margin)
    known_at = min((at for case in scene.world.cases if (at := fits(case)) is not None), default=0) + _SEEN

    def when(case: Case) -> int | None:
        at = fits(case)
        return at if at is not None and at >= known_at else None

    return when


def about(channel: Channel, case: Case, *feeds: str, since: int = 0) -> list[Sent]:
    """The deliveries about a case on some feeds of its partner, from an instant on."""
    return [s for feed in feeds for s in channel.on(case.partner, feed, case.id) if s.received_at >= since]


def whole(case: Case) -> list[Money]:
    """All of a case is at stake."""
    return [Money(case.currency, case.amount_minor)]


# --- meaning -----------------------------------------------------------------------------------


def _unknown_status(scene: Scene) -> Later:
    case = choose_case(scene, "M2", step_in_time(scene, "stripe", "answer"))
    case.status_told = {"answer": "awaiting_network_decision"}
    since = case.step_at("answer") or 0
    return lambda channel: Told(about(channel, case, "webhook", "disputes", since=since)[:1], [case.id], whole(case))


def _unknown_reason(scene: Scene) -> Later:
    fits = step_in_time(scene, "adyen", "debit")
    case = choose_case(scene, "M3", lambda c: fits(c) if c.payment.brand == "visa" else None)
    case.code_told = "10.9"
    return lambda channel: Told(about(channel, case, "webhook", "dispute_report"), [case.id], whole(case))


def _no_outcome(scene: Scene) -> Later:
    case = choose_case(scene, "M4", step_in_time(scene, "stripe", "lose"))
    case.status_told = {"lose": None}
    since = case.step_at("lose") or 0
    return lambda channel: Told(about(channel, case, "webhook", "disputes", since=since), [case.id], whole(case))


# --- identity ----------------------------------------------------------------------------------


def _wrong_merchant(scene: Scene) -> Later:
    case = choose_case(scene, "I4", step_in_time(scene, "stripe", "debit", 4 * DAY))
    other = (case.payment.merchant + 1 + scene.chance.below(5)) % len(scene.world.merchants)
    for line in scene.world.house:
        if line.case_id == case.id:
            line.merchant = other
    return lambda channel: Told(list(channel.on("house", "ledger", case.id)), [case.id], whole(case))


def _orphan(scene: Scene) -> Later:
    case = choose_case(scene, "I5", step_in_time(scene, "adyen", "debit", 4 * DAY))
    return unknown_to_house(scene, case, "webhook")


def unknown_to_house(scene: Scene, case: Case, feed: str) -> Later:
    """Leave a case's payment out of the house's files, and say when that is sure: all later ones may be on their way.

    It is sure once the house has told its payments of the day after it was disputed.
    """
    scene.world.unknown_payments.add(case.payment.id)
    told_on = local_day(case.opened_at, PROFILES[case.partner].zone) + ONE_DAY

    def told(channel: Channel) -> Told:
        said = about(channel, case, feed)[:1]
        house = first_of(channel.on("house", "payments", told_on.isoformat()), "I5")
        return Told(said, [case.id], whole(case), max(house.received_at, first_of(said, "I5").received_at))

    return told


# --- time --------------------------------------------------------------------------------------


def _no_due_time(scene: Scene) -> Later:
    fits = step_in_time(scene, "stripe", "debit")
    case = choose_case(scene, "T4", lambda c: fits(c) if c.life in ("open", "won", "lost") else None)
    case.due_told = "zero"
    return lambda channel: Told(about(channel, case, "webhook")[:1], [case.id], whole(case))


def _late_notice(scene: Scene) -> Later:
    until = scene.world.until()
    case = choose_case(scene, "T9", opened_before_end(scene, "stripe", 5, 14))
    told_at = until - 20 * HOUR
    late = told_at - case.opened_at
    case.told_late_by = late
    live_again(scene, case, case.opened_at + late * 100 // _LATE_PCT, ("inquiry", case.opened_at))
    return lambda channel: Told(about(channel, case, "webhook")[:1], [case.id], whole(case))


def opened_before_end(scene: Scene, partner: str, low: int, high: int) -> Callable[[Case], int | None]:
    """Disputes at a partner that open so many days before the last day is over."""
    until = scene.world.until()

    def when(case: Case) -> int | None:
        is_fitting = case.partner == partner and case.kind == "dispute"
        return case.opened_at if is_fitting and until - high * DAY < case.opened_at < until - low * DAY else None

    return when


def live_again(scene: Scene, case: Case, due_at: int, *steps: tuple[str, int]) -> None:
    """Give a case another life, with one time to answer by."""
    case.life = "bent"
    case.steps = [Step(word, at) for word, at in steps]
    case.dues = [(case.opened_at, due_at // SECOND * SECOND)]
    settle_again(scene.world, case)


def _runs_out(scene: Scene) -> Later:
    until = scene.world.until()
    case = choose_case(scene, "T10", opened_before_end(scene, "adyen", 14, 27))
    at, due_at = case.opened_at, case.opened_at + 11 * DAY
    live_again(scene, case, due_at, ("announce", at), ("debit", at + 20 * HOUR), ("expire", due_at + HOUR))
    assert due_at + DAY < until, "chosen so early"
    return lambda channel: Told(about(channel, case, "webhook")[-1:], [case.id], whole(case), due_at - _NEAR)


def _runs_short(scene: Scene) -> Later:
    until = scene.world.until()
    case = choose_case(scene, "T10-stripe", opened_before_end(scene, "stripe", 6, 13))
    live_again(scene, case, until + 30 * HOUR, ("debit", case.opened_at))
    return lambda channel: Told(about(channel, case, "webhook")[:1], [case.id], whole(case), until + 30 * HOUR - _NEAR)


# --- our own side ------------------------------------------------------------------------------


def _house_forgets(scene: Scene) -> Later:
    case = choose_case(scene, "O1", step_in_time(scene, "adyen", "debit", 8 * DAY))
    scene.world.house = [x for x in scene.world.house if (x.case_id, x.leg) != (case.id, "d1")]
    due_at = due_by_contract(case.partner, case.step_at("debit") or 0, "announce_to_house")
    return lambda channel: Told((), [case.id], whole(case), due_at)


_MESSAGES = ("stripe", "webhook")

FAULTS = (
    Fault("M2", "a status that nobody knows", "D", "unknown_status", *_MESSAGES, 20, bend=_unknown_status),
    Fault("M3", "a reason code that nobody knows", "D", "unknown_reason", "adyen", "webhook", 40, bend=_unknown_reason),
    Fault("M4", "a closing that does not say how", "D", "outcome_missing", *_MESSAGES, 60, bend=_no_outcome),
    Fault(
        "I4", "the house charges another merchant", "D", "wrong_merchant", "house", "ledger", 25, bend=_wrong_merchant
    ),
    Fault("I5", "a payment that the house does not know", "D", "orphan_payment", "adyen", "webhook", 30, bend=_orphan),
    Fault("T4", "a due time of zero", "D", "deadline_missing", *_MESSAGES, 35, bend=_no_due_time, is_harmless=True),
    Fault("T9", "most of the time is over when we are told", "D", "late_notice", *_MESSAGES, 60, bend=_late_notice),
    Fault(
        "T10",
        "a dispute runs out unanswered",
        "D",
        "deadline_near",
        "adyen",
        "webhook",
        10,
        bend=_runs_out,
        is_harmless=True,
    ),
    Fault("T10-stripe", "little time is left, and no answer", "D", "deadline_near", *_MESSAGES, 70, bend=_runs_short),
    Fault("O1", "the house forgets a debit", "D", "house_not_booked", "house", "ledger", 50, bend=_house_forgets),
)
