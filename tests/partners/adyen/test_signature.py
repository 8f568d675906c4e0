"""Adyen's signatures: the vectors its libraries publish, and nothing that was touched."""

import copy
import json
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.partners.adyen.mapping import read_webhook
from recoup.partners.adyen.signature import SIGNED_FIELDS, verify
from recoup.partners.contract import Message, SigningKey, Verdict
from tests.partners.adyen.sent import LANDED_AT, SECRET, arrived, body, envelope, item

KEY = SigningKey("live", SECRET)
SLASHES = SigningKey("slashes", "74F490DD33F7327BAECC88B2947C011FC02D014A473AAA33A8EC93E4DC069174")


def vector(psp: str, reference: str, account: str, value: int, signature: str) -> dict[str, Any]:
    """A published item, by the fields that are signed."""
    return {
        "pspReference": psp,
        "merchantReference": reference,
        "merchantAccountCode": account,
        "amount": {"currency": "EUR", "value": value},
        "eventCode": "AUTHORISATION",
        "success": "true",
        "additionalData": {"hmacSignature": signature},
    }


PUBLISHED = [
    (
        KEY,
        vector(
            "7914073381342284",
            "TestPayment-1407325143704",
            "TestMerchant",
            1130,
            "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=",
        ),
    ),
    *(
        (SLASHES, vector(psp, reference, "AntoniStroinski", 1000, signature))
        for psp, reference, signature in (
            ("T7FD4VM4D3RZNN82", "\\\\slashes are fun", "nIgT81gaB5oJpn2jPXupDq68iRo2wUlBsuYjtYfwKqo="),
            ("M8NB66SBZSGLNK82", ":slashes are fun", "2EQYm7YJpKO4EtHSPu55SQTyWf8dkW5u2nD1tJFpViA="),
            ("X3GWNS6KJ8NKGK82", "//slashes are fun", "9Z0xdpG9Xi3zcmXv14t/BvMBut77O/Xq9D4CQXSDUi4="),
        )
    ),
]


def checked(thing: Any, *keys: SigningKey, **headers: str) -> Verdict:
    """The verdict on a document."""
    return verify(Message("POST /in/adyen HTTP/1.1", headers, body(thing)), keys or (KEY,), LANDED_AT)


@pytest.mark.parametrize(
    ("key", "sent"), PUBLISHED, ids=lambda part: part.get("pspReference") if isinstance(part, dict) else ""
)
def test_published_vectors_pass_bare_and_in_an_envelope(key: SigningKey, sent: dict[str, Any]) -> None:
    """Colons and slashes are not escaped, missing fields are empty."""
    for thing in (sent, envelope(sent)):
        assert checked(thing, key) == Verdict(is_accepted=True, trust="partly")
    assert not checked(sent, SigningKey("other", "00" * 32)).is_accepted


def test_published_vector_of_a_whole_body_passes() -> None:
    """Webhooks of other families are signed in a header, over the raw bytes."""
    raw = PLATFORM_BODY.encode()
    signed = Message("POST / HTTP/1.1", {"hmacsignature": "fX74xUdztFmaXAn3IusMFFUBUSkLmDQUK0tm8xL6ZTU="}, raw)
    assert verify(signed, [KEY], LANDED_AT) == Verdict(is_accepted=True, trust="signed")
    other = Message("POST / HTTP/1.1", {"hmacsignature": "MismatchingHmacKey="}, raw)
    assert not verify(other, [KEY], LANDED_AT).is_accepted
    assert not verify(Message("POST / HTTP/1.1", {}, raw), [KEY], LANDED_AT).is_accepted


PLATFORM_BODY = """
        {
            "type": "merchant.created",
            "environment": "test",
            "createdAt": "01-01-2024",
            "data": {
                "capabilities": {
                    "sendToTransferInstrument": {
                        "requested": true,
                        "requestedLevel": "notApplicable"
                    }
                },
                "companyId": "YOUR_COMPANY_ID",
                "merchantId": "YOUR_MERCHANT_ACCOUNT",
                "status": "PreActive"
            }
        }
        """


def test_any_live_key_counts() -> None:
    """A changed key takes time to spread; a key that is no hex fits nothing and harms nothing."""
    sent = envelope(item("CHARGEBACK"))
    assert checked(sent, SigningKey("new", "AB" * 32), KEY).is_accepted
    assert checked(sent, SigningKey("broken", "not hex"), KEY).is_accepted
    assert not checked(sent, SigningKey("broken", "not hex")).is_accepted
    assert not verify(Message("", {}, body(sent)), [], LANDED_AT).is_accepted


@pytest.mark.parametrize("signature", [None, "", 5, "AAAA", "ü"])
def test_item_without_a_good_signature_is_refused_and_the_others_pass(signature: object) -> None:
    """Per item: the good rest goes through, the bad one is quarantined and never read."""
    bad = item("CHARGEBACK", pspReference="9916666666666666")
    bad["additionalData"]["hmacSignature"] = signature
    sent = envelope(item("CHARGEBACK"), bad, item("INFORMATION_SUPPLIED"))
    verdict = checked(sent)
    assert verdict.is_accepted
    assert list(verdict.refused) == [2]
    reading = read_webhook(arrived(refused=verdict.refused), body(sent))
    assert (reading.records, reading.accepted) == (3, 2)
    assert [(one.position, one.finding.check) for one in reading.quarantined] == [(2, "adyen.unsigned")]
    assert {placed.said.partner_dispute_id for placed in reading.observations} == {"9915555555555555"}


def test_item_without_additional_data_is_refused() -> None:
    """Not a pass for want of a signature to check."""
    bare = {key: value for key, value in item("CHARGEBACK").items() if key != "additionalData"}
    verdict = checked(bare)
    assert not verdict.is_accepted
    assert "without hmacSignature" in verdict.why


@pytest.mark.parametrize("sent", [{"notificationItems": []}, {"notificationItems": [5, None]}, {"a": 1}, [], "x"])
def test_message_without_items_is_refused(sent: object) -> None:
    """There is nothing that a signature could be on."""
    assert not checked(sent).is_accepted


@pytest.mark.parametrize("raw", [b"", b"{", b'{"notificationItems": [], "notificationItems": []}', b"[" * 100_000])
def test_what_is_no_strict_json_is_refused(raw: bytes) -> None:
    """Two readers that disagree about a key would verify one item and read another."""
    verdict = verify(Message("", {}, raw), [KEY], LANDED_AT)
    assert not verdict.is_accepted
    assert "JSON" in verdict.why


def test_same_signature_in_another_encoding_is_refused() -> None:
    """Base64 has several texts for the same bytes; only the one that Adyen writes passes."""
    sent = item("CHARGEBACK")
    signature = sent["additionalData"]["hmacSignature"]
    other = signature[:-2] + ALPHABET[ALPHABET.index(signature[-2]) ^ 1] + "="
    assert b64decode(other) == b64decode(signature)
    sent["additionalData"]["hmacSignature"] = other
    assert not checked(sent).is_accepted


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
fields = st.sampled_from(SIGNED_FIELDS)
values = st.text(max_size=20) | st.integers() | st.booleans() | st.none()


@settings(max_examples=500)
@given(fields, values)
def test_no_touched_field_is_accepted(name: str, value: object) -> None:
    """Any other value of any signed field."""
    sent = item("CHARGEBACK")
    touched = copy.deepcopy(sent)
    *path, last = name.split(".")
    owner: Any = touched
    for step in path:
        owner = owner[step]
    was = str(owner[last])
    owner[last] = value
    if checked(touched).is_accepted:
        assert ("" if value is None else str(value).lower() if isinstance(value, bool) else str(value)) == was


@settings(max_examples=300)
@given(st.integers(0, 43), st.characters(min_codepoint=33, max_codepoint=126))
def test_no_touched_signature_is_accepted(at: int, put: str) -> None:
    """One character anywhere."""
    sent = item("CHARGEBACK")
    signature = sent["additionalData"]["hmacSignature"]
    touched = signature[:at] + put + signature[at + 1 :]
    sent["additionalData"]["hmacSignature"] = touched
    assert checked(sent).is_accepted is (touched == signature)


def test_what_is_not_signed_can_be_changed_and_is_trusted_partly() -> None:
    """This is why webhooks of Adyen are not trusted like Stripe's."""
    sent = item("CHARGEBACK", "Pending")
    sent["additionalData"]["disputeStatus"] = "Won"
    sent["eventDate"] = "2027-01-01T00:00:00Z"
    verdict = checked(json.loads(json.dumps(sent)))
    assert (verdict.is_accepted, verdict.trust) == (True, "partly")
