"""Worldpay's cases as the Chargeback API sends them, in XML without meaning yet.

Every element may be absent; the schema says so of all of them. Amounts are integers of minor units, days
have no time and no zone. A case has no status: where it stands follows from its cycle and its activities.
Source: Vantiv/cnp-chargeback-sdk-python `schema/chargeback-api-v2.1.xsd` and its tests (MIT);
Vantiv/cnp-chargeback-sdk-php tests (MIT) for words and values.
"""

import msgspec

from recoup.formats.xml_tree import Node

CASES = "chargebackRetrievalResponse"
ANSWERS = ("chargebackUpdateResponse", "chargebackDocumentUploadResponse")
"""What comes back when we send something: it tells no case."""
ERROR = "errorResponse"


class Activity(msgspec.Struct, frozen=True, gc=False):
    """One thing that was done with a case, by anybody; notes of persons are not read."""

    day: str | None
    type: str | None


class Case(msgspec.Struct, frozen=True, gc=False):
    """One chargeback case. Every value is text as sent; absent and empty are None."""

    id: str | None
    cycle: str | None
    issued_on: str | None
    received_on: str | None
    payment: str | None
    card_type: str | None
    amount: str | None
    currency: str | None
    reason_code: str | None
    queue: str | None
    arn: str | None
    reply_by: str | None
    activities: tuple[Activity, ...]


def case_of(node: Node) -> Case:
    """Give the case that an element is."""
    return Case(
        id=text(node, "caseId"),
        cycle=text(node, "cycle"),
        issued_on=text(node, "dayIssuedByBank"),
        received_on=text(node, "dateReceivedByVantivCnp"),
        payment=text(node, "vantivCnpTxnId"),
        card_type=text(node, "cardType"),
        amount=text(node, "chargebackAmount"),
        currency=text(node, "chargebackCurrencyType"),
        reason_code=text(node, "reasonCode"),
        queue=text(node, "currentQueue"),
        arn=text(node, "acquirerReferenceNumber"),
        reply_by=text(node, "replyByDay"),
        activities=tuple(
            Activity(text(activity, "activityDate"), text(activity, "activityType"))
            for activity in node.all("activity")
        ),
    )


def text(node: Node, name: str) -> str | None:
    """Give the text of a child; None where it is absent or empty."""
    child = node.child(name)
    return None if child is None else child.text or None
