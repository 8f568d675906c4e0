"""The banks that partners pay out to: statements in the formats of banks, and nothing to act on."""

from recoup.partners.bank.camt import CAMT
from recoup.partners.bank.mapping_bai2 import BAI2
from recoup.partners.bank.mapping_mt940 import MT940
from recoup.partners.bank.tables import STATEMENT
from recoup.partners.bank.telling import CODES, NAME
from recoup.partners.contract import Capabilities, Partner

_FEEDS = (STATEMENT, CAMT, MT940, BAI2)

PARTNER = Partner(
    name=NAME,
    title="Bank",
    feeds={feed.name: feed for feed in _FEEDS},
    books={"banks": tuple(feed.name for feed in _FEEDS)},
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=False,
        can_fetch_dispute=False,
        has_event_ids=True,
        authenticates="channel",
        gaps_closed_by="the schedule and has_sequence of the contract; in one file, the balances",
    ),
    chain="bank",
)
