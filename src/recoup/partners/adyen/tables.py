"""Adyen's report files, read as sets: what a batch settled, and what was booked on a day.

Columns come in any order, with or without those that a customer added; the
2025 layout has more of them. README.md says where the layouts were seen.
"""

import csv
from pathlib import Path

from recoup.partners.contract import Layout, TableFeed

_HERE = Path(__file__).parent
ACCOUNT_COLUMN = "Merchant Account"
HEAD_BYTES = 1 << 16
RESERVED = r"Reserved ?\d*|Metadata.*"

_SETTLEMENT = (
    "Merchant Account",
    "Psp Reference",
    "Merchant Reference",
    "Creation Date",
    "TimeZone",
    "Type",
    "Modification Reference",
    "Gross Currency",
    "Gross Debit (GC)",
    "Gross Credit (GC)",
    "Net Currency",
    "Net Debit (NC)",
    "Net Credit (NC)",
    "Commission (NC)",
    "Markup (NC)",
    "Scheme Fees (NC)",
    "Interchange (NC)",
)
_SETTLEMENT_OLD = (
    "Company Account",
    "Payment Method",
    "Exchange Rate",
    "Payment Method Variant",
    "Modification Merchant Reference",
    "Batch Number",
    "Booking Date",
    "Booking Date TimeZone",
)
_SETTLEMENT_2025 = (
    "Balance Currency",
    "Net Debit (BC)",
    "Net Credit (BC)",
    "Payment Fees (NC)",
    "DCC Markup (NC)",
    "Funds Destination",
    "Balance Platform Debit",
    "Balance Platform Credit",
    "Shopper Country",
    "Clearing Network",
    "Merchant Order Reference",
    "Dispute Reference",
    "ARN",
    "Settlement Flow",
    "Authorisation Code",
    "Gross Fees (NC)",
)
_ACCOUNTING = (
    "Merchant Account",
    "Psp Reference",
    "Merchant Reference",
    "Booking Date",
    "TimeZone",
    "Record Type",
    "Modification Psp Reference",
    "Payment Currency",
    "Settlement Currency",
    "Payable (SC)",
    "Commission (SC)",
    "Markup (SC)",
    "Scheme Fees (SC)",
    "Interchange (SC)",
)
_ACCOUNTING_OPTIONAL = (
    "Company Account",
    "Payment Method",
    "Payment Method Variant",
    "Main Currency",
    "Main Amount",
    "Received (PC)",
    "Exchange Rate",
    "Authorised (PC)",
    "Captured (PC)",
    "Processing Fee Currency",
    "Processing Fee (FC)",
    "Modification Merchant Reference",
    "Original Amount",
    "Merchant Order Reference",
    "Shopper Reference",
)


def _sql(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text()


SETTLEMENT_DETAIL = TableFeed(
    name="settlement_detail",
    roles=("settles", "pays"),
    makes="money_line",
    layouts=(
        Layout("settlement details", _SETTLEMENT, _SETTLEMENT_OLD, RESERVED),
        Layout("settlement details 2025", _SETTLEMENT, (*_SETTLEMENT_OLD, *_SETTLEMENT_2025), RESERVED),
    ),
    sql=_sql("mapping_settlement_detail"),
    controls=_sql("controls_settlement_detail"),
    notes=_sql("notes_time_zones"),
    covers_from_name=r"settlement_detail_report_batch_(?P<sequence>\d+)",
    closed_by="nothing",  # the payout is a total, but a file that was cut before it states none
)
PAYMENTS_ACCOUNTING = TableFeed(
    name="payments_accounting",
    roles=("informs",),
    makes="money_line",
    layouts=(Layout("payments accounting", _ACCOUNTING, _ACCOUNTING_OPTIONAL, RESERVED),),
    sql=_sql("mapping_payments_accounting"),
    covers_from_name=r"payments_accounting_report_(?P<year>\d{4})_(?P<month>\d{2})_(?P<day>\d{2})",
    notes=_sql("notes_time_zones"),
    is_identity_unique=False,
    closed_by="nothing",
)
TABLE_FEEDS = {feed.name: feed for feed in (SETTLEMENT_DETAIL, PAYMENTS_ACCOUNTING)}


def account_of_report(head: bytes) -> str | None:
    """Our account as the first line of a report names it; None where the bytes are no report of Adyen's.

    Args:
      head: The beginning of the file, or all of it.
    """
    lines = head[:HEAD_BYTES].decode("utf-8-sig", errors="replace").splitlines()[:2]
    rows = list(csv.reader(lines))
    if len(rows) < 2 or ACCOUNT_COLUMN not in rows[0]:
        return None
    place = rows[0].index(ACCOUNT_COLUMN)
    return rows[1][place] or None if place < len(rows[1]) else None
