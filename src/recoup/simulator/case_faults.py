"""Faults of a case's life and name: outcome against money, steps skipped, two ids, another payment, times moved."""

import copy

from recoup.domain.instants import DAY, HOUR, MINUTE, SECOND
from recoup.simulator import adyen
from recoup.simulator.channel import Channel, body_of
from recoup.simulator.days import wall_text
from recoup.simulator.fault import Fault, Later, Money, Scene, Told, alone, choose_case
from recoup.simulator.stream_faults import change_body
from recoup.simulator.stripe import wire as stripe_wire
from recoup.simulator.truth import Case, Movement, Payment, Step
from recoup.simulator.truth_faults import about, live_again, opened_before_end, step_in_time, whole
from recoup.simulator.world import dispute_movement, settle_again

_PAID = 7 * DAY
_TOLD = 3 * DAY
"""So long after it was captured the house has told of a payment."""
_ZONES_APART = 9 * HOUR
_SIDES = {True: "credit", False: "debit"}


def _lost_and_paid(scene: Scene) -> Later:
    fits = step_in_time(scene, "stripe", "accept", _PAID)
    case = choose_case(scene, "M5", lambda c: fits(c) if c.currency == "USD" else None)
    at = case.step_at("accept") or 0
    credit = dispute_movement(scene.world.plan, case, "c1", at - MINUTE)
    case.movements.append(credit)
    _book_too(scene, case, credit, case.amount_minor)
    return lambda channel: Told(
        [s for s in channel.on("stripe", "payout_report") if credit.id in s.keys], [case.id], whole(case)
    )


def _book_too(scene: Scene, case: Case, movement: Movement, amount_minor: int) -> None:
    """Let the house book on the merchant what moved at the partner, as it booked the first debit."""
    first = next(line for line in scene.world.house if (line.case_id, line.leg) == (case.id, "d1"))
    line = copy.copy(first)
    line.id, line.leg, line.at = f"hl_{scene.chance.word().lower()}", movement.leg, movement.at + HOUR
    line.kind, line.amount_minor, line.short_minor = f"dispute_{_SIDES[amount_minor > 0]}", amount_minor, 0
    scene.world.house.append(line)


def _second_first(scene: Scene) -> Later:
    case = choose_case(scene, "M6", opened_before_end(scene, "adyen", 8, 20))
    live_again(scene, case, case.opened_at + 14 * DAY, ("second_debit", case.opened_at))
    return lambda channel: Told(about(channel, case, "webhook"), [case.id], whole(case))


def _never_closed(scene: Scene) -> Later:
    case = choose_case(scene, "M7", opened_before_end(scene, "adyen", 14, 24))
    at, due_at = case.opened_at, case.opened_at + 10 * DAY
    live_again(scene, case, due_at, ("announce", at), ("debit", at + 20 * HOUR))
    return lambda channel: Told(about(channel, case, "webhook")[-1:], [case.id], whole(case), due_at)


def _won_and_lost(scene: Scene) -> Later:
    case = choose_case(scene, "M8", step_in_time(scene, "stripe", "win", 9 * DAY))
    at = (case.step_at("win") or 0) + 30 * HOUR
    case.steps.append(Step("lose", at))
    debit = dispute_movement(scene.world.plan, case, "d2", at - MINUTE)
    case.movements.append(debit)
    _book_too(scene, case, debit, -case.amount_minor)
    return lambda channel: Told(about(channel, case, "webhook", since=at), [case.id], whole(case))


def _debited_inquiry(scene: Scene) -> Later:
    fits = step_in_time(scene, "stripe", "inquiry", 10 * DAY)
    case = choose_case(scene, "M9", lambda c: fits(c) if c.life == "inquiry_closed" else None)
    debit = dispute_movement(scene.world.plan, case, "d1", case.opened_at + 6 * HOUR)
    debit.is_told = False
    case.movements.append(debit)
    return lambda channel: Told(
        [s for s in channel.on("stripe", "payout_report") if debit.id in s.keys], [case.id], whole(case)
    )


def _same_name_elsewhere(scene: Scene) -> Later:
    case = choose_case(scene, "I1", step_in_time(scene, "stripe", "debit", 3 * DAY))
    other = choose_case(scene, "I1", step_in_time(scene, "adyen", "debit", 3 * DAY))
    scene.world.house = [line for line in scene.world.house if line.case_id != case.id]
    kept = [line for line in scene.world.house if line.case_id == other.id]
    case.id = other.id
    settle_again(scene.world, case)
    for line in scene.world.house:
        if line.case_id == case.id:
            line.id += "s"  # the house names its lines itself, and never two alike
    scene.world.house += kept  # the other's lines bear the same id of a dispute, and are its own
    return lambda channel: Told(about(channel, case, "webhook")[:1], [case.id])


def _two_names(scene: Scene) -> Later:
    case = choose_case(scene, "I3", step_in_time(scene, "stripe", "debit", 10 * DAY))
    twin: Case = copy.deepcopy(case)
    twin.id = f"du_1{scene.chance.word()}{scene.chance.word()[:9]}"
    twin.movements = []
    scene.world.cases.append(twin)
    scene.world.bent.add(twin.id)
    return lambda channel: Told(about(channel, twin, "webhook"), [case.id, twin.id], whole(twin))


def _other_spelling(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "I2", step_in_time(scene, "adyen", "debit", _PAID))
    found = alone(list(channel.on("adyen", "settlement_detail", case.id))[:1], "I2")
    channel.change(found[0], channel.read(found[0]).replace(case.id.encode(), case.id.lower().encode()))
    return Told(found, [case.id, case.id.lower()], whole(case))


def _smaller(scene: Scene, case: Case) -> list[Payment]:
    """Payments that the house has told of, of less than a case is about, the smallest first."""
    others = (c.payment for c in scene.world.cases_at("stripe") if c.payment.captured_at < case.opened_at - _TOLD)
    found = [p for p in others if p.currency == case.currency == "USD" and p.amount_minor < case.amount_minor]
    return sorted(found, key=lambda payment: (payment.amount_minor, payment.id))


def _other_payment(scene: Scene, channel: Channel) -> Told:
    fits = step_in_time(scene, "stripe", "debit", 4 * DAY)
    case = choose_case(scene, "I6", lambda c: fits(c) if _smaller(scene, c) else None)
    mine, theirs = case.payment, _smaller(scene, case)[0]
    found = alone(about(channel, case, "webhook", "disputes"), "I6")
    for sent in found:
        body = body_of(channel.read(sent)).replace(mine.ref.encode(), theirs.ref.encode())
        body = body.replace(stripe_wire.intent_of(mine).encode(), stripe_wire.intent_of(theirs).encode())
        change_body(channel, sent, body)
    return Told(found[:1], [case.id], [Money(case.currency, case.amount_minor)])


def _earlier(scene: Scene) -> Later:
    return _moved(scene, "T1", 12, 8)


def _later(scene: Scene) -> Later:
    return _moved(scene, "T2", 8, 16)


def _moved(scene: Scene, fault: str, first_days: int, then_days: int) -> Later:
    """A dispute that waits for us at the end, whose time was said otherwise two days after it opened."""
    case = choose_case(scene, fault, opened_before_end(scene, "stripe", 4, 10))
    until = scene.world.until()
    live_again(scene, case, until + first_days * DAY, ("debit", case.opened_at))
    since = case.opened_at + 2 * DAY
    case.dues.append((since, (until + then_days * DAY) // SECOND * SECOND))
    return lambda channel: Told(about(channel, case, "disputes", since=since), [case.id], whole(case))


def _other_zone(scene: Scene) -> Later:
    case = choose_case(scene, "T3", opened_before_end(scene, "adyen", 4, 10))
    due_at = scene.world.until() + 8 * DAY - SECOND
    live_again(scene, case, due_at, ("announce", case.opened_at), ("debit", case.opened_at + 20 * HOUR))

    def told(channel: Channel) -> Told:
        reports = alone(about(channel, case, "dispute_report"), "T3")
        said, other = (wall_text(at, adyen.PROFILE.zone).encode() for at in (due_at, due_at - _ZONES_APART))
        for sent in reports:
            lines = channel.read(sent).split(b"\n")  # others may be due on that day, too
            ours = case.id.encode()
            channel.change(sent, b"\n".join(x.replace(said, other) if ours in x else x for x in lines))
        return Told(reports, [case.id], whole(case))

    return told


_MESSAGES, _PAYOUTS = ("stripe", "webhook"), ("stripe", "payout_report")

FAULTS = (
    Fault(
        "M5", "a dispute is lost and the money comes back", "D", "outcome_conflict", *_PAYOUTS, 30,
        bend=_lost_and_paid,
    ),
    Fault("M6", "a second chargeback without a first", "D", "stage_jump", "adyen", "webhook", 40, bend=_second_first),
    Fault(
        "M7", "a dispute runs out and nobody says so", "D", "lost_event", "adyen", "webhook", 20,
        bend=_never_closed,
    ),
    Fault(
        "M8", "a dispute is won and then lost", "D", "outcome_conflict", *_MESSAGES, 35,
        bend=_won_and_lost,
    ),
    Fault("M9", "an inquiry takes money", "D", "kind_confused", *_PAYOUTS, 25, bend=_debited_inquiry),
    Fault(
        "I1", "two partners use one id", "D", "same_id_other_body", *_MESSAGES, 30,
        bend=_same_name_elsewhere, is_harmless=True, is_silent=True,
    ),
    Fault(
        "I2", "a report spells an id otherwise", "D", "format_drift", "adyen", "settlement_detail", 35,
        disturb=_other_spelling,
    ),
    Fault("I3", "one dispute is told under two ids", "D", "two_ids", *_MESSAGES, 25, bend=_two_names),
    Fault("I6", "a dispute names another payment", "D", "amount_above_payment", *_MESSAGES, 30, disturb=_other_payment),
    Fault("T1", "the time to answer is moved forward", "D", "deadline_moved", *_MESSAGES, 60, bend=_earlier),
    Fault("T2", "the time to answer is moved back", "D", "deadline_moved", *_MESSAGES, 65, bend=_later),
    Fault(
        "T3", "a report says the time in another zone", "D", "deadline_moved", "adyen", "dispute_report", 60,
        bend=_other_zone,
    ),
)  # fmt: skip
