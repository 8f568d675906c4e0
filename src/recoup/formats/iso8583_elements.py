"""What the elements of a Mastercard IPM message are: lengths of the data elements, names of them and of the PDSs.

Only what was read somewhere public stands here; an element that is not listed has no known length, so a message that
has it cannot be read past it. A PDS that is not listed is read all the same and shown by its number.

Source:
  Data elements: cardutil 0.7.3 `config.py` (MIT). Names of PDSs: comments on the columns of table `mcw_fin` (public
  SQL of an acquirer's system), the enumeration of a public jPOS reader of IPM files, and the SmartVista clearing file
  format 1.10, which follows IPM; where two of them name a PDS they agree.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

Kind = Literal["fixed", "ll", "lll"]


class Element(msgspec.Struct, frozen=True, gc=False):
    """One data element: how long it is (at most, where a length stands before it), and what it is called."""

    number: int
    kind: Kind
    length: int
    name: str
    is_numeric: bool = False
    is_binary: bool = False


_LISTED = (
    Element(2, "ll", 19, "Primary account number", is_numeric=True),
    Element(3, "fixed", 6, "Processing code", is_numeric=True),
    Element(4, "fixed", 12, "Amount, transaction", is_numeric=True),
    Element(5, "fixed", 12, "Amount, reconciliation", is_numeric=True),
    Element(6, "fixed", 12, "Amount, cardholder billing", is_numeric=True),
    Element(9, "fixed", 8, "Conversion rate, reconciliation", is_numeric=True),
    Element(10, "fixed", 8, "Conversion rate, cardholder billing", is_numeric=True),
    Element(12, "fixed", 12, "Date and time, local transaction", is_numeric=True),
    Element(14, "fixed", 4, "Expiration date", is_numeric=True),
    Element(22, "fixed", 12, "Point of service data code"),
    Element(23, "fixed", 3, "Card sequence number", is_numeric=True),
    Element(24, "fixed", 3, "Function code", is_numeric=True),
    Element(25, "fixed", 4, "Message reason code", is_numeric=True),
    Element(26, "fixed", 4, "Card acceptor business code", is_numeric=True),
    Element(30, "fixed", 24, "Amounts, original", is_numeric=True),
    Element(31, "ll", 23, "Acquirer reference data"),
    Element(32, "ll", 11, "Acquiring institution ID code", is_numeric=True),
    Element(33, "ll", 11, "Forwarding institution ID code", is_numeric=True),
    Element(37, "fixed", 12, "Retrieval reference number"),
    Element(38, "fixed", 6, "Approval code"),
    Element(40, "fixed", 3, "Service code", is_numeric=True),
    Element(41, "fixed", 8, "Card acceptor terminal ID"),
    Element(42, "fixed", 15, "Card acceptor ID code"),
    Element(43, "ll", 99, "Card acceptor name and location"),
    Element(48, "lll", 999, "Additional data"),
    Element(49, "fixed", 3, "Currency code, transaction", is_numeric=True),
    Element(50, "fixed", 3, "Currency code, reconciliation", is_numeric=True),
    Element(51, "fixed", 3, "Currency code, cardholder billing", is_numeric=True),
    Element(54, "lll", 999, "Amounts, additional"),
    Element(55, "lll", 255, "ICC system-related data", is_binary=True),
    Element(62, "lll", 999, "Additional data 2"),
    Element(63, "lll", 16, "Transaction life cycle ID"),
    Element(71, "fixed", 8, "Message number", is_numeric=True),
    Element(72, "lll", 999, "Data record"),
    Element(73, "fixed", 6, "Date, action", is_numeric=True),
    Element(93, "ll", 11, "Transaction destination institution ID code", is_numeric=True),
    Element(94, "ll", 11, "Transaction originator institution ID code", is_numeric=True),
    Element(95, "ll", 10, "Card issuer reference data"),
    Element(100, "ll", 11, "Receiving institution ID code", is_numeric=True),
    Element(105, "lll", 999, "Multi-use transaction identification data"),
    Element(111, "lll", 999, "Amount, currency conversion assessment"),
    Element(123, "lll", 999, "Additional data 3"),
    Element(124, "lll", 999, "Additional data 4"),
    Element(125, "lll", 999, "Additional data 5"),
    Element(127, "lll", 999, "Network data"),
)
ELEMENTS: Mapping[int, Element] = {element.number: element for element in _LISTED}

PDS_ELEMENTS = (48, 62, 123, 124, 125)
"""Elements that hold PDSs, in the order in which one run of them goes on; a PDS is never split across two."""

PDS_NAMES: Mapping[str, str] = {
    "0002": "GCMS product identifier",
    "0003": "Licensed product identifier",
    "0005": "Message error indicator",
    "0023": "Terminal type",
    "0025": "Message reversal indicator",
    "0043": "Program registration ID",
    "0044": "Program participation indicator",
    "0052": "Electronic commerce security level indicator",
    "0057": "Transaction category indicator",
    "0058": "Token assurance level",
    "0059": "Token requestor ID",
    "0105": "File ID",
    "0110": "Transmission ID",
    "0122": "Processing mode",
    "0137": "Fee collection control number",
    "0138": "Source message number",
    "0145": "Alternate transaction fee amount",
    "0146": "Amounts, transaction fee",
    "0147": "Extended precision amounts",
    "0148": "Currency exponents",
    "0149": "Currency codes, amounts original",
    "0157": "Alternate processor indicator",
    "0158": "Business activity",
    "0159": "Settlement data",
    "0160": "Multiple settlement data",
    "0165": "Settlement indicator",
    "0170": "Card acceptor inquiry information",
    "0171": "Alternate card acceptor description data",
    "0175": "Card acceptor URL",
    "0176": "Mastercard assigned ID",
    "0177": "Cross-border",
    "0189": "POI data",
    "0191": "Originating message format",
    "0198": "Device type",
    "0200": "Fraud notification date",
    "0207": "Wallet identifier",
    "0208": "Additional merchant data",
    "0209": "Independent sales organization ID",
    "0228": "Retrieval document code",
    "0230": "Fulfillment document code",
    "0241": "Mastercom control number",
    "0243": "Mastercom retrieval response data",
    "0244": "Mastercom chargeback support documentation dates",
    "0260": "Edit exclusion indicator",
    "0261": "Risk management approval code",
    "0262": "Documentation indicator",
    "0264": "Original retrieval reason for request",
    "0265": "Initial presentment or fee collection data",
    "0266": "First chargeback or fee collection return data",
    "0267": "Second presentment or fee collection resubmission data",
    "0268": "Amount, partial transaction",
    "0280": "Source file ID",
    "0300": "Reconciled, file",
    "0301": "File amount, checksum",
    "0306": "File message counts",
    "0358": "Reconciled, business activity",
    "0359": "Reconciled, settlement activity",
    "0372": "Reconciled, message type and function",
    "0375": "Member reconciliation indicator",
}
