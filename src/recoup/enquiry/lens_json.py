"""JSON as a person reads it: one record per object of its list, one field per value, with its path.

Read strictly and within bounds, as everywhere; a document that is refused is one record that says why.
"""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from recoup.domain.findings import Finding
from recoup.formats.laid import Field, Laid
from recoup.formats.strict_json import PAGE, parse

FIELDS_MAX = 2_000
"""Of one record: whoever has more than that to say is not read by a person field by field."""
EMBEDDED = "_embedded"
LINE_BYTES_MAX = 1 << 20


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give the objects of the document's lists, what stands beside the lists before them; else the document itself."""
    document = parse(stream.read(PAGE.bytes_max + 1), PAGE, "document")
    if isinstance(document, Finding):
        yield Laid(1, "document", "byte 0", (), (document,))
        return
    for number, (kind, at, value) in enumerate(_records(document), start=1):
        yield _laid(number, kind, at, value)


def lay_out_lines(stream: BinaryIO) -> Iterator[Laid]:
    """Give one record per line, each a document of its own; flat in memory."""
    number = 0
    for line_number, line in enumerate(iter(lambda: stream.readline(LINE_BYTES_MAX), b""), start=1):
        if not line.strip():
            continue
        number += 1
        document = parse(line, where=f"line {line_number}")
        if isinstance(document, Finding):
            yield Laid(number, "line", f"line {line_number}", (), (document,))
        else:
            yield _laid(number, "line", f"line {line_number}", document)


def of_body(body: bytes) -> Iterator[Laid]:
    """Lay out bytes that are at hand."""
    return lay_out(io.BytesIO(body))


def _records(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Give (kind, path, value) of each record."""
    if isinstance(document, list):
        yield from (("item", f"$[{at}]", item) for at, item in enumerate(document))
        return
    lists = _lists(document) if isinstance(document, dict) else {}
    if not lists:
        yield "document", "$", document
        return
    if beside := _beside(document, lists):
        yield "beside the lists", "$", beside
    for key, items in lists.items():
        yield from ((key.rpartition(".")[2], f"$.{key}[{at}]", item) for at, item in enumerate(items))


def _lists(document: dict[str, Any]) -> dict[str, list[Any]]:
    """Give the values that are lists of objects, by their paths: of the document, and of what HAL embeds in it."""
    embedded = document.get(EMBEDDED)
    inner = {f"{EMBEDDED}.{key}": value for key, value in embedded.items()} if isinstance(embedded, dict) else {}
    return {
        path: value
        for path, value in {**document, **inner}.items()
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    }


def _beside(document: dict[str, Any], lists: dict[str, list[Any]]) -> dict[str, Any]:
    """Give what stands beside the lists."""
    beside = {key: value for key, value in document.items() if key not in lists}
    if isinstance(embedded := beside.get(EMBEDDED), dict):
        rest = {key: value for key, value in embedded.items() if f"{EMBEDDED}.{key}" not in lists}
        beside = {key: value for key, value in beside.items() if key != EMBEDDED} | ({EMBEDDED: rest} if rest else {})
    return beside


def _laid(number: int, kind: str, at: str, value: Any) -> Laid:
    fields: list[Field] = []
    for field in _fields(value, ""):
        if len(fields) == FIELDS_MAX:
            found = Finding("lens.fields", at, f"more than {FIELDS_MAX} fields", "at most so many are shown", "note")
            return Laid(number, kind, at, tuple(fields), (found,))
        fields.append(field)
    return Laid(number, kind, at, tuple(fields))


def _fields(value: Any, path: str) -> Iterator[Field]:
    """Give every value with its path; depth was bounded when the document was parsed."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _fields(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for at, inner in enumerate(value):
            yield from _fields(inner, f"{path}[{at}]")
    else:
        yield Field(path.rpartition(".")[2] or "value", path or "$", _text(value))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    words = {True: "true", False: "false"}
    if isinstance(value, bool):
        return words[value]
    if value is None:
        return "null"
    return "{}" if value == {} else "[]" if value == [] else str(value)
