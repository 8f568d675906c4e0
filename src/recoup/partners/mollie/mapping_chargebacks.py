"""What a Mollie chargeback says: that it came, and whether it was reversed.

It has no status: it stands as at its reversal, else as at its creation. With a reason it is a bank debit that
came back, and that is the decision; without one it is a card's, and open until it is reversed.
Amounts are read by their size, since Mollie's own texts disagree on their sign.
"""

import datetime as dt
from typing import Any, get_args

from recoup.domain.findings import Notes
from recoup.domain.instants import local_day
from recoup.domain.legs import Told
from recoup.domain.observation import Nature, Said
from recoup.errors import MoneyRefused
from recoup.formats.plain_text import reference
from recoup.partners.contract import Placed, Reading
from recoup.partners.mollie.telling import amount, instant, meaning
from recoup.partners.mollie.wire import Chargeback
from recoup.partners.telling import Telling, refuse, shaped

_NATURES: dict[str, Nature] = {nature: nature for nature in get_args(Nature)}


def take_chargeback(telling: Telling, record: Any, reading: Reading) -> None:
    """Add what a chargeback says; without an id it is nobody's dispute, and is quarantined."""
    chargeback = shaped(telling, record, Chargeback, reading)
    if chargeback is None:
        return
    name = reference(chargeback.id)
    if name is None:
        refuse(telling, reading, "mollie.chargeback_id", "no id", "the id of a chargeback, chb_…")
        return
    notes = telling.notes(name)
    said = _said(telling, name, chargeback, notes)
    reading.observations.append(Placed(telling.position, said))
    reading.findings.extend(notes.found)
    if telling.form == "event" and said.amount_minor is None:
        reading.fetch.append(name)


def _said(telling: Telling, name: str, chargeback: Chargeback, notes: Notes) -> Said:
    opened_at = instant(chargeback.createdAt, "createdAt", notes)
    reversed_at = instant(chargeback.reversedAt, "reversedAt", notes)
    at = next((when for when in (reversed_at, opened_at) if when is not None), telling.at)
    on = local_day(at, "UTC")
    code = reference(chargeback.reason.code) if chargeback.reason else None
    sort = _sort(code, notes, on)
    is_return = code is not None
    move = _move(is_return, chargeback.reversedAt is not None)
    minor, currency = _amount(telling, chargeback, notes, at)
    return Said(
        partner_dispute_id=name,
        form=telling.form,
        occurred_at=at,
        move=move,
        record_id=telling.record_id,
        kind="return" if is_return else "dispute",
        nature=_NATURES.get(sort or ""),
        partner_status="reversed" if chargeback.reversedAt is not None else "received",
        amount_minor=minor,
        currency=currency,
        payment_ref=reference(chargeback.paymentId),
        network=None if sort is None else "sepa",
        reason_code=code,
        due_state="none_allowed" if is_return else "unsaid",
        opened_at=opened_at,
        legs=_legs(chargeback.reversedAt is not None, minor, currency),
    )


def _sort(code: str | None, notes: Notes, on: dt.date) -> str | None:
    """What sort of return a reason code of SEPA is; None for no code, and with a note for one that is not known."""
    if code is None:
        return None
    sort = meaning("reason", code, on)
    if sort is None:
        notes.unknown("reason", code, "reason")
    return sort


def _move(is_return: bool, is_reversed: bool) -> str:
    if is_return:
        return "won" if is_reversed else "return_final"
    return "chargeback_won" if is_reversed else "chargeback_opened"


def _amount(telling: Telling, chargeback: Chargeback, notes: Notes, at: int) -> tuple[int | None, str | None]:
    """The size of the amount and its currency, or neither: what is missing or no amount stays unknown."""
    try:
        minor, currency = amount(telling, chargeback.amount, "amount", at)
    except MoneyRefused as error:
        notes.add("mollie.amount", "amount", error.found, error.wanted)
        return None, None
    return abs(minor), currency


def _legs(is_reversed: bool, minor: int | None, currency: str | None) -> tuple[Told, ...]:
    """Taken from the balance when it came, and given back when it was reversed."""
    if not minor or currency is None:
        return ()
    debit = Told("debit", 1, minor, currency)
    return (debit, Told("credit", 1, minor, currency)) if is_reversed else (debit,)
