"""Checkout.com's report files, read as sets: what a payout paid, the payouts, and every financial action.

Columns come in any order, by the names that `wire.py` lists. No report states totals of its own: the payouts
report says what each settlement breakdown comes to, within the rounding of its lines.
"""

from pathlib import Path

from recoup.partners.checkout import wire
from recoup.partners.contract import Layout, TableFeed

_HERE = Path(__file__).parent
_DAY = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"

SETTLEMENT_BREAKDOWN = TableFeed(
    name="settlement_breakdown",
    roles=("settles",),
    makes="money_line",
    layouts=(Layout("settlement breakdown", wire.SETTLEMENT_REQUIRED, wire.SETTLEMENT_OPTIONAL, wire.SETTLEMENT_FREE),),
    sql=(_HERE / "mapping_settlement_breakdown.sql").read_text(),
    covers_from_name=rf"settlement-breakdown_ent_[^_]+_{_DAY}_",
    closed_by="nothing",
)
PAYOUTS = TableFeed(
    name="payouts_report",
    roles=("pays",),
    makes="money_line",
    layouts=(Layout("payouts", wire.PAYOUT_REQUIRED, wire.PAYOUT_OPTIONAL, wire.PAYOUT_FREE),),
    sql=(_HERE / "mapping_payouts_report.sql").read_text(),
    covers_from_name=rf"payouts_ent_[^_]+_{_DAY}_",
    closed_by="nothing",
)
FINANCIAL_ACTIONS = TableFeed(
    name="financial_actions",
    roles=("informs",),
    makes="money_line",
    layouts=(Layout("financial actions", wire.ACTIONS_REQUIRED, wire.ACTIONS_OPTIONAL),),
    sql=(_HERE / "mapping_financial_actions.sql").read_text(),
    covers_from_name=rf"financial-?actions_ent_[^_]+_{_DAY}_",
    is_identity_unique=False,
    closed_by="nothing",
)
TABLE_FEEDS = {feed.name: feed for feed in (SETTLEMENT_BREAKDOWN, PAYOUTS, FINANCIAL_ACTIONS)}
