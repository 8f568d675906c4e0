"""J.P. Morgan as a value: what it sends us as files, and how we read them."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.contract import Capabilities, FileFeed, Partner
from recoup.partners.jpmorgan import mapping
from recoup.partners.jpmorgan.layout import lay_out_dfr, layout_of
from recoup.partners.jpmorgan.telling import CODES, NAME

_DISPUTES = ("dispute_details", "dispute_report", "dfr")
_FEEDS = (
    FileFeed(
        "dispute_details", ("announces", "settles"), mapping.read_disputes, layout_of("dispute_details"), "structure"
    ),
    FileFeed("dispute_report", ("announces", "settles"), mapping.read_sections, layout_of("dispute_report")),
    FileFeed("dfr", ("announces", "settles"), mapping.read_dfr, lay_out_dfr, "structure"),
    FileFeed("fee_details", ("informs",), mapping.read_fees, layout_of("fee_details"), "structure"),
    FileFeed("submission_details", ("informs",), mapping.read_fees, layout_of("submission_details"), "structure"),
    FileFeed("settlement_details", ("informs",), mapping.read_settled, layout_of("settlement_details"), "structure"),
    FileFeed("transaction_details", ("informs",), mapping.read_settled, layout_of("transaction_details"), "structure"),
)

PARTNER = Partner(
    name=NAME,
    title="J.P. Morgan",
    feeds={feed.name: feed for feed in _FEEDS},
    books={"announces": _DISPUTES, "settles": _DISPUTES},
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=False,
        can_fetch_dispute=False,
        has_event_ids=False,
        authenticates="channel",
        gaps_closed_by="The inventory at the end of each day lists every dispute that is still open.",
    ),
    chain="bank",
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "jpmorgan/outcome_money.csv"
    ),
)
