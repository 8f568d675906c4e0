"""Checkout.com as a value: what it sends us, how we verify and read it, what it can do."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.access import Bearer, ClientCredentials
from recoup.partners.checkout import actions, mapping
from recoup.partners.checkout.signature import verify
from recoup.partners.checkout.tables import TABLE_FEEDS
from recoup.partners.checkout.telling import CODES, NAME
from recoup.partners.contract import Capabilities, Feed, Partner, RecordFeed

_FEEDS: tuple[Feed, ...] = (
    RecordFeed("webhook", ("announces", "informs"), "webhook", mapping.read_webhook, verify),
    RecordFeed("disputes", ("announces",), "page", mapping.read_disputes),
    *TABLE_FEEDS.values(),
)

PARTNER = Partner(
    name=NAME,
    title="Checkout.com",
    feeds={feed.name: feed for feed in _FEEDS},
    books={
        "announces": ("webhook", "disputes"),
        "settles": ("settlement_breakdown",),
        "pays": ("payouts_report",),
    },
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=True,
        can_fetch_dispute=True,
        has_event_ids=True,
        authenticates="body",
        gaps_closed_by="Listing disputes by last update; a report cut between lines differs from its payout.",
    ),
    sweep=actions.sweep,
    fetch=actions.fetch,
    account_of=mapping.account_of,
    access=(
        Bearer("a secret key (sk_…) as secret, without client_id"),
        ClientCredentials(
            "client_id and secret: id and secret of an access key with the scopes disputes:view and reports:view",
            token_path="/connect/token",
            scope="disputes:view reports:view",
            host_label=("api", "access"),
        ),
    ),
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "checkout/outcome_money.csv"
    ),
)
