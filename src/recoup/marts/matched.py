"""Sources of what matching found: the confirmed and suggested matches and the breaks of each pair's latest run.

Their rows lie in Parquet files of the lake; the register only says which run is the latest.
"""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select

from recoup.marts.column_words import WORDS
from recoup.marts.source import Asked, Column, LakeFile, Row, Source, SqlType, Unit, made
from recoup.storage.register import View
from recoup.storage.schema import match_run

_FRESHNESS = "with each run of recoup match"
_SILENT = "only the latest run's rows are kept"
_TEXT: SqlType = "VARCHAR"
_NUMBER: SqlType = "BIGINT"
_DAY: SqlType = "DATE"
_MATCH = {
    **dict.fromkeys(("match", "rule", "status", "left_item", "right_item"), _TEXT),
    **dict.fromkeys(("left_lines", "right_lines"), _NUMBER),
    "currency": _TEXT,
    **dict.fromkeys(("left_minor", "right_minor"), _NUMBER),
    **dict.fromkeys(("left_on", "right_on"), _DAY),
    **dict.fromkeys(("candidates", "margin_minor", "margin_days"), _NUMBER),
    "run": _TEXT,
}
_BREAK = {
    **dict.fromkeys(("item", "side", "other_item", "class", "rule"), _TEXT),
    **dict.fromkeys(("partner", "account", "merchant", "currency"), _TEXT),
    **dict.fromkeys(("left_minor", "right_minor", "stake_minor", "lines"), _NUMBER),
    "on_day": _DAY,
    "age_days": _NUMBER,
    **dict.fromkeys(("age", "related", "owner", "explanation", "right_currency", "reference"), _TEXT),
}
_BREAK_LINE = {
    **dict.fromkeys(("break_item", "break_side", "side", "item", "currency"), _TEXT),
    "amount_minor": _NUMBER,
    "is_related": "BOOLEAN",
}


def matched_sources() -> tuple[Source, ...]:
    """Give the sources of this file."""
    found = "One match of the latest run of its pair."
    line = "One line in no confirmed match, with the one break that it is in."
    left = "One break that the latest run of a pair left open."
    return (
        _source("matches", "match", found, ("pair", "match", "status"), _MATCH, ("match/*", "suggested")),
        _source("match_break_lines", "match_break_line", line, ("pair", "side", "item"), _BREAK_LINE, ("break_line",)),
        _source("match_breaks", "match_break", left, ("pair", "item", "side", "class"), _BREAK, ("break",)),
    )


def _source(
    name: str, also: str, grain: str, key: tuple[str, ...], told: Mapping[str, SqlType], files: tuple[str, ...]
) -> Source:
    every = {"pair": _TEXT, "match_run": _TEXT, **told}
    columns = tuple(_column(name, column, kind) for column, kind in every.items())

    def found(view: View, lake: Path) -> list[LakeFile]:
        return [
            LakeFile(path, {"pair": pair, "match_run": run})
            for pair, run, folder in _latest(view)
            for pattern in files
            for path in sorted((lake / folder).glob(f"{pattern}.parquet"))
        ]

    return Source(name, also, grain, key, columns, "money", _FRESHNESS, made(_no_rows), silent=_SILENT, files=found)


def _column(table: str, name: str, kind: SqlType) -> Column:
    unit: Unit = "minor" if name.endswith("_minor") else ""
    return Column(name, kind, WORDS.get(f"{table}.{name}") or WORDS.get(name, ""), unit)


def _no_rows(_view: View, _asked: Asked) -> list[Row]:
    return []


def _latest(view: View) -> list[tuple[str, str, str]]:
    """Give pair, run and folder of each pair's latest run."""
    r = match_run.c
    rows = view.rows(select(r.pair, r.match_run, r.folder).order_by(r.pair, r.recorded_at, r.match_run))
    return list({row[0]: (row[0], row[1], row[2]) for row in rows}.values())
