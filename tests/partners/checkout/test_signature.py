"""Checkout.com's signature: over the bytes as they came, by any live key."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.partners.checkout.signature import sign, verify
from recoup.partners.contract import Message, SigningKey, Verdict

BODY = b'{"id":"evt_1","type":"dispute_won","data":{"amount":8150}}'
KEY = SigningKey("live", "signature-key-of-the-tests")
# Computed apart with OpenSSL: openssl dgst -sha256 -hmac signature-key-of-the-tests
KNOWN = "01fa04329a864fc5e6afd3540dc807bf82dab67c0168163ad70078b4e661b5d1"


def verdict(header: str | None, body: bytes = BODY, *keys: SigningKey) -> Verdict:
    """What is found on a message with this header."""
    headers = {} if header is None else {"cko-signature": header}
    return verify(Message("POST /in/checkout HTTP/1.1", headers, body), keys or (KEY,), 0)


def test_signature_is_the_documented_construction() -> None:
    """HMAC-SHA256 over the raw body, in lower-case hex; capitals are the same digits."""
    assert sign(BODY, KEY.secret).decode() == KNOWN
    assert verdict(KNOWN) == Verdict(is_accepted=True, trust="signed")
    assert verdict(f" {KNOWN.upper()} ").is_accepted


def test_any_live_key_will_do() -> None:
    """While a key is rotated."""
    assert verdict(KNOWN, BODY, SigningKey("old", "another"), KEY).is_accepted


@pytest.mark.parametrize("header", ["", KNOWN[:-1], "0" * 64, f"sha256={KNOWN}", "é"])
def test_wrong_signature_is_refused(header: str) -> None:
    """Shortened, invented, dressed up."""
    assert verdict(header).why == "a signature by none of 1 live keys"


def test_missing_header_key_or_another_body_is_refused() -> None:
    """Laid out anew, the body is another."""
    assert verdict(None).why == "no header Cko-Signature"
    assert not verify(Message("", {"cko-signature": KNOWN}, BODY), (), 0).is_accepted
    assert not verdict(KNOWN, BODY.replace(b":", b": ")).is_accepted
    assert not verdict(KNOWN, BODY, SigningKey("other", "another")).is_accepted


@settings(max_examples=50)
@given(body=st.binary(min_size=1, max_size=200), at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_no_touched_body_passes(body: bytes, at: int, bit: int) -> None:
    """Any one bit."""
    touched = bytearray(body)
    touched[at % len(body)] ^= 1 << bit
    assert verdict(sign(body, KEY.secret).decode(), body).is_accepted
    assert not verdict(sign(body, KEY.secret).decode(), bytes(touched)).is_accepted
