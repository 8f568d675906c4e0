from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recoup.storage.migrate import migrate
from recoup.storage.register import open_register
from tests.controls.home import Home


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty register, to copy."""
    path = tmp_path_factory.mktemp("empty") / "register.db"
    register = open_register(f"sqlite:///{path}")
    migrate(register)
    register.close()
    return path


@pytest.fixture
def home_with(tmp_path: Path, empty: Path) -> Iterator[Callable[..., Home]]:
    """Make a home with other terms."""
    made: list[Home] = []

    def make(*args: Any, **more: Any) -> Home:
        made.append(Home(tmp_path, empty, *args, **more))
        return made[-1]

    yield make
    for home in made:
        home.register.close()


@pytest.fixture
def home(home_with: Callable[..., Home]) -> Home:
    """A home with the usual terms."""
    return home_with()
