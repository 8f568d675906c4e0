"""`bench`: measure this machine with the work that Recoup is made for."""

from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command
from recoup.cli.phrases import NOTHING, count
from recoup.cli.render import Column


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Measure this machine with Recoup's own work.", no_args_is_help=True)
    app.add_typer(group, name="bench")
    command(group, options=("as_json",))(match)
    command(group, options=("as_json",))(faults)


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


WORLDS_SHOWN = 10


def faults(
    call: Call,
    partner_days: Annotated[int, typer.Option(help="Days of partners with a fault", min=0)] = 200,
    clean_days: Annotated[int, typer.Option(help="Days of partners without any", min=0)] = 200,
    pairs: Annotated[int, typer.Option(help="Worlds with two faults", min=0)] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same worlds")] = 1,
    jobs: Annotated[int, typer.Option(help="Worlds at once", min=1)] = 2,
) -> None:
    """Break many simulated worlds, live through them, and say what of it is found; clean ones must stay silent."""
    from recoup.app.campaign import run

    with call.screen.progress("Living through worlds") as progress:
        found = run(
            partner_days=partner_days, clean_days=clean_days, pairs=pairs, seed=seed, jobs=jobs, progress=progress
        )
    if call.as_json:
        call.screen.document(found)
    else:
        _show_campaign(call, found)


def _show_campaign(call: Call, found: Any) -> None:
    screen = call.screen
    columns = (
        *(Column("fault", is_whole=True), Column("times", is_right=True), Column("found", is_right=True)),
        *(Column("named first", is_right=True), Column("in three", is_right=True), Column("late", is_right=True)),
    )
    rows = [
        (name, *(str(number) for number in (q.times, q.found, q.named_first, q.named_in_three, q.late)))
        for name, q in found.per_fault.items()
    ]
    if rows:
        screen.table(columns, rows)
    screen.say(
        f"{count(found.trials, 'world')}: {count(found.faulted_partner_days, 'faulted partner-day')}, "
        f"{count(found.clean_partner_days, 'clean one')}, {count(found.pairs, 'pair')} of faults."
    )
    shares = {
        "Found": found.found_pct,
        "In time": found.in_time_pct,
        "Cause named first": found.named_first_pct,
        "Cause in the first three": found.named_in_three_pct,
        "Of what is named, hit": found.affected_precision_pct,
        "Of what is hit, named": found.affected_recall_pct,
        "Pairs of which both were found": found.pairs_both_found_pct,
    }
    screen.table(
        (Column("share"), Column("percent", is_right=True)),
        [(name, NOTHING if share is None else f"{share:.2f}") for name, share in shares.items()],
    )
    screen.say(
        f"False alarms: {found.false_alarms_clean} in clean worlds, {found.false_alarms_faulted} in faulted ones."
    )
    worlds: dict[str, list[str]] = {}
    for failure in found.failures:
        worlds.setdefault(failure.replay, []).append(failure.what)
    for replay, failures in list(worlds.items())[:WORLDS_SHOWN]:
        for what in failures:
            screen.say(what, "yellow")
        screen.indented(replay)
    if len(worlds) > WORLDS_SHOWN:
        screen.say(f"{len(worlds) - WORLDS_SHOWN} more worlds with failures; all of them: --json")
