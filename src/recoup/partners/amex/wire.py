"""American Express files as they are sent: two layouts of positions, by the files' own field names in small letters."""

from functools import cache
from pathlib import Path

from recoup.formats.fixed_width_layout import FileLayout, read_layout

CBNOT_FILE = "layout_cbnot.toml"
SETTLEMENT_FILE = "layout_settlement.toml"


@cache
def public_layout(file: str) -> FileLayout:
    """Give a layout that is shipped, by its file."""
    return read_layout(Path(__file__).with_name(file).read_text(encoding="utf-8"), f"amex/{file}")
