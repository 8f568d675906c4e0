"""Klarna's signature: HMAC-SHA256 over the raw body, by the signing key that a header names.

`Klarna-Signing-Key-Id` says which key, `Klarna-Signature` the signature. In which letters it is written was not
verified: both hexadecimal and Base64 of the same 32 bytes are taken, which makes none easier to guess. A live key
that has the named key's id as its name is the only one looked at; where none has, all are. There is no time
stamp: a replay is known by the event's id.
"""

import base64
import hmac
from collections.abc import Sequence

from recoup.partners.contract import Message, SigningKey, Verdict
from recoup.partners.klarna.wire import KEY_HEADER, SIGNATURE_HEADER


def verify(message: Message, keys: Sequence[SigningKey], received_at: int) -> Verdict:
    """Say whether the named key, or else one of the live keys, signed these bytes; `received_at` is not asked for."""
    header = message.headers.get(SIGNATURE_HEADER)
    if header is None:
        return _refused("no header Klarna-Signature")
    given = header.strip().encode("latin-1", "replace")
    named = message.headers.get(KEY_HEADER, "").strip()
    tried = [key for key in keys if key.name == named] or keys
    # Every key and form is compared, each in constant time: how long it takes says nothing.
    fits = [_fits(given, sign(message.body, key.secret)) for key in tried]
    if not any(fits):
        return _refused(f"a signature by none of {len(tried)} live keys")
    return Verdict(is_accepted=True, trust="signed")


def sign(body: bytes, secret: str) -> bytes:
    """Give the 32 bytes of the signature of a body."""
    return hmac.digest(secret.encode(), body, "sha256")


def _fits(given: bytes, wanted: bytes) -> bool:
    is_hexadecimal = hmac.compare_digest(wanted.hex().encode(), given.lower())
    return hmac.compare_digest(base64.b64encode(wanted), given) or is_hexadecimal


def _refused(why: str) -> Verdict:
    return Verdict(is_accepted=False, trust="given", why=why)
