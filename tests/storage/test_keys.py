import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.errors import StorageProblem
from recoup.storage.keys import HomeKey, create_home_key, read_home_key, token_of

KEY, OTHER = HomeKey(b"k" * 32), HomeKey(b"o" * 32)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_what_is_wrapped_can_be_unwrapped(secret: bytes, about: bytes) -> None:
    """Any secret comes back, and wrapping it twice does not look alike."""
    wrapped = KEY.wrap(secret, about)
    assert KEY.unwrap(wrapped, about) == secret
    assert wrapped != KEY.wrap(secret, about)


@pytest.mark.parametrize(("key", "about", "flipped"), [(OTHER, b"a", 0), (KEY, b"b", 0), (KEY, b"a", 1)])
def test_a_wrapped_key_opens_only_here_and_for_this(key: HomeKey, about: bytes, flipped: int) -> None:
    """Another home, another thing, or one changed bit: it stays closed."""
    wrapped = bytearray(KEY.wrap(b"secret", b"a"))
    wrapped[-1] ^= flipped
    with pytest.raises(StorageProblem, match="a wrapped key that it does not open"):
        key.unwrap(bytes(wrapped), about)


def test_a_home_key_is_made_once_and_read_again(tmp_path: Path) -> None:
    """The file is its owner's alone, and is never overwritten."""
    path = tmp_path / "keys" / "home.key"
    made = create_home_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert read_home_key(path).unwrap(made.wrap(b"x", b""), b"") == b"x"
    with pytest.raises(StorageProblem, match="a key; wanted none"):
        create_home_key(path)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """A slip of the hand is told with the command that mends it."""
    path = tmp_path / "home.key"
    create_home_key(path)
    path.chmod(0o640)
    with pytest.raises(StorageProblem, match="Run: chmod 600"):
        read_home_key(path)


def test_a_missing_or_cut_key_is_refused(tmp_path: Path) -> None:
    """Neither is replaced by a new one: what was closed with the old one would be lost without a word."""
    with pytest.raises(StorageProblem, match="no key; wanted the home's key"):
        read_home_key(tmp_path / "home.key")
    with pytest.raises(StorageProblem, match="31 bytes; wanted 32 bytes"):
        HomeKey(b"x" * 31)


def test_no_text_made_of_a_key_shows_it() -> None:
    """A key in a log or a trace back says nothing."""
    assert repr(KEY) == str(KEY) == "HomeKey(…)"


def test_a_token_is_the_keyed_hash_that_sql_computes() -> None:
    """The same in every process of a home, another in another home, and without the number in it."""
    number = "4242424242424242"
    digest = hashlib.sha256(f"{KEY.token_key}:{number}:{KEY.token_key}".encode()).hexdigest()
    assert KEY.token(number) == token_of(number, KEY.token_key) == f"tok_{digest[:32]}"
    assert KEY.token(number) == HomeKey(b"k" * 32).token(number) != OTHER.token(number)


def test_purposes_have_keys_of_their_own() -> None:
    """What one use of the home's key reveals says nothing about another."""
    assert len({KEY.subkey(purpose) for purpose in ("a", "b", "ab")}) == 3
