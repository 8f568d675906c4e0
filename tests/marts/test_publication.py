import hashlib
import json
import threading
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from recoup.errors import StatementFailed, StorageProblem
from recoup.marts.catalogue import read_catalogue
from recoup.marts.loading import Stores, build
from recoup.marts.publication import CURRENT, MANIFEST, Format, Manifest, publish, read_manifest
from recoup.marts.source import Asked
from recoup.storage.engine import Engine
from recoup.storage.register import View
from tests.fakes.small_home import NOW

NAMES = ("clearing", "roll_forward", "dispute_profiles")


@pytest.fixture
def catalogue_engine(each_engine: Engine, view: View) -> Engine:
    """Either engine with three models computed."""
    catalogue = read_catalogue()
    build(each_engine, catalogue, catalogue.needs(NAMES), Stores(view), Asked(NOW), frozenset(NAMES))
    return each_engine


def published(
    engine: Engine, folder: Path, at: int, kind: Format = "parquet", names: tuple[str, ...] = NAMES
) -> Manifest:
    catalogue = read_catalogue()
    tables = [catalogue.model(name) for name in names]
    asked = Asked(NOW)
    return publish(engine, catalogue, tables, folder, asked, kind=kind, made_at=at, version="1", left_out={"x": "why"})


def test_the_manifest_says_what_the_files_hold(catalogue_engine: Engine, tmp_path: Path) -> None:
    """Rows, sums of money per currency, and a hash that is the file's."""
    manifest = published(catalogue_engine, tmp_path, NOW)
    assert read_manifest(tmp_path) == manifest
    assert manifest.left_out == {"x": "why"}
    for table in manifest.tables:
        path = tmp_path / CURRENT / table.file
        assert hashlib.sha256(path.read_bytes()).hexdigest() == table.sha256
        assert pq.read_metadata(path).num_rows == table.rows
        assert tuple(pq.read_schema(path).names) == table.columns
    clearing = next(table for table in manifest.tables if table.name == "clearing")
    assert clearing.rows == 2
    assert clearing.sums == {"USD": {"balance_minor": 0}}
    rolled = next(table for table in manifest.tables if table.name == "roll_forward")
    assert rolled.sums["USD"]["new_minor"] == 17_345


def test_a_database_has_instants_days_and_words(catalogue_engine: Engine, tmp_path: Path) -> None:
    """What a BI tool opens explains itself."""
    published(catalogue_engine, tmp_path, NOW, "duckdb")
    assert sorted(p.name for p in (tmp_path / CURRENT).iterdir()) == [MANIFEST, "recoup.duckdb"]
    with duckdb.connect(str(tmp_path / CURRENT / "recoup.duckdb"), read_only=True) as connection:
        [(oldest,)] = connection.execute("select typeof(oldest_at) from clearing limit 1").fetchall()
        [(said,)] = connection.execute(
            "select comment from duckdb_columns() where table_name = 'clearing' and column_name = 'age_days'"
        ).fetchall()
    assert oldest == "TIMESTAMP"
    assert said == "Whole days from then to the present."


def test_the_set_before_stays_and_older_ones_go(catalogue_engine: Engine, tmp_path: Path) -> None:
    """A reader that has the set before open reads on."""
    first, second, third = (published(catalogue_engine, tmp_path, NOW + n) for n in range(3))
    kept = sorted(path.name for path in (tmp_path / "sets").iterdir())
    assert kept == [second.name, third.name]
    assert (tmp_path / CURRENT).resolve().name == third.name
    assert first.name not in kept


def test_the_same_rows_give_the_same_files(catalogue_engine: Engine, tmp_path: Path) -> None:
    """Nothing of the moment is in a file; the order is the key's."""
    one, other = (published(catalogue_engine, tmp_path, NOW + n) for n in range(2))
    assert [table.sha256 for table in one.tables] == [table.sha256 for table in other.tables]


def test_a_set_that_fails_leaves_the_one_before(duckdb_engine: Engine, view: View, tmp_path: Path) -> None:
    """Nothing half made is seen, and nothing of it stays."""
    catalogue = read_catalogue()
    build(duckdb_engine, catalogue, catalogue.needs(NAMES), Stores(view), Asked(NOW), frozenset(NAMES))
    before = published(duckdb_engine, tmp_path, NOW)
    with pytest.raises(StatementFailed, match="ageing"):
        published(duckdb_engine, tmp_path, NOW + 1, names=("clearing", "ageing"))  # which nobody has computed
    assert read_manifest(tmp_path) == before
    assert [path.name for path in (tmp_path / "sets").iterdir()] == [before.name]


def test_what_somebody_else_put_there_is_not_replaced(duckdb_engine: Engine, tmp_path: Path) -> None:
    """A folder named `current` that no publication made stays."""
    (tmp_path / CURRENT).mkdir()
    with pytest.raises(StorageProblem, match="no publication made"):
        published(duckdb_engine, tmp_path, NOW)


def test_a_reader_always_finds_a_whole_set(duckdb_engine: Engine, view: View, tmp_path: Path) -> None:
    """While sets are replaced, the manifest and the files beside it are always of one set."""
    catalogue = read_catalogue()
    build(duckdb_engine, catalogue, catalogue.needs(NAMES), Stores(view), Asked(NOW), frozenset(NAMES))
    published(duckdb_engine, tmp_path, NOW)
    wrong: list[str] = []
    done = threading.Event()
    looked = 0

    def read() -> None:
        nonlocal looked
        while not done.is_set() or not looked:
            place = (tmp_path / CURRENT).resolve()
            manifest = json.loads((place / MANIFEST).read_bytes())
            missing = [t["file"] for t in manifest["tables"] if not (place / t["file"]).exists()]
            wrong.extend(missing if manifest["name"] == place.name else [manifest["name"]])
            looked += 1

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(1, 8):
        published(duckdb_engine, tmp_path, NOW + n)
    done.set()
    reader.join()
    assert looked
    assert wrong == []
