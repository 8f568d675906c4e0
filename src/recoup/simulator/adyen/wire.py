"""Adyen as it speaks: signed notifications, and the one that tells of each report.

Shapes follow Adyen/adyen-openapi `Webhooks-v1.yaml`; see `recoup/partners/adyen/README.md`.
Amounts are integers of minor units; only eight fields of an item are signed.
Its files are in `settlement.py` and `reports.py`.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from recoup.domain.instants import SECOND
from recoup.simulator.adyen.profile import ACCOUNT, KEY, PARTNER, ZONE
from recoup.simulator.chance import Chance
from recoup.simulator.channel import Channel, Sent, http_message
from recoup.simulator.columns import Column, joined
from recoup.simulator.days import (
    offset_text,
    zone_text,
)
from recoup.simulator.payments import Sales
from recoup.simulator.truth import Case, Step
from recoup.simulator.world import World

DAILY_CLOCK = "04:20"
"""Local time of the morning on which the reports of the day before are ready."""

EVENTS = {
    "notice": ("NOTIFICATION_OF_FRAUD", None),
    "inquiry": ("REQUEST_FOR_INFORMATION", "Unresponded"),
    "answer_inquiry": ("INFORMATION_SUPPLIED", "Responded"),
    "announce": ("NOTIFICATION_OF_CHARGEBACK", "Undefended"),
    "debit": ("CHARGEBACK", "Undefended"),
    "debit_accepted": ("CHARGEBACK", "Accepted"),
    "expire": ("DISPUTE_DEFENSE_PERIOD_ENDED", "Expired"),
    "answer": ("INFORMATION_SUPPLIED", "Pending"),
    "reverse": ("CHARGEBACK_REVERSED", "Pending"),
    "issuer_expire": ("ISSUER_RESPONSE_TIMEFRAME_EXPIRED", "Won"),
    "second_debit": ("SECOND_CHARGEBACK", "Lost"),
    "pre_arb_open": ("PREARBITRATION_OPEN", "Pending"),
    "pre_arb_win": ("PREARBITRATION_WON", "Won"),
    "pre_arb_lose": ("PREARBITRATION_LOST", "Lost"),
    "pre_arb_withdraw": ("PREARBITRATION_ISSUER_WITHDRAWN", "Won"),
}
CLOCKED = frozenset({"inquiry", "announce", "debit", "pre_arb_open"})
"""Steps that we may answer."""
REASONS = {
    "fraud": "Other Fraud-Card Absent Environment",
    "not_received": "Merchandise/Services Not Received",
    "not_as_described": "Not as Described or Defective Merchandise/Services",
    "duplicate": "Duplicate Processing",
    "credit": "Credit Not Processed",
}

# --- notifications -----------------------------------------------------------------------------

_SIGNED = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference")


def sign(item: dict[str, Any], key: str = KEY) -> str:
    """The HMAC of a notification item: base64 over eight of its fields."""
    values = [item.get(name, "") for name in _SIGNED]
    values += [str(item["amount"]["value"]), item["amount"]["currency"], item["eventCode"], item["success"]]
    return base64.b64encode(hmac.new(bytes.fromhex(key), ":".join(values).encode(), hashlib.sha256).digest()).decode()


def signed(item: dict[str, Any], key: str = KEY) -> dict[str, Any]:
    """The item with its signature among its additional data."""
    return item | {"additionalData": {**item["additionalData"], "hmacSignature": sign(item, key)}}


def notification_body(items: Sequence[dict[str, Any]]) -> bytes:
    """The body of one notification with its items."""
    return msgspec.json.encode(
        {"live": "true", "notificationItems": [{"NotificationRequestItem": item} for item in items]}
    )


def notification_message(body: bytes) -> bytes:
    """One raw request; the signatures are inside."""
    headers = {
        "host": "hooks.marketplace.example",
        "user-agent": "Adyen HttpClient 1.0",
        "content-type": "application/json; charset=utf-8",
    }
    return http_message("POST /webhooks/adyen HTTP/1.1", headers, body)


def case_item(case: Case, step: Step) -> dict[str, Any]:
    """One notification item about a step of a case, not signed yet."""
    code, status = EVENTS[step.word]
    return {
        "additionalData": _additional(case, step, case.status_told.get(step.word, status)),
        "amount": {"currency": case.currency, "value": case.said_amount()},
        "eventCode": case.status_told.get(f"event:{step.word}") or code,
        "eventDate": offset_text(step.at, ZONE),
        "merchantAccountCode": ACCOUNT,
        "merchantReference": case.payment.id,
        "originalReference": case.payment.ref,
        "paymentMethod": case.payment.brand,
        "pspReference": case.id,
        "reason": REASONS[case.cause],
        "success": "true",
    }


def _additional(case: Case, step: Step, status: str | None) -> dict[str, str]:
    code = case.code_told if case.code_told is not None else case.network_code
    # Mastercard's codes come with a blank before them, as in Adyen's own examples.
    shown = f" {code}" if case.payment.brand == "mc" and case.code_told is None else code
    prefix = {"notice": "nof", "inquiry": "rfi"}.get(step.word, "chargeback")
    told = {"arn": case.arn, f"{prefix}ReasonCode": shown, f"{prefix}SchemeCode": case.payment.brand}
    if status is not None:
        told["disputeStatus"] = status
    due_at = case.due_at(step.at)
    if step.word in CLOCKED and due_at is not None:
        told["defendable"] = "true"
        told["defensePeriodEndsAt"] = offset_text(due_at, ZONE)
    return told


def write_webhooks(world: World, channel: Channel) -> None:
    """Send the notifications of all cases, one item each."""
    for case in world.cases_at(PARTNER):
        chance = Chance(world.plan.seed, "webhook", case.id)
        for number, step in enumerate(case.steps, start=1):
            late = case.told_late_by if number == 1 else 0
            received_at = step.at + late + chance.between(3, 50) * SECOND + chance.below(SECOND)
            body = notification_body([signed(case_item(case, step))])
            send_webhook(channel, body, received_at, f"{case.id}_{number}_{EVENTS[step.word][0]}", {case.id, step.word})


def send_webhook(channel: Channel, body: bytes, received_at: int, name: str, keys: set[str]) -> Sent:
    """Send one notification."""
    sent = Sent(f"adyen/webhook/{name}.http", PARTNER, "webhook", received_at, ACCOUNT, frozenset(keys))
    channel.send(sent, notification_message(body))
    return sent


def announce_report(world: World, channel: Channel, name: str, ready_at: int, keys: set[str]) -> None:
    """Send the notification that a report is ready; its pspReference is the file's name."""
    item = {
        "additionalData": {},
        "amount": {"currency": "EUR", "value": 0},
        "eventCode": "REPORT_AVAILABLE",
        "eventDate": offset_text(ready_at, ZONE),
        "merchantAccountCode": ACCOUNT,
        "merchantReference": "",
        "pspReference": name,
        "reason": f"https://ca-live.adyen.com/reports/download/MerchantAccount/{ACCOUNT}/{name}",
        "success": "true",
    }
    chance = Chance(world.plan.seed, "report", name)
    received_at = ready_at - chance.between(120, 400) * SECOND
    send_webhook(channel, notification_body([signed(item)]), received_at, f"REPORT_AVAILABLE_{name[:-4]}", keys)


def send_report(world: World, channel: Channel, feed: str, name: str, at: int, body: bytes, keys: set[str]) -> None:
    """Send one report file and, before it, the notification that it is ready."""
    sent = Sent(f"adyen/{feed}/{name}", PARTNER, feed, at, ACCOUNT, frozenset(keys))
    if channel.send(sent, body):
        announce_report(world, channel, name, at, keys)


# --- words and rows that its reports share ----------------------------------------------------


def zones_of(sales: Sales) -> Column:
    """`CET` or `CEST` of each sale."""
    day = sales.day
    first, last = zone_text(day.start, ZONE), zone_text(day.start + (day.seconds - 1) * SECOND, ZONE)
    if first == last:
        return pa.repeat(first, sales.count)
    return pc.if_else(pc.less(sales.second, day.switch), first, last)


def captures_of(sales: Sales) -> Column:
    """The modification reference of the capture of each sale."""
    rest, begin = (pc.utf8_slice_codeunits(sales.ref, start=start, stop=stop) for start, stop in ((4, None), (0, 4)))
    return joined(rest, begin)
