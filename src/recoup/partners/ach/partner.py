"""ACH as a value: the files that come to us and those that we send, and what the network cannot do."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.ach import mapping
from recoup.partners.ach.layout import lay_out
from recoup.partners.ach.telling import CODES, NAME
from recoup.partners.contract import Capabilities, FileFeed, Partner

_FEEDS = (
    FileFeed("returns", ("announces", "settles"), mapping.read_returns, lay_out),
    FileFeed("sent", ("announces", "settles"), mapping.read_sent, lay_out),
)

PARTNER = Partner(
    name=NAME,
    title="ACH (Nacha)",
    feeds={feed.name: feed for feed in _FEEDS},
    books={"announces": ("returns", "sent"), "settles": ("returns", "sent")},
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=False,
        can_fetch_dispute=False,
        has_event_ids=False,
        authenticates="channel",
        gaps_closed_by="A file is due each banking day and states its own counts and sums; the bank shows the money.",
    ),
    chain="bank",
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "ach/outcome_money.csv"
    ),
)
