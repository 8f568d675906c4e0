"""Mollie as a value: what it sends us, how we verify and read it, what it can do."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.access import Bearer
from recoup.partners.contract import Capabilities, Listing, Partner, RecordFeed
from recoup.partners.mollie import actions, mapping
from recoup.partners.mollie.signature import verify
from recoup.partners.mollie.telling import CODES, NAME

_FEEDS = (
    RecordFeed("webhook", ("announces", "informs"), "webhook", mapping.read_webhook, verify, names_alone=True),
    RecordFeed("chargebacks", ("announces",), "page", mapping.read_chargebacks),
    RecordFeed("balance_transactions", ("settles", "pays"), "page", mapping.read_balance_transactions),
    RecordFeed("settlements", ("pays",), "page", mapping.read_settlements),
)

PARTNER = Partner(
    name=NAME,
    title="Mollie",
    feeds={feed.name: feed for feed in _FEEDS},
    books={
        "announces": ("chargebacks", "webhook"),
        "settles": ("balance_transactions",),
        "pays": ("settlements", "balance_transactions"),
    },
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=True,
        can_fetch_dispute=True,
        has_event_ids=False,
        authenticates="body",
        gaps_closed_by="Listing chargebacks by creation and fetching open ones; an unsigned webhook is only a hint.",
        tells_due_times=False,
    ),
    chain="balance",
    sweep=actions.sweep,
    listing=Listing("created", actions.OVERLAP),
    fetch=actions.fetch,
    access=(
        # An API key of one profile opens neither balances nor settlements.
        Bearer("an access token of the organization (access_…) as secret, without client_id"),
    ),
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "mollie/outcome_money.csv"
    ),
)
