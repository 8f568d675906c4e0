"""What Square's payouts and payout entries say: one money line per movement of our balance.

An entry is known by its own id and is paid in its payout; a payout is known by its id. Net is what moved,
and the fee is what gross and net differ by, because the sign of the stated fee was never seen.
"""

from typing import Any, get_args

from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import local_day, parse_instant
from recoup.domain.money_line import DISPUTE_KINDS, LineKind, MoneyLine
from recoup.errors import InstantRefused
from recoup.formats.plain_text import reference
from recoup.partners.contract import Reading
from recoup.partners.square.telling import NAME, amount, meaning
from recoup.partners.square.wire import Payout, PayoutEntry
from recoup.partners.telling import Telling, minor, refuse, shaped

_LINE_KINDS: dict[str, LineKind] = {kind: kind for kind in get_args(LineKind)}


def take_payout_entry(telling: Telling, record: Any, reading: Reading) -> None:
    """Add one movement that a payout paid."""
    entry = shaped(telling, record, PayoutEntry, reading)
    if entry is None:
        return
    identity = reference(entry.id)
    if identity is None:
        refuse(telling, reading, "square.entry_id", "no id", "the id of a payout entry, poe_…")
        return
    at = _at(entry.effective_at)
    gross, currency = amount(telling, entry.gross_amount_money, "gross_amount_money", at)
    net, net_currency = amount(telling, entry.net_amount_money, "net_amount_money", at)
    if net_currency != currency:
        refuse(telling, reading, "square.currency", f"net in {net_currency}", f"{currency}, as gross")
        return
    kind = _kind(telling, entry, gross, reading)
    _check_fee(telling, entry, gross - net, at, reading)
    details = entry.type_dispute_details or entry.type_open_dispute_details if kind in DISPUTE_KINDS else None
    line = _line(
        telling,
        identity=identity,
        kind=kind,
        partner_kind=reference(entry.type),
        partner_dispute_id=reference(details.dispute_id) if details else None,
        payment_ref=_payment(entry),
        batch=reference(entry.payout_id),
        gross_minor=gross,
        fee_minor=gross - net,
        net_minor=net,
        currency=currency,
        occurred_at=at,
    )
    reading.money_lines.append(line)


def take_payout(telling: Telling, record: Any, reading: Reading) -> None:
    """Add a payout as the movement that left our balance; one that failed comes back as an entry of a later one."""
    payout = shaped(telling, record, Payout, reading)
    if payout is None:
        return
    name = reference(payout.id)
    if name is None:
        refuse(telling, reading, "square.payout_id", "no id", "the id of a payout, po_…")
        return
    at = _at(payout.created_at)
    paid, currency = amount(telling, payout.amount_money, "amount_money", at)
    if meaning("payout_status", payout.status, local_day(at, "UTC")) is None:
        notes = telling.notes(name)
        notes.unknown("status", payout.status, "payout_status")
        reading.findings.extend(notes.found)
    line = _line(
        telling,
        identity=name,
        kind="payout",
        partner_kind="payout",
        batch=name,
        gross_minor=-paid,
        fee_minor=0,
        net_minor=-paid,
        currency=currency,
        occurred_at=at,
        reference=reference(payout.end_to_end_id),
    )
    reading.money_lines.append(line)


def _at(text: str | None) -> int:
    if text is None:
        raise InstantRefused("", "no time", "an instant with its offset")
    return parse_instant(text)


def _kind(telling: Telling, entry: PayoutEntry, gross: int, reading: Reading) -> LineKind:
    """The kind that the type names; what comes back of a dispute is told by its sign alone."""
    kind = meaning("activity_type", entry.type, local_day(telling.at, "UTC"))
    if kind not in _LINE_KINDS:
        notes = telling.notes(entry.id or "")
        notes.unknown("type", entry.type, "activity_type")
        reading.findings.extend(notes.found)
        return "unknown"
    return "dispute_reversal" if kind == "dispute" and gross > 0 else _LINE_KINDS[kind]


def _check_fee(telling: Telling, entry: PayoutEntry, fee: int, at: int, reading: Reading) -> None:
    told = entry.fee_amount_money
    if told is None or told.amount is None or told.currency is None:
        return
    stated = minor(telling, told.amount, told.currency, at)
    if abs(stated) != abs(fee):
        notes = telling.notes(entry.id or "")
        notes.add("square.net", "fee_amount_money", f"{stated}", f"{fee}, gross less net", "warn")
        reading.findings.extend(notes.found)


def _payment(entry: PayoutEntry) -> str | None:
    told = (
        entry.type_dispute_details,
        entry.type_open_dispute_details,
        entry.type_charge_details,
        entry.type_refund_details,
        entry.type_fee_details,
    )
    return next((reference(details.payment_id) for details in told if details and details.payment_id), None)


def _line(telling: Telling, **told: Any) -> MoneyLine:
    """A money line with what every line of this feed shares; what is not told is absent."""
    arrived = telling.arrived
    absent = ("partner_dispute_id", "payment_ref", "original_minor", "original_currency", "reference")
    told = dict.fromkeys(absent) | told
    named = told["partner_dispute_id"]
    return MoneyLine(
        id=money_line_id(NAME, arrived.account, told["identity"]),
        partner=NAME,
        account=arrived.account,
        feed=arrived.feed,
        delivery=arrived.delivery,
        position=telling.position,
        dispute=None if named is None else dispute_id(NAME, arrived.account, named),
        cycle=None,
        effective_on=local_day(told["occurred_at"], arrived.zone).isoformat(),
        landed_at=arrived.landed_at,
        **told,
    )
