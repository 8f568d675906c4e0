"""What a Braintree dispute says: one observation, its legs and what is odd about it.

Kind and status together say where it stands. An expired one may still be won or lost, so that is no
last word. A pre-arbitration is a dispute of its own, with the first one's id, which makes the two one
chain.
"""

import datetime as dt
from typing import get_args

from recoup.domain.codes import reason_as_stated
from recoup.domain.findings import Notes
from recoup.domain.instants import local_day
from recoup.domain.legs import Told
from recoup.domain.observation import DueState, Kind, Said
from recoup.domain.tables import reason_codes
from recoup.formats.plain_text import reference
from recoup.partners.braintree.telling import beginning, instant, meaning, minor
from recoup.partners.braintree.wire import Dispute
from recoup.partners.contract import Placed, Reading
from recoup.partners.telling import Telling, refuse

_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_NETWORKS_WITH_CODES = frozenset(row.network for row in reason_codes())
_DEBITING = "chargeback"
"""The kind whose amount Braintree takes when the dispute opens."""
_AWAITS_ANSWER = "open"


def add_dispute(telling: Telling, dispute: Dispute, reading: Reading) -> None:
    """Add what a dispute says; without an id it is nobody's dispute, and is quarantined."""
    name = reference(dispute.id)
    if name is None:
        refuse(telling, reading, "braintree.dispute_id", "no id", "the id of a dispute")
        return
    notes = telling.notes(name)
    said = _said(telling, name, dispute, notes)
    reading.observations.append(Placed(telling.position, said))
    reading.findings.extend(notes.found)
    if telling.form == "event" and (said.amount_minor is None or said.move == "unknown"):
        reading.fetch.append(name)


def _said(telling: Telling, name: str, dispute: Dispute, notes: Notes) -> Said:
    on = local_day(telling.at, "UTC")
    status = _status(telling, dispute, notes, on)
    amount = minor(telling, dispute.amount, dispute.currency, "amount-disputed", notes)
    if amount is None and not notes.found:
        notes.add("braintree.amount", "amount-disputed", "no amount or no currency", "both", "warn")
    network = _network(dispute, notes, on)
    due_at, due_state = _due(telling, dispute, status, notes)
    return Said(
        partner_dispute_id=name,
        form=telling.form,
        occurred_at=telling.at,
        move=_move(dispute, status, notes, on),
        record_id=telling.record_id,
        kind=_kind(dispute, notes, on),
        partner_status="/".join(word for word in (reference(dispute.kind), reference(status)) if word) or None,
        amount_minor=amount,
        currency=None if amount is None else dispute.currency,
        payment_ref=reference(dispute.transaction_id),
        case_ref=reference(dispute.original_dispute_id),
        network=network,
        reason_code=_reason(dispute, network, notes, on),
        due_at=due_at,
        due_state=due_state,
        opened_at=_opened_at(telling, dispute, notes),
        is_slot_spent={"disputed": True, "open": False}.get(status or ""),
        legs=_legs(telling, dispute, status, amount, notes),
    )


def _status(telling: Telling, dispute: Dispute, notes: Notes, on: dt.date) -> str | None:
    """The object's status, else the one that the kind of the message names; the object counts where they differ."""
    named = meaning("event", telling.event, on)
    if telling.event is not None and named is None:
        notes.unknown("kind", telling.event, "event")
    if dispute.status is not None and named is not None and named != dispute.status:
        notes.add("braintree.event_conflict", "status", f"{telling.event} with another status", f"status {named}")
    return dispute.status or named


def _move(dispute: Dispute, status: str | None, notes: Notes, on: dt.date) -> str:
    program = dispute.pre_dispute_program
    word = f"{dispute.kind}/{status}" if dispute.kind else f"chargeback/{status}"
    move = meaning("program_status", f"{program}/{status}", on) or meaning("kind_status", word, on)
    if move is None:
        notes.unknown("status", word, "kind_status")
        return "unknown"
    return move


def _kind(dispute: Dispute, notes: Notes, on: dt.date) -> Kind | None:
    """What kind of case it is: a retrieval is a request, a case that Visa's RDR resolved a resolution."""
    program = meaning("pre_dispute_program", dispute.pre_dispute_program, on)
    if dispute.pre_dispute_program is not None and program is None:
        notes.unknown("pre-dispute-program", dispute.pre_dispute_program, "pre_dispute_program")
    if program in _KINDS:
        return _KINDS[program]
    kind = meaning("kind", dispute.kind or _DEBITING, on)
    if kind is None:
        notes.unknown("kind", dispute.kind, "kind")
        return None
    return _KINDS[kind]


def _network(dispute: Dispute, notes: Notes, on: dt.date) -> str | None:
    word = dispute.payment_instrument_subtype
    network = meaning("network", word, on)
    if word is not None and network is None:
        notes.unknown("payment-instrument-subtype", word, "network")
    return network


def _reason(dispute: Dispute, network: str | None, notes: Notes, on: dt.date) -> str | None:
    """The network's code where Braintree gives one, else Braintree's own word."""
    if dispute.reason is not None and meaning("reason", dispute.reason, on) is None:
        notes.unknown("reason", dispute.reason, "reason")
    code = reference(dispute.reason_code)
    if code is not None and network in _NETWORKS_WITH_CODES and reason_as_stated(network, code, on) is None:
        notes.unknown("reason-code", code, f"reason codes of {network}")
    return code or reference(dispute.reason)


def _due(telling: Telling, dispute: Dispute, status: str | None, notes: Notes) -> tuple[int | None, DueState]:
    """Until when an open dispute is to be answered: the instant where one is told, else the beginning of the day."""
    if status != _AWAITS_ANSWER:
        return None, "unsaid"
    due_at = instant(dispute.response_deadline, "responseDeadline", notes)
    if due_at is None:
        due_at = beginning(dispute.reply_by_date, "reply-by-date", telling.arrived.zone, notes)
    return due_at, "unsaid" if due_at is None else "said"


def _opened_at(telling: Telling, dispute: Dispute, notes: Notes) -> int | None:
    created_at = instant(dispute.created_at, "created-at", notes)
    if created_at is not None:
        return created_at
    day = dispute.date_opened or dispute.received_date
    return beginning(day, "received-date", telling.arrived.zone, notes)


def _legs(telling: Telling, dispute: Dispute, status: str | None, amount: int | None, notes: Notes) -> tuple[Told, ...]:
    """The debit of a chargeback, and what a won one gives back: the amount won, which may be less."""
    if not amount or dispute.currency is None or (dispute.kind or _DEBITING) != _DEBITING:
        return ()
    debit = Told("debit", 1, amount, dispute.currency)
    if status != "won":
        return (debit,)
    won = minor(telling, dispute.amount_won, dispute.currency, "amount-won", notes)
    if won is not None and won != amount:
        notes.add("braintree.amount_won", "amount-won", f"{won} of {amount}", "the whole amount of a won one", "warn")
    won = amount if won is None else won
    return (debit, Told("credit", 1, won, dispute.currency)) if won else (debit,)
