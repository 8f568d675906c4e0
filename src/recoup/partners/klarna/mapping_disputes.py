"""What a Klarna dispute says, in a webhook, on a list or alone: one observation, its legs, what is odd.

`PRE_ARBITRATION` means two things: under the rules of 2020 it is where a dispute begins, before Klarna looks at
it, and under those of 2026 it is our appeal after a loss. Where a message does not say under which rules its
dispute runs, and nothing in it shows, the state stays unknown.
"""

import datetime as dt
from typing import Any, Final

from recoup.domain.findings import Notes
from recoup.domain.instants import local_day
from recoup.domain.legs import Told
from recoup.domain.money import check_currency
from recoup.domain.observation import Said
from recoup.errors import MoneyRefused
from recoup.formats.plain_text import reference
from recoup.partners.contract import Placed, Reading
from recoup.partners.klarna.telling import NAME, instant, meaning
from recoup.partners.klarna.wire import Dispute, Representment, StateContext
from recoup.partners.telling import Telling, minor, refuse, shaped

APPEAL: Final = "PRE_ARBITRATION"
CLOSED: Final = "CLOSED"
_TAKEN = frozenset(
    {
        "lost",
        "chargeback_lost",
        "chargeback_accepted",
        "chargeback_expired",
        "pre_arbitration_lost",
        "arbitration_lost",
    }
)
"""Moves by which the amount is certainly taken; an account may be one from which it is withheld before."""
_SLOTS = {"chargeback_announced": False, "chargeback_under_review": True, "pre_arbitration_opened": True}
_OPENS = frozenset({"chargeback_announced", "collaboration_opened"})
_UNANSWERED = {"accepted": "chargeback_accepted", "expired": "chargeback_expired"}
_NO_CONTEXT = StateContext()
_NO_ANSWER = Representment()


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
    name = reference(dispute.payment_dispute_id)
    if name is None:
        refuse(telling, reading, "klarna.dispute_id", "no payment_dispute_id", "the id of a dispute, krn:…")
        return
    notes = telling.notes(name)
    said = _said(telling, name, dispute, told_at, notes)
    reading.observations.append(Placed(telling.position, said))
    reading.findings.extend(notes.found)
    if telling.form == "event" and _leaves_open(said):
        reading.fetch.append(name)


def _leaves_open(said: Said) -> bool:
    """Whether a page would say more: what an event cannot be read as, or a loss without its amount."""
    return said.move in ("unknown", "closed_unknown") or (said.move in _TAKEN and not said.legs)


def _said(telling: Telling, name: str, dispute: Dispute, told_at: str | None, notes: Notes) -> Said:
    at = _at(telling, dispute, told_at, notes)
    on = local_day(at, "UTC")
    move = _move(dispute, notes, on)
    amount, currency = _amount(telling, dispute, notes, at)
    due_at = _due_at(dispute, notes)
    return Said(
        partner_dispute_id=name,
        form=telling.form,
        occurred_at=at,
        move=move,
        record_id=telling.record_id,
        kind="dispute",
        partner_status=reference(dispute.state),
        amount_minor=amount,
        currency=currency,
        payment_ref=reference(dispute.order_id) or reference(dispute.payment_transaction_id),
        network=NAME,
        reason_code=_reason(dispute, notes, on),
        due_at=due_at,
        due_state="unsaid" if due_at is None else "said",
        opened_at=_opened_at(dispute, move, at, notes),
        is_slot_spent=_SLOTS.get(move),
        legs=_legs(move, amount, currency),
    )


def _at(telling: Telling, dispute: Dispute, told_at: str | None, notes: Notes) -> int:
    """When it happened: by the dispute's own time of its last change, else by the envelope's, else by ours."""
    fields = (("updated_at", dispute.updated_at), ("occurred_at", told_at))
    told = (instant(text, field, notes) for field, text in fields)
    return next((at for at in told if at is not None), telling.at)


def _move(dispute: Dispute, notes: Notes, on: dt.date) -> str:
    """The move of the state; what closed it, or under which rules it runs, refines it."""
    if dispute.state == CLOSED:
        return _end(dispute, notes, on)
    if dispute.state == APPEAL:
        return _appeal(dispute, notes, on)
    move = meaning("state", dispute.state, on)
    if move is None:
        notes.unknown("state", dispute.state, "state")
    return move or "unknown"


def _appeal(dispute: Dispute, notes: Notes, on: dt.date) -> str:
    framework = _framework(dispute, notes, on)
    if framework is None:
        notes.add("klarna.framework", "state", "PRE_ARBITRATION under rules that are not said", "base_framework")
        return "unknown"
    if framework == "2020":
        return "collaboration_opened"
    context = dispute.state_context or _NO_CONTEXT
    arbitration = dispute.arbitration or context.arbitration
    preliminary = None if arbitration is None else arbitration.preliminary_outcome
    return "pre_arbitration_won_provisional" if preliminary == "WON" else "pre_arbitration_opened"


def _framework(dispute: Dispute, notes: Notes, on: dt.date) -> str | None:
    """Under which rules a dispute runs: as said, else as shown by what the rules of 2026 alone have."""
    stated = None if dispute.configuration is None else dispute.configuration.base_framework
    if stated is not None:
        framework = meaning("base_framework", stated, on)
        if framework is None:
            notes.unknown("base_framework", stated, "base_framework")
        return framework
    context = dispute.state_context or _NO_CONTEXT
    newer = (dispute.arbitration, context.arbitration, dispute.arbitration_expires_at, context.arbitration_expires_at)
    is_newer = any(part is not None for part in newer) or dispute.previous_state in ("INITIATED", "REPRESENTMENT")
    return "2026" if is_newer else None


def _end(dispute: Dispute, notes: Notes, on: dt.date) -> str:
    """How a closed dispute ended: by its outcome, at the stage before it closed."""
    told = dispute.dispute_outcome or (dispute.state_context or _NO_CONTEXT).dispute_outcome
    outcome = meaning("dispute_outcome", told, on)
    if outcome is None:
        if told is not None:
            notes.unknown("dispute_outcome", told, "dispute_outcome")
        return "closed_unknown"
    stage = _stage(dispute, notes, on)
    move = outcome if stage is None else meaning("closed", f"{stage}/{outcome}", on)
    if move is None:
        notes.unknown("previous_state", stage, "closed")
        return "closed_unknown"  # which decision of which stage this is, is not known
    unanswered = _UNANSWERED.get(meaning("representment_state", _answer(dispute).state, on) or "")
    return unanswered if move == "chargeback_lost" and unanswered is not None else move


def _stage(dispute: Dispute, notes: Notes, on: dt.date) -> str | None:
    """The state before the end; the older rules' PRE_ARBITRATION is none of the newer ones'."""
    if dispute.previous_state == APPEAL and _framework(dispute, notes, on) == "2020":
        return None
    return dispute.previous_state


def _answer(dispute: Dispute) -> Representment:
    return dispute.representment or (dispute.state_context or _NO_CONTEXT).representment or _NO_ANSWER


def _amount(telling: Telling, dispute: Dispute, notes: Notes, at: int) -> tuple[int | None, str | None]:
    """Amount and currency, or neither: what is missing or no amount stays unknown, never zero."""
    details = dispute.dispute_details
    if details is None:
        return None, None  # an event after the first leaves it out
    if details.dispute_amount is None or details.currency is None:
        notes.add("klarna.amount", "dispute_details", "no amount or no currency", "both", "warn")
        return None, None
    try:
        currency = check_currency(details.currency)
        amount = minor(telling, details.dispute_amount, currency, at)
        if amount < 0:
            raise MoneyRefused("", f"{amount}", "an amount of 0 or more")
    except MoneyRefused as error:
        notes.add("klarna.amount", "dispute_details", error.found, error.wanted)
        return None, None
    return amount, currency


def _reason(dispute: Dispute, notes: Notes, on: dt.date) -> str | None:
    """The code of our table where the reason has one there, else Klarna's own word."""
    if dispute.dispute_reason is None:
        return None
    code = meaning("dispute_reason", dispute.dispute_reason, on)
    if code is None:
        notes.unknown("dispute_reason", dispute.dispute_reason, "dispute_reason")
    return code or reference(dispute.dispute_reason)


def _due_at(dispute: Dispute, notes: Notes) -> int | None:
    """Until when we may act in this state."""
    context = dispute.state_context or _NO_CONTEXT
    updated = None if dispute.updated_fields is None else dispute.updated_fields.evidence_response_deadline_at
    deadline = updated or context.evidence_response_deadline_at
    if dispute.state == APPEAL:
        appeal = context.arbitration_expires_at or dispute.arbitration_expires_at
        return instant(appeal or deadline, "arbitration_expires_at", notes)
    if dispute.state in ("INITIATED", "MERCHANT_EVIDENCE_PENDING"):
        return instant(deadline or _answer(dispute).expires_at, "expires_at", notes)
    return None


def _opened_at(dispute: Dispute, move: str, at: int, notes: Notes) -> int | None:
    told = instant(dispute.created_at, "created_at", notes)
    return at if told is None and move in _OPENS else told


def _legs(move: str, amount: int | None, currency: str | None) -> tuple[Told, ...]:
    """The debit of a lost dispute: whether it was withheld before is in the contract and not in the message."""
    if move not in _TAKEN or not amount or currency is None:
        return ()
    return (Told("debit", 1, amount, currency),)
