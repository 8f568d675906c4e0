import hashlib
import multiprocessing
import os
import signal
import threading
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recoup.errors import ObjectMissing, StorageProblem
from recoup.storage import objects
from recoup.storage.keys import HomeKey
from recoup.storage.objects import SMALL_BYTES, ObjectStore, Stored, erase, name_of
from recoup.storage.register import Register
from recoup.storage.schema import object_
from recoup.storage.sealing import CHUNK_BYTES

KEY = HomeKey(b"k" * 32)
SPAWN = multiprocessing.get_context("spawn")
SIZES = [0, 1, SMALL_BYTES, SMALL_BYTES + 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES]


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    """An empty store."""
    return ObjectStore(tmp_path / "objects", KEY)


def content(size: int) -> bytes:
    return bytes(i * 7 % 251 for i in range(256)) * (size // 256) + b"x" * (size % 256)


@pytest.mark.parametrize("size", SIZES)
def test_bytes_come_back(store: ObjectStore, tmp_path: Path, size: int) -> None:
    """From memory or from a file, of any size: the same bytes, under the hash of their plaintext."""
    plain = content(size)
    path = tmp_path / "file"
    path.write_bytes(plain)
    for stored in (store.put_many([plain])[0], store.put_file(path)):
        assert (stored.object, stored.size) == (hashlib.sha256(plain).hexdigest(), size)
        assert store.get(stored) == plain


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=20))
def test_many_come_back_in_their_order(store: ObjectStore, contents: list[bytes]) -> None:
    """A row for each, in order; equal bytes have one and the same row."""
    rows = store.put_many(contents)
    assert [store.get(row) for row in rows] == contents
    assert len(set(rows)) == len(set(contents))


def test_no_plaintext_is_on_disk(store: ObjectStore, tmp_path: Path) -> None:
    """Neither in packs nor in files, and all of it readable by the owner alone."""
    secret = b"cardholder name " * 8_000
    store.put_many([secret[:100], secret])
    for path in (tmp_path / "objects").rglob("*"):
        assert not path.is_file() or b"cardholder" not in path.read_bytes()
        assert not path.is_dir() or path.stat().st_mode & 0o077 == 0


def test_equal_bytes_have_different_ciphertexts(store: ObjectStore) -> None:
    """Every time a key of its own: an erased object is not opened by what was kept later."""
    (first,), (second,) = store.put_many([b"same"]), store.put_many([b"same"])
    assert first.object == second.object
    crossed = first._replace(wrapped_key=second.wrapped_key)
    with pytest.raises(ObjectMissing, match="other bytes in packs/"):
        store.get(crossed)


def test_a_key_opens_its_own_object_only(store: ObjectStore) -> None:
    """A row whose key belongs to another hash is refused before anything is read."""
    one, two = store.put_many([b"one", b"two"])
    with pytest.raises(StorageProblem, match="a wrapped key that it does not open"):
        store.get(one._replace(wrapped_key=two.wrapped_key))


@pytest.mark.parametrize("size", [100, SMALL_BYTES + 1])
def test_changed_bytes_are_not_given_out(store: ObjectStore, tmp_path: Path, size: int) -> None:
    """One flipped bit on the disk is an error that names the object and what to do."""
    (stored,) = store.put_many([content(size)])
    path = tmp_path / "objects" / stored.place
    ciphertext = bytearray(path.read_bytes())
    ciphertext[stored.at_byte + size // 2] ^= 1
    path.write_bytes(ciphertext)
    with pytest.raises(ObjectMissing, match=rf"object {stored.object}: other bytes.*recoup doctor"):
        store.get(stored)


def test_missing_and_cut_files_are_told(store: ObjectStore, tmp_path: Path) -> None:
    """A file that is gone, or shorter than it was, is an error that says which."""
    (stored,) = store.put_many([content(SMALL_BYTES + 1)])
    path = tmp_path / "objects" / stored.place
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ObjectMissing, match="other bytes in files/"):
        store.get(stored)
    path.unlink()
    with pytest.raises(ObjectMissing, match="no file files/"):
        store.get(stored)


def test_a_torn_end_of_a_pack_is_never_read(store: ObjectStore, tmp_path: Path) -> None:
    """What a crash left behind the last object disturbs neither what was before nor what comes after."""
    (before,) = store.put_many([b"before"])
    pack = tmp_path / "objects" / before.place
    with open(pack, "ab") as file:
        file.write(b"torn")
    (after,) = store.put_many([b"after"])
    assert (store.get(before), store.get(after)) == (b"before", b"after")
    assert after.at_byte == before.at_byte + before.stored_size + len(b"torn")


def test_a_full_pack_is_followed_by_another(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs have an end, so that they can be copied and checked one by one."""
    monkeypatch.setattr(objects, "PACK_BYTES", 100)
    rows = [store.put_many([content(80)])[0] for _ in range(4)]
    assert [row.place for row in rows] == [f"packs/0000000{n}.pack" for n in (1, 1, 2, 2)]
    assert all(store.get(row) == content(80) for row in rows)


def test_an_erased_object_is_gone(store: ObjectStore, register: Register) -> None:
    """Its row stays, its key does not; a row kept elsewhere is what it takes to read it still."""
    rows = store.put_many([b"erase me", b"keep me"])
    with register.transaction("ada", "land", "x", 0) as tx:
        assert tx.insert_new(object_, rows) == [0, 1]
    with register.transaction("ada", "erase", "x", 0) as tx:
        assert erase(tx, [name_of(b"erase me"), name_of(b"never here")]) == 1
    with register.reading() as view:
        found = {row[0]: Stored(*row) for row in view.rows(select(object_))}
    with pytest.raises(ObjectMissing, match="erased: its key was deleted"):
        store.get(found[name_of(b"erase me")])
    assert store.get(found[name_of(b"keep me")]) == b"keep me"


def test_plain_bytes_are_a_private_file_for_a_while(store: ObjectStore) -> None:
    """Tools that want a path get one that only this user may read, and only as long as they need it."""
    plain = content(3 * CHUNK_BYTES)
    (stored,) = store.put_many([plain])
    with store.open_plain(stored) as path:
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_bytes() == plain
    assert not path.exists()


def test_plain_bytes_are_gone_after_an_exception(store: ObjectStore) -> None:
    """Whatever happens to the tool."""
    (stored,) = store.put_many([b"x"])
    seen: list[Path] = []

    def fail() -> None:
        with store.open_plain(stored) as path:
            seen.append(path)
            raise ValueError("tool")

    with pytest.raises(ValueError, match="tool"):
        fail()
    assert not seen[0].exists()


def hold_plain(root: Path, stored: Stored) -> None:
    with ObjectStore(root, KEY).open_plain(stored):
        time.sleep(60)


def test_plain_bytes_of_a_killed_process_are_removed(store: ObjectStore, tmp_path: Path) -> None:
    """The next store that is opened finds them; those in use stay."""
    (stored,) = store.put_many([b"left behind"])
    plain = tmp_path / "objects" / "plain"
    holder = SPAWN.Process(target=hold_plain, args=(tmp_path / "objects", stored))
    holder.start()
    while not any(path.stat().st_size for path in plain.iterdir()):
        time.sleep(0.01)
    with store.open_plain(stored) as ours:
        ObjectStore(tmp_path / "objects", KEY)
        assert len(list(plain.iterdir())) == 2
        assert holder.pid is not None
        os.kill(holder.pid, signal.SIGKILL)
        holder.join()
        ObjectStore(tmp_path / "objects", KEY)
        assert list(plain.iterdir()) == [ours]


def test_many_threads_put_at_once(store: ObjectStore) -> None:
    """Objects of several writers lie beside each other, none across another."""
    rows: list[tuple[bytes, Stored]] = []

    def put(number: int) -> None:
        contents = [f"{number} {i}".encode() * 50 for i in range(40)]
        for start in range(0, 40, 4):
            rows.extend(zip(contents[start : start + 4], store.put_many(contents[start : start + 4]), strict=True))

    threads = [threading.Thread(target=put, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows) == 160
    assert all(store.get(stored) == plain for plain, stored in rows)


def test_a_large_file_takes_little_memory_and_tells_how_far_it_is(store: ObjectStore, tmp_path: Path) -> None:
    """In one pass, chunk by chunk, however large it is."""
    path = tmp_path / "large"
    path.write_bytes(content(32 * CHUNK_BYTES))
    told: list[int] = []
    tracemalloc.start()
    stored = store.put_file(path, told.append)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * CHUNK_BYTES
    assert told == [CHUNK_BYTES * n for n in range(1, 33)]
    assert stored.stored_size == 32 * (CHUNK_BYTES + 16)


def test_the_same_file_kept_twice_at_once_is_two_files(store: ObjectStore, tmp_path: Path) -> None:
    """Which of them counts the register decides; neither writes over the other."""
    path = tmp_path / "large"
    path.write_bytes(content(SMALL_BYTES + 1))
    one, two = store.put_file(path), store.put_file(path)
    assert one.object == two.object
    assert one.place != two.place
    assert store.get(one) == store.get(two)
