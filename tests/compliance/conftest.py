import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recoup.storage.register import Register, open_register
from tests.controls.home import Home


@pytest.fixture
def home_with(tmp_path: Path, migrated_file: Path) -> Iterator[Callable[..., Home]]:
    """Make a home on SQLite, with other terms."""
    made: list[Register] = []

    def make(*args: Any, **more: Any) -> Home:
        path = tmp_path / f"register_{len(made)}.db"
        shutil.copy(migrated_file, path)
        made.append(open_register(f"sqlite:///{path}"))
        return Home(made[-1], *args, **more)

    yield make
    for register in made:
        register.close()


@pytest.fixture
def home(home_with: Callable[..., Home]) -> Home:
    """A home with the usual terms."""
    return home_with()
