"""Small XML documents, read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.findings import Finding
from recoup.formats.xml_tree import DEPTH_MAX, ELEMENTS_MAX, Node, parse


def check(body: bytes) -> str:
    """What is wrong with a document."""
    found = parse(body, "x.xml")
    assert isinstance(found, Finding)
    assert found.where.startswith("x.xml")
    return found.check


def test_element_is_given_with_name_text_attributes_and_place() -> None:
    """Without namespace, comments and blanks."""
    found = parse(b'<a xmlns="urn:x"><!-- c --><b c="1">  t\n</b>\n<b/></a>', "x.xml")
    assert isinstance(found, Node)
    assert (found.name, found.text, len(found.children)) == ("a", "", 2)
    assert found.child("b") == Node("b", "t", {"c": "1"}, (), 1)
    assert [node.line for node in found.all("b")] == [1, 3]
    assert found.child("z") is None


BOMB = b'<!DOCTYPE a [<!ENTITY b "1234567890"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        BOMB.decode().encode("utf-16"),
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "http://127.0.0.1:1/">]><a>&b;</a>',
    ],
)
def test_document_with_a_doctype_is_refused(body: bytes) -> None:
    """Nothing is expanded, nothing fetched; in whatever encoding."""
    assert check(body) == "xml_tree.doctype"


@pytest.mark.parametrize("body", [b"", b"x", b"<a>", b"<a/><b/>", b"<a>&b;</a>", b"<a>\0</a>", b"<a>\xff</a>", b"{}"])
def test_what_is_no_document_is_refused(body: bytes) -> None:
    """With its place."""
    assert check(body) == "xml_tree.syntax"


def test_depth_number_and_size_are_bounded() -> None:
    """Each a little beyond."""
    assert isinstance(parse(b"<a>" * DEPTH_MAX + b"</a>" * DEPTH_MAX, "x.xml"), Node)
    assert check(b"<a>" * (DEPTH_MAX + 1) + b"</a>" * (DEPTH_MAX + 1)) == "xml_tree.depth"
    assert check(b"<a>" * 100_000) in ("xml_tree.depth", "xml_tree.syntax")
    assert check(b"<a>" + b"<b/>" * ELEMENTS_MAX + b"</a>") == "xml_tree.depth"
    found = parse(b"<a/>", "x.xml", bytes_max=3)
    assert isinstance(found, Finding)
    assert found.check == "xml_tree.size"


@given(st.binary(max_size=80))
def test_no_bytes_raise(body: bytes) -> None:
    """A node or a finding."""
    assert isinstance(parse(body, "x.xml"), Node | Finding)
