"""The SQL of a model as a person or another engine reads it: alone, or as one query with all that it reads."""

from recoup.errors import TableUnknown
from recoup.marts.catalogue import Catalogue
from recoup.marts.loading import steps
from recoup.marts.model import DIALECT, Model
from recoup.storage.dialect import shown_for_spark
from recoup.storage.steps import Step, printed

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
    needed = steps(catalogue.needs([model.name])) if is_whole else [Step(model.name, model.sql)]
    if dialect != DIALECT:
        needed = [Step(step.name, shown_for_spark(step.sql), step.kind) for step in needed]
    return printed(needed)
