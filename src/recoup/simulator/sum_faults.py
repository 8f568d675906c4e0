"""Faults of sums: currency, rate, amount above the payment, sign, rounding, the wrong merchant, units of our own."""

from typing import Any

import msgspec

from recoup.domain.instants import DAY, local_day
from recoup.domain.money import parse_major, render_major
from recoup.simulator.channel import Channel, body_of
from recoup.simulator.fault import Fault, Later, Money, Scene, Told, alone, choose_case, choose_sent, unplaceable
from recoup.simulator.feed_faults import Row, edited
from recoup.simulator.file_faults import cases_in, settlement_reports
from recoup.simulator.house_wire import ZONE as HOUSE_ZONE
from recoup.simulator.money_faults import reports_of
from recoup.simulator.rates import converted
from recoup.simulator.stream_faults import change_body
from recoup.simulator.truth_faults import about, step_in_time, whole
from recoup.simulator.world import settle_again

_PAID = 7 * DAY
_MARKUP_PCT = 3
_ROUNDED = 3
"""Lines that are a hundredth more than they should be."""
_HUNDRED = 100


def _in_euro(scene: Scene, channel: Channel) -> Told:
    fits = step_in_time(scene, "stripe", "debit", 4 * DAY)
    case = choose_case(scene, "Q2", lambda c: fits(c) if c.currency == "USD" else None)
    found = alone(about(channel, case, "webhook", "disputes"), "Q2")
    for sent in found:
        told: Any = msgspec.json.decode(body_of(channel.read(sent)))
        objects = [told["data"]["object"]] if sent.feed == "webhook" else told["data"]
        for named in objects:
            if named["id"] == case.id:
                named["currency"] = "eur"
        change_body(channel, sent, msgspec.json.encode(told))
    return Told(found[:1], [case.id], whole(case))


def _dear_rate(scene: Scene) -> Later:
    fits = step_in_time(scene, "stripe", "debit", _PAID)
    case = choose_case(scene, "Q3", lambda c: fits(c) if c.currency == "JPY" else None)
    debit = case.movement("d1")
    if debit is None or debit.rate_e8 is None or debit.original_minor is None:
        raise unplaceable("Q3")
    fair = debit.gross_minor
    debit.rate_e8 = debit.rate_e8 * (100 + _MARKUP_PCT) // 100
    debit.gross_minor = converted(debit.original_minor, "JPY", debit.currency, debit.rate_e8)
    money = [Money(debit.currency, abs(debit.gross_minor - fair))]
    return lambda channel: Told(reports_of(channel, "stripe", case.id)[:1], [case.id], money)


def _above(scene: Scene) -> Later:
    fits = step_in_time(scene, "stripe", "debit", 4 * DAY)
    case = choose_case(scene, "Q10", lambda c: fits(c) if c.currency == "USD" else None)
    case.amount_minor = case.payment.amount_minor * 13 // 10
    settle_again(scene.world, case)
    more = case.amount_minor - case.payment.amount_minor
    return lambda channel: Told(about(channel, case, "webhook")[:1], [case.id], [Money(case.currency, more)])


def _turned(scene: Scene, channel: Channel) -> Told:
    fits = step_in_time(scene, "adyen", "debit", _PAID)
    case = choose_case(scene, "Q12", lambda c: fits(c) if c.currency == "EUR" else None)
    (sent,) = alone(list(channel.on("adyen", "settlement_detail", case.id))[:1], "Q12")

    def turn(rows: list[Row]) -> None:
        for row in rows:
            if row["Modification Reference"] == case.id:
                for amount in ("Gross {} (GC)", "Net {} (NC)"):
                    debit, credit = amount.format("Debit"), amount.format("Credit")
                    row[debit], row[credit] = row[credit], row[debit]

    channel.change(sent, edited(channel.read(sent), turn))
    # The total alone shows it, so the report is held whole: every case in it waits, and no line says that it is it.
    return Told([sent], cases_in(scene, sent), [Money("EUR", 2 * case.amount_minor)])


def _rounded(scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, "Q14", settlement_reports(channel))

    def round_up(rows: list[Row]) -> None:
        sales = [row for row in rows if row["Type"] == "Settled" and row["Net Currency"] == "EUR"]
        for row in sales[:_ROUNDED]:
            row["Net Credit (NC)"] = render_major(parse_major(row["Net Credit (NC)"], "EUR") + 1, "EUR")

    channel.change(sent, edited(channel.read(sent), round_up))
    return Told([sent], cases_in(scene, sent), [Money("EUR", _ROUNDED)])


def _to_another(scene: Scene) -> Later:
    case = choose_case(scene, "Q15", step_in_time(scene, "stripe", "win", 4 * DAY))
    other = (case.payment.merchant + 1 + scene.chance.below(5)) % len(scene.world.merchants)
    line = next(line for line in scene.world.house if (line.case_id, line.leg) == (case.id, "c1"))
    line.merchant, day = other, local_day(line.at, HOUSE_ZONE).isoformat()
    return lambda channel: Told(list(channel.on("house", "ledger", case.id, day)), [case.id], whole(case))


def _our_units(scene: Scene, channel: Channel) -> Told:
    fits = step_in_time(scene, "stripe", "debit", 4 * DAY)
    case = choose_case(scene, "O9", lambda c: fits(c) if c.currency == "JPY" else None)
    payment, found = case.payment, []

    def times(rows: list[Row]) -> None:
        for row in rows:
            if payment.id in row.values() and (row["record"], row["currency"]) == ("line", "JPY"):
                more = parse_major(row["amount"], "JPY") * (_HUNDRED - 1)
                total = next(r for r in rows if (r["record"], r["currency"]) == ("total", "JPY"))
                for raised in (row, total):
                    raised["amount"] = render_major(parse_major(raised["amount"], "JPY") + more, "JPY")

    for feed in ("payments", "ledger"):
        for sent in channel.on("house", feed):
            body = channel.read(sent)
            if payment.id.encode() in body:
                channel.change(sent, edited(body, times))
                found.append(sent)
    money = [Money("JPY", case.amount_minor * (_HUNDRED - 1))]
    seen = about(channel, case, "webhook", "disputes")[:1]
    return Told(found, [case.id], money, max(sent.received_at for sent in (*seen, *found[:1])))


_MESSAGES, _BATCHES = ("stripe", "webhook"), ("adyen", "settlement_detail")

FAULTS = (
    Fault("Q2", "dollars are told as euro", "D", "currency", *_MESSAGES, 25, disturb=_in_euro),
    Fault("Q3", "a debit is converted at a dear rate", "D", "fx", "stripe", "payout_report", 30, bend=_dear_rate),
    Fault("Q10", "a dispute is for more than its payment", "D", "amount_above_payment", *_MESSAGES, 40, bend=_above),
    Fault(
        "Q12", "a debit stands among the credits", "D", "control_total", *_BATCHES, 40,
        disturb=_turned, about="deliveries",
    ),
    Fault(
        "Q14", "lines are rounded, and their total is not", "D", "control_total", *_BATCHES, 60,
        disturb=_rounded, about="deliveries",
    ),
    Fault("Q15", "the house credits another merchant", "R", "wrong_merchant", "house", "ledger", 45, bend=_to_another),
    Fault(
        "O9", "our own files count yen in hundredths", "R", "minor_unit", "stripe", "webhook", 20,
        disturb=_our_units,
    ),
)  # fmt: skip
