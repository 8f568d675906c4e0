"""What tests of all rooms share: an empty register on either database, and either engine."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from recoup.settings import EngineSettings
from recoup.storage.engine import Engine
from recoup.storage.engines import ENGINES, open_engine
from recoup.storage.migrate import migrate
from recoup.storage.register import Register, open_register
from tests.fakes import spark_server

SERVER_VARIABLE = "RECOUP_TEST_POSTGRES"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite register with all tables and no rows, made once and copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "register.db"
    register = open_register(f"sqlite:///{path}")
    migrate(register)
    register.close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite register that does not exist yet."""
    return f"sqlite:///{tmp_path / 'register.db'}"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The address of an empty schema of its own on the PostgreSQL server; gone after the test."""
    server = os.environ.get(SERVER_VARIABLE)
    if not server:
        pytest.skip(f"{SERVER_VARIABLE} names no PostgreSQL server")
    schema = f"test_{secrets.token_hex(6)}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"create schema {schema}"))
    url = make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text(f"drop schema {schema} cascade"))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def register_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty register, on each database in turn; its tables are not made yet."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def register(register_url: str, tmp_path: Path, migrated_file: Path) -> Iterator[Register]:
    """An empty register with its tables, on each database in turn."""
    if register_url.startswith("sqlite"):
        shutil.copy(migrated_file, tmp_path / "register.db")
        opened = open_register(register_url)
    else:
        opened = open_register(register_url)
        migrate(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def spark_url() -> Iterator[str]:
    """The address of a Spark Connect server of this test run."""
    with spark_server.running() as url:
        yield url


@pytest.fixture
def duckdb_engine(tmp_path: Path) -> Iterator[Engine]:
    """DuckDB, small, spilling into a directory of the test."""
    opened = open_engine("duckdb", EngineSettings(memory="512MiB", threads=2), tmp_path / "engine")
    yield opened
    opened.close()


@pytest.fixture
def spark_engine(tmp_path: Path, spark_url: str) -> Iterator[Engine]:
    """A session of its own on the Spark Connect server."""
    opened = open_engine("spark", EngineSettings(spark_url=spark_url), tmp_path / "engine")
    yield opened
    opened.close()


@pytest.fixture(params=ENGINES)
def each_engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn: what is true of one must be true of the other."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found
