"""What Worldpay answers, in the shapes of its SDKs' tests, and how it arrives."""

from typing import Any

from recoup.partners.contract import Arrived, Placed, Reading

LANDED_AT = 1_767_614_400_000_000
"""2026-01-05T12:00:00Z."""
_FIELDS: dict[str, str | None] = {
    "caseId": "1333078000",
    "merchantId": "101",
    "dayIssuedByBank": "2026-01-02",
    "dateReceivedByVantivCnp": "2026-01-03",
    "vantivCnpTxnId": "21200000820903",
    "cycle": "First Chargeback",
    "cardType": "VISA",
    "chargebackAmount": "2002",
    "chargebackCurrencyType": "USD",
    "reasonCode": "10.4",
    "currentQueue": "Merchant",
    "acquirerReferenceNumber": "74537606005000000000011",
    "replyByDay": "2026-01-20",
}


def arrived(**told: Any) -> Arrived:
    """A page of our account in New York."""
    plain: dict[str, Any] = {
        "delivery": "del_1",
        "partner": "worldpay",
        "account": "101",
        "feed": "chargebacks",
        "name": "x.http",
        "landed_at": LANDED_AT,
        "zone": "America/New_York",
    }
    return Arrived(**plain | told)


def case(*activities: tuple[str | None, str], **told: str | None) -> str:
    """A case over 20.02 USD that waits for us, with activities as (day, what); None leaves an element out."""
    fields = _FIELDS | told
    lines = [f"<{name}>{value}</{name}>" for name, value in fields.items() if value is not None]
    for day, what in activities:
        when = "" if day is None else f"<activityDate>{day}</activityDate>"
        lines.append(f"<activity>{when}<activityType>{what}</activityType></activity>")
    return f"<chargebackCase>{''.join(lines)}</chargebackCase>"


def page(*cases: str) -> bytes:
    """The cases of a day."""
    return document("chargebackRetrievalResponse", f"<transactionId>1</transactionId>{''.join(cases)}")


def document(name: str, inner: str) -> bytes:
    """Any document of the API."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{head}<{name} xmlns="http://www.vantivcnp.com/chargebacks">{inner}</{name}>'.encode()


def only(reading: Reading) -> Placed:
    """The one observation of a reading, which keeps the law of records."""
    assert reading.held is None
    assert reading.records == reading.accepted + len(reading.quarantined)
    (placed,) = reading.observations
    return placed


def checks(reading: Reading) -> list[str]:
    """The codes of all that is wrong."""
    held = [reading.held.check] if reading.held else []
    return [*(found.check for found in reading.findings), *(bad.finding.check for bad in reading.quarantined), *held]
