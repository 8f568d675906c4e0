"""What a person's query is, before anything runs: one SELECT, over which data sources, reading which columns."""

import msgspec
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from recoup.errors import SqlRefused
from recoup.marts.sources import Source, source_named, sources

DIALECT = "duckdb"
QUERY_CHARACTERS_MAX = 50_000
HARMLESS_TABLES = (exp.Unnest, exp.Values, exp.GenerateSeries)
"""Relations that read nothing but their arguments."""
REMEDY = "List tables and columns: recoup sql --list."


class Parsed(msgspec.Struct, frozen=True):
    """A query that may run."""

    text: str
    sources: tuple[Source, ...]
    columns: frozenset[str]
    """Every name that stands anywhere in it, columns among them."""
    is_all: bool
    """Every column is read, or may be."""


def read_query(text: str) -> Parsed:
    """Give a query that is one SELECT over our sources.

    Raises:
      SqlRefused: It is none, cannot be parsed, or names a table, file or function of tables that is no source.
    """
    tree = _parse(text)
    if not isinstance(tree, exp.Query) or tree.find(exp.Into, exp.DDL, exp.DML, exp.Command) is not None:
        raise SqlRefused("query", tree.key.upper(), "one SELECT", "Data is changed by ingest, and repairs by plans.")
    known = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    found = [source for table in tree.find_all(exp.Table) if (source := _source(table, known)) is not None]
    identifiers = frozenset(part.name.lower() for part in tree.find_all(exp.Identifier))
    distinct = {source.name: source for source in found}
    return Parsed(
        text=text,
        sources=tuple(distinct[name] for name in sources() if name in distinct),
        columns=identifiers,
        is_all=_reads_rows(tree),
    )


def _parse(text: str) -> exp.Expr:
    if len(text) > QUERY_CHARACTERS_MAX:
        raise SqlRefused("query", f"{len(text)} characters", f"at most {QUERY_CHARACTERS_MAX}", "Ask for less at once.")
    try:
        trees = [tree for tree in sqlglot.parse(text, read=DIALECT) if tree is not None]
    except (SqlglotError, RecursionError) as problem:
        raise SqlRefused("query", _first_line(problem), "one SELECT in DuckDB's SQL", REMEDY) from problem
    if len(trees) != 1:
        raise SqlRefused("query", f"{len(trees)} statements", "one SELECT", REMEDY)
    return trees[0]


def _source(table: exp.Table, known: set[str]) -> Source | None:
    """Give the source that a table names; None for one that the query makes itself."""
    inner = table.this
    if isinstance(inner, HARMLESS_TABLES):
        return None
    if not isinstance(inner, exp.Identifier):
        raise SqlRefused("query", f"the table function {inner.sql(DIALECT)[:60]}", "a table", REMEDY)
    if table.args.get("db") is not None or table.args.get("catalog") is not None:
        found = f"the table {table.sql(DIALECT)[:60]!r}"
        raise SqlRefused("query", found, "a table without a schema before it", REMEDY)
    name = inner.name.lower()
    if name in known:
        return source_named(name)  # a query may call its own step like a source, and still read the source in it
    source = source_named(name)
    if source is None:
        raise SqlRefused("query", f"the table {inner.name[:60]!r}", f"one of {', '.join(sources())}", REMEDY)
    return source


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
    text = " ".join(str(problem).split())
    return text[:160] or "nesting too deep"
