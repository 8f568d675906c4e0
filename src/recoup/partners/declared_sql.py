"""SQL of declared partners: one SELECT over the file and nothing else, looked at before it is ever run.

A declared partner is configuration that somebody wrote elsewhere. Its SQL may name `source` (and `mapped`, in
controls) and what it defines itself; it reaches no file, no table of ours and no variable of the engine.
"""

from collections.abc import Iterator, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_DIALECT = "duckdb"
_FRACTIONS = {exp.DataType.Type.FLOAT, exp.DataType.Type.DOUBLE}
FORBIDDEN = ("getenv", "getvariable", "read_", "scrub_", "token", "query", "duckdb_", "pragma_", "glob", "parquet_")
"""Beginnings of functions that a mapping has no use for: they reach out of the file."""


def problems(sql: str, relations: Sequence[str], columns: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    """Give (found, wanted) for everything that is wrong with a statement.

    Args:
      sql: The statement.
      relations: What it may read.
      columns: What its rows must have, by name and in any order; None where that is not looked at.
    """
    try:
        statements = [statement for statement in sqlglot.parse(sql, read=_DIALECT) if statement is not None]
    except (SqlglotError, RecursionError) as problem:
        yield " ".join(str(problem).split())[:120], "SQL as DuckDB reads it"
        return
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        yield f"{len(statements)} statements" if len(statements) != 1 else "no SELECT", "one SELECT"
        return
    statement = statements[0]
    assert isinstance(statement, exp.Query), "looked at above"
    yield from _reached(statement, relations)
    yield from _fractions(statement)
    if columns is not None:
        yield from _missing(statement, columns)


def _reached(statement: exp.Query, relations: Sequence[str]) -> Iterator[tuple[str, str]]:
    own = {cte.alias_or_name for cte in statement.find_all(exp.CTE)}
    for table in statement.find_all(exp.Table):
        is_plain = isinstance(table.this, exp.Identifier) and not table.db
        if not is_plain or table.name not in own | set(relations):
            yield f"the table {table.sql(_DIALECT)[:60]}", f"{' or '.join(relations)}, or what the statement defines"
    for call in statement.find_all(exp.Func):
        name = (call.name if isinstance(call, exp.Anonymous) else call.sql_name()).lower()
        if name.startswith(FORBIDDEN):
            yield f"the function {name}", "functions over the values of the file"


def _fractions(statement: exp.Query) -> Iterator[tuple[str, str]]:
    for cast in statement.find_all(exp.Cast):
        if cast.to.this in _FRACTIONS:
            yield f"a cast to {cast.to.sql(_DIALECT)}", "BIGINT or DECIMAL: amounts lose their cents otherwise"


def _missing(statement: exp.Query, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    named = statement.named_selects
    if "*" in named:
        yield "a bare *", "each column by its name"
        return
    if missing := [column for column in columns if column not in named]:
        yield f"no column {', '.join(missing)}", f"the columns {', '.join(columns)}"
    if twice := sorted({name for name in named if named.count(name) > 1}):
        yield f"the column {twice[0]} twice", "each column once"
