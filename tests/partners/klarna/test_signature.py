"""Klarna's signature: the named key, either way of writing it, nothing else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.partners.contract import Message, SigningKey, Verdict
from recoup.partners.klarna.signature import sign, verify

BODY = b'{"metadata":{"event_type":"payment.dispute.updated"}}'
ONE, TWO = SigningKey("key-1", "secret-of-the-tests"), SigningKey("key-2", "another-secret")
# Computed apart with OpenSSL: openssl dgst -sha256 -hmac secret-of-the-tests
KNOWN = "04a434a38461b965ec1869ab83cc7537858df62ca23cf2c61c159c87f49926b7"


def verdict(header: str | None, named: str = "", body: bytes = BODY) -> Verdict:
    """What is found on a message with these headers, with two live keys."""
    headers = {} if header is None else {"klarna-signature": header, "klarna-signing-key-id": named}
    return verify(Message("POST /in/klarna HTTP/1.1", headers, body), (ONE, TWO), 0)


def test_signature_is_the_documented_construction() -> None:
    """HMAC-SHA256 over the raw body."""
    assert sign(BODY, ONE.secret).hex() == KNOWN


@pytest.mark.parametrize("named", ["key-1", "", "never-heard-of"])
@pytest.mark.parametrize("written", [KNOWN, KNOWN.upper(), base64.b64encode(bytes.fromhex(KNOWN)).decode()])
def test_either_way_of_writing_is_taken(written: str, named: str) -> None:
    """By the key that is named, or by any where none has that name."""
    assert verdict(f" {written} ", named) == Verdict(is_accepted=True, trust="signed")


def test_a_named_key_is_the_only_one() -> None:
    """A signature by another live key is refused."""
    assert not verdict(KNOWN, "key-2").is_accepted


@pytest.mark.parametrize("header", [None, "", "0" * 64, KNOWN[:-1], f"sha256={KNOWN}", "ü" * 64])
def test_any_other_header_is_refused(header: str | None) -> None:
    """With a reason."""
    found = verdict(header, "key-1")
    assert (found.is_accepted, found.trust, bool(found.why)) == (False, "given", True)


def test_no_live_key_accepts_nothing() -> None:
    """Not even what no key signed."""
    assert not verify(Message("", {"klarna-signature": KNOWN}, BODY), (), 0).is_accepted


@given(st.binary(max_size=200))
def test_another_body_is_refused(other: bytes) -> None:
    """Whatever it is."""
    assert verdict(KNOWN, "key-1", other).is_accepted == (other == BODY)
