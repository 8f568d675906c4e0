"""Rules on names and places: floors, mirrors and words that say nothing."""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from tools.rules.refusal import Refusal

PACKAGE = PurePosixPath("src/recoup")
TESTS = PurePosixPath("tests")
# Folders of tests that stand across the rooms, so mirror none of them.
ACROSS = {"browser", "contract", "corpus", "crashers", "errors", "fakes", "golden", "hostile", "simulated", "tools"}
EMPTY_NAMES = {
    f"{word}{ending}" for word in ("util", "helper", "common", "base", "service", "manager") for ending in ("", "s")
}
PARTNERS = PACKAGE / "partners"
PARTNER_PIECES = ("README.md", "codes.csv", "mapping*", "partner.py", "wire.py")
FILES_WITH_ADDRESSES = {"uv.lock", "poetry.lock", "package-lock.json", "yarn.lock", "pnpm-lock.yaml"}


def check_tree(paths: Iterable[PurePosixPath], pyproject: dict[str, Any]) -> list[Refusal]:
    """Look at the paths of all files; `pyproject` is the parsed file that lists the floors."""
    files = sorted(set(paths))
    folders = {folder for path in files for folder in path.parents}
    floors = rooms_with_a_floor(pyproject)
    return [
        *(refusal for path in files for refusal in _rooms_without_floor(path, floors)),
        *(refusal for path in files for refusal in _tests_without_mirror(path, folders)),
        *(refusal for folder in sorted(folders) for refusal in _partners_in_pieces(folder, files)),
        *(refusal for path in files for refusal in _empty_names(path)),
        *(refusal for path in files for refusal in _lock_files(path)),
    ]


def rooms_with_a_floor(pyproject: dict[str, Any]) -> set[str]:
    """Give the rooms that the layers contract of import-linter names."""
    contracts = pyproject["tool"]["importlinter"]["contracts"]
    floors = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    return {room.strip(" ()") for floor in floors for room in floor.replace("|", ":").split(":")}


def _rooms_without_floor(path: PurePosixPath, floors: set[str]) -> Iterator[Refusal]:
    if not path.is_relative_to(PACKAGE):
        return
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room not in floors | {"__init__", "py.typed"}:
        yield Refusal(
            str(path), 1, f"the room {room!r} without a floor", "give it one in pyproject.toml, [tool.importlinter]"
        )


def _tests_without_mirror(path: PurePosixPath, folders: set[PurePosixPath]) -> Iterator[Refusal]:
    if not path.is_relative_to(TESTS) or not path.name.startswith("test_"):
        return
    inner = path.relative_to(TESTS).parent
    if inner.parts and inner.parts[0] not in ACROSS and PACKAGE / inner not in folders:
        yield Refusal(
            str(path), 1, f"a test of {inner}, which is no room", f"put it where its source is, below {PACKAGE}"
        )


def _partners_in_pieces(folder: PurePosixPath, files: list[PurePosixPath]) -> Iterator[Refusal]:
    if folder.parent != PARTNERS:
        return
    inside = [path for path in files if path.parent == folder]
    for piece in PARTNER_PIECES:
        if not any(path.match(piece) for path in inside):
            yield Refusal(str(folder), 1, f"a partner without {piece}", "give it the same files as its neighbours have")


def _empty_names(path: PurePosixPath) -> Iterator[Refusal]:
    for part in (*path.parts[:-1], path.name.partition(".")[0]):
        if part.lower() in EMPTY_NAMES:
            yield Refusal(str(path), 1, f"the name {part!r}", "name it for what it holds, with a noun of the trade")


def _lock_files(path: PurePosixPath) -> Iterator[Refusal]:
    if path.name in FILES_WITH_ADDRESSES:
        yield Refusal(
            str(path), 1, "a lock file that records addresses", "pin with hashes in requirements/, by make lock"
        )
