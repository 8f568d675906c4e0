"""Square as a value: what it sends us, how we verify and read it, what it can do."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.access import Bearer
from recoup.partners.contract import Capabilities, Listing, Partner, RecordFeed
from recoup.partners.square import actions, mapping
from recoup.partners.square.signature import verify
from recoup.partners.square.telling import CODES, NAME

_FEEDS = (
    RecordFeed("webhook", ("announces", "informs"), "webhook", mapping.read_webhook, verify),
    RecordFeed("disputes", ("announces",), "page", mapping.read_disputes),
    RecordFeed("events", ("announces", "informs"), "page", mapping.read_events),
    RecordFeed("payout_entries", ("settles",), "page", mapping.read_payout_entries),
    RecordFeed("payouts", ("pays",), "page", mapping.read_payouts),
)

PARTNER = Partner(
    name=NAME,
    title="Square",
    feeds={feed.name: feed for feed in _FEEDS},
    books={
        "announces": ("webhook", "disputes", "events"),
        "settles": ("payout_entries",),
        "pays": ("payouts",),
    },
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=True,
        can_fetch_dispute=True,
        has_event_ids=True,
        authenticates="body",
        gaps_closed_by="Listing all disputes, since the list has no filter on time; webhooks are retried for 24 hours.",
    ),
    sweep=actions.sweep,
    listing=Listing("all"),
    fetch=actions.fetch,
    account_of=mapping.account_of,
    access=(Bearer("an access token as secret, without client_id"),),
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "square/outcome_money.csv"
    ),
)
