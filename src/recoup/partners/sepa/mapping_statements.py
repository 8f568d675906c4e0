"""Returns as our bank books them: the transactions of statements and notifications that took a collection back.

A booked debit of ours with `RtrInf`, or with a bank transaction code that means it, is a return; all
other entries are the account's own business, counted and silent. What is only pending is not told.
A batch of returns that names no transaction is money about disputes that it does not name: it is
told as such, once, and somebody must ask the bank.
"""

from recoup.domain.findings import Finding, Notes
from recoup.domain.ids import money_line_id
from recoup.domain.instants import local_day
from recoup.domain.money_line import MoneyLine
from recoup.formats.iso20022_pieces import Detail, Entry, Money, Reason
from recoup.formats.plain_text import reference
from recoup.partners.sepa.mapping import Telling
from recoup.partners.sepa.telling import CODES, NAME, Returned, code_of, identity, instant, nature_of, split, step_of
from recoup.partners.sepa.wire import IBAN, case_of, given

_ANY_ACCOUNT = "default"
_TRANSFERS = ("PMNT/ICDT", "PMNT/RCDT", "PMNT/IRCT", "PMNT/RRCT")
"""Families of credit transfers, issued and received, instant ones among them."""
_RECEIVED = "PMNT/RDDT"


def take_entry(telling: Telling, entry: Entry) -> None:
    """Add the returns of an entry, or of a part of one with very many transactions.

    A report within the day (camt.052) adds none: the statement tells them again, and what it tells may be taken back.
    """
    if entry.statement.header.message == "camt.052":
        for _ in entry.transactions or range(int(entry.is_last and not entry.details)):
            telling.count()
        return
    if not entry.details and entry.is_last:
        telling.count()
        if _is_booked(telling, entry) and _means_return(entry.bank_code) and _is_ours(telling, entry):
            _take_unnamed(telling, entry)
        return
    is_booked = _is_booked(telling, entry) if entry.transactions else False
    for detail in entry.transactions:
        telling.count()
        if is_booked and (detail.reason is not None or _means_return(detail.bank_code or entry.bank_code)):
            _take_detail(telling, entry, detail)


def _take_detail(telling: Telling, entry: Entry, detail: Detail) -> None:
    is_credit = entry.is_credit if detail.is_credit is None else detail.is_credit
    code = entry.bank_code or detail.bank_code or ""
    if code.startswith(_TRANSFERS):
        telling.transfers += 1
    elif is_credit:
        found = "a return that credits our account"
        check = "sepa.debtor_side" if code.startswith(_RECEIVED) else "sepa.direction"
        telling.refuse(check, entry.line, found, "returns of our own collections, which debit it")
    elif _is_ours(telling, entry):
        _take_return(telling, entry, detail)


def _take_return(telling: Telling, entry: Entry, detail: Detail) -> None:
    name = case_of(detail)
    at = instant(entry.booked_at or entry.value_at, telling.arrived.zone)
    amount = detail.amount or (entry.amount if entry.details == 1 else None)
    if name is None:
        telling.refuse("sepa.reference", entry.line, "nothing that names the collection", "EndToEndId or TxId")
    elif at is None:
        telling.refuse("sepa.day", entry.line, "no day of booking", "BookgDt")
    elif amount is None or not amount.minor or amount.minor < 0:
        telling.refuse("sepa.amount", entry.line, "no amount of a currency", "the amount that was returned")
    elif telling.is_repeated(identity(name)):
        wanted = "an end-to-end id for each collection, and each return once"
        telling.refuse("sepa.repeated", entry.line, "a second return of one collection", wanted)
    else:
        notes = telling.notes(entry.line, name)
        telling.tell(_returned(telling, entry, detail, name, at, amount, notes), notes)


def _returned(
    telling: Telling, entry: Entry, detail: Detail, name: str, at: int, amount: Money, notes: Notes
) -> Returned:
    why = detail.reason or Reason()
    code, why = code_of((why,), notes)
    step = "refund" if step_of(code, is_before=False) == "refund" else "return"
    message = entry.statement.header.message
    charges = detail.charges or (entry.charges if entry.details == 1 else ())
    for charge in charges:
        if charge.is_included is False:
            found = f"{charge.amount.text} {charge.amount.currency or ''} beside the amount".strip()
            notes.add("sepa.charge_apart", "Chrgs", found, "a booking of its own", "note")
    within = [charge for charge in charges if charge.is_included is not False]
    booked = reference(entry.servicer_reference) or reference(entry.reference)
    return Returned(
        name=name,
        position=telling.position,
        step="refund" if step == "refund" else "return",
        at=at,
        record_id=f"{message} {booked or ''} {name}",
        status=" ".join(word for word in (message, step, code) if word),
        reason=code,
        # No statement says when the collection settled, so only the originator can tell the meanings of MD01 apart.
        nature=nature_of(code, why, "return", None, None, notes),
        amounts=split(amount, detail.instructed, None, within, notes, is_refund=step == "refund"),
        has_moved=True,
        batch=booked,
        reference=reference(detail.servicer_reference),
    )


def _take_unnamed(telling: Telling, entry: Entry) -> None:
    """A batch of returns without its transactions: money about disputes, and nothing says which."""
    at, minor = instant(entry.booked_at or entry.value_at, telling.arrived.zone), entry.amount.minor
    name = given(entry.servicer_reference)
    if at is None or name is None or minor is None or entry.is_credit:
        telling.refuse(
            "sepa.unnamed", entry.line, "returns without transaction, day or reference", "their transactions"
        )
        return
    count = entry.stated_transactions
    found = f"{count if count is not None else 'an unknown number of'} returns in one entry, none of them named"
    telling.find(Finding("sepa.unnamed", telling.where(entry.line), found, "their transactions: ask the bank", "warn"))
    telling.reading.money_lines.append(_unnamed(telling, entry, name, minor, at))


def _unnamed(telling: Telling, entry: Entry, name: str, minor: int, at: int) -> MoneyLine:
    arrived, named = telling.arrived, f"entry/{name}"
    return MoneyLine(
        id=money_line_id(NAME, arrived.account, named),
        partner=NAME,
        account=arrived.account,
        feed=arrived.feed,
        delivery=arrived.delivery,
        position=telling.position,
        identity=named,
        kind="dispute",
        partner_kind=entry.bank_code,
        dispute=None,
        partner_dispute_id=None,
        payment_ref=None,
        cycle=None,
        batch=name,
        gross_minor=-minor,
        fee_minor=0,
        net_minor=-minor,
        currency=entry.amount.currency or "",
        original_minor=None,
        original_currency=None,
        occurred_at=at,
        effective_on=local_day(at, arrived.zone).isoformat(),
        reference=reference(entry.information),
        landed_at=arrived.landed_at,
    )


def _means_return(code: str | None) -> bool:
    """Whether a bank transaction code says that a collection came back; German banks write more after theirs."""
    return code is not None and any(
        CODES.meaning("bank_code", told) == "return" for told in (code, "+".join(code.split("+")[:2]))
    )


def _is_booked(telling: Telling, entry: Entry) -> bool:
    status = entry.status or "BOOK"
    meaning = CODES.meaning("entry_status", status)
    if meaning is None and entry.is_last:
        notes = telling.notes(entry.line)
        notes.unknown("Sts", status, "entry_status")
        telling.find(*notes.found)
    return meaning == "booked"


def _is_ours(telling: Telling, entry: Entry) -> bool:
    """Whether the entry is of our account, where that is an IBAN; another's is quarantined."""
    ours, stated = telling.arrived.account, entry.statement.account
    if ours == _ANY_ACCOUNT or not IBAN.fullmatch(ours) or stated is None or stated == ours:
        return True
    telling.refuse(
        "sepa.foreign_account", entry.line, f"account ending in {stated[-4:]}", "the account of this delivery"
    )
    return False
