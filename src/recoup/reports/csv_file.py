"""CSV: RFC 4180, UTF-8, exact texts, and nothing in it that a spreadsheet takes for a formula.

A text that begins with a sign that opens a formula gets an apostrophe before it; one that begins with apostrophes and
such a sign gets one more, so that reading takes away exactly what writing put there. Amounts, numbers, days and
instants are written as they are: a spreadsheet reads `-12.34` as the number that it is.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from recoup.errors import OutputUnreadable
from recoup.reports.answers import Answer, Text

_OPENS_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_IS_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def write_csv(path: Path, answer: Answer) -> None:
    """Write one answer."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_text(answer))


def csv_text(answer: Answer) -> str:
    """Give one answer as the text of a file; lines end in CR LF."""
    kept = io.StringIO(newline="")
    writer = csv.writer(kept, lineterminator="\r\n")
    writer.writerow([guarded(head) for head in answer.heads])
    writer.writerows([guarded(text) for text in row] for row in answer.texts)
    return kept.getvalue()


def read_csv(path: Path) -> tuple[tuple[str, ...], list[tuple[Text, ...]]]:
    """Give heads and texts of a file as it was written, whoever saved it since.

    Raises:
      OutputUnreadable: It is no CSV in UTF-8, or a row is longer or shorter than the heads.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [tuple(_unguarded(cell) for cell in row) for row in csv.reader(file, strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as problem:
        raise OutputUnreadable(path.name, "no CSV in UTF-8", "a file as a report wrote it") from problem
    if not rows:
        raise OutputUnreadable(path.name, "no heads", "a file as a report wrote it")
    heads, *texts = rows
    if crooked := next(_crooked(heads, texts), None):
        raise OutputUnreadable(f"{path.name}:{crooked}", "another number of cells", f"{len(heads)}, as in the heads")
    return tuple(head or "" for head in heads), texts


def guarded(text: Text) -> str:
    """Give text that no spreadsheet takes for a formula; a number stays one."""
    if text is None:
        return ""
    return f"'{text}" if _OPENS_FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _unguarded(cell: str) -> Text:
    return (cell[1:] if _IS_GUARDED.match(cell) else cell) or None


def _crooked(heads: tuple[Text, ...], texts: list[tuple[Text, ...]]) -> Iterator[int]:
    return (number for number, row in enumerate(texts, start=2) if len(row) != len(heads))
