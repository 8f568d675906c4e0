"""Adyen's dispute transaction details report: one row per dispute event of a day, by the header's names.

The order of the columns was never verified, so only names count, and only what is listed here is
read. Times are local, with an abbreviation of their zone beside them; one that names no single
offset is read in the account's zone, in which the report is made, with a finding.
"""

import re

from recoup.domain.findings import Finding, Notes, excerpt
from recoup.domain.instants import MINUTE, day_start, local_day, parse_day, parse_local
from recoup.domain.money import check_currency, unit_rules
from recoup.domain.observation import DueState
from recoup.errors import InstantRefused, MoneyRefused
from recoup.formats.csv_rows import Row, read_rows
from recoup.formats.plain_text import reference
from recoup.partners.adyen.telling import CODES, NAME, Heard, said
from recoup.partners.contract import Arrived, Placed, Quarantined, Reading

REQUIRED = ("Merchant Account", "Psp Reference", "Record Date", "Record Type", "Dispute PSP Reference")
_DAY_IN_NAME = re.compile(r"dispute_report_(\d{4})_(\d{2})_(\d{2})")
_AWAITS_ANSWER = frozenset({"REQUEST_FOR_INFORMATION", "NOTIFICATION_OF_CHARGEBACK", "CHARGEBACK"})


def read_dispute_report(arrived: Arrived, body: bytes) -> Reading:
    """Read the rows of one day's report; one without the columns that name a dispute is held whole."""
    laid_out = read_rows(body, arrived.name)
    if isinstance(laid_out, Finding):
        return Reading(held=laid_out)
    if missing := [name for name in REQUIRED if name not in laid_out.columns]:
        found = Finding(
            "adyen.columns", f"{arrived.name}:1", f"no column {', '.join(missing)}", "all that name a dispute"
        )
        return Reading(held=found)
    reading = Reading(records=len(laid_out.rows) + len(laid_out.broken), covers_on=_day_in_name(arrived.name))
    reading.quarantined += [Quarantined(position, finding) for position, finding in laid_out.broken]
    for row in laid_out.rows:
        _read_row(arrived, row, reading)
    reading.accepted = reading.records - len(reading.quarantined)
    return reading


def _day_in_name(name: str) -> str | None:
    found = _DAY_IN_NAME.search(name)
    try:
        return parse_day("-".join(found.groups())).isoformat() if found else None
    except InstantRefused:
        return None


def _read_row(arrived: Arrived, row: Row, reading: Reading) -> None:
    name = reference(row.cells["Dispute PSP Reference"])
    notes = Notes(f"{arrived.name}:{row.position} {name}")
    if name is None:
        _refuse(reading, arrived, row, "Dispute PSP Reference", "no reference", "the reference of the dispute")
        return
    try:
        at = _instant(arrived, row, "Record Date", notes)
    except InstantRefused as error:
        _refuse(reading, arrived, row, "Record Date", error.found, error.wanted)
        return
    heard = _heard(arrived, row, name, at, notes)
    reading.observations.append(Placed(row.position, said(heard, notes), reference(row.cells["Merchant Account"])))
    reading.findings.extend(notes.found)


def _heard(arrived: Arrived, row: Row, name: str, at: int, notes: Notes) -> Heard:
    cells, on = row.cells, local_day(at, "UTC")
    record_type = cells["Record Type"]
    event = CODES.meaning("record_type", record_type, on) or record_type
    amount, currency = _amount(arrived, row, at, notes)
    due_at, due_state = _due(arrived, row, event, notes)
    return Heard(
        dispute=name,
        form="row",
        at=at,
        event=reference(event) or "",
        record_id="|".join((record_type, cells["Record Date"], cells.get("Record Date TimeZone", ""))),
        method=reference(cells.get("Payment Method")),
        scheme=_first(row, "CB Scheme Code", "NOF Scheme Code", "RFI Scheme Code"),
        reason=_first(row, "CB Reason Code", "NOF Reason Code", "RFI Reason Code"),
        amount=amount,
        currency=currency,
        payment=reference(cells["Psp Reference"]),
        arn=reference(cells.get("Dispute Arn") or cells.get("Dispute ARN")),
        due_at=due_at,
        due_state=due_state,
    )


def _amount(arrived: Arrived, row: Row, at: int, notes: Notes) -> tuple[int | None, str | None]:
    text, code = row.cells.get("Dispute Amount", ""), row.cells.get("Dispute Currency", "")
    if not text or not code:
        notes.add("adyen.amount", "Dispute Amount", "no amount or no currency", "both", "warn")
        return None, None
    try:
        currency = check_currency(code)
        if text.startswith("-"):
            raise MoneyRefused("", excerpt(text), "an amount of 0 or more")
        return unit_rules().from_major(NAME, arrived.feed, currency, text, local_day(at, "UTC")), currency
    except MoneyRefused as error:
        notes.add("adyen.amount", "Dispute Amount", error.found, error.wanted)
        return None, None


def _due(arrived: Arrived, row: Row, event: str, notes: Notes) -> tuple[int | None, DueState]:
    """The end of the defense where an answer is awaited; a day without time is read as its beginning, the strictest."""
    text = row.cells.get("Dispute End Date", "")
    if not text or event not in _AWAITS_ANSWER:
        return None, "unsaid"
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return day_start(parse_day(text), arrived.zone), "said"
        return _instant(arrived, row, "Dispute End Date", notes), "said"
    except InstantRefused as error:
        notes.add("adyen.instant", "Dispute End Date", error.found, error.wanted)
        return None, "unsaid"


def _instant(arrived: Arrived, row: Row, column: str, notes: Notes) -> int:
    """A local time with its zone's abbreviation beside it, else in the account's zone."""
    text, zone = row.cells[column], row.cells.get(f"{column} TimeZone", "")
    minutes = CODES.meaning("time_zone", zone) if zone else None
    if minutes is not None:
        return parse_local(text, "UTC") - int(minutes) * MINUTE
    if zone:
        notes.unknown(f"{column} TimeZone", zone, "time_zone")
    return parse_local(text, arrived.zone)


def _first(row: Row, *columns: str) -> str | None:
    return next((found for column in columns if (found := reference(row.cells.get(column))) is not None), None)


def _refuse(reading: Reading, arrived: Arrived, row: Row, column: str, found: str, wanted: str) -> None:
    finding = Finding("adyen.row", f"{arrived.name}:{row.position} {column}", found, wanted)
    reading.quarantined.append(Quarantined(row.position, finding))
