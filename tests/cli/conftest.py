from pathlib import Path

import pytest

from tests.fakes import command_line


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a few rows, for commands that only read."""
    return command_line.small(tmp_path_factory.mktemp("small") / "home")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A home with nothing in it."""
    return command_line.empty_home(tmp_path / "home")
