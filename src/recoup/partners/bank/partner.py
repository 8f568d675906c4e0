"""The banks that partners pay out to: statements, and nothing to act on."""

from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.partners.bank.tables import TABLE_FEEDS
from recoup.partners.contract import Capabilities, Partner

PARTNER = Partner(
    name="bank",
    title="Bank",
    feeds=TABLE_FEEDS,
    books={"banks": ("statement",)},
    codes=read_vocabulary((Path(__file__).parent / "codes.csv").read_text(), "bank/codes.csv"),
    capabilities=Capabilities(
        can_list_disputes=False,
        can_fetch_dispute=False,
        has_event_ids=True,
        authenticates="channel",
        gaps_closed_by="statements are numbered, and each opens with the balance that the last one closed with",
    ),
    chain="bank",
)
