"""XLSX: a sheet for the stamp and one for each answer; a cell is a number only where a spreadsheet keeps it exactly.

Spreadsheets hold numbers as binary fractions of 53 bits and show 15 digits. An amount of at most 15 digits, whose
text in the file reads back as the same decimal, is written as a number with the decimals of its currency; any other
is written as text, marked, and never rounded. Texts are never formulas or links.
"""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from recoup.domain.instants import render_instant, render_minute
from recoup.domain.money import exponent, render
from recoup.errors import FormatMissing
from recoup.reports.answers import Answer, Text
from recoup.reports.headings import head_of
from recoup.reports.questions import Column
from recoup.reports.stamp import Stamp

DIGITS_MAX = 15
_FIRST_DAY = dt.date(1900, 3, 1)
"""Before it, spreadsheets count a day that never was."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_NAME_MAX = 31
_WIDTH_MAX = 60


def write_spreadsheet(path: Path, answers: tuple[Answer, ...], stamp: Stamp, titles: Mapping[str, str]) -> None:
    """Write all answers of a run into one workbook; `titles` names the sheets by question.

    Raises:
      FormatMissing: XlsxWriter is not installed.
    """
    try:
        import xlsxwriter
    except ImportError as problem:
        raise FormatMissing(
            "xlsx", "no XlsxWriter", "the extra `reports`", "Run: pip install 'recoup[reports]'"
        ) from problem
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        made = dt.datetime.fromisoformat(render_instant(stamp.asked.made_at)).replace(tzinfo=None)
        book.set_properties({"title": stamp.title, "comments": f"{stamp.run} {stamp.rows_hash}", "created": made})
        looks = _Looks(book)
        taken: set[str] = {"stamp"}
        sheets = [book.add_worksheet(_sheet_name(titles.get(a.question.name, a.question.name), taken)) for a in answers]
        for sheet, answer in zip(sheets, answers, strict=True):
            _fill(sheet, answer, looks)
        _fill_stamp(book.add_worksheet("Stamp"), stamp, looks)


def exact(text: str) -> Decimal | None:
    """Give the number of a text if a spreadsheet keeps it exactly, else None."""
    number = Decimal(text)
    is_short = len(number.normalize().as_tuple().digits) <= DIGITS_MAX
    # What the writer will put into the file, which writes 16 digits of a decimal as it is, and never a float's.
    return number if is_short and Decimal(f"{number:.16G}") == number else None


def _fill(sheet: Any, answer: Answer, looks: "_Looks") -> None:
    columns = answer.question.columns
    sheet.freeze_panes(1, 0)
    sheet.hide_gridlines(2)
    if answer.texts:
        sheet.autofilter(0, 0, len(answer.texts), len(columns) - 1)
    at = {column.name: index for index, column in enumerate(columns)}
    for index, column in enumerate(columns):
        is_right = column.kind in ("whole", "decimal")
        sheet.write_string(0, index, head_of(column), looks.named("head right" if is_right else "head"))
        sheet.set_column(index, index, _width(column, answer, index))
    for number, row in enumerate(answer.texts, start=1):
        for index, (column, text) in enumerate(zip(columns, row, strict=True)):
            if text is not None:
                currency = row[at[column.currency]] if column.currency else None
                _write(sheet, number, index, column, text, currency, looks)


def _write(sheet: Any, row: int, index: int, column: Column, text: str, currency: Text, looks: "_Looks") -> None:
    if column.kind in ("whole", "decimal"):
        number = exact(text)
        if number is None:
            sheet.write_string(row, index, text, looks.named("exact text"))
        else:
            decimals = exponent(currency) if currency else column.scale
            sheet.write_number(row, index, number, looks.number(decimals))
    elif column.kind == "day" and dt.date.fromisoformat(text) >= _FIRST_DAY:
        sheet.write_datetime(row, index, dt.date.fromisoformat(text), looks.named("day"))
    elif column.kind == "instant" and dt.date.fromisoformat(text[:10]) >= _FIRST_DAY:
        sheet.write_datetime(row, index, dt.datetime.fromisoformat(text[:19]), looks.named("instant"))
    elif column.kind == "flag":
        sheet.write_boolean(row, index, text == "true", looks.named("plain"))
    else:
        sheet.write_string(row, index, text, looks.named("plain"))


def _fill_stamp(sheet: Any, stamp: Stamp, looks: "_Looks") -> None:
    asked = stamp.asked
    facts = [
        ("Report", f"{stamp.title} ({stamp.report})"),
        *((f"Parameter {name}", value or "all") for name, value in asked.parameters.items()),
        ("As of", render_minute(asked.as_of)),
        ("As known at", render_instant(asked.known_at)),
        ("Made", f"{render_minute(asked.made_at)} by {asked.made_by}, Recoup {asked.version}"),
        ("Run", stamp.run),
        ("Rows", f"{stamp.rows}"),
        ("SHA-256 of the rows", stamp.rows_hash),
        ("SHA-256 of the questions", stamp.query_hash),
        ("SHA-256 of the tables of rules", stamp.tables_hash),
    ]
    for answer in stamp.answers:
        facts.append((f"Rows of {answer.question}", f"{answer.rows}, SHA-256 {answer.rows_hash}"))
        for column, sums in answer.sums.items():
            facts += [(f"Sum of {answer.question} {column}", render(m, c)) for c, m in sums.items()]
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 1, 90)
    for row, (name, said) in enumerate(facts):
        sheet.write_string(row, 0, name, looks.named("soft"))
        sheet.write_string(row, 1, said, looks.named("plain"))


def _width(column: Column, answer: Answer, index: int) -> int:
    longest = max([len(head_of(column)) + 3, *(len(row[index] or "") + 2 for row in answer.texts[:1_000])])
    return min(longest if column.kind != "instant" else 18, _WIDTH_MAX)


def _sheet_name(title: str, taken: set[str]) -> str:
    name = _NOT_IN_NAMES.sub(" ", title).strip()[:_NAME_MAX] or "Answer"
    number = 2
    while name.lower() in taken:
        name = f"{name[: _NAME_MAX - 3]} {number}"
        number += 1
    taken.add(name.lower())
    return name


class _Looks:
    """The formats of one workbook, each made once."""

    _NAMED: Mapping[str, Mapping[str, Any]] = {
        "plain": {"valign": "top"},
        "soft": {"font_color": "#6B7A8A", "valign": "top"},
        "head": {"bold": True, "font_color": "#FFFFFF", "bg_color": "#23588F"},
        "head right": {"bold": True, "font_color": "#FFFFFF", "bg_color": "#23588F", "align": "right"},
        "day": {"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"},
        "instant": {"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left", "valign": "top"},
        "exact text": {"align": "right", "font_color": "#B8503A", "valign": "top"},
    }

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[str, Any] = {}

    def named(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._book.add_format(dict(self._NAMED[name]))
        return self._made[name]

    def number(self, decimals: int) -> Any:
        name = f"number {decimals}"
        if name not in self._made:
            shape = "#,##0" + (f".{'0' * decimals}" if decimals else "")
            self._made[name] = self._book.add_format({"num_format": f"{shape};[Red]-{shape}", "valign": "top"})
        return self._made[name]
