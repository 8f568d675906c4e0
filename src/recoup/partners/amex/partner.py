"""American Express as a value: its files, how they are read, what it can do."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.formats.fixed_width_layout import FileLayout, read_layout
from recoup.partners.amex import mapping_cbnot, mapping_settlement
from recoup.partners.amex.telling import CODES, NAME
from recoup.partners.amex.wire import CBNOT_FILE, SETTLEMENT_FILE, public_layout
from recoup.partners.contract import Capabilities, FileFeed, Partner

LAYOUT_FILES = (CBNOT_FILE, SETTLEMENT_FILE)


def with_layouts(texts: Mapping[str, tuple[str, str]]) -> Partner:
    """Give the partner that reads by an installation's own layouts: file name to (text, where it lies)."""
    layouts = {file: public_layout(file) for file in LAYOUT_FILES}
    own = {file: read_layout(text, where, layouts[file]) for file, (text, where) in texts.items()}
    return _partner(layouts | own)


def _partner(layouts: Mapping[str, FileLayout]) -> Partner:
    cbnot, settlement = layouts[CBNOT_FILE], layouts[SETTLEMENT_FILE]
    feeds = (
        FileFeed(
            "cbnot",
            ("announces",),
            partial(mapping_cbnot.read_cbnot, layout=cbnot),
            partial(mapping_cbnot.lay_out, layout=cbnot),
        ),
        FileFeed(
            "settlement",
            ("settles", "pays"),
            partial(mapping_settlement.read_settlement, layout=settlement),
            partial(mapping_settlement.lay_out, layout=settlement),
        ),
    )
    return Partner(
        name=NAME,
        title="American Express",
        feeds={feed.name: feed for feed in feeds},
        books={"announces": ("cbnot",), "settles": ("settlement",), "pays": ("settlement",)},
        codes=CODES,
        capabilities=Capabilities(
            can_list_disputes=False,
            can_fetch_dispute=False,
            has_event_ids=False,
            authenticates="channel",
            gaps_closed_by="A file each day with its counts, adjustments of the settlement file, and the bank.",
        ),
        outcome_money=read_outcome_money(
            Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "amex/outcome_money.csv"
        ),
    )


PARTNER = _partner({file: public_layout(file) for file in LAYOUT_FILES})
