"""The register as we knew it at an instant, as a register of its own, for questions that read many tables at once.

Each table is copied as its rows stood then: every version of a dispute is kept, entries say when they were booked and
reversed, facts when they landed. Of expectations those are told that are wanted still, open where they were closed
later; how accounts are set up, and what was agreed, is that of now.
"""

from typing import Any

from sqlalchemy import ColumnElement, case, null, select

from recoup.marts import known
from recoup.marts.source import Asked
from recoup.storage import schema
from recoup.storage.register import Batch, View

AS_OF_NOW = (schema.book, schema.account, schema.contract)
AS_KNOWN = (
    schema.dispute,
    schema.money_line,
    schema.settlement_total,
    schema.house_line,
    schema.entry,
    schema.posting,
)


def copy_as_known(view: View, at: int, into: Batch) -> None:
    """Give an empty register what a proof reads, as it was known at an instant.

    Args:
      view: One unchanging view of the register.
      at: Microseconds UTC.
      into: A batch of the empty register.
    """
    for table in AS_OF_NOW:
        into.insert(table, view.rows(select(table)))
    asked = Asked(at, at)
    for table in AS_KNOWN:
        rows = known.rows_of(table, asked)
        for part in view.batches(select(*(rows.c[column.name] for column in table.columns))):
            into.insert(table, part)
    for part in view.batches(select(*_expected(at)).where(schema.expectation.c.opened_at <= at)):
        into.insert(schema.expectation, part)


def _expected(at: int) -> list[ColumnElement[Any]]:
    e = schema.expectation
    hidden = ("closed_at", "closed_by")
    return [case((e.c.closed_at <= at, c), else_=null()) if c.name in hidden else c for c in e.columns]
