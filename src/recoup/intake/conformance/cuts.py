"""Ways to spoil a file: cut it at a record, join two, write it in another encoding, change what it states."""

import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from recoup.formats.laid import Laid, LayOut
from recoup.partners.contract import Control

CUTS_MAX = 60
LAID_MAX = 5_000
_PLACE = re.compile(r"(byte|line) ([0-9]+)")
_EBCDIC = "cp500"


def boundaries(body: bytes, lay_out: LayOut | None) -> list[int]:
    """Give where records begin, the first left out: by the format's own layout, else by brackets or lines."""
    found = sorted({at for at, _ in places_of(body, lay_out)}) if lay_out else []
    if not found and body.lstrip()[:1] in (b"{", b"[", b"<"):
        found = [at.end() for at in re.finditer(rb"[}>]", body)]
    if not found:
        found = [at.end() for at in re.finditer(rb"\r?\n", body)]
    inner = [at for at in found if 0 < at < len(body) and body[at:].strip()]
    step = -(-len(inner) // CUTS_MAX) or 1
    return sorted({*inner[::step], *inner[-1:]})


def recoded(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Give the file as it would be in encodings that it is not in."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        # What a transfer in text mode makes of a file that is none.
        yield "EBCDIC read as text", body.decode(_EBCDIC).encode("latin-1")
        return
    yield "UTF-16 without a mark", text.encode("utf-16-le")
    yield "UTF-16", text.encode("utf-16")
    if text.isascii():
        yield "EBCDIC", text.encode(_EBCDIC)


def off_by_one(body: bytes, control: Control, cuts: Sequence[int], *, has_head: bool) -> Iterator[bytes]:
    """Give the file with one stated total changed by one, for each place where the total may stand.

    Args:
      body: The file.
      control: The total.
      cuts: Where records begin: a file states its totals in its last record.
      has_head: Whether it may state them in its first two as well.
    """
    last, second = (cuts[-1], cuts[1] if has_head and len(cuts) > 1 else 0) if cuts else (0, 0)
    for form in _forms(control.stated):
        for encoding in ("ascii", _EBCDIC):
            told = form.encode(encoding)
            changed = (form[:-1] + str((int(form[-1]) + 1) % 10)).encode(encoding)
            places = _places(body, told)
            for at in (*(at for at in places if at >= last), *(at for at in places if at < second)):
                yield body[:at] + changed + body[at + len(told) :]


def _forms(stated: int) -> list[str]:
    digits = str(abs(stated))
    padded = digits.rjust(3, "0")
    return [digits, f"{padded[:-2]}.{padded[-2:]}", f"{padded[:-2]},{padded[-2:]}"]


def _places(body: bytes, told: bytes) -> list[int]:
    """Give where these digits stand, the last first."""
    return [at.start() for at in re.finditer(b"(?=" + re.escape(told) + b")", body)][::-1]


def places_of(body: bytes, lay_out: LayOut) -> Iterator[tuple[int, Laid]]:
    """Give the records of a file, each with the byte at which it begins."""
    lines = [0, *(at.end() for at in re.finditer(rb"\n", body))]
    for laid in islice(lay_out(io.BytesIO(body)), LAID_MAX):
        place = _PLACE.match(laid.at)
        if place and place[1] == "byte":
            yield int(place[2]), laid
        elif place and int(place[2]) <= len(lines):
            yield lines[int(place[2]) - 1], laid
