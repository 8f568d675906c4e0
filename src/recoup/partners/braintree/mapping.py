"""Braintree's messages, searches and exports: how each is taken apart, and what is refused.

What a dispute says is in `mapping_disputes.py`, the shapes in `wire.py`, the words in `codes.csv`, the
quirks in `README.md`. Pure: bytes in, a reading out.
"""

import binascii
from base64 import b64decode
from typing import Any

from recoup.domain.findings import Finding, Notes, excerpt
from recoup.domain.instants import parse_instant
from recoup.errors import InstantRefused
from recoup.formats.plain_text import reference
from recoup.formats.strict_json import PAGE
from recoup.formats.strict_json import parse as parse_json
from recoup.formats.xml_tree import Node, parse
from recoup.partners.braintree.mapping_disputes import add_dispute
from recoup.partners.braintree.signature import PAYLOAD, form
from recoup.partners.braintree.telling import instant
from recoup.partners.braintree.wire import Dispute, Exported, Notification, notification, of_export, of_xml, text
from recoup.partners.contract import Arrived, Control, Quarantined, Reading
from recoup.partners.telling import Telling, fetched_at, refuse, shaped, take

_DISPUTES = "dispute_"
MESSAGE_BYTES_MAX = 1 << 20
"""One message: some KiB, and evidence comments at most."""


def read_webhook(arrived: Arrived, body: bytes) -> Reading:
    """Read one message: a dispute's; any other is kept and counted."""
    reading = Reading(records=1)
    telling = Telling(arrived, 1, "event", arrived.landed_at)
    document = _document(arrived, body)
    if isinstance(document, Finding):
        reading.quarantined.append(Quarantined(1, document))
    elif (said := notification(document)) is None or said.kind is None:
        refuse(telling, reading, "braintree.notification", "another document", "a notification with its kind")
    elif said.kind.startswith(_DISPUTES):
        _read_notification(telling, said, reading)
    reading.accepted = 1 - len(reading.quarantined)
    return reading


def read_disputes(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of a search, or one dispute, as snapshots as at their own last update."""
    document = parse(body, arrived.name)
    if isinstance(document, Finding):
        return Reading(held=document)
    if document.name not in ("disputes", "dispute"):
        found = Finding(
            "braintree.page", arrived.name, f"an element {excerpt(document.name)}", "disputes, or a dispute"
        )
        return Reading(held=found)
    nodes = document.all("dispute") if document.name == "disputes" else (document,)
    reading = _snapshots(arrived, [of_xml(node) for node in nodes])
    reading.controls += _totals(document, len(nodes))
    return reading


def read_export(arrived: Arrived, body: bytes) -> Reading:
    """Read an export of GraphQL: a list of disputes, one dispute, or one on each line."""
    documents = _exported(arrived, body)
    if isinstance(documents, Finding):
        return Reading(held=documents)
    reading = Reading(records=len(documents))
    for position, document in enumerate(documents, start=1):
        _read_exported(arrived, position, document, reading)
    reading.accepted = reading.records - len(reading.quarantined)
    return reading


def _document(arrived: Arrived, body: bytes) -> Node | Finding:
    """The XML within a form."""
    fields = form(body)
    if fields is None:
        return Finding("braintree.form", arrived.name, "no form of a message", "one bt_signature and one bt_payload")
    payload = fields[1]
    try:
        if not PAYLOAD.fullmatch(payload):
            raise binascii.Error
        xml = b64decode(payload.replace("\n", ""), validate=True)
    except binascii.Error:
        return Finding("braintree.payload", arrived.name, "no base64", "bt_payload as base64")
    return parse(xml.strip(), arrived.name, MESSAGE_BYTES_MAX)


def _read_notification(telling: Telling, said: Notification, reading: Reading) -> None:
    if said.dispute is None:
        refuse(telling, reading, "braintree.notification", "no dispute", "a dispute as the subject")
        return
    notes = Notes(f"{telling.where} notification")
    at = instant(said.timestamp, "timestamp", notes)
    reading.findings.extend(notes.found)
    # There is no id: the same kind about the same dispute at the same second is the same message.
    record = reference(f"{said.kind}|{said.timestamp}") if at is not None else None
    told = Telling(telling.arrived, 1, "event", at or telling.at, record, said.kind)
    take(_take, told, of_xml(said.dispute), reading)


def _take(telling: Telling, dispute: Any, reading: Reading) -> None:
    add_dispute(telling, dispute, reading)


def _snapshots(arrived: Arrived, disputes: list[Dispute]) -> Reading:
    reading = Reading(records=len(disputes))
    for position, dispute in enumerate(disputes, start=1):
        take(_take, Telling(arrived, position, "snapshot", _as_at(arrived, dispute)), dispute, reading)
    reading.accepted = reading.records - len(reading.quarantined)
    return reading


def _as_at(arrived: Arrived, dispute: Dispute) -> int:
    """When it looked so: its last update, else the last change of its status, else when it was fetched."""
    told = [dispute.updated_at] if dispute.updated_at else dispute.history
    known = []
    for at in told:
        try:
            known.append(parse_instant(at))
        except InstantRefused:
            continue  # a time that is none is said where the dispute is read
    return max(known, default=fetched_at(arrived))


def _totals(document: Node, found: int) -> list[Control]:
    """A search that fits one page states how many disputes it found."""
    total, size = text(document, "total-items"), text(document, "page-size")
    if total is None or size is None or not total.isdecimal() or not size.isdecimal() or len(total + size) > 18:
        return []
    return [Control("disputes of the search", int(total), found)] if int(total) <= int(size) else []


def _exported(arrived: Arrived, body: bytes) -> list[Any] | Finding:
    """The objects of an export; a line that cannot be read stands as its finding."""
    whole = parse_json(body, PAGE, arrived.name)
    if isinstance(whole, list):
        return whole
    if not isinstance(whole, Finding):
        return [whole]
    rows = [(number, line) for number, line in enumerate(body.splitlines(), start=1) if line.strip()]
    if len(rows) < 2 or whole.check == "strict_json.size" or not all(line.startswith(b"{") for _, line in rows):
        return whole
    return [parse_json(line, PAGE, f"{arrived.name}:{number}") for number, line in rows]


def _read_exported(arrived: Arrived, position: int, document: Any, reading: Reading) -> None:
    telling = Telling(arrived, position, "snapshot", arrived.landed_at)
    if isinstance(document, Finding):
        reading.quarantined.append(Quarantined(position, document))
        return
    if not isinstance(document, dict) or "legacyId" not in document or "amountDisputed" not in document:
        refuse(telling, reading, "braintree.export", "another object", "a dispute with legacyId and amountDisputed")
        return
    found = shaped(telling, document, Exported, reading)
    if found is not None:
        dispute = of_export(found)
        take(_take, Telling(arrived, position, "snapshot", _as_at(arrived, dispute)), dispute, reading)
