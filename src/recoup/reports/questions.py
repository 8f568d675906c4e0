"""Questions: the SQL of a report, what it reads and gives, and how parameters get into it.

A question is one SELECT over the data sources that ends in `order by`. Its columns are found by describing it over
empty tables, so that a wrong name is refused when the report is read and not at seven in the morning. Parameters are
put in at the places of their tokens, as constants that we wrote: no text of a person is ever read as SQL.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Literal

import duckdb
import msgspec
import sqlglot
from sqlglot import TokenType
from sqlglot.errors import SqlglotError

from recoup.enquiry.query import DIALECT, Parsed, read_query
from recoup.errors import MartProblem, NotKnownThen, ReportInvalid, SqlRefused
from recoup.marts.catalogue import Catalogue, Needs, Table
from recoup.marts.loading import refuse_unanswered
from recoup.marts.source import Asked, Source

MINOR = "_minor"
CURRENCY = "currency"
Kind = Literal["whole", "decimal", "text", "flag", "day", "instant"]
_WHOLE = frozenset(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "UINTEGER"))
_KINDS: Mapping[str, Kind] = {"VARCHAR": "text", "BOOLEAN": "flag", "DATE": "day", "TIMESTAMP": "instant"}
_ANYBODY = ""
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


class Column(msgspec.Struct, frozen=True):
    """One column of an answer."""

    name: str
    kind: Kind
    scale: int = 0
    """Decimals of a `decimal`."""
    is_wide: bool = False
    """A whole number that may have more than 64 bits."""
    currency: str | None = None
    """Of an amount in minor units: the column that names its currency."""

    @property
    def is_money(self) -> bool:
        """Whether it holds an amount."""
        return self.currency is not None


class Question(msgspec.Struct, frozen=True):
    """One question that may be asked."""

    name: str
    text: str
    """As it stands in its file."""
    columns: tuple[Column, ...]
    tables: tuple[str, ...]
    """Sources and models that it reads."""
    parameters: frozenset[str]
    silent: str = ""
    """Why it cannot be asked as known at another time; empty where it can."""

    def column(self, name: str) -> Column | None:
        """Give the column of this name, None where there is none."""
        return next((column for column in self.columns if column.name == name), None)


class Desk(msgspec.Struct, frozen=True):
    """What a question is read with."""

    catalogue: Catalogue
    literals: Mapping[str, str]
    """For every name that a question may read, a constant of the right type."""
    is_for_merchant: bool = False
    """Only tables that have each merchant's own rows may be read."""


def read_question(name: str, text: str, desk: Desk, where: str) -> Question:
    """Give a question that holds together.

    Args:
      name: Its file's name without ending.
      text: One SELECT.
      desk: Tables and parameters.
      where: The file, for messages.
    Raises:
      ReportInvalid: It reads what is no table, column or parameter, is in no order, or gives what no report can show.
    """
    literals = desk.literals
    used = frozenset(parameter for _, _, parameter in _places(text, where))
    if unknown := sorted(used - literals.keys()):
        wanted = ", ".join(f"${known}" for known in sorted(literals))
        raise ReportInvalid(where, f"the parameter ${unknown[0]}", f"one of {wanted}", "Declare it in report.toml.")
    bound = bind(text, literals, where)
    try:
        parsed = read_query(bound, desk.catalogue)
        if desk.is_for_merchant:
            refuse_unanswered(_needs(parsed, desk.catalogue), Asked(0, merchant=_ANYBODY))
    except (SqlRefused, MartProblem) as problem:
        found = f"{problem.where}: {problem.found}" if isinstance(problem, MartProblem) else problem.found
        raise ReportInvalid(where, found, problem.wanted, problem.remedy) from problem
    if sqlglot.parse_one(bound, read=DIALECT).args.get("order") is None:
        raise ReportInvalid(where, "no order by", "rows in an order", "End it with order by over all that tells rows.")
    columns = tuple(_columns(_described(bound, parsed.tables, where), where))
    tables = tuple(table.name for table in parsed.tables)
    return Question(name, text, columns, tables, used, _silence(parsed, desk.catalogue))


def _needs(parsed: Parsed, catalogue: Catalogue) -> Needs:
    return catalogue.needs({table.name: parsed.read(table) for table in parsed.tables})


def _silence(parsed: Parsed, catalogue: Catalogue) -> str:
    try:
        refuse_unanswered(_needs(parsed, catalogue), Asked(0, known_at=0))
    except NotKnownThen as problem:
        return f"of {problem.where.partition(' ')[0]} {problem.found}"
    return ""


def bind(text: str, literals: Mapping[str, str], where: str = "") -> str:
    """Put constants in place of parameters."""
    parts, since = [], 0
    for start, end, name in _places(text, where):
        parts += [text[since:start], literals[name]]
        since = end
    return "".join([*parts, text[since:]])


def _places(text: str, where: str) -> Iterator[tuple[int, int, str]]:
    """Give where parameters stand: `$` and a name beside it, outside of comments and strings."""
    try:
        tokens = sqlglot.tokenize(text, read=DIALECT)
    except SqlglotError as problem:
        raise ReportInvalid(where, " ".join(str(problem).split())[:160], "one SELECT in DuckDB's SQL") from problem
    for sign, name in pairwise(tokens):
        if sign.token_type is TokenType.PARAMETER and name.start == sign.end + 1:
            yield sign.start, name.end + 1, name.text


def _described(query: str, tables: Iterable[Table], where: str) -> list[tuple[str, str]]:
    """Give names and types of the answer, from tables that have columns and no rows."""
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        connection.execute("create macro as_of() as timestamp '2026-01-01'")
        for table in tables:
            declared = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            connection.execute(f'create table "{table.name}" ({declared})')
            if isinstance(table, Source) and table.also != table.name:
                connection.execute(f'create view "{table.also}" as select * from "{table.name}"')
        try:
            relation = connection.sql(query)
        except duckdb.Error as problem:
            raise ReportInvalid(where, _said(problem), "columns of its tables", "See: recoup sql --list.") from problem
        return [(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)]


def _columns(found: list[tuple[str, str]], where: str) -> Iterator[Column]:
    names = [name for name, _ in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ReportInvalid(where, f"two columns named {twice[0]}", "each name once", "Name them apart with `as`.")
    shown = [name.removesuffix(MINOR) for name in names]
    if twice := sorted({name for name in shown if shown.count(name) > 1}):
        clash = f"columns {twice[0]} and {twice[0]}{MINOR}"
        raise ReportInvalid(where, clash, "names that differ without _minor", "Outputs write amounts without it.")
    for name, type_ in found:
        yield _column(name, type_, names, where)


def _column(name: str, type_: str, names: list[str], where: str) -> Column:
    decimal = _DECIMAL.fullmatch(type_)
    if decimal is not None and decimal[2] != "0":
        return Column(name, "decimal", scale=int(decimal[2]))
    if decimal is not None or type_ in _WHOLE:
        is_wide = decimal is not None or type_ in ("HUGEINT", "UBIGINT")
        return Column(name, "whole", is_wide=is_wide, currency=_currency_of(name, names, where))
    kind = "instant" if type_.startswith("TIMESTAMP") else _KINDS.get(type_)
    if kind is None:
        raise ReportInvalid(
            where, f"column {name} of type {type_}", "BIGINT, DECIMAL, VARCHAR, BOOLEAN, DATE or TIMESTAMP", "Cast it."
        )
    return Column(name, kind)


def _currency_of(name: str, names: list[str], where: str) -> str | None:
    """Give the column with the currency of an amount: `x_currency` beside `x_minor`, else `currency`."""
    if not name.endswith(MINOR):
        return None
    for wanted in (f"{name.removesuffix(MINOR)}_{CURRENCY}", CURRENCY):
        if wanted in names:
            return wanted
    raise ReportInvalid(where, f"the amount {name} alone", "a column `currency` beside it", "Select its currency, too.")


def _said(problem: Exception) -> str:
    first, *rest = str(problem).strip().splitlines()
    hint = next((line.strip() for line in rest if "Candidate" in line or line.startswith("Did you mean")), "")
    return f"{first.strip()[:160]} {hint[:120]}".strip().rstrip(".")
