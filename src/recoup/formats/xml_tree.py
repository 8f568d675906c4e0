"""One small XML document from outside, read strictly: a message or a page, never a file of unknown size.

Size is looked at before anything is parsed, and depth and number of elements while it is; a document
with a DOCTYPE is refused, so no entity is ever expanded and nothing is fetched. Names lose their
namespace. What is wrong comes back as a finding that names the place and never the content. Streams
of records are read elsewhere, element by element.
"""

from typing import Any

import msgspec
from lxml import etree

from recoup.domain.findings import Finding
from recoup.formats.xml_tags import ATTRIBUTES_MAX, has_wide_tag

BYTES_MAX = 8 << 20
"""A page of fifty disputes with all their evidence comments has a tenth of it."""
DEPTH_MAX = 32
ELEMENTS_MAX = 200_000


class Node(msgspec.Struct, frozen=True, gc=False):
    """One element: its name without namespace, its text without blanks around it, attributes, children in order."""

    name: str
    text: str
    attributes: dict[str, str]
    children: tuple["Node", ...]
    line: int

    def child(self, name: str) -> "Node | None":
        """Give the first child of this name."""
        return next((node for node in self.children if node.name == name), None)

    def all(self, name: str) -> tuple["Node", ...]:
        """Give the children of this name, in order."""
        return tuple(node for node in self.children if node.name == name)


class _Refused(ValueError):
    """Raised while elements are copied, caught in this file alone."""


def parse(body: bytes, where: str, bytes_max: int = BYTES_MAX) -> Node | Finding:
    """Give the root element of a document, or what is wrong with it."""
    if len(body) > bytes_max:
        return Finding("xml_tree.size", where, f"{len(body)} bytes", f"at most {bytes_max}")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return _doctype(where)
    if has_wide_tag(body):
        return Finding("xml_tree.attributes", where, "a tag of thousands of attributes", f"at most {ATTRIBUTES_MAX}")
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        line, column = error.position
        return Finding("xml_tree.syntax", f"{where}, line {line} column {column}", "no well-formed XML", "one document")
    except ValueError:
        return Finding("xml_tree.syntax", where, "no XML", "one document")
    if root.getroottree().docinfo.doctype:  # in an encoding that hides it from the look at the bytes
        return _doctype(where)
    try:
        return _node(root, 1, [0])
    except _Refused as refused:
        found, wanted = refused.args
        return Finding("xml_tree.depth", where, found, wanted)


def _parser() -> Any:
    """A parser for one document: parsers keep state, and threads may read at once."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _node(element: Any, depth: int, count: list[int]) -> Node:
    count[0] += 1
    if depth > DEPTH_MAX:
        raise _Refused(f"nesting of more than {DEPTH_MAX}", f"at most {DEPTH_MAX}")
    if count[0] > ELEMENTS_MAX:
        raise _Refused(f"more than {ELEMENTS_MAX} elements", f"at most {ELEMENTS_MAX}")
    return Node(
        name=etree.QName(element).localname,
        text=(element.text or "").strip(),
        attributes={etree.QName(name).localname: value for name, value in element.attrib.items()},
        children=tuple([_node(child, depth + 1, count) for child in element]),
        line=element.sourceline or 0,
    )


def _doctype(where: str) -> Finding:
    return Finding("xml_tree.doctype", where, "a DOCTYPE", "a document without one")
