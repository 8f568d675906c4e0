"""By what a file shows which format it is in: a few bytes at its beginning, and nothing of its name.

A format that only partners lay out has a sign and no way to be shown of its own: their feeds show it.
"""

import re
from collections.abc import Callable

import msgspec

from recoup.enquiry import lens_csv, lens_json, lens_parquet, lens_xml
from recoup.formats import http_message
from recoup.formats.laid import LayOut

HEAD_BYTES = 1 << 16
NACHA_CHARACTERS = 94
_BLANK = b"\xef\xbb\xbf \t\r\n"
_EBCDIC_1644 = b"\xf1\xf6\xf4\xf4"
_TAG_20 = re.compile(rb"(?:^|[\r\n]):(?:20|25|28C?):")
_OFX = re.compile(rb"OFXHEADER|<OFX>", re.IGNORECASE)


class Sign(msgspec.Struct, frozen=True):
    """One format: its name, what was looked for, whether a head shows it, and how it is shown without a partner."""

    format: str
    says: str
    fits: Callable[[bytes], bool]
    lay_out: LayOut | None = None


def _is_ipm(head: bytes) -> bool:
    """A length of four bytes, then the message type of a file header, in ASCII or EBCDIC."""
    return head[:2] == b"\0\0" and head[4:8] in (b"1644", _EBCDIC_1644)


def _is_nacha(head: bytes) -> bool:
    line = head.split(b"\n", 1)[0].rstrip(b"\r")
    is_headed = head[:3] == b"101" and len(line) >= 90 and line[34:37] in (b"094", b"   ")
    return is_headed or (len(line) == NACHA_CHARACTERS and line[:1] in (b"1", b"5", b"6", b"7", b"8", b"9"))


def _is_bai(head: bytes) -> bool:
    return head.lstrip(_BLANK).startswith(b"01,") and b"/" in head[:300]


def _is_swift(head: bytes) -> bool:
    return head.lstrip(_BLANK).startswith(b"{1:") or _TAG_20.search(head[:1024]) is not None


def _is_json(head: bytes) -> bool:
    return head.lstrip(_BLANK)[:1] in (b"{", b"[")


def _is_json_lines(head: bytes) -> bool:
    first, _, rest = head.lstrip(_BLANK).partition(b"\n")
    return first[:1] == b"{" and first.rstrip()[-1:] == b"}" and rest.lstrip()[:1] == b"{"


def _is_xml(head: bytes) -> bool:
    bare = head.lstrip(_BLANK)
    return bare[:1] == b"<" or bare[:4] in (b"\xff\xfe<\0", b"\xfe\xff\0<")


SIGNS: tuple[Sign, ...] = (
    Sign("Parquet", "PAR1 at its beginning", lambda head: head[:4] == b"PAR1", lens_parquet.lay_out),
    Sign("HTTP message", "a request line or a status line", http_message.is_message),
    Sign("ISO 8583 (IPM)", "a record length and 1644 in ASCII or EBCDIC", _is_ipm),
    Sign("Nacha (ACH)", "records of 94 characters, the first of them 101", _is_nacha),
    Sign("MT940/MT942", "tags such as :20: on lines of their own", _is_swift),
    Sign("BAI2", "a file header record 01,", _is_bai),
    Sign("OFX", "OFXHEADER or <OFX>", lambda head: _OFX.search(head[:1024]) is not None),
    Sign("XML", "an opening <", _is_xml, lens_xml.lay_out),
    Sign("JSON lines", "an object per line", _is_json_lines, lens_json.lay_out_lines),
    Sign("JSON", "an opening { or [", _is_json, lens_json.lay_out),
    Sign(
        "delimited text",
        "lines that a comma, semicolon, tab or bar cuts alike",
        lens_csv.is_delimited,
        lens_csv.lay_out,
    ),
)
"""The first that fits counts: those that say more stand before those that say less."""


class Stranger(msgspec.Struct, frozen=True):
    """A kind of file that no partner's records come in: by what it begins with, what it is, what to do about it."""

    begins: bytes
    is_a: str
    remedy: str


_AS_SENT = "Ask for the file as the partner sends it, in text, XML or the format of its guide."
_SAVE_AS = "Save it as {}, or ask for the file as the partner sends it."
_UNPACK = "Unpack it, then look into what was in it."
STRANGERS: tuple[Stranger, ...] = (
    Stranger(b"{\\rtf", "an RTF document, as word processors save text", _SAVE_AS.format("plain text")),
    Stranger(b"%PDF-", "a PDF document", _AS_SENT),
    Stranger(b"PK\x03\x04", "a ZIP archive, or a spreadsheet or document kept in one", _UNPACK),
    Stranger(b"\xd0\xcf\x11\xe0", "an old Office document", _SAVE_AS.format("CSV")),
    Stranger(b"7z\xbc\xaf", "a 7z archive", _UNPACK),
    Stranger(b"Rar!", "a RAR archive", _UNPACK),
    Stranger(b"BZh", "a file packed by bzip2", _UNPACK),
    Stranger(b"\xfd7zXZ", "a file packed by xz", _UNPACK),
    Stranger(b"\x28\xb5\x2f\xfd", "a file packed by zstd", _UNPACK),
    Stranger(b"-----BEGIN PGP", "a file encrypted or signed by PGP", "Decrypt it, then look into what was in it."),
    Stranger(b"SQLite format 3\0", "a SQLite database", _AS_SENT),
    Stranger(b"\x89PNG", "a picture (PNG)", _AS_SENT),
    Stranger(b"\xff\xd8\xff", "a picture (JPEG)", _AS_SENT),
)


def stranger(head: bytes) -> Stranger | None:
    """Give what a file is that no partner sends records in; None where it is nothing of that kind."""
    bare = head.lstrip(_BLANK)
    return next((one for one in STRANGERS if head.startswith(one.begins) or bare.startswith(one.begins)), None)


def sign_of(head: bytes) -> Sign | None:
    """Give the format that a file with this beginning is in; None where no sign fits."""
    return next((sign for sign in SIGNS if sign.fits(head)), None)


def looked_for() -> str:
    """Say what was looked for, for those whose file shows none of it."""
    return "; ".join(f"{sign.format}: {sign.says}" for sign in SIGNS)
