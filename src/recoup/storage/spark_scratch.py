"""The room in which Spark keeps what steps make, and how our files get to it and its files back to us.

Without a setting it is a directory of the home, which the server must see under the same path: it runs on this
machine, or the home lies on a disk that all its workers share; then files of the lake are read where they are. With
a setting (`s3a://bucket/prefix`, or `file:///mnt/disk`) files are copied there once, under a name made of their
path, size and time, and what steps make is fetched back when it is to become a file of ours.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from recoup.errors import EngineUnreachable

_SAFE = "/=,+:@-._~"  # Spark on a JVM takes an address as it is; only Sail reads back what is escaped


class Scratch:
    """One run's directory below a root, gone when it is cleared; copies of lake files beside it stay for the next."""

    def __init__(self, root: str, files: pafs.FileSystem, path: str, is_seen: bool) -> None:
        """Take the root as Spark calls it and as `files` does.

        Args:
          is_seen: Whether the server sees our own files where they are.
        """
        run = f"run-{secrets.token_hex(6)}"
        self._root, self._url, self._path = root, f"{root}/{run}", f"{path}/{run}"
        self._files = files
        self._copies = f"{path}/lake"
        self._is_seen = is_seen
        self._made = 0

    def place(self, name: str) -> str:
        """Give the address of a new directory for what `name` makes."""
        self._made += 1
        return f"{self._url}/{self._made:05}-{name}"

    def write(self, place: str, tables: Iterable[pa.Table]) -> None:
        """Write tables as files of a place, so that there is at least one if there is a table."""
        inner = self._inner(place)
        self._files.create_dir(inner, recursive=True)
        for number, table in enumerate(tables):
            with self._files.open_output_stream(f"{inner}/part-{number:05}.parquet") as stream:
                pq.write_table(table, stream, compression="zstd")

    def offered(self, paths: Sequence[Path]) -> list[str]:
        """Give addresses under which the server finds our files; copies them there if it does not see ours."""
        if self._is_seen:
            return [address(path) for path in paths]
        self._files.create_dir(self._copies, recursive=True)
        return [self._copied(path) for path in paths]

    def fetched(self, place: str, into: Path) -> list[Path]:
        """Give the files of a place as files of ours, by name; none if nothing was written."""
        infos = self._files.get_file_info(pafs.FileSelector(self._inner(place), allow_not_found=True, recursive=True))
        parts = sorted(info.path for info in infos if info.is_file and info.path.endswith(".parquet") and info.size)
        if self._is_seen:
            return [Path(part) for part in parts]
        into.mkdir(parents=True, exist_ok=True)
        local = pafs.LocalFileSystem()
        fetched = [into / f"{number:05}.parquet" for number in range(len(parts))]
        for part, path in zip(parts, fetched, strict=True):
            pafs.copy_files(part, str(path), source_filesystem=self._files, destination_filesystem=local)
        return fetched

    def clear(self) -> None:
        """Remove what this run made."""
        if self._files.get_file_info(self._path).type == pafs.FileType.Directory:
            self._files.delete_dir(self._path)

    def _inner(self, place: str) -> str:
        return self._path + place.removeprefix(self._url)

    def _copied(self, path: Path) -> str:
        found = path.stat()
        told = f"{path.absolute()}|{found.st_size}|{found.st_mtime_ns}"
        name = f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.parquet"
        place = f"{self._copies}/{name}"
        known = self._files.get_file_info(place)
        if not (known.is_file and known.size == found.st_size):
            local = pafs.LocalFileSystem()
            pafs.copy_files(str(path), place, source_filesystem=local, destination_filesystem=self._files)
        return f"{self._root}/lake/{name}"


def open_scratch(home: Path, setting: str | None) -> Scratch:
    """Give the room: a directory below `home`, or what the setting names.

    Raises:
      EngineUnreachable: The setting's address is none, or its store does not answer.
    """
    if setting is None:
        path = home.absolute()
        path.mkdir(parents=True, exist_ok=True)
        return Scratch(address(path), pafs.LocalFileSystem(), str(path), is_seen=True)
    root = setting.rstrip("/")
    try:
        # Hadoop's name for the store is s3a, Arrow's is s3; both read the same keys and addresses from AWS_*.
        files, path_there = pafs.FileSystem.from_uri(root.replace("s3a://", "s3://", 1))
        files.create_dir(path_there, recursive=True)
    except (OSError, ValueError) as problem:
        raise EngineUnreachable(
            where="RECOUP_SPARK_SCRATCH",
            found=f"{root}: {type(problem).__name__}",
            wanted="a directory that can be written, as s3a://bucket/prefix or file:///mnt/disk",
            remedy="Check the address, and the AWS_* variables where it is a bucket.",
        ) from problem
    return Scratch(root, files, path_there, is_seen=False)


def address(path: Path) -> str:
    """Give the address of a file of ours, as Spark reads it."""
    return "file://" + quote(str(path.absolute()), safe=_SAFE)
