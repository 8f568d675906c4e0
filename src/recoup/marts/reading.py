"""The SQL of a model as a person or another engine reads it: alone, or as one query with all that it reads."""

import sqlglot
from sqlglot.errors import SqlglotError

from recoup.errors import TableUnknown
from recoup.marts.catalogue import Catalogue
from recoup.marts.loading import steps
from recoup.marts.model import DIALECT, Model
from recoup.storage.steps import printed

DIALECTS = (DIALECT, "spark")


def shown_sql(catalogue: Catalogue, model: Model, dialect: str = DIALECT, *, is_whole: bool = False) -> str:
    """Give the SQL of a model.

    Args:
      catalogue: Where what it reads is.
      model: The model.
      dialect: One of `DIALECTS`.
      is_whole: With the models that it reads, as steps of one query over sources.
    Raises:
      TableUnknown: There is no such dialect.
    """
    if dialect not in DIALECTS:
        raise TableUnknown("--dialect", repr(dialect), " or ".join(DIALECTS))
    sql = printed(steps(catalogue.needs([model.name]))) if is_whole else model.sql
    if dialect == DIALECT:
        return sql
    try:
        return sqlglot.transpile(sql, read=DIALECT, write=dialect, pretty=True)[0]
    except SqlglotError as problem:
        raise TableUnknown(model.where, str(problem)[:160], f"SQL that {dialect} reads") from problem
