"""What Adyen sends, in the shapes of its published examples, and how it arrives."""

import json
from typing import Any

from recoup.domain.instants import parse_instant
from recoup.partners.adyen.signature import sign
from recoup.partners.contract import Arrived, Placed, Reading

SECRET = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
"""The key that Adyen's libraries publish with their test vectors."""
LANDED_AT = parse_instant("2026-01-02T00:00:00Z")


def arrived(feed: str = "webhook", **told: Any) -> Arrived:
    """A delivery of our account in Amsterdam."""
    plain: dict[str, Any] = {
        "delivery": "del_1",
        "partner": "adyen",
        "account": "ShopNL",
        "feed": feed,
        "name": "x.http",
        "landed_at": LANDED_AT,
        "zone": "Europe/Amsterdam",
    }
    return Arrived(**plain | told)


def item(
    code: str, status: str | None = None, *, date: str = "2026-01-01T12:00:00+01:00", **told: Any
) -> dict[str, Any]:
    """One signed item about a dispute of 10.00 EUR."""
    data: dict[str, Any] = {"chargebackReasonCode": "13.1", "chargebackSchemeCode": "visa"} | told.pop("data", {})
    if status is not None:
        data["disputeStatus"] = status
    plain: dict[str, Any] = {
        "amount": {"currency": "EUR", "value": 1000},
        "eventCode": code,
        "eventDate": date,
        "merchantAccountCode": "ShopNL",
        "merchantReference": "order-1",
        "originalReference": "9913333333333333",
        "paymentMethod": "visa",
        "pspReference": "9915555555555555",
        "reason": "Merchandise/Services Not Received",
        "success": "true",
    }
    whole = {name: value for name, value in (plain | told).items() if value is not None}
    data["hmacSignature"] = sign(whole, bytes.fromhex(SECRET))
    return whole | {"additionalData": {key: value for key, value in data.items() if value is not None}}


def envelope(*sent: dict[str, Any]) -> dict[str, Any]:
    """A message of several items."""
    return {"live": "false", "notificationItems": [{"NotificationRequestItem": one} for one in sent]}


def body(thing: Any) -> bytes:
    """The bytes of a thing."""
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
