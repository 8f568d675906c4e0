"""Rows of delimited files as text."""

import csv
import io
from collections.abc import Sequence


def csv_row(values: Sequence[str]) -> str:
    """Values as one CSV row without its line end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()
