"""The one dialect our SQL is written in, DuckDB's, and what Spark is told instead. Pure.

Most of it is sqlglot's work. This file holds what sqlglot writes down for Spark without a word though Spark then
answers something else: such a construct is written anew here, or refused. What is safe stands in docs/guides/spark.md,
and each line of it has a test that runs on both.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from recoup.errors import StorageProblem

OURS = "duckdb"
SPARK = "spark"
_SHOWN = 120


def to_spark(sql: str, numbers: Mapping[str, object] | None = None) -> str:
    """Write one SELECT of ours as Spark reads it; parameters stay parameters, `$name` becomes `:name`.

    Args:
      numbers: Values of parameters; only the whole numbers that bound a `range` are written into the text, as Spark
        takes no parameter there.
    Raises:
      StorageProblem: It is no SQL, or holds what the engines do not read alike.
    """
    bounded = parsed(sql).copy().transform(_with_bounds, dict(numbers or {}))
    return _written(sql, bounded, identify=True, comments=False)  # its reserved words are others than ours


def shown_for_spark(sql: str) -> str:
    """Write one SELECT of ours as Spark reads it, for people: laid out, with its comments and parameters.

    Raises:
      StorageProblem: As of `to_spark`.
    """
    return _written(sql, parsed(sql).copy(), pretty=True)


def _written(sql: str, tree: exp.Expr, **how: bool) -> str:
    try:
        return str(tree.transform(_as_spark).sql(SPARK, unsupported_level=ErrorLevel.RAISE, **how))
    except SqlglotError as problem:
        raise _refused(sql, " ".join(str(problem).split())) from problem


@lru_cache(maxsize=512)
def parsed(sql: str) -> exp.Query:
    """Read one portable SELECT; whoever changes what comes out copies it first.

    Raises:
      StorageProblem: It is no SQL, no SELECT, several, or holds what the engines do not read alike.
    """
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=OURS) if tree]
    except SqlglotError as problem:
        raise _refused(sql, " ".join(str(problem).split())) from problem
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Query):
        raise _refused(sql, "no single SELECT")
    for found, instead in refusals(tree):
        raise StorageProblem(where="statement", found=found, wanted="what both engines read alike", remedy=instead)
    return tree


def refusals(tree: exp.Expr) -> Iterator[tuple[str, str]]:
    """Give what the engines answer differently without an error, each with what to write instead."""
    for node in tree.walk():
        for kind, (holds, found, instead) in _REFUSED.items():
            if isinstance(node, kind) and holds(node):
                yield found, instead
        if isinstance(node, exp.Anonymous) and node.name.lower() in _REFUSED_NAMES:
            yield f"the function {node.name.lower()}", _REFUSED_NAMES[node.name.lower()]


def parameters_of(sql: str) -> frozenset[str]:
    """Give the names of the parameters that a SELECT takes."""
    return frozenset(node.name for node in parsed(sql).find_all(exp.Placeholder))


def tables_of(sql: str) -> frozenset[str]:
    """Give the names of the tables and views that a SELECT reads, without those it makes itself by `with`."""
    tree = parsed(sql)
    own = {part.alias for part in tree.find_all(exp.CTE)}
    named = {table.name for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)}
    return frozenset(named - own)


def ordering_of(sql: str) -> str:
    """Give the outermost ORDER BY of a SELECT as text over its own columns; empty where it has none.

    Raises:
      StorageProblem: It orders by what is no column of the result, so that nobody could restore the order later.
    """
    tree = parsed(sql)
    order = tree.args.get("order")
    if order is None:
        return ""
    names = tree.named_selects
    for key in order.expressions:
        by = key.this
        is_place = isinstance(by, exp.Literal) and by.is_int
        if not is_place and not (isinstance(by, exp.Column) and not by.table and by.name in names):
            raise _refused(sql, f"order by {by.sql(OURS)}, which is no column of the result")
    return str(order.sql(OURS)).strip()


def _with_bounds(node: exp.Expr, numbers: dict[str, object]) -> exp.Expr:
    if not isinstance(node, exp.Placeholder) or not isinstance(node.parent, exp.GenerateSeries):
        return node
    value = numbers.get(node.name)
    if type(value) is not int:
        raise StorageProblem(
            where=f"parameter {node.name}", found=repr(value), wanted="a whole number, as it bounds a range"
        )
    return exp.Literal.number(value)


def _as_spark(node: exp.Expr) -> exp.Expr:
    for kind, written in _WRITTEN_ANEW.items():
        if isinstance(node, kind):
            return written(node)
    return node


def _range(node: exp.Expr) -> exp.Expr:
    """`range(a, b) as r(i)` as a subquery over Spark's own, whose column is called `id`; the end stays outside."""
    series = node.this
    if not isinstance(series, exp.GenerateSeries):
        return node
    end = series.args["end"]
    if not series.args.get("is_end_exclusive"):
        end = exp.Add(this=exp.paren(end), expression=exp.Literal.number(1))
    alias = node.args.get("alias")
    name = alias.name if alias and alias.name else "range"
    column = alias.columns[0].name if alias and alias.columns else name
    numbers = exp.Table(this=exp.Anonymous(this="range", expressions=[series.args["start"], end]))
    return exp.select(exp.column("id").as_(column)).from_(numbers).subquery(name)


def _weekday(node: exp.Expr) -> exp.Expr:
    """Monday is 1; `isodow` is unknown to Spark 4, and sqlglot counts its week from another day."""
    if str(node.this).upper() != "ISODOW":
        return node
    return exp.paren(exp.Add(this=exp.func("weekday", node.expression), expression=exp.Literal.number(1)))


def _full_match(node: exp.Expr) -> exp.Expr:
    pieces = [exp.Literal.string("^(?:"), node.expression, exp.Literal.string(")$")]
    return exp.RegexpLike(this=node.this, expression=exp.Concat(expressions=pieces, safe=False, coalesce=False))


def _sign(node: exp.Expr) -> exp.Expr:
    return exp.cast(exp.Anonymous(this="SIGN", expressions=[node.this]), "INT")


_WRITTEN_ANEW: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Table: _range,
    exp.Extract: _weekday,
    exp.RegexpFullMatch: _full_match,
    exp.Sign: _sign,
}


def _always(_node: exp.Expr) -> bool:
    return True


_Refused = tuple[Callable[[exp.Expr], bool], str, str]
_REFUSED: Mapping[type[exp.Expr], _Refused] = {
    exp.ArrayAgg: (
        _always,
        "list() or array_agg()",
        "Spark leaves NULL out and forgets the order: string_agg(x, ',' order by k), or a table of rows.",
    ),
    exp.RegexpReplace: (
        lambda node: "g" not in str(node.args.get("modifiers") or ""),
        "regexp_replace() of the first match",
        "Spark replaces every match: say 'g', or use regexp_extract.",
    ),
    exp.DayOfWeek: (_always, "dayofweek()", "The engines count from other days: extract(isodow from d)."),
    exp.DayOfWeekIso: (_always, "isodow()", "The engines count from other days: extract(isodow from d)."),
    exp.Extract: (
        lambda node: str(node.this).upper() in {"DOW", "DAYOFWEEK", "WEEK", "EPOCH"},
        "a part of a date that the engines count differently",
        "extract(isodow from d), year, month or day.",
    ),
    exp.WindowSpec: (
        lambda node: str(node.args.get("kind")).upper() == "RANGE" and _is_offset(node),
        "a window of RANGE with a distance",
        "Over days it is not counted: use ROWS, or join the rows within the distance.",
    ),
    exp.Format: (_always, "format()", "It knows other marks on Spark: join texts with ||."),
    exp.Try: (_always, "try()", "It is dropped for Spark: try_cast(x as ...)."),
    exp.Split: (_always, "string_split()", "Its separator is a pattern on Spark: split_part(x, ',', n)."),
    exp.Substring: (
        lambda node: node.args.get("start") == exp.Literal.number(0),
        "substr() from position 0",
        "Positions count from 1.",
    ),
}
_REFUSED_NAMES: Mapping[str, str] = {
    "weekday": "The engines count from other days: extract(isodow from d).",
    "epoch_us": "Instants are BIGINT already.",
    "hash": "md5 or sha256, which are the same on every engine.",
}


def _is_offset(spec: exp.Expr) -> bool:
    return any(isinstance(spec.args.get(side), exp.Expr) for side in ("start", "end"))


def _refused(sql: str, found: str) -> StorageProblem:
    words = re.sub(r"\x1b\[\d*m", "", found)
    return StorageProblem(
        where=f"statement {' '.join(sql.split())[:40]!r}", found=words[:_SHOWN], wanted="one SELECT of portable SQL"
    )
