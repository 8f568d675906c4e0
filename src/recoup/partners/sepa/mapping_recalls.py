"""Recalls and their answers: a request for money back, which is no return until somebody says yes.

A camt.056 asks the other side to cancel or give back a payment, direct debit or credit transfer; a
camt.029 answers it. Case and answer meet by the case that the recall opened, else by the payment
itself. Which side asks, the feed says: what came to us asks us or answers us, what is on `sent` is
our own. Neither moves money: what is given back comes as a return (pacs.004) or on the statement.
"""

from recoup.domain.observation import Said
from recoup.formats.iso20022_pieces import Money, Transaction
from recoup.partners.contract import Placed
from recoup.partners.sepa.mapping import Telling
from recoup.partners.sepa.telling import CODES, NAME, code_of, instant
from recoup.partners.sepa.wire import case_of, given


def take_recall(telling: Telling, told: Transaction) -> None:
    """Add a recall that came to us, or the answer to ours."""
    _take(telling, told, "recall")


def take_sent(telling: Telling, told: Transaction) -> None:
    """Add a recall that we sent, or our answer to one."""
    _take(telling, told, "recall_sent")


def _take(telling: Telling, told: Transaction, asked: str) -> None:
    name = _case(told)
    if name is None:
        wanted = "OrgnlTxId, OrgnlEndToEndId or OrgnlInstrId"
        telling.refuse("sepa.reference", told.line, "nothing that names the payment", wanted)
        return
    at = instant(told.header.created_at, telling.arrived.zone)
    if at is None:
        telling.refuse("sepa.day", told.line, "no time of the message", "Assgnmt/CreDtTm")
        return
    notes = telling.notes(told.line, name)
    is_answer = told.header.message == "camt.029"
    status = (told.status or told.header.confirmation) if is_answer else None
    move = CODES.meaning("confirmation", status or "") if is_answer else CODES.meaning("move", asked)
    if move is None:
        notes.unknown("Sts/Conf" if told.status is None else "TxCxlSts", status, "confirmation")
    code, _ = code_of(told.reasons, notes)
    if code is not None and CODES.meaning("recall_reason", code) is None:
        notes.unknown("Rsn/Cd", code, "recall_reason")
    said = Said(
        partner_dispute_id=name,
        form="event",
        occurred_at=at,
        move=move or "unknown",
        record_id=f"{told.header.message} {told.id or told.header.id or ''} {name}",
        kind="request",
        partner_status=" ".join(word for word in (told.header.message, status, code) if word),
        amount_minor=_minor(told.original),
        currency=told.original.currency if told.original is not None and _minor(told.original) is not None else None,
        payment_ref=case_of(told),
        case_ref=case_of(told),
        network=NAME,
        reason_code=None if is_answer else code,
        opened_at=None if is_answer else at,
    )
    telling.reading.observations.append(Placed(telling.position, said))
    telling.find(*notes.found)


def _case(told: Transaction) -> str | None:
    """Name the recall by the payment: banks' own id of it is in both messages, and never used again."""
    name = given(told.transaction) or case_of(told)
    if name is not None:
        return f"recall/{name}"
    return None if (case := given(told.header.case)) is None else f"recall/case/{case}"


def _minor(amount: Money | None) -> int | None:
    return None if amount is None else amount.minor
