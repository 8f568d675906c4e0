"""What a person's query is, before anything runs: one SELECT, over which tables, reading which columns."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

import msgspec
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from recoup.errors import SqlRefused
from recoup.marts.catalogue import Catalogue, Table

DIALECT = "duckdb"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""The parser underlines what it could not read; a message goes into files and JSON too."""
QUERY_CHARACTERS_MAX = 50_000
HARMLESS_TABLES = (exp.Unnest, exp.Values, exp.GenerateSeries)
"""Relations that read nothing but their arguments."""
TELLING = frozenset(
    {"current_setting", "getenv", "getvariable", "write_log", "current_database", "current_catalog", "current_query"}
    | {"nextval", "currval", "txid_current", "in_search_path", "current_schemas", "query", "query_table"}
)
TELLING_BEGIN = ("pg_", "duckdb_", "pragma_", "read_", "has_", "__internal", "icu_sort_key")
"""Functions that tell of the process, its settings or its files, or keep something: no answer needs them."""
REMEDY = "List tables and columns: recoup sql --list."


class Parsed(msgspec.Struct, frozen=True):
    """A query that may run."""

    text: str
    tables: tuple[Table, ...]
    columns: frozenset[str]
    """Every name that stands anywhere in it, columns among them."""
    said: frozenset[str]
    """Every name that stands for a column."""
    is_all: bool
    """Every column is read, or may be."""

    def read(self, table: Table) -> tuple[str, ...]:
        """Give the columns of a table that are read; at least one, as a query may count rows and name none."""
        names = tuple(column.name for column in table.columns)
        return names if self.is_all else tuple(n for n in names if n in self.columns) or names[:1]


def read_query(text: str, catalogue: Catalogue) -> Parsed:
    """Give a query that is one SELECT over our tables.

    Raises:
      SqlRefused: It is none, cannot be parsed, or names a table, file or function that may not be asked.
    """
    tree = _parse(text)
    if not isinstance(tree, exp.Query) or tree.find(exp.Into, exp.DDL, exp.DML, exp.Command) is not None:
        raise SqlRefused("query", tree.key.upper(), "one SELECT", "Data is changed by ingest, and repairs by plans.")
    _check_functions(tree)
    found = {t.name: t for node in tree.find_all(exp.Table) if (t := _table(node, catalogue)) is not None}
    return Parsed(
        text=text,
        tables=tuple(found[name] for name in catalogue.names() if name in found),
        columns=frozenset(part.name.lower() for part in tree.find_all(exp.Identifier)),
        said=frozenset(column.name.lower() for column in tree.find_all(exp.Column)),
        is_all=_reads_rows(tree),
    )


def _parse(text: str) -> exp.Expr:
    if len(text) > QUERY_CHARACTERS_MAX:
        raise SqlRefused("query", f"{len(text)} characters", f"at most {QUERY_CHARACTERS_MAX}", "Ask for less at once.")
    if "\0" in text:  # what reads on after it and what stops there would not see one query
        raise SqlRefused("query", "U+0000", "text without it", REMEDY)
    try:
        trees = [tree for tree in sqlglot.parse(text, read=DIALECT) if tree is not None]
    except (SqlglotError, RecursionError) as problem:
        raise SqlRefused("query", _first_line(problem), "one SELECT in DuckDB's SQL", REMEDY) from problem
    if len(trees) != 1:
        raise SqlRefused("query", f"{len(trees)} statements", "one SELECT", REMEDY)
    return trees[0]


def _check_functions(tree: exp.Expr) -> None:
    for call in tree.find_all(exp.Func):
        name = (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower()
        if name in TELLING or name.startswith(TELLING_BEGIN):
            raise SqlRefused("query", f"the function {name[:60]}", "functions that look at values alone", REMEDY)
    for parameter in tree.find_all(exp.Parameter, exp.Placeholder, exp.SessionParameter):
        raise SqlRefused("query", f"the parameter {parameter.sql(DIALECT)[:60]}", "values", REMEDY)


def _table(node: exp.Table, catalogue: Catalogue) -> Table | None:
    """Give the table of ours that is named; None for one that the query makes itself."""
    inner = node.this
    if isinstance(inner, HARMLESS_TABLES):
        return None
    if not isinstance(inner, exp.Identifier):
        raise SqlRefused("query", f"the table function {inner.sql(DIALECT)[:60]}", "a table", REMEDY)
    if node.args.get("db") is not None or node.args.get("catalog") is not None:
        found = f"the table {node.sql(DIALECT)[:60]!r}"
        raise SqlRefused("query", found, "a table without a schema before it", REMEDY)
    table = catalogue.named(inner.name)
    if table is None and inner.name.lower() not in set(_seen(node)):
        raise SqlRefused("query", f"the table {inner.name[:60]!r}", _such_as(inner.name, catalogue), REMEDY)
    return table  # a query may call its own step like a table of ours, and still read ours in it


def _such_as(name: str, catalogue: Catalogue) -> str:
    near = get_close_matches(name.lower(), catalogue.names(), n=3)
    return f"a data source, such as {', '.join(near)}" if near else "a data source"


def _seen(node: exp.Expr) -> Iterator[str]:
    """Give the names of steps that a place in a query sees: those of queries around it, made before it."""
    below, around = node, node.parent
    while around is not None:
        if isinstance(around, exp.With):
            yield from _made_before(around, below)
        elif isinstance(with_ := around.args.get("with_"), exp.With) and with_ is not below:
            yield from (cte.alias.lower() for cte in with_.expressions)
        below, around = around, around.parent


def _made_before(with_: exp.With, inside: exp.Expr) -> Iterator[str]:
    for cte in with_.expressions:
        if cte is inside:
            if with_.args.get("recursive"):
                yield cte.alias.lower()
            return
        yield cte.alias.lower()


def _reads_rows(tree: exp.Expr) -> bool:
    """Whether whole rows are read: by a star other than count(*)'s, by patterns of columns, or as one value."""
    if any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)):
        return True
    if tree.find(exp.Columns, exp.Pivot) is not None or any(
        join.args.get("method") for join in tree.find_all(exp.Join)
    ):
        return True
    tables = {table.alias_or_name.lower() for table in tree.find_all(exp.Table)}
    return any(column.name.lower() in tables for column in tree.find_all(exp.Column) if not column.table)


def _first_line(problem: BaseException) -> str:
    text = " ".join(_COLOUR.sub("", str(problem)).split())
    return text[:160] or "nesting too deep"
