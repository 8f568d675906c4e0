"""Our own layout of a bank statement; the shapes of MT940 and BAI2 are in the room `formats`.

One file is one statement of one account in one currency: an `opening` row, the
`line` rows, a `closing` row. Opening plus lines is closing, or the file is held.
README.md has an example.
"""

from typing import Literal

Record = Literal["opening", "line", "closing"]
OPENING, LINE, CLOSING = "opening", "line", "closing"

STATEMENT = (
    "record",
    "account",
    "statement",
    "booked_on",
    "value_on",
    "amount",
    "currency",
    "reference",
    "end_to_end",
    "remittance",
    "lines",
)
"""`amount` of a line is signed as our balance moves; of opening and closing it is the balance. `lines` is filled on the
closing row: how many lines the statement has. `statement` is the bank's running number of the statement."""

FILE_NAME = "statement_{day}_{sequence}.csv"
"""`statement_2026-01-31_31.csv`: the day it covers, and its number."""
