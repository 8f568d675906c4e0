"""DDICA: indemnity claims. A payer's bank has refunded the payer and takes the amount from us on the day it names.

The report names the payer's bank's reference of the claim, our reference, the reason, the amount, the collections
that are claimed, and the day on which we are debited. It does not date itself, so a claim begins on the day that we
were told. A cancelled claim is withdrawn; whether the money had moved by then, the report does not say.
"""

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
    advised_on,
    amount,
    amount_or_none,
    begins_at,
    day_or_none,
    document,
    foreign,
)
from recoup.partners.contract import Arrived, Control, Placed, Reading

NEW = "NewAdvices"


def read_ddica(arrived: Arrived, body: bytes) -> Reading:
    """Read new claims and cancellations; held whole where the value that a group states is not that of its claims."""
    data = document(arrived, body, wire.VOCA_DOCUMENT)
    if isinstance(data, Finding):
        return Reading(held=data)
    reading = Reading()
    documents = data.all(wire.DOCUMENT)
    if not documents:
        found = Finding("bacs.document", arrived.name, "no Document", "a document with its service user number")
        return Reading(held=found)
    for node in documents:
        user = node.child(wire.SERVICE_USER)
        reading.held = reading.held or foreign(arrived, user.text.strip() if user else "")
        for group in node.children:
            _read_group(arrived, group, reading)
    reading.accepted = reading.records - len(reading.quarantined)
    return reading


def _read_group(arrived: Arrived, group: Node, reading: Reading) -> None:
    if group.name not in wire.GROUPS:
        if any(child.children for child in group.children):
            where = f"{arrived.name}:{group.line}"
            wanted = f"{' or '.join(wire.GROUPS)}: nobody has described others"
            reading.held = reading.held or Finding("bacs.group", where, f"a group {excerpt(group.name)}", wanted)
        return
    claim_name, total_name = wire.GROUPS[group.name]
    debited_on = group.child(wire.DEBIT_DATE)
    on = day_or_none(debited_on.text) if debited_on else None
    before, names = len(reading.quarantined), Names()
    told = [
        _read_claim(arrived, claim, on, names, reading, is_new=group.name == NEW) for claim in group.all(claim_name)
    ]
    total = group.child(total_name)
    stated = amount_or_none(total.text) if total else None
    where = f"{arrived.name}:{group.line}"
    if stated is None:
        found = Finding("bacs.totals", where, f"a group without {total_name}", "the value of its claims")
        reading.held = reading.held or found
    elif len(reading.quarantined) == before:
        computed = sum(minor for minor in told if minor is not None)
        reading.controls.append(Control(total_name, stated, computed, POUNDS))
    else:
        unread, wanted = "claims that cannot be read", "all of them, to prove their value"
        reading.findings.append(Finding("bacs.unproven", where, unread, wanted, "warn"))


def _read_claim(
    arrived: Arrived, node: Node, on: str | None, names: Names, reading: Reading, *, is_new: bool
) -> int | None:
    """Read one claim; give its amount, None where it was refused."""
    reading.records += 1
    record = Record(arrived, node, reading.records)
    bank, ours = reference(record.said(wire.CLAIM_BANK)), reference(record.said(wire.CLAIM_USER))
    try:
        minor = amount(record.said(wire.CLAIM_AMOUNT))
        collections = _collections(node)
    except MoneyRefused as error:
        record.refuse(reading, "amount", error.found, error.wanted)
        return None
    if bank is None or minor <= 0 or (is_new and on is None):
        found = "no reference of the payer's bank" if bank is None else "no amount" if minor <= 0 else "no day of debit"
        record.refuse(reading, "claim", found, "the payer's bank's reference, an amount above 0, the day of the debit")
        return None
    if collections and sum(each for _, each in collections) != minor:
        record.refuse(reading, "claim_total", "collections that are not worth the claim", "the claim's amount in all")
        return None
    name = names.name(bank if ours is None else f"{ours}/{bank}")
    said = _said(record, name, ours, collections, minor, reading, is_new=is_new)
    reading.observations.append(Placed(record.position, said))
    if is_new and on is not None:
        reading.money_lines.append(_line(record, name, ours, minor, on))
    return minor


def _collections(node: Node) -> list[tuple[str | None, int]]:
    """The collections that are claimed, each with its day and amount; none where the report lists none.

    Raises:
      MoneyRefused: One of them has no amount.
    """
    around = node.child(wire.COLLECTIONS)
    found = []
    for each in around.children if around else ():
        day, told = each.child(wire.COLLECTION_DATE), each.child(wire.COLLECTION_AMOUNT)
        found.append((day_or_none(day.text) if day else None, amount(told.text if told else "")))
    return found


def _said(
    record: Record,
    name: str,
    ours: str | None,
    collections: list[tuple[str | None, int]],
    minor: int,
    reading: Reading,
    *,
    is_new: bool,
) -> Said:
    reason = record.said(wire.CLAIM_REASON)
    record.know(reading, "ddica_reason", reason)
    at = begins_at(record.arrived, advised_on(record.arrived))
    first = collections[0][0] if len(collections) == 1 else None
    return Said(
        partner_dispute_id=name,
        form="row",
        occurred_at=at,
        move="returned" if is_new else "withdrawn",
        kind="return",
        nature="indemnity",
        partner_status=reference(record.said(wire.CLAIM_MEANING)) if is_new else "cancelled",
        amount_minor=minor,
        currency=POUNDS,
        payment_ref=ours,
        case_ref=f"{ours}/{first}" if ours and first else None,
        network=NAME,
        reason_code=reference(reason),
        opened_at=at if is_new else None,
        legs=(Told("debit", 1, minor, POUNDS, name),) if is_new else (),
    )


def _line(record: Record, name: str, ours: str | None, minor: int, on: str) -> MoneyLine:
    """The debit of our account on the day that the report names."""
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
        partner_kind=reference(f"DDIC {record.said(wire.CLAIM_REASON)}"),
        dispute=dispute_id(NAME, arrived.account, name),
        partner_dispute_id=name,
        payment_ref=ours,
        cycle=1,
        batch=f"DDIC {on}",
        gross_minor=-minor,
        fee_minor=0,
        net_minor=-minor,
        currency=POUNDS,
        original_minor=None,
        original_currency=None,
        occurred_at=begins_at(arrived, on),
        effective_on=on,
        reference=ours,
        landed_at=arrived.landed_at,
    )
