"""What is counted of a partner in a month: the figures of its scorecard, their limits and what they are counted of.

A table, so that a limit is changed in one place; `models/scored_*.sql` count, `models/partner_scorecards.sql` puts
them together.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from recoup.domain.table import Problem, Table

Area = Literal["timeliness", "completeness", "correctness", "money", "evidence", "breaks"]
LimitUnit = Literal["minutes", "percent"]
Needs = Literal[
    "schedule", "push", "push and pull", "announce days", "fees", "credit days", "payout days", "forwarding"
]
"""What an account must have for a figure to be countable: a term of its contract, or a way of being told."""
_FILE = Path(__file__).parent / "tables" / "scorecard_figures.csv"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure. `model` names the model with what it counts, one row for each thing."""

    figure: str
    place: int
    """Where it stands on a scorecard, from 1."""
    area: Area
    title: str
    counted_of: str
    """What its denominator counts."""
    needs: Needs | None = None
    model: str
    limit_length: int | None = None
    """From here on a thing counts, in `limit_unit`."""
    limit_unit: LimitUnit | None = None
    note: str = ""


def _check(row: Figure) -> Iterator[Problem]:
    if (row.limit_length is None) != (row.limit_unit is None):
        yield f"limit {row.limit_length} {row.limit_unit}", "a length with its unit, or neither"
    if row.limit_length is not None and row.limit_length <= 0:
        yield f"limit_length {row.limit_length}", "more than 0"


figures = Table("scorecard_figures", Figure, lambda row: row.figure, _check, lambda _: _FILE.read_text("utf-8"))
"""Every figure, in the order of the file."""
