"""Answers: the rows of a question as exact text, their sums and their hash.

Text is what every format agrees on: amounts in major units with all decimals of their currency, days and instants in
ISO 8601, flags as `true` and `false`; absent and empty are one. The hash is over these texts, rows in order of their
own text, so that it can be taken again from a CSV or Parquet file that a program sorted or saved anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from recoup.domain.money import render_major
from recoup.enquiry.sql import Home, Limits, ask
from recoup.errors import MoneyRefused, ReportRefused, SqlRefused
from recoup.marts.source import Asked
from recoup.reports.library import digest
from recoup.reports.questions import MINOR, Column, Question, bind
from recoup.storage.register import View

Text = str | None
LIMITS = Limits(rows=500_000, result_bytes=256 * 1024 * 1024, seconds=300, memory_mib=2048)
"""A report waits longer than a person at a prompt, and is read whole or not at all."""


class Answer(msgspec.Struct, frozen=True):
    """What one question gave."""

    question: Question
    values: tuple[tuple[Any, ...], ...]
    """As the question gave them: amounts in minor units."""
    texts: tuple[tuple[Text, ...], ...]
    sums: Mapping[str, Mapping[str, int]]
    """Of each amount, per currency, in minor units."""
    rows_hash: str

    @property
    def heads(self) -> tuple[str, ...]:
        """Names of the columns of `texts`: an amount in major units is no longer `_minor`."""
        return shown_heads(self.question.columns)

    def objects(self) -> list[dict[str, Any]]:
        """Give each row by the names of the question's columns, amounts in minor units."""
        names = [column.name for column in self.question.columns]
        return [dict(zip(names, row, strict=True)) for row in self.values]


def answer(view: View, question: Question, constants: Mapping[str, str], home: Home, asked: Asked) -> Answer:
    """Ask one question.

    Raises:
      ReportRefused: It gives more than a report may hold, fails, or has an amount without a currency.
    """
    try:
        found = ask(view, bind(question.text, constants), home, asked, LIMITS)
    except SqlRefused as problem:
        raise ReportRefused(f"{question.name}.sql", problem.found, problem.wanted) from problem
    if found.is_cut:
        raise ReportRefused(
            f"{question.name}.sql", f"more than {LIMITS.rows:,} rows or 256 MiB", "an answer that is whole", "Ask less."
        )
    return answered(question, found.rows)


def answered(question: Question, rows: Iterable[Sequence[Any]]) -> Answer:
    """Give an answer from its values.

    Raises:
      ReportRefused: An amount stands without a currency, or with one that is none.
    """
    values = tuple(tuple(row) for row in rows)
    at = {column.name: index for index, column in enumerate(question.columns)}
    texts = tuple(
        tuple(_text(column, value, row, at, question) for column, value in zip(question.columns, row, strict=True))
        for row in values
    )
    heads = shown_heads(question.columns)
    return Answer(question, values, texts, _sums(question.columns, values, at), rows_hash(heads, texts))


def rows_hash(heads: Sequence[str], texts: Iterable[Sequence[Text]]) -> str:
    """Give SHA-256 over the heads and the rows; the order of rows does not matter, that of columns does."""
    lines = sorted(msgspec.json.encode([text or None for text in row]).decode() for row in texts)
    return digest(iter([msgspec.json.encode(list(heads)).decode(), *lines]))


def whole_hash(answers: Iterable[Answer]) -> str:
    """Give one hash over the hashes of several answers."""
    return digest(f"{answer.question.name} {answer.rows_hash}" for answer in answers)


def shown_heads(columns: Iterable[Column]) -> tuple[str, ...]:
    """Give the names of columns as their texts are headed."""
    return tuple(shown_head(column) for column in columns)


def shown_head(column: Column) -> str:
    """Give the name that heads a column of texts."""
    return column.name.removesuffix(MINOR) if column.is_money else column.name


def text_of(column: Column, value: Any, currency: str | None) -> Text:
    """Write one value exactly.

    Raises:
      MoneyRefused: It is an amount, and the currency is none.
    """
    if value is None or value == "":
        return None
    if column.is_money:
        return render_major(int(value), currency or "")
    if column.kind == "flag":
        return "true" if value else "false"
    if column.kind == "decimal":
        whole, _, fraction = str(value).partition(".")
        return f"{whole}.{fraction.ljust(column.scale, '0')}"
    return str(value)


def _text(column: Column, value: Any, row: Sequence[Any], at: Mapping[str, int], question: Question) -> Text:
    currency = row[at[column.currency]] if column.currency is not None else None
    try:
        return text_of(column, value, currency)
    except MoneyRefused as problem:
        raise ReportRefused(
            f"{question.name}.sql: {column.name}", f"an amount with the currency {currency!r}", problem.wanted
        ) from problem


def _sums(
    columns: Sequence[Column], values: Iterable[Sequence[Any]], at: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    money = [(at[column.name], at[column.currency], column.name) for column in columns if column.currency is not None]
    sums: dict[str, dict[str, int]] = {name: {} for _, _, name in money}
    for row in values:
        for index, currency_at, name in money:
            if row[index] is not None:
                kept = sums[name]
                kept[row[currency_at]] = kept.get(row[currency_at], 0) + int(row[index])
    return {name: dict(sorted(kept.items())) for name, kept in sums.items()}
