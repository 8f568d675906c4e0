"""The data sources of `recoup sql`: which tables there are, what a row is, what each column says.

A source is made from the register, and money lines from the lake too. Its columns are those of the register's tables,
and the table's own key is called `id` too; instants are TIMESTAMP in UTC, days DATE, amounts BIGINT in minor units,
flags BOOLEAN. A source is known by its plural and by the register's singular name.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Select, Table, func, select

from recoup.marts.column_words import WORDS
from recoup.storage import schema
from recoup.storage.register import total
from recoup.storage.types import Bytes, Day, Flag, Instant, Whole

SqlType = Literal["BIGINT", "VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP"]
ID = "id"
BALANCES = "balances"
MONEY_LINES = "money_lines"


class Column(msgspec.Struct, frozen=True):
    """One column as a query sees it."""

    name: str
    type: SqlType
    says: str


class Source(msgspec.Struct, frozen=True):
    """One table as a query sees it."""

    name: str
    also: str
    """The register's own name for it."""
    grain: str
    """What one row is."""
    columns: tuple[Column, ...]
    statement: Select[Any]
    """Gives its rows from the register, in the order of the columns."""


_RENAMED: Mapping[str, str] = {"break_": "break", "check_": "code", "where_": "place"}
_NAMED_ID = (
    *("dispute", "observation", "money_line", "delivery", "entry", "expectation", "break_", "finding"),
    *("payment", "refund", "merchant", "allocation", "house_line"),
)
"""Tables whose key is called `id` too, as the commands' JSON calls it; by its own name it joins."""
_PLURALS: Mapping[str, str] = {
    "dispute": "disputes",
    "dispute_version": "dispute_versions",
    "observation": "observations",
    "delivery": "deliveries",
    "money_line": MONEY_LINES,
    "settlement_total": "settlement_totals",
    "entry": "entries",
    "posting": "postings",
    "expectation": "expectations",
    "break_": "breaks",
    "payment": "payments",
    "refund": "refunds",
    "merchant": "merchants",
    "account": "accounts",
    "allocation": "allocations",
    "house_line": "house_lines",
    "quarantine": "quarantine",
    "finding": "findings",
    "audit": "audit",
}
"""Tables of the register that may be asked; those with keys or secrets may not."""


@cache
def sources() -> Mapping[str, Source]:
    """Give every source by its name, in the order in which a newcomer should meet them."""
    made = [_of_table(schema.metadata.tables[table], name) for table, name in _PLURALS.items()]
    made.insert(8, _balances())
    return MappingProxyType({source.name: source for source in made})


def source_named(name: str) -> Source | None:
    """Give the source of this name, plural or the register's own, in any case of letters; None where there is none."""
    wanted = name.lower()
    return next((source for source in sources().values() if wanted in (source.name, source.also)), None)


def _of_table(table: Table, name: str) -> Source:
    kept: list[ColumnElement[Any]] = [column for column in table.columns if not isinstance(column.type, Bytes)]
    # SQLAlchemy names things by a kind of text of its own, which does not encode.
    names = [str(column.key) for column in kept]
    columns = [_column(_RENAMED.get(n, n), c, str(table.name)) for n, c in zip(names, kept, strict=True)]
    if table.name in _NAMED_ID:
        kept.insert(0, table.c[table.name].label(ID))
        columns.insert(0, Column(ID, "VARCHAR", WORDS[ID]))
    return Source(name, str(table.name).removesuffix("_"), table.comment or "", tuple(columns), select(*kept))


def _column(name: str, column: ColumnElement[Any], table: str) -> Column:
    said = WORDS.get(f"{table}.{column.key}") or WORDS.get(name, "")
    return Column(name, _type(column), said)


def _type(column: ColumnElement[Any]) -> SqlType:
    kind = column.type
    if isinstance(kind, Instant):
        return "TIMESTAMP"
    if isinstance(kind, Day):
        return "DATE"
    if isinstance(kind, Flag):
        return "BOOLEAN"
    return "BIGINT" if isinstance(kind, Whole) else "VARCHAR"


def _balances() -> Source:
    """Give the balances of accounts, as kept: the sum of postings of the entries that stand."""
    posting, entry = schema.posting, schema.entry
    names = ("account", "sort", "partner", "partner_account", "merchant", "dispute", "leg", "batch", "currency")
    kept_by = [entry.c.book, *(posting.c[name] for name in names)]
    statement = (
        select(*kept_by, total(posting.c.amount_minor), func.min(entry.c.booked_at))
        .select_from(entry.join(posting, posting.c.entry == entry.c.entry))
        .where(entry.c.is_active == 1)
        .group_by(*kept_by)
    )
    columns = (
        *(_column(str(column.name), column, "posting") for column in kept_by),
        Column("balance_minor", "BIGINT", WORDS["balance_minor"]),
        Column("oldest_at", "TIMESTAMP", WORDS["oldest_at"]),
    )
    return Source(
        BALANCES,
        "balance",
        "The sum of what stands on one account, by everything it is kept by; zeros too.",
        columns,
        statement,
    )
