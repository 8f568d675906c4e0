"""Checkout.com's messages as it sends them: shapes for the parts we read, everything else let through.

Amounts are integers in minor units, instants ISO 8601 with an offset and up to seven digits of a second. A
list of disputes tells the payment in fields of the dispute, a single dispute in an object `payment`, an
event in fields again.
Sources: documented events of checkout.com/docs, checkout-sdk-node `test/disputes.js`, checkout-sdk-java
`disputes/`, reports as read by others (see README.md).
"""

from typing import Any

import msgspec

SIGNATURE_HEADER = "cko-signature"

SETTLEMENT_REQUIRED = (
    "Client Entity ID",
    "Type",
    "Payment ID",
    "Reference",
    "Processed On",
    "Available On",
    "Holding Currency",
    "Payout ID",
    "Gross In Holding Currency",
    "Deduction In Holding Currency",
    "Net In Holding Currency",
    "Processing Currency",
    "Gross In Processing Currency",
)
SETTLEMENT_OPTIONAL = (
    "Client Entity Name",
    "Processing Channel ID",
    "Processing Channel Name",
    "Payout Date",
    "Processing Fee In Holding Currency",
    "Scheme Fee In Holding Currency",
    "Interchange In Holding Currency",
    "Tax In Holding Currency",
    "Reserve In Holding Currency",
    "Net In Processing Currency",
    "FX Rate Applied",
    "Payment Method",
    "Card Type",
    "Card Category",
    "Card Product Type",
    "Issuer Country",
    "Entity Country",
    "Region",
    "MID",
    "Merchant Category Code",
    "Acquirer Reference Number",
    "Account Funding Transaction",
    "Entity Segment",
    "Issuing Bank",
    "BIN",
    "Payment Type",
    "Processed On UTC",
    "Available On UTC",
    "Action ID",
    "Timezone",
)
SETTLEMENT_FREE = r"UDF \d+"
PAYOUT_REQUIRED = ("Client Entity ID", "Holding Currency", "Payout ID", "Payout Date", "Payout Amount")
PAYOUT_OPTIONAL = (
    "Client Entity Name",
    "Sub Entity ID",
    "Sub Entity Name",
    "Currency Account ID",
    "Currency Account Name",
    "Reporting Start Date",
    "Reporting End Date",
    "Payments",
    "Refunds",
    "Chargebacks",
    "Pay To Cards",
    "Adjustments",
    "Tax",
)
PAYOUT_FREE = r"[A-Za-z0-9 -]* Fees?( [A-Za-z ]+)?"
ACTIONS_REQUIRED = (
    "Payment ID",
    "Action Type",
    "Breakdown Type",
    "Holding Currency",
    "Holding Currency Amount",
    "Processed On",
)
ACTIONS_OPTIONAL = (
    "Client Entity ID",
    "Client Entity Name",
    "Processing Channel ID",
    "Processing Channel Name",
    "Currency Account ID",
    "Currency Account Name",
    "Action ID",
    "Reference",
    "Payout ID",
    "Payment Method",
    "Payment Type",
    "Card Type",
    "Card Category",
    "Issuer Country",
    "Merchant Category Code",
    "MID",
    "Processing Currency",
    "Processing Currency Amount",
    "FX Rate Applied",
)


class DisputedPayment(msgspec.Struct, frozen=True, gc=False):
    """The disputed payment, as a single dispute tells it."""

    id: str | None = None
    method: str | None = None
    arn: str | None = None


class Dispute(msgspec.Struct, frozen=True, gc=False):
    """A dispute as an event, a list or a single object tells it; no telling has all fields."""

    id: str | None = None
    category: str | None = None
    status: str | None = None
    resolved_reason: str | None = None
    amount: int | None = None
    currency: str | None = None
    reason_code: str | None = None
    payment_id: str | None = None
    payment_method: str | None = None
    payment_arn: str | None = None
    payment: DisputedPayment | None = None
    entity_id: str | None = None
    date: str | None = None
    received_on: str | None = None
    last_update: str | None = None
    evidence_required_by: str | None = None


class Event(msgspec.Struct, frozen=True, gc=False):
    """The envelope of a webhook."""

    id: str
    type: str
    timestamp: str | None = None
    created_on: str | None = None
    data: dict[str, Any] | None = None
