"""Rows of delimited files as text: one by one, and whole columns of them."""

import csv
import io
from collections.abc import Iterable, Sequence

from recoup.simulator.columns import Column, joined, lines

Rows = str | Column
"""One row without its line end, or a column of them."""


def csv_row(values: Sequence[str]) -> str:
    """Values as one CSV row without its line end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def text_of(parts: Iterable[Rows], before: str = "", after: str = "") -> bytes:
    """Rows as the lines of a file, each with something before and after it."""
    told = (
        f"{before}{part}{after}\n".encode() if isinstance(part, str) else lines(joined(before, part, after))
        for part in parts
    )
    return b"".join(told)
