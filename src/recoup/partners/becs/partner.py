"""BECS as a value: its returns file, how it is read, what it can do."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.formats.fixed_width_layout import FileLayout, read_layout
from recoup.partners.becs.mapping import CODES, NAME, lay_out, read_returns
from recoup.partners.becs.wire import LAYOUT_FILE, public_layout
from recoup.partners.contract import Capabilities, FileFeed, Partner

LAYOUT_FILES = (LAYOUT_FILE,)


def with_layouts(texts: Mapping[str, tuple[str, str]]) -> Partner:
    """Give the partner that reads by an installation's own layout: file name to (text, where it lies)."""
    text, where = texts[LAYOUT_FILE]
    return _partner(read_layout(text, where, public_layout()))


def _partner(layout: FileLayout) -> Partner:
    feed = FileFeed(
        "returns",
        ("announces", "settles"),
        partial(read_returns, layout=layout),
        partial(lay_out, layout=layout),
    )
    return Partner(
        name=NAME,
        title="BECS direct entry (Australia)",
        feeds={feed.name: feed},
        books={"announces": (feed.name,), "settles": (feed.name,)},
        codes=CODES,
        capabilities=Capabilities(
            can_list_disputes=False,
            can_fetch_dispute=False,
            has_event_ids=False,
            authenticates="channel",
            gaps_closed_by="A file each business day, its totals, and the debit of the same sum at our bank.",
        ),
        chain="bank",
        outcome_money=read_outcome_money(
            Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "becs/outcome_money.csv"
        ),
    )


PARTNER = _partner(public_layout())
