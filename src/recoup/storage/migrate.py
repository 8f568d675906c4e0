"""Brings a register's tables to what this version of Recoup needs, by Alembic, restricted to our own metadata.

Alembic is imported where it is used: most commands open a register and migrate nothing, and it takes longer to
import than they take to answer.
"""

from pathlib import Path
from typing import Any

from sqlalchemy.sql.schema import SchemaItem

from recoup.storage.register import Register
from recoup.storage.schema import metadata

VERSION_TABLE = "recoup_revision"  # a name of our own: other software in the database may use Alembic too
_SCRIPTS = Path(__file__).with_name("migrations")


def migrate(register: Register) -> None:
    """Make or upgrade all tables, in one turn and one transaction; nothing happens when they are up to date."""
    from alembic import command

    with register.database.writing() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current_revision(register: Register) -> str | None:
    """Say at which revision a register's tables stand; None before the first."""
    from alembic.migration import MigrationContext

    with register.database.reading() as connection:
        return MigrationContext.configure(connection, opts=migration_options()).get_current_revision()


def newest_revision() -> str | None:
    """Say which revision this version of Recoup needs."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config()).get_current_head()


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


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config
