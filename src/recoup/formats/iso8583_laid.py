"""An IPM file as it lies there: each message with its elements, PDSs and chip data by name, place and raw value.

Beside a message stand its own findings and those that it brings about the file; what can only be said at the end
stands in a last record of its own. Card data in chip tags are left out, since they are written in halves of bytes
that no mask recognises.
"""

from collections.abc import Iterator
from typing import BinaryIO

from recoup.domain.findings import Finding
from recoup.formats.iso8583 import HEADER, TRAILER, IpmFile, Message, split_pds
from recoup.formats.iso8583_elements import ELEMENTS, PDS_ELEMENTS, PDS_NAMES
from recoup.formats.laid import Field, Laid

_KINDS = {HEADER: "1644-697 file header", TRAILER: "1644-695 file trailer"}
_CARD_TAGS = frozenset({"5A", "57", "56", "9F6B", "9F1F", "9F20"})
"""Chip tags that hold a card number or a track."""
_NAME = "file"


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give the records of an IPM file, whatever is wrong with it."""
    file = IpmFile(stream, _NAME)
    told: list[Finding] = []
    number = 0
    for number, message in enumerate(file, start=1):
        new = [finding for finding in file.findings if finding not in told]
        told += new
        framed = (Field("Framing", "file", str(file.framing)),) if number == 1 else ()
        yield Laid(
            number=number,
            kind=_KINDS.get(message.kind, message.kind),
            at=f"byte {message.at}",
            fields=(*framed, *_fields(message)),
            findings=(*message.findings, *new),
        )
    if left := tuple(finding for finding in file.findings if finding not in told):
        yield Laid(number + 1, "end of file", left[0].where.rpartition(":")[2], (), left)


def _fields(message: Message) -> Iterator[Field]:
    yield Field("Message type", "MTI", message.mti)
    for number, value in message.elements.items():
        element = ELEMENTS[number]
        if number in PDS_ELEMENTS:
            yield from _pds_fields(number, value)
        elif element.is_binary:
            yield from _chip_fields(number, value)
        else:
            yield Field(element.name, f"DE {number}", value)


def _pds_fields(number: int, text: str) -> Iterator[Field]:
    run, good = split_pds(text)
    for tag, value in run:
        yield Field(PDS_NAMES.get(tag, f"PDS {tag}"), f"PDS {tag}", value)
    if good != len(text):
        yield Field(ELEMENTS[number].name, f"DE {number} from character {good + 1}", text[good:])


def _chip_fields(number: int, hexadecimal: str) -> Iterator[Field]:
    data = bytes.fromhex(hexadecimal)
    at = 0
    while at < len(data):
        tag, length, start = _tag(data, at)
        if not tag or start + length > len(data):
            yield Field(
                ELEMENTS[number].name, f"DE {number} from byte {at + 1}", f"{len(data) - at} bytes, no chip tag"
            )
            return
        raw = "card data, not shown" if tag in _CARD_TAGS else data[start : start + length].hex()
        yield Field(f"Chip tag {tag}", f"DE {number} {tag}", raw)
        at = start + length


def _tag(data: bytes, at: int) -> tuple[str, int, int]:
    """The tag at a place, the length of its value and where that begins; no tag where the data end before."""
    end = at + (2 if data[at] & 0x1F == 0x1F else 1)
    if end >= len(data) or data[end] > 0x7F:
        return "", 0, end
    return data[at:end].hex().upper(), data[end], end + 1
