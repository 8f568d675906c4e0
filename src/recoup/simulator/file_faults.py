"""Faults of files: missing, late, twice, cut, with rows twice, in another format."""

import csv
import io

from recoup.domain.instants import DAY, HOUR, MINUTE, local_day
from recoup.domain.money import parse_major
from recoup.simulator import adyen, stripe
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.days import ONE_DAY, at_local, banking_day_after, days_from, is_banking_day
from recoup.simulator.fault import Fault, Money, Scene, Told, choose_sent
from recoup.simulator.rows import csv_row
from recoup.simulator.setup_file import GRACE_HOURS

_LATE_HOURS = 40
_ROWS_TWICE = 3


def settlement_reports(channel: Channel) -> list[Sent]:
    """Settlement reports in euro, but the first and the last: neighbours make a gap visible."""
    return list(channel.on("adyen", "settlement_detail", "EUR"))[1:-1]


def _missing(scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, "F1", settlement_reports(channel))
    paid = payout_of(channel.read(sent))
    channel.drop(sent)
    closed_on = local_day(sent.received_at, adyen.PROFILE.zone)
    due_on = banking_day_after(closed_on, 1, adyen.PROFILE.calendar) if closed_on.weekday() >= 5 else closed_on
    due_at = at_local(due_on, "09:00", adyen.PROFILE.zone) + GRACE_HOURS * HOUR
    return Told(disputes=cases_in(scene, sent), amounts=[paid], first_visible_at=due_at, lost=[sent.path])


def payout_of(body: bytes) -> Money:
    """What a settlement report says was paid out."""
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    last = next(row for row in rows if row["Type"] == "MerchantPayout")
    return Money(last["Net Currency"], parse_major(last["Net Debit (NC)"], last["Net Currency"]))


def cases_in(scene: Scene, sent: Sent) -> list[str]:
    """The cases that a delivery is about."""
    return [case.id for case in scene.world.cases_at(sent.partner) if case.id in sent.keys]


def _late(scene: Scene, channel: Channel) -> Told:
    reports = channel.on("stripe", "payout_report")
    # On days after which a report is due the next day: those of weekends and holidays are due later.
    found = [s for s in reports if _is_midweek(s) and s.received_at + _LATE_HOURS * HOUR < channel.until]
    sent = choose_sent(scene, "F2", found)
    due_at = sent.received_at + (8 + GRACE_HOURS) * HOUR + 30 * MINUTE
    channel.delay(sent, sent.received_at + _LATE_HOURS * HOUR)
    return Told([sent], first_visible_at=min(due_at, sent.received_at))


def _is_midweek(sent: Sent) -> bool:
    day = local_day(sent.received_at, stripe.PROFILE.zone)
    around = days_from(day - ONE_DAY, 3)
    return all(is_banking_day(d, stripe.PROFILE.calendar) for d in around)


def _resent(scene: Scene, channel: Channel) -> Told:
    found = [s for s in settlement_reports(channel) if s.received_at + DAY < channel.until]
    sent = choose_sent(scene, "F3", found)
    again = channel.again(sent, sent.received_at + 9 * HOUR)
    channel.list_again(again)
    return Told([again])


def _new_envelope(scene: Scene, channel: Channel) -> Told:
    found = [s for s in settlement_reports(channel) if s.received_at + 2 * DAY < channel.until]
    sent = choose_sent(scene, "F4", found)
    path = f"{sent.path[:-4]}-duplicate.csv"
    again = channel.again(sent, sent.received_at + 26 * HOUR, path)
    channel.send(again, channel.read(sent).replace(b"\n", b"\r\n"))
    return Told([sent, again], first_visible_at=again.received_at)


def _truncated(scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, "F5", settlement_reports(channel))
    body = channel.read(sent)
    paid = payout_of(body)
    cut = body.rindex(b"\n", 0, len(body) * 3 // 5) + 70
    channel.change(sent, body[:cut])
    return Told([sent], cases_in(scene, sent), [paid])


def _rows_twice(scene: Scene, channel: Channel) -> Told:
    found = [s for s in channel.on("stripe", "payout_report") if channel.read(s).count(b"\n") > 4 * _ROWS_TWICE]
    sent = choose_sent(scene, "F8", found)
    head, *rows = channel.read(sent).decode().splitlines()
    places = [len(rows) * n // (_ROWS_TWICE + 1) for n in range(1, _ROWS_TWICE + 1)]
    doubled = [row for n, row in enumerate(rows) for _ in range(2 if n in places else 1)]
    channel.change(sent, "\n".join([head, *doubled, ""]).encode())
    twice = csv.DictReader(io.StringIO("\n".join([head, *(rows[n] for n in places)])))
    net = sum(parse_major(row["net"], "USD") for row in twice)
    return Told([sent], amounts=[Money("USD", abs(net))])


def _decimal_comma(scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, "F10", settlement_reports(channel))
    body = channel.read(sent)
    rows = list(csv.reader(io.StringIO(body.decode())))
    amounts = {n for n, name in enumerate(rows[0]) if name.endswith(("(NC)", "(GC)"))}
    changed = [[v.replace(".", ",") if n in amounts else v for n, v in enumerate(row)] for row in rows[1:]]
    text = "\n".join([",".join(rows[0]), *(csv_row(row) for row in changed), ""])
    channel.change(sent, text.encode())
    return Told([sent], cases_in(scene, sent), [payout_of(body)])


_REPORT = ("adyen", "settlement_detail")

FAULTS = (
    Fault(
        "F1", "a settlement report never comes", "D", "missing_file", *_REPORT, 30,
        disturb=_missing, about="deliveries",
    ),
    Fault(
        "F2",
        "a payout report comes late",
        "D",
        "late_file",
        "stripe",
        "payout_report",
        45,
        disturb=_late,
        is_harmless=True, about="deliveries", has_twin=True,
    ),
    Fault(
        "F3", "the same report comes twice", "D", "duplicate_rows", *_REPORT, 40,
        disturb=_resent, is_harmless=True, is_silent=True, about="deliveries", has_twin=True,
    ),
    Fault(
        "F4", "the same rows come in another file", "D", "duplicate_rows", *_REPORT, 50,
        disturb=_new_envelope, about="deliveries",
    ),
    Fault(
        "F5", "a settlement report breaks off in a row", "D", "truncated_file", *_REPORT, 60,
        disturb=_truncated, about="deliveries",
    ),
    Fault(
        "F8", "rows stand twice in a report", "D", "duplicate_rows", "stripe", "payout_report", 55,
        disturb=_rows_twice, about="deliveries",
    ),
    Fault(
        "F10", "amounts come with a decimal comma", "D", "format_drift", *_REPORT, 70,
        disturb=_decimal_comma, about="deliveries",
    ),
)  # fmt: skip
