"""How a table of rules is read: text to typed rows, checked whole, each refusal with file and line.

It opens nothing: `tables.py` gives it the text. A wrong table is a wrong program, so it raises.
"""

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import pairwise
from typing import Generic, Literal, TypeVar, get_args, get_origin

import msgspec

from recoup.domain.rows import Dated
from recoup.errors import TableInvalid

R = TypeVar("R", bound=msgspec.Struct)
Problem = tuple[str, str]
"""What was found and what was wanted."""
_REMEDY = "Mend the row, then: recoup doctor."


class Table(Generic[R]):
    """One file of rows of one type, read once and checked whole.

    Args:
      name: File name without `.csv`.
      row: Type of its rows; its fields are the columns.
      key: What no two rows may share; rows of a dated table may, where their days do not overlap.
      check: What must be true of a row besides its types; yields (found, wanted).
      text: Gives the text of a file by its name.
    """

    def __init__(
        self,
        name: str,
        row: type[R],
        key: Callable[[R], Hashable],
        check: Callable[[R], Iterator[Problem]],
        text: Callable[[str], str],
    ) -> None:
        self.name = name
        self.file = f"{name}.csv"
        self._text = text
        self._row = row
        self._fields = {field.name: field for field in msgspec.structs.fields(row)}
        self._key = key
        self._check = check
        self._rows: tuple[R, ...] | None = None

    def __call__(self) -> tuple[R, ...]:
        """Give the rows in the order of the file.

        Raises:
          TableInvalid: Any cell, row or pair of rows does not hold together.
        """
        if self._rows is None:
            self._rows = self.read(self._text(self.file))
        return self._rows

    def read(self, text: str) -> tuple[R, ...]:
        """Read and check rows from text, as `__call__` does from the file."""
        numbered = [(line, self._typed(line, cells)) for line, cells in self._lines(text)]
        for line, row in numbered:
            for found, wanted in self._check(row):
                raise self._invalid(line, found, wanted)
        self._check_keys(numbered)
        return tuple(row for _, row in numbered)

    def _lines(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        reader = csv.reader(text.splitlines(keepends=True), strict=True)
        header = next(reader, [])
        if sorted(header) != sorted(self._fields):
            odd = sorted(set(header).symmetric_difference(self._fields)) or ["a column twice"]
            raise self._invalid(1, f"columns that differ in {', '.join(odd)}", "the columns that the table's type has")
        for cells in reader:
            if len(cells) != len(header):
                raise self._invalid(reader.line_num, f"{len(cells)} cells", f"{len(header)}")
            yield reader.line_num, dict(zip(header, cells, strict=True))

    def _typed(self, line: int, cells: Mapping[str, str]) -> R:
        for column, cell in cells.items():
            if cell != cell.strip():
                raise self._invalid(line, f"{column} {cell!r}", "no blanks around a value")
        for field in self._fields.values():
            if field.required and not cells[field.name]:
                raise self._invalid(line, f"{field.name} empty", _wanted(field.type))
        try:
            return msgspec.convert({c: v for c, v in cells.items() if v}, self._row, strict=False)
        except msgspec.ValidationError as error:
            name = str(error).rpartition("$.")[2].rstrip("`")
            raise self._invalid(line, f"{name} {cells.get(name, '')!r}", _wanted(self._fields[name].type)) from error

    def _check_keys(self, numbered: list[tuple[int, R]]) -> None:
        by_key: defaultdict[Hashable, list[tuple[int, R]]] = defaultdict(list)
        for line, row in numbered:
            by_key[self._key(row)].append((line, row))
        for key, same in by_key.items():
            for (_, one), (line, other) in _neighbours(same):
                if not _is_apart(one, other):
                    raise self._invalid(line, f"{key} twice", "each key once at any time")

    def _invalid(self, line: int, found: str, wanted: str) -> TableInvalid:
        return TableInvalid(where=f"{self.file}:{line}", found=found, wanted=wanted, remedy=_REMEDY)


def _wanted(kind: object) -> str:
    """Say what a cell of this type may hold."""
    options = get_args(kind)
    if get_origin(kind) is Literal:
        return f"one of {', '.join(str(option) for option in options)}"
    if options:
        return _wanted(options[0])
    return {int: "an integer", bool: "true or false", dt.date: "a day like 2026-01-31"}.get(kind, "a value")  # type: ignore[call-overload,no-any-return]


def _neighbours(same: list[tuple[int, R]]) -> Iterator[tuple[tuple[int, R], tuple[int, R]]]:
    ordered = sorted(same, key=lambda numbered: _span(numbered[1]))
    yield from pairwise(ordered)


def _span(row: msgspec.Struct) -> tuple[dt.date, dt.date]:
    if not isinstance(row, Dated):
        return dt.date.min, dt.date.max
    return row.valid_from or dt.date.min, row.valid_to or dt.date.max


def _is_apart(earlier: msgspec.Struct, later: msgspec.Struct) -> bool:
    return _span(earlier)[1] < _span(later)[0]
