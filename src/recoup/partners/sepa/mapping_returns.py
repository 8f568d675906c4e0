"""Rejects, returns, refunds and reversals, as the messages between creditor, bank and bank tell them.

A status report (pain.002, pacs.002) says that a collection was refused. Told before the day of
settlement it is a reject, and no money moved; told after it, banks use it for returns too, and then
the statement shows the money; where the days are not told, it is not known which. A pacs.004 is a
return or a refund, and the money with it. A pacs.007 is our own reversal: it gives the payer the
money back, so it is no dispute, and what comes back after it came back twice.
"""

from recoup.domain.findings import Notes
from recoup.domain.observation import Said
from recoup.formats.iso20022_pieces import Money, Transaction
from recoup.formats.plain_text import reference
from recoup.partners.contract import Placed
from recoup.partners.sepa.mapping import Telling
from recoup.partners.sepa.telling import (
    CODES,
    NAME,
    Amounts,
    Returned,
    Step,
    code_of,
    day,
    identity,
    instant,
    is_late,
    nature_of,
    split,
    step_of,
)
from recoup.partners.sepa.wire import case_of, is_direct_debit


def take_status(telling: Telling, told: Transaction) -> None:
    """Add a collection that was refused; what was accepted says nothing here."""
    notes = telling.notes(told.line, case_of(told))
    # What is said of a whole batch is said of each of its transactions only where all are rejected.
    status = told.status or ("RJCT" if told.group_status == "RJCT" else None)
    meaning = None if status is None else CODES.meaning("status", status)
    if meaning is None:
        notes.unknown("TxSts", status, "status")
    elif meaning == "rejected":
        _take_refused(telling, told, notes)
        return
    telling.find(*notes.found)


def _take_refused(telling: Telling, told: Transaction, notes: Notes) -> None:
    name = _name(telling, told)
    if name is None:
        return
    zone = telling.arrived.zone
    settled, heard = day(told.original_settled_on, zone), day(told.header.created_at, zone)
    code, why = code_of(told.reasons, notes)
    step = step_of(code, is_before=None if settled is None or heard is None else heard <= settled)
    scheme = _scheme(told, notes)
    record_id = f"{told.header.message} {told.id or told.header.id or ''} {name}"
    returned = Returned(
        name=name,
        position=telling.position,
        step=step,
        at=instant(told.header.created_at, zone) or telling.arrived.landed_at,
        record_id=record_id,
        status=_status(told, code, step),
        reason=code,
        nature=nature_of(code, why, step, scheme, is_late(settled, heard, scheme), notes),
        amounts=_refused_amount(told.original, notes),
        has_moved=False,
    )
    if step == "unsaid":
        notes.add("sepa.settled", "TxSts", "a rejection without day of settlement", "whether money had moved", "note")
    telling.tell(returned, notes)


def _refused_amount(original: Money | None, notes: Notes) -> Amounts | None:
    if original is None:
        return None
    if original.minor is None or original.currency is None:
        notes.add("sepa.amount", "OrgnlTxRef", "no amount of a currency", "the collection's amount", "warn")
        return None
    return Amounts(original.currency, original.minor)


def take_return(telling: Telling, told: Transaction) -> None:
    """Add a collection that was returned or refunded after it had settled."""
    name = _name(telling, told)
    if name is None:
        return
    if told.returned is None or not told.returned.minor or told.returned.minor < 0:
        telling.refuse("sepa.amount", told.line, "no amount that was returned", "RtrdIntrBkSttlmAmt")
        return
    zone, notes = telling.arrived.zone, telling.notes(told.line, name)
    settled = told.settled_on or told.header.created_at
    at = instant(settled, zone)
    if at is None:
        telling.refuse("sepa.day", told.line, "no day on which it settles", "IntrBkSttlmDt")
        return
    if telling.is_repeated(identity(name)):
        wanted = "an end-to-end id for each collection, and each return once"
        telling.refuse("sepa.repeated", told.line, "a second return of one collection", wanted)
        return
    code, why = code_of(told.reasons, notes)
    step, scheme = step_of(code, is_before=False), _scheme(told, notes)
    late = is_late(day(told.original_settled_on, zone), day(settled, zone), scheme)
    returned = Returned(
        name=name,
        position=telling.position,
        step="refund" if step == "refund" else "return",
        at=at,
        record_id=f"{told.header.message} {told.id or told.header.id or ''} {name}",
        status=_status(told, code, step),
        reason=code,
        nature=nature_of(code, why, step, scheme, late, notes),
        amounts=split(told.returned, told.original, told.compensation, told.charges, notes, is_refund=step == "refund"),
        has_moved=True,
        batch=reference(told.header.id),
        reference=reference(told.id),
    )
    telling.tell(returned, notes)


def take_reversal(telling: Telling, told: Transaction) -> None:
    """Add our own reversal of a collection: the payer has its money back, and nobody disputed anything."""
    name = _name(telling, told)
    if name is None:
        return
    notes, zone = telling.notes(told.line, name), telling.arrived.zone
    at = instant(told.settled_on or told.header.created_at, zone)
    if at is None:
        telling.refuse("sepa.day", told.line, "no day on which it settles", "IntrBkSttlmDt")
        return
    code, _ = code_of(told.reasons, notes)
    if code is not None and CODES.meaning("nature", code) is None:
        notes.unknown("Rsn/Cd", code, "nature")
    reversed_ = told.returned or told.original
    amount = None if reversed_ is None else reversed_.minor
    said = Said(
        partner_dispute_id=name,
        form="event",
        occurred_at=at,
        move=CODES.meaning("move", "reversal") or "unknown",
        record_id=f"{told.header.message} {told.id or told.header.id or ''} {name}",
        kind="return",
        nature="administrative",
        partner_status=f"{told.header.message} {code or ''}".strip(),
        amount_minor=amount,
        currency=reversed_.currency if reversed_ is not None and amount is not None else None,
        payment_ref=name,
        case_ref=name,
        network=NAME,
        reason_code=code,
    )
    telling.reading.observations.append(Placed(telling.position, said))
    telling.find(*notes.found)


def _name(telling: Telling, told: Transaction) -> str | None:
    """Name the collection; without a name it is quarantined, and a credit transfer is only counted."""
    if is_direct_debit(told) is False:
        telling.transfers += 1
        return None
    name = case_of(told)
    if name is None:
        wanted = "OrgnlEndToEndId, OrgnlTxId or OrgnlInstrId"
        telling.refuse("sepa.reference", told.line, "nothing that names the collection", wanted)
    return name


def _scheme(told: Transaction, notes: Notes) -> str | None:
    if told.scheme is None:
        return None
    found = CODES.meaning("scheme", told.scheme)
    if found is None:
        notes.unknown("LclInstrm/Cd", told.scheme, "scheme")
    return found


def _status(told: Transaction, code: str | None, step: Step) -> str:
    return " ".join(word for word in (told.header.message, step, told.status, code) if word)
