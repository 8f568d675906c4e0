import gzip
import io
import zlib
from pathlib import Path

import pytest

from recoup.enquiry.lens_packed import breaks_off, opened

LINES = b"".join(b"%d,some text\n" % number for number in range(20_000))


def test_what_comes_before_the_break_is_given(tmp_path: Path) -> None:
    """All that can be unpacked of it, whether it was cut or damaged."""
    path = tmp_path / "x.gz"
    packed = gzip.compress(LINES)
    path.write_bytes(packed[: len(packed) // 2])
    with opened(path) as stream:
        cut = stream.read()
        assert breaks_off(stream)
    assert cut == zlib.decompressobj(31).decompress(packed[: len(packed) // 2])
    path.write_bytes(packed[: len(packed) // 2] + b"\xff" * 500)
    with opened(path) as stream:
        assert LINES.startswith(stream.read()[:10_000])
        assert breaks_off(stream)


@pytest.mark.parametrize("packed", [gzip.compress(LINES), gzip.compress(LINES[:99]) + gzip.compress(LINES[99:])])
def test_a_sound_one_is_read_to_its_end(tmp_path: Path, packed: bytes) -> None:
    """Of one member or of several, with zeros behind it, and from its beginning again."""
    path = tmp_path / "x.gz"
    path.write_bytes(packed + b"\0" * 512)
    with opened(path) as stream:
        assert stream.read(10) == LINES[:10]
        assert stream.seek(5) == 5
        assert stream.read() == LINES[5:]
        assert not breaks_off(stream)
        stream.seek(0)
        assert io.TextIOWrapper(stream).readline() == "0,some text\n"


def test_a_plain_file_is_itself(tmp_path: Path) -> None:
    """And never breaks off."""
    path = tmp_path / "x"
    path.write_bytes(b"a,b\n")
    with opened(path) as stream:
        assert stream.read() == b"a,b\n"
        assert not breaks_off(stream)
