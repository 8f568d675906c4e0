"""Braintree as a value: what it sends us, how we verify and read it, what it can do."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.access import Basic, Bearer
from recoup.partners.braintree import actions, mapping
from recoup.partners.braintree.signature import verify
from recoup.partners.braintree.telling import CODES, NAME
from recoup.partners.contract import Capabilities, Partner, RecordFeed

_FEEDS = (
    RecordFeed("webhook", ("announces", "informs"), "webhook", mapping.read_webhook, verify),
    RecordFeed("disputes", ("announces",), "page", mapping.read_disputes),
    RecordFeed("dispute_export", ("announces",), "file", mapping.read_export, closed_by="nothing"),
)

PARTNER = Partner(
    name=NAME,
    title="Braintree",
    feeds={feed.name: feed for feed in _FEEDS},
    books={"announces": ("webhook", "disputes", "dispute_export")},
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=True,
        can_fetch_dispute=True,
        has_event_ids=False,
        authenticates="body",
        gaps_closed_by="Searching by the days of receipt and of change, and fetching every open dispute by its id.",
    ),
    sweep=actions.sweep,
    fetch=actions.fetch,
    access=(
        Basic("client_id and secret: public key and private key"),
        Bearer("an access token as secret, without client_id"),
    ),
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "braintree/outcome_money.csv"
    ),
)
