"""`marts list`, `marts show`, `marts build`, `marts test`, `marts publish`, `marts export`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, KnownAt, command, instant
from recoup.cli.phrases import NOTHING, count
from recoup.cli.render import Column
from recoup.errors import UsageProblem

Names = Annotated[list[str] | None, typer.Argument(help="Only these; all by default", metavar="NAME")]
EngineName = Annotated[str, typer.Option("--engine", help="duckdb or spark")]
Merchant = Annotated[str | None, typer.Option(help="Only what belongs to this merchant", metavar="ID")]


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Documented SQL models: show, compute, test, publish, export.", no_args_is_help=True)
    app.add_typer(group, name="marts")
    for function in (show, build, publish, export):
        command(group)(function)
    command(group, "list")(list_)
    command(group, "test")(verify)


def list_(call: Call) -> None:
    """List sources and models with what a row is, whose they are and when they change."""
    from recoup.marts.catalogue import OWN, check, read_catalogue
    from recoup.marts.model import Model

    catalogue = read_catalogue(call.settings.home / OWN)
    check(catalogue)
    found = [table for name in sorted(catalogue.names()) if (table := catalogue.named(name))]
    if call.as_json:
        call.screen.document([_facts(table) for table in found])
        return
    columns = (Column("table", is_whole=True), Column("what a row is"), Column("owner", from_width=100))
    for title, kind in (("Models", True), ("Sources", False)):
        call.screen.heading(title)
        call.screen.table(columns, [(t.name, t.grain, t.owner) for t in found if isinstance(t, Model) == kind])
    call.screen.next("recoup marts show dispute_ratio_monthly", "recoup marts test")


def show(
    call: Call,
    name: Annotated[str, typer.Argument(help="A source or model", metavar="NAME")],
    is_whole: Annotated[bool, typer.Option("--whole", help="With the SQL of all it reads, as one query")] = False,
    dialect: Annotated[str, typer.Option(help="SQL of duckdb or spark")] = "duckdb",
) -> None:
    """Show one table: columns, lineage, what must be true, SQL."""
    from recoup.app.marts import table_named
    from recoup.marts.catalogue import OWN, read_catalogue
    from recoup.marts.model import Model
    from recoup.marts.reading import shown_sql

    catalogue = read_catalogue(call.settings.home / OWN)
    table = table_named(catalogue, name)
    sql = shown_sql(catalogue, table, dialect, is_whole=is_whole) if isinstance(table, Model) else None
    if call.as_json:
        call.screen.document({**_facts(table), "sources": catalogue.origins(table.name), "sql": sql})
        return
    call.screen.heading(table.name)
    call.screen.say(table.grain)
    if isinstance(table, Model):
        for note in table.notes:
            call.screen.say(note, "dim")
        call.screen.say(f"Reads {', '.join(table.reads)}.", "dim")
    call.screen.say(f"Key {', '.join(table.key) or NOTHING}; owner {table.owner}; fresh {table.freshness}.", "dim")
    columns = (Column("column", is_whole=True), Column("type", is_whole=True), Column("unit"), Column("says"))
    call.screen.table(columns, [(c.name, c.type.lower(), c.unit, c.says) for c in table.columns])
    for assertion in getattr(table, "assertions", ()):
        call.screen.say(f"Must be true: {assertion.says}.")
    if sql is not None:
        call.screen.heading("SQL")
        call.screen.say(sql)


def build(
    call: Call, names: Names = None, engine: EngineName = "duckdb", known_at: KnownAt = None, merchant: Merchant = None
) -> None:
    """Compute models and say how many rows they have and how long it took; nothing is kept."""
    from recoup.app.marts import desk, models_of
    from recoup.marts.testing import built

    known = instant(known_at, "--known-at")
    with call.app() as app, desk(app, engine, known_at=known, merchant=merchant) as opened:
        chosen, left_out = models_of(opened, names or ())
        found = built(opened.engine, opened.catalogue, chosen, opened.stores, opened.asked)
    if call.as_json:
        call.screen.document({"models": found, "left_out": left_out})
        return
    columns = (Column("model", is_whole=True), Column("rows", is_right=True), Column("ms", is_right=True))
    call.screen.table(columns, [(one.model, str(one.rows), str(one.milliseconds)) for one in found])
    _say_left_out(call, left_out)


def verify(
    call: Call, names: Names = None, engine: EngineName = "duckdb", known_at: KnownAt = None, merchant: Merchant = None
) -> None:
    """Run what must be true of models on this home; exit 1 where something is not."""
    from recoup.app.marts import desk, table_named
    from recoup.marts.testing import examined

    known = instant(known_at, "--known-at")
    with call.app() as app, desk(app, engine, known_at=known, merchant=merchant) as opened:
        chosen = [table_named(opened.catalogue, name).name for name in names or ()] or list(opened.catalogue.models)
        verdicts = examined(opened.engine, opened.catalogue, chosen, opened.stores, opened.asked)
    wrong = [verdict for verdict in verdicts if verdict.state == "false"]
    if call.as_json:
        call.screen.document({"is_true": not wrong, "verdicts": verdicts})
    else:
        _say_verdicts(call, verdicts)
    if wrong:
        raise typer.Exit(1)


def publish(
    call: Call,
    folder: Annotated[Path, typer.Argument(help="Where the set appears", metavar="DIR")],
    format_: Annotated[str, typer.Option("--format", help="parquet or duckdb")] = "parquet",
    table: Annotated[list[str] | None, typer.Option(help="Only this table; may be repeated", metavar="NAME")] = None,
    with_sources: Annotated[bool, typer.Option("--with-sources", help="Sources too, not models alone")] = False,
    engine: EngineName = "duckdb",
    known_at: KnownAt = None,
    merchant: Merchant = None,
) -> None:
    """Write tables as files for other tools, replaced at once."""
    from recoup.app import marts
    from recoup.marts.publication import FORMATS

    kind = next((known for known in FORMATS if known == format_), None)
    if kind is None:
        raise UsageProblem("--format", repr(format_), " or ".join(FORMATS))
    known = instant(known_at, "--known-at")
    with call.app() as app, marts.desk(app, engine, known_at=known, merchant=merchant) as opened:
        manifest = marts.publish(app, opened, folder, kind, table or (), with_sources=with_sources)
    if call.as_json:
        call.screen.document(manifest)
        return
    columns = (Column("table", is_whole=True), Column("rows", is_right=True), Column("file"))
    call.screen.table(columns, [(one.name, str(one.rows), one.file) for one in manifest.tables])
    _say_left_out(call, manifest.left_out)
    call.screen.say(f"{folder / 'current'} leads to set {manifest.name}.", "green")


def export(
    call: Call,
    dbt: Annotated[Path | None, typer.Option("--dbt", help="Write a dbt project there", metavar="DIR")] = None,
) -> None:
    """Write sources and models as a project of another tool, with their data."""
    from recoup.app.marts import desk, export_dbt

    if dbt is None:
        raise UsageProblem("marts export", "no tool", "--dbt DIR", "Run: recoup marts export --dbt dbt-recoup")
    with call.app() as app, desk(app) as opened:
        written = export_dbt(opened, dbt)
    if call.as_json:
        call.screen.document({"files": [str(path) for path in written]})
        return
    call.screen.say(f"{count(len(written), 'file')} written to {dbt}.")
    call.screen.next(f"cd {dbt} && dbt build --profiles-dir .")


def _facts(table: Any) -> dict[str, Any]:
    kind = "model" if hasattr(table, "sql") else "source"
    facts = {"name": table.name, "kind": kind, "grain": table.grain, "key": table.key, "owner": table.owner}
    more = {"freshness": table.freshness, "columns": table.columns, "reads": getattr(table, "reads", ())}
    return {**facts, **more, "assertions": [assertion.says for assertion in getattr(table, "assertions", ())]}


def _say_left_out(call: Call, left_out: Any) -> None:
    for name, why in left_out.items():
        call.screen.say(f"Left out {name}: {why}.", "yellow")


def _say_verdicts(call: Call, verdicts: Any) -> None:
    asked = [verdict for verdict in verdicts if verdict.state != "not asked"]
    for verdict in verdicts:
        if verdict.state == "not asked":
            call.screen.say(f"Not asked {verdict.model}: {verdict.why}.", "yellow")
        if verdict.state == "false":
            call.screen.say(f"Not true of {verdict.model}: {verdict.says}; {count(verdict.found, 'row')}.", "red")
            for row in verdict.rows:
                call.screen.indented(", ".join(NOTHING if value is None else str(value) for value in row))
    is_well = all(verdict.state != "false" for verdict in verdicts)
    said = f"{count(len(asked), 'assertion')} about {count(len({v.model for v in asked}), 'model')}"
    call.screen.say(f"{said}: {'all true' if is_well else 'NOT all true'}.", "green" if is_well else "red")
