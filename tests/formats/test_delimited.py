"""What a delimited file is like, before anything reads its meaning."""

import codecs
from pathlib import Path

import pytest

from recoup.domain.findings import Finding
from recoup.formats.delimited import CHUNK_BYTES, Shape, look, narrow, relay


def _file(room: Path, content: bytes | str) -> Path:
    path = room / "in.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _shape(room: Path, content: bytes | str) -> Shape:
    shape = look(_file(room, content), "in.csv", ",")
    assert isinstance(shape, Shape), shape
    return shape


def _refused(room: Path, content: bytes | str) -> Finding:
    finding = look(_file(room, content), "in.csv", ",")
    assert isinstance(finding, Finding), finding
    return finding


def test_a_sound_file_tells_its_header_and_its_lines(tmp_path: Path) -> None:
    """The header is read as columns; lines are counted with it."""
    shape = _shape(tmp_path, 'a,"b,c",d\n1,2,3\n')
    assert (shape.header, shape.line_feeds, shape.quotes, shape.is_closed) == (("a", "b,c", "d"), 2, 2, True)


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    """Spreadsheets write one before UTF-8."""
    assert _shape(tmp_path, codecs.BOM_UTF8 + b"a,b\n1,2\n").header == ("a", "b")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \r\n"])
def test_a_file_without_bytes_is_no_empty_report(tmp_path: Path, content: bytes) -> None:
    """A day without records still has a header; nothing at all is a delivery that failed."""
    assert _refused(tmp_path, content).check == "delimited.empty"


def test_a_byte_that_is_no_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    """Latin-1 is not guessed: the message says where and which byte."""
    finding = _refused(tmp_path, b"a,b\n1,2\n3,caf\xe9\n")
    assert (finding.check, finding.where) == ("delimited.encoding", "in.csv:3")
    assert finding.found == "byte 0xE9 at 13 that is no UTF-8"


def test_a_wrong_byte_beyond_the_first_chunk_is_named_with_its_line(tmp_path: Path) -> None:
    """Large files are read in pieces; place and line count on."""
    rows = CHUNK_BYTES // 4 + 10
    finding = _refused(tmp_path, b"a,b\n" + b"1,2\n" * rows + b"\xff\n")
    assert finding.where == f"in.csv:{rows + 2}"
    assert f"at {4 + 4 * rows} " in finding.found


def test_a_character_that_lies_across_two_chunks_is_one(tmp_path: Path) -> None:
    """The first byte of an é ends one piece, the second begins the next."""
    head = b"a,b\n"
    filler = b"x" * (CHUNK_BYTES - len(head) - 1)
    assert _shape(tmp_path, head + filler + "é".encode() + b",2\n").line_feeds == 2


def test_a_file_that_ends_within_a_character_was_cut(tmp_path: Path) -> None:
    """Half an é at the end is no text."""
    assert _refused(tmp_path, "a,b\n1,é".encode()[:-1]).check == "delimited.encoding"


def test_a_nul_is_refused_with_its_place(tmp_path: Path) -> None:
    """A block of zeros is what a broken transfer leaves."""
    finding = _refused(tmp_path, b"a,b\n1,2\n\0\0\0\n")
    assert (finding.where, finding.found) == ("in.csv:3", "a NUL at byte 8")


def test_utf16_with_its_mark_is_written_anew_as_utf8(tmp_path: Path) -> None:
    """Both byte orders; without a mark it is full of NULs and refused."""
    for encoding in ("utf-16-le", "utf-16-be"):
        mark = codecs.BOM_UTF16_LE if encoding.endswith("le") else codecs.BOM_UTF16_BE
        path = _file(tmp_path, mark + "a,b\n1,é\n".encode(encoding))
        shape = look(path, "in.csv", ",")
        assert isinstance(shape, Shape)
        assert (shape.encoding, shape.header) == ("utf-16", ("a", "b"))
        assert narrow(path, tmp_path / "out.csv", "in.csv") is None
        assert (tmp_path / "out.csv").read_bytes() == "a,b\n1,é\n".encode()
    assert _refused(tmp_path, "a,b\n1,2\n".encode("utf-16-le")).check == "delimited.encoding"


def test_utf16_that_breaks_off_is_refused(tmp_path: Path) -> None:
    """An odd number of bytes is no text."""
    path = _file(tmp_path, codecs.BOM_UTF16_LE + "a,b\n1,2\n".encode("utf-16-le")[:-1])
    finding = narrow(path, tmp_path / "out.csv", "in.csv")
    assert finding is not None
    assert finding.check == "delimited.encoding"


@pytest.mark.parametrize(
    ("content", "is_cut"),
    [
        ("id,payout\n1,po_123\n2,po_123\n", False),
        ("id,payout\n1,po_123\n2,po_123", False),
        ("id,payout\n1,po_123\n2,po_1", True),
        ("id,payout\n1,\n2,", False),
        ("id,payo", True),
    ],
)
def test_a_last_line_without_end_is_cut_when_its_last_field_is_shorter(
    tmp_path: Path, content: str, is_cut: bool
) -> None:
    """A missing line end alone is no damage; a field that lost its tail is, though its columns are all there."""
    assert _shape(tmp_path, content).is_cut is is_cut


def test_a_broken_record_is_named_and_left_blank(tmp_path: Path) -> None:
    """Positions of the others stay as they were; the columns and the line are said."""
    path = _file(tmp_path, "a,b,c\n1,2,3\n1,2\n1,2,3,4\n4,5,6\n")
    shape = look(path, "in.csv", ",")
    assert isinstance(shape, Shape)
    relaid = relay(path, tmp_path / "out.csv", "in.csv", shape)
    assert [(b.position, b.line, b.found) for b in relaid.broken] == [(2, 3, "2 columns"), (3, 4, "4 columns")]
    assert (tmp_path / "out.csv").read_text() == "a,b,c\n1,2,3\n,,\n,,\n4,5,6\n"


def test_a_quote_that_does_not_close_holds_the_file(tmp_path: Path) -> None:
    """It has eaten its neighbours: how many records there are cannot be said."""
    path = _file(tmp_path, 'a,b\n1,2\n3,"4\n5,6\n7,8\n')
    shape = look(path, "in.csv", ",")
    assert isinstance(shape, Shape)
    held = relay(path, tmp_path / "out.csv", "in.csv", shape).held
    assert held is not None
    assert (held.check, held.where) == ("delimited.unclosed_quote", "in.csv:3")


def test_a_quote_in_the_middle_of_one_line_breaks_one_record(tmp_path: Path) -> None:
    """The line after it is read as if nothing had happened."""
    path = _file(tmp_path, 'a,b\n1,"2"x\n3,4\n')
    shape = look(path, "in.csv", ",")
    assert isinstance(shape, Shape)
    relaid = relay(path, tmp_path / "out.csv", "in.csv", shape)
    assert (relaid.held, [b.position for b in relaid.broken]) == (None, [1])


def test_a_last_record_that_breaks_off_holds_the_file(tmp_path: Path) -> None:
    """A cut file is never applied by half."""
    path = _file(tmp_path, "a,b,c\n1,2,3\n4,5")
    shape = look(path, "in.csv", ",")
    assert isinstance(shape, Shape)
    held = relay(path, tmp_path / "out.csv", "in.csv", shape).held
    assert held is not None
    assert (held.check, held.where) == ("delimited.truncated", "in.csv:3")
