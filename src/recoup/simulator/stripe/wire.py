"""Stripe as it speaks: signed webhooks and pages of its API about disputes and fraud warnings.

Shapes follow stripe/openapi `fixtures3.json`; see `recoup/partners/stripe/README.md`. Amounts are
integers of the smallest unit. Payouts and their report are in `payouts.py`.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from recoup.domain.instants import DAY, MINUTE, SECOND, local_day
from recoup.simulator.chance import Chance
from recoup.simulator.channel import Channel, Sent, http_message
from recoup.simulator.days import at_local, days_from, http_date
from recoup.simulator.rates import rate_text
from recoup.simulator.stripe.profile import ACCOUNT, KEY, PARTNER, ZONE
from recoup.simulator.truth import Case, Movement, Payment, Step
from recoup.simulator.world import World, paid_on

API_VERSION = "2025-09-30.clover"
PAGE_SIZE = 100
SWEEP_CLOCK = "23:00"
"""Local time of our daily look at the API: the morning in Europe, when the house works."""
LISTED_DAYS = 35
"""How far back we list disputes: longer than any simulated life is told."""

STATUSES = {
    "inquiry": "warning_needs_response",
    "answer_inquiry": "warning_under_review",
    "close_inquiry": "warning_closed",
    "debit": "needs_response",
    "answer": "under_review",
    "win": "won",
    "lose": "lost",
    "accept": "lost",
    "expire": "lost",
}
_EVENTS = {
    "inquiry": ("created",),
    "answer_inquiry": ("updated",),
    "close_inquiry": ("closed",),
    "debit": ("updated", "funds_withdrawn"),
    "answer": ("updated",),
    "win": ("closed", "funds_reinstated"),
    "lose": ("closed",),
    "accept": ("closed",),
    "expire": ("closed",),
}
_REASONS = {
    "fraud": "fraudulent",
    "not_received": "product_not_received",
    "not_as_described": "product_unacceptable",
    "duplicate": "duplicate",
    "credit": "credit_not_processed",
}
BRANDS = {"visa": "visa", "mc": "mastercard", "amex": "amex"}
_ANSWERS = frozenset({"answer", "answer_inquiry"})
# --- messages ----------------------------------------------------------------------------------


def sign(body: bytes, second: int, secret: str = KEY) -> str:
    """The value of `Stripe-Signature` for a body sent at a second."""
    digest = hmac.new(secret.encode(), f"{second}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={second},v1={digest}"


def webhook_message(body: bytes, received_at: int, secret: str = KEY) -> bytes:
    """One raw webhook request, signed as it is delivered."""
    headers = {
        "host": "hooks.marketplace.example",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "accept": "*/*; q=0.5, application/xml",
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": sign(body, received_at // SECOND, secret),
    }
    return http_message("POST /webhooks/stripe HTTP/1.1", headers, body)


def page_message(path: str, body: bytes, fetched_at: int) -> bytes:
    """One raw answer of the API."""
    headers = {
        "server": "nginx",
        "date": http_date(fetched_at),
        "content-type": "application/json",
        "stripe-version": API_VERSION,
        "recoup-request": f"GET {path}",
    }
    return http_message("HTTP/1.1 200 OK", headers, body)


def dispute_object(case: Case, now: int, movements: Sequence[Movement]) -> dict[str, Any]:
    """A dispute as the API shows it at an instant, with these movements in it."""
    done = [step for step in case.steps if step.at <= now]
    last = done[-1]
    answers = sum(step.word in _ANSWERS for step in done)
    is_inquiry = not any(step.word == "debit" for step in done)
    code = case.code_told if case.code_told is not None else case.network_code
    return {
        "id": case.id,
        "object": "dispute",
        "amount": case.said_amount(),
        "balance_transactions": [movement_object(m) for m in movements],
        "charge": case.payment.ref,
        "created": case.opened_at // SECOND,
        "currency": case.currency.lower(),
        "enhanced_eligibility_types": [],
        "evidence": {"customer_communication": None, "product_description": None, "uncategorized_text": None},
        "evidence_details": {
            "due_by": 0 if case.due_told == "zero" else (case.due_at(now) or 0) // SECOND or None,
            "has_evidence": answers > 0,
            "past_due": False,
            "submission_count": answers,
        },
        "is_charge_refundable": is_inquiry,
        "livemode": True,
        "metadata": {},
        "network_reason_code": code,
        "payment_intent": intent_of(case.payment),
        "payment_method_details": {
            "card": {
                "brand": BRANDS[case.payment.brand],
                "case_type": "inquiry" if is_inquiry else "chargeback",
                "network_reason_code": code,
            },
            "type": "card",
        },
        "reason": _REASONS[case.cause],
        "status": case.status_told.get(last.word, STATUSES[last.word]),
    }


def movement_object(movement: Movement) -> dict[str, Any]:
    """A balance transaction as the API shows it."""
    day = local_day(movement.at, ZONE)
    fees = [
        {
            "amount": movement.fee_minor,
            "application": None,
            "currency": "usd",
            "description": "Dispute fee",
            "type": "stripe_fee",
        }
    ]
    return {
        "id": movement.id,
        "object": "balance_transaction",
        "amount": movement.gross_minor,
        "available_on": at_local(paid_on(PARTNER, day), "00:00", "UTC") // SECOND,
        "created": movement.at // SECOND,
        "currency": movement.currency.lower(),
        "description": movement.text,
        "exchange_rate": _rate_number(movement.rate_e8),
        "fee": movement.fee_minor,
        "fee_details": fees if movement.fee_minor else [],
        "net": movement.net_minor,
        "reporting_category": movement.kind,
        "source": movement.source,
        "status": "pending",
        "type": "adjustment",
    }


def _rate_number(rate: int | None) -> msgspec.Raw | None:
    return None if rate is None else msgspec.Raw(rate_text(rate).encode())


def intent_of(payment: Payment) -> str:
    """The payment intent behind a charge."""
    return f"pi_3{payment.ref[4:-1]}P"


_JSON = msgspec.json.Encoder()


def event_body(event_id: str, kind: str, at: int, about: dict[str, Any]) -> bytes:
    """One event as the body of a webhook."""
    return _JSON.encode(
        {
            "id": event_id,
            "object": "event",
            "api_version": API_VERSION,
            "created": at // SECOND,
            "data": {"object": about},
            "livemode": True,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
    )


def write_webhooks(world: World, channel: Channel) -> None:
    """Send the events of all cases."""
    for case in world.cases_at(PARTNER):
        chance = Chance(world.plan.seed, "webhook", case.id)
        for step in case.steps:
            for place, (kind, about) in enumerate(_events(case, step)):
                at = step.at + place * SECOND
                late = case.told_late_by if step is case.steps[0] else 0
                received_at = at + late + chance.between(1, 40) * SECOND + chance.below(SECOND)
                body = event_body(f"evt_1{chance.word()}{chance.word()[:9]}", kind, at, about)
                send_webhook(channel, body, received_at, {case.id, step.word, kind})


def send_webhook(channel: Channel, body: bytes, received_at: int, keys: set[str], name: str | None = None) -> Sent:
    """Send one signed webhook; its name is the event's id."""
    name = name or msgspec.json.decode(body)["id"]
    sent = Sent(f"stripe/webhook/{name}.http", PARTNER, "webhook", received_at, ACCOUNT, frozenset(keys))
    channel.send(sent, webhook_message(body, received_at))
    return sent


def _events(case: Case, step: Step) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events that a step brings, each with its object as it looked then."""
    if step.word == "notice":
        yield "radar.early_fraud_warning.created", warning_object(case)
        return
    kinds = _EVENTS[step.word]
    if step is case.steps[0]:
        kinds = ("created", *kinds[1:])
    for kind in kinds:
        told = [m for m in case.movements if m.is_told and (m.at < step.at or (m.at == step.at and kind != "closed"))]
        if kind == "funds_reinstated" and case.movement("c1") not in told:
            continue
        yield f"charge.dispute.{kind}", dispute_object(case, step.at, told)


def warning_object(case: Case) -> dict[str, Any]:
    """An early fraud warning as the API shows it."""
    return {
        "id": case.id,
        "object": "radar.early_fraud_warning",
        "actionable": True,
        "charge": case.payment.ref,
        "created": case.opened_at // SECOND,
        "fraud_type": "unauthorized_use_of_card",
        "livemode": True,
        "payment_intent": intent_of(case.payment),
    }


# --- pages of the API --------------------------------------------------------------------------


def write_sweeps(world: World, channel: Channel) -> None:
    """Send what our daily look at the API fetched: all recent disputes and fraud warnings as they look by then."""
    cases = world.cases_at(PARTNER)
    for day in days_from(world.plan.first_day, world.plan.days):
        fetched_at = at_local(day, SWEEP_CLOCK, ZONE)
        recent = [c for c in cases if fetched_at - LISTED_DAYS * DAY <= c.opened_at <= fetched_at - c.told_late_by]
        disputes = [c for c in reversed(recent) if c.kind == "dispute"]
        warnings = [c for c in reversed(recent) if c.kind == "notice"]
        send_pages(
            channel, "disputes", "/v1/disputes", day, fetched_at, [(c.id, _seen(c, fetched_at)) for c in disputes]
        )
        found = [(c.id, warning_object(c)) for c in warnings]
        send_pages(channel, "early_fraud_warnings", "/v1/radar/early_fraud_warnings", day, fetched_at + MINUTE, found)


def _seen(case: Case, now: int) -> dict[str, Any]:
    return dispute_object(case, now, [m for m in case.movements if m.is_told and m.at <= now])


def send_pages(
    channel: Channel, feed: str, url: str, day: dt.date, at: int, found: list[tuple[str, dict[str, Any]]]
) -> None:
    """Send the pages of one list, a second apart; an empty list is a page as well."""
    pages = [found[n : n + PAGE_SIZE] for n in range(0, len(found), PAGE_SIZE)] or [[]]
    after = ""
    for number, page in enumerate(pages, start=1):
        body = _JSON.encode(
            {"object": "list", "data": [about for _, about in page], "has_more": number < len(pages), "url": url}
        )
        fetched_at = at + number * SECOND
        sent = Sent(
            path=f"stripe/{feed}/{feed}_{day}_{number:04}.http",
            partner=PARTNER,
            feed=feed,
            received_at=fetched_at,
            account=ACCOUNT,
            keys=frozenset({day.isoformat(), *(name for name, _ in page)}),
        )
        channel.send(sent, page_message(f"{url}?limit={PAGE_SIZE}{after}", body, fetched_at))
        after = f"&starting_after={page[-1][0]}" if page else ""
