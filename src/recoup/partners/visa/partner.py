"""Visa as a value: its clearing files, how they are read, what it can do."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.formats.fixed_width_layout import FileLayout, read_layout
from recoup.partners.contract import Capabilities, FileFeed, Partner
from recoup.partners.visa.mapping import lay_out, read_clearing
from recoup.partners.visa.telling import CODES, NAME
from recoup.partners.visa.wire import LAYOUT_FILE, public_layout

LAYOUT_FILES = (LAYOUT_FILE,)


def with_layouts(texts: Mapping[str, tuple[str, str]]) -> Partner:
    """Give the partner that reads by an installation's own layout: file name to (text, where it lies)."""
    text, where = texts[LAYOUT_FILE]
    return _partner(read_layout(text, where, public_layout()))


def _partner(layout: FileLayout) -> Partner:
    feed = FileFeed(
        "clearing",
        ("announces", "settles"),
        partial(read_clearing, layout=layout),
        partial(lay_out, layout=layout),
    )
    return Partner(
        name=NAME,
        title="Visa",
        feeds={feed.name: feed},
        books={"announces": (feed.name,), "settles": (feed.name,)},
        codes=CODES,
        capabilities=Capabilities(
            can_list_disputes=False,
            can_fetch_dispute=False,
            has_event_ids=False,
            authenticates="channel",
            gaps_closed_by="A file each day with the totals of its trailers, and net settlement at the bank.",
        ),
        chain="bank",
        outcome_money=read_outcome_money(
            Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "visa/outcome_money.csv"
        ),
    )


PARTNER = _partner(public_layout())
