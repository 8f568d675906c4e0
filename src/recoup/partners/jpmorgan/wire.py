"""The reports by J.P. Morgan's own names: which column tells what, in which of them.

One dispute is told by the reports of the Reporting API (DisputeDetails, DisputeDetailsv2), by the preset
report, by the report called PDE-17, and by the Delimited File Report of Chase Paymentech, each with names of
its own; a field lists all of them.
Sources: jpmorgan-payments/online-payments `docs/reporting` (Apache-2.0); of the Delimited File Report, whose
specification is not public: ianzepp/paymentech-ingestor (MIT), and the field names of a public loader.
"""

from collections.abc import Mapping

RECORD_TYPE = "Record Type"
"""First column of a report in sections."""
SUMMARY_TYPES = frozenset({"DisputeSummary", "RPDE0017S"})
DETAIL_TYPES = frozenset({"DisputeDetails", "RPDE0017D"})

Field = tuple[str, ...]

SEQUENCE: Field = ("Dispute Transaction Sequence Number",)
TYPE: Field = ("Post Deposit Event Dispute Type Code", "Dispute Type Code")
CATEGORY: Field = ("Dispute Category Code", "Category")
FINANCIAL: Field = ("Financial Non-Financial Code",)
ACTION_AMOUNT: Field = (
    "Post Deposit Event Action Presentment Currency Amount",
    "Current Action Presentment Currency Amount",
)
ISSUER_AMOUNT: Field = ("Issuer Dispute Presentment Currency Amount",)
CURRENCY: Field = ("Presentment Currency Code",)
SETTLED_AMOUNT: Field = (
    "Post Deposit Event Action Settlement Currency Amount",
    "Current Action Settlement Currency Amount",
)
SETTLED_CURRENCY: Field = ("Settlement Currency Code",)
FEE: Field = ("Fee Amount",)
ORDER: Field = ("Merchant Order Number",)
METHOD: Field = ("Payment Method Code",)
REASON: Field = ("Payment Brand Dispute Reason Code",)
USAGE: Field = ("Dispute Usage Code",)
INITIATED_ON: Field = ("Dispute Initiate Date",)
ACTIVITY_ON: Field = ("Dispute Activity Date", "Activity Date")
"""For a row of the inventory DisputeDetailsv2 has the day of the report as `Activity Date`; the other reports have the
day on which something happened last."""
DUE_ON: Field = ("Dispute Due Date",)
DUE_AT: Field = ("Dispute Due Timestamp",)
ARN: Field = ("Acquirer Reference Number",)
TRANSFER: Field = ("Fund Transfer Identifier",)
TRANSFER_AT: Field = ("Fund Transfer Effective Timestamp", "Funds Transfer Effective Timestamp")
DIVISION: Field = ("Transaction Division External Identifier", "Entity Identifier", "Entity Number")
COUNT: Field = ("Count",)
TOTAL: Field = ("Presentment Currency Amount",)

DISPUTE_FIELDS: tuple[Field, ...] = (SEQUENCE, TYPE, CATEGORY, ACTION_AMOUNT, CURRENCY, ACTIVITY_ON)
"""Without these a report of disputes is another report."""

SUBMISSION: Field = ("Submission Identifier",)
RECORD: Field = ("Record Number",)
FEE_TEXT: Field = ("Fee Text",)
FEE_TOTAL: Field = ("Settled Total Fee Amount",)
CATEGORY_TEXT: Field = ("Charge Category Text",)
TRANSFER_STATE: Field = ("Funds Transfer Category Text", "Funds Transfer Category Description")
TRANSFER_ON: Field = ("Fund Transfer Effective Date", "Funds Transfer Effective Timestamp")
FEE_FIELDS: tuple[Field, ...] = (SUBMISSION, RECORD, FEE_TEXT, FEE_TOTAL, SETTLED_CURRENCY, TRANSFER)

IS_DEPOSIT: Field = ("Transaction Deposit Indicator",)
SETTLEMENT_FIELDS: tuple[Field, ...] = (SUBMISSION, RECORD, IS_DEPOSIT)

REPORTS: Mapping[str, str] = {
    "disputedetails": "dispute_details",
    "disputedetailsv2": "dispute_details",
    "multiple": "dispute_report",
    "feedetails": "fee_details",
    "submissiondetails": "submission_details",
    "settlementdetails": "settlement_details",
    "transactiondetails": "transaction_details",
}
"""Which feed reads a report, by the type that its second line names."""

DFR_DETAILS: Mapping[str, tuple[str, ...]] = {
    "RPDE0017D": (
        "Entity Type",
        "Entity Number",
        "Issuer Chargeback Amount",
        "Previous Partial Representment",
        "Presentment Currency Code",
        "Category",
        "Status Flag",
        "Dispute Transaction Sequence Number",
        "Merchant Order Number",
        "Account Number",
        "Payment Brand Dispute Reason Code",
        "Transaction Date",
        "Dispute Initiate Date",
        "Activity Date",
        "Current Action Presentment Currency Amount",
        "Fee Amount",
        "Dispute Usage Code",
    ),
    "RPDE0018D": (
        "Entity Type",
        "Entity Number",
        "Reserved 1",
        "Reserved 2",
        "Presentment Currency Code",
        "Category",
        "Status Flag",
        "Dispute Transaction Sequence Number",
        "Merchant Order Number",
        "Account Number",
        "Payment Brand Dispute Reason Code",
        "Transaction Date",
        "Dispute Initiate Date",
        "Activity Date",
        "Current Action Presentment Currency Amount",
        "Dispute Usage Code",
    ),
}
"""Fields of a detail record after its type; newer files have more of them, which nobody published."""
DFR_SUMMARY = (
    "Entity Type",
    "Entity Number",
    "Reserved 1",
    "Reserved 2",
    "Presentment Currency Code",
    "Payment Method Type Code",
    "Category",
    "Financial Non-Financial Code",
    "Count",
    "Presentment Currency Amount",
)
DFR_SUMMARIES = frozenset({"RPDE0017S", "RPDE0018S"})
DFR_HEADERS = frozenset({"HPDE0017", "HPDE0018"})
DFR_TYPES: Mapping[str, str] = {"RPDE0017D": "CB", "RPDE0018D": "ECP"}
"""The dispute type that a report of the Delimited File Report is about."""
DFR_NOTHING = "No data to send back"
"""How the text begins that comes in place of a file without records."""
