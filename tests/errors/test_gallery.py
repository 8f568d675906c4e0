"""Every message that Recoup fails with, as a person sees it.

A folder is named for its code and holds `case.toml`, what it needs, and `message.txt`. A case is a command, or a
function `fail` in a file of Python for codes that no command shows. After a message was changed on purpose:
`RECOUP_WRITE_GALLERY=1 python -m pytest tests/errors`.
"""

import importlib.util
import os
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from recoup.errors import RecoupError, errors_by_code
from tests.fakes.command_line import empty_home, run, small

GALLERY = Path(__file__).parent
CASES = sorted(path.parent.name for path in GALLERY.glob("*/case.toml"))
SOURCES = [path for path in (GALLERY.parents[1] / "src").rglob("*.py") if path.name != "errors.py"]
HOMES: dict[str, Callable[[Path], Path]] = {"empty": empty_home, "small": small, "none": lambda place: place}


@pytest.mark.parametrize("code", CASES)
def test_each_message_is_as_the_gallery_shows_it(code: str, tmp_path: Path) -> None:
    """Where, what was found, what was wanted, what to do next, and the code."""
    folder = shutil.copytree(GALLERY / code, tmp_path / "case")
    case = tomllib.loads((folder / "case.toml").read_text())
    message = _shown(case, folder, tmp_path)
    assert message.rstrip().endswith(f"[{code}]"), message
    if os.environ.get("RECOUP_WRITE_GALLERY"):
        (GALLERY / code / "message.txt").write_text(message)
    assert message == (GALLERY / code / "message.txt").read_text()


def test_every_code_that_is_raised_anywhere_has_a_case() -> None:
    """A message that nobody has looked at is a message that nobody understands."""
    text = "\n".join(path.read_text() for path in SOURCES)
    raised = {code for code, error in errors_by_code().items() if f"{error.__name__}(" in text}
    assert raised - set(CASES) == set()


def _shown(case: dict[str, Any], folder: Path, tmp_path: Path) -> str:
    module = _module(folder)
    if "command" not in case:
        assert module is not None
        with pytest.raises(RecoupError) as failed:
            _call(module, "fail")
        return f"{failed.value}\n"
    home = HOMES[case["home"]](tmp_path / "home")
    if module is not None:
        _call(module, "prepare", home)
    words = [word.replace("<case>", str(folder)) for word in case["command"]]
    result = run(home, *words)
    assert (result.exit_code, result.stdout) == (case.get("exit", 1), ""), result.output
    return result.stderr.replace(str(home), "<home>").replace(str(folder), "<case>")


def _call(module: ModuleType, name: str, *arguments: Path) -> None:
    function: Callable[..., None] = getattr(module, name)
    function(*arguments)


def _module(folder: Path) -> ModuleType | None:
    path = next(folder.glob("*.py"), None)
    if path is None:
        return None
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
