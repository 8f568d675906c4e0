"""ADDACS and AUDDIS: messages that change mandates and never money.

Each advice about a mandate becomes an administrative observation: something to act on before the next collection,
in no list of disputes. What AUDDIS says of a whole submission is counted; one that was refused is a finding.
"""

from collections.abc import Mapping

from recoup.domain.findings import Finding, excerpt
from recoup.domain.observation import Said
from recoup.formats.plain_text import reference
from recoup.partners.bacs import wire
from recoup.partners.bacs.telling import NAME, Names, Record, advised_on, begins_at, day_or_none, document, foreign
from recoup.partners.contract import Arrived, Placed, Reading

ADDACS: Mapping[str, str] = {"A": "mandate"}
AUDDIS: Mapping[str, str] = {"N": "mandate", "D": "mandate", "V": "submission", "R": "refused submission"}
"""Record type -> what it is about."""


def read_addacs(arrived: Arrived, body: bytes) -> Reading:
    """Read amendments and cancellations that payers and their banks made."""
    return _read(arrived, body, ADDACS, "addacs_reason")


def read_auddis(arrived: Arrived, body: bytes) -> Reading:
    """Read what became of the instructions that we lodged."""
    return _read(arrived, body, AUDDIS, "auddis_reason")


def _read(arrived: Arrived, body: bytes, types: Mapping[str, str], vocabulary: str) -> Reading:
    data = document(arrived, body, wire.BACS_DOCUMENT)
    if isinstance(data, Finding):
        return Reading(held=data)
    groups = data.all(wire.MESSAGES)
    if not groups:
        return Reading(held=Finding("bacs.document", arrived.name, "no MessagingAdvices", "a report of messages"))
    reading, names = Reading(), Names()
    for group in groups:
        for node in group.all(wire.MESSAGE):
            reading.records += 1
            _take(Record(arrived, node, reading.records), types, vocabulary, names, reading)
    reading.accepted = reading.records - len(reading.quarantined)
    return reading


def _take(record: Record, types: Mapping[str, str], vocabulary: str, names: Names, reading: Reading) -> None:
    other = foreign(record.arrived, record.said(wire.MESSAGE_USER))
    about = types.get(record.said(wire.RECORD_TYPE))
    if other is not None:
        record.refuse(reading, "account", other.found, other.wanted)
    elif about is None:
        record.refuse(reading, "record_type", excerpt(record.said(wire.RECORD_TYPE)), f"one of {', '.join(types)}")
    elif about == "mandate":
        _mandate(record, vocabulary, names, reading)
    else:
        _submission(record, about, reading)


def _mandate(record: Record, vocabulary: str, names: Names, reading: Reading) -> None:
    ref, reason = reference(record.said(wire.REFERENCE)), record.said(wire.REASON_CODE)
    if ref is None:
        record.refuse(reading, "reference", "no reference", "our reference of the mandate")
        return
    meaning = record.know(reading, vocabulary, reason)
    on = _effective_on(record, reading)
    at = begins_at(record.arrived, on)
    said = Said(
        partner_dispute_id=names.name(f"{ref}/{record.said(wire.RECORD_TYPE)}{reason}/{on}"),
        form="row",
        occurred_at=at,
        move="noticed",
        kind="return",
        nature="administrative",
        partner_status=meaning,
        payment_ref=ref,
        case_ref=ref,
        network=NAME,
        reason_code=reference(reason),
        opened_at=at,
    )
    reading.observations.append(Placed(record.position, said))


def _effective_on(record: Record, reading: Reading) -> str:
    stated = record.said(wire.EFFECTIVE_DATE)
    on = day_or_none(stated) if stated else None
    if on is None and stated:
        wanted = "a day like 2026-01-31; the day of arrival stands for it"
        reading.findings.append(Finding("bacs.day", record.where, excerpt(stated), wanted, "warn"))
    return on or advised_on(record.arrived)


def _submission(record: Record, about: str, reading: Reading) -> None:
    rejected = record.said(wire.REJECTED)
    if about == "refused submission" or rejected.strip("0"):
        found = about if about == "refused submission" else f"{excerpt(rejected)} instructions refused"
        wanted = "all instructions accepted; look at the errors, and lodge them again"
        reading.findings.append(Finding("bacs.refused_submission", record.where, found, wanted, "warn"))
