"""What a chargeback, second presentment or retrieval request says: one observation, and its leg.

One dispute is one acquirer reference (DE 31) with one reference of the issuer (DE 95), which goes through its whole
life; all disputes of one payment share the acquirer reference and are its chain. A retrieval request is a case of its
own in that chain. What a reversal leaves of our own second presentment no table says: it stays unknown.
"""

from typing import get_args

from recoup.domain.codes import reason_as_stated
from recoup.domain.findings import Finding
from recoup.domain.instants import local_day
from recoup.domain.legs import Told
from recoup.domain.observation import Kind, Said
from recoup.errors import MoneyRefused
from recoup.formats.plain_text import reference
from recoup.partners.contract import Placed, Quarantined, Reading
from recoup.partners.mastercard.mapping_money import take_money
from recoup.partners.mastercard.telling import CODES, NAME, Heard, amount

_ARN_DIGITS = 23
_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_LEGS: dict[str, Told] = {
    "d1": Told("debit", 1, 0, ""),
    "c1": Told("credit", 1, 0, ""),
    "c1?": Told("credit", 1, 0, "", None, True),
    "d2": Told("debit", 2, 0, ""),
    "c2": Told("credit", 2, 0, ""),
}
"""Legs without amounts, by the short name that codes.csv has; `?` marks a credit that may be taken again."""


def take_dispute(heard: Heard, reading: Reading) -> None:
    """Add what the message says about a dispute; without an acquirer reference it is about no payment of ours."""
    arn = heard.message.elements.get(31, "")
    if len(arn) != _ARN_DIGITS or not arn.isdecimal():
        _refuse(heard, reading, "mastercard.arn", f"{len(arn)} characters in DE 31", f"{_ARN_DIGITS} digits")
    elif _is_issuer_side(heard):
        _refuse(
            heard, reading, "mastercard.issuer_side", f"a message {heard.kind} of the issuing side", "our own sales"
        )
    else:
        name = _name(heard, arn)
        identity = take_money(heard, name, reading)
        said = _said(heard, name, arn, identity)
        reading.observations.append(Placed(heard.message.position, said))


def _is_issuer_side(heard: Heard) -> bool:
    """What we sent as an issuer, or got as one; only an account named by its institution number can tell."""
    sender = CODES.meaning("from", heard.message.kind)
    return (sender == "issuer" and heard.is_sent_by_us) or (sender == "acquirer" and heard.is_sent_to_us)


def _name(heard: Heard, arn: str) -> str:
    parts = [arn]
    if CODES.meaning("kind", heard.message.kind) == "request":
        parts.append("request")
    if issuer := reference(heard.message.elements.get(95)):
        parts.append(issuer)
    return "/".join(parts)


def _said(heard: Heard, name: str, arn: str, identity: str | None) -> Said:
    message, kind = heard.message, heard.kind
    move = CODES.meaning("move", kind)
    if move is None:
        heard.note("mastercard.move", f"a message {kind}", "a message whose effect on a dispute is known", "error")
    is_of_issuer = CODES.meaning("from", message.kind) == "issuer"
    moved = _amount(heard)
    at_stake = moved if is_of_issuer and not heard.is_reversal else None
    return Said(
        partner_dispute_id=name,
        form="row",
        occurred_at=heard.at,
        move=move or "unknown",
        record_id=heard.record_id,
        kind=_KINDS.get(CODES.meaning("kind", message.kind) or ""),
        partner_status=kind,
        amount_minor=at_stake[0] if at_stake else None,
        currency=at_stake[1] if at_stake else None,
        payment_ref=arn,
        case_ref=arn,
        network=NAME,
        reason_code=_reason(heard) if is_of_issuer else None,
        opened_at=heard.at if CODES.meaning("opens", kind) else None,
        is_slot_spent=True if move == "chargeback_reversed" else None,
        legs=_legs(heard, moved, identity),
    )


def _amount(heard: Heard) -> tuple[int, str] | None:
    """The amount of the message; one without scale or currency stays unknown."""
    message = heard.message
    if 4 not in message.elements:
        if CODES.meaning("leg", heard.kind):
            heard.note("mastercard.amount", f"no DE 4 in {heard.kind}", "the amount of the message", "error")
        return None
    try:
        return amount(message, 4, 49)
    except MoneyRefused as error:
        heard.note("mastercard.amount", f"{heard.kind}: {error.found}", error.wanted, "error")
        return None


def _legs(heard: Heard, moved: tuple[int, str] | None, identity: str | None) -> tuple[Told, ...]:
    """The leg that the message announces; one about a refund of ours goes the other way, and is not taken."""
    told = _LEGS.get(CODES.meaning("leg", heard.kind) or "")
    if told is None or moved is None or not moved[0]:
        return ()
    if CODES.meaning("processing", heard.message.elements.get(3, "")[:2]) != "purchase":
        found = f"processing code {heard.message.elements.get(3, '')[:2]} in {heard.kind}"
        heard.note("mastercard.direction", found, "a purchase: of others the direction of money is not known", "error")
        return ()
    return (Told(told.leg, told.cycle, moved[0], moved[1], identity, told.is_provisional),)


def _reason(heard: Heard) -> str | None:
    code = reference(heard.message.elements.get(25))
    if code is None or CODES.meaning("kind", heard.message.kind) != "dispute":
        return code
    if reason_as_stated(NAME, code, local_day(heard.at, heard.arrived.zone)) is None:
        heard.note("vocabulary.unknown", f"reason code {code} in {heard.message.kind}", f"reason codes of {NAME}")
    return code


def _refuse(heard: Heard, reading: Reading, check: str, found: str, wanted: str) -> None:
    position = heard.message.position
    finding = Finding(check, f"{heard.arrived.name}:{position} DE 31", found, wanted)
    reading.quarantined.append(Quarantined(position, finding))
