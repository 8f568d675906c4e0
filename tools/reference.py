"""Write the reference pages from the tables and the running program: `python -m tools.reference`."""

import csv
import io
import sys
from collections.abc import Callable, Iterator
from importlib import import_module, resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from recoup import settings
from recoup.controls.classes import BY_NAME
from recoup.controls.runbooks import runbooks
from recoup.errors import errors_by_code
from recoup.partners.contract import FileFeed, RecordFeed, TableFeed
from recoup.partners.registry import built_in
from recoup.storage.schema import metadata
from tools import data_sources

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
CLI = "recoup.cli.main"
FOLDERS = "../../src/recoup/partners"
WRITTEN = "<!-- Written by make docs; do not edit. -->\n"
RULES = resources.files("recoup.domain") / "tables"


def main() -> int:
    """Write every page; say which one changed."""
    for name, page in PAGES.items():
        path = REFERENCE / name
        text = page()
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"docs: wrote {path.relative_to(ROOT)}")
    return 0


def errors_page() -> str:
    """Give the page of error codes, one row per class of the tree that has a code."""
    rows = [f"| `{code}` | {_first_line(error.__doc__)} |" for code, error in errors_by_code().items()]
    return _page(
        "Error codes",
        "A problem is one line: `<where>: <found>; wanted <wanted>. <remedy> [<code>]`.",
        'Under `--json` it is `{"error": {"code", "where", "found", "wanted", "remedy"}}` on standard output.',
        "",
        *_table("code", "what it says", rows=rows),
    )


def settings_page() -> str:
    """Give the page of what the environment may say."""
    rows = [
        f"| `{settings.HOME_VARIABLE}` | directory of everything Recoup keeps | `./{settings.HOME_DEFAULT}` |",
        f"| `{settings.REGISTER_VARIABLE}` | address of the register: {' or '.join(settings.DRIVERS)} |"
        " SQLite, `register.db` in the home |",
        f"| `{settings.MEMORY_VARIABLE}` | memory of DuckDB before it spills | {settings.MEMORY_DEFAULT} |",
        f"| `{settings.THREADS_VARIABLE}` | threads of DuckDB | one for each core |",
        f"| `{settings.SPARK_VARIABLE}` | address of a Spark Connect server, as `sc://host:15002` | none |",
        f"| `{settings.SCRATCH_VARIABLE}` | where Spark keeps what steps make, as `s3a://bucket/prefix` |"
        " `tmp` in the home, which the server must see |",
        f"| `{settings.NOTICE_URL_VARIABLE}` | where pages are posted | none |",
        f"| `{settings.NOTICE_SECRET_VARIABLE}` | what they are signed with,"
        f" {settings.SECRET_LENGTH_MIN} characters or more | none |",
        f"| `{settings.NOTICE_FILE_VARIABLE}` | a file to which pages are appended | none |",
        f"| `{settings.PING_VARIABLE}` | what is asked every minute while all is well | none |",
        f"| `{settings.PAGES_VARIABLE}` | incidents of one partner that may wake somebody within a day"
        f" | {settings.PAGES_DEFAULT} |",
        f"| `{settings.REPORTS_VARIABLE}` | whether the worker makes the reports that are due: on or off | on |",
    ]
    return _page(
        "Settings",
        "Variables of the environment say where all is, what computes and who is told; the rest is in the home.",
        "The option `--home` goes before the variable.",
        "",
        *_table("variable", "what it says", "by default", rows=rows),
    )


def tables_page() -> str:
    """Give the page of the register's tables and of the tables of rules."""
    lines = ["## Register", ""]
    for table in sorted(metadata.tables.values(), key=lambda table: table.name):
        key = ", ".join(f"`{column.name}`" for column in table.primary_key)
        lines += [f"### {table.name}", "", _sentence(table.comment or ""), f"Key: {key}.", ""]
        rows = [
            f"| `{column.name}` | {type(column.type).__name__.lower()} | {'yes' if column.nullable else 'no'} |"
            for column in table.columns
        ]
        lines += [*_table("column", "type", "may be absent", rows=rows), ""]
    lines += ["## Rules", "", "Each ships as a file; every row has its source and a grade of certainty.", ""]
    return _page("Tables", *lines, *_table("table", "rows", "columns", rows=_rule_tables()))


def commands_page() -> str:
    """Give the page of commands, as the program itself describes them."""
    app: typer.Typer = import_module(CLI).app
    return _page(
        "Commands",
        "Every command that prints a result takes `--json`: one JSON document on standard output, nothing else there.",
        "Progress and logs go to standard error.",
        "Exit 0: done, whatever the data looks like; 1: a problem that the message explains; 2: wrong usage.",
        "",
        *describe_command(typer.main.get_command(app), "recoup"),
    )


def data_sources_page() -> str:
    """Give the page of what `recoup sql` can ask."""
    return _page("Data sources", *data_sources.lines())


def partners_page() -> str:
    """Give the page of partners: what each sends, what it is good for, and how a loss is noticed."""
    lines = []
    for partner in built_in():
        can = partner.capabilities
        swept = "listed and fetched" if can.can_list_disputes else "fetched" if can.can_fetch_dispute else "not fetched"
        rows = [
            f"| `{feed.name}` | {MEDIA[type(feed)](feed)} | {', '.join(feed.roles)} | {feed.closed_by} |"
            for feed in partner.feeds.values()
        ]
        lines += [f"## {partner.title}", "", f"`--partner {partner.name}`; disputes are {swept}."]
        lines += [f"A lost message is noticed by: {_sentence(can.gaps_closed_by)}"]
        lines += [f"[What is read how, and what was never seen]({FOLDERS}/{partner.name}/README.md).", ""]
        lines += [*_table("feed", "what comes", "good for", "whole by", rows=rows), ""]
    return _page(
        "Partners",
        "What each partner sends, by the names of its feeds.",
        "A feed announces, settles, pays, banks, confirms or informs; one feed of an account books a role.",
        "`whole by` says what proves that a file came whole: totals it states, its structure, or nothing.",
        "More partners come by [a folder or a package](../guides/add-a-partner.md).",
        "",
        *lines,
    )


def describe_command(command: object, name: str) -> Iterator[str]:
    """Give a section for the command, then one for each of its own commands in their order."""
    assert isinstance(command, TyperCommand | TyperGroup), f"{name} is no command of typer"
    yield from (f"## {name}", "", _first_line(command.help), "")
    rows = [_parameter_row(parameter) for parameter in command.params if not getattr(parameter, "hidden", False)]
    if rows:
        yield from (*_table("option or argument", "what it says", "by default", rows=rows), "")
    if isinstance(command, TyperGroup):
        for inner, child in command.commands.items():
            if not child.hidden:
                yield from describe_command(child, f"{name} {inner}")


def _parameter_row(parameter: Any) -> str:
    is_option = isinstance(parameter, TyperOption)
    names = ", ".join([*parameter.opts, *parameter.secondary_opts]) if is_option else parameter.name.upper()
    shown = parameter.default if isinstance(parameter.default, str | int) and parameter.default is not False else ""
    return f"| `{names}` | {_first_line(parameter.help)} | {f'`{shown}`' if shown != '' else ''} |"


def _rule_tables() -> list[str]:
    rows = []
    for entry in sorted(RULES.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".csv"):
            header, *body = csv.reader(io.StringIO(entry.read_text(encoding="utf-8")))
            columns = " ".join(f"`{column}`" for column in header)
            rows.append(f"| `{entry.name.removesuffix('.csv')}` | {len(body)} | {columns} |")
    return rows


def _page(title: str, *lines: str) -> str:
    return "\n".join([f"# {title}", "", WRITTEN, *lines]).rstrip() + "\n"


def _table(*heads: str, rows: list[str]) -> list[str]:
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *rows]


def _first_line(text: str | None) -> str:
    """Give the first paragraph as one line, as a cell of a table takes it; empty where nothing is said."""
    line = " ".join((text or "").strip().partition("\n\n")[0].split())
    return _sentence(line).replace("|", "\\|") if line else ""


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


MEDIA: dict[type, Callable[[Any], str]] = {
    RecordFeed: lambda feed: {"webhook": "messages", "page": "pages of an API", "file": "a file"}[feed.medium],
    FileFeed: lambda _feed: "a file of its own format",
    TableFeed: lambda _feed: "a delimited file",
}


def runbooks_page() -> str:
    """Give the page of runbooks: what to look at and what to do for each class of cause."""
    lines = [
        "The likeliest class of a break chooses its runbook; `recoup breaks ID` and `recoup incidents ID` show it.",
        "",
    ]
    for name, known in BY_NAME.items():
        book = runbooks()[name]
        lines += [f"## {name}", "", _sentence(known.cause), ""]
        for title, steps in (("Look", book.look), ("Do", book.do)):
            lines += [f"{title}:", "", *(f"- {step}" for step in steps), ""]
        lines += [f"First command: `{known.look}`.", ""]
        if book.tell is not None:
            lines += ["A ticket tells the partner:", "", f"- {book.tell}", "", "It asks:", ""]
            lines += [*(f"- {asked}" for asked in book.ask), ""]
            lines += ["It claims the money in question.", ""] if book.is_claim else []
    return _page("Runbooks", *lines)


PAGES: dict[str, Callable[[], str]] = {
    "data-sources.md": data_sources_page,
    "errors.md": errors_page,
    "partners.md": partners_page,
    "runbooks.md": runbooks_page,
    "settings.md": settings_page,
    "tables.md": tables_page,
}
if find_spec("recoup.cli"):
    PAGES["commands.md"] = commands_page

if __name__ == "__main__":
    sys.exit(main())
