from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recoup.storage.migrate import migrate
from recoup.storage.register import Register, View, open_register
from tests.fakes.small_home import NOW, ROWS, fill


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    folder: Path = tmp_path_factory.mktemp("enquiry")
    register = open_register(f"sqlite:///{folder / 'register.db'}")
    migrate(register)
    fill(register, ROWS, NOW)
    yield register
    register.close()


@pytest.fixture
def view(register: Register) -> Iterator[View]:
    with register.reading() as view:
        yield view


@pytest.fixture
def rows() -> dict[str, list[dict[str, Any]]]:
    return ROWS
