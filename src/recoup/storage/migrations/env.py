"""What Alembic runs to upgrade a register: on the connection it is given, and on our own tables only.

Other software may keep tables in the same database; a table that is not in our metadata is not ours to touch.
"""

from alembic import context

from recoup.storage.migrate import migration_options

context.configure(connection=context.config.attributes["connection"], **migration_options())
with context.begin_transaction():
    context.run_migrations()
