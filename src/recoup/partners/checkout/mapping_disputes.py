"""What a Checkout.com dispute says, as an event, on a list or alone: one observation, its legs, what is odd.

An event says what happened by its type, an object where the dispute stands by its status; both are moves.
The amount is taken when evidence is required, and given back when the dispute is won.
"""

import datetime as dt
import re
from typing import Any

from recoup.domain.codes import reason_as_stated
from recoup.domain.findings import Notes
from recoup.domain.instants import local_day
from recoup.domain.legs import Told
from recoup.domain.money import check_currency
from recoup.domain.observation import Kind, Said
from recoup.domain.tables import reason_codes
from recoup.errors import MoneyRefused
from recoup.formats.plain_text import reference
from recoup.partners.checkout.telling import instant, meaning
from recoup.partners.checkout.wire import Dispute, DisputedPayment
from recoup.partners.contract import Placed, Reading
from recoup.partners.telling import Telling, minor, refuse, shaped

_DEBITED = frozenset(
    {
        "chargeback_opened",
        "chargeback_under_review",
        "chargeback_won",
        "chargeback_lost",
        "chargeback_accepted",
        "chargeback_expired",
        "arbitration_opened",
        "arbitration_won",
        "arbitration_lost",
    }
)
"""Moves by which the amount was taken: "at this stage your account gets debited the disputed amount"."""
_CREDITED = frozenset({"chargeback_won", "arbitration_won"})
_SLOTS = {"chargeback_opened": False, "chargeback_under_review": True, "arbitration_opened": True}
_OPENS = frozenset({"chargeback_announced", "chargeback_opened", "inquiry_opened"})
_NETWORKS_WITH_CODES = frozenset(row.network for row in reason_codes())
_NO_PAYMENT = DisputedPayment()
_ARN = re.compile(r"[0-9]{11,23}")


def take_event(telling: Telling, record: Any, reading: Reading, told_at: str | None) -> None:
    """Add what an event says; `told_at` is the time of its envelope, for one whose dispute names none."""
    _take(telling, record, reading, told_at)


def take_dispute(telling: Telling, record: Any, reading: Reading) -> None:
    """Add what a dispute object says."""
    _take(telling, record, reading, None)


def _take(telling: Telling, record: Any, reading: Reading, told_at: str | None) -> None:
    dispute = shaped(telling, record, Dispute, reading)
    if dispute is None:
        return
    name = reference(dispute.id)
    if name is None:
        refuse(telling, reading, "checkout.dispute_id", "no id", "the id of a dispute, dsp_…")
        return
    notes = telling.notes(name)
    said = _said(telling, name, dispute, told_at, notes)
    reading.observations.append(Placed(telling.position, said, reference(dispute.entity_id)))
    reading.findings.extend(notes.found)
    if telling.form == "event" and (said.amount_minor is None or said.move in ("unknown", "closed_unknown")):
        reading.fetch.append(name)


def _said(telling: Telling, name: str, dispute: Dispute, told_at: str | None, notes: Notes) -> Said:
    at = _at(telling, dispute, told_at, notes)
    on = local_day(at, "UTC")
    payment = dispute.payment or _NO_PAYMENT
    move = _move(telling, dispute, notes, on)
    amount, currency = _amount(telling, dispute, notes, at)
    network = _network(dispute.payment_method or payment.method, notes, on)
    due_at = instant(dispute.evidence_required_by, "evidence_required_by", notes)
    return Said(
        partner_dispute_id=name,
        form=telling.form,
        occurred_at=at,
        move=move,
        record_id=telling.record_id,
        kind=_kind(telling, move),
        partner_status=reference(dispute.status or telling.event),
        amount_minor=amount,
        currency=currency,
        payment_ref=reference(dispute.payment_id or payment.id),
        case_ref=_arn(dispute.payment_arn or payment.arn),
        network=network,
        reason_code=_reason(dispute, network, notes, on),
        due_at=due_at,
        due_state="unsaid" if due_at is None else "said",
        opened_at=_opened_at(dispute, move, at, notes),
        is_slot_spent=_SLOTS.get(move),
        legs=_legs(move, amount, currency),
    )


def _at(telling: Telling, dispute: Dispute, told_at: str | None, notes: Notes) -> int:
    """When it happened: by the dispute's own time in an event, its last update on a page."""
    fields = (("date", dispute.date), ("last_update", dispute.last_update), ("timestamp", told_at))
    told = (instant(text, field, notes) for field, text in fields)
    return next((at for at in told if at is not None), telling.at)


def _move(telling: Telling, dispute: Dispute, notes: Notes, on: dt.date) -> str:
    """The move of the event's type, or of the object's status; what resolved it refines either."""
    vocabulary, word = ("event", telling.event) if telling.event else ("status", dispute.status)
    move = meaning(vocabulary, word, on)
    if move is None:
        notes.unknown("type" if telling.event else "status", word, vocabulary)
        return "unknown"
    if move != "refunded" or dispute.resolved_reason is None:
        return move
    resolved = meaning("resolved_reason", dispute.resolved_reason, on)
    if resolved is None:
        notes.unknown("resolved_reason", dispute.resolved_reason, "resolved_reason")
    return resolved or "closed_unknown"


def _kind(telling: Telling, move: str) -> Kind | None:
    if telling.event is not None and telling.event.startswith("request_for_information"):
        return "request"
    if move == "prevented":
        return "resolution"
    # How a resolved one was resolved says which it is.
    return None if move in ("unknown", "closed_unknown") else "dispute"


def _amount(telling: Telling, dispute: Dispute, notes: Notes, at: int) -> tuple[int | None, str | None]:
    """Amount and currency, or neither: what is missing or no amount stays unknown, never zero."""
    if dispute.amount is None or dispute.currency is None:
        notes.add("checkout.amount", "amount", "no amount or no currency", "both", "warn")
        return None, None
    try:
        currency = check_currency(dispute.currency)
        amount = minor(telling, dispute.amount, currency, at)
        if amount < 0:
            raise MoneyRefused("", f"{amount}", "an amount of 0 or more")
    except MoneyRefused as error:
        notes.add("checkout.amount", "amount", error.found, error.wanted)
        return None, None
    return amount, currency


def _network(method: str | None, notes: Notes, on: dt.date) -> str | None:
    """The network of the payment method, which an event writes in capitals and a list with one."""
    network = None if method is None else meaning("payment_method", method.upper(), on)
    if method is not None and network is None:
        notes.unknown("payment_method", method, "payment_method")
    return network


def _reason(dispute: Dispute, network: str | None, notes: Notes, on: dt.date) -> str | None:
    """The network's code where there is one, else Checkout.com's own category."""
    if dispute.category is not None and meaning("category", dispute.category, on) is None:
        notes.unknown("category", dispute.category, "category")
    code = reference(dispute.reason_code)
    if code is not None and network in _NETWORKS_WITH_CODES and reason_as_stated(network, code, on) is None:
        notes.unknown("reason_code", code, f"reason codes of {network}")
    return code or reference(dispute.category)


def _arn(text: str | None) -> str | None:
    """The reference that all disputes of one payment share; the published example has fewer digits than one has."""
    return text if text is not None and _ARN.fullmatch(text) else None


def _opened_at(dispute: Dispute, move: str, at: int, notes: Notes) -> int | None:
    told = instant(dispute.received_on, "received_on", notes)
    return at if told is None and move in _OPENS else told


def _legs(move: str, amount: int | None, currency: str | None) -> tuple[Told, ...]:
    """The legs that a move announces; a canceled dispute may have been debited or not, so it announces none."""
    if move not in _DEBITED or not amount or currency is None:
        return ()
    debit = Told("debit", 1, amount, currency)
    return (debit, Told("credit", 1, amount, currency)) if move in _CREDITED else (debit,)
