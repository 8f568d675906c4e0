"""Braintree's signature: what its own library accepts, and nothing that was touched."""

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.partners.braintree.signature import form, sign, verify
from recoup.partners.contract import Message, SigningKey
from tests.partners.braintree.sent import PRIVATE, PUBLIC, dispute, message, notification, payload
from tests.partners.braintree.sent import form as signed

KEY = SigningKey(PUBLIC, PRIVATE)
SENT = message("dispute_opened", dispute())
TEXT = payload(notification("dispute_opened", dispute()))


def is_accepted(body: bytes, *keys: SigningKey) -> bool:
    """Whether a form passes."""
    return verify(Message("POST /in/braintree HTTP/1.1", {}, body), keys or (KEY,), 0).is_accepted


def test_signature_of_a_known_payload_is_the_construction_of_the_sdk() -> None:
    """HMAC-SHA1 keyed with the SHA-1 of the private key, in hex; computed apart with OpenSSL."""
    assert sign("hello", "secretKey") == b"33e3718c564c5bccdd1fc2e35777751610da8460"


def test_signed_form_is_accepted_whole() -> None:
    """The whole payload is under the signature."""
    verdict = verify(Message("", {}, SENT), [KEY], 0)
    assert (verdict.is_accepted, verdict.trust) == (True, "signed")


def test_line_break_at_the_end_of_the_payload_may_have_been_lost() -> None:
    """As Braintree's own libraries have it; the other way round it is another payload."""
    bare = TEXT.removesuffix("\n")
    made = sign(TEXT, PRIVATE).decode()
    assert is_accepted(urlencode({"bt_signature": f"{PUBLIC}|{made}", "bt_payload": bare}).encode())
    made = sign(bare, PRIVATE).decode()
    assert not is_accepted(urlencode({"bt_signature": f"{PUBLIC}|{made}", "bt_payload": TEXT}).encode())


def test_one_pair_among_others_is_enough_and_names_its_key() -> None:
    """While a key is rolled Braintree signs with several."""
    made = sign(TEXT, PRIVATE).decode()
    pairs = f"other_public_key|{'0' * 40}&{PUBLIC}|{made}"
    assert is_accepted(urlencode({"bt_signature": pairs, "bt_payload": TEXT}).encode())
    assert is_accepted(SENT, SigningKey(f"{PUBLIC}/2026", PRIVATE), SigningKey("x", "y"))
    assert not is_accepted(urlencode({"bt_signature": f"other|{made}", "bt_payload": TEXT}).encode())


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no form"),
        (b"bt_signature=x", "no form"),
        (b"bt_signature=a%7Cb&bt_payload=x&bt_payload=y", "no form"),
        (b"\xff\xfe", "no form"),
        (b"a=1&" * 99, "no form"),
        (urlencode({"bt_signature": "a|b", "bt_payload": "<xml/>"}).encode(), "base64"),
        (signed(TEXT, public="other"), "no signature for any"),
        (signed(TEXT, private="other"), "does not fit"),
        (urlencode({"bt_signature": PUBLIC, "bt_payload": TEXT}).encode(), "no signature for any"),
    ],
)
def test_form_that_does_not_fit_is_refused(body: bytes, why: str) -> None:
    """Each with its reason."""
    verdict = verify(Message("", {}, body), [KEY], 0)
    assert not verdict.is_accepted
    assert why in verdict.why


def test_without_a_live_key_nothing_passes() -> None:
    """And the secret stays out of the reason."""
    verdict = verify(Message("", {}, SENT), [], 0)
    assert (verdict.is_accepted, PRIVATE in verdict.why) == (False, False)


@settings(max_examples=200)
@given(st.integers(0, len(SENT) - 1), st.integers(1, 127))
def test_no_touched_form_is_accepted(at: int, bits: int) -> None:
    """Unless it says the same form another way."""
    touched = SENT[:at] + bytes([SENT[at] ^ bits]) + SENT[at + 1 :]
    if is_accepted(touched):
        assert form(touched) == form(SENT)
