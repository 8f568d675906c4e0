"""ARUDD: debits that came back unpaid. Each is announced and taken from our account on the day that the report names.

An item has no number of its own: it is named by our reference, the day of the collection and the amount. The scheme
gives no answer to a return, so the return decides. Its nature follows from the words beside the code, not from the
code: how its four characters are made was not verified.
"""

from collections.abc import Iterator

from recoup.domain.findings import Finding, excerpt
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.legs import Told
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Said
from recoup.errors import MoneyRefused
from recoup.formats.plain_text import reference
from recoup.formats.xml_tree import Node
from recoup.partners.bacs import wire
from recoup.partners.bacs.telling import (
    NAME,
    POUNDS,
    Names,
    Record,
    amount,
    amount_or_none,
    begins_at,
    day_or_none,
    document,
    foreign,
    nature,
)
from recoup.partners.contract import Arrived, Control, Placed, Reading


def read_arudd(arrived: Arrived, body: bytes) -> Reading:
    """Read one day's returned debits; held whole without its day, its totals, or for another service user."""
    data = document(arrived, body, wire.BACS_DOCUMENT)
    if isinstance(data, Finding):
        return Reading(held=data)
    reports = data.all(wire.ARUDD)
    if not reports:
        return Reading(held=Finding("bacs.document", arrived.name, "no ARUDD", "a report of returned debits"))
    reading, names = Reading(), Names()
    for report in reports:
        _read_report(arrived, report, names, reading)
    reading.accepted = reading.records - len(reading.quarantined)
    return reading


def _read_report(arrived: Arrived, report: Node, names: Names, reading: Reading) -> None:
    header, license_ = report.child(wire.HEADER), report.child(wire.LICENSE)
    on = day_or_none(header.attributes.get(wire.PROCESSING_DATE, "")) if header else None
    user = license_.attributes.get(wire.USER_NUMBER, "").strip() if license_ else ""
    reading.held = reading.held or foreign(arrived, user)
    records = list(_account_records(report))
    if on is None or header is None:
        reading.held = reading.held or _missing(arrived, report, "no processing date", "the day of the report")
    elif not records:
        reading.held = reading.held or _missing(arrived, report, "no account", "an account with its items and totals")
    else:
        reading.covers_on = max(reading.covers_on or "", on)
        batch = f"{user} {on} {header.attributes.get(wire.ADVICE_NUMBER, '').strip()}".strip()
        for node in records:
            _read_account(arrived, node, on, batch, names, reading)


def _account_records(report: Node) -> Iterator[Node]:
    for advice in report.all(wire.ADVICE):
        for records in advice.all(wire.ACCOUNT_RECORDS):
            yield from records.all(wire.ACCOUNT_RECORD)


def _read_account(arrived: Arrived, node: Node, on: str, batch: str, names: Names, reading: Reading) -> None:
    """Read the items of one account of ours, and compare them with its totals."""
    items, before = node.all(wire.ITEM), len(reading.quarantined)
    told = [_read_item(arrived, item, on, batch, names, reading) for item in items]
    totals = node.child(wire.TOTALS)
    if totals is None:
        reading.held = reading.held or _missing(arrived, node, "an account without totals", "number and value of items")
        return
    _compare(arrived, totals, told, reading, is_whole=len(reading.quarantined) == before)


def _compare(arrived: Arrived, totals: Node, told: list[int | None], reading: Reading, *, is_whole: bool) -> None:
    number, value = totals.attributes.get(wire.NUMBER, ""), totals.attributes.get(wire.VALUE, "")
    currency = totals.attributes.get(wire.CURRENCY, POUNDS)
    stated = amount_or_none(value, currency)
    if not (number.isascii() and number.isdigit()) or len(number) > 9 or stated is None:
        found = excerpt(f"{number} items, {value} {currency}")
        reading.held = reading.held or _missing(arrived, totals, found, "number and value of the items")
        return
    reading.controls.append(Control("returned items", int(number), len(told)))
    if is_whole:
        computed = sum(minor for minor in told if minor is not None)
        reading.controls.append(Control("value of returned items", stated, computed, currency))
    else:
        where = f"{arrived.name}:{totals.line}"
        wanted = "all of them, to prove their value"
        reading.findings.append(Finding("bacs.unproven", where, "items that cannot be read", wanted, "warn"))


def _read_item(arrived: Arrived, node: Node, on: str, batch: str, names: Names, reading: Reading) -> int | None:
    """Read one item; give its amount, None where it was refused."""
    reading.records += 1
    record = Record(arrived, node, reading.records)
    ref, collected_on = reference(record.said(wire.REF)), day_or_none(record.said(wire.ORIGINAL_DATE))
    currency = record.said(wire.CURRENCY) or POUNDS
    try:
        minor = amount(record.said(wire.VALUE), currency)
    except MoneyRefused as error:
        record.refuse(reading, "amount", error.found, error.wanted)
        return None
    if ref is None or collected_on is None or minor <= 0:
        found = "no reference" if ref is None else "no day" if collected_on is None else "no amount"
        record.refuse(reading, "item", found, "our reference, the day of the collection, an amount above 0")
        return None
    case = f"{ref}/{collected_on}"
    name = names.name(f"{case}/{minor}")
    reading.observations.append(Placed(record.position, _said(record, name, case, ref, minor, currency, on, reading)))
    reading.money_lines.append(_line(record, name, ref, minor, currency, on, batch))
    return minor


def _said(record: Record, name: str, case: str, ref: str, minor: int, currency: str, on: str, reading: Reading) -> Said:
    description = " ".join(record.said(wire.RETURN_DESCRIPTION).upper().split())
    at = begins_at(record.arrived, on)
    return Said(
        partner_dispute_id=name,
        form="row",
        occurred_at=at,
        move="return_final",
        kind="return",
        nature=nature(record.know(reading, "return_description", description)),
        partner_status=reference(record.said(wire.RETURN_DESCRIPTION)),
        amount_minor=minor,
        currency=currency,
        payment_ref=ref,
        case_ref=case,
        network=NAME,
        reason_code=reference(record.said(wire.RETURN_CODE)),
        opened_at=at,
        legs=(Told("debit", 1, minor, currency, name),),
    )


def _line(record: Record, name: str, ref: str, minor: int, currency: str, on: str, batch: str) -> MoneyLine:
    arrived = record.arrived
    return MoneyLine(
        id=money_line_id(NAME, arrived.account, name),
        partner=NAME,
        account=arrived.account,
        feed=arrived.feed,
        delivery=arrived.delivery,
        position=record.position,
        identity=name,
        kind="dispute",
        partner_kind=reference(f"{record.said(wire.TRANS_CODE)} {record.said(wire.RETURN_CODE)}"),
        dispute=dispute_id(NAME, arrived.account, name),
        partner_dispute_id=name,
        payment_ref=ref,
        cycle=1,
        batch=batch,
        gross_minor=-minor,
        fee_minor=0,
        net_minor=-minor,
        currency=currency,
        original_minor=None,
        original_currency=None,
        occurred_at=begins_at(arrived, on),
        effective_on=on,
        reference=ref,
        landed_at=arrived.landed_at,
    )


def _missing(arrived: Arrived, node: Node, found: str, wanted: str) -> Finding:
    return Finding(
        "bacs.totals" if node.name != wire.ARUDD else "bacs.report", f"{arrived.name}:{node.line}", found, wanted
    )
