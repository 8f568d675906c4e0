"""What tests of all rooms share: an empty register on either database."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from recoup.storage.migrate import migrate
from recoup.storage.register import Register, open_register

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
