"""What both of American Express's kinds of file share: its words, its name, and how one adjustment is known."""

from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.formats.fixed_width_layout import FileLayout

NAME = "amex"
NETWORK = "amex"
CURRENCY = "USD"
"""Currency of amounts that name none, where the layout does not say: the documented files are those of the US."""
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "amex/codes.csv")


def adjustment(establishment: str, number: str) -> str | None:
    """Give the identity of an adjustment: the number that notification and settlement file both have.

    None where there is no number. A published pair of files shows it: case 861AATK of CBNOT has the number, amount and
    establishment of one adjustment of EPRAW.
    """
    return f"{establishment}/adjustment/{number}" if number else None


def currency_of(layout: FileLayout) -> str:
    """Give the currency of amounts that name none."""
    return layout.currency or CURRENCY
