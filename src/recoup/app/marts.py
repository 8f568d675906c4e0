"""Data sources of one home: a query and its place in the audit, and models in an engine."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from recoup import __version__
from recoup.app import App, wall_clock
from recoup.enquiry.sql import LIMITS, Answer, Home, Limits, ask
from recoup.errors import TableUnknown
from recoup.marts import dbt, publication
from recoup.marts.catalogue import OWN, Catalogue, Table, check, read_catalogue
from recoup.marts.files import write_table
from recoup.marts.loading import Stores, build, unanswered, why_not
from recoup.marts.publication import Format, Manifest
from recoup.marts.source import Asked, Source
from recoup.marts.sources import sources
from recoup.storage.engine import Engine
from recoup.storage.engines import open_engine


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
    app: App,
    engine: str = "duckdb",
    *,
    known_at: int | None = None,
    merchant: str | None = None,
    only: Sequence[str] | None = None,
) -> Iterator[Desk]:
    """Open models of a home, all of them checked, or only those that are named and what they read.

    Raises:
      ModelInvalid: One of them does not hold together.
      EngineMissing: There is no such engine here.
    """
    home = app.settings.home
    catalogue = read_catalogue(own_models(home))
    check(catalogue, only)
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


def publish(
    app: App, opened: Desk, folder: Path, kind: Format, names: Sequence[str] = (), *, with_sources: bool = False
) -> Manifest:
    """Publish tables of a home, written into the audit.

    Args:
      app: The home.
      opened: Its models.
      folder: Where the set appears.
      kind: Files of Parquet, or one DuckDB database.
      names: Which tables; without any all models that can be answered, the others are named in the manifest.
      with_sources: Without names also all sources that can be answered, but for the audit.
    Raises:
      TableUnknown: There is no table of that name.
      NotKnownThen: A table that was named cannot be answered for that time.
      StorageProblem: The folder cannot be written.
    """
    chosen, left_out = _chosen(opened, names, with_sources)
    needs = opened.catalogue.needs([table.name for table in chosen])
    build(opened.engine, opened.catalogue, needs, opened.stores, opened.asked, frozenset(m.name for m in needs.models))
    manifest = publication.publish(
        opened.engine,
        opened.catalogue,
        chosen,
        folder,
        opened.asked,
        kind=kind,
        made_at=wall_clock(),
        version=__version__,
        left_out=left_out,
    )
    told: dict[str, str | int | bool | None] = {
        "set": manifest.name,
        "tables": " ".join(table.name for table in manifest.tables),
        "rows": sum(table.rows for table in manifest.tables),
    }
    with app.register.transaction(app.actor, "publish", "marts", wall_clock()) as batch:
        batch.tell(told)
    return manifest


def models_of(opened: Desk, names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Give the models of these names, all by default, and those of all that cannot be answered so, with why.

    Raises:
      TableUnknown: There is no table of that name.
    """
    chosen, left_out = _chosen(opened, names, with_sources=False)
    return [table.name for table in chosen if table.name in opened.catalogue.models], left_out


def export_dbt(opened: Desk, folder: Path) -> list[Path]:
    """Write a dbt project with its data; gives the files.

    Raises:
      StorageProblem: The folder holds something else.
    """
    written = dbt.export(opened.catalogue, folder)
    data = folder / dbt.DATA
    data.mkdir(exist_ok=True)
    needed = dbt.needed(opened.catalogue)
    needs = opened.catalogue.needs([source.name for source in needed])
    build(opened.engine, opened.catalogue, needs, opened.stores, opened.asked)
    files = [write_table(opened.engine, opened.catalogue, source, data) for source in needed]
    return [*written, *(data / file.file for file in files)]


def _chosen(opened: Desk, names: Sequence[str], with_sources: bool) -> tuple[list[Table], dict[str, str]]:
    catalogue, asked = opened.catalogue, opened.asked
    if names:
        return [table_named(catalogue, name) for name in names], {}
    wanted: list[Table] = list(catalogue.models.values())
    if with_sources:
        wanted += [source for source in sources().values() if source.owner != "audit"]
    reasons = {table.name: why for table in wanted if (why := _why_not_whole(catalogue, table, asked))}
    return [table for table in wanted if table.name not in reasons], reasons


def _why_not_whole(catalogue: Catalogue, table: Table, asked: Asked) -> str:
    """Say why a table cannot be answered with all its columns."""
    if isinstance(table, Source):
        problem = unanswered(table, [column.name for column in table.columns], asked)
        return problem.found if problem else ""
    return why_not(catalogue, table, asked)


def table_named(catalogue: Catalogue, name: str) -> Table:
    """Give a source or model by its name.

    Raises:
      TableUnknown: There is none.
    """
    table = catalogue.named(name)
    if table is None:
        raise TableUnknown("marts", f"no table named {name[:60]!r}", "one of them", "List them: recoup marts list")
    return table
