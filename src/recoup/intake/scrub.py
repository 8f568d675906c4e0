"""Card numbers leave here: every text of a reading is cleaned before the register, a log or a message sees it.

Identifiers get a token in place of a card number, so that joins survive; all
other text is masked to first six and last four. Files read as sets are cleaned
by the same rules in SQL (`storage/sql/card_numbers.sql`).
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from recoup.domain.card_numbers import SHORTEST, mask, tokenise
from recoup.domain.findings import Finding
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Said
from recoup.partners.contract import Quarantined, Reading

Token = Callable[[str], str]
"""Digits to a token, keyed by the home."""

_Told = TypeVar("_Told", Said, MoneyLine)

_SAID_IDENTIFIERS = ("partner_dispute_id", "record_id", "payment_ref", "case_ref")
_SAID_TEXT = ("partner_status", "network", "reason_code")
_LINE_IDENTIFIERS = ("identity", "partner_dispute_id", "payment_ref", "batch")
_LINE_TEXT = ("partner_kind", "reference")


def scrub(reading: Reading, token: Token) -> Reading:
    """The same reading without card numbers; what holds none stays the same object."""
    for at, placed in enumerate(reading.observations):
        said = _clean_legs(_clean(placed.said, _SAID_IDENTIFIERS, _SAID_TEXT, token), token)
        account = placed.account and mask(placed.account)
        if said is not placed.said or account != placed.account:
            reading.observations[at] = msgspec.structs.replace(placed, said=said, account=account)
    reading.money_lines = [_clean(line, _LINE_IDENTIFIERS, _LINE_TEXT, token) for line in reading.money_lines]
    reading.findings = [_finding(f) for f in reading.findings]
    reading.quarantined = [Quarantined(q.position, _finding(q.finding)) for q in reading.quarantined]
    reading.held = None if reading.held is None else _finding(reading.held)
    return reading


def _clean(told: _Told, identifiers: tuple[str, ...], text: tuple[str, ...], token: Token) -> _Told:
    changes: dict[str, str] = {}
    for name in identifiers:
        value = getattr(told, name)
        if value is not None and len(value) >= SHORTEST and (clean := tokenise(value, token)) != value:
            changes[name] = clean
    for name in text:
        value = getattr(told, name)
        if value is not None and len(value) >= SHORTEST and (clean := mask(value)) != value:
            changes[name] = clean
    return msgspec.structs.replace(told, **changes) if changes else told


def _clean_legs(said: Said, token: Token) -> Said:
    """A leg's reference is the identity of a money line: cleaned alike, so that the two still meet."""
    if all(told.ref is None or len(told.ref) < SHORTEST for told in said.legs):
        return said
    legs = tuple(
        told if told.ref is None else msgspec.structs.replace(told, ref=tokenise(told.ref, token)) for told in said.legs
    )
    return said if legs == said.legs else msgspec.structs.replace(said, legs=legs)


def _finding(found: Finding) -> Finding:
    return Finding(found.check, _text(found.where), _text(found.found), _text(found.wanted), found.severity)


def _text(told: str) -> str:
    """A text that databases hold, too: no NUL, no card number."""
    return mask(told.replace("\0", "\ufffd"))
