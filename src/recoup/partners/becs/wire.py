"""The direct entry file of returned items as banks send it: a layout of positions, and nothing about meaning."""

from functools import cache
from pathlib import Path

from recoup.formats.fixed_width_layout import FileLayout, read_layout

LAYOUT_FILE = "layout.toml"


@cache
def public_layout() -> FileLayout:
    """Give the layout that is shipped."""
    return read_layout(Path(__file__).with_name(LAYOUT_FILE).read_text(encoding="utf-8"), f"becs/{LAYOUT_FILE}")
