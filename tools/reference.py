"""Write the reference pages from the tables and the running program: `python -m tools.reference`."""

import csv
import io
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from recoup import settings
from recoup.errors import errors_by_code
from recoup.storage.schema import metadata

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
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
    ]
    return _page(
        "Settings",
        "Two variables of the environment say where an installation is; all else is in its home.",
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


def _first_line(docstring: str | None) -> str:
    return _sentence(" ".join((docstring or "").strip().partition("\n\n")[0].split())).replace("|", "\\|")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


PAGES: dict[str, Callable[[], str]] = {
    "errors.md": errors_page,
    "settings.md": settings_page,
    "tables.md": tables_page,
}

if __name__ == "__main__":
    sys.exit(main())
