"""Braintree's signature: HMAC-SHA1 over the payload's text, with the SHA-1 of the private key as key.

A message is a form: `bt_payload` is base64 of XML, and `bt_signature` pairs of public key and
hexadecimal digits, joined by `&`. A key of ours is named by the public key (what follows a `/` in the
name tells two of one apart), and its secret is the private key. The text is signed as received, line
breaks and all; Braintree's own libraries also take it with one more at its end, and so do we.
Neither time nor id is in the envelope: a message may be sent again for ever, and says the same.
"""

import hmac
import re
from collections.abc import Sequence
from hashlib import sha1
from urllib.parse import parse_qsl

from recoup.partners.braintree.wire import PAYLOAD_FIELD, SIGNATURE_FIELD
from recoup.partners.contract import Message, SigningKey, Verdict

FIELDS_MAX = 16
PAYLOAD = re.compile(r"[A-Za-z0-9+=/\n]+")
"""What a payload may consist of, as Braintree's libraries have it."""


def verify(message: Message, keys: Sequence[SigningKey], received_at: int) -> Verdict:
    """Say whether one of the live keys signed the payload of this form."""
    fields = form(message.body)
    if fields is None:
        return _refused("no form with one bt_signature and one bt_payload")
    said, payload = fields
    if not PAYLOAD.fullmatch(payload):
        return _refused("a payload with other characters than base64")
    pairs = [pair.partition("|") for pair in said.split("&")]
    fits = [
        hmac.compare_digest(given.encode("utf-8", "replace"), wanted)
        for key in keys
        for public, bar, given in pairs
        if bar and public == key.name.partition("/")[0]
        for wanted in (sign(payload, key.secret), sign(f"{payload}\n", key.secret))
    ]
    if not fits:
        return _refused(f"no signature for any of {len(keys)} live keys")
    return Verdict(is_accepted=True, trust="signed") if any(fits) else _refused("a signature that does not fit")


def sign(payload: str, private_key: str) -> bytes:
    """Give the signature of a payload as lower-case hex digits."""
    return hmac.digest(sha1(private_key.encode()).digest(), payload.encode(), "sha1").hex().encode()


def form(body: bytes) -> tuple[str, str] | None:
    """Give signature and payload of a form; None where either is not there exactly once."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        return None
    found = [[value for name, value in pairs if name == field] for field in (SIGNATURE_FIELD, PAYLOAD_FIELD)]
    signatures, payloads = found
    return (signatures[0], payloads[0]) if len(signatures) == len(payloads) == 1 else None


def _refused(why: str) -> Verdict:
    return Verdict(is_accepted=False, trust="given", why=why)
