"""Mollie's feeds: which object comes on which, how messages and pages are taken apart, what is refused.

A classic webhook says an id: nothing is taken from it but what to fetch. What a chargeback says is in
`mapping_chargebacks.py`, what money says in `mapping_money.py`, the shapes in `wire.py`, the words in
`codes.csv`, the quirks in `README.md`. Pure: bytes in, a reading out.
"""

from typing import Any

from recoup.domain.findings import Finding, excerpt
from recoup.formats.plain_text import reference
from recoup.formats.strict_json import MESSAGE, PAGE, parse
from recoup.partners.contract import Arrived, Quarantined, Reading
from recoup.partners.mollie.mapping_chargebacks import take_chargeback
from recoup.partners.mollie.mapping_money import take_balance_transaction, take_settlement
from recoup.partners.mollie.signature import CLASSIC
from recoup.partners.mollie.wire import Event
from recoup.partners.telling import Take, Telling, refuse, shaped, take, take_page


def read_webhook(arrived: Arrived, body: bytes) -> Reading:
    """Read one message: an id to look at, or an event with its chargeback; any other is kept and counted."""
    reading = Reading(records=1)
    if classic := CLASSIC.fullmatch(body.strip()):
        _ask_for(classic["id"].decode(), reading)
    else:
        _read_event(arrived, body, reading)
    reading.accepted = 1 - len(reading.quarantined)
    return reading


def read_chargebacks(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of chargebacks (ours, a payment's or a settlement's), or a single one."""
    return _read_page(arrived, body, "chargebacks", ("chargeback",), take_chargeback)


def read_balance_transactions(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of movements of a balance."""
    kinds = ("balance_transaction", "balance-transaction")
    return _read_page(arrived, body, "balance_transactions", kinds, take_balance_transaction)


def read_settlements(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of settlements, or a single one."""
    return _read_page(arrived, body, "settlements", ("settlement",), take_settlement)


def _read_event(arrived: Arrived, body: bytes, reading: Reading) -> None:
    document = parse(body, MESSAGE, arrived.name)
    if isinstance(document, Finding):
        reading.quarantined.append(Quarantined(1, document))
        return
    telling = Telling(arrived, 1, "event", arrived.landed_at)
    if not isinstance(document, dict) or document.get("resource") != "event":
        refuse(telling, reading, "mollie.event", "no event", 'a form "id=…", or an object of the resource "event"')
        return
    event = shaped(telling, document, Event, reading)
    if event is None or not event.type.startswith("chargeback."):
        return
    if event.embedded is None or event.embedded.entity is None:
        _ask_for(event.entityId or "", reading)
        return
    heard = Telling(arrived, 1, "event", arrived.landed_at, reference(event.id), event.type)
    take(take_chargeback, heard, event.embedded.entity, reading)


def _ask_for(name: str, reading: Reading) -> None:
    """Ask for what an id names, where chargebacks hang on it."""
    if name.startswith(("tr_", "chb_")):
        reading.fetch.append(name)


def _read_page(arrived: Arrived, body: bytes, many: str, kinds: tuple[str, ...], take_kind: Take) -> Reading:
    document = parse(body, PAGE, arrived.name)
    if isinstance(document, Finding):
        return Reading(held=document)
    records = _records(document, many, kinds)
    if records is None:
        return Reading(held=Finding("mollie.page", arrived.name, _said_instead(document), f"{many}, or one of them"))

    def take_fitting(telling: Telling, record: Any, reading: Reading) -> None:
        if isinstance(record, dict) and record.get("resource") in kinds:
            take_kind(telling, record, reading)
        else:
            refuse(telling, reading, "mollie.object", "another object", f"objects of the feed {arrived.feed}")

    return take_page(arrived, records, take_fitting)


def _records(document: Any, many: str, kinds: tuple[str, ...]) -> list[Any] | None:
    """Give the records of a page, None where the document is neither a list of them nor one."""
    if not isinstance(document, dict):
        return None
    embedded = document.get("_embedded")
    listed = embedded.get(many) if isinstance(embedded, dict) else None
    if isinstance(listed, list):
        return listed
    return [document] if document.get("resource") in kinds else None


def _said_instead(document: Any) -> str:
    if not isinstance(document, dict):
        return "no object"
    if isinstance(document.get("status"), int):
        return f"an error {document['status']}"
    embedded = document.get("_embedded")
    told = document.get("resource") or (", ".join(sorted(embedded)) if isinstance(embedded, dict) else None)
    return f"an object {excerpt(told)}" if isinstance(told, str) else "an object without resource"
