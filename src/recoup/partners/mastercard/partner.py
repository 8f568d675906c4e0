"""Mastercard as a value: the clearing file it sends an acquirer, and what that says."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.contract import Capabilities, FileFeed, Partner
from recoup.partners.mastercard.laid import lay_out
from recoup.partners.mastercard.mapping import read_clearing
from recoup.partners.mastercard.telling import CODES, NAME

_CLEARING = FileFeed("clearing", ("announces", "settles"), read_clearing, lay_out)

PARTNER = Partner(
    name=NAME,
    title="Mastercard",
    feeds={_CLEARING.name: _CLEARING},
    books={"announces": ("clearing",), "settles": ("clearing",)},
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=False,
        can_fetch_dispute=False,
        has_event_ids=True,
        authenticates="channel",
        gaps_closed_by="A file per cycle by schedule, whose trailer states its messages; DE 71 counts them.",
    ),
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "mastercard/outcome_money.csv"
    ),
)
