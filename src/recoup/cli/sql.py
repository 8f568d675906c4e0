"""`sql`: one read-only query over the documented data sources."""

from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command
from recoup.cli.phrases import NOTHING, count
from recoup.cli.render import Column, Screen
from recoup.errors import UsageProblem


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app)(sql)


def sql(
    call: Call,
    query: Annotated[str | None, typer.Argument(help="One SELECT, in DuckDB's SQL; as_of() is the present")] = None,
    is_list: Annotated[bool, typer.Option("--list", help="List the data sources and their columns")] = False,
    rows: Annotated[int, typer.Option(help="At most so many rows", min=1, max=1_000_000)] = 10_000,
    seconds: Annotated[int, typer.Option(help="At most so many seconds", min=1, max=3_600)] = 30,
) -> None:
    """Answer one read-only query over the data sources.

    It runs in a process of its own, without files, network or a way to write.
    """
    if is_list:
        _show_sources(call)
        return
    if query is None:
        raise UsageProblem("sql", "no query", "a query or --list", "Run: recoup sql --list")
    from recoup.enquiry.sql import Home, Limits, ask

    with call.app() as app, app.register.reading() as view:
        home = Home(app.settings.home / "tmp", app.settings.home / "lake")
        answer = ask(view, query, home, app.now(), Limits(rows=rows, seconds=seconds))
    if answer.is_cut:
        call.screen.note(f"Cut at {count(len(answer.rows), 'row')}: narrow the query, or raise --rows.")
    if call.as_json:
        call.screen.document(answer.objects())
    else:
        _show(call.screen, answer)


def _show(screen: Screen, answer: Any) -> None:
    numbers = [all(isinstance(row[i], int | None) for row in answer.rows) for i in range(len(answer.columns))]
    columns = [Column(name, is_right=is_number) for name, is_number in zip(answer.columns, numbers, strict=True)]
    screen.table(columns, [[_cell(value) for value in row] for row in answer.rows])
    screen.say(f"{count(len(answer.rows), 'row')}.", "dim")


def _cell(value: Any) -> str:
    if value is None:
        return NOTHING
    return str(value).lower() if isinstance(value, bool) else str(value)


def _show_sources(call: Call) -> None:
    from recoup.enquiry.sources import sources

    found = sources().values()
    if call.as_json:
        shown = [
            {"name": source.name, "also": source.also, "grain": source.grain, "columns": source.columns}
            for source in found
        ]
        call.screen.document(shown)
        return
    columns = (Column("column", is_whole=True), Column("type", style="dim", is_whole=True), Column("says"))
    for source in found:
        call.screen.heading(f"{source.name}  (or {source.also})" if source.also != source.name else source.name)
        call.screen.say(source.grain, "dim")
        call.screen.table(columns, [(c.name, c.type.lower(), c.says) for c in source.columns])
    call.screen.next('recoup sql "select stage, count(*) as disputes from disputes group by stage"')
