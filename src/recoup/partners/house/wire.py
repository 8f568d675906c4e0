"""The layouts of the house's own files, column by column: what our systems write and `tables.py` reads.

All five feeds share one shape, as CSV (UTF-8, comma, `"` for quotes, a header)
or as Parquet. The first column, `record`, says what a row is; the last rows are
`total` rows, which state what the file holds, so that a file that was cut is
noticed wherever the cut falls. README.md has an example of each.
"""

from typing import Literal

Record = Literal["line", "merchant", "account", "total"]
LINE, MERCHANT, ACCOUNT, TOTAL = "line", "merchant", "account", "total"

LedgerKind = Literal["dispute_debit", "dispute_credit", "dispute_fee", "fee_credit", "other"]
Bearer = Literal["merchant", "house"]

# `lines` is filled on total rows only: how many rows the total counts. `amount` is there their sum, in `currency`.
PAYMENTS = (
    "record",
    "payment",
    "merchant",
    "partner",
    "account",
    "payment_ref",
    "amount",
    "currency",
    "captured_at",
    "lines",
)
REFUNDS = ("record", "refund", "payment", "amount", "currency", "refunded_at", "lines")
MERCHANTS = (
    "record",
    "merchant",
    "name",
    "currency",
    "partner",
    "account",
    "valid_from",
    "valid_to",
    "lines",
)
ALLOCATIONS = ("record", "allocation", "payment", "principal", "fee", "fx", "valid_from", "lines")
LEDGER = (
    "record",
    "line",
    "merchant",
    "kind",
    "partner",
    "dispute",
    "payment",
    "amount",
    "short",
    "currency",
    "effective_on",
    "lines",
)
COLUMNS = {
    "payments": PAYMENTS,
    "refunds": REFUNDS,
    "merchants": MERCHANTS,
    "allocations": ALLOCATIONS,
    "ledger": LEDGER,
}
FILE_NAME = "{feed}_{day}.csv"
"""`payments_2026-01-31.csv`: the day that the file covers, in the house's zone. Parquet ends in `.parquet`."""
