"""Mollie's two webhooks: signed events, and the classic one that nobody signs and that says nothing but an id.

`X-Mollie-Signature: sha256=<hex>` is HMAC-SHA256 over the raw body; while a secret is changed the header comes
twice, for 24 hours. A classic message is a form, `id=tr_…`: it is taken as a hint and believed in nothing, since
what it is about is read through our own call. Anything else without a signature is refused.
"""

import hmac
import re
from collections.abc import Sequence

from recoup.partners.contract import Message, SigningKey, Verdict
from recoup.partners.mollie.wire import SIGNATURE_HEADER

CLASSIC = re.compile(rb"id=(?P<id>[a-z]{2,5}_[A-Za-z0-9]{1,64})")
"""A classic message, whole."""
_PREFIX = "sha256="


def verify(message: Message, keys: Sequence[SigningKey], received_at: int) -> Verdict:
    """Say whether one of the live keys signed these bytes; a classic message is accepted as nothing but a hint."""
    header = message.headers.get(SIGNATURE_HEADER)
    if header is None:
        return _unsigned(message.body)
    given = [part.strip().removeprefix(_PREFIX).lower().encode("latin-1", "replace") for part in header.split(",")]
    # Every key and signature is compared, each in constant time: how long it takes says nothing.
    fits = [hmac.compare_digest(sign(message.body, key.secret), one) for key in keys for one in given]
    if not any(fits):
        return _refused(f"a signature by none of {len(keys)} live keys")
    return Verdict(is_accepted=True, trust="signed")


def sign(body: bytes, secret: str) -> bytes:
    """Give the signature of a body as lower-case hex digits, without its prefix."""
    return hmac.digest(secret.encode(), body, "sha256").hex().encode()


def _unsigned(body: bytes) -> Verdict:
    if CLASSIC.fullmatch(body.strip()) is None:
        return _refused("no header X-Mollie-Signature")
    return Verdict(is_accepted=True, trust="given", why="a classic webhook: an id that nobody signed")


def _refused(why: str) -> Verdict:
    return Verdict(is_accepted=False, trust="given", why=why)
