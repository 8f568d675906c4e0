"""A file as its partner means it: record by record, field by field. Needs no home, keeps nothing, changes nothing.

The format is known by the file's own signs, the partner by who finds no fault with its beginning. Records come one
by one from the stream, so that the first of a large file show at once. Card numbers are masked here, in every text
that leaves, whoever laid the file out. Read `lens_signs.py` and `lens_feeds.py` for how a file is recognised.
"""

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from recoup.domain.card_numbers import mask, mask_digits
from recoup.domain.findings import Finding
from recoup.enquiry.lens_feeds import READ_BYTES_MAX, Candidate, Says, Sheet, candidates, meant, says, way_of
from recoup.enquiry.lens_signs import HEAD_BYTES, Sign, looked_for, sign_of
from recoup.errors import FormatUnknown
from recoup.formats import http_message
from recoup.formats.laid import Field, Laid, LayOut
from recoup.formats.strict_json import PAGE
from recoup.partners.contract import Feed, Partner
from recoup.partners.registry import feed_named, partner_named, refuse_unreadable

CARD_FIELDS = frozenset({"Primary account number", "Account number", "Individual Card Account Number"})
"""Fields that hold a card number by their standard, whether or not it passes for one."""
VALUE_CHARACTERS_MAX = 4_000
"""Longer values are cut, with their length said: a person wants to see that they are there."""
NUMBER_CHARACTERS_MAX = 100
"""No card number is longer, spaces and dashes among it."""
HEAD_SHOWN_CHARACTERS = 24
FIELDS_MAX = 2_000
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
_GZIP = b"\x1f\x8b"
_HTTP = "HTTP message"


class Sight(msgspec.Struct, frozen=True):
    """What a file was recognised as, and how it will be shown."""

    file: str
    format: str
    why: str
    candidates: tuple[Candidate, ...]
    """All feeds that the file may be of; the first shows it."""
    is_packed: bool
    says: Says | None
    """What the file says as the intake would read it; None for large files, tables, and where the feed is not known."""


class Lens(msgspec.Struct, frozen=True):
    """One file, recognised."""

    sight: Sight
    path: Path
    lay_out: LayOut
    """How what stands in it, or in its message's body, is laid out."""
    partner: Partner | None
    """Whose words give meanings."""


def recognise(path: Path, known: Mapping[str, Partner], partner: str | None = None, feed: str | None = None) -> Lens:
    """Say what a file is, without reading more than its beginning, or a small one whole.

    Args:
      path: The file.
      known: The partners.
      partner: Whose file it is, where that is known.
      feed: By which feed it came, where that is known; needs `partner`.
    Raises:
      FormatUnknown: No sign and no feed fits; the message lists what was looked for.
      UnknownPartner, UnknownFeed: There is none of that name.
      DeclarationInvalid: The folder that declares the partner cannot be read.
    """
    among = list(known.values()) if partner is None else [partner_named(partner, known)]
    if partner is not None:
        refuse_unreadable(among[0])
    outer, sheet = _sheet(path)
    inner = sign_of(sheet.head) if outer is not None and outer.format == _HTTP else outer
    if partner is not None and feed is not None:
        feed_named(among[0], feed)
        found = [Candidate(partner, feed, "as asked")]
    else:
        found = candidates(sheet, None if inner is None else inner.format, among)
    first = known[found[0].partner].feeds[found[0].feed] if found else None
    lay_out = (way_of(first) if first is not None else None) or (inner.lay_out if inner else None)
    if lay_out is None or (not found and partner is not None):
        raise _unknown(path, sheet, outer, partner, known)
    owner = found[0].partner if len({c.partner for c in found}) == 1 else None
    return Lens(_sight(sheet, outer, found, first), path, lay_out, known[owner] if owner else None)


def _sight(sheet: Sheet, sign: Sign | None, found: list[Candidate], first: Feed | None) -> Sight:
    is_sure = len(found) == 1 and first is not None
    return Sight(
        file=mask(sheet.name),
        format=sign.format if sign else f"file of {found[0].partner}",
        why=sign.says if sign else found[0].why,
        candidates=tuple(found),
        is_packed=sheet.is_packed,
        says=_masked(says(sheet, found[0].partner, first)) if is_sure and first is not None else None,
    )


def records(lens: Lens) -> Iterator[Laid]:
    """Give the records of a recognised file from its first byte, each clean of card numbers."""
    with _opened(lens.path) as stream:
        number = 0
        try:
            for laid in _laid_out(stream, lens):
                number = laid.number
                cut = _cut(laid)
                yield _clean(cut if lens.partner is None else meant(cut, lens.partner))
        except (EOFError, gzip.BadGzipFile, zlib.error):
            wrong = Finding("lens.packed", "packed file", "a packed file that breaks off", "a whole one")
            yield Laid(number + 1, "packed file", f"after record {number}", (), (wrong,))


def _laid_out(stream: BinaryIO, lens: Lens) -> Iterator[Laid]:
    return _of_message(stream.read(PAGE.bytes_max), lens) if lens.sight.format == _HTTP else lens.lay_out(stream)


def findings_of(field: Field, laid: Laid) -> tuple[Finding, ...]:
    """Give the findings of a record that name this field."""
    places = {field.at, field.name}
    return tuple(f for f in laid.findings if any(f.where.endswith(f" {place}") or f.where == place for place in places))


def _of_message(raw: bytes, lens: Lens) -> Iterator[Laid]:
    message = http_message.parse(raw, "message")
    if isinstance(message, Finding):
        return iter((Laid(1, "HTTP head", "byte 0", (), (message,)),))
    shown = {name: "hidden" if name in SECRET_HEADERS else value for name, value in message.headers.items()}
    fields = (Field(name, f"header {name}", value) for name, value in shown.items())
    head = Laid(1, "HTTP head", "byte 0", (Field("start line", "line 1", message.start_line), *fields))
    body = lens.lay_out(io.BytesIO(message.body)) if message.body.strip() else iter(())
    return chain((head,), (msgspec.structs.replace(laid, number=laid.number + 1) for laid in body))


def _sheet(path: Path) -> tuple[Sign | None, Sheet]:
    """Give the sign of a file, and what detection needs of it: of a message the body alone."""
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
    raw = _beginning(path)
    sign = sign_of(raw[:HEAD_BYTES])
    body = raw if len(raw) <= READ_BYTES_MAX else None
    sheet = Sheet(path.name, raw[:HEAD_BYTES], body, is_packed)
    if sign is None or sign.format != _HTTP or body is None:
        return sign, sheet
    message = http_message.parse(body, path.name)
    if isinstance(message, Finding):
        return sign, sheet
    head = message.body[:HEAD_BYTES]
    return sign, Sheet(path.name, head, message.body, is_packed, message.headers, message.start_line)


def _beginning(path: Path) -> bytes:
    """Read a little more than is read whole; of a packed file that breaks off, what could be unpacked."""
    parts: list[bytes] = []
    with _opened(path) as stream, suppress(EOFError, gzip.BadGzipFile, zlib.error):
        while sum(map(len, parts)) <= READ_BYTES_MAX and (part := stream.read(HEAD_BYTES)):
            parts.append(part)
    return b"".join(parts)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacked where it was packed by gzip."""
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
        file.seek(0)
        if not is_packed:
            yield file
            return
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield io.BufferedReader(unpacked)


def _unknown(
    path: Path, sheet: Sheet, sign: Sign | None, partner: str | None, known: Mapping[str, Partner]
) -> FormatUnknown:
    shown = mask(repr(sheet.head)[1:])[:HEAD_SHOWN_CHARACTERS] if sheet.head.strip() else "nothing"
    if sign is not None:
        found = f"{sign.format} ({sign.says}) that no feed of {partner or 'any partner'} takes for its own"
    else:
        found = f"a file that begins with {shown}"
    if partner is None:
        return FormatUnknown(str(path), found, f"a sign of a known format ({looked_for()})", _REMEDY)
    feeds = ", ".join(sorted(known[partner].feeds))
    return FormatUnknown(str(path), found, f"a file of one of {partner}'s feeds: {feeds}", _REMEDY)


_REMEDY = "Name partner and feed to see it all the same: --partner NAME --feed NAME."


def _cut(laid: Laid) -> Laid:
    """Give a record with as many fields as a person may want to look through."""
    more = len(laid.fields) - FIELDS_MAX
    if more > 0:
        cut = Finding("lens.fields", laid.at, f"{more} more fields", f"at most {FIELDS_MAX} are shown", "note")
        return msgspec.structs.replace(laid, fields=laid.fields[:FIELDS_MAX], findings=(*laid.findings, cut))
    return laid


def _clean(laid: Laid) -> Laid:
    return Laid(
        laid.number,
        _short(laid.kind),
        _short(laid.at),
        tuple(_clean_field(field) for field in laid.fields),
        tuple(_clean_finding(found) for found in laid.findings),
    )


def _clean_field(field: Field) -> Field:
    meaning = None if field.meaning is None else _short(field.meaning)
    raw = mask_digits(field.raw) if field.name in CARD_FIELDS else field.raw
    return Field(_short(field.name), _short(field.at), _short(raw), meaning)


def _clean_finding(found: Finding) -> Finding:
    return Finding(found.check, mask(found.where), mask(found.found), mask(found.wanted), found.severity)


def _short(text: str) -> str:
    """Mask first and cut then: half a card number is no card number any more, and would stay."""
    if len(text) <= VALUE_CHARACTERS_MAX:
        return mask(text)
    head = mask(text[: VALUE_CHARACTERS_MAX + NUMBER_CHARACTERS_MAX])[:VALUE_CHARACTERS_MAX]
    return f"{head}… ({len(text)} characters)"


def _masked(found: Says | None) -> Says | None:
    """Mask every text of what a file says."""
    return None if found is None else _masked_value(found)


def _masked_value(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, msgspec.Struct):
        return type(value)(**{n: _masked_value(getattr(value, n)) for n in value.__struct_fields__})
    if isinstance(value, tuple | list):
        return type(value)(_masked_value(inner) for inner in value)
    return value
