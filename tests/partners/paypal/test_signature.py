"""PayPal's signature: made here with certificates of our own, since PayPal's private keys are PayPal's."""

import datetime as dt
import zlib
from base64 import b64encode
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.domain.instants import DAY, SECOND, parse_instant
from recoup.partners.contract import Message, SigningKey
from recoup.partners.paypal.signature import is_paypals, public_keys, verify

BODY = b'{"id":"WH-1","event_type":"CUSTOMER.DISPUTE.CREATED"}'
WEBHOOK = "7JS83291DG350441S"
SENT = "2026-01-01T10:00:06Z"
NOW = parse_instant(SENT) + 2 * SECOND
CERTIFICATE_URL = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"


@cache
def private_key(number: int = 0) -> rsa.RSAPrivateKey:
    """A key to sign with; made once, since that takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate(number: int = 0, year: int = 2026) -> str:
    """A certificate for it, of one year."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.com")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key(number).public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(year, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(year + 1, 1, 1, tzinfo=dt.UTC))
    )
    return built.sign(private_key(number), hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def public_pem(number: int = 0) -> str:
    """The public key alone."""
    found = private_key(number).public_key()
    return found.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def key(pem: str | None = None, name: str = WEBHOOK) -> SigningKey:
    """Our key: named by the webhook."""
    return SigningKey(name, certificate() if pem is None else pem)


def message(
    body: bytes = BODY, *, number: int = 0, webhook: str = WEBHOOK, headers: dict[str, str] | None = None
) -> Message:
    """A message as PayPal signs it, with some headers put otherwise."""
    text = f"tx-1|{SENT}|{webhook}|{zlib.crc32(body)}".encode()
    made = private_key(number).sign(text, padding.PKCS1v15(), hashes.SHA256())
    sent = {
        "paypal-auth-algo": "SHA256withRSA",
        "paypal-cert-url": CERTIFICATE_URL,
        "paypal-transmission-id": "tx-1",
        "paypal-transmission-time": SENT,
        "paypal-transmission-sig": b64encode(made).decode(),
    }
    return Message("POST /in/paypal HTTP/1.1", sent | (headers or {}), body)


def test_message_of_paypals_is_accepted_and_trusted_partly() -> None:
    """A checksum of 32 bits is under the signature, not the body."""
    verdict = verify(message(), [key()], NOW)
    assert (verdict.is_accepted, verdict.trust) == (True, "partly")


def test_another_body_of_the_same_checksum_passes_and_so_is_not_trusted_wholly() -> None:
    """Why the trust is partial: four bytes put at the end meet any checksum."""
    forged = meeting(b'{"id":"WH-2","event_type":"CUSTOMER.DISPUTE.RESOLVED"}', zlib.crc32(BODY))
    verdict = verify(Message("", message().headers, forged), [key()], NOW)
    assert (verdict.is_accepted, verdict.trust) == (True, "partly")


def meeting(body: bytes, wanted: int) -> bytes:
    """The body with four bytes behind it that give it a checksum."""
    state, tail = wanted ^ 0xFFFFFFFF, zlib.crc32(body) ^ 0xFFFFFFFF
    places = []
    for _ in range(4):
        place = next(n for n in range(256) if (entry(n) >> 24) == (state >> 24))
        places.append(place)
        state = ((state ^ entry(place)) << 8) & 0xFFFFFFFF
    found = bytearray()
    for place in reversed(places):
        found.append((tail ^ place) & 0xFF)
        tail = (tail >> 8) ^ entry(place)
    return body + bytes(found)


@cache
def entry(n: int) -> int:
    """One entry of the table of CRC-32."""
    for _ in range(8):
        n = (n >> 1) ^ (0xEDB88320 if n & 1 else 0)
    return n


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"paypal-auth-algo": "SHA1withRSA"}, "algorithm"),
        ({"paypal-auth-algo": ""}, "no header paypal-auth-algo"),
        ({"paypal-cert-url": "https://paypal.com.evil.test/cert"}, "paypal.com"),
        ({"paypal-cert-url": "http://api.paypal.com/cert"}, "paypal.com"),
        ({"paypal-transmission-id": "tx-2"}, "none of 1"),
        ({"paypal-transmission-time": "2026-01-01T10:00:07Z"}, "none of 1"),
        ({"paypal-transmission-time": "yesterday"}, "no instant"),
        ({"paypal-transmission-sig": "????"}, "base64"),
        ({"paypal-transmission-sig": b64encode(b"x" * 256).decode()}, "none of 1"),
        ({"paypal-transmission-sig": ""}, "no header"),
    ],
)
def test_headers_that_do_not_fit_are_refused(told: dict[str, str], why: str) -> None:
    """Each with its reason."""
    verdict = verify(message(headers=told), [key()], NOW)
    assert not verdict.is_accepted
    assert why in verdict.why


def test_signature_of_another_webhook_key_or_body_is_refused() -> None:
    """The webhook's id is under the signature, and so is the checksum."""
    assert not verify(message(webhook="OTHER"), [key()], NOW).is_accepted
    assert not verify(message(number=1), [key()], NOW).is_accepted
    assert not verify(Message("", message().headers, BODY + b" "), [key()], NOW).is_accepted
    assert not verify(message(), [], NOW).is_accepted


def test_several_certificates_and_keys_of_one_webhook_may_be_live() -> None:
    """In one key, one after the other; or in two keys that the name tells apart."""
    both = certificate(1) + certificate()
    assert verify(message(), [key(both)], NOW).is_accepted
    assert verify(message(), [key(certificate(1)), key(name=f"{WEBHOOK}/2026")], NOW).is_accepted
    assert verify(message(), [key(public_pem())], NOW).is_accepted


def test_certificate_counts_within_its_time_alone() -> None:
    """One of the year before signs nothing any more."""
    assert not verify(message(), [key(certificate(0, 2024))], NOW).is_accepted
    assert verify(message(), [key(certificate(0, 2024) + certificate())], NOW).is_accepted


@pytest.mark.parametrize("pem", ["", "no key", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_key_that_is_none_fits_nothing(pem: str) -> None:
    """And does not raise."""
    assert public_keys(pem) == ()
    assert not verify(message(), [key(pem)], NOW).is_accepted


def test_key_of_another_kind_is_none() -> None:
    """PayPal signs with RSA."""
    found = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = found.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    assert public_keys(pem) == ()


@pytest.mark.parametrize(
    ("later", "passes"), [(0, True), (3 * DAY, True), (4 * DAY + SECOND, False), (-3600 * SECOND, False)]
)
def test_age_is_measured_against_when_it_was_received(later: int, passes: bool) -> None:
    """PayPal tries for three days; older is a replay, and an hour ahead is no clock of PayPal's."""
    assert verify(message(), [key()], parse_instant(SENT) + later).is_accepted is passes


@pytest.mark.parametrize(
    ("address", "is_theirs"),
    [
        (CERTIFICATE_URL, True),
        ("https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1", True),
        ("https://api.paypal.com:443/x", True),
        ("https://api.paypal.com:8443/x", False),
        ("https://paypal.com@evil.test/x", False),
        ("https://evilpaypal.com/x", False),
        ("https://evil.test/paypal.com", False),
        ("ftp://api.paypal.com/x", False),
        ("https://[::1/x", False),
        ("", False),
    ],
)
def test_address_of_the_certificate_is_paypals(address: str, is_theirs: bool) -> None:
    """It is looked at and never followed."""
    assert is_paypals(address) is is_theirs


@settings(max_examples=100)
@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_no_touched_byte_is_accepted(at: int, bits: int) -> None:
    """A checksum notices every single one."""
    touched = BODY[:at] + bytes([BODY[at] ^ bits]) + BODY[at + 1 :]
    assert not verify(Message("", message().headers, touched), [key()], NOW).is_accepted


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(sorted(message().headers)), st.text(max_size=40)))
def test_no_invented_header_is_accepted(told: dict[str, str]) -> None:
    """And none raises."""
    headers = {**message().headers, **told}
    if verify(Message("", headers, BODY), [key()], NOW).is_accepted:
        assert all(message().headers[name] == value or name == "paypal-cert-url" for name, value in told.items())
