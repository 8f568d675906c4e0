"""What a PayPal dispute says: one observation, its legs and what is odd about it.

Stage and status together say where it stands; a resolved one is taken by its outcome, and one that
does not say how it ended is neither won nor lost. Money is told by `money_movements`, else by the
amount refunded; holds are told by reports alone.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from recoup.domain.findings import Notes
from recoup.domain.instants import local_day
from recoup.domain.legs import LegKind, Told
from recoup.domain.observation import DueState, Kind, Said
from recoup.formats.plain_text import reference
from recoup.partners.contract import Placed, Reading
from recoup.partners.paypal.telling import Amount, amount, instant, meaning
from recoup.partners.paypal.wire import Dispute, Movement, Transaction
from recoup.partners.telling import Telling, refuse, shaped

_OURS = "SELLER"
_ASKS_US = "WAITING_FOR_SELLER_RESPONSE"
_RESOLVED = "RESOLVED"
_SUBMITTED = "SUBMITTED_BY_SELLER"
_PARTIAL = {"lost": "split", "chargeback_lost": "split"}
"""What a decision against us is where only part of the amount was refunded."""


def take_dispute(telling: Telling, record: Any, reading: Reading) -> None:
    """Add what a dispute says; without an id it is nobody's dispute, and is quarantined."""
    dispute = shaped(telling, record, Dispute, reading)
    if dispute is None:
        return
    name = reference(dispute.dispute_id)
    if name is None:
        refuse(telling, reading, "paypal.dispute_id", "no id", "the id of a dispute, PP-D-…")
        return
    notes = telling.notes(name)
    said = _said(telling, name, dispute, notes)
    reading.observations.append(Placed(telling.position, said))
    reading.findings.extend(notes.found)
    if telling.form == "event" or said.payment_ref is None:
        # A message proves only that PayPal sent one like it, and a list leaves out payment and money.
        reading.fetch.append(name)


def _said(telling: Telling, name: str, dispute: Dispute, notes: Notes) -> Said:
    on = local_day(telling.at, "UTC")
    updated_at = instant(dispute.update_time, "update_time", notes)
    disputed = amount(telling, dispute.dispute_amount, "dispute_amount", notes)
    refunded = _refunded(telling, dispute, notes)
    move = _move(telling, dispute, disputed, refunded, notes, on)
    due_at, due_state = _due(dispute, notes)
    return Said(
        partner_dispute_id=name,
        form=telling.form,
        occurred_at=telling.at if telling.form == "event" or updated_at is None else updated_at,
        move=move,
        record_id=telling.record_id,
        kind=_kind(dispute, notes, on),
        partner_status=_status(dispute),
        amount_minor=disputed[0] if disputed else None,
        currency=disputed[1] if disputed else None,
        payment_ref=_payment(dispute.disputed_transactions or (), notes),
        network=meaning("network", dispute.dispute_channel, on),
        reason_code=_reason(dispute, notes, on),
        due_at=due_at,
        due_state=due_state,
        opened_at=instant(dispute.create_time, "create_time", notes),
        is_slot_spent=_is_slot_spent(dispute),
        legs=_legs(telling, dispute, refunded, notes, on),
    )


def _status(dispute: Dispute) -> str | None:
    """PayPal's own words: stage, status, and the outcome where there is one."""
    outcome = dispute.dispute_outcome.outcome_code if dispute.dispute_outcome else None
    words = [reference(word) for word in (dispute.dispute_life_cycle_stage, dispute.status, outcome)]
    return "/".join(word for word in words if word) or None


def _move(
    telling: Telling, dispute: Dispute, disputed: Amount | None, refunded: Amount | None, notes: Notes, on: dt.date
) -> str:
    """The move that stage and status name; an end is taken by its outcome alone."""
    event = meaning("event", telling.event, on)
    if telling.event is not None and event is None:
        notes.unknown("event_type", telling.event, "event")
    if dispute.status == _RESOLVED or (event == "closed" and dispute.status is None):
        return _ended(dispute, disputed, refunded, notes, on)
    move = meaning("stage_status", _where(dispute), on)
    if move is None:
        notes.unknown("status", _where(dispute), "stage_status")
        return "unknown"
    if event == "closed":
        notes.add("paypal.event_conflict", "status", f"a resolution with status {dispute.status}", "status RESOLVED")
    return move


def _ended(dispute: Dispute, disputed: Amount | None, refunded: Amount | None, notes: Notes, on: dt.date) -> str:
    """The decision; without an outcome that names who has the money it is neither won nor lost."""
    outcome = dispute.dispute_outcome.outcome_code if dispute.dispute_outcome else None
    if outcome is None:
        return "closed_unknown"
    stage = dispute.dispute_life_cycle_stage
    known = meaning("stage_outcome", f"{stage}/{outcome}", on) if stage else None
    move = known or meaning("outcome", outcome, on)
    if move is None:
        notes.unknown("outcome_code", outcome, "outcome")
        return "closed_unknown"
    return _PARTIAL.get(move, move) if _is_partial(disputed, refunded) else move


def _is_partial(disputed: Amount | None, refunded: Amount | None) -> bool:
    if disputed is None or refunded is None or disputed[1] != refunded[1]:
        return False
    return 0 < refunded[0] < disputed[0]


def _where(dispute: Dispute) -> str:
    """Stage and status, and the channel where it is not PayPal's own."""
    words = (dispute.dispute_life_cycle_stage, dispute.status)
    channel = () if dispute.dispute_channel in (None, "INTERNAL") else (dispute.dispute_channel,)
    return "/".join(word or "" for word in (*words, *channel))


def _refunded(telling: Telling, dispute: Dispute, notes: Notes) -> Amount | None:
    outcome = dispute.dispute_outcome
    return amount(telling, outcome.amount_refunded, "amount_refunded", notes) if outcome else None


def _kind(dispute: Dispute, notes: Notes, on: dt.date) -> Kind | None:
    """One case from inquiry to arbitration is one dispute; an alert is none yet."""
    if dispute.dispute_channel is None:
        return None
    if meaning("channel", dispute.dispute_channel, on) is None:
        notes.unknown("dispute_channel", dispute.dispute_channel, "channel")
    return "alert" if meaning("channel", dispute.dispute_channel, on) == "alert" else "dispute"


def _payment(disputed: Sequence[Transaction], notes: Notes) -> str | None:
    """Our transaction; a case about several is linked by the first, with a finding."""
    names = [name for found in disputed if (name := reference(found.seller_transaction_id)) is not None]
    if len(names) > 1:
        notes.add("paypal.transactions", "disputed_transactions", f"{len(names)} payments", "one", "warn")
    return names[0] if names else None


def _reason(dispute: Dispute, notes: Notes, on: dt.date) -> str | None:
    """The card network's code where one is told, else PayPal's own word."""
    if dispute.reason is not None and meaning("reason", dispute.reason, on) is None:
        notes.unknown("reason", dispute.reason, "reason")
    return reference(dispute.external_reason_code) or reference(dispute.reason)


def _due(dispute: Dispute, notes: Notes) -> tuple[int | None, DueState]:
    due_at = instant(dispute.seller_response_due_date, "seller_response_due_date", notes)
    return due_at, "unsaid" if due_at is None else "said"


def _is_slot_spent(dispute: Dispute) -> bool | None:
    """Whether our answer is in. A status that asks us counts more than what was sent before."""
    if dispute.evidences is None:
        return None
    return dispute.status != _ASKS_US and any(found.source == _SUBMITTED for found in dispute.evidences)


def _legs(telling: Telling, dispute: Dispute, refunded: Amount | None, notes: Notes, on: dt.date) -> tuple[Told, ...]:
    """The movements on our balance in their order, each direction counted; else what was refunded to the buyer."""
    ours = [moved for moved in dispute.money_movements or () if moved.affected_party == _OURS]
    told = _moved(telling, sorted(ours, key=lambda moved: moved.initiated_time or ""), notes, on)
    if told or not refunded or not refunded[0] or dispute.money_movements is not None:
        return told
    return (Told("debit", 1, *refunded),)


def _moved(telling: Telling, ours: Sequence[Movement], notes: Notes, on: dt.date) -> tuple[Told, ...]:
    counts: dict[LegKind, int] = {}
    told = []
    for moved in ours:
        found = amount(telling, moved.amount, "money_movements", notes)
        leg = _leg(moved, notes, on)
        if found is None or leg is None or found[0] == 0:
            continue
        counts[leg] = counts.get(leg, 0) + 1
        told.append(Told(leg, counts[leg], *found))
    return tuple(told)


def _leg(moved: Movement, notes: Notes, on: dt.date) -> LegKind | None:
    """Settlement by its direction; a fee that we pay is a fee, and one that comes back announces no leg."""
    word = f"{moved.reason}/{moved.type}"
    match meaning("movement", word, on):
        case "debit":
            return "debit"
        case "credit":
            return "credit"
        case "fee":
            return "fee"
        case "silent":
            return None
    notes.unknown("money_movements", word, "movement")
    return None
