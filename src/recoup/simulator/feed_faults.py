"""Faults of feeds: rows left out or told otherwise, for somebody else, empty, in another layout, no longer sent."""

import csv
import io
from collections.abc import Callable
from itertools import pairwise

from recoup.domain.instants import DAY, HOUR, MINUTE, local_day
from recoup.domain.money import parse_major, render_major
from recoup.simulator import adyen
from recoup.simulator.channel import Channel
from recoup.simulator.days import ONE_DAY, at_local
from recoup.simulator.fault import Fault, Money, Scene, Told, alone, choose_case, choose_sent, unplaceable
from recoup.simulator.file_faults import cases_in, payout_of, settlement_reports
from recoup.simulator.rows import csv_row
from recoup.simulator.setup_file import GRACE_HOURS
from recoup.simulator.stripe import wire as stripe_wire
from recoup.simulator.truth_faults import step_in_time

_PAID = 7 * DAY
_DEEP = 20_000
"""So many levels no sensible document has."""

Row = dict[str, str]


def edited(body: bytes, edit: Callable[[list[Row]], None]) -> bytes:
    """A table of the partner's with its rows changed; quotes as it writes them."""
    text = body.decode()
    reader = csv.DictReader(io.StringIO(text))
    rows = list(reader)
    edit(rows)
    names = list(reader.fieldnames or ())
    lines = [csv_row([row[name] for name in names]) for row in rows]
    return "\n".join([text.partition("\n")[0], *lines, ""]).encode()


def _left_out(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "F6", step_in_time(scene, "stripe", "debit", _PAID))
    (sent,) = alone(list(channel.on("stripe", "payout_report", case.id))[:1], "F6")
    gone: list[Row] = []

    def leave_out(rows: list[Row]) -> None:
        gone.extend(row for row in rows if row["source_id"] == case.id)
        rows[:] = [row for row in rows if row["source_id"] != case.id]

    channel.change(sent, edited(channel.read(sent), leave_out))
    net = sum(parse_major(row["net"], "USD") for row in gone)
    return Told([sent], [case.id], [Money("USD", abs(net))])


def _restated(scene: Scene, channel: Channel) -> Told:
    found = [s for s in settlement_reports(channel) if s.received_at + 2 * DAY < channel.until]
    sent = choose_sent(scene, "F7", found)

    def raise_one(rows: list[Row]) -> None:
        sale = next(row for row in rows if row["Type"] == "Settled" and row["Gross Currency"] == "EUR")
        for name in ("Gross Credit (GC)", "Net Credit (NC)"):
            _add(sale, name, 100)
        _add(rows[-1], "Net Debit (NC)", 100)

    path = f"{sent.path[:-4]}-corrected.csv"
    again = channel.again(sent, sent.received_at + 26 * HOUR, path)
    channel.send(again, edited(channel.read(sent), raise_one))
    return Told([sent, again], amounts=[Money("EUR", 100)], first_visible_at=again.received_at)


def _add(row: Row, name: str, minor: int) -> None:
    row[name] = render_major(parse_major(row[name], "EUR") + minor, "EUR")


def _of_others(scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, "F9", settlement_reports(channel))
    body = channel.read(sent)
    channel.change(sent, body.replace(b",MarketplaceEU,", b",SomebodyElseEU,"))
    return Told([sent], cases_in(scene, sent), [payout_of(body)])


def _empty(scene: Scene, channel: Channel) -> Told:
    found = [s for s in channel.on("stripe", "payout_report") if channel.read(s).count(b"\n") > 2]
    sent = choose_sent(scene, "F11", found[:-3])
    body = channel.read(sent)
    channel.change(sent, body.partition(b"\n")[0] + b"\n")
    net = sum(parse_major(row["net"], "USD") for row in csv.DictReader(io.StringIO(body.decode())))
    return Told([sent], cases_in(scene, sent), [Money("USD", net)])


def _changed_places(scene: Scene, channel: Channel) -> Told:
    reports = settlement_reports(channel)
    follows = {a.path: b for a, b in pairwise(reports) if b.received_at - a.received_at < 25 * HOUR}
    first = choose_sent(scene, "F11-adyen", [s for s in reports if s.path in follows])
    second = follows[first.path]
    alone([second], "F11-adyen")
    zone = adyen.PROFILE.zone
    due_at = at_local(local_day(first.received_at, zone), "09:00", zone) + GRACE_HOURS * HOUR
    channel.delay(first, second.received_at + 10 * MINUTE)
    return Told([first], amounts=[payout_of(channel.read(first))], first_visible_at=due_at)


def _deep(scene: Scene, channel: Channel) -> Told:
    body = b'{"object":"event","data":' + b"[" * _DEEP + b"]" * _DEEP + b"}"
    name = f"evt_1{scene.chance.word()}{scene.chance.word()[:9]}"
    sent = stripe_wire.send_webhook(channel, body, scene.at + 3 * HOUR, set(), name)
    return Told([sent])


def _renamed(scene: Scene, channel: Channel) -> Told:
    found = alone([s for s in channel.on("stripe", "payout_report") if s.received_at >= scene.at], "P1")
    for sent in found:
        channel.change(sent, channel.read(sent).replace(b",gross,net,", b",gross_amount,net_amount,", 1))
    disputes = sorted({case for sent in found for case in cases_in(scene, sent)})
    return Told(found, disputes)


def _stale(scene: Scene, channel: Channel) -> Told:
    pages = alone([s for s in channel.on("stripe", "disputes") if s.received_at >= scene.at][:5], "P5")
    if len(pages) < 5:
        raise unplaceable("P5")
    old = channel.read(pages[0])
    for sent in pages[1:4]:
        channel.change(sent, old)
    return Told(pages[1:4])


def _moved_away(scene: Scene, channel: Channel) -> Told:
    gone = [s for s in channel.on("adyen", "dispute_report") if s.received_at >= scene.at]
    if not gone:
        raise unplaceable("P6")
    day = local_day(gone[0].received_at, adyen.PROFILE.zone)
    for sent in gone:
        channel.drop(sent)
    due_at = at_local(day, "09:00", adyen.PROFILE.zone) + GRACE_HOURS * HOUR
    disputes = sorted({case for sent in gone for case in cases_in(scene, sent)})
    assert day - ONE_DAY >= scene.world.plan.first_day, "reports are of the day before"
    return Told((), disputes, first_visible_at=due_at, lost=[sent.path for sent in gone])


_PAYOUTS, _BATCHES = ("stripe", "payout_report"), ("adyen", "settlement_detail")

FAULTS = (
    Fault("F6", "a report leaves a debit out", "D", "control_total", *_PAYOUTS, 35, disturb=_left_out),
    Fault(
        "F7", "the same batch comes with other lines", "D", "restatement", *_BATCHES, 45,
        disturb=_restated, about="deliveries",
    ),
    Fault(
        "F9", "a report of somebody else's account", "D", "wrong_recipient", *_BATCHES, 55,
        disturb=_of_others, about="deliveries",
    ),
    Fault(
        "F11", "a report of a busy day is empty", "D", "control_total", *_PAYOUTS, 50,
        disturb=_empty, about="deliveries",
    ),
    Fault(
        "F11-adyen", "a batch comes before the one before it", "D", "late_file", *_BATCHES, 40,
        disturb=_changed_places, is_harmless=True, about="deliveries", has_twin=True,
    ),
    Fault(
        "F12", "a message nested without end", "D", "hostile_input", "stripe", "webhook", 35,
        disturb=_deep, about="deliveries",
    ),
    Fault(
        "P1", "a column is called otherwise from a day on", "D", "format_drift", *_PAYOUTS, 88,
        disturb=_renamed, about="deliveries",
    ),
    Fault(
        "P5", "the list of disputes is an old copy for days", "D", "stale_content", "stripe", "disputes", 50,
        disturb=_stale, is_harmless=True, about="deliveries", has_twin=True,
    ),
    Fault(
        "P6", "a report is sent elsewhere from a day on", "D", "missing_file", "adyen", "dispute_report", 88,
        disturb=_moved_away, about="deliveries",
    ),
)  # fmt: skip
