import io
import tracemalloc

import pytest

from recoup.formats.nacha import Nacha
from recoup.formats.nacha_lines import LINE_MAX
from tests.fakes.nacha_files import Batch, File, returned

FILE = File([Batch([returned(sequence=at) for at in range(1, 8)])])


class Dripping(io.RawIOBase):
    """A stream that gives a few bytes at a time, whatever it is asked for."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data = io.BytesIO(data)
        self._step = step

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(self._step, size) if size >= 0 else self._step)


@pytest.mark.parametrize("step", [1, 7, 93, 94, 95, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_where_a_stream_is_cut_into_pieces_does_not_show(step: int, end: str) -> None:
    """A record, or the two bytes of its end, may come in two pieces."""
    nacha = Nacha(Dripping(FILE.data(end), step))  # type: ignore[arg-type]
    assert len(list(nacha.entries())) == 7
    assert (nacha.held, nacha.findings) == (None, [])


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (FILE.data().decode().encode("utf-16"), "UTF-16"),
        (FILE.data().decode().encode("cp500"), "EBCDIC"),
        (b'{"fileHeader": {}}', "JSON"),
        (b"{\\rtf1\\ansi 101 ", "RTF"),
        (b"<html>", "HTML"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"", "nothing"),
        (b"\r\n \r\n", "nothing"),
    ],
)
def test_what_is_no_such_file_is_refused_by_its_kind(data: bytes, what: str) -> None:
    """One finding that says what it looks like, at the first line."""
    nacha = Nacha(io.BytesIO(data), "x")
    assert list(nacha.entries()) == []
    assert nacha.held is not None
    assert (nacha.held.check, nacha.held.where) == ("nacha.not_nacha", "x:1")
    assert what in nacha.held.found


def test_letters_outside_ascii_are_read_and_remarked() -> None:
    """One byte or two for a letter: the record has 94 characters either way."""
    text = FILE.data().decode().replace("Receiver Name", "Receiver Nam\u00e9", 1)
    for encoding in ("utf-8", "latin-1"):
        nacha = Nacha(io.BytesIO(text.encode(encoding)))
        entries = list(nacha.entries())
        assert (nacha.held, len(entries)) == (None, 7)
        assert [finding.check for finding in nacha.findings] == ["nacha.encoding"]
        assert "Nam\u00e9" in entries[0].text


def test_a_byte_order_mark_blank_lines_and_mixed_ends_are_remarked() -> None:
    """None of them loses a record."""
    data = b"\xef\xbb\xbf" + FILE.data("\r\n").replace(b"\r\n", b"\n\n", 1)
    nacha = Nacha(io.BytesIO(data))
    assert len(list(nacha.entries())) == 7
    assert nacha.held is None
    assert {f.check for f in nacha.findings} == {"nacha.encoding", "nacha.blank_lines", "nacha.line_ends"}


def test_lines_keep_their_numbers_across_blank_ones() -> None:
    """A finding names the line that a person sees in an editor."""
    nacha = Nacha(io.BytesIO(FILE.data().replace(b"\n", b"\n\n", 1)), "x")
    assert next(iter(nacha.entries())).line == 4


def test_the_end_mark_of_old_systems_is_no_record() -> None:
    """Control-Z, alone on the last line."""
    nacha = Nacha(io.BytesIO(FILE.data("\r\n") + b"\x1a"))
    assert len(list(nacha.entries())) == 7
    assert (nacha.held, nacha.findings) == (None, [])


def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    """Forty records' worth of bytes is no line."""
    data = FILE.data() + b"9" * (LINE_MAX + (1 << 19)) + b"\n"
    nacha = Nacha(io.BytesIO(data), "x")
    list(nacha.entries())
    assert nacha.held is not None
    assert nacha.held.check == "nacha.record_length"


@pytest.mark.parametrize("end", ["\n", ""])
def test_memory_does_not_grow_with_the_file(end: str) -> None:
    """Ten times the file, the same peak."""
    peaks = []
    for copies in (10, 100):
        stream = io.BytesIO(File([Batch([returned(sequence=at) for at in range(1, 400)])]).data(end) * copies)
        tracemalloc.start()
        assert sum(1 for _ in Nacha(stream).entries()) == 399 * copies
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] + 100_000
