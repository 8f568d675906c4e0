"""Checkout.com's signature: HMAC-SHA256 over the raw body, with any of several live keys.

`Cko-Signature: <hex>`; the key is the text of the signature key that was set for the webhook. There is no
time stamp: a replay is known by the event's id. Laying the body out anew changes some values, so only the
bytes as they came are looked at.
"""

import hmac
from collections.abc import Sequence

from recoup.partners.checkout.wire import SIGNATURE_HEADER
from recoup.partners.contract import Message, SigningKey, Verdict


def verify(message: Message, keys: Sequence[SigningKey], received_at: int) -> Verdict:
    """Say whether one of the live keys signed these bytes; `received_at` is not asked for."""
    header = message.headers.get(SIGNATURE_HEADER)
    if header is None:
        return _refused("no header Cko-Signature")
    given = header.strip().lower().encode("latin-1", "replace")
    # Every key is compared, each in constant time: how long it takes says nothing.
    fits = [hmac.compare_digest(sign(message.body, key.secret), given) for key in keys]
    if not any(fits):
        return _refused(f"a signature by none of {len(keys)} live keys")
    return Verdict(is_accepted=True, trust="signed")


def sign(body: bytes, secret: str) -> bytes:
    """Give the signature of a body as lower-case hex digits."""
    return hmac.digest(secret.encode(), body, "sha256").hex().encode()


def _refused(why: str) -> Verdict:
    return Verdict(is_accepted=False, trust="given", why=why)
