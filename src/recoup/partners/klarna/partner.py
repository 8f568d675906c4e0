"""Klarna as a value: what it sends us, how we verify and read it, what it can do."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.access import Basic, NamedHeader
from recoup.partners.contract import Capabilities, FileFeed, Listing, Partner, RecordFeed
from recoup.partners.klarna import actions, mapping, mapping_settlement
from recoup.partners.klarna.layout import lay_out
from recoup.partners.klarna.signature import verify
from recoup.partners.klarna.telling import CODES, NAME

_FEEDS = (
    RecordFeed("webhook", ("announces", "informs"), "webhook", mapping.read_webhook, verify),
    RecordFeed("disputes", ("announces",), "page", mapping.read_disputes),
    FileFeed("settlement_report", ("settles", "pays"), mapping_settlement.read_settlement, lay_out),
)

PARTNER = Partner(
    name=NAME,
    title="Klarna",
    feeds={feed.name: feed for feed in _FEEDS},
    books={
        "announces": ("webhook", "disputes"),
        "settles": ("settlement_report",),
        "pays": ("settlement_report",),
    },
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=True,
        can_fetch_dispute=True,
        has_event_ids=True,
        authenticates="body",
        gaps_closed_by="Listing disputes by their last update; a settlement report for every payout at the bank.",
    ),
    sweep=actions.sweep,
    listing=Listing("updated", actions.OVERLAP),
    fetch=actions.fetch,
    account_of=mapping.account_of,
    access=(
        NamedHeader("an API key (klarna_…) as secret, without client_id", "authorization", "Basic "),
        Basic("client_id and secret: username and API key (or password) of one credential"),
    ),
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "klarna/outcome_money.csv"
    ),
)
