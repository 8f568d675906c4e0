"""Rules on SQL: what DuckDB and Spark read alike, and sums and quotients of money that fail loudly."""

from collections.abc import Iterator

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from tools.rules.refusal import Refusal, Source

DIALECT = "duckdb"
# Words in a row, outside comments and strings, that the engines read differently or not at all.
WORDS = {
    ("GROUP", "BY", "ALL"): "name the columns: the other engine reads ALL as one of them",
    ("ORDER", "BY", "ALL"): "name the columns: the other engine reads ALL as one of them",
    ("UNION", "BY", "NAME"): "name the columns on both sides, in one order",
    ("UNION", "ALL", "BY", "NAME"): "name the columns on both sides, in one order",
    ("*", "EXCLUDE"): "name the columns that stay",
    ("*", "EXCEPT"): "name the columns that stay",
    ("*", "REPLACE"): "name the columns that stay",
    ("WITH", "RECURSIVE"): "loop in Python over named steps",
    ("INTERVAL",): "add days to a DATE as d + n, or microseconds to an instant",
    ("HASH", "("): "use md5 or sha256, which are the same on every engine",
}
UNSIGNED = {
    exp.DataType.Type.UTINYINT,
    exp.DataType.Type.USMALLINT,
    exp.DataType.Type.UINT,
    exp.DataType.Type.UBIGINT,
    exp.DataType.Type.UINT128,
    exp.DataType.Type.INT128,
}
FRACTIONS = {exp.DataType.Type.FLOAT, exp.DataType.Type.DOUBLE}
DATE_PARTS_UNEQUAL = {"MONTH", "QUARTER", "YEAR"}
QUOTED = {TokenType.STRING, TokenType.IDENTIFIER}


def check_sql(source: Source) -> list[Refusal]:
    """Look at one SQL file; one that cannot be parsed is refused as a whole."""
    path = str(source.path)
    refusals = []
    if not source.text.lstrip().startswith("--"):
        refusals.append(
            Refusal(path, 1, "SQL without a header", "open with comments: what one row is, what is read, what holds")
        )
    try:
        tokens = sqlglot.tokenize(source.text, read=DIALECT)
        statements = [statement for statement in sqlglot.parse(source.text, read=DIALECT) if statement]
    except SqlglotError as problem:
        said = " ".join(str(problem).split())[:120]
        return [*refusals, Refusal(path, 1, "SQL that cannot be parsed as DuckDB's", said)]
    refusals += [Refusal(path, line, what, instead) for line, what, instead in _words(tokens)]
    for statement in statements:
        if isinstance(statement, exp.Command):
            what = f"a statement that the parser reads as words alone: {statement.sql(comments=False)[:60]}"
            refusals.append(Refusal(path, 1, what, "write it so that it is parsed: put the body in brackets"))
        refusals += [Refusal(path, line, what, instead) for line, what, instead in _shapes(statement)]
    return refusals


def _words(tokens: list[Token]) -> Iterator[tuple[int, str, str]]:
    words = [
        (word, token.line)
        for token in tokens
        for word in (["''"] if token.token_type in QUOTED else token.text.upper().split())
    ]
    for start, (_, line) in enumerate(words):
        for pattern, instead in WORDS.items():
            if tuple(word for word, _ in words[start : start + len(pattern)]) == pattern:
                yield line, " ".join(pattern).lower().replace(" (", "()"), instead


def _shapes(statement: exp.Expr) -> Iterator[tuple[int, str, str]]:
    for node in statement.walk():
        for what, instead in _shape(node):
            yield _line_of(node), what, instead


def _shape(node: exp.Expr) -> Iterator[tuple[str, str]]:
    if isinstance(node, exp.Div | exp.IntDiv):
        yield from _division(node)
    elif isinstance(node, exp.Sum):
        yield from _sum(node)
    elif isinstance(node, exp.Cast):
        yield from _cast(node)
    elif isinstance(node, exp.DataType) and node.this in UNSIGNED:
        yield f"the type {node.sql(DIALECT).lower()}", "use BIGINT, or DECIMAL(38,0) where sums are large"
    elif isinstance(node, exp.DateDiff | exp.TsOrDsDiff) and node.text("unit").upper() in DATE_PARTS_UNEQUAL:
        yield "a difference in months or years", "count days with date_diff('day', ...)"


def _division(node: exp.Div | exp.IntDiv) -> Iterator[tuple[str, str]]:
    if _money_in(node):
        yield "a division of money", "multiply instead, or divide in Python, where the rounding has a rule"
    right = node.expression.unnest()
    if not isinstance(right, exp.Nullif | exp.Literal):
        yield "a division that may be by zero", "divide by nullif(x, 0)"


def _sum(node: exp.Sum) -> Iterator[tuple[str, str]]:
    inner = node.this
    if _money_in(node) and not (isinstance(inner, exp.Cast) and inner.to.this == exp.DataType.Type.DECIMAL):
        yield (
            "a bare sum of money",
            "write cast(sum(cast(x as decimal(38,0))) as bigint), which fails when it overflows",
        )


def _cast(node: exp.Cast) -> Iterator[tuple[str, str]]:
    if node.to.this in FRACTIONS and _money_in(node):
        yield "money as a fraction of two", "keep BIGINT or DECIMAL(38,0)"


def _money_in(node: exp.Expr) -> bool:
    return any(column.name.lower().endswith("_minor") for column in node.find_all(exp.Column))


def _line_of(node: exp.Expr) -> int:
    """Give the line of the first name in or around the node; the parser keeps lines for names only."""
    around: exp.Expr | None = node
    while around is not None:
        lines = [line for part in around.walk() if isinstance(line := part.meta.get("line"), int)]
        if lines:
            return min(lines)
        around = around.parent
    return 1
