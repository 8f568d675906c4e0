"""Faults of money: wrong units, fees, credits and debits, netting, lumps, and a payment returned twice."""

from recoup.domain.instants import DAY, HOUR
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.fault import Fault, Later, Money, Scene, Told, choose_case, due_by_contract
from recoup.simulator.truth import Case, Movement
from recoup.simulator.truth_faults import about, after_another, step_in_time
from recoup.simulator.world import dispute_movement, make_refund

_PAID = 7 * DAY
"""How long before the end a movement must be, so that its payout, report and bank line are told."""
_REPORTS = {"stripe": "payout_report", "adyen": "settlement_detail"}


def reports_of(channel: Channel, partner: str, *movements: str) -> list[Sent]:
    """The settlement reports that show some movements."""
    return [s for s in channel.on(partner, _REPORTS[partner]) if s.keys & set(movements)]


def _units(scene: Scene) -> Later:
    fits = step_in_time(scene, "stripe", "debit")
    case = choose_case(scene, "Q1", lambda c: fits(c) if c.currency == "JPY" else None)
    case.amount_told = case.amount_minor * 100
    money = [Money(case.currency, case.amount_told - case.amount_minor)]
    return lambda channel: Told(about(channel, case, "webhook", "disputes")[:1], [case.id], money)


def _no_fee(scene: Scene) -> Later:
    return _fee(scene, "Q4", "stripe", 0)


def _double_fee(scene: Scene) -> Later:
    return _fee(scene, "Q5", "adyen", 2)


def _fee(scene: Scene, fault: str, partner: str, times: int) -> Later:
    case = choose_case(scene, fault, after_another(scene, partner, "debit", _PAID))
    debit = case.movement("d1")
    assert debit is not None, "a debited case has its movement"
    agreed = debit.fee_minor
    debit.fee_minor = agreed * times
    if times == 0:  # the house charges on what it sees settled, and here it sees no fee
        scene.world.house = [x for x in scene.world.house if (x.case_id, x.leg) != (case.id, "f1")]
    money = [Money(debit.currency, abs(debit.fee_minor - agreed))]
    return lambda channel: Told(reports_of(channel, partner, case.id)[:1], [case.id], money)


def _no_credit(scene: Scene) -> Later:
    case = choose_case(scene, "Q6", step_in_time(scene, "stripe", "win", 9 * DAY))
    won_at = case.step_at("win") or 0
    case.movements = [m for m in case.movements if m.leg != "c1"]
    due_at = due_by_contract("stripe", won_at, "win_to_credit")
    money = [Money(case.currency, case.amount_minor)]
    return lambda channel: Told(about(channel, case, "webhook", since=won_at)[:1], [case.id], money, due_at)


def _second(scene: Scene, fault: str, word: str, leg: str) -> Later:
    case = choose_case(scene, fault, step_in_time(scene, "stripe", word, _PAID))
    first = case.movement(leg)
    assert first is not None, "the step brought it"
    again = dispute_movement(scene.world.plan, case, leg, first.at + 25 * HOUR)
    again.fee_minor, again.is_told = 0, False
    case.movements.append(again)
    money = [Money(again.currency, abs(again.gross_minor))]
    return lambda channel: Told(reports_of(channel, "stripe", again.id), [case.id], money)


def _double_debit(scene: Scene) -> Later:
    return _second(scene, "Q7", "debit", "d1")


def _double_credit(scene: Scene) -> Later:
    return _second(scene, "Q8", "win", "c1")


def _left_out(scene: Scene) -> Later:
    case = choose_case(scene, "Q9", step_in_time(scene, "stripe", "win", _PAID))
    credit = case.movement("c1")
    assert credit is not None, "a won case has its movement"
    scene.world.left_out.add(credit.id)
    money = [Money(credit.currency, credit.net_minor)]
    return lambda channel: Told(reports_of(channel, "stripe", credit.id), [case.id], money)


def _refunded_too(scene: Scene) -> Later:
    fits = step_in_time(scene, "stripe", "debit", _PAID)
    case = choose_case(scene, "Q11", lambda c: fits(c) if _is_whole_loss(c) else None)
    at = (case.step_at("debit") or 0) + 30 * HOUR
    refund = make_refund(scene.world.plan, case.payment, case.payment.amount_minor, at, scene.chance)
    scene.world.refunds.append(refund)
    money = [Money(case.currency, case.amount_minor)]

    def told(channel: Channel) -> Told:
        house = [s for s in channel.on("house", "refunds") if refund.id.encode() in channel.read(s)]
        return Told([*house, *reports_of(channel, "stripe", refund.movement.id)], [case.id], money)

    return told


def _is_whole_loss(case: Case) -> bool:
    """The whole payment is disputed, and it never comes back."""
    return case.amount_minor == case.payment.amount_minor and case.life in ("accepted", "lost")


def _lump(scene: Scene) -> Later:
    fits = step_in_time(scene, "adyen", "debit", _PAID)
    cases = [choose_case(scene, "Q13", lambda c: fits(c) if c.currency == "EUR" else None) for _ in range(2)]
    debits = [m for case in cases if (m := case.movement("d1")) is not None]
    for case in cases:
        case.movements = [m for m in case.movements if m.leg != "d1"]
    lump = Movement(
        id=f"LUMP{scene.chance.word()}",
        kind="adjustment",
        at=max(m.at for m in debits),
        gross_minor=sum(m.net_minor for m in debits),
        fee_minor=0,
        currency="EUR",
        text="DISPUTE ADJ",
    )
    scene.world.extra.append(("adyen", lump))
    money = [Money("EUR", -lump.gross_minor)]
    return lambda channel: Told(reports_of(channel, "adyen", lump.id), [case.id for case in cases], money)


_STRIPE = ("stripe", "payout_report")
_ADYEN = ("adyen", "settlement_detail")

FAULTS = (
    Fault("Q1", "yen are told as if they had cents", "D", "minor_unit", "stripe", "webhook", 20, bend=_units),
    Fault("Q4", "a dispute fee is not charged", "R", "fee_missing", *_STRIPE, 25, bend=_no_fee),
    Fault("Q5", "a dispute fee is charged twice", "R", "fee_wrong", *_ADYEN, 30, bend=_double_fee),
    Fault("Q6", "a dispute is won and the money does not come", "R", "not_credited", *_STRIPE, 40, bend=_no_credit),
    Fault("Q7", "one debit is taken twice", "D", "double_debit", *_STRIPE, 30, bend=_double_debit),
    Fault("Q8", "one credit is given twice", "D", "double_credit", *_STRIPE, 45, bend=_double_credit),
    Fault("Q9", "a line stands in the report and not in the payout", "D", "netting", *_STRIPE, 55, bend=_left_out),
    Fault(
        "Q11", "a payment is refunded and charged back", "D", "refund_and_chargeback", "house", "refunds", 35,
        bend=_refunded_too,
    ),
    Fault("Q13", "one line for two chargebacks, naming none", "R", "unreferenced_lump", *_ADYEN, 50, bend=_lump),
)  # fmt: skip
