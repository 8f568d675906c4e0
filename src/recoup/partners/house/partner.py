"""The house as a partner: its feeds, what it can do, and that nothing is ever written to it from here."""

from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.partners.contract import Capabilities, Partner
from recoup.partners.house.tables import TABLE_FEEDS

PARTNER = Partner(
    name="house",
    title="House",
    feeds=TABLE_FEEDS,
    books={"confirms": ("ledger",)},
    codes=read_vocabulary((Path(__file__).parent / "codes.csv").read_text(), "house/codes.csv"),
    capabilities=Capabilities(
        can_list_disputes=False,
        can_fetch_dispute=False,
        has_event_ids=False,
        authenticates="channel",
        gaps_closed_by="every file states its totals, and a file is due for each day",
    ),
)
