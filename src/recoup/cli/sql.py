"""`sql`: one read-only query over the documented data sources and models."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, KnownAt, command, instant
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
    known_at: KnownAt = None,
    merchant: Annotated[
        str | None, typer.Option(help="Only what belongs to this merchant, and no table of the house", metavar="ID")
    ] = None,
) -> None:
    """Answer one read-only query over the data sources and models.

    It runs in a process of its own, without files, network or a way to write, and is written into the audit.
    """
    if is_list:
        _show_tables(call, instant(known_at, "--known-at"), merchant)
        return
    if query is None:
        raise UsageProblem("sql", "no query", "a query or --list", "Run: recoup sql --list")
    from recoup.app.marts import ask_sql
    from recoup.enquiry.sql import Limits

    known = instant(known_at, "--known-at")
    with call.app() as app:
        bounds = Limits(rows=rows, seconds=seconds)
        answer = ask_sql(app, query, known_at=known, merchant=merchant, bounds=bounds)
    if answer.is_cut:
        what = "narrow the query, or raise --rows" if len(answer.rows) == rows else _TOO_LARGE
        call.screen.note(f"Cut at {count(len(answer.rows), 'row')}: {what}.")
    if call.as_json:
        call.screen.document(answer.objects())
    else:
        _show(call.screen, answer)


_TOO_LARGE = "the next is more than an answer holds; name fewer columns, or narrow the query"


def _show(screen: Screen, answer: Any) -> None:
    numbers = [all(isinstance(row[i], int | None) for row in answer.rows) for i in range(len(answer.columns))]
    columns = [Column(name, is_right=is_number) for name, is_number in zip(answer.columns, numbers, strict=True)]
    rows = [[_cell(value) for value in row] for row in answer.rows]
    if _widest(answer.columns, rows) <= screen.width:
        screen.table(columns, rows)
    else:
        _show_one_by_one(screen, answer.columns, rows)
    screen.say(f"{count(len(answer.rows), 'row')}.", "dim")


def _widest(names: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Give how wide a table is whose cells are not folded."""
    return sum(max(len(name), *(len(row[i]) for row in rows), 0) + 2 for i, name in enumerate(names)) - 2


def _show_one_by_one(screen: Screen, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print each row as lines of column and value: a figure that is folded reads as another."""
    columns = (Column("", style="dim", is_whole=True), Column(""))
    for number, row in enumerate(rows, start=1):
        screen.say(f"Row {number:,}", "bold")
        screen.table(columns, list(zip(names, row, strict=True)), has_heads=False)


def _cell(value: Any) -> str:
    if value is None:
        return NOTHING
    return str(value).lower() if isinstance(value, bool) else str(value)


def _show_tables(call: Call, known_at: int | None, merchant: str | None) -> None:
    from recoup.marts.catalogue import OWN, read_catalogue
    from recoup.marts.loading import why_not
    from recoup.marts.source import Asked

    catalogue = read_catalogue(call.settings.home / OWN)
    asked = Asked(0, known_at, merchant)
    found = [
        (table, why_not(catalogue, table, asked)) for name in catalogue.names() if (table := catalogue.named(name))
    ]
    if call.as_json:
        call.screen.document([_listed(table, why) for table, why in found])
        return
    columns = (Column("column", is_whole=True), Column("type", style="dim", is_whole=True), Column("says"))
    for table, why in found:
        also = getattr(table, "also", table.name)
        call.screen.heading(f"{table.name}  (or {also})" if also != table.name else table.name)
        call.screen.say(table.grain, "dim")
        if why:
            call.screen.say(f"Not available: {why}.", "yellow")
            continue
        call.screen.table(columns, [(c.name, c.type.lower(), c.says) for c in table.columns])
    call.screen.next('recoup sql "select stage, count(*) as disputes from disputes group by stage"')


def _listed(table: Any, why: str) -> dict[str, Any]:
    also = getattr(table, "also", table.name)
    shown = {"name": table.name, "also": also, "grain": table.grain, "columns": table.columns}
    return {**shown, "not_available": why or None}
