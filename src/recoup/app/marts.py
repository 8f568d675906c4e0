"""Data sources of one home: a query and its place in the audit, and models in an engine."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from recoup.app import App, wall_clock
from recoup.enquiry.sql import LIMITS, Answer, Home, Limits, ask
from recoup.marts.catalogue import Catalogue, check, read_catalogue
from recoup.marts.loading import Stores
from recoup.marts.source import Asked
from recoup.storage.engine import Engine
from recoup.storage.engines import open_engine

OWN = "marts"
"""The folder of a home with models of its own."""


class Desk(msgspec.Struct, frozen=True):
    """Everything that models are computed from, and what computes them."""

    catalogue: Catalogue
    engine: Engine
    stores: Stores
    asked: Asked


def own_models(home: Path) -> Path:
    """The folder for models of a home's own."""
    return home / OWN


def ask_sql(
    app: App, query: str, *, known_at: int | None = None, merchant: str | None = None, bounds: Limits = LIMITS
) -> Answer:
    """Answer one query and write it into the audit: who asked, the query's hash, which tables, how many rows.

    Args:
      app: The home.
      query: One SELECT in DuckDB's SQL over sources and models.
      known_at: As we knew it at this instant; None for all we know.
      merchant: Only what belongs to this merchant.
      bounds: What the query may use.
    Raises:
      SqlRefused: It is not one SELECT over tables of ours, has an error, or needs more than it may use.
      NotKnownThen: It asks for another time what keeps only its last word.
      TableUnknown: It asks for one merchant what belongs to none.
    """
    home = app.settings.home
    asked = Asked(app.now(), known_at, merchant)
    with app.register.reading() as view:
        answer = ask(view, query, Home(home / "tmp", home / "lake", own_models(home)), asked, bounds)
    told: dict[str, str | int | bool | None] = {
        "query": hashlib.sha256(query.encode()).hexdigest(),
        "of": " ".join(answer.tables),
        "rows": len(answer.rows),
        "is_cut": answer.is_cut,
        "merchant": merchant,
        "known_at": known_at,
    }
    with app.register.transaction(app.actor, "ask", "sql", wall_clock()) as batch:
        batch.tell(told)
    return answer


@contextmanager
def desk(
    app: App, engine: str = "duckdb", *, known_at: int | None = None, merchant: str | None = None
) -> Iterator[Desk]:
    """Open models of a home, all of them checked.

    Raises:
      ModelInvalid: One of them does not hold together.
      EngineMissing: There is no such engine here.
    """
    home = app.settings.home
    catalogue = read_catalogue(own_models(home))
    check(catalogue)
    asked = Asked(app.now(), known_at, merchant)
    with (
        app.register.reading() as view,
        tempfile.TemporaryDirectory(dir=home / "tmp", prefix="marts-") as scratch,
    ):
        opened = open_engine(engine, app.settings.engine, Path(scratch))
        try:
            yield Desk(catalogue, opened, Stores(view, home / "lake"), asked)
        finally:
            opened.close()
