"""`bench`: measure this machine with the work that Recoup is made for."""

from typing import Annotated

import typer

from recoup.cli.call import Call, command
from recoup.cli.render import Column


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Measure this machine with Recoup's own work.", no_args_is_help=True)
    app.add_typer(group, name="bench")
    command(group, options=("as_json",))(match)


def match(
    call: Call,
    lines: Annotated[int, typer.Option(help="About so many lines on each side", min=1_000)] = 10_000_000,
    price_points: Annotated[int, typer.Option(help="How many amounts there are; 0: all kinds", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Of the simulated lines")] = 1,
    engine: Annotated[str, typer.Option(help="What computes: duckdb or spark", metavar="NAME")] = "duckdb",
) -> None:
    """Match two sides of simulated lines by five rules, beside a bare join of the same files."""
    from recoup.app.bench_match import bench

    with call.screen.progress("simulating, joining, matching") as progress:
        done = 0

        def heard(_said: str) -> None:
            nonlocal done
            done += 1
            progress(done, 4)

        found = bench(lines, seed=seed, price_points=price_points, engine=engine, progress=heard)
    if call.as_json:
        call.screen.document(found)
        return
    columns = (Column("rule", is_whole=True), Column("confirmed", is_right=True), Column("right", is_right=True))
    rows = [(rule, str(told["confirmed"]), str(told["right"])) for rule, told in found["by_rule"].items()]
    call.screen.table(columns, rows)
    left, right = found["lines"].values()
    call.screen.say(
        f"{left} and {right} lines in {found['match_seconds']} s, {found['ratio_to_bare_join']} times the bare join; "
        f"{found['microseconds_per_line']} µs a line, {found['peak_mib']} MiB at most."
    )
