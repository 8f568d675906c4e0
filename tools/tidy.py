"""Refuse what the rules of the house refuse, each time with what to write instead: `python -m tools.tidy`."""

import subprocess
import sys
import tomllib
from pathlib import Path, PurePosixPath

from tools.rules.prose import check_markdown, check_places
from tools.rules.python import check_python
from tools.rules.refusal import Refusal, Source
from tools.rules.sql import check_sql
from tools.rules.tree import check_tree

ROOT = Path(__file__).resolve().parent.parent
BY_ENDING = {".py": check_python, ".sql": check_sql, ".md": check_markdown}
# Files as others wrote them, and inputs that broke us: kept as they are.
KEPT_AS_FOUND = ("tests/corpus", "tests/crashers", "tests/golden", "LICENSE")


def main() -> int:
    """Print every refusal; give 1 if there is one."""
    refusals = check_repository(ROOT)
    for refusal in refusals:
        print(refusal)
    return 1 if refusals else 0


def check_repository(root: Path) -> list[Refusal]:
    """Look at every file that git keeps or would keep, below the root."""
    paths = _paths(root)
    pyproject = tomllib.loads((root / "pyproject.toml").read_text())
    found = check_tree(paths, pyproject)
    for path in paths:
        found += check_source(_read(root, path))
    return sorted(found)


def check_source(source: Source) -> list[Refusal]:
    """Look at one file with the rules for all files and those for its kind."""
    found = check_places(source)
    if source.path.suffix in BY_ENDING and not source.within(*KEPT_AS_FOUND):
        found += BY_ENDING[source.path.suffix](source)
    return found


def _paths(root: Path) -> list[PurePosixPath]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [PurePosixPath(name) for name in listed.split("\0") if name and (root / name).is_file()]


def _read(root: Path, path: PurePosixPath) -> Source:
    """Read as text; bytes that are none are kept apart, so that binary samples pass through the rules for words."""
    return Source(path, (root / path).read_text(encoding="utf-8", errors="replace"))


if __name__ == "__main__":
    sys.exit(main())
