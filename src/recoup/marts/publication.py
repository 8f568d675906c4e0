"""A set of tables as files for other tools, replaced at once: a reader sees the set before or the new one, whole.

`<folder>/current` leads to the newest set below `<folder>/sets`; each set has a manifest. The set before stays, for
readers that have it open; older ones go.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import duckdb
import msgspec

from recoup.domain.instants import render_instant
from recoup.errors import StorageProblem
from recoup.marts.catalogue import Catalogue, Table
from recoup.marts.files import Written, digest, write_table
from recoup.marts.source import Asked
from recoup.storage.engine import Engine
from recoup.storage.steps import quoted

Format = Literal["parquet", "duckdb"]
FORMATS: tuple[Format, ...] = ("parquet", "duckdb")
MANIFEST = "manifest.json"
CURRENT = "current"
SETS = "sets"
KEPT = 2
"""How many sets stay: the new one and the one before."""
DATABASE = "recoup.duckdb"


class Manifest(msgspec.Struct, frozen=True):
    """What a published set holds, and for when and whom it was made."""

    name: str
    """The set's name: when it was made."""
    made_at: str
    as_of: str
    known_at: str | None
    merchant: str | None
    format: Format
    version: str
    """Version of Recoup."""
    tables: tuple[Written, ...]
    left_out: Mapping[str, str]
    """Tables that cannot be answered so, each with why."""


def publish(
    engine: Engine,
    catalogue: Catalogue,
    tables: Sequence[Table],
    folder: Path,
    asked: Asked,
    *,
    kind: Format,
    made_at: int,
    version: str,
    left_out: Mapping[str, str],
) -> Manifest:
    """Write tables that are in the engine as a new set, and have `current` lead to it.

    Raises:
      StorageProblem: The folder cannot be written, or `current` in it is a file or folder of somebody else.
    """
    name = render_instant(made_at).replace(":", "").replace(".", "").replace("-", "")
    if (folder / CURRENT).exists() and not (folder / CURRENT).is_symlink():
        found = "a file or folder that no publication made"
        raise StorageProblem(where=str(folder / CURRENT), found=found, wanted="a place of its own")
    place = folder / SETS / name
    making = folder / SETS / f".{name}"
    try:
        making.mkdir(parents=True)
        written = tuple(write_table(engine, catalogue, table, making) for table in tables)
        if kind == "duckdb":
            written = _into_database(making, tables, written)
        manifest = Manifest(
            name=name,
            made_at=render_instant(made_at),
            as_of=render_instant(asked.now),
            known_at=None if asked.known_at is None else render_instant(asked.known_at),
            merchant=asked.merchant,
            format=kind,
            version=version,
            tables=written,
            left_out=left_out,
        )
        (making / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        _flush(making)
        making.rename(place)
        _lead(folder / CURRENT, place)
    except OSError as problem:
        raise StorageProblem(where=str(folder), found=str(problem), wanted="a folder that can be written") from problem
    finally:
        shutil.rmtree(making, ignore_errors=True)
    _forget(folder)
    return manifest


def read_manifest(folder: Path) -> Manifest | None:
    """Give the manifest of the set that is current; None where there is none."""
    path = folder / CURRENT / MANIFEST
    return msgspec.json.decode(path.read_bytes(), type=Manifest) if path.is_file() else None


def _into_database(folder: Path, tables: Sequence[Table], written: Sequence[Written]) -> tuple[Written, ...]:
    """Gather the files in one database, with instants as TIMESTAMP and every column's words beside it."""
    path = folder / DATABASE
    with duckdb.connect(str(path)) as connection:
        for table in tables:
            file = folder / f"{table.name}.parquet"
            shown = ", ".join(
                f"make_timestamp({quoted(c.name)}) as {quoted(c.name)}" if c.type == "TIMESTAMP" else quoted(c.name)
                for c in table.columns
            )
            name = quoted(table.name)
            connection.execute(f"create table {name} as select {shown} from read_parquet($file)", {"file": str(file)})
            connection.execute(f"comment on table {name} is {_text(table.grain)}")
            for column in table.columns:
                connection.execute(f"comment on column {name}.{quoted(column.name)} is {_text(column.says)}")
            file.unlink()
    sha256 = digest(path)
    return tuple(msgspec.structs.replace(one, file=DATABASE, sha256=sha256) for one in written)


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"


def _flush(folder: Path) -> None:
    """Have the files on the disk before anything leads to them."""
    for path in (*folder.iterdir(), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _lead(link: Path, place: Path) -> None:
    """Have a link lead to a place; to whoever looks, it never leads nowhere."""
    new = link.with_name(f".{link.name}-{place.name}")
    new.symlink_to(Path(SETS) / place.name)
    new.replace(link)


def _forget(folder: Path) -> None:
    sets = sorted(path for path in (folder / SETS).iterdir() if path.is_dir() and not path.name.startswith("."))
    current = (folder / CURRENT).resolve()
    for path in sets[:-KEPT]:
        if path.resolve() != current:
            shutil.rmtree(path, ignore_errors=True)
