"""Square's signature: what its own library accepts, and nothing that was touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.partners.contract import Message, SigningKey, Verdict
from recoup.partners.square.signature import sign, verify

# Published: square-python-sdk, legacy/tests/utilities/test_webhooks_helper.py.
BODY = (
    b'{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification",'
    b'"event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z",'
    b'"data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}'
)
SIGNATURE = "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4="
SECRET = "Ibxx_5AKakO-3qeNVR61Dw"
URL = "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9"
KEY = SigningKey("live", f"{URL} {SECRET}")


def verdict(given: str | None = SIGNATURE, body: bytes = BODY, *keys: SigningKey) -> Verdict:
    """What is found on a message with this signature."""
    headers = {} if given is None else {"x-square-hmacsha256-signature": given}
    return verify(Message("POST /in/square HTTP/1.1", headers, body), keys or (KEY,), 0)


def test_published_vectors_are_accepted() -> None:
    """Both of Square's library, the second with characters that JSON writers like to escape."""
    assert verdict() == Verdict(is_accepted=True, trust="signed")
    other = SigningKey("other", "https://webhook.site/webhooks signature-key")
    escaped = b'{"data":{"type":"webhooks","id":">id<"}}'
    assert verdict("Cxt7+aTi4rKgcA0bC4g9EHdVtLSDWdqccmL5MvihU4U=", escaped, other).is_accepted


@pytest.mark.parametrize(
    ("given", "key", "why"),
    [
        (SIGNATURE, KEY.secret.replace("679a", "79a4"), "none of 1 live keys"),
        (SIGNATURE, f"{URL} MCmhFRxGX82xMwg5FsaoQA", "none of 1 live keys"),
        ("1z2n3DEJJiUPKcPzQo1ftvbxGdw=", KEY.secret, "none of 1 live keys"),
        ("", KEY.secret, "none of 1 live keys"),
        (SIGNATURE, SECRET, "notification URL"),
    ],
)
def test_published_vectors_are_refused(given: str, key: str, why: str) -> None:
    """Another URL, another key, another header; and a key that was kept without its URL."""
    found = verdict(given, BODY, SigningKey("k", key))
    assert not found.is_accepted
    assert why in found.why


def test_body_that_was_laid_out_anew_is_refused() -> None:
    """One blank more is another body."""
    assert not verdict(body=BODY.replace(b":", b": ")).is_accepted


def test_message_without_signature_or_key_is_refused() -> None:
    """Nothing passes for want of something to compare."""
    assert verdict(None).why == "no header x-square-hmacsha256-signature"
    assert not verify(Message("", {"x-square-hmacsha256-signature": SIGNATURE}, BODY), (), 0).is_accepted


def test_any_of_several_live_keys_will_do() -> None:
    """While a key is rotated, and where each of two subscriptions has its own URL."""
    other = SigningKey("old", "https://example.com/in another")
    assert verdict(SIGNATURE, BODY, other, KEY).is_accepted


@settings(max_examples=50)
@given(body=st.binary(max_size=200), at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_no_touched_body_passes(body: bytes, at: int, bit: int) -> None:
    """Any one bit."""
    if body:
        signature = sign(URL, body, SECRET).decode()
        touched = bytearray(body)
        touched[at % len(body)] ^= 1 << bit
        assert verdict(signature, body).is_accepted
        assert not verdict(signature, bytes(touched)).is_accepted
