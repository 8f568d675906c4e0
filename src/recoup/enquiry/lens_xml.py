"""XML as a person reads it: one record per child of the root, one field per text and attribute, with its path.

Children of the root that are leaves are one record together.

Parsed event by event and forgotten at once; no entity is resolved, nothing is fetched, and a document that
declares a document type is refused, because what it declares could grow without end.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from recoup.domain.findings import Finding
from recoup.formats.laid import Field, Laid
from recoup.formats.xml_tags import Tags, TagTooWide

DEPTH_MAX = 100
FIELDS_MAX = 500
"""Of one record; a longer one goes on in the next, so that memory stays flat."""
HEAD_BYTES = 1 << 16


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give the children of the root, in order; what is no XML ends the showing with a finding."""
    if b"<!DOCTYPE" in stream.read(HEAD_BYTES):
        yield Laid(1, "document", "byte 0", (), (_wrong("document_type", "a document type", "none: plain elements"),))
        return
    stream.seek(0)
    walk = _Walk()
    try:
        yield from walk.records(_events(stream))
    except TagTooWide as error:
        yield walk.ended(_wrong("attributes", str(error), "tags of some attributes"))
    except etree.XMLSyntaxError as error:
        found = _wrong("syntax", str(error)[:120], "one whole XML document", f"line {error.lineno or 1}")
        yield walk.ended(found)


def _events(stream: BinaryIO) -> Iterator[tuple[str, Any]]:
    return iter(
        etree.iterparse(
            Tags(stream),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
    )


class _Walk:
    """One walk through a document: where it is, and what the record that it is in has said so far."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._fields: list[Field] = []
        self._number = 0
        self._kind, self._at = "document", "line 1"
        self._child = ("document", "line 1")
        """The child of the root that the walk is in: its name and place."""
        self._before = 0
        """How many fields stood before it: leaves of the root, which are one record together."""
        self._is_record = False
        """Whether the child has children, and so is a record of its own."""

    def records(self, events: Iterator[tuple[str, Any]]) -> Iterator[Laid]:
        """Give a record at the end of each child of the root that has children, and whenever one has grown long."""
        for event, element in events:
            if event == "start":
                yield from self._begin(element)
                if len(self._path) > DEPTH_MAX:
                    yield self.ended(_wrong("depth", f"nesting of more than {DEPTH_MAX}", f"at most {DEPTH_MAX}"))
                    return
            else:
                yield from self._end(element)

    def ended(self, why: Finding) -> Laid:
        """Give the record that the walk was in, with why it ended there."""
        return self._laid((why,))

    def _begin(self, element: Any) -> Iterator[Laid]:
        name = etree.QName(element).localname
        self._path.append(name)
        if len(self._path) == 1:
            self._kind, self._at = name, f"line {element.sourceline}"
        elif len(self._path) == 2:
            self._child, self._before = (name, f"line {element.sourceline}"), len(self._fields)
        elif not self._is_record:
            yield from self._leaves()
        self._fields += [self._field(f"@{etree.QName(name).localname}", text) for name, text in element.items()]

    def _leaves(self) -> Iterator[Laid]:
        """Close the leaves of the root that stood before this child, which is a record of its own."""
        self._is_record = True
        own = self._fields[self._before :]
        self._fields = self._fields[: self._before]
        if self._fields:
            yield self._laid()
        self._fields = own
        self._kind, self._at = self._child

    def _end(self, element: Any) -> Iterator[Laid]:
        text = (element.text or "").strip()
        if text or (not len(element) and not element.items()):
            self._fields.append(self._field(None, text))
        is_whole = len(self._path) == 1 or (len(self._path) == 2 and self._is_record)
        element.clear()
        parent = element.getparent()
        if parent is not None:  # what was read before it is forgotten, too
            while element.getprevious() is not None:
                del parent[0]
        if (is_whole and self._fields) or len(self._fields) >= FIELDS_MAX:
            yield self._laid()
            self._before = 0
        if is_whole and parent is not None:
            self._is_record = False
            self._kind, self._at = self._path[0], f"after {self._child[1]}"
        self._path.pop()

    def _field(self, attribute: str | None, text: str) -> Field:
        inner = (self._path[2:] if self._is_record else self._path[1:]) or self._path
        parts = [*inner, attribute] if attribute else inner
        return Field(parts[-1], "/".join(parts), text)

    def _laid(self, findings: tuple[Finding, ...] = ()) -> Laid:
        self._number += 1
        laid = Laid(self._number, self._kind, self._at, tuple(self._fields), findings)
        self._fields = []
        return laid


def _wrong(what: str, found: str, wanted: str, where: str = "document") -> Finding:
    return Finding(f"xml.{what}", where, found, wanted)
