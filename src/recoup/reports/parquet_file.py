"""Parquet in the house's types: BIGINT, DECIMAL(38,0), VARCHAR, BOOLEAN, DATE; instants are microseconds UTC.

Amounts stay in minor units. The stamp stands in the file's own metadata, and says which columns hold amounts.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from recoup.domain.instants import parse_instant, render_instant
from recoup.errors import MoneyRefused, OutputUnreadable
from recoup.reports.answers import Answer, Text, shown_heads, text_of
from recoup.reports.questions import Column
from recoup.reports.stamp import Stamp

STAMP = b"recoup.stamp"
COLUMNS = b"recoup.columns"
_TYPES = {"text": pa.string(), "flag": pa.bool_(), "day": pa.date32(), "instant": pa.int64(), "decimal": pa.string()}


def write_parquet(path: Path, answer: Answer, stamp: Stamp) -> None:
    """Write one answer."""
    columns = answer.question.columns
    schema = pa.schema(
        [pa.field(column.name, _type(column)) for column in columns],
        metadata={STAMP: msgspec.json.encode(stamp), COLUMNS: msgspec.json.encode(columns)},
    )
    values = list(zip(*answer.values, strict=True)) or [()] * len(columns)
    arrays = [
        pa.array([_stored(column, value) for value in kept], _type(column))
        for column, kept in zip(columns, values, strict=True)
    ]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path, compression="zstd")


def read_parquet(path: Path) -> tuple[tuple[str, ...], list[tuple[Text, ...]]]:
    """Give heads and texts of a file, from its values.

    Raises:
      OutputUnreadable: It is no Parquet file, or none that a report wrote.
    """
    try:
        table = pq.read_table(path)
        columns = msgspec.json.decode((table.schema.metadata or {})[COLUMNS], type=tuple[Column, ...])
        rows = list(zip(*(table.column(column.name).to_pylist() for column in columns), strict=True))
        return shown_heads(columns), [_texts(columns, row) for row in rows]
    except (pa.ArrowInvalid, KeyError, msgspec.MsgspecError, MoneyRefused) as problem:
        raise OutputUnreadable(path.name, "no Parquet file of a report", "a file as a report wrote it") from problem


def _type(column: Column) -> Any:
    if column.kind == "whole":
        return pa.decimal128(38, 0) if column.is_wide else pa.int64()
    return _TYPES[column.kind]


def _stored(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.kind == "instant":
        return parse_instant(value)
    if column.kind == "day":
        return dt.date.fromisoformat(value)
    return str(text_of(column, value, None)) if column.kind == "decimal" else value


def _texts(columns: tuple[Column, ...], row: tuple[Any, ...]) -> tuple[Text, ...]:
    named = {column.name: value for column, value in zip(columns, row, strict=True)}
    return tuple(
        text_of(column, _asked(column, value), named[column.currency] if column.currency else None)
        for column, value in zip(columns, row, strict=True)
    )


def _asked(column: Column, value: Any) -> Any:
    return render_instant(value) if column.kind == "instant" and value is not None else value
