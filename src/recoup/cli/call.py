"""One call of one command: its global options, wherever they stood, and how it ends.

A command is a function of a `Call` and its own options. `command` adds the global options to it, so that
`recoup --home X disputes --json` and `recoup disputes --json --home X` are the same call, and turns a problem into
its message and exit code: 1 for a problem that the message explains, 2 for wrong usage.
"""

import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.render import Screen
from recoup.domain.instants import parse_instant
from recoup.errors import InstantRefused, RecoupError, UsageProblem
from recoup.settings import Settings, read_settings

Home = Annotated[
    Path | None,
    typer.Option("--home", help="Directory that holds everything; else RECOUP_HOME, else ./recoup-home", metavar="DIR"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Take this instant as the present", metavar="INSTANT")]
KnownAt = Annotated[
    str | None, typer.Option("--known-at", help="Answer as we knew it at this instant", metavar="INSTANT")
]

OnlyPartner = Annotated[str | None, typer.Option(help="Only of this partner", metavar="NAME")]
"""Narrows a list; a name that nobody has narrows it to nothing, so it is told."""

_GLOBAL: dict[str, Any] = {"home": Home, "as_json": Json, "as_of": AsOf}
_ABSENT: dict[str, Any] = {"home": None, "as_json": False, "as_of": None}


@dataclass(frozen=True, slots=True)
class Call:
    """What was said before or after the command's name, and where answers go."""

    home: Path | None
    as_json: bool
    as_of: int | None
    screen: Screen
    only_partner: str | None = None

    @property
    def settings(self) -> Settings:
        """The settings of this call; the wiring is not loaded for them, since not every command needs it."""
        return read_settings(os.environ, self.home)

    @contextmanager
    def app(self) -> Iterator[Any]:
        """Open the home: gives `recoup.app.App`.

        Raises:
          HomeMissing: There is none.
        """
        from recoup.app import open_app

        with open_app(self.settings, as_of=self.as_of) as opened:
            for partner in opened.partners.values():
                if partner.unreadable is not None:
                    self.screen.note(f"The partner {partner.name} cannot be read: {partner.unreadable}")
            if self.only_partner is not None and self.only_partner not in opened.partners:
                self.screen.note(f"No partner is called {self.only_partner}. See: recoup partner list")
            yield opened


def command(
    group: typer.Typer, name: str | None = None, options: tuple[str, ...] = ("home", "as_json", "as_of")
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command of a group, with global options after its own.

    Args:
      group: The program, or a group of commands in it.
      name: The command's name; the function's by default.
      options: Which global options it takes.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        group.command(name)(_with_global_options(function, options))
        return function

    return register


def default(
    group: typer.Typer, options: tuple[str, ...] = ("home", "as_json", "as_of")
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function what a group of commands does when none of them is named."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        group.callback(invoke_without_command=True)(_with_global_options(function, options))
        return function

    return register


def remember(context: typer.Context, **given: Any) -> None:
    """Keep the global options that stood before the command's name."""
    context.obj = given


def instant(text: str | None, where: str) -> int | None:
    """Read an option that is an instant.

    Raises:
      UsageProblem: It is none.
    """
    try:
        return None if text is None else parse_instant(text)
    except InstantRefused as problem:
        raise UsageProblem(where, problem.found, problem.wanted) from problem


def _with_global_options(function: Callable[..., None], options: tuple[str, ...]) -> Callable[..., None]:
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    narrows = any(p.name == "partner" and p.annotation == OnlyPartner for p in own)

    @wraps(function)
    def called(ctx: typer.Context, **given: Any) -> None:
        said = {name: given.pop(name) for name in options}
        before = ctx.find_root().obj or {}
        # What stands nearer to the command counts.
        chosen = {name: said.get(name) or before.get(name) or absent for name, absent in _ABSENT.items()}
        if ctx.invoked_subcommand is not None:  # the default of a group, whose options stood before the command
            ctx.find_root().obj = chosen
            return
        screen = Screen(as_json=chosen["as_json"])
        with _ended(screen):
            as_of = instant(chosen["as_of"], "--as-of")
            only = given["partner"] if narrows else None
            function(Call(chosen["home"], chosen["as_json"], as_of, screen, only), **given)

    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_ABSENT[name], annotation=_GLOBAL[name])
        for name in options
    ]
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    shown = [context, *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own), *added]
    called.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    called.__annotations__ = {p.name: p.annotation for p in shown}
    del called.__wrapped__  # typer would look through to the function and miss the options
    return called


@contextmanager
def _ended(screen: Screen) -> Iterator[None]:
    try:
        yield
        screen.flush()
    except BrokenPipeError as problem:
        screen.abandon()
        raise typer.Exit(0) from problem
    except RecoupError as problem:
        screen.problem(problem)
        raise typer.Exit(2 if isinstance(problem, UsageProblem) else 1) from problem
