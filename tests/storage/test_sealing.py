import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from recoup.storage.sealing import CHUNK_BYTES, TAG_BYTES, seal, unseal

KEY = b"k" * 32
chunks = st.lists(st.binary(min_size=1, max_size=20), max_size=6)


@given(chunks)
def test_chunks_come_back(plain: list[bytes]) -> None:
    """Any number of chunks, none too, and each is one tag longer when sealed."""
    sealed = list(seal(KEY, iter(plain)))
    assert list(unseal(KEY, iter(sealed))) == (plain or [b""])
    assert [len(chunk) - TAG_BYTES for chunk in sealed] == [len(chunk) for chunk in plain or [b""]]


@given(chunks.filter(lambda plain: len(plain) > 1), st.data())
def test_chunks_cannot_be_lost_added_or_turned_round(plain: list[bytes], data: st.DataObject) -> None:
    """Cut off at the end or the start, one twice, two exchanged: it does not open."""
    sealed = list(seal(KEY, iter(plain)))
    at = data.draw(st.integers(0, len(sealed) - 2))
    exchanged = [*sealed[:at], sealed[at + 1], sealed[at], *sealed[at + 2 :]]
    for wrong in (sealed[:-1], sealed[1:], [*sealed, sealed[-1]], exchanged, []):
        with pytest.raises(InvalidTag):
            list(unseal(KEY, iter(wrong)))


@given(st.binary(max_size=100), st.integers(0))
def test_one_changed_bit_is_found(plain: bytes, bit: int) -> None:
    """Wherever it is."""
    sealed = bytearray(b"".join(seal(KEY, iter([plain]))))
    bit %= len(sealed) * 8
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidTag):
        list(unseal(KEY, iter([bytes(sealed)])))


def test_a_chunk_is_a_mebibyte() -> None:
    """The size is part of the format: what was sealed with one cannot be read with another."""
    assert CHUNK_BYTES == 2**20
