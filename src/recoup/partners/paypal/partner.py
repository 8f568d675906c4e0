"""PayPal as a value: what it sends us, how we verify and read it, what it can do."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.access import ClientCredentials
from recoup.partners.contract import Capabilities, FileFeed, Listing, Partner, RecordFeed
from recoup.partners.paypal import actions, mapping, mapping_reports
from recoup.partners.paypal.layout import layout_of
from recoup.partners.paypal.mapping_reports import CASE_COLUMNS, MOVEMENT_COLUMNS, STATUS_COLUMN
from recoup.partners.paypal.signature import verify
from recoup.partners.paypal.telling import CODES, NAME

_SETTLEMENT = layout_of(MOVEMENT_COLUMNS, (STATUS_COLUMN,))
_TRANSACTIONS = layout_of((*MOVEMENT_COLUMNS, STATUS_COLUMN))
_CASES = layout_of(CASE_COLUMNS)
_FEEDS = (
    RecordFeed("webhook", ("announces", "informs"), "webhook", mapping.read_webhook, verify),
    RecordFeed("disputes", ("announces",), "page", mapping.read_disputes),
    FileFeed("settlement_report", ("settles", "pays"), mapping_reports.read_settlement, _SETTLEMENT),
    FileFeed("transaction_report", ("settles", "pays"), mapping_reports.read_transactions, _TRANSACTIONS),
    FileFeed("case_report", ("announces", "informs"), mapping_reports.read_cases, _CASES),
)

PARTNER = Partner(
    name=NAME,
    title="PayPal",
    feeds={feed.name: feed for feed in _FEEDS},
    books={
        "announces": ("webhook", "disputes", "case_report"),
        "settles": ("settlement_report", "transaction_report"),
        "pays": ("settlement_report", "transaction_report"),
    },
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=True,
        can_fetch_dispute=True,
        has_event_ids=True,
        authenticates="fields",
        gaps_closed_by="Listing disputes by their last update, and the settlement report of every day.",
    ),
    chain="balance",
    sweep=actions.sweep,
    listing=Listing("updated"),
    fetch=actions.fetch,
    access=(
        ClientCredentials(
            "client_id and secret: client ID and secret of a REST app that may read disputes",
            token_path="/v1/oauth2/token",
        ),
    ),
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "paypal/outcome_money.csv"
    ),
)
