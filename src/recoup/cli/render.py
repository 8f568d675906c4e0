"""The only printer: tables and words on standard output, progress and problems on standard error.

Under `--json` one document goes to standard output and nothing else does, problems among it. Colours and bars are
for terminals; elsewhere output is plain, and as wide as 80 columns unless COLUMNS says otherwise.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from recoup.cli.phrases import clean
from recoup.errors import RecoupError

Progress = Callable[[int, int | None], None]
Style = Literal["", "bold", "dim", "red", "yellow", "green", "cyan"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: left or right, shown only on screens at least this wide."""

    head: str
    is_right: bool = False
    style: Style = ""
    from_width: int = 0
    is_whole: bool = False
    """Never folded onto a second line."""


class Screen:
    """Where one call's answer goes."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def document(self, value: Any) -> None:
        """Print the one JSON document; indented for a person who looks at it."""
        import msgspec

        from recoup.enquiry.document import document

        text = msgspec.json.encode(document(value))
        shown = msgspec.json.format(text, indent=2) if sys.stdout.isatty() else text
        sys.stdout.write(shown.decode() + "\n")

    def say(self, text: str = "", style: Style = "") -> None:
        """Print a line, folded at the screen's width."""
        self._print_trimmed(self._text(text, style))

    def heading(self, text: str) -> None:
        """Print a heading with a blank line before it."""
        self._out.print()
        self._out.print(self._text(text, "bold"))

    def indented(self, text: str, style: Style = "", by: int = 2) -> None:
        """Print a line, each fold of it indented."""
        from rich.padding import Padding

        self._print_trimmed(Padding(self._text(text, style), (0, 0, 0, by)))

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, has_heads: bool = True) -> None:
        """Print a table, without the columns that the screen is too narrow for."""
        from rich.table import Table

        shown = [index for index, column in enumerate(columns) if self._out.width >= column.from_width]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_header=has_heads)
        for index in shown:
            column = columns[index]
            table.add_column(
                column.head,
                justify="right" if column.is_right else "left",
                style=column.style or None,
                no_wrap=column.is_whole,
                overflow="fold",
            )
        for row in rows:
            table.add_row(*(self._text(row[index]) for index in shown))
        self._print_trimmed(table)

    def next(self, *commands: str) -> None:
        """Print what to run next, one command per line."""
        self._out.print()
        for number, text in enumerate(commands):
            lead = "Next:  " if number == 0 else "       "
            self._out.print(self._text(lead + text, "dim"), soft_wrap=True)

    def problem(self, problem: RecoupError) -> None:
        """Print what went wrong: as the document under `--json`, else one line on standard error."""
        if self.as_json:
            self.document(problem.to_json())
        else:
            self._err.print(self._text(str(problem), "red"), soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a line on standard error, beside the answer."""
        self._err.print(self._text(text, "dim"), soft_wrap=True)

    @contextmanager
    def progress(self, label: str) -> Iterator[Progress]:
        """Show how far long work is, on standard error and only on a terminal."""
        if not sys.stderr.isatty():
            yield _nothing
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*parts, console=self._err, transient=True) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def flush(self) -> None:
        """Hand over what was printed; a reader that went away early shows here at the latest.

        Raises:
          BrokenPipeError: It did, as `head` does.
        """
        sys.stdout.flush()

    def abandon(self) -> None:
        """Print into nothing from now on: nobody reads any more, and that is no problem."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    @property
    def width(self) -> int:
        """How many columns there are."""
        return int(self._out.width)

    def _print_trimmed(self, shape: Any) -> None:
        """Print without the blanks that rich fills lines up with."""
        with self._out.capture() as captured:
            self._out.print(shape)
        trimmed = "\n".join(line.rstrip() for line in captured.get().split("\n"))
        sys.stdout.write(trimmed)

    @cached_property
    def _out(self) -> Any:
        return _console(is_error=False)

    @cached_property
    def _err(self) -> Any:
        return _console(is_error=True)

    def _text(self, text: str, style: str = "") -> Any:
        from rich.text import Text

        return Text(clean(text), style=style)


def _console(*, is_error: bool) -> Any:
    from rich.console import Console

    class Quiet(Console):
        """Leaves it to the call what a reader that went away means; rich would end the program as failed."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Quiet(stderr=is_error, highlight=False, markup=False, emoji=False)


def _nothing(_done: int, _total: int | None) -> None:
    return
