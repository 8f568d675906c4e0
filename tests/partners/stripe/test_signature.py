"""Stripe's signature: what its own library accepts, and nothing that was touched."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.partners.contract import Message, SigningKey
from recoup.partners.stripe.signature import sign, verify

PAYLOAD = b"""{
  "id": "evt_test_webhook",
  "object": "event",
  "data": { "object": { "id": "rdr_123", "object": "terminal.reader" } }
}"""
KEY = SigningKey("live", "whsec_test_secret")
AT = 1_767_225_600
NOW = AT * 1_000_000


def header(payload: bytes = PAYLOAD, secret: str = KEY.secret, at: int = AT, scheme: str = "v1") -> str:
    """A header as Stripe writes it."""
    return f"t={at},{scheme}={sign(str(at).encode() + b'.' + payload, secret).decode()}"


def message(said: str | None, payload: bytes = PAYLOAD) -> Message:
    """The payload with this header."""
    headers: Mapping[str, str] = {} if said is None else {"stripe-signature": said}
    return Message("POST /in/stripe HTTP/1.1", headers, payload)


def is_accepted(said: str | None, *keys: SigningKey, payload: bytes = PAYLOAD, now: int = NOW) -> bool:
    """Whether the message passes."""
    return verify(message(said, payload), keys or (KEY,), now).is_accepted


def test_signature_of_a_known_message_is_the_published_construction() -> None:
    """HMAC-SHA256 of `t.body` with the secret's text, in hex; computed apart with OpenSSL."""
    assert sign(b"1767225600.{}", "whsec_test_secret") == KNOWN


KNOWN = b"fd847124971cb574f4bd1d7030a05e3a41dea61f342f3dbf78634e5a7aea0f3c"


def test_valid_header_is_accepted_and_signed() -> None:
    """Every field is under the signature."""
    verdict = verify(message(header()), [KEY], NOW)
    assert (verdict.is_accepted, verdict.trust) == (True, "signed")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (None, "no header"),
        ("i'm not even a real signature header", "time stamp"),
        ("", "time stamp"),
        (header(scheme="v0"), "v1"),
        (f"t={AT},v1=bad_signature", "none of 1"),
        (f"t={AT},v1=ü", "none of 1"),
        (header(secret="whsec_other"), "none of 1"),
        (header().replace("t=", "t=0"), "none of 1"),
        (header().replace(f"t={AT},", ""), "time stamp"),
        (f"t={AT},{header()}", "time stamp"),
        (header().upper(), "time stamp"),
        (header(payload=PAYLOAD + b"\n"), "none of 1"),
    ],
)
def test_header_that_does_not_fit_is_refused(said: str | None, why: str) -> None:
    """Each with its reason."""
    verdict = verify(message(said), [KEY], NOW)
    assert not verdict.is_accepted
    assert why in verdict.why


def test_one_good_signature_among_others_is_enough() -> None:
    """While Stripe rolls a secret it signs with both."""
    assert is_accepted(header() + ",v1=bad_signature,v0=ab")
    assert is_accepted(f"{header(secret='whsec_old')},{header().partition(',')[2]}")


def test_any_live_key_counts() -> None:
    """While we rotate, two keys are live; with none, nothing passes."""
    assert is_accepted(header(), SigningKey("old", "whsec_old"), KEY)
    assert not verify(message(header()), [], NOW).is_accepted


@pytest.mark.parametrize(("age", "passes"), [(0, True), (300, True), (301, False), (-3600, True), (10**6, False)])
def test_age_is_measured_against_when_it_was_received(age: int, passes: bool) -> None:
    """Too old is refused; ahead of us passes, as in Stripe's own libraries."""
    verdict = verify(message(header()), [KEY], NOW + age * 1_000_000)
    assert verdict.is_accepted is passes
    assert passes or "old" in verdict.why


def test_secret_stays_out_of_the_reason() -> None:
    """A refusal is shown to people."""
    assert "whsec" not in verify(message(header(secret="x")), [KEY], NOW).why


touched = st.tuples(st.integers(0, len(PAYLOAD) - 1), st.integers(1, 255))


@settings(max_examples=300)
@given(touched)
def test_no_touched_body_is_accepted(touch: tuple[int, int]) -> None:
    """One bit anywhere."""
    at, bits = touch
    payload = PAYLOAD[:at] + bytes([PAYLOAD[at] ^ bits]) + PAYLOAD[at + 1 :]
    assert not is_accepted(header(), payload=payload)


@settings(max_examples=300)
@given(st.integers(0, len(header()) - 1), st.characters(min_codepoint=33, max_codepoint=255))
def test_no_touched_header_is_accepted(at: int, put: str) -> None:
    """Any other character anywhere, unless it leaves stamp and signature as they were."""
    said = header()
    other = said[:at] + put + said[at + 1 :]
    if is_accepted(other):
        assert other == said


@settings(max_examples=200)
@given(st.text(max_size=200), st.binary(max_size=50))
def test_no_invented_header_is_accepted(said: str, payload: bytes) -> None:
    """And none raises."""
    assert not is_accepted(said, payload=payload)
