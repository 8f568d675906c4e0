"""The lake: Parquet files under `<table>/partner=…/feed=…/`, each written whole, once, and never changed in place.

A large delivery has a file of its own, named by the delivery, its rows in the order of its records. Rows of smaller
deliveries are gathered into one file per day, which is written anew from the register when the day gets more.
Columns are BIGINT, DECIMAL(38,0), VARCHAR, BOOLEAN or DATE and nothing else: no fraction of two comes near money,
and every engine reads the same. Paths are made of our own words and ids only.
"""

import re
import shutil
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from recoup.errors import StorageProblem
from recoup.storage.files import appearing

COLUMN_TYPES: Mapping[str, Any] = {
    "BIGINT": pa.int64(),
    "DECIMAL(38,0)": pa.decimal128(38, 0),
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
}
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_DELIVERY = re.compile(r"del_[a-z2-7]{26}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DIGEST = """
select count(*), coalesce(sum(cast(md5_number_lower(line) as decimal(38,0))), 0)
from (
  select concat_ws(chr(31), file_row_number, {columns}) as line
  from read_parquet($path, file_row_number = true, hive_partitioning = false)
)
"""


class Lake:
    """The lake of one home, in a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, lake_file: str) -> Path:
        """Give the path of a file that the register names."""
        return self.root / lake_file

    def keep_delivery(self, table: str, partner: str, feed: str, delivery: str, parquet: Path) -> str:
        """Move the rows of one large delivery into the lake; doing it twice is doing it once.

        Args:
          parquet: A finished file anywhere; it is gone afterwards.
        Returns:
          What the register calls the file: its path in the lake.
        Raises:
          StorageProblem: A column of another type than the lake holds.
        """
        check_types(parquet)
        place = self._place(table, partner, feed, _checked(_DELIVERY, delivery))
        with appearing(place) as temporary:
            shutil.move(parquet, temporary)
        return str(place.relative_to(self.root))

    def gather(
        self, table: str, partner: str, feed: str, day: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]
    ) -> str | None:
        """Write the file of one day anew.

        Args:
          day: ISO day, as the rows count it.
          columns: Names to types of `COLUMN_TYPES`, in the order of the rows' values.
          rows: All rows of the day; with none the file is removed.
        Returns:
          Its path in the lake; None when there is no file now.
        """
        place = self._place(table, partner, feed, _checked(_DAY, day))
        if not rows:
            place.unlink(missing_ok=True)
            return None
        with appearing(place) as temporary:
            pq.write_table(arrow_table(columns, rows), temporary, compression="zstd")
        return str(place.relative_to(self.root))

    def files(self, table: str, partner: str = "*", feed: str = "*") -> list[Path]:
        """List the files of a table, of one partner or feed or of all, in order of their paths."""
        for word in {table, partner, feed} - {"*"}:
            _checked(_WORD, word)
        return sorted(self.root.glob(f"{table}/partner={partner}/feed={feed}/[!.]*.parquet"))

    def deliveries(self) -> list[Path]:
        """List the files of large deliveries, whose rows are in no other place."""
        return sorted(self.root.glob("*/partner=*/feed=*/del_*.parquet"))

    def deliveries_of(self, table: str, partner: str, feed: str) -> list[Path]:
        """List the files of the large deliveries of one feed, each named by its delivery."""
        return [path for path in self.files(table, partner, feed) if _DELIVERY.fullmatch(path.stem)]

    def digests(self) -> list[str]:
        """Say what the large deliveries hold, one line each: the same for the same rows, however Parquet laid them."""
        with duckdb.connect() as connection:
            return [f"{path.relative_to(self.root)} {_digest(connection, path)}" for path in self.deliveries()]

    def _place(self, table: str, partner: str, feed: str, name: str) -> Path:
        for word in (table, partner, feed):
            _checked(_WORD, word)
        return self.root / table / f"partner={partner}" / f"feed={feed}" / f"{name}.parquet"


def check_types(parquet: Path) -> None:
    """Refuse a file that has a column of another type than the lake holds, before it gets there.

    Raises:
      StorageProblem: Naming the first such column.
    """
    for field in pq.read_schema(parquet):
        if field.type not in COLUMN_TYPES.values():
            raise StorageProblem(
                where=f"{parquet.name} column {field.name}",
                found=str(field.type),
                wanted="BIGINT, DECIMAL(38,0), VARCHAR, BOOLEAN or DATE",
                remedy="Cast it in the statement that writes it.",
            )


def arrow_table(columns: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Give rows as an Arrow table; a DATE may be an ISO text, as the register has it."""
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays = [_array(kind, column) for kind, column in zip(columns.values(), values, strict=True)]
    return pa.Table.from_arrays(arrays, names=list(columns))


def _array(kind: str, values: Sequence[Any]) -> Any:
    """One column. `pa.array` imports pandas wherever that is installed, 65 MB that nothing here asks for."""
    if kind == "VARCHAR":
        return _texts(values)
    if kind == "BIGINT":
        return _integers(values)
    if kind == "DATE" and any(isinstance(value, str) for value in values):
        return _texts(values).cast(pa.date32())
    return pa.array(values, COLUMN_TYPES[kind])


def _texts(values: Sequence[str | None]) -> Any:
    builder = pa.lib.StringBuilder()
    builder.append_values(values)
    return builder.finish()


def _integers(values: Sequence[Any]) -> Any:
    if None not in values:
        return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(array("q", values))])
    numbers = array("q", [0 if value is None else value for value in values])
    return pa.Array.from_buffers(pa.int64(), len(values), [_present(values), pa.py_buffer(numbers)])


def _present(values: Sequence[int | None]) -> Any:
    """Arrow's bits of which values there are, the first in the lowest."""
    bits = "".join("0" if value is None else "1" for value in reversed(values))
    return pa.py_buffer(int(bits, 2).to_bytes((len(values) + 7) // 8, "little"))


def _digest(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    names = pq.read_schema(path).names
    # A separator that comes in no value, and a word for what is absent, so that no two rows read alike.
    columns = ", ".join(f'coalesce(cast("{name}" as varchar), chr(30))' for name in names)
    found = connection.execute(_DIGEST.format(columns=columns), {"path": str(path)}).fetchall()
    return ":".join(str(value) for value in found[0])


def _checked(pattern: re.Pattern[str], word: str) -> str:
    if not pattern.fullmatch(word):
        raise StorageProblem(where="lake", found=f"{word!r} in a path", wanted=f"a word like {pattern.pattern}")
    return word
