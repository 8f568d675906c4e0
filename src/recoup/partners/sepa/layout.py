"""A file for a person: the messages' layout, with what this partner knows of the codes in it."""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.tables import sepa_reason_codes
from recoup.formats import iso20022_laid
from recoup.formats.laid import Field, Laid
from recoup.partners.sepa.telling import CODES

_REASON = ("Rsn/Cd", "Rsn/Prtry", "RtrRsn/Cd", "StsRsn/Cd")
_STATUS = {
    "TxSts": "status",
    "GrpSts": "status",
    "PmtInfSts": "status",
    "Conf": "confirmation",
    "TxCxlSts": "confirmation",
}


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give every record with its fields; reason codes with their name and what they count as."""
    names = {row.code: row.name for row in sepa_reason_codes()}
    for laid in iso20022_laid.lay_out(stream):
        yield msgspec.structs.replace(laid, fields=tuple([_with_meaning(field, names) for field in laid.fields]))


def _with_meaning(field: Field, names: dict[str, str]) -> Field:
    if field.at.endswith(_REASON) and field.raw in names:
        nature = CODES.meaning("nature", field.raw)
        return msgspec.structs.replace(field, meaning=f"{names[field.raw]} ({nature or 'nature not known'})")
    vocabulary = _STATUS.get(field.name)
    meaning = CODES.meaning(vocabulary, field.raw) if vocabulary else None
    return field if meaning is None else msgspec.structs.replace(field, meaning=meaning)
