"""Adyen's signatures: one per item over eight of its fields, or one over the whole body in a header.

`additionalData.hmacSignature` is base64 of HMAC-SHA256 over the eight fields, joined by `:` without
any escaping, missing ones empty; the key is hex. Neither time nor event id is under it, so a captured
item can be sent again for ever, with other dates and other `additionalData`: what is signed is taken
as said, the rest as partly trusted, and the same record with other content is a finding.
"""

import binascii
import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from recoup.domain.findings import Finding
from recoup.formats.strict_json import MESSAGE, parse
from recoup.partners.adyen.wire import SIGNATURE_HEADER, items
from recoup.partners.contract import Message, SigningKey, Verdict

SIGNED_FIELDS = (
    "pspReference",
    "originalReference",
    "merchantAccountCode",
    "merchantReference",
    "amount.value",
    "amount.currency",
    "eventCode",
    "success",
)


def verify(message: Message, keys: Sequence[SigningKey], received_at: int) -> Verdict:
    """Say which items one of the live keys signed; a message of which none is signed is refused whole."""
    document = parse(message.body, MESSAGE)
    if isinstance(document, Finding):
        return _refused(f"no strict JSON: {document.found}")
    sent = items(document)
    if sent is None:
        return _verify_whole(message, keys)
    secrets = [secret for key in keys if (secret := _secret(key.secret)) is not None]
    refused = {
        position: why for position, item in enumerate(sent, start=1) if (why := _why_refused(item, secrets)) is not None
    }
    if len(refused) == len(sent):
        return _refused(next(iter(refused.values()), "no item"))
    return Verdict(is_accepted=True, trust="partly", refused=refused)


def sign(item: Mapping[str, Any], secret: bytes) -> str:
    """Give the signature of an item, from its eight fields alone."""
    signed = ":".join(_field(item, name) for name in SIGNED_FIELDS)
    return _base64(secret, signed.encode("utf-8", "surrogatepass"))


def _verify_whole(message: Message, keys: Sequence[SigningKey]) -> Verdict:
    said = message.headers.get(SIGNATURE_HEADER)
    if said is None:
        return _refused("neither items nor a header HmacSignature")
    secrets = [secret for key in keys if (secret := _secret(key.secret)) is not None]
    if not _fits(said, [_base64(secret, message.body) for secret in secrets]):
        return _refused(f"a signature by none of {len(keys)} live keys")
    return Verdict(is_accepted=True, trust="signed")


def _why_refused(item: Any, secrets: Sequence[bytes]) -> str | None:
    data = item.get("additionalData") if isinstance(item, dict) else None
    said = data.get("hmacSignature") if isinstance(data, dict) else None
    if not isinstance(said, str) or not said:
        return "an item without hmacSignature"
    if not _fits(said, [sign(item, secret) for secret in secrets]):
        return f"an item signed by none of {len(secrets)} live keys"
    return None


def _fits(said: str, wanted: Sequence[str]) -> bool:
    """Compare with every key, each in constant time. The text is compared, so that no other encoding passes."""
    given = said.encode("utf-8", "surrogatepass")
    fits = [hmac.compare_digest(given, signature.encode()) for signature in wanted]
    return any(fits)


def _field(item: Mapping[str, Any], name: str) -> str:
    value: Any = item
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _secret(text: str) -> bytes | None:
    """The key's bytes; None for one that is no hex, which then fits nothing."""
    try:
        return binascii.unhexlify(text.strip())
    except (binascii.Error, ValueError):
        return None


def _base64(secret: bytes, signed: bytes) -> str:
    return b64encode(hmac.new(secret, signed, "sha256").digest()).decode()


def _refused(why: str) -> Verdict:
    return Verdict(is_accepted=False, trust="given", why=why)
