"""Clearing transaction files as Visa sends them: a layout of positions, of which only the public ones are shipped."""

from functools import cache
from pathlib import Path

from recoup.formats.fixed_width_layout import FileLayout, read_layout

LAYOUT_FILE = "layout.toml"


@cache
def public_layout() -> FileLayout:
    """Give the layout that is shipped: what openly licensed and public code has, and no more."""
    return read_layout(Path(__file__).with_name(LAYOUT_FILE).read_text(encoding="utf-8"), f"visa/{LAYOUT_FILE}")
