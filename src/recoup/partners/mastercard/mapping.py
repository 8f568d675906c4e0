"""Mastercard's clearing file (T112): messages to observations and money lines, in parts; its totals at the end.

Which message is which stands in `codes.csv`. Disputes are read in `mapping_disputes.py`, money in
`mapping_money.py`. First presentments and what Mastercard says about positions and currencies are counted. A
message that could not be split is quarantined; a function code or PDS that nobody knows is kept and told.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

from recoup.domain.findings import Finding
from recoup.domain.instants import day_start
from recoup.formats.iso8583 import HEADER, IpmFile, LogicalFile, Message
from recoup.formats.iso8583_elements import PDS_NAMES
from recoup.partners.contract import Arrived, Control, Quarantined, Reading
from recoup.partners.mastercard import wire
from recoup.partners.mastercard.mapping_disputes import take_dispute
from recoup.partners.mastercard.mapping_money import take_money
from recoup.partners.mastercard.telling import CODES, Heard, Sheet

PART_RECORDS = 2000
_KNOWN_PDS = frozenset(PDS_NAMES)


def read_clearing(arrived: Arrived, stream: BinaryIO) -> Iterable[Reading]:
    """Read a clearing file in parts; the last one says what the whole states, or why it is held."""
    file = IpmFile(stream, arrived.name)
    sheet = Sheet(arrived.name)
    messages = iter(file)
    while part := list(_taken(file, messages)):
        yield _part(arrived, part, sheet)
    yield _whole(file, sheet)


def _taken(file: IpmFile, messages: Iterator[Message]) -> Iterator[tuple[Message, LogicalFile | None]]:
    for message in islice(messages, PART_RECORDS):
        yield message, file.file_of(message)


def _part(arrived: Arrived, part: list[tuple[Message, LogicalFile | None]], sheet: Sheet) -> Reading:
    reading = Reading(records=len(part))
    for message, file in part:
        if message.findings and not _is_sound(message, reading, sheet):
            continue
        if not _KNOWN_PDS.issuperset(dict(message.pds)):
            _note_unknown_pds(message, sheet)
        _take(arrived, message, file, sheet, reading)
    reading.accepted = reading.records - len(reading.quarantined)
    return reading


def _is_sound(message: Message, reading: Reading, sheet: Sheet) -> bool:
    """Quarantine a message that could not be split; of another one tell what is odd."""
    for finding in message.findings:
        if finding.severity == "error":
            reading.quarantined.append(Quarantined(message.position, finding))
            return False
    for finding in message.findings:
        element = finding.where.partition(" ")[2]
        sheet.note(message.position, finding.check, f"{element} {finding.found}".strip(), finding.wanted)
    return True


def _take(arrived: Arrived, message: Message, file: LogicalFile | None, sheet: Sheet, reading: Reading) -> None:
    what = CODES.meaning("message", message.kind)
    if what is None:
        sheet.note(
            message.position,
            "vocabulary.unknown",
            message.kind,
            "a message of the vocabulary message",
            severity="error",
        )
    elif what in ("sale", "report"):
        return
    heard = Heard(arrived, message, file.file_id if file else "", _at(arrived, message, file), sheet)
    if what in ("file_header", "file_trailer"):
        _take_header(heard)
    elif what in ("message_exception", "file_reject"):
        _take_refusal(heard, what)
    elif what == "fee":
        take_money(heard, None, reading)
    elif what is not None or message.mti == "1442":
        take_dispute(heard, reading)


def _at(arrived: Arrived, message: Message, file: LogicalFile | None) -> int:
    on = wire.business_day(message.pds_value("0158") or "") or (wire.file_id(file.file_id).on if file else None)
    return arrived.landed_at if on is None else day_start(on, arrived.zone)


def _take_header(heard: Heard) -> None:
    if heard.message.kind == HEADER and CODES.meaning("mode", heard.pds("0122")) == "test":
        heard.note("mastercard.test_file", "processing mode T in PDS 0122", "a file of production, P")


def _take_refusal(heard: Heard, what: str) -> None:
    """Tell that something we sent was refused: what was done there did not happen."""
    source = heard.pds("0280") or "not named"
    number = f", message {heard.pds('0138')}" if heard.pds("0138") else ""
    why = "; ".join(wire.errors(heard.pds("0005"))) or "no error named"
    told = "our file" if what == "file_reject" else "our message"
    heard.note(f"mastercard.{what}", f"{told} refused: file {source}{number}: {why}", "messages that pass", "error")


def _note_unknown_pds(message: Message, sheet: Sheet) -> None:
    for tag in sorted({tag for tag, _ in message.pds} - _KNOWN_PDS):
        sheet.note(message.position, "mastercard.pds", f"PDS {tag}", "a PDS that is known by name", "note")


def _whole(file: IpmFile, sheet: Sheet) -> Reading:
    """What only the end can say: totals, the day, and why nothing of the file is taken."""
    held = next((finding for finding in file.findings if finding.severity == "error"), None)
    others = [finding for finding in file.findings if finding is not held]
    return Reading(
        findings=[*others, *_several(file, sheet), *sheet.findings()],
        controls=[
            Control(f"{name} of file {one.file_id}", stated, counted)
            for one in file.files
            for name, stated, counted in one.totals
        ],
        held=held,
        covers_on=_day(file.files),
    )


def _several(file: IpmFile, sheet: Sheet) -> list[Finding]:
    if len(file.files) < 2:
        return []
    found = f"{len(file.files)} logical files in one"
    return [Finding("mastercard.files", sheet.name, found, "one, or several that were meant to come together", "note")]


def _day(files: list[LogicalFile]) -> str | None:
    """The day that all logical files are of; None where they are of several, or do not say."""
    days: set[dt.date | None] = {wire.file_id(file.file_id).on for file in files}
    on = days.pop() if len(days) == 1 else None
    return on.isoformat() if on else None
