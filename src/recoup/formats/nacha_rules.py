"""What the records of a Nacha file must look like: patterns over whole records, and rules between two of them.

A whole record is matched at once, for speed; `ENTRY_FIELDS` names the field where one does not fit.

Source: moov-io/ach (Apache-2.0), `validators.go`, `batch.go`, and one file for each record.
"""

import re
from functools import lru_cache

from recoup.formats.nacha_records import RECORD, BatchHeader

ENTRY_CLASSES: frozenset[str] = frozenset(
    {
        *("ACK", "ADV", "ARC", "ATX", "BOC", "CCD", "CIE", "COR", "CTX", "DNE", "ENR", "IAT", "MTE", "POP", "POS"),
        *("PPD", "RCK", "SHR", "TEL", "TRC", "TRX", "WEB", "XCK"),
    }
)
NINES = "9" * RECORD
DIGITS = re.compile(r"[0-9]+")
CODES = r"2[1-46-9]|3[1-46-9]|4[1-46-9]|5[1-6]"
ENTRY = re.compile(rf"6({CODES})([0-9]{{8}})([0-9]).{{17}}([0-9]{{10}}).{{39}}([01])([0-9]{{15}})", re.DOTALL)
ADVICE = re.compile(r"6(8[1-8])([0-9]{8})([0-9]).{15}([0-9]{12}).{39}([01])(.{15})", re.DOTALL)
HEADER = re.compile(r"101.{31}094101.{54}", re.DOTALL)
BATCH = re.compile(r"5(?:200|220|225|280).{46}[A-Z]{3}.{34}[0-9]{7}", re.DOTALL)
BATCH_CONTROL = re.compile(r"8(...)([0-9]{6})([0-9]{10})([0-9]{12})([0-9]{12})(.{10}).{25}(.{8})(.{7})", re.DOTALL)
ADV_CONTROL = re.compile(r"8(...)([0-9]{6})([0-9]{10})([0-9]{20})([0-9]{20})(.{19})(.{8})(.{7})", re.DOTALL)
FILE_CONTROL = re.compile(r"9([0-9]{6})([0-9]{6})([0-9]{8})([0-9]{10})([0-9]{12})([0-9]{12}).{39}", re.DOTALL)
ADV_FILE_CONTROL = re.compile(r"9([0-9]{6})([0-9]{6})([0-9]{8})([0-9]{10})([0-9]{20})([0-9]{20}).{23}", re.DOTALL)
SEQUENCED = frozenset({"05", "17", "18"})
"""Addenda that are numbered within their entry, each type for itself."""
BY_SEQUENCE = SEQUENCED | {"10", "11", "12", "13", "14", "15", "16"}
"""Addenda that end with the last seven digits of the entry's trace number; others have the whole of a trace number."""
ADDENDA_TYPES = BY_SEQUENCE | {"02", "98", "99"}
MANDATORY = ("10", "11", "12", "13", "14", "15", "16")
"""Addenda of every international entry, in this order."""
TOTALS = ("batches", "blocks", "entries and addenda", "entry hash", "debits", "credits")
DEBITS = frozenset("56789")
ADVICE_DEBITS = frozenset("2468")


ENTRY_FIELDS = (
    ("Transaction Code", 1, 3, re.compile(CODES), "a known one"),
    ("Receiving DFI Identification", 3, 11, re.compile("[0-9]{8}"), "eight digits"),
    ("Check Digit", 11, 12, re.compile("[0-9]"), "a digit"),
    ("Amount", 29, 39, re.compile("[0-9]{10}"), "ten digits"),
    ("Addenda Record Indicator", 78, 79, re.compile("[01]"), "0 or 1"),
    ("Trace Number", 79, 94, re.compile("[0-9]{15}"), "fifteen digits"),
)
ADVICE_FIELDS = (
    ("Transaction Code", 1, 3, re.compile("8[1-8]"), "81 to 88"),
    *ENTRY_FIELDS[1:3],
    ("Amount", 27, 39, re.compile("[0-9]{12}"), "twelve digits"),
    ENTRY_FIELDS[4],
)


@lru_cache(maxsize=1 << 14)
def check_digit(routing: str) -> str:
    """The ninth digit of a routing number: weights 3, 7, 1 over the eight before it."""
    digits = [int(digit) for digit in routing]
    summed = 3 * (digits[0] + digits[3] + digits[6]) + 7 * (digits[1] + digits[4] + digits[7]) + digits[2] + digits[5]
    return str(-summed % 10)


TELLING = frozenset({"98", "99"})
"""Addenda that say what came back, or what changes."""


def belongs(kind: str, record: str, entry: str) -> bool:
    """Whether an addenda of this type carries the trace number of its entry."""
    return record[87:] == entry[87:] if kind in BY_SEQUENCE else record[79:] == entry[79:]


def is_same_company(stated: str, batch: BatchHeader) -> bool:
    """International batches have an originator in that place of their header, and many leave it out of the control."""
    return stated == batch.company or (batch.is_international and not stated)


def may_be_cut(bare: str) -> bool:
    """File header and file control end in reserved fields: what many systems cut off is nothing."""
    return (bare[:1] == "1" and len(bare) >= 40) or (bare[:1] == "9" and len(bare) >= 55)
