import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from recoup.cli.call import AsOf, Call, Home, Json, command, remember
from recoup.errors import HomeMissing, UsageProblem

said: list[Call] = []
program = typer.Typer()
group = typer.Typer()
program.add_typer(group, name="books")


@program.callback()
def _options(ctx: typer.Context, home: Home = None, as_json: Json = False, as_of: AsOf = None) -> None:
    remember(ctx, home=home, as_json=as_json, as_of=as_of)


@command(program)
def look(call: Call, partner: str = "") -> None:
    """Look."""
    said.append(call)
    call.screen.document({"partner": partner}) if call.as_json else call.screen.say(f"partner {partner}")


@command(group, "trial")
def _trial(call: Call) -> None:
    said.append(call)


@command(program)
def fail(call: Call, is_usage: bool = False) -> None:
    """Fail."""
    raise (UsageProblem if is_usage else HomeMissing)("here", "nothing", "something", "Run: recoup init.")


def run(*words: str) -> Result:
    return CliRunner().invoke(program, list(words))


@pytest.mark.parametrize(
    "words",
    [
        ("--home", "x", "--json", "--as-of", "2026-01-31T23:30:00Z", "look"),
        ("look", "--home", "x", "--json", "--as-of", "2026-01-31T23:30:00Z"),
        ("--json", "look", "--as-of", "2026-01-31T23:30:00Z", "--home", "x"),
        ("--home", "x", "books", "trial", "--json", "--as-of", "2026-01-31T23:30:00Z"),
        ("--home", "y", "books", "trial", "--json", "--as-of", "2026-01-31T23:30:00Z", "--home", "x"),
    ],
)
def test_global_options_stand_before_or_after_the_command(words: tuple[str, ...]) -> None:
    """It is one call, wherever they stood; what is nearer to the command counts."""
    assert run(*words).exit_code == 0
    call = said.pop()
    assert (call.home, call.as_json, call.as_of) == (Path("x"), True, 1_769_902_200_000_000)


def test_own_options_go_on_as_the_commands_own() -> None:
    """The command gets what it asked for."""
    result = run("look", "--partner", "stripe", "--json")
    assert json.loads(result.stdout) == {"partner": "stripe"}


def test_a_problem_is_one_line_on_standard_error_and_exit_1() -> None:
    """Standard output stays for answers."""
    result = run("fail")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "here: nothing; wanted something. Run: recoup init. [home.missing]\n"


def test_a_problem_under_json_is_the_document() -> None:
    """A program finds it where it looks for the answer."""
    result = run("fail", "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    assert json.loads(result.stdout)["error"]["code"] == "home.missing"


@pytest.mark.parametrize(
    "words", [("fail", "--is-usage"), ("look", "--as-of", "yesterday"), ("look", "--nothing"), ("no",)]
)
def test_wrong_usage_exits_2(words: tuple[str, ...]) -> None:
    """What was said does not make a call; nothing is on standard output."""
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr
