"""What a Square dispute says: one observation, its legs and what is odd about it.

The object says where the dispute stands, by its `state`; the type of the event that carries it does not.
It holds as at its last update, on a page as in an event, so that twins of one event read the same.
"""

import datetime as dt
from typing import Any

from recoup.domain.findings import Notes
from recoup.domain.instants import local_day
from recoup.domain.legs import Told
from recoup.domain.observation import Said
from recoup.errors import MoneyRefused
from recoup.formats.plain_text import reference
from recoup.partners.contract import Placed, Reading
from recoup.partners.square.telling import amount, instant, meaning
from recoup.partners.square.wire import Dispute
from recoup.partners.telling import Telling, refuse, shaped

_DEBITED = frozenset(
    {"chargeback_opened", "chargeback_under_review", "chargeback_won", "chargeback_lost", "chargeback_accepted"}
)
"""Moves by which the amount was taken: a payout entry OPEN_DISPUTE is "for a chargeback that's been filed"."""
_SLOTS = {
    "inquiry_opened": False,
    "chargeback_opened": False,
    "inquiry_answered": True,
    "chargeback_under_review": True,
}


def take_dispute(telling: Telling, record: Any, reading: Reading) -> None:
    """Add what a dispute says; without an id it is nobody's dispute, and is quarantined."""
    dispute = shaped(telling, record, Dispute, reading)
    if dispute is None:
        return
    name = reference(dispute.id) or reference(dispute.dispute_id)
    if name is None:
        refuse(telling, reading, "square.dispute_id", "no id", "the id of a dispute")
        return
    notes = telling.notes(name)
    said = _said(telling, name, dispute, notes)
    reading.observations.append(Placed(telling.position, said))
    reading.findings.extend(notes.found)
    if telling.form == "event" and (said.amount_minor is None or said.move == "unknown"):
        reading.fetch.append(name)


def _said(telling: Telling, name: str, dispute: Dispute, notes: Notes) -> Said:
    at = instant(dispute.updated_at, "updated_at", notes)
    at = telling.at if at is None else at
    on = local_day(at, "UTC")
    move = meaning("state", dispute.state, on)
    if move is None:
        notes.unknown("state", dispute.state, "state")
    due_at = instant(dispute.due_at, "due_at", notes)
    minor, currency = _amount(telling, dispute, notes, at)
    return Said(
        partner_dispute_id=name,
        form=telling.form,
        occurred_at=at,
        move=move or "unknown",
        record_id=telling.record_id,
        kind="dispute",
        partner_status=reference(dispute.state),
        amount_minor=minor,
        currency=currency,
        payment_ref=reference(dispute.disputed_payment.payment_id) if dispute.disputed_payment else None,
        case_ref=reference(dispute.brand_dispute_id),
        network=_network(dispute, notes, on),
        reason_code=_reason(dispute, notes, on),
        due_at=due_at,
        due_state="unsaid" if due_at is None else "said",
        opened_at=instant(dispute.created_at, "created_at", notes),
        is_slot_spent=_SLOTS.get(move or ""),
        legs=_legs(move, minor, currency),
    )


def _amount(telling: Telling, dispute: Dispute, notes: Notes, at: int) -> tuple[int | None, str | None]:
    """Amount and currency, or neither: what is missing or no amount stays unknown, never zero."""
    try:
        minor, currency = amount(telling, dispute.amount_money, "amount_money", at)
        if minor < 0:
            raise MoneyRefused("", f"{minor}", "an amount of 0 or more")
    except MoneyRefused as error:
        notes.add("square.amount", "amount_money", error.found, error.wanted)
        return None, None
    return minor, currency


def _network(dispute: Dispute, notes: Notes, on: dt.date) -> str | None:
    network = meaning("card_brand", dispute.card_brand, on)
    if dispute.card_brand is not None and network is None:
        notes.unknown("card_brand", dispute.card_brand, "card_brand")
    return None if network == "unknown" else network


def _reason(dispute: Dispute, notes: Notes, on: dt.date) -> str | None:
    """Square's own word: it gives no code of the network's."""
    if dispute.reason is not None and meaning("reason", dispute.reason, on) is None:
        notes.unknown("reason", dispute.reason, "reason")
    return reference(dispute.reason)


def _legs(move: str | None, minor: int | None, currency: str | None) -> tuple[Told, ...]:
    """The legs that a state announces: taken when a chargeback is filed, given back when it is won."""
    if move not in _DEBITED or not minor or currency is None:
        return ()
    debit = Told("debit", 1, minor, currency)
    return (debit, Told("credit", 1, minor, currency)) if move == "chargeback_won" else (debit,)
