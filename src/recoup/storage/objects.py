"""The store of bytes: each object once, named by the SHA-256 of its plaintext, always encrypted.

Every object has a data key of its own. The key lies in the register's row, wrapped by the home's key and bound to
the object's hash; deleting it there erases the object, wherever copies of the ciphertext may be. A row is written
after its bytes are on disk, so a torn end of a pack, or a file that nobody points to, is never read.
Small objects share append-only packs, so that a batch of webhooks waits for the disk once; large ones are files.
"""

import fcntl
import hashlib
import io
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

from cryptography.exceptions import InvalidTag

from recoup.errors import ObjectMissing
from recoup.storage.files import sync
from recoup.storage.keys import KEY_SIZE, HomeKey
from recoup.storage.register import Batch
from recoup.storage.schema import object_
from recoup.storage.sealing import CHUNK_BYTES, SEALED_CHUNK_BYTES, seal, unseal
from recoup.storage.turns import Turns

SMALL_BYTES = 64 * 1024
PACK_BYTES = 256 * 1024 * 1024  # a pack this long is followed by a new one: short enough to copy and to check
_PACKS = "packs"
_FILES = "files"


class Stored(NamedTuple):
    """One row of table object, in the order of its columns."""

    object: str
    size: int
    place: str
    at_byte: int
    stored_size: int
    wrapped_key: bytes | None


def name_of(content: bytes) -> str:
    """Name bytes: the hex SHA-256 that their object has."""
    return hashlib.sha256(content).hexdigest()


def erase(batch: Batch, names: Sequence[str]) -> int:
    """Erase objects for good by deleting their keys; say how many were there.

    On SQLite the key's bytes are overwritten at the next checkpoint, on PostgreSQL at the next vacuum; older
    backups hold it until they are gone.
    """
    return batch.update(object_, ["wrapped_key"], [(name, None) for name in names])


class ObjectStore:
    """The objects of one home in a directory; several threads and processes may use it at once."""

    def __init__(self, root: Path, home_key: HomeKey) -> None:
        self.root = root
        self._home_key = home_key
        self._arriving, self._plain = root / "arriving", root / "plain"
        for directory in (root / _PACKS, root / _FILES, self._arriving, self._plain):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._turns = Turns(root / "lock")
        self._remove_leftovers()

    def put_many(self, contents: Sequence[bytes]) -> list[Stored]:
        """Keep bytes; give their rows in the same order. All are on disk when this returns.

        Equal bytes within one call are kept once. Whether they were kept earlier only the register knows: ask it
        first, and let `insert_new` decide; bytes that lost such a race are never read.
        """
        names = [name_of(content) for content in contents]
        by_name = dict(zip(names, contents, strict=True))
        small = {name: content for name, content in by_name.items() if len(content) <= SMALL_BYTES}
        rows = {stored.object: stored for stored in self._put_small(small)}
        for name in by_name.keys() - small.keys():
            rows[name] = self._put_stream(io.BytesIO(by_name[name]), _quiet)
        return [rows[name] for name in names]

    def put_file(self, path: Path, progress: Callable[[int], None] | None = None) -> Stored:
        """Keep a file in one pass and constant memory: read, hashed, encrypted and written chunk by chunk.

        Args:
          path: Only read; others may read it meanwhile.
          progress: Called with the number of bytes done so far.
        """
        with open(path, "rb") as source:
            return self._put_stream(source, progress or _quiet)

    def get(self, stored: Stored) -> bytes:
        """Give back the bytes of an object.

        Raises:
          ObjectMissing: It was erased, its ciphertext is not there, or is not what was kept.
        """
        return b"".join(self._contents(stored))

    @contextmanager
    def open_plain(self, stored: Stored) -> Iterator[Path]:
        """Give the bytes as a file that only this user may read, for tools that want a path; gone afterwards.

        What a killed process leaves is removed when a store is next opened.

        Raises:
          ObjectMissing: As `get`.
        """
        with self._private_file(self._plain) as file:
            for chunk in self._contents(stored):
                file.write(chunk)
            file.flush()
            yield Path(file.name)

    def _put_small(self, contents: dict[str, bytes]) -> list[Stored]:
        if not contents:
            return []
        keys = [secrets.token_bytes(KEY_SIZE) for _ in contents]
        sealed = [b"".join(seal(key, iter([c]))) for key, c in zip(keys, contents.values(), strict=True)]
        place, at_byte = self._append(sealed)
        rows: list[Stored] = []
        for (name, content), key, ciphertext in zip(contents.items(), keys, sealed, strict=True):
            wrapped = self._home_key.wrap(key, name.encode())
            rows.append(Stored(name, len(content), place, at_byte, len(ciphertext), wrapped))
            at_byte += len(ciphertext)
        return rows

    def _append(self, sealed: Sequence[bytes]) -> tuple[str, int]:
        """Put ciphertexts one behind the other at the end of the newest pack; say which, and where they begin."""
        with self._turns.take(), open(self._pack(), "ab") as pack:
            at_byte = pack.seek(0, os.SEEK_END)
            pack.write(b"".join(sealed))
            pack.flush()
            os.fsync(pack.fileno())
            if at_byte == 0:
                sync(self.root / _PACKS)
        return f"{_PACKS}/{Path(pack.name).name}", at_byte

    def _pack(self) -> Path:
        """Name the pack to append to: the newest one, or a new one after it when it is full."""
        newest = max((int(path.stem) for path in (self.root / _PACKS).glob("*.pack")), default=1)
        pack = self.root / _PACKS / f"{newest:08}.pack"
        if pack.exists() and pack.stat().st_size >= PACK_BYTES:
            return pack.with_name(f"{newest + 1:08}.pack")
        return pack

    def _put_stream(self, source: BinaryIO, progress: Callable[[int], None]) -> Stored:
        key = secrets.token_bytes(KEY_SIZE)
        plain = _Reading(source, progress)
        with self._private_file(self._arriving) as file:
            for ciphertext in seal(key, plain.chunks()):
                file.write(ciphertext)
            file.flush()
            os.fsync(file.fileno())
            name = plain.digest.hexdigest()
            # Two may keep the same bytes at once, each with a key of its own: neither may overwrite the other.
            place = f"{_FILES}/{name[:2]}/{name}.{secrets.token_hex(4)}"
            (self.root / place).parent.mkdir(mode=0o700, exist_ok=True)
            os.link(file.name, self.root / place)
        sync((self.root / place).parent)
        sync(self.root / _FILES)
        stored_size = (self.root / place).stat().st_size
        return Stored(name, plain.size, place, 0, stored_size, self._home_key.wrap(key, name.encode()))

    def _contents(self, stored: Stored) -> Iterator[bytes]:
        """Decrypt an object chunk by chunk; the exception for wrong bytes may come after the first chunks."""
        if stored.wrapped_key is None:
            raise _missing(stored, "erased: its key was deleted", "an object that is still kept")
        key = self._home_key.unwrap(stored.wrapped_key, stored.object.encode())
        digest = hashlib.sha256()
        try:
            with open(self.root / stored.place, "rb") as file:
                file.seek(stored.at_byte)
                for chunk in unseal(key, _pieces(file, stored.stored_size)):
                    digest.update(chunk)
                    yield chunk
        except FileNotFoundError:
            raise _missing(stored, f"no file {stored.place}", "the file that the register names") from None
        except InvalidTag:
            raise _missing(stored, f"other bytes in {stored.place}", "the bytes that were kept") from None
        if digest.hexdigest() != stored.object:
            raise _missing(stored, "bytes of another hash", "the bytes that were kept")

    @contextmanager
    def _private_file(self, directory: Path) -> Iterator[IO[bytes]]:
        """Make a file of mode 0600 that is locked while in use, so that the leftovers of the killed can be told."""
        with self._turns.take():
            file = tempfile.NamedTemporaryFile(dir=directory)  # noqa: SIM115 - closed below
            fcntl.flock(file, fcntl.LOCK_EX)
        with file:
            yield file.file

    def _remove_leftovers(self) -> None:
        with self._turns.take():
            for path in [*self._arriving.iterdir(), *self._plain.iterdir()]:
                if not _is_in_use(path):
                    path.unlink(missing_ok=True)


class _Reading:
    """A pass over a file: its chunks, and, once they are through, its size and hash."""

    def __init__(self, source: BinaryIO, progress: Callable[[int], None]) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._source = source
        self._progress = progress

    def chunks(self) -> Iterator[bytes]:
        """Read, count and hash."""
        while chunk := self._source.read(CHUNK_BYTES):
            self.digest.update(chunk)
            self.size += len(chunk)
            self._progress(self.size)
            yield chunk


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Read the next `size` bytes, or what is there of them, in sealed chunks."""
    while size > 0 and (piece := file.read(min(size, SEALED_CHUNK_BYTES))):
        size -= len(piece)
        yield piece


def _is_in_use(path: Path) -> bool:
    with open(path, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _missing(stored: Stored, found: str, wanted: str) -> ObjectMissing:
    return ObjectMissing(where=f"object {stored.object}", found=found, wanted=wanted, remedy="See: recoup doctor.")


def _quiet(_done: int) -> None:
    """Tell nobody."""
