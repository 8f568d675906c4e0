import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import typer
from typer.core import TyperCommand, TyperGroup

from recoup import __version__
from recoup.cli.main import ORDER, app
from tests.fakes.command_line import run, start

HEAVY = ("sqlalchemy", "alembic", "duckdb", "pyarrow", "sqlglot", "cryptography", "starlette", "uvicorn", "rich")
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
HELP_SECONDS_MAX = 0.4
SLACK = 3
"""Other tests may be running on the same cores."""


def test_help_imports_nothing_heavy() -> None:
    """What a command needs is imported when it runs, so that help answers at once."""
    result = start("--help")
    assert result.returncode == 0
    script = "import sys, recoup.cli.main; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in HEAVY if name in loaded] == []
    assert "recoup.app" not in loaded


def test_help_answers_at_once() -> None:
    """The best of a few runs, so that a busy machine does not fail it."""
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        start("--help")
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < HELP_SECONDS_MAX * SLACK, statistics.median(seconds)


def test_help_lists_the_commands_in_the_order_a_newcomer_meets_them() -> None:
    """And no command that is not built."""
    shown = re.findall(r"^  ([a-z-]+)  ", start("--help").stdout.partition("Commands:")[2], re.MULTILINE)
    assert tuple(shown) == ORDER


def test_version_is_said() -> None:
    """With the program's name."""
    assert run(None, "--version").stdout == f"recoup {__version__}\n"


def test_every_command_and_option_stands_in_the_reference() -> None:
    """A page that has drifted is written anew by `make docs`."""
    page = REFERENCE.read_text()
    sections = dict(re.findall(r"^## (recoup[a-z -]*)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    for name, command in commands(typer.main.get_command(app), "recoup"):
        missing = [
            option
            for p in command.params
            for option in p.opts
            if p.name != "help" and option.lower() not in sections[name].lower()
        ]
        assert missing == [], name


def test_every_command_but_serve_takes_json() -> None:
    """Every command that prints a result gives it to programs too."""
    leaves = {name: c for name, c in commands(typer.main.get_command(app), "recoup") if not isinstance(c, TyperGroup)}
    without = [name for name, command in leaves.items() if "--json" not in [o for p in command.params for o in p.opts]]
    assert without == ["recoup serve"]


def test_home_is_the_environments_where_no_option_says_otherwise(tmp_path: Path) -> None:
    """RECOUP_HOME, before the directory named recoup-home."""
    named = start("init", "--json", environment={"RECOUP_HOME": str(tmp_path / "one")})
    assert json.loads(named.stdout)["home"] == str(tmp_path / "one")
    by_default = start("init", "--json", cwd=tmp_path)
    assert json.loads(by_default.stdout)["home"] == str(tmp_path / "recoup-home")


def test_a_reader_that_goes_away_is_no_problem(small: Path) -> None:
    """As `head` does."""
    script = f"{sys.executable} -m recoup.cli.main --home {small} sql --list | head -1; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def commands(command: object, name: str) -> list[tuple[str, TyperCommand | TyperGroup]]:
    """Every command with its full name."""
    assert isinstance(command, TyperCommand | TyperGroup)
    inner = command.commands.items() if isinstance(command, TyperGroup) else ()
    return [(name, command), *(pair for word, child in inner for pair in commands(child, f"{name} {word}"))]
