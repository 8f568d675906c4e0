"""Stripe as a value: what it sends us, how we verify and read it, what it can do."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.access import Bearer
from recoup.partners.contract import Capabilities, Listing, Partner, RecordFeed
from recoup.partners.stripe import actions, mapping
from recoup.partners.stripe.signature import verify
from recoup.partners.stripe.tables import ACTIVITY_REPORT, PAYOUT_REPORT
from recoup.partners.stripe.telling import CODES, NAME

_FEEDS = (
    RecordFeed("webhook", ("announces", "informs"), "webhook", mapping.read_webhook, verify),
    RecordFeed("disputes", ("announces",), "page", mapping.read_disputes),
    RecordFeed("early_fraud_warnings", ("informs",), "page", mapping.read_early_fraud_warnings),
    RecordFeed("balance_transactions", ("settles",), "page", mapping.read_balance_transactions),
    RecordFeed("payouts", ("pays",), "page", mapping.read_payouts),
    PAYOUT_REPORT,
    ACTIVITY_REPORT,
)

PARTNER = Partner(
    name=NAME,
    title="Stripe",
    feeds={feed.name: feed for feed in _FEEDS},
    books={
        "announces": ("webhook", "disputes"),
        "settles": ("payout_report", "balance_transactions", "activity_report"),
        "pays": ("payouts",),
    },
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=True,
        can_fetch_dispute=True,
        has_event_ids=True,
        authenticates="body",
        gaps_closed_by="Listing disputes by creation and fetching every open one by its id.",
    ),
    sweep=actions.sweep,
    listing=Listing("created", actions.OVERLAP),
    fetch=actions.fetch,
    account_of=mapping.account_of,
    access=(Bearer("a secret or restricted key (sk_…, rk_…) as secret, without client_id"),),
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "stripe/outcome_money.csv"
    ),
)
