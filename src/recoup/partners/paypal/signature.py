"""PayPal's signature: RSA with SHA-256 over transmission id, time, webhook id and the CRC32 of the body.

A key of ours is named by the webhook's id (whatever follows a `/` in the name tells two keys of one
webhook apart), and its secret is PayPal's certificate as PEM: one, several one after the other, or
public keys alone. The message names an address to fetch the certificate from; it is checked to be
PayPal's, and never fetched: whoever may name the key may sign.

What is signed is a checksum of 32 bits, which anybody can meet with another body once one signed
message is known. So a message that passes came from PayPal or from somebody who holds one of its
messages; what it says is trusted partly, and the dispute is asked for again.
"""

import binascii
import datetime as dt
import re
import zlib
from base64 import b64decode
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from recoup.domain.instants import DAY, SECOND, parse_instant
from recoup.errors import InstantRefused
from recoup.partners.contract import Message, SigningKey, Verdict
from recoup.partners.paypal.wire import (
    ALGORITHM_HEADER,
    CERTIFICATE_HEADER,
    SIGNATURE_HEADER,
    TRANSMISSION_ID_HEADER,
    TRANSMISSION_TIME_HEADER,
)

ALGORITHM = "SHA256withRSA"
AGE_MAX = 4 * DAY
"""PayPal sends again for three days, and whether with a new time was not read; older than that is a replay."""
AHEAD_MAX = 300 * SECOND
_HEADERS = (
    ALGORITHM_HEADER,
    CERTIFICATE_HEADER,
    TRANSMISSION_ID_HEADER,
    TRANSMISSION_TIME_HEADER,
    SIGNATURE_HEADER,
)
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)
_PEM_MAX = 8
"""Certificates looked at in one key: one in use, one coming, and what a person pastes with them."""


class PublicKey(msgspec.Struct, frozen=True):
    """One key that may have signed, and when its certificate holds; microseconds UTC, None for a bare key."""

    key: RSAPublicKey
    valid_from: int | None = None
    valid_to: int | None = None

    def holds(self, at: int) -> bool:
        """Whether the certificate is valid at an instant."""
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at <= self.valid_to)


def verify(message: Message, keys: Sequence[SigningKey], received_at: int) -> Verdict:
    """Say whether PayPal signed this message for one of our webhooks, not too long before it was received."""
    said = {name: message.headers.get(name, "") for name in _HEADERS}
    why = _why_unfit(said, received_at)
    if why is not None:
        return _refused(why)
    given = _decoded(said[SIGNATURE_HEADER])
    if given is None:
        return _refused("a signature that is no base64")
    known = [(key.name.partition("/")[0], found) for key in keys for found in public_keys(key.secret)]
    live = [(webhook, found) for webhook, found in known if found.holds(received_at)]
    if any(fits(found.key, given, signed(said, webhook, message.body)) for webhook, found in live):
        return Verdict(is_accepted=True, trust="partly")
    return _refused(f"a signature by none of {len(live)} live certificates")


def signed(said: dict[str, str], webhook: str, body: bytes) -> bytes:
    """Give the text that is signed: four parts between bars, the checksum as a decimal number."""
    parts = (said[TRANSMISSION_ID_HEADER], said[TRANSMISSION_TIME_HEADER], webhook, str(zlib.crc32(body)))
    return "|".join(parts).encode()


def fits(key: RSAPublicKey, given: bytes, text: bytes) -> bool:
    """Whether the signature is that of the text by the owner of this key."""
    try:
        key.verify(given, text, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=64)
def public_keys(pem: str) -> tuple[PublicKey, ...]:
    """Give the RSA keys of certificates or public keys in PEM; what is neither, or of another kind, is none."""
    blocks = [(found.group(1), found.group(0).encode()) for found in _PEM.finditer(pem)][:_PEM_MAX]
    keys = [key for kind, block in blocks if (key := _public_key(kind, block)) is not None]
    return tuple(keys)


def _public_key(kind: str, block: bytes) -> PublicKey | None:
    try:
        if kind != "CERTIFICATE":
            return _of_rsa(load_pem_public_key(block))
        found = x509.load_pem_x509_certificate(block)
        valid = _micros(found.not_valid_before_utc), _micros(found.not_valid_after_utc)
        return _of_rsa(found.public_key(), *valid)
    except (ValueError, UnsupportedAlgorithm):
        return None


def _of_rsa(key: object, valid_from: int | None = None, valid_to: int | None = None) -> PublicKey | None:
    return PublicKey(key, valid_from, valid_to) if isinstance(key, RSAPublicKey) else None


def _micros(moment: dt.datetime) -> int:
    return int(moment.timestamp()) * SECOND  # certificates count whole seconds


def _why_unfit(said: dict[str, str], received_at: int) -> str | None:
    """What is wrong with the five headers, before any key is looked at."""
    absent = [name for name, value in said.items() if not value]
    if absent:
        return f"no header {absent[0]}"
    if said[ALGORITHM_HEADER] != ALGORITHM:
        return f"another algorithm than {ALGORITHM}"
    if not is_paypals(said[CERTIFICATE_HEADER]):
        return "a certificate that is not at paypal.com"
    try:
        age = received_at - parse_instant(said[TRANSMISSION_TIME_HEADER])
    except InstantRefused:
        return "a transmission time that is no instant"
    if not -AHEAD_MAX <= age <= AGE_MAX:
        return f"a message sent {age // SECOND} s before it was received; -{AHEAD_MAX // SECOND} to {AGE_MAX // SECOND}"
    return None


def is_paypals(address: str) -> bool:
    """Whether an address is at a host of PayPal's, by https and without tricks in its authority."""
    try:
        parts = urlsplit(address)
        is_plain = parts.scheme == "https" and parts.username is None and parts.port in (None, 443)
    except ValueError:
        return False
    host = parts.hostname or ""
    return is_plain and (host == "paypal.com" or host.endswith(".paypal.com"))


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _refused(why: str) -> Verdict:
    return Verdict(is_accepted=False, trust="given", why=why)
