"""Writes the first migration anew from `schema.py`. Until the first release there is only this one.

Run after a change to the tables: `.venv/bin/python tools/first_revision.py`. From the first release on, a change
is a revision of its own, and this file goes.
"""

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from recoup.storage.migrate import migration_options
from recoup.storage.schema import metadata

PLACE = Path(__file__).parents[1] / "src/recoup/storage/migrations/versions/0001_first_tables.py"

HEAD = '''"""The first tables, and the triggers that guard them. Written by tools/first_revision.py."""

import sqlalchemy as sa
from alembic import op

from recoup.storage import types
from recoup.storage.guards import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    '''

TAIL = """
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)
"""


def first_revision() -> str:
    """Give the text of the first migration, as `ruff format` leaves it."""
    with create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(connection, opts=migration_options())
        script = produce_migrations(context, metadata)
        assert script.upgrade_ops is not None
        body = render_python_code(script.upgrade_ops, render_as_batch=False, migration_context=context)
    lines = [line for line in body.splitlines() if not line.lstrip().startswith("# ###")]
    return _formatted(HEAD + "\n".join(lines).lstrip().replace("recoup.storage.types.", "types.") + TAIL)


def _formatted(text: str) -> str:
    ruff = [str(Path(sys.executable).with_name("ruff")), "format", "--stdin-filename", str(PLACE), "-"]
    return subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    PLACE.write_text(first_revision())
