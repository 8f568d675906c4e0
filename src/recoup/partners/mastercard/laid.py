"""A clearing file for a person: the format's records with what function codes, amounts, days and words mean."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

import msgspec

from recoup.domain.codes import reason_as_stated
from recoup.domain.money import currency_of_number, render
from recoup.errors import MoneyRefused
from recoup.formats import iso8583_laid
from recoup.formats.laid import Field, Laid
from recoup.partners.mastercard import wire
from recoup.partners.mastercard.telling import CODES, NAME, scaled

_CURRENCY_OF = {"DE 4": "DE 49", "DE 5": "DE 50", "DE 6": "DE 51"}
_ANY_DAY = dt.date(2000, 1, 1)
"""Reason codes of Mastercard have no days in the tables."""

Record = Mapping[str, str]
"""Raw values of one record by their place."""


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give the records of a clearing file with meanings, whatever is wrong with it."""
    for laid in iso8583_laid.lay_out(stream):
        record = {field.at: field.raw for field in laid.fields}
        fields = tuple(_meant(field, record) for field in laid.fields)
        yield msgspec.structs.replace(laid, kind=_kind(laid, record), fields=fields)


def _kind(laid: Laid, record: Record) -> str:
    name = _message_name(record)
    reversal = ", reversal" if wire.is_reversal(record.get("PDS 0025", "")) else ""
    return f"{laid.kind.partition(' ')[0]} {name}{reversal}" if name else laid.kind


def _meant(field: Field, record: Record) -> Field:
    meaning = _MEANINGS.get(field.at)
    said = meaning(field.raw, record) if meaning else None
    return msgspec.structs.replace(field, meaning=said) if said else field


def _message_name(record: Record) -> str | None:
    word = CODES.word("message", f"{record.get('MTI', '')}-{record.get('DE 24', '')}")
    return word.note if word else None


def _reason(code: str, record: Record) -> str | None:
    row = reason_as_stated(NAME, code, _ANY_DAY)
    return row.name if row else None


def _currency(number: str, record: Record | None = None) -> str | None:
    try:
        return currency_of_number(number)
    except MoneyRefused:
        return None


def _amount(place: str) -> Callable[[str, Record], str | None]:
    def shown(digits: str, record: Record) -> str | None:
        number = record.get(_CURRENCY_OF[place], "")
        currency, decimals = _currency(number), wire.exponents(record.get("PDS 0148", "")).get(number)
        if currency is None or decimals is None or not digits.isdecimal():
            return None
        try:
            return render(scaled(int(digits), currency, decimals), currency)
        except MoneyRefused:
            return None

    return shown


def _exponents(text: str, record: Record) -> str | None:
    told = [f"{_currency(number) or number} {decimals}" for number, decimals in wire.exponents(text).items()]
    return ", ".join(told) or None


def _file_id(text: str, record: Record) -> str | None:
    told = wire.file_id(text)
    kind = CODES.meaning("file_type", told.kind) or f"type {told.kind}"
    return f"{kind}, {told.on or 'no day'}, processor {told.processor}, sequence {told.sequence}"


def _business_day(text: str, record: Record) -> str | None:
    on = wire.business_day(text)
    return f"processed on {on}" if on else None


def _settlement(text: str, record: Record) -> str | None:
    told = wire.settlement(text)
    return f"settled on {told.on}, cycle {told.cycle}, service {told.service}" if told else None


def _arn(text: str, record: Record) -> str | None:
    return f"acquirer {text[1:7]}, day {text[7:11]}, number {text[11:22]}" if len(text) == 23 else None


def _word(vocabulary: str, length: int) -> Callable[[str, Record], str | None]:
    def shown(text: str, record: Record) -> str | None:
        word = CODES.word(vocabulary, text[:length])
        return (word.note or word.meaning).replace("_", " ") if word else None

    return shown


_MEANINGS: Mapping[str, Callable[[str, Record], str | None]] = {
    "DE 3": _word("processing", 2),
    **{place: _amount(place) for place in _CURRENCY_OF},
    **dict.fromkeys(_CURRENCY_OF.values(), _currency),
    "DE 24": lambda _, record: _message_name(record),
    "DE 25": _reason,
    "DE 31": _arn,
    "PDS 0005": lambda text, _: "; ".join(wire.errors(text)) or None,
    "PDS 0025": lambda text, _: "a reversal" if wire.is_reversal(text) else None,
    "PDS 0105": _file_id,
    "PDS 0122": _word("mode", 1),
    "PDS 0148": _exponents,
    "PDS 0158": _business_day,
    "PDS 0159": _settlement,
    "PDS 0165": _word("settlement", 1),
    "PDS 0280": _file_id,
}
