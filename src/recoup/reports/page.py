"""PDF: the page of a report, set by Typst from JSON, with its charts as drawings and its fonts inside.

What stands in a cell is settled here; `page.typ` lays out and decides nothing. No text of anyone is read as markup:
all of it arrives as data. A folder `fonts` in the home adds fonts for scripts that Inter does not know; a letter that
no font knows is an empty box, and never the end of a report.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from recoup.domain.instants import render_instant, render_minute
from recoup.domain.money import render, render_major
from recoup.errors import FormatMissing
from recoup.reports.answers import Answer, Text
from recoup.reports.chart import Part, colours_of, draw
from recoup.reports.definition import Chart, Figures, Section, TableOf
from recoup.reports.headings import NOTHING, cell_of, grouped, head_of
from recoup.reports.library import Report
from recoup.reports.questions import MINOR, Column
from recoup.reports.stamp import AnswerStamp, Stamp

FONTS = Path(__file__).with_name("fonts")
PAGE = Path(__file__).with_name("page.typ")
TONE = "tone"
WIDE_FROM = 26
"""Characters from which prose shares what room there is, and folds."""
SHARE_MAX = 90
PAGE_WIDTH = {False: 5_040, True: 7_510}
"""Between the margins, in tenths of a point; by whether the page lies."""
LETTER_WIDTH = 57
"""Of an average letter, in hundredths of its size."""
HEAD_PART = 92
CELL_PADDING = 85
SIZE_MIN, SIZE_MAX = 54, 80
CARDS_ACROSS = 4
PANELS_MAX = 6
GUTTER = 160
HASH_SHOWN = 16
Shown = dict[str, Any]
BLANK: Shown = {"text": "", "unit": ""}


def write_page(path: Path, report: Report, answers: tuple[Answer, ...], stamp: Stamp, fonts: Path) -> None:
    """Write a run as one PDF, tagged for readers that read aloud.

    Raises:
      FormatMissing: Typst is not installed.
    """
    compile_page = compiler()
    places: list[Path] = [FONTS, *([fonts] if fonts.is_dir() else [])]
    compile_page(
        PAGE,
        output=path,
        format="pdf",
        font_paths=places,
        ignore_system_fonts=True,
        sys_inputs={"data": msgspec.json.encode(page(report, answers, stamp)).decode()},
        timestamp=stamp.asked.made_at // 1_000_000,
    )


def compiler() -> Callable[..., None]:
    """Give what turns a page into a file.

    Raises:
      FormatMissing: Typst is not installed.
    """
    try:
        from typst import compile as compile_page
    except ImportError as problem:
        raise FormatMissing("pdf", "no Typst", "the extra `reports`", "Run: pip install 'recoup[reports]'") from problem
    return compile_page


def page(report: Report, answers: tuple[Answer, ...], stamp: Stamp) -> Shown:
    """Give everything that stands on the pages, in words."""
    by_name = {answer.question.name: answer for answer in answers}
    definition = report.definition
    return {
        "title": definition.title,
        "subtitle": _subtitle(stamp),
        "about": definition.about,
        "owner": definition.owner,
        "keywords": [report.name, stamp.run],
        "landscape": definition.landscape,
        "facts": [
            ("as of", render_minute(stamp.asked.as_of)),
            ("known at", render_minute(stamp.asked.known_at)),
            ("for", definition.owner),
        ],
        "footer": f"{report.name}  ·  {stamp.run[:12]}  ·  rows {stamp.rows_hash[:HASH_SHOWN]}  ·  "
        f"as known {render_minute(stamp.asked.known_at)}  ·  Recoup {stamp.asked.version}",
        "sections": [
            _section(section, by_name[section.question], is_landscape=definition.landscape)
            for section in definition.section
        ],
        "stamp": _stamp(stamp),
    }


def _subtitle(stamp: Stamp) -> str:
    said = [_worded(name, value) for name, value in stamp.asked.parameters.items() if value is not None]
    return "  ·  ".join(said) or _worded("day", render_instant(stamp.asked.as_of)[:10])


def _worded(name: str, value: str) -> str:
    if name in ("day", "month"):
        form = "%A, %-d %B %Y" if name == "day" else "%B %Y"
        return dt.date.fromisoformat(value if name == "day" else f"{value}-01").strftime(form)
    return value


def _section(section: Section, answer: Answer, *, is_landscape: bool) -> Shown:
    if isinstance(section, Figures):
        return {"kind": "figures", "title": section.title, "note": "", **_figures(answer)}
    if isinstance(section, Chart):
        return {
            "kind": "chart",
            "title": section.title,
            "note": section.note,
            **_chart(section, answer, is_landscape=is_landscape),
        }
    return {
        "kind": "table",
        "title": section.title,
        "note": section.note,
        **_table(section, answer, is_landscape=is_landscape),
    }


# --- figures ---------------------------------------------------------------------------------


def _figures(answer: Answer) -> Shown:
    rows = [_figure(row) for row in answer.objects()]
    lines = max(-(-len(rows) // CARDS_ACROSS), 1)
    return {"rows": rows, "across": max(-(-len(rows) // lines), 1)}


def _figure(row: dict[str, Any]) -> Shown:
    minor, currency, value = row.get("amount_minor"), row.get("currency") or "", row.get("value")
    if minor is not None:
        shown, unit = grouped(render_major(minor, currency)), currency
    else:
        shown, unit = NOTHING if value is None else grouped(str(value)) if isinstance(value, int) else str(value), ""
    return {
        "figure": row["figure"],
        "value": shown,
        "unit": unit,
        "says": row.get("says") or "",
        "tone": row.get(TONE) or "",
    }


# --- tables ----------------------------------------------------------------------------------


def _table(section: TableOf, answer: Answer, *, is_landscape: bool) -> Shown:
    columns = _shown_columns(section, answer)
    at = {column.name: index for index, column in enumerate(answer.question.columns)}
    rows = answer.texts[: section.rows_max]
    left_out = len(answer.texts) - len(rows)
    shown = [[cell_of(column, row[at[column.name]]) for column in columns] for row in rows]
    return {
        "columns": _heads(section, columns, shown),
        "rows": [
            {"tone": row[at[TONE]] or "" if TONE in at else "", "cells": _cells(columns, row, at)} for row in rows
        ],
        "totals": _totals(section, columns, answer),
        "size": _size(columns, shown, section, PAGE_WIDTH[is_landscape]),
        "empty": section.empty,
        "left-out": f"and {left_out:,} more rows, in the other formats of this report" if left_out else "",
    }


def _shown_columns(section: TableOf, answer: Answer) -> list[Column]:
    """Give the columns that stand on the page: those named, else all but tones and currencies that amounts carry."""
    every = {column.name: column for column in answer.question.columns}
    if section.columns:
        return [every[name] for name in section.columns]
    carried = {column.currency for column in every.values()} | {TONE}
    return [column for name, column in every.items() if name not in carried]


def _heads(section: TableOf, columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[Shown]:
    """Give the heads; prose shares the room that is left by its length, and where there is none, one text takes it."""
    texts = [at for at, column in enumerate(columns) if column.kind == "text"]
    longest = [max((len(row[at]) for row in cells), default=0) for at in range(len(columns))]
    prose = [at for at in texts if longest[at] >= WIDE_FROM and any(" " in row[at] for row in cells)]
    shares = {at: min(longest[at], SHARE_MAX) for at in prose or sorted(texts, key=lambda at: -longest[at])[:1]}
    return [
        {
            "head": section.heads.get(column.name, head_of(column)),
            "is_right": column.kind in ("whole", "decimal"),
            "share": shares.get(at, 0),
        }
        for at, column in enumerate(columns)
    ]


def _size(columns: Sequence[Column], cells: Sequence[Sequence[str]], section: TableOf, width: int) -> int:
    """Give the size of letters, in tenths of a point, at which every column but prose fits on a line."""
    letters = 0
    for at, column in enumerate(columns):
        head = len(section.heads.get(column.name, head_of(column)))
        longest = max((len(row[at]) for row in cells), default=0) + (4 if column.is_money else 0)
        letters += max(min(longest, WIDE_FROM), head * HEAD_PART // 100)
    room = width - CELL_PADDING * len(columns)
    return max(SIZE_MIN, min(SIZE_MAX, room * 100 // max(letters * LETTER_WIDTH, 1)))


def _cells(columns: Iterable[Column], row: Sequence[Text], at: dict[str, int]) -> list[Shown]:
    return [
        {
            "text": cell_of(column, row[at[column.name]]),
            "unit": (row[at[column.currency]] or "") if column.currency and row[at[column.name]] is not None else "",
        }
        for column in columns
    ]


def _totals(section: TableOf, columns: Sequence[Column], answer: Answer) -> list[list[Shown]]:
    """Give a row of totals per currency, and one for counts; on the first of them stands that they are."""
    if not section.totals or len(answer.values) < 2:
        return []
    named = [column for column in columns if column.name in section.totals]
    currencies = sorted({c for column in named if column.is_money for c in answer.sums[column.name]}) or [""]
    rows = [
        [_total(column, currency, answer, is_first=number == 0) if column in named else BLANK for column in columns]
        for number, currency in enumerate(currencies)
    ]
    if columns[0] not in named:
        rows[0][0] = {"text": "Total", "unit": ""}
    return rows


def _total(column: Column, currency: str, answer: Answer, *, is_first: bool) -> Shown:
    if column.is_money:
        minor = answer.sums.get(column.name, {}).get(currency)
        return BLANK if minor is None else {"text": grouped(render_major(minor, currency)), "unit": currency}
    if column.kind != "whole" or not is_first:
        return BLANK
    index = answer.question.columns.index(column)
    return {"text": grouped(str(sum(int(row[index] or 0) for row in answer.values))), "unit": ""}


# --- charts ----------------------------------------------------------------------------------


def _chart(section: Chart, answer: Answer, *, is_landscape: bool) -> Shown:
    panels = list(_panels(section, answer).items())[:PANELS_MAX]
    across = 1 if len(panels) == 1 else 3 if is_landscape else 2
    width = (PAGE_WIDTH[is_landscape] - GUTTER * (across - 1)) // across
    colours = colours_of(part for _, parts in panels for part in parts)
    drawn = [(currency, draw(section.shape, parts, currency, width, colours)) for currency, parts in panels]
    legend = [{"label": name, "colour": colour} for name, colour in colours.items()]
    return {
        "pictures": [
            {"title": currency or "", "svg": p.svg, "width": p.width, "says": f"{section.title}. {p.says}"}
            for currency, p in drawn
        ],
        "legend": legend if len(legend) > 1 and section.shape != "waterfall" else [],
        "across": across,
    }


def _panels(section: Chart, answer: Answer) -> dict[str | None, list[Part]]:
    """Give the parts of each currency's picture; those with most to show first."""
    column = answer.question.column(section.value)
    found: dict[str | None, list[Part]] = {}
    for row in answer.objects():
        if row[section.value] is not None:
            currency = row[column.currency] if column is not None and column.currency else None
            series = str(row[section.series] or "") if section.series else ""
            part = Part(str(row[section.label] or NOTHING), series, int(row[section.value]), row.get(TONE) or "")
            found.setdefault(currency, []).append(part)
    alive = {currency: parts for currency, parts in found.items() if any(part.value for part in parts)} or {None: []}
    return dict(sorted(alive.items(), key=lambda kept: (-sum(bool(p.value) for p in kept[1]), kept[0] or "")))


# --- stamp -----------------------------------------------------------------------------------


def _stamp(stamp: Stamp) -> Shown:
    asked = stamp.asked
    facts = [
        ("Run", stamp.run),
        ("Made", f"{render_minute(asked.made_at)} by {asked.made_by} with Recoup {asked.version}"),
        ("As of", f"{render_instant(asked.as_of)}, as known at {render_instant(asked.known_at)}"),
        ("Parameters", ", ".join(f"{name} {value or 'all'}" for name, value in asked.parameters.items()) or "none"),
        ("Rows", f"{stamp.rows:,}, SHA-256 {stamp.rows_hash}"),
        ("Questions", f"SHA-256 {stamp.query_hash}"),
        ("Tables of rules", f"SHA-256 {stamp.tables_hash}"),
    ]
    facts += [(answer.question, "; ".join(_answer_facts(answer))) for answer in stamp.answers]
    return {
        "title": "How this was made",
        "says": "Asked again with the same parameters and known-at, the same questions give the same hash. "
        "A CSV or Parquet file of this run is checked by: recoup report verify FILE",
        "facts": facts,
    }


def _answer_facts(answer: AnswerStamp) -> Iterator[str]:
    yield f"{answer.rows:,} row{'' if answer.rows == 1 else 's'}, SHA-256 {answer.rows_hash[:HASH_SHOWN]}…"
    for column, kept in answer.sums.items():
        if kept and "figure" not in answer.heads:
            yield f"{column.removesuffix(MINOR)} {' + '.join(render(minor, code) for code, minor in kept.items())}"
