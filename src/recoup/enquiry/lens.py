"""A file as its partner means it: record by record, field by field. Needs no home, keeps nothing, changes nothing.

The format is known by the file's own signs, the partner by who finds no fault with its beginning. Records come one
by one from the stream, so that the first of a large file show at once. Card numbers are masked in every text that
leaves, whoever laid the file out (`lens_masks.py`). Read `lens_signs.py` and `lens_feeds.py` for how a file is
recognised.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import msgspec

from recoup.domain.card_numbers import mask
from recoup.domain.findings import Finding
from recoup.enquiry.lens_feeds import (
    READ_BYTES_MAX,
    TABLES,
    Candidate,
    Choice,
    Nearest,
    Sheet,
    candidates,
    chosen,
    meant,
    missing_columns,
    nearest,
    way_of,
)
from recoup.enquiry.lens_masks import clean
from recoup.enquiry.lens_packed import breaks_off, is_packed, opened
from recoup.enquiry.lens_signs import HEAD_BYTES, Sign, looked_for, sign_of, stranger
from recoup.errors import FormatUnknown
from recoup.formats import http_message
from recoup.formats.laid import Field, Laid, LayOut
from recoup.formats.strict_json import PAGE
from recoup.partners.contract import Feed, Partner, TableFeed
from recoup.partners.registry import feed_named, partner_named, refuse_unreadable

HEAD_SHOWN_CHARACTERS = 24
FIELDS_MAX = 2_000
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
_HTTP = "HTTP message"


class Sight(msgspec.Struct, frozen=True):
    """What a file was recognised as, and how it will be shown."""

    file: str
    format: str
    why: str
    candidates: tuple[Candidate, ...]
    """All feeds that the file may be of; the first shows it."""
    because: str
    """Why the first of several shows it."""
    is_packed: bool
    nearest: Nearest | None = None
    """Of a table that no feed takes: the feed that it is nearest to, with the columns that it misses."""


class Lens(msgspec.Struct, frozen=True):
    """One file, recognised."""

    sight: Sight
    path: Path
    lay_out: LayOut
    """How what stands in it, or in its message's body, is laid out."""
    partner: Partner | None
    """Whose words give meanings."""
    feed: Feed | None
    """The feed that shows it."""
    sheet: Sheet


def recognise(path: Path, known: Mapping[str, Partner], partner: str | None = None, feed: str | None = None) -> Lens:
    """Say what a file is, without reading more than its beginning, or a small one whole.

    Args:
      path: The file.
      known: The partners.
      partner: Whose file it is, where that is known.
      feed: By which feed it came, where that is known; needs `partner`.
    Raises:
      FormatUnknown: No sign and no feed fits; the message says what it is instead, or what was looked for.
      UnknownPartner, UnknownFeed: There is none of that name.
      DeclarationInvalid: The folder that declares the partner cannot be read.
    """
    among = list(known.values()) if partner is None else [partner_named(partner, known)]
    if partner is not None:
        refuse_unreadable(among[0])
    outer, sheet = _sheet(path)
    refuse_strangers(path, sheet)
    inner = sign_of(sheet.head) if outer is not None and outer.format == _HTTP else outer
    choice = _choice(sheet, inner, among, known, feed)
    first = choice.order[0] if choice.order else None
    shown_by = known[first.partner].feeds[first.feed] if first else None
    lay_out = (way_of(shown_by) if shown_by is not None else None) or (inner.lay_out if inner else None)
    if lay_out is None or (first is None and partner is not None):
        raise _unknown(path, sheet, outer, partner, known)
    sight = _sight(sheet, outer, choice, among)
    return Lens(sight, path, lay_out, known[first.partner] if first else None, shown_by, sheet)


def _choice(
    sheet: Sheet, sign: Sign | None, among: Sequence[Partner], known: Mapping[str, Partner], feed: str | None
) -> Choice:
    """Give the feeds that a file may be of, the best first; the one that was named, where one was."""
    if feed is not None:
        feed_named(among[0], feed)
        return Choice((Candidate(among[0].name, feed, "as asked"),), "")
    found = candidates(sheet, None if sign is None else sign.format, among)
    is_named_table = sign is not None and sign.format in TABLES and len(among) == 1
    if not found and is_named_table and (near := nearest(sheet, among, share_min=0)) is not None:
        return Choice((Candidate(near.partner, near.feed, f"no feed of {near.partner} is nearer to its columns"),), "")
    return chosen(sheet, found, known)


def _sight(sheet: Sheet, sign: Sign | None, choice: Choice, among: Sequence[Partner]) -> Sight:
    is_table = sign is not None and sign.format in TABLES
    return Sight(
        file=mask(sheet.name),
        format=sign.format if sign else f"file of {choice.order[0].partner}",
        why=sign.says if sign else choice.order[0].why,
        candidates=choice.order,
        because=choice.because,
        is_packed=sheet.is_packed,
        nearest=nearest(sheet, among) if is_table and not choice.order else None,
    )


def records(lens: Lens) -> Iterator[Laid]:
    """Give the records of a recognised file from its first byte, each clean of card numbers."""
    with opened(lens.path) as stream:
        number = 0
        for laid in _laid_out(stream, lens):
            number = laid.number
            told = _with_missing_columns(_cut(laid), lens)
            yield clean(told if lens.partner is None else meant(told, lens.partner))
        if breaks_off(stream):
            wrong = Finding("lens.packed", "packed file", "a packed file that breaks off", "a whole one")
            yield Laid(number + 1, "packed file", f"after record {number}", (), (wrong,))


def _laid_out(stream: BinaryIO, lens: Lens) -> Iterator[Laid]:
    is_message = lens.sight.format == _HTTP
    return _of_message(stream.read(PAGE.bytes_max), lens) if is_message else lens.lay_out(stream)


def _with_missing_columns(laid: Laid, lens: Lens) -> Laid:
    """Give the header of a table with what it misses, where the feed that shows it wants other columns."""
    if laid.number != 1 or not isinstance(lens.feed, TableFeed):
        return laid
    layout, missing = missing_columns(lens.sheet, lens.feed)
    if not missing:
        return laid
    found = Finding("lens.columns", laid.at, f"no column {', '.join(missing)}", f"the columns of {layout.name}")
    return msgspec.structs.replace(laid, findings=(*laid.findings, found))


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
    raw = _beginning(path)
    sign = sign_of(raw[:HEAD_BYTES])
    body = raw if len(raw) <= READ_BYTES_MAX else None
    packed = is_packed(path)
    sheet = Sheet(path.name, raw[:HEAD_BYTES], body, packed)
    if sign is None or sign.format != _HTTP or body is None:
        return sign, sheet
    message = http_message.parse(body, path.name)
    if isinstance(message, Finding):
        return sign, sheet
    head = message.body[:HEAD_BYTES]
    return sign, Sheet(path.name, head, message.body, packed, message.headers, message.start_line)


def _beginning(path: Path) -> bytes:
    """Read a little more than is read whole; of a packed file that breaks off, what could be unpacked."""
    with opened(path) as stream:
        return stream.read(READ_BYTES_MAX + 1)


def refuse_strangers(path: Path, sheet: Sheet) -> None:
    """Let pass what may hold records.

    Raises:
      FormatUnknown: It is empty, or a kind of file that no partner sends records in.
    """
    if not sheet.head.strip():
        found = "a packed file that breaks off before its first byte" if sheet.is_packed else _EMPTY[bool(sheet.head)]
        raise FormatUnknown(str(path), found, "a file with at least one record", "Fetch it again, and compare sizes.")
    if (other := stranger(sheet.head)) is not None:
        raise FormatUnknown(str(path), other.is_a, "a file that a partner sends", other.remedy)


_EMPTY = {False: "an empty file", True: "a file of nothing but blanks"}


def _unknown(
    path: Path, sheet: Sheet, sign: Sign | None, partner: str | None, known: Mapping[str, Partner]
) -> FormatUnknown:
    shown = mask(repr(sheet.head)[1:])[:HEAD_SHOWN_CHARACTERS]
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
