"""Adyen's reports of a day: disputes recorded, payments accounted for. Amounts are decimals of major units."""

import datetime as dt

from recoup.domain.instants import MINUTE, local_day
from recoup.domain.money import render_major
from recoup.simulator import columns
from recoup.simulator.adyen.profile import ACCOUNT, COMPANY, PARTNER, ZONE
from recoup.simulator.adyen.settlement import type_of
from recoup.simulator.adyen.wire import CLOCKED, DAILY_CLOCK, REASONS, captures_of, send_report, zones_of
from recoup.simulator.channel import Channel
from recoup.simulator.columns import Column
from recoup.simulator.days import ONE_DAY, at_local, days_from, wall_text, zone_text
from recoup.simulator.payments import Sales
from recoup.simulator.rates import rate_text
from recoup.simulator.rows import csv_row, text_of
from recoup.simulator.truth import Case, Movement, Step
from recoup.simulator.world import World

RECORD_TYPES = {
    "notice": "NotificationOfFraud",
    "inquiry": "RequestForInformation",
    "answer_inquiry": "InformationSupplied",
    "announce": "NotificationOfChargeback",
    "debit": "Chargeback",
    "debit_accepted": "Chargeback",
    "answer": "InformationSupplied",
    "reverse": "ChargebackReversed",
    "second_debit": "SecondChargeback",
}
"""Steps that the dispute report records, and its word for each."""
DISPUTE_COLUMNS = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Record Date,Record Date TimeZone,"
    "Dispute Currency,Dispute Amount,Record Type,Dispute PSP Reference,Dispute Reason,RFI Scheme Code,RFI Reason Code,"
    "CB Scheme Code,CB Reason Code,NOF Scheme Code,NOF Reason Code,Payment Date,Payment Date TimeZone,Payment Currency,"
    "Payment Amount,Dispute Date,Dispute Date TimeZone,Dispute ARN,Dispute Auto Defended,Dispute End Date,"
    "Dispute End Date TimeZone"
)
ACCOUNTING_COLUMNS = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Payment Method Variant,"
    "Booking Date,TimeZone,Record Type,Modification Psp Reference,Main Currency,Main Amount,Payment Currency,"
    "Received (PC),Exchange Rate,Authorised (PC),Captured (PC),Settlement Currency,Payable (SC),Commission (SC),"
    "Markup (SC),Scheme Fees (SC),Interchange (SC),Processing Fee Currency,Processing Fee (FC),"
    "Modification Merchant Reference,Original Amount,Merchant Order Reference,Shopper Reference,"
    "Reserved3,Reserved4,Reserved5,Reserved6,Reserved7,Reserved8,Reserved9,Reserved10"
)


def write_dispute_reports(world: World, channel: Channel) -> None:
    """Send one report for each day: all disputes recorded on it, in the account's zone."""
    found: dict[dt.date, list[tuple[Case, Step]]] = {}
    for case in world.cases_at(PARTNER):
        for step in case.steps:
            if step.word in RECORD_TYPES:
                found.setdefault(local_day(_recorded_at(case, step), ZONE), []).append((case, step))
    for day in days_from(world.plan.first_day, world.plan.days):
        recorded = sorted(found.get(day, []), key=lambda f: (_recorded_at(*f), f[0].id))
        rows = [_dispute_row(case, step) for case, step in recorded]
        body = "\n".join([DISPUTE_COLUMNS, *rows, ""])
        at = at_local(day + ONE_DAY, DAILY_CLOCK, ZONE)
        keys = {day.isoformat(), *(case.id for case, _ in recorded)}
        send_report(world, channel, "dispute_report", f"dispute_report_{day:%Y_%m_%d}.csv", at, body.encode(), keys)


def _recorded_at(case: Case, step: Step) -> int:
    return step.at + (case.told_late_by if step is case.steps[0] else 0)


def _dispute_row(case: Case, step: Step) -> str:
    p, recorded_at = case.payment, _recorded_at(case, step)
    code = case.code_told if case.code_told is not None else case.network_code
    codes = {"notice": 2, "inquiry": 0}.get(step.word, 1)
    named = ["", "", "", "", "", ""]
    named[2 * codes : 2 * codes + 2] = [p.brand, code]
    due_at = case.due_at(step.at) if step.word in CLOCKED else None
    ends = ["", ""] if due_at is None else [wall_text(due_at, ZONE), zone_text(due_at, ZONE)]
    return csv_row(
        [
            COMPANY, ACCOUNT, p.ref, p.id, p.brand, wall_text(recorded_at, ZONE), zone_text(recorded_at, ZONE),
            case.currency, render_major(case.said_amount(), case.currency), RECORD_TYPES[step.word], case.id,
            REASONS[case.cause], *named, wall_text(p.captured_at, ZONE), zone_text(p.captured_at, ZONE), p.currency,
            render_major(p.amount_minor, p.currency), wall_text(step.at, ZONE), zone_text(step.at, ZONE), case.arn,
            "false", *ends,
        ]
    )  # fmt: skip


class Accounting:
    """The payments accounting report: each day's bookings of sales, refunds and disputes."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._world = world
        self._channel = channel
        self._movements: dict[dt.date, list[Movement]] = {}
        for movement in world.movements(PARTNER):
            if movement.payment is not None:
                self._movements.setdefault(local_day(movement.at, ZONE), []).append(movement)

    def take(self, sales: Sales) -> None:
        """Send the report of one day."""
        day = sales.day
        if day.day < self._world.plan.first_day:
            return
        rows = [self._movement_booking(m) for m in self._movements.get(day.day, [])]
        body = text_of([ACCOUNTING_COLUMNS, _sale_bookings(sales), *rows])
        at = at_local(day.day + ONE_DAY, DAILY_CLOCK, ZONE) + 4 * MINUTE
        name = f"payments_accounting_report_{day.day:%Y_%m_%d}.csv"
        send_report(self._world, self._channel, "payments_accounting", name, at, body, {day.text})

    def _movement_booking(self, m: Movement) -> str:
        p = m.payment
        assert p is not None
        main = render_major(m.net_minor, m.currency)
        markup = "" if m.fee_minor == 0 else render_major(m.fee_minor, m.currency)
        original = render_major(abs(m.original_minor or m.gross_minor), p.currency)
        rate = "1" if m.rate_e8 is None else rate_text(m.rate_e8)
        return csv_row(
            [
                COMPANY, ACCOUNT, p.ref, p.id, p.brand, p.brand, wall_text(m.at, ZONE), zone_text(m.at, ZONE),
                type_of(m), m.source, m.currency, main, p.currency, "", rate, "", "", m.currency, main, "", markup,
                "", "", "", "", "", original, "", "", *[""] * 8,
            ]
        )  # fmt: skip


def _sale_bookings(sales: Sales) -> Column:
    """The three bookings of each sale on its day, as three lines: received, authorised, sent to be settled."""
    amount, currency = columns.major(sales.amount_minor, sales.places), sales.currency
    offsets = columns.offsets(sales.day, sales.second)
    head = columns.joined(
        *(f"{COMPANY},{ACCOUNT},", sales.ref, ",", sales.id, ",", sales.brand, ",", sales.brand, ","),
        *(columns.wall(sales.second, offsets), ",", zones_of(sales), ","),
    )
    booked = columns.joined(currency, ",", amount, ",", currency, ",")
    return columns.joined(
        *(head, "Received,", sales.ref, ",", booked, amount, "," * 23, "\n"),
        *(head, "Authorised,", sales.ref, ",", booked, "-", amount, ",,", amount),
        *(",,,,,,,,EUR,0.12" + "," * 12, "\n"),
        *(head, "SentForSettle,", captures_of(sales), ",", booked, ",,-", amount, ",", amount, "," * 20),
    )
