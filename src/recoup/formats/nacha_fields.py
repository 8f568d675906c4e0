"""Every field of every record of a Nacha file: the standard's name for it and its positions, counted from 1.

Only the viewer reads these. A gap between two fields is reserved and stands here as such, so that nothing in a record
is left unshown; a test holds the layouts to 94 characters each.

Source: moov-io/ach (Apache-2.0), one file for each record; `entryDetail.go` for what classes of entry put elsewhere.
"""

from typing import NamedTuple

from recoup.formats.nacha_records import RECORD


class Place(NamedTuple):
    """One field: its name, and its first and last position."""

    name: str
    first: int
    last: int


def _layout(text: str) -> tuple[Place, ...]:
    """Read `3 Priority Code` a line: the last position of a field and its name, from position 1 on."""
    places = []
    first = 1
    for line in filter(None, map(str.strip, text.splitlines())):
        last, name = line.split(" ", 1)
        places.append(Place(name, first, int(last)))
        first = int(last) + 1
    assert first == RECORD + 1, f"a layout of {first - 1} characters"
    return tuple(places)


FILE_HEADER = _layout("""
    1 Record Type Code
    3 Priority Code
    13 Immediate Destination
    23 Immediate Origin
    29 File Creation Date
    33 File Creation Time
    34 File ID Modifier
    37 Record Size
    39 Blocking Factor
    40 Format Code
    63 Immediate Destination Name
    86 Immediate Origin Name
    94 Reference Code
""")
FILE_CONTROL = _layout("""
    1 Record Type Code
    7 Batch Count
    13 Block Count
    21 Entry/Addenda Count
    31 Entry Hash
    43 Total Debit Entry Dollar Amount in File
    55 Total Credit Entry Dollar Amount in File
    94 Reserved
""")
ADV_FILE_CONTROL = _layout("""
    1 Record Type Code
    7 Batch Count
    13 Block Count
    21 Entry/Addenda Count
    31 Entry Hash
    51 Total Debit Entry Dollar Amount in File
    71 Total Credit Entry Dollar Amount in File
    94 Reserved
""")
FILLER = _layout("94 Filler")
UNKNOWN = _layout("""
    1 Record Type Code
    94 Record
""")

BATCH_HEADER = _layout("""
    1 Record Type Code
    4 Service Class Code
    20 Company Name
    40 Company Discretionary Data
    50 Company Identification
    53 Standard Entry Class Code
    63 Company Entry Description
    69 Company Descriptive Date
    75 Effective Entry Date
    78 Settlement Date (Julian)
    79 Originator Status Code
    87 Originating DFI Identification
    94 Batch Number
""")
IAT_BATCH_HEADER = _layout("""
    1 Record Type Code
    4 Service Class Code
    20 IAT Indicator
    22 Foreign Exchange Indicator
    23 Foreign Exchange Reference Indicator
    38 Foreign Exchange Reference
    40 ISO Destination Country Code
    50 Originator Identification
    53 Standard Entry Class Code
    63 Company Entry Description
    66 ISO Originating Currency Code
    69 ISO Destination Currency Code
    75 Effective Entry Date
    78 Settlement Date (Julian)
    79 Originator Status Code
    87 Gateway/Originating DFI Identification
    94 Batch Number
""")
BATCH_CONTROL = _layout("""
    1 Record Type Code
    4 Service Class Code
    10 Entry/Addenda Count
    20 Entry Hash
    32 Total Debit Entry Dollar Amount
    44 Total Credit Entry Dollar Amount
    54 Company Identification
    73 Message Authentication Code
    79 Reserved
    87 Originating DFI Identification
    94 Batch Number
""")
ADV_BATCH_CONTROL = _layout("""
    1 Record Type Code
    4 Service Class Code
    10 Entry/Addenda Count
    20 Entry Hash
    40 Total Debit Entry Dollar Amount
    60 Total Credit Entry Dollar Amount
    79 ACH Operator Data
    87 Originating DFI Identification
    94 Batch Number
""")

_TO_AMOUNT = """
    1 Record Type Code
    3 Transaction Code
    11 Receiving DFI Identification
    12 Check Digit
    29 DFI Account Number
    39 Amount
"""
_TO_THE_END = """
    79 Addenda Record Indicator
    94 Trace Number
"""
ENTRY = _layout(f"""{_TO_AMOUNT}
    54 Individual Identification Number
    76 Individual Name
    78 Discretionary Data
{_TO_THE_END}""")
ENTRY_BY_CLASS = {
    "ADV": _layout("""
    1 Record Type Code
    3 Transaction Code
    11 Receiving DFI Identification
    12 Check Digit
    27 DFI Account Number
    39 Amount
    48 Advice Routing Number
    53 File Identification
    54 ACH Operator Data
    76 Individual Name
    78 Discretionary Data
    79 Addenda Record Indicator
    87 Routing Number of ACH Operator
    90 Julian Date on which this Advice is created
    94 Sequence Number within Batch
"""),
    "IAT": _layout("""
    1 Record Type Code
    3 Transaction Code
    11 GO Identification/Receiving DFI Identification
    12 Check Digit
    16 Number of Addenda Records
    29 Reserved
    39 Amount
    74 Foreign Receiver's Account Number/DFI Account Number
    76 Reserved
    77 Gateway Operator OFAC Screening Indicator
    78 Secondary OFAC Screening Indicator
    79 Addenda Record Indicator
    94 Trace Number
"""),
    "POP": _layout(f"""{_TO_AMOUNT}
    48 Check Serial Number
    52 Terminal City
    54 Terminal State
    76 Individual Name/Receiving Company Name
    78 Discretionary Data
{_TO_THE_END}"""),
    "SHR": _layout(f"""{_TO_AMOUNT}
    43 Card Expiration Date
    54 Document Reference Number
    76 Individual Card Account Number
    78 Card Transaction Type Code
{_TO_THE_END}"""),
    "CIE": _layout(f"""{_TO_AMOUNT}
    54 Individual Name
    76 Individual Identification Number
    78 Discretionary Data
{_TO_THE_END}"""),
}
for _name in ("CTX", "ATX", "ENR", "TRX"):
    ENTRY_BY_CLASS[_name] = _layout(f"""{_TO_AMOUNT}
    54 Identification Number
    58 Number of Addenda Records
    74 Receiving Company Name
    76 Reserved
    78 Discretionary Data
{_TO_THE_END}""")
for _name in ("ARC", "BOC", "RCK"):
    ENTRY_BY_CLASS[_name] = _layout(f"""{_TO_AMOUNT}
    54 Check Serial Number
    76 Individual Name/Receiving Company Name
    78 Discretionary Data
{_TO_THE_END}""")
for _name in ("TRC", "XCK"):
    ENTRY_BY_CLASS[_name] = _layout(f"""{_TO_AMOUNT}
    54 Check Serial Number
    60 Process Control Field
    76 Item Research Number
    78 Item Type Indicator
{_TO_THE_END}""")
for _name in ("WEB", "TEL"):
    ENTRY_BY_CLASS[_name] = _layout(f"""{_TO_AMOUNT}
    54 Individual Identification Number
    76 Individual Name
    78 Payment Type Code
{_TO_THE_END}""")

_ADDENDA = """
    1 Record Type Code
    3 Addenda Type Code
"""
ADDENDA_OTHER = _layout(f"""{_ADDENDA}
    94 Addenda Information
""")
ADDENDA = {
    "02": _layout(f"""{_ADDENDA}
    10 Reference Information #1
    13 Reference Information #2
    19 Terminal Identification Code
    25 Transaction Serial Number
    29 Transaction Date
    35 Authorization Code or Card Expiration Date
    62 Terminal Location
    77 Terminal City
    79 Terminal State
    94 Trace Number
"""),
    "05": _layout(f"""{_ADDENDA}
    83 Payment Related Information
    87 Addenda Sequence Number
    94 Entry Detail Sequence Number
"""),
    "10": _layout(f"""{_ADDENDA}
    6 Transaction Type Code
    24 Foreign Payment Amount
    46 Foreign Trace Number
    81 Receiving Company Name/Individual Name
    87 Reserved
    94 Entry Detail Sequence Number
"""),
    "11": _layout(f"""{_ADDENDA}
    38 Originator Name
    73 Originator Street Address
    87 Reserved
    94 Entry Detail Sequence Number
"""),
    "12": _layout(f"""{_ADDENDA}
    38 Originator City & State/Province
    73 Originator Country & Postal Code
    87 Reserved
    94 Entry Detail Sequence Number
"""),
    "13": _layout(f"""{_ADDENDA}
    38 Originating DFI Name
    40 Originating DFI Identification Number Qualifier
    74 Originating DFI Identification
    77 Originating DFI Branch Country Code
    87 Reserved
    94 Entry Detail Sequence Number
"""),
    "14": _layout(f"""{_ADDENDA}
    38 Receiving DFI Name
    40 Receiving DFI Identification Number Qualifier
    74 Receiving DFI Identification
    77 Receiving DFI Branch Country Code
    87 Reserved
    94 Entry Detail Sequence Number
"""),
    "15": _layout(f"""{_ADDENDA}
    18 Receiver Identification Number
    53 Receiver Street Address
    87 Reserved
    94 Entry Detail Sequence Number
"""),
    "16": _layout(f"""{_ADDENDA}
    38 Receiver City & State/Province
    73 Receiver Country & Postal Code
    87 Reserved
    94 Entry Detail Sequence Number
"""),
    "17": _layout(f"""{_ADDENDA}
    83 Payment Related Information
    87 Addenda Sequence Number
    94 Entry Detail Sequence Number
"""),
    "18": _layout(f"""{_ADDENDA}
    38 Foreign Correspondent Bank Name
    40 Foreign Correspondent Bank Identification Number Qualifier
    74 Foreign Correspondent Bank Identification Number
    77 Foreign Correspondent Bank Branch Country Code
    83 Reserved
    87 Addenda Sequence Number
    94 Entry Detail Sequence Number
"""),
    "98": _layout(f"""{_ADDENDA}
    6 Change Code
    21 Original Entry Trace Number
    27 Reserved
    35 Original Receiving DFI Identification
    64 Corrected Data
    79 Reserved
    94 Trace Number
"""),
}
REFUSED_CHANGE = _layout(f"""{_ADDENDA}
    6 Refused COR Code
    21 Original Entry Trace Number
    27 Reserved
    35 Original Receiving DFI Identification
    64 Corrected Data
    67 Change Code
    74 COR Trace Sequence Number
    79 Reserved
    94 Trace Number
""")
RETURN = _layout(f"""{_ADDENDA}
    6 Return Reason Code
    21 Original Entry Trace Number
    27 Date of Death
    35 Original Receiving DFI Identification
    79 Addenda Information
    94 Trace Number
""")
IAT_RETURN = _layout(f"""{_ADDENDA}
    6 Return Reason Code
    21 Original Entry Trace Number
    27 Date of Death
    35 Original Receiving DFI Identification
    45 Original Forward Entry Payment Amount
    79 Addenda Information
    94 Trace Number
""")
DISHONORED = _layout(f"""{_ADDENDA}
    6 Dishonored Return Reason Code
    21 Original Entry Trace Number
    27 Reserved
    35 Original Receiving DFI Identification
    38 Reserved
    53 Return Trace Number
    56 Return Settlement Date
    58 Return Reason Code
    79 Addenda Information
    94 Trace Number
""")
CONTESTED = _layout(f"""{_ADDENDA}
    6 Contested Dishonored Return Reason Code
    21 Original Entry Trace Number
    27 Date Original Entry Returned
    35 Original Receiving DFI Identification
    38 Original Settlement Date
    53 Return Trace Number
    56 Return Settlement Date
    58 Return Reason Code
    73 Dishonored Return Trace Number
    76 Dishonored Return Settlement Date
    78 Dishonored Return Reason Code
    79 Reserved
    94 Trace Number
""")
