"""Square's signature: HMAC-SHA256 over the notification URL and the raw body, with any of several live keys.

`x-square-hmacsha256-signature: <base64>`. Square signs the URL that the subscription names, letter for
letter, which a server behind a proxy cannot see; so it is kept with the key: the secret of a signing key is
`<notification URL> <signature key>`, with one blank between them. There is no time stamp: a replay is
known by its `event_id`.
"""

import base64
import hmac
from collections.abc import Sequence

from recoup.partners.contract import Message, SigningKey, Verdict
from recoup.partners.square.wire import SIGNATURE_HEADER


def verify(message: Message, keys: Sequence[SigningKey], received_at: int) -> Verdict:
    """Say whether one of the live keys signed these bytes for its URL; `received_at` is not asked for."""
    given = message.headers.get(SIGNATURE_HEADER)
    if given is None:
        return _refused(f"no header {SIGNATURE_HEADER}")
    whole = [(url, secret) for url, secret in map(_taken_apart, keys) if url and secret]
    if keys and not whole:
        return _refused("no live key with its notification URL; a secret is the URL, a blank, the signature key")
    # Every key is compared, each in constant time: how long it takes says nothing.
    fits = [
        hmac.compare_digest(sign(url, message.body, secret), given.encode("latin-1", "replace"))
        for url, secret in whole
    ]
    if not any(fits):
        return _refused(f"a signature by none of {len(keys)} live keys")
    return Verdict(is_accepted=True, trust="signed")


def sign(url: str, body: bytes, secret: str) -> bytes:
    """Give the signature of a body that is sent to a URL, in base64."""
    return base64.b64encode(hmac.digest(secret.encode(), url.encode() + body, "sha256"))


def _taken_apart(key: SigningKey) -> tuple[str, str]:
    url, _, secret = key.secret.strip().rpartition(" ")
    return url.strip(), secret


def _refused(why: str) -> Verdict:
    return Verdict(is_accepted=False, trust="given", why=why)
