"""What Braintree sends, in the shapes of its SDK's sample notifications, and how it arrives."""

import json
from base64 import encodebytes
from typing import Any
from urllib.parse import urlencode

from recoup.partners.braintree.signature import sign
from recoup.partners.contract import Arrived, Placed, Reading

PUBLIC, PRIVATE = "integration_public_key", "integration_private_key"
"""The keys that Braintree's SDKs publish for their own tests."""
LANDED_AT = 1_767_312_000_000_000
"""2026-01-02T00:00:00Z."""
_FIELDS = {
    "id": "9qde5qgp",
    "amount": "100.00",
    "amount-disputed": "100.00",
    "amount-won": "0.00",
    "case-number": "CASE-12345",
    "created-at": "2026-01-01T08:00:00Z",
    "currency-iso-code": "USD",
    "forwarded-comments": None,
    "kind": "chargeback",
    "merchant-account-id": "ytnlulaloidoqwvzxjrdqputg",
    "reason": "fraud",
    "reason-code": "10.4",
    "received-date": "2026-01-01",
    "reference-number": "REF-9876",
    "reply-by-date": "2026-01-09",
    "status": "open",
    "updated-at": "2026-01-01T09:00:00Z",
    "original-dispute-id": None,
}


def arrived(feed: str = "webhook", **told: Any) -> Arrived:
    """A delivery of our account in Chicago."""
    plain: dict[str, Any] = {
        "delivery": "del_1",
        "partner": "braintree",
        "account": "integration_merchant",
        "feed": feed,
        "name": "x.http",
        "landed_at": LANDED_AT,
        "zone": "America/Chicago",
    }
    return Arrived(**plain | told)


def dispute(subtype: str | None = "Visa", **told: str | None) -> str:
    """A chargeback over 100.00 USD in XML; names with `_` for the dashes, None for nil, `-` to leave a field out."""
    fields = _FIELDS | {name.replace("_", "-"): value for name, value in told.items()}
    lines = [
        f'<{name} nil="true"/>' if value is None else f"<{name}>{value}</{name}>"
        for name, value in fields.items()
        if value != "-"
    ]
    card = "" if subtype is None else f"<payment-instrument-subtype>{subtype}</payment-instrument-subtype>"
    payment = f"<transaction><id>d9tn</id><amount>100.00</amount>{card}</transaction>"
    history = '<status-history type="array"><status-history><status>open</status>'
    when = '<timestamp type="datetime">2026-01-01T08:00:00Z</timestamp></status-history></status-history>'
    return f"<dispute>{''.join(lines)}{history}{when}{payment}</dispute>"


def legacy() -> str:
    """A dispute as older messages have it: one amount, days alone, no history."""
    return (
        "<dispute><amount>250.00</amount><currency-iso-code>USD</currency-iso-code>"
        '<received-date type="date">2014-03-01</received-date><reply-by-date type="date">2014-03-21</reply-by-date>'
        "<kind>chargeback</kind><status>open</status><reason>fraud</reason><id>legacy_dispute_id</id>"
        '<transaction><id>t1</id><amount>250.00</amount></transaction><date-opened type="date">2014-03-28</date-opened>'
        "</dispute>"
    )


def notification(kind: str, thing: str, at: str = "2026-01-01T09:00:01Z") -> str:
    """The XML of a message."""
    head = f'<timestamp type="datetime">{at}</timestamp><kind>{kind}</kind>'
    return f"\n  <notification>{head}<subject>{thing}</subject></notification>\n"


def payload(xml: str) -> str:
    """A payload as the SDK makes it: base64 in lines, the last one ended too."""
    return encodebytes(xml.encode()).decode()


def message(kind: str, thing: str, at: str = "2026-01-01T09:00:01Z") -> bytes:
    """A signed form."""
    return form(payload(notification(kind, thing, at)))


def form(text: str, private: str = PRIVATE, public: str = PUBLIC) -> bytes:
    """A payload with its signature."""
    return urlencode({"bt_signature": f"{public}|{sign(text, private).decode()}", "bt_payload": text}).encode()


def page(*disputes: str, total: int | None = None, size: int = 50) -> bytes:
    """A page of a search."""
    told = len(disputes) if total is None else total
    head = (
        f'<current-page-number type="integer">1</current-page-number><page-size type="integer">{size}</page-size>'
        f'<total-items type="integer">{told}</total-items>'
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<disputes type="collection">{head}{"".join(disputes)}</disputes>'
    ).encode()


def exported(**told: Any) -> dict[str, Any]:
    """The same dispute by GraphQL."""
    return {
        "id": "ZGlzcHV0ZV85cWRlNXFncA",
        "legacyId": "9qde5qgp",
        "type": "CHARGEBACK",
        "caseNumber": "CASE-12345",
        "createdAt": "2026-01-01T08:00:00.000000Z",
        "referenceNumber": None,
        "receivedDate": "2026-01-01",
        "status": "OPEN",
        "replyByDate": "2026-01-09",
        "transaction": {"id": "dHJhb", "legacyId": "d9tn", "status": "SETTLED", "orderId": "2387.3"},
        "amountDisputed": {"value": "100.00", "currencyCode": "USD"},
        "amountWon": {"value": "0.00", "currencyCode": "USD"},
        "statusHistory": [
            {"timestamp": "2026-01-01T08:00:00.000000Z", "status": "OPEN", "disbursementDate": None},
        ],
    } | told


def body(thing: Any) -> bytes:
    """The bytes of JSON."""
    return json.dumps(thing).encode()


def only(reading: Reading) -> Placed:
    """The one observation of a reading, which keeps the law of records."""
    assert reading.held is None
    assert reading.records == reading.accepted + len(reading.quarantined)
    (placed,) = reading.observations
    return placed


def checks(reading: Reading) -> list[str]:
    """The codes of all that is wrong."""
    found = [finding.check for finding in reading.findings]
    return [
        *found,
        *(bad.finding.check for bad in reading.quarantined),
        *([reading.held.check] if reading.held else []),
    ]
