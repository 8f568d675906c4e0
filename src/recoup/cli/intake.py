"""`ingest` and `quarantine`: take bytes in, and look after what was not good."""

from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command, instant
from recoup.cli.phrases import count, moment, short
from recoup.cli.render import Column, Screen
from recoup.errors import UsageProblem

PROBLEMS_SHOWN = 20


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app, options=("home", "as_json"))(ingest)
    quarantine = typer.Typer(help="Bad records: list them, release them with a reason.", no_args_is_help=True)
    app.add_typer(quarantine, name="quarantine")
    command(quarantine, "list", options=("home", "as_json"))(list_quarantine)
    command(quarantine, "release", options=("home", "as_json"))(release)


def ingest(
    call: Call,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="Files, or directories with deliveries.jsonl")
    ] = None,
    partner: Annotated[str | None, typer.Option(help="Who sent the files", metavar="NAME")] = None,
    feed: Annotated[str | None, typer.Option(help="By which channel they came", metavar="NAME")] = None,
    account: Annotated[
        str | None, typer.Option(help="Our account, where the file does not name it", metavar="NAME")
    ] = None,
    received_at: Annotated[str | None, typer.Option(help="When they came; now by default", metavar="INSTANT")] = None,
    again: Annotated[
        str | None, typer.Option(help="Read kept bytes again, by the hash of their object", metavar="HASH")
    ] = None,
) -> None:
    """Land and read files."""
    if (again is None) == (not paths):
        raise UsageProblem("ingest", "both PATH and --again" if paths else "no PATH", "files, or --again HASH")
    with call.app() as app, call.screen.progress("Taking in") as progress:
        if again is not None:
            report = app.again(again)
        else:
            report = app.ingest(
                paths,
                partner=partner,
                feed=feed,
                account=account,
                received_at=instant(received_at, "--received-at"),
                progress=progress,
            )
    if call.as_json:
        call.screen.document(report)
    else:
        _show(call.screen, report)


def list_quarantine(
    call: Call,
    partner: Annotated[str | None, typer.Option(help="Only of this partner", metavar="NAME")] = None,
    released: Annotated[bool, typer.Option("--all", help="Released ones too")] = False,
) -> None:
    """List bad records, the newest first."""
    from recoup.enquiry.quarantine import quarantined

    with call.app() as app, app.register.reading() as view:
        rows = quarantined(view, partner, is_all=released)
    if call.as_json:
        call.screen.document(rows)
        return
    if not rows:
        call.screen.say("Nothing in quarantine.")
        return
    columns = (
        Column("landed", is_whole=True),
        Column("delivery", is_whole=True),
        Column("record", is_right=True),
        Column("what is wrong"),
    )
    call.screen.table(
        columns,
        [
            (moment(r.landed_at), short(r.delivery), str(r.position), f"{r.found}; wanted {r.wanted} [{r.code}]")
            for r in rows
        ],
    )
    call.screen.next(
        f"recoup ingest --again {rows[0].object[:12]}",
        f"recoup quarantine release {rows[0].delivery} --reason TEXT",
    )


def release(
    call: Call,
    delivery: Annotated[str, typer.Argument(help="Id of the delivery")],
    reason: Annotated[str, typer.Option(help="Why its records need no more work", metavar="TEXT")],
    position: Annotated[int | None, typer.Option(help="Only this record", min=1)] = None,
) -> None:
    """Release bad records of a delivery: they were looked at and need no more."""
    with call.app() as app:
        number = app.release(delivery, position, reason)
    if call.as_json:
        call.screen.document({"delivery": delivery, "released": number})
    else:
        call.screen.say(f"Released {count(number, 'record')} of {delivery}.")


def _show(screen: Screen, report: Any) -> None:
    known = f", {count(report.duplicate_deliveries, 'of known bytes', 'of known bytes')}"
    screen.say(
        f"{count(report.deliveries, 'delivery', 'deliveries')} landed"
        f"{known if report.duplicate_deliveries else ''}{f', {report.held} held' if report.held else ''}."
    )
    screen.say(f"{count(report.records, 'record')}: {report.accepted:,} accepted, {report.quarantined:,} quarantined.")
    screen.say(
        f"{count(report.observations_new, 'new observation')} ({report.observations_known:,} known),"
        f" {count(report.money_lines, 'money line')}."
    )
    if report.problems:
        _show_problems(screen, report.problems)
    steps = ["recoup check", "recoup disputes"]
    screen.next(*(["recoup quarantine list", *steps] if report.quarantined else steps))


def _show_problems(screen: Screen, problems: list[Any]) -> None:
    screen.heading(count(len(problems), "problem"))
    for problem in problems[:PROBLEMS_SHOWN]:
        screen.indented(f"{problem.where}: {problem.found}; wanted {problem.wanted} [{problem.code}]", "yellow")
    if len(problems) > PROBLEMS_SHOWN:
        screen.indented(f"… and {len(problems) - PROBLEMS_SHOWN:,} more; all of them: --json", "dim")
