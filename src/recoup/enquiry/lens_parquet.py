"""Parquet as a person reads it: one record per row, each value under the name and type of its column."""

from collections.abc import Iterator
from typing import BinaryIO

from recoup.domain.findings import Finding
from recoup.formats.laid import Field, Laid

BATCH_ROWS = 10


def columns(stream: BinaryIO) -> set[str]:
    """Give the names of the columns, from the footer alone; nothing where it is not sound."""
    import pyarrow as pa  # takes its time to load, and nearly no file is one of its own
    import pyarrow.parquet as pq

    try:
        return set(pq.read_schema(stream).names)
    except (pa.ArrowException, OSError):
        return set()


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give the rows, some at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        for batch in pq.ParquetFile(stream).iter_batches(batch_size=BATCH_ROWS):
            names = [f"{field.name}" for field in batch.schema]
            kinds = [str(field.type) for field in batch.schema]
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                fields = (
                    Field(n, k, "null" if v is None else str(v)) for n, k, v in zip(names, kinds, row, strict=True)
                )
                yield Laid(number, "row", f"row {number}", tuple(fields))
    except (pa.ArrowException, OSError):
        wrong = Finding("parquet.truncated", f"row {number + 1}", "no sound Parquet", "a whole file with its footer")
        yield Laid(number + 1, "row", f"row {number + 1}", (), (wrong,))
