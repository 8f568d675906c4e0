"""A file for a person: Nacha's layout, with what this partner knows of the codes in it."""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from recoup.formats import nacha_layout
from recoup.formats.laid import Field, Laid
from recoup.partners.ach.telling import CODES

_RETURN_REASON = "Return Reason Code"
_CHANGES = frozenset({"Change Code", "Refused COR Code"})


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give every record with its fields; return codes with their nature, change codes with what they say."""
    for laid in nacha_layout.lay_out(stream):
        yield msgspec.structs.replace(laid, fields=tuple([_with_meaning(field) for field in laid.fields]))


def _with_meaning(field: Field) -> Field:
    if field.name in _CHANGES:
        return msgspec.structs.replace(field, meaning=CODES.meaning("change", field.raw))
    if field.name == _RETURN_REASON and field.meaning is not None:
        code = field.raw if field.raw.startswith("R") else f"R{field.raw}"
        nature = CODES.meaning("nature", code)
        return msgspec.structs.replace(field, meaning=f"{field.meaning} ({nature or 'nature not known'})")
    return field
