"""What a message moves in settlement: one money line where Mastercard itself says when and in which currency.

A clearing message is settlement money only once Mastercard has put the settlement into it: settlement indicator M
(PDS 0165), a settlement date (PDS 0159) and an amount for reconciliation (DE 5, DE 50). A file that we sent has none
of it and makes no line. Interchange (PDS 0146) is another movement, whose direction is not verified: not taken, told.
"""

from typing import get_args

from recoup.domain.findings import excerpt
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.money_line import LineKind, MoneyLine
from recoup.errors import MoneyRefused
from recoup.formats.plain_text import reference
from recoup.partners.contract import Reading
from recoup.partners.mastercard import wire
from recoup.partners.mastercard.telling import CODES, NAME, Heard, amount

_LINE_KINDS: dict[str, LineKind] = {kind: kind for kind in get_args(LineKind)}


def take_money(heard: Heard, dispute: str | None, reading: Reading) -> str | None:
    """Add the money line of a message that is settled; give its identity, None where it makes none."""
    message = heard.message
    settled = wire.settlement(heard.pds("0159"))
    if settled is None or 5 not in message.elements or _indicator(heard) != "settled":
        return None
    kind, sign = _kind(heard), _sign(heard)
    if kind is None or sign is None:
        heard.note("mastercard.direction", f"settled money in {heard.kind}", "money whose direction is known", "error")
        return None
    try:
        moved, currency = amount(message, 5, 50)
    except MoneyRefused as error:
        heard.note("mastercard.reconciliation", f"{heard.kind}: {error.found}", error.wanted, "error")
        return None
    if not moved:
        return None
    if heard.pds("0146"):
        heard.note("mastercard.interchange", f"PDS 0146 in {message.kind}", "fees whose direction is verified", "note")
    batch = f"{settled.service}/{settled.on.isoformat()}/{settled.cycle}/{currency}"
    reading.money_lines.append(_line(heard, dispute, kind, sign * moved, currency, batch, settled.on.isoformat()))
    return heard.record_id


def _indicator(heard: Heard) -> str | None:
    word = wire.settlement_indicator(heard.pds("0165"))
    said = CODES.meaning("settlement", word)
    if said is None:
        found = f"indicator {excerpt(word)} in PDS 0165 beside settlement data"
        heard.note("vocabulary.unknown", found, "a word of the vocabulary settlement", "error")
    return said


def _kind(heard: Heard) -> LineKind | None:
    return _LINE_KINDS.get(CODES.meaning("line", heard.kind) or "")


def _sign(heard: Heard) -> int | None:
    """Whether we get the money (1) or pay it (-1); None where nobody says."""
    processing = CODES.meaning("processing", heard.message.elements.get(3, "")[:2])
    if CODES.meaning("line", heard.kind) == "fee":
        to_originator = {"credit_to_originator": 1, "debit_to_originator": -1}.get(processing or "")
        if to_originator is None:
            return None
        return to_originator if heard.is_sent_by_us else -to_originator
    leg = CODES.meaning("leg", heard.kind)
    if processing != "purchase" or leg is None:
        return None
    return -1 if leg.startswith("d") else 1


def _line(
    heard: Heard, dispute: str | None, kind: LineKind, moved: int, currency: str, batch: str, effective_on: str
) -> MoneyLine:
    arrived, message = heard.arrived, heard.message
    original = _original(heard, currency)
    arn = message.elements.get(31)
    return MoneyLine(
        id=money_line_id(NAME, arrived.account, heard.record_id),
        partner=NAME,
        account=arrived.account,
        feed=arrived.feed,
        delivery=arrived.delivery,
        position=message.position,
        identity=heard.record_id,
        kind=kind,
        partner_kind=heard.kind,
        dispute=None if dispute is None else dispute_id(NAME, arrived.account, dispute),
        partner_dispute_id=dispute,
        payment_ref=arn if dispute else None,
        cycle=_cycle(heard),
        batch=batch,
        gross_minor=moved,
        fee_minor=0,
        net_minor=moved,
        currency=currency,
        original_minor=original[0] if original else None,
        original_currency=original[1] if original else None,
        occurred_at=heard.at,
        effective_on=effective_on,
        reference=reference(heard.pds("0137") or message.elements.get(95)),
        landed_at=arrived.landed_at,
    )


def _cycle(heard: Heard) -> int | None:
    leg = CODES.meaning("leg", heard.kind)
    return int(leg[1]) if leg else None


def _original(heard: Heard, currency: str) -> tuple[int, str] | None:
    """The amount before conversion, signed as it moves; None where nothing was converted, or no scale is told."""
    try:
        value, own = amount(heard.message, 4, 49)
    except MoneyRefused:
        return None
    return None if own == currency else (value, own)
