"""The names of Bacs' reports as sent: XML with attributes (ARUDD, ADDACS, AUDDIS) or with elements (DDICA).

No schema is public. The names here are those that three independent users of the reports read in public code; see
README.md. What is not named here is shown by the viewer and read by nobody.
"""

BACS_DOCUMENT, VOCA_DOCUMENT, DATA = "BACSDocument", "VocaDocument", "Data"

ARUDD = "ARUDD"
HEADER, LICENSE = "Header", "ServiceLicenseInformation"
ADVICE, ACCOUNT_RECORDS, ACCOUNT_RECORD = "Advice", "OriginatingAccountRecords", "OriginatingAccountRecord"
ITEM, TOTALS = "ReturnedDebitItem", "Totals"
PROCESSING_DATE, ADVICE_NUMBER, USER_NUMBER = "currentProcessingDate", "adviceNumber", "userNumber"
REF, TRANS_CODE, RETURN_CODE, RETURN_DESCRIPTION = "ref", "transCode", "returnCode", "returnDescription"
ORIGINAL_DATE, VALUE, CURRENCY, NUMBER = "originalProcessingDate", "valueOf", "currency", "numberOf"

MESSAGES, MESSAGE = "MessagingAdvices", "MessagingAdvice"
MESSAGE_USER, RECORD_TYPE, REASON_CODE, REFERENCE = "user-number", "record-type", "reason-code", "reference"
EFFECTIVE_DATE, REJECTED = "effective-date", "rejected-ddi"

DOCUMENT, SERVICE_USER = "Document", "ServiceUserNumber"
CLAIM_BANK, CLAIM_USER = "PayingBankReference", "SUReference"
CLAIM_REASON, CLAIM_MEANING, CLAIM_AMOUNT = "ReasonCode", "ReasonCodeMeaning", "TotalAmount"
COLLECTIONS, COLLECTION_DATE, COLLECTION_AMOUNT = "DDCollections", "DateOfDirectDebit", "Amount"
DEBIT_DATE = "DateOfDebit"
GROUPS = {
    "NewAdvices": ("DDICAdvice", "TotalValueOfDebits"),
    "Cancellations": ("DDICCancellation", "TotalValueOfCancellations"),
}
"""Group of claims -> (one claim, what all of them are worth)."""
