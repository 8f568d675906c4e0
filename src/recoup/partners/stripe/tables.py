"""Stripe's itemised reports, read as sets: which balance transactions a payout paid, and what changed the balance.

Both reports tell the same balance transactions in the same columns, so one
mapping reads them: what differs is which rows are there. Amounts are in major
units, currencies in any case of letters; there is no footer that states totals.
"""

from pathlib import Path

from recoup.partners.contract import Layout, TableFeed

MAPPING = (Path(__file__).parent / "mapping_report.sql").read_text()

_ALWAYS = ("balance_transaction_id", "created", "currency", "gross", "fee", "net", "reporting_category", "source_id")
_SOMETIMES = (
    "automatic_payout_effective_at",
    "automatic_payout_effective_at_utc",
    "available_on",
    "available_on_utc",
    "card_brand",
    "card_country",
    "card_funding",
    "charge_id",
    "connected_account",
    "created_utc",
    "customer_email",
    "customer_facing_amount",
    "customer_facing_currency",
    "customer_id",
    "customer_name",
    "description",
    "dispute_reason",
    "gateway_account",
    "invoice_id",
    "payment_intent_id",
    "payment_method_type",
    "trace_id",
    "trace_id_status",
)
USERS_OWN = r"[a-z]+_metadata\[.+\]"
"""Columns that users of Stripe define themselves."""

# What a report covers is in no file: people name what they download. A day in the name is taken as the day it covers.
DAY_IN_NAME = r"(?P<year>\d{4})[-_](?P<month>\d{2})[-_](?P<day>\d{2})(?!.*\d{4}[-_]\d{2}[-_]\d{2})"

PAYOUT_REPORT = TableFeed(
    name="payout_report",
    roles=("settles",),
    makes="money_line",
    layouts=(Layout("payout_reconciliation.itemized", (*_ALWAYS, "automatic_payout_id"), _SOMETIMES, USERS_OWN),),
    sql=MAPPING,
    covers_from_name=DAY_IN_NAME,
    closed_by="nothing",
)
ACTIVITY_REPORT = TableFeed(
    name="activity_report",
    roles=("settles", "informs"),
    makes="money_line",
    layouts=(
        Layout("balance_change_from_activity.itemized", _ALWAYS, (*_SOMETIMES, "automatic_payout_id"), USERS_OWN),
    ),
    sql=MAPPING,
    covers_from_name=DAY_IN_NAME,
    closed_by="nothing",
)
TABLE_FEEDS = {feed.name: feed for feed in (PAYOUT_REPORT, ACTIVITY_REPORT)}
