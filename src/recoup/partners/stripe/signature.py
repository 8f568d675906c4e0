"""Stripe's signature: HMAC-SHA256 over time stamp and raw body, with any of several live keys.

`Stripe-Signature: t=<epoch seconds>,v1=<hex>[,v1=<hex>…][,v0=…]`. The key is the secret's text as
it is, `whsec_` and all. Only `v1` counts. Too old is refused, measured against when the message was
received; a time stamp ahead of us passes, as in Stripe's own libraries.
"""

import hmac
from collections.abc import Sequence

from recoup.partners.contract import Message, SigningKey, Verdict
from recoup.partners.stripe.wire import SIGNATURE_HEADER

TOLERANCE_SECONDS = 300
"""Stripe's default: an older message is a replay, or lay somewhere that we should know of."""


def verify(message: Message, keys: Sequence[SigningKey], received_at: int) -> Verdict:
    """Say whether one of the live keys signed these bytes, not too long before they were received."""
    header = message.headers.get(SIGNATURE_HEADER)
    if header is None:
        return _refused("no header Stripe-Signature")
    stamp, signatures = _elements(header)
    if stamp is None:
        return _refused("a signature header without one time stamp")
    if not signatures:
        return _refused("no signature of scheme v1")
    signed = stamp.encode() + b"." + message.body
    # Every key and signature is compared, each in constant time: how long it takes says nothing.
    fits = [hmac.compare_digest(sign(signed, key.secret), given) for key in keys for given in signatures]
    if not any(fits):
        return _refused(f"a signature by none of {len(keys)} live keys")
    age = received_at // 1_000_000 - int(stamp)
    if age > TOLERANCE_SECONDS:
        return _refused(f"a signature {age} s old; at most {TOLERANCE_SECONDS} s count")
    return Verdict(is_accepted=True, trust="signed")


def sign(signed: bytes, secret: str) -> bytes:
    """Give the signature of `t.body` as lower-case hex digits."""
    return hmac.digest(secret.encode(), signed, "sha256").hex().encode()  # at once: half the time of an object


def _elements(header: str) -> tuple[str | None, list[bytes]]:
    """Take the header apart: its one time stamp as written, and its signatures of scheme v1."""
    pairs = [element.partition("=") for element in header.split(",")]
    stamps = [value for name, _, value in pairs if name.strip() == "t"]
    signatures = [value.encode("latin-1", "replace") for name, _, value in pairs if name.strip() == "v1"]
    stamp = stamps[0] if len(stamps) == 1 else None
    is_number = stamp is not None and stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    return (stamp if is_number else None), signatures


def _refused(why: str) -> Verdict:
    return Verdict(is_accepted=False, trust="given", why=why)
