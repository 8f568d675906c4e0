from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from recoup.errors import HomeRevision
from recoup.storage.audit import verify
from recoup.storage.migrate import (
    SCRIPTS,
    check_revision,
    configuration,
    current_revision,
    differences,
    migrate,
    newest_revision,
    revisions,
    upgrade,
)
from recoup.storage.register import Register, open_register
from recoup.storage.schema import audit, metadata, setting
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


_LATER = '''"""A table more."""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table("later", sa.Column("name", sa.Text(), primary_key=True))
'''


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The revisions of a version to come: one more than there are now."""
    scripts = copytree(SCRIPTS, tmp_path / "migrations", ignore=ignore_patterns("__pycache__"))
    (scripts / "versions" / "0002_later.py").write_text(_LATER)
    return scripts


def test_the_revisions_are_those_that_alembic_finds() -> None:
    """The numbers of the files are the ids in them, in order, and the last one is the head."""
    script = ScriptDirectory.from_config(configuration())
    assert revisions() == tuple(reversed([revision.revision for revision in script.walk_revisions()]))
    assert newest_revision() == script.get_current_head()


def test_a_home_of_this_version_is_let_in(fresh: Register) -> None:
    """And there is nothing to upgrade."""
    migrate(fresh)
    check_revision(fresh)
    assert upgrade(fresh, "ada", 1) is None


def test_an_older_home_is_refused_until_it_is_upgraded(fresh: Register, later: Path) -> None:
    """The message leads to the command; that makes the new table, and a link of the audit says who and when."""
    migrate(fresh)
    with pytest.raises(HomeRevision, match=r"revision 0001; wanted revision 0002.*recoup upgrade"):
        check_revision(fresh, later)
    assert upgrade(fresh, "ada", 7, later) == "0001"
    check_revision(fresh, later)
    with fresh.reading() as view:
        assert view.rows(select(audit.c.actor, audit.c.verb, audit.c.subject, audit.c.at)) == [
            ("ada", "upgrade", "0001 to 0002", 7)
        ]
        assert view.rows(select(setting)) == [("revision", "0002")]
    with fresh.database.reading() as connection:
        assert inspect(connection).has_table("later")
    assert verify(fresh).is_whole


def test_an_upgrade_that_breaks_off_leaves_everything_as_it_was(fresh: Register, later: Path) -> None:
    """Tables, revision and audit change together or not at all."""
    migrate(fresh)
    with (later / "versions" / "0002_later.py").open("a") as file:
        file.write("    raise RuntimeError('no room')\n")
    with pytest.raises(RuntimeError, match="no room"):
        upgrade(fresh, "ada", 7, later)
    assert current_revision(fresh) == "0001"
    with fresh.database.reading() as connection:
        assert not inspect(connection).has_table("later")
    assert verify(fresh).entries == 0


def test_a_newer_home_is_refused(fresh: Register, later: Path) -> None:
    """What a later version made is never guessed at, nor taken back."""
    migrate(fresh, later)
    for look in (check_revision, lambda register: upgrade(register, "ada", 1)):
        with pytest.raises(HomeRevision, match="revision 0002, which this version does not know"):
            look(fresh)


def test_a_home_without_tables_is_refused(fresh: Register) -> None:
    """An empty database where a home's register was."""
    with pytest.raises(HomeRevision, match="no tables"):
        check_revision(fresh)
