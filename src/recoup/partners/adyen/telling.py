"""One dispute event of Adyen, as a webhook or a report told it, and what it says in our words.

Webhook and report name the same events; both become `Heard`, and one function makes the observation
of it. What no vocabulary knows stays unknown, with a finding. Pure; the words are in `codes.csv`.
"""

import datetime as dt
import re
from pathlib import Path
from typing import get_args

import msgspec

from recoup.domain.codes import read_vocabulary, reason_as_stated
from recoup.domain.findings import Notes
from recoup.domain.instants import local_day
from recoup.domain.legs import Told
from recoup.domain.observation import DueState, Form, Kind, Said
from recoup.domain.tables import ach_return_codes, reason_codes, sepa_reason_codes

NAME = "adyen"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "adyen/codes.csv")

_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_LEGS: dict[str, Told] = {
    "d1": Told("debit", 1, 0, ""),
    "c1": Told("credit", 1, 0, "", None, True),
    "d2": Told("debit", 2, 0, ""),
}
"""Legs without amounts, by the short name that codes.csv has; money back may be taken again."""
_CARD_NETWORKS = frozenset(row.network for row in reason_codes())
_ARN = re.compile(r"[0-9]{11,23}")


class Heard(msgspec.Struct, frozen=True, gc=False):
    """One event about one dispute, by its webhook's name for it. Amounts are minor units of ISO 4217."""

    dispute: str
    form: Form
    at: int
    event: str
    record_id: str
    status: str | None = None
    is_done: bool = True
    """False where Adyen says that the event did not succeed: then nothing of it happened."""
    method: str | None = None
    scheme: str | None = None
    reason: str | None = None
    amount: int | None = None
    currency: str | None = None
    payment: str | None = None
    arn: str | None = None
    due_at: int | None = None
    due_state: DueState = "unsaid"


def said(heard: Heard, notes: Notes) -> Said:
    """Give the observation that an event is, with notes about the words that nobody knows."""
    on = local_day(heard.at, "UTC")
    network = _network(heard, notes, on)
    kind = _kind(heard, on)
    return Said(
        partner_dispute_id=heard.dispute,
        form=heard.form,
        occurred_at=heard.at,
        move=_move(heard, kind, network, notes, on),
        record_id=heard.record_id,
        kind=kind,
        partner_status=_status(heard),
        amount_minor=heard.amount if heard.is_done else None,
        currency=heard.currency if heard.is_done else None,
        payment_ref=heard.payment,
        case_ref=_case(heard, notes),
        network=network,
        reason_code=_reason(heard, network, notes, on),
        due_at=heard.due_at,
        due_state=heard.due_state,
        opened_at=heard.at if CODES.meaning("opens", heard.event, on) and heard.is_done else None,
        is_slot_spent=True if heard.is_done and _refined("slot", heard, on) else None,
        legs=_legs(heard, on),
    )


def _move(heard: Heard, kind: Kind | None, network: str | None, notes: Notes, on: dt.date) -> str:
    """The move of the event, refined by the dispute's status where there is one."""
    if not heard.is_done:
        notes.add("adyen.not_done", "success", f"{heard.event} without success", "an event that happened", "warn")
        return "unknown"
    vocabulary = "event_of_return" if kind == "return" else "event"
    move = _refined(vocabulary, heard, on) or _refined("event", heard, on)
    if move is None:
        notes.unknown("eventCode", heard.event, "event")
        return "unknown"
    if heard.status is not None and CODES.meaning(vocabulary, f"{heard.event}/{heard.status}", on) is None:
        notes.unknown("disputeStatus", heard.status, f"dispute statuses of {heard.event}")
    if move == "chargeback_reversed" and _is_allocation(network, heard.reason, on):
        return "chargeback_credited"
    return move


def _refined(vocabulary: str, heard: Heard, on: dt.date) -> str | None:
    """What an event means with its status, else what it means at all."""
    with_status = CODES.meaning(vocabulary, f"{heard.event}/{heard.status}", on) if heard.status else None
    return with_status or CODES.meaning(vocabulary, heard.event, on)


def _is_allocation(network: str | None, reason: str | None, on: dt.date) -> bool:
    """Visa's allocation knows no representment: the credit is given at the stage where the dispute stands."""
    row = reason_as_stated(network, reason, on) if network == "visa" and reason else None
    return row is not None and row.flow == "allocation"


def _kind(heard: Heard, on: dt.date) -> Kind | None:
    event = CODES.meaning("kind", heard.event, on)
    payment = None if heard.method is None else CODES.meaning("payment_kind", heard.method, on)
    if not heard.is_done or (event is None and CODES.meaning("event", heard.event, on) is None):
        return None
    return _KINDS[event or payment or "dispute"]


def _status(heard: Heard) -> str:
    said_so = heard.event if heard.status is None else f"{heard.event}/{heard.status}"
    return said_so if heard.is_done else f"{said_so} (not done)"


def _network(heard: Heard, notes: Notes, on: dt.date) -> str | None:
    """The network of the scheme where one is named, else of the payment method, whose wallet stands after `_`."""
    if heard.scheme is not None and CODES.meaning("network", heard.scheme, on) is None:
        notes.unknown("schemeCode", heard.scheme, "network")
    for word in (heard.scheme, heard.method, (heard.method or "").partition("_")[0]):
        network = CODES.meaning("network", word, on) if word else None
        if network is not None:
            return network
    return None


def _reason(heard: Heard, network: str | None, notes: Notes, on: dt.date) -> str | None:
    code = heard.reason
    if code is not None and network is not None and not _is_known_reason(network, code, on):
        notes.unknown("reasonCode", code, f"reason codes of {network}")
    return code


def _is_known_reason(network: str, code: str, on: dt.date) -> bool:
    """Whether the tables know the code; of a network without a table nothing can be said."""
    if network == "ach":
        return any(row.code == code for row in ach_return_codes())
    if network == "sepa":
        return any(row.code == code for row in sepa_reason_codes())
    return network not in _CARD_NETWORKS or reason_as_stated(network, code, on) is not None


def _case(heard: Heard, notes: Notes) -> str | None:
    if heard.arn is None or _ARN.fullmatch(heard.arn):
        return heard.arn
    notes.add("adyen.arn", "arn", "a reference with other characters than digits", "11 to 23 digits", "warn")
    return None


def _legs(heard: Heard, on: dt.date) -> tuple[Told, ...]:
    """The leg that the event announces: only where it happened, and with an amount."""
    leg = _LEGS.get(CODES.meaning("leg", heard.event, on) or "")
    if leg is None or not heard.is_done or not heard.amount or heard.currency is None:
        return ()
    return (msgspec.structs.replace(leg, amount_minor=heard.amount, currency=heard.currency),)
