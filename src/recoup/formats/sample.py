"""Any delivery laid out plainly, without its format's rules: a document of fields, or a header and its first rows.

For those who ask what shape bytes have, and not what they mean. What no rule here reads is no sample: records of a
fixed layout are proven by their own reader, field by field. Nothing here refuses anything.
"""

import csv
import io
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pyarrow.lib
import pyarrow.parquet as pq

from recoup.formats.xml_tree import Node
from recoup.formats.xml_tree import parse as parse_xml

HEAD_BYTES = 1 << 20
ROWS_MAX = 1_000
"""So many rows show how columns are written; the reader of the file looks at every one of them for what it means."""
DOCUMENT_BYTES_MAX = 4 << 20
COLUMNS_MIN, COLUMNS_MAX = 3, 2_000
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_PARQUET = b"PAR1"


class Table(msgspec.Struct, frozen=True, tag=True):
    """A header and the rows after it, as many as are looked at."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()


class Document(msgspec.Struct, frozen=True, tag=True):
    """Dicts, lists and scalars, as JSON and XML have them."""

    value: Any


Sample = Table | Document


def sample_file(path: Path, delimiter: str | None = None) -> Sample | None:
    """Lay out the beginning of a large file; see `sample`."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        return _parquet(file) if head.startswith(_PARQUET) else _laid(head, delimiter)


def sample(body: bytes, delimiter: str | None = None) -> Sample | None:
    """Lay out a delivery.

    Args:
      body: Its bytes.
      delimiter: Of a table, where it is known to be one.
    Returns:
      None where it is nothing that has named fields.
    """
    return _parquet(io.BytesIO(body)) if body.startswith(_PARQUET) else _laid(body, delimiter)


def _laid(head: bytes, delimiter: str | None) -> Sample | None:
    if delimiter is not None:
        return _table(head, delimiter)
    start = head[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return _json(head)
    return _xml(head) if start == b"<" else _unknown_table(head)


def _json(head: bytes) -> Document | None:
    if len(head) > DOCUMENT_BYTES_MAX:
        return None
    try:
        return Document(msgspec.json.decode(head.removeprefix(b"\xef\xbb\xbf")))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _xml(head: bytes) -> Document | None:
    root = parse_xml(head, "sample", DOCUMENT_BYTES_MAX)
    return Document({root.name: _plain(root)}) if isinstance(root, Node) else None


def _plain(node: Node) -> Any:
    """Give an element as fields: attributes with @, children by name, each a list, since one may be several."""
    if not node.children and not node.attributes:
        return node.text
    found: dict[str, Any] = {f"@{name}": value for name, value in node.attributes.items()}
    for child in node.children:
        found.setdefault(child.name, []).append(_plain(child))
    if node.text:
        found["#text"] = node.text
    return found


def _table(head: bytes, delimiter: str) -> Table | None:
    encoding = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "utf-8")
    text = head[:HEAD_BYTES].decode(encoding, errors="replace")
    if len(head) >= HEAD_BYTES:
        text = text[: text.rfind("\n") + 1]
    rows: list[tuple[str, ...]] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(tuple(cells))
            if len(rows) > ROWS_MAX:
                break
    except csv.Error:
        rows = rows[:1]  # the header stands; the rest is its reader's business
    if not rows or not 0 < len(rows[0]) <= COLUMNS_MAX:
        return None
    return Table(rows[0], tuple(rows[1:]))


def _unknown_table(head: bytes) -> Table | None:
    """Give a table whose first line looks like a header: names, each once, and several of them."""
    first = head[: 1 << 16].partition(b"\n")[0].decode("utf-8", errors="replace")
    delimiter = max(_DELIMITERS, key=first.count)
    if first.count(delimiter) + 1 < COLUMNS_MIN:
        return None
    table = _table(head, delimiter)
    return table if table is not None and _is_header(table.header) else None


def _is_header(cells: tuple[str, ...]) -> bool:
    names = [cell.strip() for cell in cells]
    return len(set(names)) == len(names) and all(name[:1].isalpha() or name[:1] == "_" for name in names)


def _parquet(file: BinaryIO) -> Table | None:
    try:
        with pq.ParquetFile(file) as opened:
            names = tuple(opened.schema_arrow.names)
            batch = next(opened.iter_batches(ROWS_MAX), None)
            columns = [] if batch is None else [column.to_pylist() for column in batch.columns]
    except (pyarrow.lib.ArrowException, OSError, ValueError):
        return None
    return Table(names, tuple(tuple("" if v is None else str(v) for v in row) for row in zip(*columns, strict=True)))
