"""J.P. Morgan's files: how each is taken apart in parts, what it states, and what is refused.

What rows say is in `mapping_disputes.py` and `mapping_money.py`, the frames in `report.py` and `dfr.py`, the
columns in `wire.py`, the words in `codes.csv`, the quirks in `README.md`.
"""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from recoup.domain.findings import Finding, Notes, excerpt
from recoup.partners.contract import Arrived, Quarantined, Reading
from recoup.partners.jpmorgan import dfr, wire
from recoup.partners.jpmorgan.mapping_disputes import Disputes
from recoup.partners.jpmorgan.mapping_money import Fees, Settled
from recoup.partners.jpmorgan.report import Frame, Line, Row, other_entity, other_report, read_lines, row_of
from recoup.partners.jpmorgan.summary import Summary
from recoup.partners.jpmorgan.telling import Damage, Refused

PART_ROWS = 4_000
"""Rows of one reading: what a part holds stays small, whatever the file."""


class Taker(Protocol):
    """Takes the rows of one file."""

    fields: tuple[wire.Field, ...]
    """What a report of this kind must have."""

    def take(self, row: Row, reading: Reading, notes: Notes) -> None:
        """Add what one row says."""


def read_disputes(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a DisputeDetails or DisputeDetailsv2 report: every row moved a dispute, or is one in the inventory."""
    return _report(arrived, stream, Disputes(arrived, {}))


def read_sections(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a report of disputes in sections, preset or PDE-17: a summary, and the rows that it adds up."""
    summary = Summary(arrived.name)
    return _report(arrived, stream, Disputes(arrived, summary.flags), summary)


def read_fees(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a FeeDetails or SubmissionDetails report: every row is a fee of a transaction."""
    return _report(arrived, stream, Fees(arrived))


def read_settled(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a SettlementDetails or TransactionDetails report."""
    return _report(arrived, stream, Settled())


def read_dfr(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a Delimited File Report: chargebacks (PDE-0017) and returned checks (PDE-0018)."""
    summary, frame = Summary(arrived.name), dfr.Frame(arrived.name)
    disputes = Disputes(arrived, summary.flags)
    part, position, others = Reading(), 0, dict[str, tuple[int, int]]()
    for record in dfr.read_records(stream, arrived.name):
        if isinstance(record, Finding):
            yield Reading(held=record)
            return
        is_within = frame.take(record)
        if frame.fault is not None:
            yield Reading(held=frame.fault)
            return
        if not is_within:
            continue
        if record.type in wire.DFR_SUMMARIES:
            summary.state(summary.dfr_row(record), record.line)
            continue
        position += 1
        if record.type in wire.DFR_DETAILS:
            _take_row(_dfr_row(record, position), arrived.name, disputes, part, summary, position)
        else:
            count, first = others.get(record.type, (0, record.line))
            others[record.type] = (count + 1, first)
            part.records, part.accepted = part.records + 1, part.accepted + 1
        if part.records >= PART_ROWS:
            yield part
            part = Reading()
    frame.close()
    part.held = frame.fault
    part.findings += [*_unread(arrived.name, others), *summary.doubts()]
    yield part


def _report(arrived: Arrived, stream: BinaryIO, taker: Taker, summary: Summary | None = None) -> Iterator[Reading]:
    """Give the rows in parts; the last one says what the file states, and whether it can be trusted."""
    frame, damage, part, position = Frame(arrived.name), Damage(), Reading(), 0
    for line in read_lines(stream, arrived.name):
        if isinstance(line, Finding):
            yield Reading(held=line)
            return
        is_row = frame.take(line)
        fault = frame.fault or _misled(line, frame, arrived) or _unfit(line, frame, taker, summary)
        if fault is not None:
            yield Reading(held=fault)
            return
        if is_row:
            row = row_of(line, frame.columns, position + 1)
            if summary is not None and isinstance(row, Row) and row.section in wire.SUMMARY_TYPES:
                summary.state(row, line.number)
                continue
            position += 1
            if isinstance(row, Row):
                damage.look(row.cells, row.line)
            _take_row(row, arrived.name, taker, part, summary, position)
        if part.records >= PART_ROWS:
            yield part
            part = Reading()
    frame.close()
    part.held, part.covers_on = frame.fault or (summary.fault if summary else None), frame.day
    part.controls = summary.controls() if summary is not None else []
    part.findings += damage.findings(arrived.name)
    yield part


def _misled(line: Line, frame: Frame, arrived: Arrived) -> Finding | None:
    """Whether the report is for somebody else, or of another feed: nothing further of it is read."""
    return other_entity(line, frame, arrived.account) or other_report(line, frame, arrived.feed)


def _unfit(line: Line, frame: Frame, taker: Taker, summary: Summary | None) -> Finding | None:
    """Whether the report has not the columns of this feed's."""
    if line.what != "columns" or (summary is not None and wire.COUNT[0] in line.cells):
        return None
    names = set(line.cells)
    missing = [field[0] for field in taker.fields if not names.intersection(field)]
    if not missing:
        return None
    where = f"{frame.where}:{line.number}"
    return Finding("jpmorgan.columns", where, f"no column {', '.join(missing)}", "the columns of this report")


def _take_row(
    row: Row | Finding, where: str, taker: Taker, reading: Reading, summary: Summary | None, position: int
) -> None:
    """Take one row, or quarantine it; what a summary adds up counts it as it stands, whether it can be read or not."""
    reading.records += 1
    if isinstance(row, Finding):
        bad = Finding(row.check, f"{where}, {row.where}", row.found, row.wanted)
        reading.quarantined.append(Quarantined(position, bad))
        return
    if summary is not None:
        summary.add(row)
    notes = Notes(f"{where}:{row.line}")
    try:
        if row.section and row.section not in wire.DETAIL_TYPES:
            raise Refused(wire.RECORD_TYPE, excerpt(row.section), "a record of disputes")
        taker.take(row, reading, notes)
    except Refused as refused:
        bad = Finding("jpmorgan.row", f"{where}:{row.line} {refused.column}", refused.found, refused.wanted)
        reading.quarantined.append(Quarantined(row.position, bad))
    else:
        reading.accepted += 1
        reading.findings += notes.found


def _dfr_row(record: dfr.Record, position: int) -> Row | Finding:
    names = wire.DFR_DETAILS[record.type]
    if len(record.fields) < len(names) - 1:  # the last one may be empty, and then it is absent
        wanted = f"{len(names)} or more"
        return Finding("jpmorgan.cells", f"line {record.line}", f"{len(record.fields)} fields", wanted)
    cells = dict(zip(names, (*record.fields, ""), strict=False))
    return Row(position, record.line, cells | {"Dispute Type Code": wire.DFR_TYPES[record.type]}, "")


def _unread(where: str, others: dict[str, tuple[int, int]]) -> Iterator[Finding]:
    for name, (count, line) in others.items():
        found = f"{count} records {excerpt(name)}"
        yield Finding("jpmorgan.other_report", f"{where}:{line}", found, "records of PDE-0017 and PDE-0018", "note")
