"""A report of Bacs as it lies there: each element with its attributes and texts, and what is wrong with it.

Elements are shown in the order of the file; the texts of children that hold nothing else are fields of their parent.
"""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from recoup.domain.findings import Finding
from recoup.formats.laid import Field, Laid, LayOut
from recoup.formats.xml_tree import Node, parse
from recoup.partners.bacs.telling import ANY_ACCOUNT, BYTES_MAX, CODES, NAME
from recoup.partners.contract import Arrived, Reading

_FILE = "file"
_LINE = re.compile(rf"{_FILE}:([0-9]+)")
_VOCABULARIES = {
    "returnDescription": "return_description",
    "transCode": "transaction_code",
    "ReasonCode": "ddica_reason",
    "record-type": "record_type",
}
Read = Callable[[Arrived, bytes], Reading]


def lay_out_as(feed: str, read: Read) -> LayOut:
    """Give the way to show a file of one feed, with what its reader finds in it."""

    def lay_out(stream: BinaryIO) -> Iterator[Laid]:
        body = stream.read(BYTES_MAX + 1)
        root = parse(body, _FILE, BYTES_MAX)
        if isinstance(root, Finding):
            yield Laid(1, "document", "line 1", findings=(root,))
            return
        found = _findings(read(Arrived("", NAME, ANY_ACCOUNT, feed, _FILE, 0, "Europe/London"), body))
        nodes = list(_telling(root))
        # What is wrong with no element in particular is wrong with the document.
        whole = [finding for line in found.keys() - {node.line for node in nodes} for finding in found[line]]
        for number, node in enumerate(nodes, start=1):
            wrong = [*(whole if number == 1 else ()), *found.pop(node.line, ())]
            yield Laid(number, node.name, f"line {node.line}", tuple(_fields(node)), tuple(wrong))

    return lay_out


def _findings(reading: Reading) -> dict[int, list[Finding]]:
    told = [bad.finding for bad in reading.quarantined] + reading.findings
    told += [] if reading.held is None else [reading.held]
    found: dict[int, list[Finding]] = {}
    for finding in told:
        place = _LINE.match(finding.where)
        found.setdefault(int(place[1]) if place else 1, []).append(finding)
    return found


def _telling(node: Node) -> Iterator[Node]:
    """Elements that have attributes, or children that are fields; the root always."""
    yield node
    for child in node.children:
        if not _is_field(child):
            yield from _telling(child)


def _is_field(node: Node) -> bool:
    return not node.children and not node.attributes


def _fields(node: Node) -> Iterator[Field]:
    for name, raw in node.attributes.items():
        yield Field(name, f"@{name}", raw, _meaning(name, raw))
    for child in node.children:
        if _is_field(child):
            yield Field(child.name, child.name, child.text, _meaning(child.name, child.text))


def _meaning(name: str, raw: str) -> str | None:
    vocabulary = _VOCABULARIES.get(name)
    return CODES.meaning(vocabulary, " ".join(raw.split())) if vocabulary else None
