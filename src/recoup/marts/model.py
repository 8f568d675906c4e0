"""A model: one SELECT in a `.sql` file, with a header that says what a row is and what each column says.

The file opens with comments, one line each, continued on lines that begin with more blanks::

    -- grain: One merchant in one calendar month.
    -- key: merchant, month
    -- owner: risk
    -- freshness: with each delivery
    -- merchant VARCHAR: Who is owed.
    -- ratio_bps BIGINT bps: Chargebacks per payment, in basis points.
    select …
    ;
    -- assert: no merchant has more chargebacks than payments
    select …

After a line with a semicolon alone come assertions: SELECTs that must give no row. What a model reads is taken from
its SQL. Read `catalogue.py` for how models are checked against sources and each other.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from recoup.errors import ModelInvalid
from recoup.marts.source import Column, SqlType, Unit

DIALECT = "duckdb"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SAID = re.compile(r"(grain|key|owner|freshness|note): (.+)")
_COLUMN = re.compile(r"([a-z][a-z0-9_]*) ([A-Z]+)(?: ([a-z]+))?: (.+)")
_ASSERT = re.compile(r"-- assert: (.+)")
_NEEDED = ("grain", "key", "owner", "freshness")
_TYPES, _UNITS = get_args(SqlType), get_args(Unit)
_REMEDY = "Mend the model, then: recoup marts list."


class Assertion(msgspec.Struct, frozen=True):
    """What must be true of a model: a SELECT that gives the rows for which it is not."""

    says: str
    sql: str


class Model(msgspec.Struct, frozen=True):
    """One model, as its file says it."""

    name: str
    where: str
    """Its file, for messages."""
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    owner: str
    freshness: str
    notes: tuple[str, ...]
    sql: str
    assertions: tuple[Assertion, ...]
    reads: tuple[str, ...]
    """Sources and models that its SELECT names, in order of their names."""
    often: frozenset[str]
    """Those that its SELECT names more than once."""
    words: frozenset[str]
    """Every name in its SELECT, columns among them."""
    asserts_on: tuple[str, ...]
    """Sources and models that its assertions name, itself left out."""
    asserted_words: frozenset[str]
    """Every name in its assertions."""

    def column(self, name: str) -> Column | None:
        """Give a column by its name."""
        return next((column for column in self.columns if column.name == name), None)


def read_model(path: Path) -> Model:
    """Read one file.

    Raises:
      ModelInvalid: No header, a line of it that says nothing known, or SQL that is not one SELECT over named tables.
    """
    where, name = path.name, path.stem
    if not _NAME.fullmatch(name):
        raise ModelInvalid(where, f"the name {name!r}", "lower case, digits and underscores", _REMEDY)
    head, sql, assertions = _parts(path.read_text(encoding="utf-8"), where)
    said, columns, notes = _header(head, where)
    tree = _query(sql, where)
    trees = [_query(assertion.sql, where) for assertion in assertions]
    return Model(
        name=name,
        where=where,
        grain=said["grain"],
        key=_key(said["key"], columns, where),
        columns=columns,
        owner=said["owner"],
        freshness=said["freshness"],
        notes=notes,
        sql=sql,
        assertions=assertions,
        reads=_reads(tree),
        often=_often(tree),
        words=_words(tree),
        asserts_on=tuple(sorted({read for t in trees for read in _reads(t)} - {name})),
        asserted_words=frozenset(word for t in trees for word in _words(t)),
    )


# --- text -----------------------------------------------------------------------------------


def _parts(text: str, where: str) -> tuple[list[str], str, tuple[Assertion, ...]]:
    """Take a file apart: lines of the header, the SELECT, assertions."""
    first, *rest = re.split(r"^;\s*$", text, flags=re.MULTILINE)
    lines = first.strip().splitlines()
    height = next((at for at, line in enumerate(lines) if not line.startswith("--")), len(lines))
    if not height:
        raise ModelInvalid(where, "no header", "comments that say grain, key, owner, freshness and columns", _REMEDY)
    sql = "\n".join(lines[height:]).strip()
    return [line[2:] for line in lines[:height]], sql, tuple(_assertion(part.strip(), where) for part in rest)


def _assertion(text: str, where: str) -> Assertion:
    head, _, sql = text.partition("\n")
    said = _ASSERT.fullmatch(head)
    if said is None:
        raise ModelInvalid(where, f"{head[:60]!r} after a semicolon", "-- assert: what must be true", _REMEDY)
    return Assertion(said[1], sql.strip())


def _header(lines: list[str], where: str) -> tuple[dict[str, str], tuple[Column, ...], tuple[str, ...]]:
    said: dict[str, str] = {}
    columns: list[Column] = []
    notes: list[str] = []
    for line in _joined(lines):
        if word := _SAID.fullmatch(line):
            if word[1] == "note":
                notes.append(word[2])
            else:
                said[word[1]] = word[2]
        elif told := _COLUMN.fullmatch(line):
            columns.append(_column(told, where))
        else:
            found = f"{line[:60]!r} in the header"
            raise ModelInvalid(
                where, found, "grain, key, owner, freshness, note, or `name TYPE unit: what it says`", _REMEDY
            )
    if missing := [name for name in _NEEDED if name not in said]:
        raise ModelInvalid(where, f"a header without {', '.join(missing)}", ", ".join(_NEEDED), _REMEDY)
    if not columns:
        raise ModelInvalid(where, "a header without columns", "one line `name TYPE: what it says` for each", _REMEDY)
    return said, tuple(columns), tuple(notes)


def _joined(lines: list[str]) -> Iterator[str]:
    """Give the lines of a header, each with those that continue it."""
    joined = ""
    for line in lines:
        if line.startswith("   "):
            joined += f" {line.strip()}"
            continue
        if joined:
            yield joined
        joined = line.strip()
    if joined:
        yield joined


def _column(told: re.Match[str], where: str) -> Column:
    name, kind, unit, says = told.groups(default="")
    if kind not in _TYPES or unit not in _UNITS:
        wanted = f"{', '.join(_TYPES)}, and a unit of {', '.join(filter(None, _UNITS))}"
        raise ModelInvalid(f"{where} column {name}", f"{kind} {unit}".strip(), wanted, _REMEDY)
    if name.endswith("_minor") and (kind, unit) != ("BIGINT", "minor"):
        raise ModelInvalid(f"{where} column {name}", f"{kind} {unit}".strip(), "BIGINT minor, as all money", _REMEDY)
    return msgspec.convert({"name": name, "type": kind, "says": says, "unit": unit}, Column)


def _key(text: str, columns: tuple[Column, ...], where: str) -> tuple[str, ...]:
    key = tuple(name.strip() for name in text.split(","))
    known = {column.name for column in columns}
    if odd := [name for name in key if name not in known]:
        raise ModelInvalid(where, f"key {', '.join(odd)}", f"some of {', '.join(sorted(known))}", _REMEDY)
    return key


# --- SQL ------------------------------------------------------------------------------------


def _query(sql: str, where: str) -> exp.Expr:
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=DIALECT) if tree is not None]
    except SqlglotError as problem:
        raise ModelInvalid(where, " ".join(str(problem).split())[:160], "SQL that parses", _REMEDY) from problem
    if len(trees) != 1 or not isinstance(trees[0], exp.Query) or trees[0].find(exp.Into, exp.DDL, exp.DML, exp.Command):
        raise ModelInvalid(where, "something else than one SELECT", "one SELECT", _REMEDY)
    tree = trees[0]
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.db:
            raise ModelInvalid(where, table.sql(DIALECT)[:60], "the name of a source or model", _REMEDY)
    if any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)):
        raise ModelInvalid(where, "a star", "columns by name, so that only those are read", _REMEDY)
    return tree


def _reads(tree: exp.Expr) -> tuple[str, ...]:
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    return tuple(sorted({table.name.lower() for table in tree.find_all(exp.Table)} - own))


def _often(tree: exp.Expr) -> frozenset[str]:
    named = Counter(table.name.lower() for table in tree.find_all(exp.Table))
    return frozenset(name for name, count in named.items() if count > 1)


def _words(tree: exp.Expr) -> frozenset[str]:
    return frozenset(part.name.lower() for part in tree.find_all(exp.Identifier))
