from pathlib import PurePosixPath
from typing import Any

import pytest

from tools.rules.tree import check_tree

PYPROJECT: dict[str, Any] = {
    "tool": {
        "importlinter": {"contracts": [{"id": "floors", "layers": ["(cli) | (portal)", "(domain)", "errors : a"]}]}
    }
}


def refused(*paths: str) -> list[str]:
    return [f"{found.path}: {found.what}" for found in check_tree([PurePosixPath(path) for path in paths], PYPROJECT)]


def test_rooms_on_a_floor_pass() -> None:
    """Rooms and files that the layers name stand where they are."""
    assert refused("src/recoup/domain/money.py", "src/recoup/portal/x.py", "src/recoup/errors.py") == []


def test_a_room_that_no_floor_names_is_refused() -> None:
    """A new room is given a floor before it is given a file."""
    assert refused("src/recoup/attic/x.py") == ["src/recoup/attic/x.py: the room 'attic' without a floor"]


def test_tests_stand_where_their_sources_stand() -> None:
    """A test of a room, or across rooms, passes; a test of a room that is not there does not."""
    source = "src/recoup/domain/money.py"
    assert refused(source, "tests/domain/test_money.py", "tests/contract/test_register.py", "tests/test_x.py") == []
    assert refused(source, "tests/cellar/test_x.py") == ["tests/cellar/test_x.py: a test of cellar, which is no room"]


@pytest.mark.parametrize("name", ["utils/x.py", "domain/helpers.py", "common.toml", "services/y/z.md", "Base.py"])
def test_names_that_say_nothing_are_refused(name: str) -> None:
    """A room or a file is named for what it holds, never for a pattern."""
    assert len(refused(f"docs/{name}")) == 1


def test_names_that_only_contain_such_a_word_pass() -> None:
    """`database` holds `base` and says something."""
    assert refused("docs/database.md", "docs/service-levels.md", "docs/commonwealth/x.md") == []


def test_every_partner_folder_has_the_same_files() -> None:
    """A reviewer lays two partners side by side, piece by piece."""
    pyproject = {"tool": {"importlinter": {"contracts": [{"id": "floors", "layers": ["(partners)"]}]}}}
    pieces = ("README.md", "codes.csv", "mapping.sql", "partner.py", "wire.py")
    paths = [PurePosixPath(f"src/recoup/partners/acme/{piece}") for piece in pieces]
    assert check_tree(paths, pyproject) == []
    assert [found.what for found in check_tree(paths[2:], pyproject)] == [
        "a partner without README.md",
        "a partner without codes.csv",
    ]


def test_lock_files_with_addresses_are_refused() -> None:
    """Pins stand in requirements/, which name no host."""
    assert len(refused("uv.lock")) == 1
