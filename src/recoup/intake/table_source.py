"""Open one file as the relation `source`: the columns of its layout as text, in the order of the records.

Sound CSV and Parquet are opened where they lie; a damaged CSV is laid out anew
first, with the broken records named. No partner's text becomes part of a
statement: columns are read by place and called by our own layout's names.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec

from recoup.domain.card_numbers import mask
from recoup.domain.findings import Finding, excerpt
from recoup.formats.delimited import Broken, Shape, look, narrow, relay
from recoup.partners.contract import Layout, TableFeed

PARQUET_MAGIC = b"PAR1"
FRACTIONS = frozenset({"FLOAT", "DOUBLE", "FLOAT16"})
UNPACKED_BYTES_MIN, UNPACKED_TIMES_MAX = 32 << 20, 100
LOOKED_AT_BYTES_MAX, VALUE_BYTES_MAX = 8 << 20, 64 << 10
ROWS_MIN, ROWS_PER_BYTE_MAX = 1_000_000, 4
"""What a file may unpack into, whatever its size, and by how much: identities differ from row to row, so that real
files of millions of rows take some bytes for each."""
UNKNOWN_SHOWN_MAX = 5


class Source(msgspec.Struct):
    """One opened file: what it is called, how to read it, and what was seen on the way."""

    name: str
    relation: str
    """SQL of a table function that gives the file's columns as c0, c1, ..."""
    layout: Layout
    places: dict[str, str]
    """Column of the layout -> its name in the relation, with a cast where it is not text."""
    findings: list[Finding] = []
    broken: tuple[Broken, ...] = ()
    is_mended: bool = False
    """Laid out anew record by record, because a reader refused it as it came."""
    shape: Shape | None = None
    path: Path | None = None

    def sql(self) -> str:
        """The relation `source`: every column of the layout, NULL where this file does not have it."""
        columns = (*self.layout.required, *self.layout.optional)
        told = ", ".join(f"{self.places.get(c, 'cast(null as varchar)')} as {quoted(c)}" for c in columns)
        return f"select {told} from {self.relation}"


def open_source(
    connection: duckdb.DuckDBPyConnection, feed: TableFeed, name: str, path: Path, room: Path
) -> Source | Finding:
    """Open a file as `source`, or say why it is held whole. `room` is a directory for files laid out anew."""
    with path.open("rb") as file:
        is_parquet = file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
    return _open_parquet(connection, feed, name, path) if is_parquet else _open_delimited(feed, name, path, room)


def mend(source: Source, room: Path) -> Source | Finding:
    """The same file laid out anew, after a reader refused it: broken records are named, the others stay."""
    assert source.shape is not None, "only delimited files are mended"
    assert source.path is not None, "a delimited file has a path"
    out = room / "relaid.csv"
    relaid = relay(source.path, out, source.name, source.shape)
    if relaid.held is not None:
        return relaid.held
    relation = _read_csv(out, len(source.shape.header), source.shape.delimiter)
    return msgspec.structs.replace(source, relation=relation, broken=relaid.broken, is_mended=True)


def _open_delimited(feed: TableFeed, name: str, path: Path, room: Path) -> Source | Finding:
    shape = look(path, name, feed.delimiter)
    if isinstance(shape, Shape) and shape.encoding == "utf-16":
        wide, path = path, room / "narrow.csv"
        refused = narrow(wide, path, name)
        shape = refused or look(path, name, feed.delimiter)
    if isinstance(shape, Finding):
        return shape
    if shape.is_cut:
        return Finding("delimited.truncated", name, "a last line that breaks off", "a line end after the last record")
    relation = _read_csv(path, len(shape.header), feed.delimiter)
    source = _fit(feed, name, shape.header, relation, {})
    if isinstance(source, Finding):
        return source
    return msgspec.structs.replace(source, shape=shape, path=path)


def _read_csv(path: Path, columns: int, delimiter: str) -> str:
    named = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(columns))
    return (
        f"read_csv({literal(str(path))}, header = true, auto_detect = false, delim = {literal(delimiter)},"
        f" quote = '\"', escape = '\"', columns = {{{named}}}, strict_mode = true,"
        " null_padding = false, ignore_errors = false)"
    )


def _open_parquet(connection: duckdb.DuckDBPyConnection, feed: TableFeed, name: str, path: Path) -> Source | Finding:
    try:
        rows = connection.execute("describe select * from read_parquet(?)", [str(path)]).fetchall()
    except duckdb.Error:
        return Finding("parquet.truncated", name, "a Parquet file without a sound footer", "a whole file")
    if swollen := _swollen(connection, name, path):
        return swollen
    fractions = [str(row[0]) for row in rows if str(row[1]) in FRACTIONS]
    if fractions:
        found = f"column {excerpt(mask(fractions[0]))} as a fraction of two"
        return Finding(
            "parquet.column_type", name, found, "text, DECIMAL or an integer: amounts lose their cents otherwise"
        )
    header = tuple(str(row[0]) for row in rows)
    if long := _long_value(connection, name, path, rows):
        return long
    named = ", ".join(f"c{at}" for at in range(len(header)))
    types = {f"c{at}": str(row[1]) for at, row in enumerate(rows)}
    return _fit(feed, name, header, f"read_parquet({literal(str(path))}) as file({named})", types)


def _swollen(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> Finding | None:
    """Say where a small file unpacks into what no file of its size holds: it was made to fill memory."""
    size = path.stat().st_size
    rows, unpacked = connection.execute(
        "select coalesce(max(total), 0), coalesce(sum(unpacked), 0) from (select cast(sum(total_uncompressed_size)"
        " as bigint) as unpacked, cast(sum(row_group_num_rows) as bigint) as total from parquet_metadata(?)"
        " group by column_id)",
        [str(path)],
    ).fetchall()[0]
    if unpacked <= max(UNPACKED_BYTES_MIN, size * UNPACKED_TIMES_MAX) and rows <= max(
        ROWS_MIN, size * ROWS_PER_BYTE_MAX
    ):
        return None
    found = f"{size} bytes that unpack into {rows} rows of {unpacked} bytes"
    return Finding("parquet.swollen", name, found, f"at most {UNPACKED_TIMES_MAX} times its size")


def _long_value(
    connection: duckdb.DuckDBPyConnection, name: str, path: Path, rows: Sequence[Sequence[str]]
) -> Finding | None:
    """Say where a small file holds a text that no report holds: dictionaries unpack into many of them."""
    texts = [quoted(str(row[0])) for row in rows if str(row[1]) == "VARCHAR"]
    if not texts or path.stat().st_size > LOOKED_AT_BYTES_MAX:
        return None
    longest = (
        f"select max(greatest({', '.join(f'coalesce(strlen({text}), 0)' for text in texts)}, 0)) from read_parquet(?)"
    )
    found = connection.execute(longest, [str(path)]).fetchall()[0][0] or 0
    if found <= VALUE_BYTES_MAX:
        return None
    return Finding("parquet.value", name, f"a text of {found} bytes", f"at most {VALUE_BYTES_MAX}")


def _fit(feed: TableFeed, name: str, header: Sequence[str], relation: str, types: dict[str, str]) -> Source | Finding:
    """Find the layout that this header is of; an unknown column is a note, a missing or doubled one holds the file."""
    missing = {layout.name: [c for c in layout.required if c not in header] for layout in feed.layouts}
    fitting = [layout for layout in feed.layouts if not missing[layout.name]]
    if not fitting:
        nearest = min(feed.layouts, key=lambda layout: len(missing[layout.name]))
        return _no_layout(name, header, nearest, missing[nearest.name])
    layout = min(fitting, key=lambda layout: len(_unknown(header, layout)))
    known = (*layout.required, *layout.optional)
    doubled = [column for column in known if header.count(column) > 1]
    if doubled:
        return Finding("table.layout", name, f"column {doubled[0]} twice", "each column once")
    unknown = _unknown(header, layout)
    places = {column: _place(f"c{header.index(column)}", types) for column in known if column in header}
    return Source(name, relation, layout, places, findings=[_drift(name, layout, unknown)] if unknown else [])


def _place(column: str, types: dict[str, str]) -> str:
    return column if types.get(column, "VARCHAR") == "VARCHAR" else f"cast({column} as varchar)"


def _unknown(header: Sequence[str], layout: Layout) -> list[str]:
    known = {*layout.required, *layout.optional}
    free = re.compile(layout.free) if layout.free else None
    return [c for c in header if c not in known and not (free and free.fullmatch(c))]


def _no_layout(name: str, header: Sequence[str], nearest: Layout, missing: Sequence[str]) -> Finding:
    named = ", ".join(missing[:UNKNOWN_SHOWN_MAX]) + (", ..." if len(missing) > UNKNOWN_SHOWN_MAX else "")
    return Finding(
        "table.layout",
        f"{name}:1",
        f"{len(header)} columns, without {named}",
        f"the columns of the layout {nearest.name}, in any order",
    )


def _drift(name: str, layout: Layout, unknown: Sequence[str]) -> Finding:
    shown = ", ".join(excerpt(mask(column)) for column in unknown[:UNKNOWN_SHOWN_MAX])
    found = f"{len(unknown)} columns that no layout names: {shown}"
    return Finding("contract.drift", f"{name}:1", found, f"the columns of the layout {layout.name}", "note")


def literal(text: str) -> str:
    """A text of ours as an SQL literal (paths, delimiters); what a partner wrote never gets here."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name of ours as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
