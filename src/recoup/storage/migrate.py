"""Brings a register's tables to what this version of Recoup needs, by Alembic, restricted to our own metadata.

Alembic is imported where it is used: most commands open a register and migrate nothing, and it takes longer to
import than they take to answer.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.sql.schema import SchemaItem

from recoup.errors import HomeRevision
from recoup.storage.register import Register
from recoup.storage.schema import metadata, setting

VERSION_TABLE = "recoup_revision"  # a name of our own: other software in the database may use Alembic too
REVISION = "revision"
"""The setting that says to which revision the tables were last upgraded, so that the audit has a link of it."""
SCRIPTS = Path(__file__).with_name("migrations")


def migrate(register: Register, scripts: Path = SCRIPTS) -> None:
    """Make or upgrade all tables, in one turn and one transaction; nothing happens when they are up to date."""
    with register.database.writing() as connection:
        _run(connection, scripts)


def upgrade(register: Register, actor: str, now: int, scripts: Path = SCRIPTS) -> str | None:
    """Bring the tables of a home to what this version needs, with a link of the audit for it, in one transaction.

    Args:
      register: The home's register; refused first where `check_revision` says that no upgrade leads on.
      actor: Who does it.
      now: Microseconds UTC, for the audit row.
      scripts: Where the revisions are.
    Returns:
      The revision it stood at; None where there was nothing to do.
    Raises:
      HomeRevision: There are no tables, or they are those of a revision that this version does not know.
    """
    before, after = current_revision(register), newest_revision(scripts)
    if before == after:
        return None
    if before not in revisions(scripts):
        raise _refused(before, after)
    with register.transaction(actor, "upgrade", f"{before} to {after}", now) as batch:
        _run(batch.connection, scripts)
        batch.upsert(setting, [(REVISION, after)])
    return before


def check_revision(register: Register, scripts: Path = SCRIPTS) -> None:
    """Refuse a register whose tables are not those that this version of Recoup reads and writes.

    Raises:
      HomeRevision: They are older, newer, or not there.
    """
    found, wanted = current_revision(register), newest_revision(scripts)
    if found == wanted:
        return
    if found in revisions(scripts):
        raise HomeRevision(
            where="register",
            found=f"tables of revision {found}",
            wanted=f"revision {wanted}",
            remedy="Make a copy of the home, then run: recoup upgrade",
        )
    raise _refused(found, wanted)


def _refused(found: str | None, wanted: str) -> HomeRevision:
    if found is None:
        told, remedy = "no tables", "Bring the register back from a copy, or make a new home: recoup init --home DIR"
    else:
        told = f"tables of revision {found}, which this version does not know"
        remedy = "Install the version of Recoup that made them, or a later one."
    return HomeRevision(where="register", found=told, wanted=f"revision {wanted}", remedy=remedy)


def current_revision(register: Register) -> str | None:
    """Say at which revision a register's tables stand; None before the first."""
    with register.database.reading() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        stands: str | None = connection.execute(text(f"select version_num from {VERSION_TABLE}")).scalar()
    return stands


def revisions(scripts: Path = SCRIPTS) -> tuple[str, ...]:
    """The revisions that this version knows, the oldest first: each is the number that its file begins with."""
    return tuple(sorted(path.name.partition("_")[0] for path in (scripts / "versions").glob("[0-9]*_*.py")))


def newest_revision(scripts: Path = SCRIPTS) -> str:
    """Say which revision this version of Recoup needs."""
    return revisions(scripts)[-1]


def differences(register: Register) -> list[Any]:
    """Compare the tables in a database with `schema.py`; empty when a migration would have nothing to do."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with register.database.reading() as connection:
        context = MigrationContext.configure(connection, opts=migration_options())
        found: list[Any] = compare_metadata(context, metadata)
    return found


def migration_options() -> dict[str, Any]:
    """Give the options that every use of Alembic here shares."""
    return {
        "target_metadata": metadata,
        "include_object": _is_ours,
        "render_as_batch": True,  # SQLite alters a table by making it anew
        "compare_type": True,
        "version_table": VERSION_TABLE,
    }


def _is_ours(item: SchemaItem, name: str | None, kind: str, _reflected: bool, _other: SchemaItem | None) -> bool:
    """Leave alone what is not in our metadata: tables, and with them all that hangs on them."""
    return kind != "table" or name in metadata.tables


def _run(connection: Connection, scripts: Path) -> None:
    from alembic import command

    config = configuration(scripts)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def configuration(scripts: Path = SCRIPTS) -> Any:
    """Give Alembic's configuration: where the revisions are."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config
