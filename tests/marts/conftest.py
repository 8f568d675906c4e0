from collections.abc import Iterator
from pathlib import Path

import pytest

from recoup.storage.migrate import migrate
from recoup.storage.register import View, open_register
from tests.fakes.small_home import NOW, ROWS, fill


@pytest.fixture(scope="session")
def small_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("marts") / "register.db"
    register = open_register(f"sqlite:///{path}")
    migrate(register)
    fill(register, ROWS, NOW)
    register.close()
    return path


@pytest.fixture
def view(small_file: Path) -> Iterator[View]:
    """The small home of the tests."""
    register = open_register(f"sqlite:///{small_file}")
    with register.reading() as view:
        yield view
    register.close()
