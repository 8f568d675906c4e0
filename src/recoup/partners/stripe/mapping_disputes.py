"""What a Stripe dispute object says: one observation, its legs and what is odd about it.

The object says where the dispute stands, by its `status`; the type of the event that carries it
does not, and money events never set an outcome. What no vocabulary knows stays unknown, with a
finding, and is asked for again.
"""

import datetime as dt
from typing import Any, get_args

from recoup.domain.codes import reason_as_stated
from recoup.domain.findings import Notes
from recoup.domain.instants import from_epoch_seconds, local_day
from recoup.domain.legs import LegKind, Told
from recoup.domain.money import canonical_currency
from recoup.domain.observation import DueState, Kind, Said
from recoup.domain.tables import moves, reason_codes
from recoup.errors import MoneyRefused
from recoup.formats.plain_text import reference
from recoup.partners.contract import Placed, Reading
from recoup.partners.stripe.telling import instant, meaning
from recoup.partners.stripe.wire import (
    BalanceTransaction,
    Dispute,
    EarlyFraudWarning,
    EvidenceDetails,
    MethodDetails,
    identifier,
)
from recoup.partners.telling import Telling, minor, refuse, shaped

_DEBITED = frozenset({"chargeback_opened", "chargeback_under_review", "chargeback_won", "chargeback_lost"})
"""Moves that say that the amount was taken: Stripe takes it when the dispute opens."""
_ASKS_FOR_RESPONSE = frozenset({"needs_response", "warning_needs_response"})
_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_NETWORKS_WITH_CODES = frozenset(row.network for row in reason_codes())
_NO_DETAILS = MethodDetails()
_NO_EVIDENCE = EvidenceDetails()


def take_dispute(telling: Telling, record: Any, reading: Reading) -> None:
    """Add what a dispute object says; without an id it is nobody's dispute, and is quarantined."""
    dispute = shaped(telling, record, Dispute, reading)
    if dispute is None:
        return
    name = reference(dispute.id)
    if name is None:
        refuse(telling, reading, "stripe.dispute_id", "no id", "the id of a dispute, dp_… or du_…")
        return
    notes = telling.notes(name)
    said = _said(telling, name, dispute, notes)
    reading.observations.append(Placed(telling.position, said, telling.account))
    reading.findings.extend(notes.found)
    if telling.form == "event" and (said.amount_minor is None or said.move in ("unknown", "closed_unknown")):
        reading.fetch.append(name)


def take_warning(telling: Telling, record: Any, reading: Reading) -> None:
    """Add a fraud notice: counted, with neither stage, clock nor money."""
    warning = shaped(telling, record, EarlyFraudWarning, reading)
    if warning is None:
        return
    name = reference(warning.id)
    if name is None:
        refuse(telling, reading, "stripe.warning_id", "no id", "the id of an early fraud warning, issfr_…")
        return
    said = Said(
        partner_dispute_id=name,
        form=telling.form,
        occurred_at=telling.at,
        move="noticed",
        record_id=telling.record_id,
        kind="notice",
        partner_status=None if warning.actionable is None else f"actionable={str(warning.actionable).lower()}",
        payment_ref=reference(identifier(warning.charge)),
        reason_code=reference(warning.fraud_type),
        opened_at=from_epoch_seconds(warning.created),
    )
    reading.observations.append(Placed(telling.position, said, telling.account))


def _said(telling: Telling, name: str, dispute: Dispute, notes: Notes) -> Said:
    on = local_day(telling.at, "UTC")
    method = dispute.payment_method_details or _NO_DETAILS
    move = _move(telling, dispute, notes, on)
    amount, currency = _amount(telling, dispute, notes)
    network = _network(method, notes, on)
    opened_at = instant(dispute.created, "created", notes)
    due_at, due_state = _due(dispute, notes)
    return Said(
        partner_dispute_id=name,
        form=telling.form,
        occurred_at=telling.at,
        move=move,
        record_id=telling.record_id,
        kind=_kind(method, notes, on),
        partner_status=reference(dispute.status),
        amount_minor=amount,
        currency=currency,
        payment_ref=reference(identifier(dispute.charge)) or reference(identifier(dispute.payment_intent)),
        case_ref=reference(method.paypal.case_id) if method.paypal else None,
        network=network,
        reason_code=_reason(dispute, method, network, notes, on),
        due_at=due_at,
        due_state=due_state,
        opened_at=opened_at,
        is_slot_spent=_is_slot_spent(dispute),
        legs=_legs(telling, dispute, move, amount, currency),
    )


def _move(telling: Telling, dispute: Dispute, notes: Notes, on: dt.date) -> str:
    """The move that the object's status names. A closing that does not say how is neither won nor lost."""
    event = meaning("event", telling.event, on)
    if telling.event is not None and event is None:
        notes.unknown("type", telling.event, "event")
    move = meaning("status", dispute.status, on)
    if move is None:
        notes.unknown("status", dispute.status, "status")
        return "closed_unknown" if event == "closed" else "unknown"
    if event == "closed" and moves()[move].outcome is None:
        notes.add("stripe.event_conflict", "status", f"a closing with status {move}", "a status that ends a dispute")
    return move


def _amount(telling: Telling, dispute: Dispute, notes: Notes) -> tuple[int | None, str | None]:
    """Amount and currency, or neither: what is missing or no amount stays unknown, never zero."""
    if dispute.amount is None or dispute.currency is None:
        notes.add("stripe.amount", "amount", "no amount or no currency", "both", "warn")
        return None, None
    try:
        currency = canonical_currency(dispute.currency)
        amount = minor(telling, dispute.amount, currency, telling.at)
        if amount < 0:
            raise MoneyRefused("", f"{amount}", "an amount of 0 or more")
    except MoneyRefused as error:
        notes.add("stripe.amount", "amount", error.found, error.wanted)
        return None, None
    return amount, currency


def _kind(method: MethodDetails, notes: Notes, on: dt.date) -> Kind:
    case = method.card.case_type if method.card else None
    kind = meaning("case_type", case, on)
    if case is not None and kind is None:
        notes.unknown("case_type", case, "case_type")
    return _KINDS.get(kind or "dispute", "dispute")


def _network(method: MethodDetails, notes: Notes, on: dt.date) -> str | None:
    word = (method.card.brand or method.card.network) if method.card else method.type
    network = meaning("network", word, on)
    if word is not None and network is None:
        notes.unknown("brand", word, "network")
    return None if network == "unknown" else network


def _reason(dispute: Dispute, method: MethodDetails, network: str | None, notes: Notes, on: dt.date) -> str | None:
    """The network's code where Stripe gives one, else Stripe's own word for the reason."""
    if dispute.reason is not None and meaning("reason", dispute.reason, on) is None:
        notes.unknown("reason", dispute.reason, "reason")
    code = _network_code(dispute, method)
    if isinstance(code, int):
        notes.add("stripe.reason_code_type", "network_reason_code", "a number", "text: leading zeros count", "warn")
    code = None if code is None else reference(str(code))
    if code is not None and network in _NETWORKS_WITH_CODES and reason_as_stated(network, code, on) is None:
        notes.unknown("network_reason_code", code, f"reason codes of {network}")
    return code or reference(dispute.reason)


def _network_code(dispute: Dispute, method: MethodDetails) -> str | int | None:
    said = (
        method.card.network_reason_code if method.card else None,
        method.klarna.reason_code if method.klarna else None,
        method.paypal.reason_code if method.paypal else None,
        dispute.network_reason_code,
    )
    return next((code for code in said if code is not None), None)


def _due(dispute: Dispute, notes: Notes) -> tuple[int | None, DueState]:
    """The due time; 0 says that no response is allowed, null says nothing."""
    stated = (dispute.evidence_details or _NO_EVIDENCE).due_by
    stated = dispute.evidence_due_by if stated is None else stated
    if stated == 0:
        return None, "none_allowed"
    due_at = instant(stated, "due_by", notes)
    return due_at, "unsaid" if due_at is None else "said"


def _is_slot_spent(dispute: Dispute) -> bool | None:
    """Whether our one answer is in. A status that asks for a response counts more than what was sent before."""
    sent = (dispute.evidence_details or _NO_EVIDENCE).submission_count
    return None if sent is None else sent > 0 and dispute.status not in _ASKS_FOR_RESPONSE


def _legs(telling: Telling, dispute: Dispute, move: str, amount: int | None, currency: str | None) -> tuple[Told, ...]:
    """The legs that the object announces.

    They are what the balance transactions say, which may take an amount in parts. Before there is
    any, or where the first was converted, the dispute's own amount stands for it; so it does for
    the credit of a won dispute. A lost dispute may have a small credit, and a dispute several of both.
    """
    moved = sorted(dispute.balance_transactions or (), key=lambda txn: (txn.created, txn.id))
    debits = _told(telling, "debit", [txn for txn in moved if txn.amount < 0])
    credits = _told(telling, "credit", [txn for txn in moved if txn.amount > 0])
    if amount is None or currency is None or amount == 0:
        return (*debits, *credits)
    event = meaning("event", telling.event, local_day(telling.at, "UTC"))
    is_taken = bool(debits) or move in _DEBITED or event == "withdrawn"
    if is_taken and (not debits or debits[0].currency != currency):
        debits[:1] = [Told("debit", 1, amount, currency, debits[0].ref if debits else None)]
    is_converted = bool(credits) and credits[0].currency != currency
    if (move == "chargeback_won" and (not credits or is_converted)) or (event == "reinstated" and not credits):
        credits[:1] = [Told("credit", 1, amount, currency, credits[0].ref if credits else None)]
    return (*debits, *credits)


def _told(telling: Telling, leg: LegKind, moved: list[BalanceTransaction]) -> list[Told]:
    told = []
    for cycle, txn in enumerate(moved, start=1):
        currency = canonical_currency(txn.currency)
        told.append(
            Told(leg, cycle, minor(telling, abs(txn.amount), currency, telling.at), currency, reference(txn.id))
        )
    return told
