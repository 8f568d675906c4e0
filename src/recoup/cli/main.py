"""`recoup`: the entry, the global options, and the order in which help lists the commands."""

from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from recoup import __version__
from recoup.cli import (
    bench,
    books,
    break_work,
    breaks,
    calls,
    demo,
    disputes,
    drift,
    expectations,
    homes,
    incidents,
    intake,
    lens,
    marts,
    match,
    notices,
    outages,
    partner,
    proof,
    record,
    report,
    scorecard,
    seal,
    serve,
    simulate,
    sql,
    ticket,
    work,
)
from recoup.cli.call import AsOf, Home, Json, remember

ORDER = (
    *("init", "demo", "setup", "lens", "partner", "ingest", "record", "quarantine"),
    *(
        "check",
        "today",
        "breaks",
        "break",
        "incidents",
        "notices",
        "outage",
        "calls",
        "drift",
        "expectations",
        "ticket",
    ),
    *("disputes", "trace", "books", "match", "work", "proof", "seal", "report", "scorecard", "sql", "marts"),
    *("simulate", "score", "replay", "state-hash", "doctor", "upgrade", "bench", "serve"),
)


class InOrder(TyperGroup):
    """The commands in the order in which a newcomer meets them."""

    def __init__(self, *, commands: dict[str, TyperCommand | TyperGroup], **more: Any) -> None:
        known = {name: commands[name] for name in ORDER if name in commands}
        super().__init__(commands={**known, **commands}, **more)


app = typer.Typer(
    name="recoup",
    cls=InOrder,
    help="Operations platform for payment disputes: every delivery kept, every cent proved, every break explained.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help answers in a fifth of the time
    pretty_exceptions_enable=False,  # a traceback with values in it could show what must not be shown
)


def _version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"recoup {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    home: Home = None,
    as_json: Json = False,
    as_of: AsOf = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Operations platform for payment disputes: every delivery kept, every cent proved, every break explained."""
    remember(ctx, home=home, as_json=as_json, as_of=as_of)


for room in (
    homes,
    demo,
    intake,
    record,
    lens,
    partner,
    breaks,
    break_work,
    incidents,
    notices,
    calls,
    drift,
    expectations,
    ticket,
    work,
    outages,
    disputes,
    books,
    match,
    proof,
    seal,
    report,
    scorecard,
    sql,
    marts,
    simulate,
    bench,
    serve,
):
    room.add(app)


def run() -> None:
    """Run the program."""
    app()


if __name__ == "__main__":
    run()
