from pathlib import Path

from sqlalchemy import text

from recoup.storage.register import open_register
from tests.fakes.command_line import settings_of


def prepare(home: Path) -> None:
    """Write the number of a revision that is not made yet."""
    register = open_register(settings_of(home).register_url)
    with register.database.writing() as connection:
        connection.execute(text("update recoup_revision set version_num = '9999'"))
    register.close()
