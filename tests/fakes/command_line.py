"""The program as a person calls it: words in, exit code and both outputs out, in this process or in one of its own."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from recoup.app import create_home
from recoup.cli.main import app
from recoup.settings import Settings
from recoup.storage.register import open_register
from tests.fakes import small_home

AS_OF = "2026-03-20T12:00:00Z"


def run(home: Path | None, *words: str) -> Result:
    """Call the program in this process."""
    before = [] if home is None else ["--home", str(home)]
    return CliRunner().invoke(app, [*before, *words], env={"COLUMNS": "80", "RECOUP_REGISTER_URL": None})


def answer(home: Path, *words: str) -> Any:
    """Call the program with `--json`; gives the one document of a call that went well."""
    result = run(home, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def start(
    *words: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Call the program in a process of its own, with an environment of its own."""
    return subprocess.run(
        [sys.executable, "-m", "recoup.cli.main", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **(environment or {})},
        timeout=60,
        check=False,
    )


def empty_home(place: Path) -> Path:
    """Make a home with nothing in it."""
    return create_home(settings_of(place))


def small(place: Path) -> Path:
    """Make a home with the rows of `small_home.py`."""
    home = empty_home(place)
    register = open_register(settings_of(home).register_url)
    small_home.fill(register, small_home.ROWS, small_home.NOW)
    register.close()
    return home


def settings_of(place: Path) -> Settings:
    """The settings of a home with a register of its own."""
    return Settings(place, f"sqlite:///{place / 'register.db'}")
