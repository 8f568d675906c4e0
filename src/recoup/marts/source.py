"""What a data source is: a table as it may be asked, what each column says, and whether it answers for another time.

Sources read the register; `lake_lines.py` adds what only the lake has. Values come as the register keeps them: instants
as microseconds UTC, days as ISO text, flags as 0 and 1. Read `sources.py` for which there are.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec
from sqlalchemy import Select

from recoup.storage.register import BATCH_ROWS, View

SqlType = Literal["BIGINT", "VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP"]
"""What a query sees. TIMESTAMP is an instant in UTC; models and files have it as BIGINT microseconds."""
Unit = Literal["", "minor", "bps", "days", "hours", "rows", "microseconds"]
Scope = Literal["merchant", "public", "house"]
"""Whose rows they are: each merchant's own, everybody's, or the house's alone."""
Row = tuple[Any, ...]

DELIVERED = "with each delivery"
CHECKED = "with each check"
SET_UP = "when accounts are set up"
SHIPPED = "with each version of Recoup"
ASKED = "when it is asked"


class Column(msgspec.Struct, frozen=True):
    """One column as a query sees it."""

    name: str
    type: SqlType
    says: str
    unit: Unit = ""

    @property
    def kept_as(self) -> str:
        """Its type in the engine and in files."""
        return "BIGINT" if self.type == "TIMESTAMP" else self.type


class Asked(msgspec.Struct, frozen=True):
    """For when and for whom a source is asked."""

    now: int
    known_at: int | None = None
    """As we knew it at this instant, in microseconds UTC; None for all we know."""
    merchant: str | None = None
    """Only what belongs to this merchant."""


Reading = Callable[[View, Asked, Sequence[int]], Iterator[list[Row]]]
"""Gives the rows of the columns at these places, some thousands at a time."""


class LakeFile(msgspec.Struct, frozen=True):
    """One file of the lake that holds rows of a source."""

    path: Path
    told: dict[str, str]
    """Columns that the file has not, the same for all of its rows."""


class Source(msgspec.Struct, frozen=True):
    """One table as a query sees it."""

    name: str
    also: str
    """The register's own name for it, else its name again."""
    grain: str
    """What one row is."""
    key: tuple[str, ...]
    """Columns that no two rows share."""
    columns: tuple[Column, ...]
    owner: str
    """Who answers for it."""
    freshness: str
    """When its rows change."""
    reading: Reading
    scope: Scope = "house"
    silent: str = ""
    """Why it cannot answer for another time; empty where it can."""
    latest_only: frozenset[str] = frozenset()
    """Columns of which only the last word is kept."""
    files: Callable[[View, Path], list[LakeFile]] | None = None
    """Gives the files of the lake that hold its rows; None where the register does."""

    def column(self, name: str) -> Column | None:
        """Give a column by its name."""
        return next((column for column in self.columns if column.name == name), None)

    def batches(self, view: View, asked: Asked, names: Iterable[str]) -> Iterator[list[Row]]:
        """Give the rows of the named columns, in the order named, some thousands at a time."""
        places = {column.name: place for place, column in enumerate(self.columns)}
        return self.reading(view, asked, [places[name] for name in names])


def selected(statement: Callable[[Asked], Select[Any]]) -> Reading:
    """Read rows of the register, only the columns wanted."""

    def reading(view: View, asked: Asked, places: Sequence[int]) -> Iterator[list[Row]]:
        whole = statement(asked)
        columns = list(whole.selected_columns)
        return view.batches(whole.with_only_columns(*(columns[place] for place in places), maintain_column_froms=True))

    return reading


def made(rows: Callable[[View, Asked], Iterable[Row]]) -> Reading:
    """Read rows that are made one by one, such as those of a table of rules or of a list within a column."""

    def reading(view: View, asked: Asked, places: Sequence[int]) -> Iterator[list[Row]]:
        remaining = (tuple(row[place] for place in places) for row in rows(view, asked))
        while part := list(islice(remaining, BATCH_ROWS)):
            yield part

    return reading
