"""Where one record of an IPM file ends and the next begins."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.formats.iso8583 import IpmFile
from recoup.formats.iso8583_framing import BLOCK_BYTES, CHUNK_BYTES, Frames, detect
from tests.fakes.ipm_files import blocked, logical, sale, vbs

RECORDS = logical([("1240", sale(number)) for number in range(20)])
EBCDIC = logical([("1240", sale(number)) for number in range(20)], encoding="cp500")


def read(data: bytes) -> tuple[list[bytes], list[str], Frames]:
    """The records of some bytes, the checks they failed, and the reader."""
    frames = Frames(io.BytesIO(data), "T112")
    records = [record for _, record in frames]
    return records, [finding.check for finding in frames.findings], frames


@pytest.mark.parametrize("pair", [b"\x40\x40", b"\0\0"])
@pytest.mark.parametrize(("records", "encoding"), [(RECORDS, "latin-1"), (EBCDIC, "cp500")])
def test_blocks_and_encoding_are_seen(records: list[bytes], encoding: str, pair: bytes) -> None:
    """Both trailers and both encodings, whatever the file is called."""
    got, checks, frames = read(blocked(vbs(records), pair))
    assert (got, checks) == (records, [])
    assert frames.framing is not None
    assert (frames.framing.is_blocked, frames.framing.encoding, frames.framing.pair) == (True, encoding, pair)


def test_a_plain_run_is_seen() -> None:
    """Without blocks, and with all signs saying so."""
    got, checks, frames = read(vbs(RECORDS))
    assert (got, checks) == (RECORDS, [])
    assert frames.framing is not None
    assert (frames.framing.is_blocked, frames.framing.doubts) == (False, ())


def test_a_plain_file_of_whole_blocks_is_still_plain() -> None:
    """Its size is a multiple of 1014 by chance: one sign alone decides nothing."""
    data = vbs(RECORDS)
    data += b"\0" * (-len(data) % BLOCK_BYTES)
    got, checks, frames = read(data)
    assert (got, checks) == (RECORDS, [])
    assert frames.framing is not None
    assert (frames.framing.is_blocked, frames.framing.doubts) == (False, ("size in whole blocks",))


@given(st.integers(21, 3000), st.integers(1, 8), st.booleans())
def test_records_of_any_length_come_out_as_they_went_in(length: int, count: int, is_blocked: bool) -> None:
    """Records cross the borders of blocks anywhere."""
    records = [b"1240" + bytes([number]) * (length - 4 - number % 2) for number in range(count)]
    data = vbs(records)
    got, checks, _ = read(blocked(data) if is_blocked else data)
    assert (got, checks) == (records, [])


def test_a_record_across_chunks_comes_out_whole() -> None:
    """Files are read in pieces of half a megabyte."""
    records = [b"1240" + bytes([number % 251]) * 5000 for number in range(3 * CHUNK_BYTES // 5000)]
    for data in (vbs(records), blocked(vbs(records))):
        got, checks, _ = read(data)
        assert (got == records, checks) == (True, [])


def test_a_stream_that_gives_little_at_a_time_is_read_whole() -> None:
    """A pipe gives what it has, and cannot be asked how long it is."""

    class Pipe(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self._data = io.BytesIO(data)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            part = self._data.read(min(len(buffer), 700))
            buffer[: len(part)] = part
            return len(part)

    frames = Frames(Pipe(blocked(vbs(RECORDS))), "pipe")  # type: ignore[arg-type]
    assert [record for _, record in frames] == RECORDS
    assert frames.findings == []


def test_places_are_bytes_of_the_file() -> None:
    """Blocks count with what stands behind their pieces."""
    data = blocked(vbs(RECORDS))
    for at, record in Frames(io.BytesIO(data), "T112"):
        assert data[at : at + 4] == len(record).to_bytes(4, "big") or at % BLOCK_BYTES > BLOCK_BYTES - 6


@pytest.mark.parametrize("is_blocked", [False, True])
def test_a_cut_at_any_byte_of_the_records_is_noticed(is_blocked: bool) -> None:
    """Within a length word, within a record, within a block; between two records no end is seen."""
    data = vbs(RECORDS[:10])
    data = blocked(data) if is_blocked else data
    starts = {at for at, _ in Frames(io.BytesIO(data), "T112")} | {len(vbs(RECORDS[:10])) - 4}
    for cut in range(1, len(data)):
        records, checks, frames = read(data[:cut])
        assert checks or frames.ends == 0, cut  # without a word of zero the reader of messages asks for the trailer
        assert checks or cut in starts or is_blocked, cut
        assert records == RECORDS[: len(records)]


def test_a_wrong_pair_behind_a_block_is_named() -> None:
    """The file is read on, but it is damaged."""
    data = bytearray(blocked(vbs(RECORDS)))
    data[2 * BLOCK_BYTES - 1] = 0x41
    got, checks, frames = read(bytes(data))
    assert (got, checks) == (RECORDS, ["iso8583.block_trailer"])
    assert frames.findings[0].where == f"T112:byte {2 * BLOCK_BYTES - 2}"


def test_a_lost_block_is_noticed() -> None:
    """What follows is no length, or a record in the wrong place."""
    data = blocked(vbs(RECORDS))
    _, checks, _ = read(data[:BLOCK_BYTES] + data[2 * BLOCK_BYTES :])
    assert checks == ["iso8583.record_length"]


@pytest.mark.parametrize("make", [vbs, lambda records: blocked(vbs(records))])
def test_two_runs_one_after_the_other_are_both_read(make: Callable[[list[bytes]], bytes]) -> None:
    """Files that were joined end to end: each has its own end and padding."""
    got, checks, frames = read(make(RECORDS) + make(RECORDS))
    assert (got, checks, frames.ends) == (RECORDS * 2, [], 2)


@pytest.mark.parametrize("rest", [b"HELLO", b"\x40" * 100 + b"X" + b"\x40" * 10, b"\r\n"])
def test_bytes_after_the_end_are_noticed(rest: bytes) -> None:
    """Padding is blanks or zeros; anything else was meant to be read."""
    assert read(vbs(RECORDS) + rest)[1] == ["iso8583.after_end"]


def test_padding_in_place_of_the_end_is_an_end() -> None:
    """Blocks are padded with blanks, also where the word of zero is missing."""
    got, checks, frames = read(blocked(vbs(RECORDS, end=b"")))
    assert (got, checks, frames.ends) == (RECORDS, [], 0)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"\0" * 5000, b"\x40" * 2028, b"PK\x03\x04" * 400, b"101 091000019", b"\xff" * 9000, b"{}" * 999],
)
def test_what_is_no_such_file_is_said_to_be_none(data: bytes) -> None:
    """No record, one finding that names the first bytes."""
    got, checks, _ = read(data)
    assert (got, checks) == ([], ["iso8583.framing"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.decode("cp500").encode("latin-1"),
        lambda data: data.decode("latin-1").encode("cp500"),
        lambda data: data.decode("latin-1").encode("utf-8"),
        lambda data: data.replace(b"\0", b""),
        lambda data: data.replace(b"\x15", b"\n").replace(b"\x40", b"\r\n"),
    ],
)
@pytest.mark.parametrize("data", [vbs(EBCDIC), blocked(vbs(EBCDIC))])
def test_a_file_that_was_carried_as_text_is_noticed(data: bytes, spoil: Callable[[bytes], bytes]) -> None:
    """Translated from page to page, NULs dropped, lines ended anew: lengths, bitmaps or pairs no longer hold."""
    file = IpmFile(io.BytesIO(spoil(data)), "T112")
    is_readable = all(message.is_readable for message in file)
    assert not is_readable or any(finding.severity == "error" for finding in file.findings) or spoil(data) == data


@given(st.binary(max_size=4000))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    """Neither at the beginning nor behind a good file."""
    read(data)
    read(vbs(RECORDS[:2], end=b"") + data)
    read(blocked(vbs(RECORDS))[:2028] + data)


def test_detection_needs_no_size() -> None:
    """Of a pipe the size is not known; pairs and records say enough."""
    framing = detect(blocked(vbs(RECORDS)), None)
    assert framing is not None
    assert framing.is_blocked
