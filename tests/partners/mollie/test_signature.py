"""Mollie's webhooks: signed events by any live key, a classic id as a hint, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.partners.contract import Message, SigningKey, Verdict
from recoup.partners.mollie.signature import sign, verify

BODY = b'{"resource":"event","id":"event_1","type":"chargeback.received"}'
KEY = SigningKey("live", "secret-of-the-tests")
# Computed apart with OpenSSL: openssl dgst -sha256 -hmac secret-of-the-tests
KNOWN = "27a00074928553efd5eb4809dd9ab0c5abeaa975acbf695b9fddc7f29615f7a5"


def verdict(header: str | None, body: bytes = BODY, *keys: SigningKey) -> Verdict:
    """What is found on a message with this header."""
    headers = {} if header is None else {"x-mollie-signature": header}
    return verify(Message("POST /in/mollie HTTP/1.1", headers, body), keys or (KEY,), 0)


def test_signature_is_the_documented_construction() -> None:
    """HMAC-SHA256 over the raw body, in hex."""
    assert sign(BODY, KEY.secret).decode() == KNOWN
    assert verdict(f"sha256={KNOWN}") == Verdict(is_accepted=True, trust="signed")


def test_header_given_twice_is_accepted_by_either() -> None:
    """While a secret is changed."""
    assert verdict(f"sha256={'0' * 64}, sha256={KNOWN}").is_accepted


@pytest.mark.parametrize("header", ["", "sha256=", f"sha256={'0' * 64}", "sha512=x"])
def test_wrong_signature_is_refused(header: str) -> None:
    """Even on a classic message: who signs wrongly is not who he says."""
    assert not verdict(header).is_accepted
    assert not verdict(header, b"id=tr_1").is_accepted


def test_signature_by_another_key_or_of_another_body_is_refused() -> None:
    """Or with no live key at all."""
    assert not verdict(f"sha256={KNOWN}", BODY, SigningKey("other", "another")).is_accepted
    assert not verdict(f"sha256={KNOWN}", BODY + b" ").is_accepted
    assert not verify(Message("", {"x-mollie-signature": f"sha256={KNOWN}"}, BODY), (), 0).is_accepted


@pytest.mark.parametrize("form", [b"id=tr_7UhSN1zuXS", b"id=re_4qqhO89gsT\n"])
def test_classic_message_is_a_hint_that_nobody_signed(form: bytes) -> None:
    """Accepted, and trusted with nothing."""
    found = verdict(None, form)
    assert (found.is_accepted, found.trust) == (True, "given")


@pytest.mark.parametrize(
    "other", [BODY, b"", b"id=", b"id=tr_1&amount=5", b"id=../../x", b"id=tr_" + b"a" * 65, b"id=tr_\xc3\xa4"]
)
def test_anything_else_without_signature_is_refused(other: bytes) -> None:
    """JSON above all."""
    assert verdict(None, other).why == "no header X-Mollie-Signature"


@given(st.binary(max_size=100), st.text(max_size=20))
def test_no_guessed_header_passes(body: bytes, header: str) -> None:
    """Whatever stands in it."""
    assert not verdict(header, body).is_accepted
