from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from recoup.storage.migrate import current_revision, differences, migrate, newest_revision
from recoup.storage.register import Register, open_register
from recoup.storage.schema import metadata
from tools.first_revision import PLACE, first_revision


@pytest.fixture
def fresh(register_url: str) -> Iterator[Register]:
    """A register without tables."""
    register = open_register(register_url)
    yield register
    register.close()


def test_migrated_tables_are_those_of_the_schema(fresh: Register) -> None:
    """Alembic finds nothing to do after the migrations: `schema.py` and the revisions say the same."""
    migrate(fresh)
    assert differences(fresh) == []
    assert current_revision(fresh) == newest_revision() == "0001"


def test_a_difference_would_be_found(fresh: Register) -> None:
    """The comparison is not blind: a column and a table too few are both seen."""
    migrate(fresh)
    with fresh.database.writing() as connection:
        connection.execute(text("alter table book drop column locked_through"))
        connection.execute(text("drop table quarantine"))
    assert {found[0] for found in differences(fresh) if isinstance(found, tuple)} == {"add_column", "add_table"}


def test_migrating_twice_is_migrating_once(fresh: Register) -> None:
    """A register that is up to date is left alone."""
    migrate(fresh)
    with fresh.database.writing() as connection:
        connection.execute(text("insert into book (name, preset) values ('main', 'platform')"))
    migrate(fresh)
    with fresh.database.reading() as connection:
        assert connection.execute(text("select count(*) from book")).scalar_one() == 1


def test_tables_of_others_are_not_ours(fresh: Register) -> None:
    """Other software in the same database is neither touched nor reported."""
    with fresh.database.writing() as connection:
        connection.execute(text("create table workflow_status (id integer primary key)"))
        connection.execute(text("create table alembic_version (version_num text)"))
    migrate(fresh)
    assert differences(fresh) == []
    with fresh.database.reading() as connection:
        names = set(inspect(connection).get_table_names())
    assert names == {*metadata.tables, "workflow_status", "alembic_version", "recoup_revision"}


def test_before_the_first_migration_there_is_no_revision(fresh: Register) -> None:
    """An empty database stands nowhere."""
    assert current_revision(fresh) is None


def test_every_table_is_strict(sqlite_url: str) -> None:
    """On SQLite every table of ours is STRICT, so that a column holds what it says."""
    register = open_register(sqlite_url)
    migrate(register)
    with register.database.reading() as connection:
        strict = {
            name
            for name, is_strict in connection.execute(text("select name, strict from pragma_table_list"))
            if is_strict
        }
    assert strict == set(metadata.tables)


def test_the_first_revision_is_written_from_the_schema() -> None:
    """It is never edited by hand; after a change to the tables run tools/first_revision.py."""
    assert Path(PLACE).read_text() == first_revision(), "run: .venv/bin/python tools/first_revision.py"
