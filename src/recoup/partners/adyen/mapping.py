"""Adyen's standard webhook: an envelope of items to observations, each item on its own.

An item that nobody signed is quarantined and never read. Items about payments, refunds and reports
are kept and counted. What an event means is in `telling.py`, the dispute report in
`mapping_dispute_report.py`, the shapes in `wire.py`. Pure: bytes in, a reading out.
"""

import re
from typing import Any

from recoup.domain.findings import Finding, Notes, excerpt
from recoup.domain.instants import local_day, parse_instant
from recoup.domain.money import check_currency, unit_rules
from recoup.domain.observation import DueState
from recoup.errors import InstantRefused, MoneyRefused
from recoup.formats.plain_text import reference
from recoup.formats.strict_json import MESSAGE, parse, shape
from recoup.partners.adyen.tables import account_of_report
from recoup.partners.adyen.telling import CODES, NAME, Heard, said
from recoup.partners.adyen.wire import Item, items, text
from recoup.partners.contract import Arrived, Placed, Quarantined, Reading

_REPORT = re.compile(r"(?P<family>[a-z_]+?)_?[0-9]{1,10}(?:_[0-9]{2})*(?:-[A-Za-z0-9]+)?\.csv")
_DISPUTE_WORD = re.compile(r"CHARGEBACK|DISPUTE|ARBITRATION|INFORMATION|FRAUD|ISSUER")
_DISPUTE_KEYS = frozenset({"disputeStatus", "chargebackReasonCode", "nofReasonCode", "rfiReasonCode"})


def read_webhook(arrived: Arrived, body: bytes) -> Reading:
    """Read the items of one message: those about disputes; all others are kept and counted."""
    document = parse(body, MESSAGE, arrived.name)
    if isinstance(document, Finding):
        return Reading(records=1, quarantined=[Quarantined(1, document)])
    sent = items(document)
    if sent is None:
        return _other(arrived, document)
    reading = Reading(records=len(sent))
    for position, item in enumerate(sent, start=1):
        if (why := arrived.refused.get(position)) is not None:
            _refuse(reading, arrived, position, "adyen.unsigned", why, "an item signed by a live key")
        else:
            _read_item(arrived, position, item, reading)
    reading.accepted = reading.records - len(reading.quarantined)
    return reading


def account_of(body: bytes) -> str | None:
    """Give the merchant account that the first item, or a report's first row, names."""
    document = parse(body, MESSAGE)
    sent = None if isinstance(document, Finding) else items(document)
    first = sent[0] if sent else None
    if not isinstance(first, dict):
        return reference(account_of_report(body))
    account = first.get("merchantAccountCode")
    return reference(account) if isinstance(account, str) else None


def _other(arrived: Arrived, document: Any) -> Reading:
    """Messages of platforms, terminals and tokens: kept and counted, but for disputes that issuers raise."""
    kind = document.get("type") if isinstance(document, dict) else None
    reading = Reading(records=1)
    if isinstance(kind, str) and kind.startswith("balancePlatform.dispute."):
        _refuse(reading, arrived, 1, "adyen.issuer_side", "an issuer's dispute", "disputes against our own payments")
    elif not isinstance(document, dict):
        _refuse(reading, arrived, 1, "adyen.message", "no object", "an envelope of items, or an item")
    reading.accepted = 1 - len(reading.quarantined)
    return reading


def _read_item(arrived: Arrived, position: int, document: Any, reading: Reading) -> None:
    where = f"{arrived.name}:{position}"
    item = shape(document, Item, where)
    if isinstance(item, Finding):
        reading.quarantined.append(Quarantined(position, item))
        return
    if not _is_about_dispute(item):
        if CODES.meaning("other_event", item.event_code) == "report":
            _ask_for_report(item, reading)
        return
    name = reference(item.psp_reference)
    if name is None:
        _refuse(reading, arrived, position, "adyen.dispute_id", "no pspReference", "the reference of the dispute")
        return
    notes = Notes(f"{where} {name}")
    heard = _heard(arrived, name, item, notes)
    if heard is None:
        found = excerpt(item.event_date or "")
        _refuse(reading, arrived, position, "adyen.event_date", found, "an instant with its offset")
        return
    reading.observations.append(Placed(position, said(heard, notes), reference(item.merchant_account_code)))
    reading.findings.extend(notes.found)


def _is_about_dispute(item: Item) -> bool:
    """Known dispute events, and unknown ones that look like it: by their name, or by what only disputes carry."""
    if CODES.meaning("event", item.event_code) is not None:
        return True
    if CODES.meaning("other_event", item.event_code) is not None:
        return False
    return bool(_DISPUTE_WORD.search(item.event_code)) or not _DISPUTE_KEYS.isdisjoint(item.additional_data or ())


def _heard(arrived: Arrived, name: str, item: Item, notes: Notes) -> Heard | None:
    """The event that an item tells; None where it does not say when."""
    try:
        at = parse_instant(item.event_date or "")
    except InstantRefused:
        return None
    amount, currency = _amount(arrived, item, at, notes)
    due_at, due_state = _due(item, notes)
    return Heard(
        dispute=name,
        form="event",
        at=at,
        event=reference(item.event_code) or "",
        record_id=_record_id(item),
        status=reference(text(item, "disputeStatus")),
        is_done=_is_done(item, notes),
        method=reference(item.payment_method),
        scheme=reference(_first(item, "chargebackSchemeCode", "nofSchemeCode", "rfiSchemeCode")),
        reason=reference(_first(item, "chargebackReasonCode", "nofReasonCode", "rfiReasonCode")),
        amount=amount,
        currency=currency,
        payment=reference(item.original_reference),
        arn=text(item, "arn"),
        due_at=due_at,
        due_state=due_state,
    )


def _record_id(item: Item) -> str:
    """What makes two items one: there is no event id, so it is what Adyen documents to compare, and the amount.

    The dispute's status is left out: it is not signed, so the same event with another one is a finding.
    """
    parts = (
        item.merchant_account_code,
        item.event_code,
        item.psp_reference,
        item.original_reference,
        item.event_date,
        str(item.success).lower(),
        item.amount.value,
        item.amount.currency,
    )
    return "|".join("" if part is None else str(part) for part in parts)


def _is_done(item: Item, notes: Notes) -> bool:
    word = str(item.success).lower()
    if word not in ("true", "false"):
        notes.unknown("success", None if item.success is None else word, "booleans")
    return word == "true"


def _amount(arrived: Arrived, item: Item, at: int, notes: Notes) -> tuple[int | None, str | None]:
    """Amount and currency in minor units of ISO 4217, or neither: what is missing stays unknown, never zero."""
    value, code = item.amount.value, item.amount.currency
    if value is None or code is None:
        notes.add("adyen.amount", "amount", "no value or no currency", "both", "warn")
        return None, None
    try:
        currency = check_currency(code)
        if value < 0:
            raise MoneyRefused("", f"{value}", "an amount of 0 or more")
        return unit_rules().from_minor(NAME, arrived.feed, currency, value, local_day(at, "UTC")), currency
    except MoneyRefused as error:
        notes.add("adyen.amount", "amount", error.found, error.wanted)
        return None, None


def _due(item: Item, notes: Notes) -> tuple[int | None, DueState]:
    """When the defense period ends; a dispute that cannot be defended has no time to answer by."""
    if _is_false(item, "defendable"):
        return None, "none_allowed"
    ends = text(item, "defensePeriodEndsAt")
    if ends is None:
        return None, "unsaid"
    try:
        return parse_instant(ends), "said"
    except InstantRefused as error:
        notes.add("adyen.instant", "defensePeriodEndsAt", error.found, error.wanted)
        return None, "unsaid"


def _is_false(item: Item, key: str) -> bool:
    return str((item.additional_data or {}).get(key)).strip().lower() == "false"


def _first(item: Item, *keys: str) -> str | None:
    return next((found for key in keys if (found := text(item, key)) is not None), None)


def _ask_for_report(item: Item, reading: Reading) -> None:
    """Ask for the file by its name and our account, both signed; the address in `reason` is not, and not followed."""
    name, account = reference(item.psp_reference), reference(item.merchant_account_code)
    found = _REPORT.fullmatch(name or "")
    feed = CODES.meaning("report", found["family"]) if found else None
    if feed is not None and account is not None and "/" not in account:
        reading.fetch.append(f"{feed}/{account}/{name}")


def _refuse(reading: Reading, arrived: Arrived, position: int, check: str, found: str, wanted: str) -> None:
    finding = Finding(check, f"{arrived.name}:{position}", found, wanted)
    reading.quarantined.append(Quarantined(position, finding))
