from pathlib import PurePosixPath

import pytest

from tools.rules.python import check_python
from tools.rules.refusal import Source


def refused(text: str, path: str = "src/recoup/domain/x.py") -> list[str]:
    return [f"{found.line}: {found.what}" for found in check_python(Source(PurePosixPath(path), text))]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("datetime.now(UTC)", "datetime.now"),
        ("datetime.datetime.utcnow()", "datetime.utcnow"),
        ("date.today()", "date.today"),
        ("time.time()", "time.time"),
        ("from time import time", "time.time"),
        ("field(default_factory=datetime.now)", "datetime.now"),
        ("os.environ['HOME']", "os.environ"),
        ("from os import getenv", "os.getenv"),
    ],
)
def test_clocks_and_environment_are_refused_below_the_wiring(text: str, what: str) -> None:
    """Below the wiring an instant is a parameter; the wiring itself may look."""
    assert refused(f"\n{text}") == [f"2: {what}"]
    assert refused(text, "src/recoup/app.py") == []
    assert refused(text, "tests/domain/test_x.py") == []


def test_waiting_and_measuring_are_no_clocks() -> None:
    """A monotonic counter tells how long, never when."""
    assert refused("time.monotonic(); time.perf_counter(); time.sleep(1)") == []


@pytest.mark.parametrize(
    "text", ["float(x)", "x: float", "def f(x: float | None) -> int: ...", "def f() -> float: ..."]
)
def test_floats_are_refused_where_money_is(text: str) -> None:
    """No float comes near an amount, neither made nor declared."""
    for room in ("domain", "ledger", "partners/stripe", "formats"):
        assert refused(text, f"src/recoup/{room}/x.py") == ["1: float"]
    assert refused(text, "src/recoup/cli/x.py") == []


def test_asking_whether_a_value_is_a_float_passes() -> None:
    """To refuse a float one must be able to name it."""
    assert refused("isinstance(x, float)") == []


def test_bare_except_is_refused_everywhere() -> None:
    """An exception is named, or it swallows what nobody thought of."""
    text = "try:\n    x()\nexcept:\n    y()"
    assert refused(text) == refused(text, "tests/test_x.py") == ["3: a bare except"]
    assert refused(text.replace("except:", "except KeyError:")) == []


def test_print_is_refused_outside_the_renderer() -> None:
    """One place speaks to the terminal, so that --json stays JSON."""
    assert refused("print(1)") == ["1: print"]
    assert refused("print(1)", "src/recoup/cli/books.py") == ["1: print"]
    assert refused("print(1)", "src/recoup/cli/render.py") == []
    assert refused("console.print(1)", "src/recoup/cli/books.py") == []


def test_bodies_longer_than_seventy_lines_are_refused() -> None:
    """Docstrings do not count; statements do."""
    docstring = '    """' + "\n" * 100 + '    """\n'
    longest = "def f():\n" + docstring + "    x = 1\n" * 70
    assert refused(longest) == []
    assert refused(longest + "    x = 1\n") == ["1: a body of 71 lines (f)"]
    assert refused(longest + "    x = 1\n", "src/recoup/storage/migrations/versions/x.py") == []


@pytest.mark.parametrize("text", ["from typing import {}", "import typing\nif typing.{}: ...", "if {}: ..."])
def test_imports_for_the_type_checker_alone_are_refused(text: str) -> None:
    """What two floors need stands on the lower one; hiding the import hides the circle."""
    assert len(refused(text.format("TYPE_" + "CHECKING"))) == 1


def test_python_that_cannot_be_parsed_is_refused_as_a_whole() -> None:
    """A file with a syntax error gets one line that says where."""
    assert refused("x = 1\ny = (") == ["2: Python that cannot be parsed"]
