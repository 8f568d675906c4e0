"""The data sources: which tables there are, what a row is, what each column says, as whoever asks may see them.

Columns of the register's tables keep their names, and the table's own key is called `id` too; a source is known by its
plural and by the register's singular name. What a partner or a rule says in a list or a document is a table here too.
Read `known.py` for the answers of another time, `../enquiry/sql.py` for who asks, `models/` for what is made of them.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, cast, func, select

from recoup.marts import known
from recoup.marts.column_words import UNITS, WORDS
from recoup.marts.listed import listed_sources
from recoup.marts.matched import matched_sources
from recoup.marts.rules import rule_sources
from recoup.marts.source import CHECKED, DELIVERED, SET_UP, Asked, Column, Scope, Source, SqlType, selected
from recoup.storage import schema
from recoup.storage.types import Bytes, Day, Flag, Instant, Whole

ID = "id"
BALANCES = "balances"
MONEY_LINES = "money_lines"

_RENAMED: Mapping[str, str] = {"break_": "break", "check_": "code", "where_": "place"}
_NAMED_ID = (
    *("dispute", "observation", "money_line", "delivery", "entry", "expectation", "break_", "finding"),
    *("payment", "refund", "merchant", "allocation", "house_line"),
)
"""Tables whose key is called `id` too, as the commands' JSON calls it; by its own name it joins."""
_TABLES: Mapping[str, tuple[str, str, str]] = {
    "dispute": ("disputes", "disputes", DELIVERED),
    "dispute_version": ("dispute_versions", "disputes", DELIVERED),
    "observation": ("observations", "disputes", DELIVERED),
    "delivery": ("deliveries", "intake", DELIVERED),
    "money_line": (MONEY_LINES, "money", DELIVERED),
    "settlement_total": ("settlement_totals", "money", DELIVERED),
    "entry": ("entries", "books", DELIVERED),
    "posting": ("postings", "books", DELIVERED),
    "ruling": ("rulings", "books", "with each ruling"),
    "expectation": ("expectations", "controls", f"{DELIVERED}; files {CHECKED}"),
    "break_": ("breaks", "controls", CHECKED),
    "break_decision": ("break_decisions", "controls", "with each decision"),
    "incident": ("incidents", "controls", CHECKED),
    "incident_break": ("incident_breaks", "controls", CHECKED),
    "ticket": ("tickets", "partners", "with each step of a person"),
    "ticket_step": ("ticket_steps", "partners", "with each step of a person"),
    "outage_word": ("outage_words", "controls", "with each word"),
    "held_expectation": ("held_expectations", "controls", CHECKED),
    "touch": ("touches", "controls", "with each decision and check"),
    "payment": ("payments", "house", DELIVERED),
    "refund": ("refunds", "house", DELIVERED),
    "merchant": ("merchants", "house", DELIVERED),
    "account": ("accounts", "partners", SET_UP),
    "account_merchant": ("account_merchants", "house", DELIVERED),
    "allocation": ("allocations", "house", DELIVERED),
    "house_line": ("house_lines", "house", DELIVERED),
    "manual_record": ("manual_records", "intake", "with each record by hand, and its approval"),
    "quarantine": ("quarantine", "intake", DELIVERED),
    "fingerprint": ("fingerprints", "intake", DELIVERED),
    "finding": ("findings", "intake", DELIVERED),
    "match_run": ("match_runs", "money", "with each run of recoup match"),
    "match_decision": ("match_decisions", "money", "with each decision, and when it is taken back"),
    "seal": ("seals", "compliance", "when a day is sealed"),
    "seal_correction": ("seal_corrections", "compliance", CHECKED),
    "report_run": ("report_runs", "reports", "with each report"),
    "report_answer": ("report_answers", "reports", "with each report"),
    "audit": ("audit", "audit", "with each change"),
}
"""Tables of the register that may be asked, with their plural, owner and freshness; those with secrets may not."""
_BALANCES_AFTER = "postings"


@cache
def sources() -> Mapping[str, Source]:
    """Give every source by its name, in the order in which a newcomer should meet them."""
    made = [_of_table(schema.metadata.tables[table], *said) for table, said in _TABLES.items()]
    made.insert([source.name for source in made].index(_BALANCES_AFTER) + 1, _balances())
    made += [*listed_sources(), *matched_sources(), *rule_sources()]
    return MappingProxyType({source.name: source for source in made})


def source_named(name: str) -> Source | None:
    """Give the source of this name, plural or the register's own, in any case of letters; None where there is none."""
    wanted = name.lower()
    return next((source for source in sources().values() if wanted in (source.name, source.also)), None)


def _of_table(table: Table, name: str, owner: str, freshness: str) -> Source:
    kept: list[ColumnElement[Any]] = [column for column in table.columns if not isinstance(column.type, Bytes)]
    # SQLAlchemy names things by a kind of text of its own, which does not encode.
    names = [str(column.key) for column in kept]
    columns = [_column(_RENAMED.get(n, n), c, str(table.name)) for n, c in zip(names, kept, strict=True)]
    has_id = table.name in _NAMED_ID
    if has_id:
        columns.insert(0, Column(ID, "VARCHAR", WORDS[ID]))
        names.insert(0, str(table.name))

    def statement(asked: Asked) -> Select[Any]:
        rows = known.rows_of(table, asked)
        chosen = [rows.c[n] for n in names]
        return select(chosen[0].label(ID), *chosen[1:]) if has_id else select(*chosen)

    key = tuple(_RENAMED.get(str(c.key), str(c.key)) for c in table.primary_key)
    silent, latest_only = known.silence(str(table.name))
    also = str(table.name).removesuffix("_")
    scope: Scope = "merchant" if known.carries_merchant(str(table.name)) else "house"
    grain = table.comment or ""
    return Source(
        name, also, grain, key, tuple(columns), owner, freshness, selected(statement), scope, silent, latest_only
    )


def _column(name: str, column: ColumnElement[Any], table: str) -> Column:
    said = WORDS.get(f"{table}.{column.key}") or WORDS.get(name, "")
    unit = UNITS.get(name, "minor" if name.endswith("_minor") else "")
    return Column(name, _type(column), said, unit)


def _type(column: ColumnElement[Any]) -> SqlType:
    kind = column.type
    if isinstance(kind, Instant):
        return "TIMESTAMP"
    if isinstance(kind, Day):
        return "DATE"
    if isinstance(kind, Flag):
        return "BOOLEAN"
    return "BIGINT" if isinstance(kind, Whole) else "VARCHAR"


_KEPT_BY = ("account", "sort", "partner", "partner_account", "merchant", "dispute", "leg", "batch", "currency")


def _balances() -> Source:
    """Give the balances of accounts, as kept: the sum of postings of the entries that stand."""
    posting, entry = schema.posting, schema.entry
    columns = (
        *(_column(str(column.name), column, "posting") for column in (entry.c.book, *(posting.c[n] for n in _KEPT_BY))),
        Column("balance_minor", "BIGINT", WORDS["balance_minor"], "minor"),
        Column("oldest_at", "TIMESTAMP", WORDS["oldest_at"]),
    )
    return Source(
        BALANCES,
        "balance",
        "The sum of what stands on one account, by everything it is kept by; zeros too.",
        ("book", *_KEPT_BY),
        columns,
        "books",
        DELIVERED,
        selected(_balances_statement),
        "merchant",
    )


def _balances_statement(asked: Asked) -> Select[Any]:
    entry, posting = known.rows_of(schema.entry, asked), known.rows_of(schema.posting, asked)
    kept_by = [entry.c.book, *(posting.c[name] for name in _KEPT_BY)]
    # PostgreSQL sums whole numbers into a decimal.
    balance = cast(func.sum(posting.c.amount_minor), Whole).label("balance_minor")
    sums = (
        select(*kept_by, balance, func.min(entry.c.booked_at).label("oldest_at"))
        .select_from(entry.join(posting, posting.c.entry == entry.c.entry))
        .where(entry.c.is_active == 1)
        .group_by(*kept_by)
        .subquery()
    )
    return select(*sums.c)
