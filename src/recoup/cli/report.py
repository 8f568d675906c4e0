"""`report`: questions kept, asked again, and answered in files that can be proved."""

from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, KnownAt, command, instant
from recoup.cli.phrases import NOTHING, amounts, count, moment, short
from recoup.cli.render import Column, Screen
from recoup.errors import UsageProblem

FORMATS = ("pdf", "xlsx", "csv", "parquet", "json")
group = typer.Typer(help="Reports: questions kept, asked again, answered in files that can be proved.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The report's name")]


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(group, name="report")
    command(group, "list")(list_)
    command(group)(show)
    command(group)(run)
    command(group)(history)
    command(group)(due)
    command(group)(verify)


def list_(call: Call) -> None:
    """List the reports there are, and what is wrong with those that cannot be made."""
    reports, problems = _listed(call)
    if call.as_json:
        told = [{"name": name, **problem.to_json()} for name, problem in problems.items()]
        call.screen.document({"reports": [_summary(r) for r in reports], "problems": told})
        return
    columns = (Column("name", is_whole=True), Column("what it says"), Column("due", from_width=100), Column("owner"))
    rows = [(r.name, r.definition.about, _rhythm(r.definition.schedule), r.definition.owner) for r in reports]
    call.screen.table(columns, rows)
    for problem in problems.values():
        call.screen.say(str(problem), "red")
    call.screen.next("recoup report run daily_operations", "recoup report due")


def _listed(call: Call) -> tuple[list[Any], dict[str, Any]]:
    """The reports, and what is wrong with those that cannot be made: only those of a home's own are looked through."""
    from recoup.reports import listing

    home = call.settings.home
    if (home / "keys" / "home.key").exists() and not listing.has_own(home):
        return listing.pack(), {}
    from recoup.app.reporting import library

    with call.app() as app:
        found = library(app)
    return list(found.reports.values()), dict(found.problems)


def show(call: Call, name: Name) -> None:
    """Show one report: what may be chosen, what it asks, when it is due, who gets it."""
    from recoup.app.reporting import named

    with call.app() as app:
        report = named(app, name)
    if call.as_json:
        call.screen.document(_described(report))
        return
    definition = report.definition
    screen = call.screen
    screen.say(f"{definition.title}  ({report.place})", "bold")
    screen.say(definition.about)
    screen.say(f"Owner {definition.owner}; formats {', '.join(definition.formats)}; days in {definition.zone}.", "dim")
    screen.say("Can be asked as known at an instant." if report.answers_known_at else "Knows only the present.", "dim")
    if definition.parameter:
        screen.heading("Parameters")
        heads = (Column("name", is_whole=True), Column("type"), Column("by default"), Column("says"))
        screen.table(heads, [(p.name, p.type, p.default or "must be given", p.says) for p in definition.parameter])
    screen.heading("Questions")
    columns = (Column("question", is_whole=True), Column("reads"), Column("gives"))
    screen.table(
        columns, [(q.name, ", ".join(q.tables), ", ".join(c.name for c in q.columns)) for q in report.questions]
    )
    if definition.schedule is not None:
        screen.heading("Due")
        screen.say(_rhythm(definition.schedule))
        for recipient in definition.recipient:
            screen.indented(f"{recipient.name}: {', '.join(recipient.formats)} into {recipient.folder}", "dim")
    screen.next(f"recoup report run {report.name}")


def run(
    call: Call,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The report's name; none with --due")] = None,
    param: Annotated[list[str] | None, typer.Option(help="Choose a parameter", metavar="KEY=VALUE")] = None,
    format_: Annotated[
        list[str] | None, typer.Option("--format", help=f"One of {', '.join(FORMATS)}; may be repeated", metavar="NAME")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder that takes the run's folder", metavar="DIR")] = None,
    is_due: Annotated[bool, typer.Option("--due", help="Make every report whose schedule asks for it")] = False,
    known_at: KnownAt = None,
) -> None:
    """Make a report now, and write it in its formats.

    Outputs are written whole or not at all, into `outbox` in the home unless --out says otherwise.
    """
    from recoup.app.reporting import make_due, make_report

    _check_usage(name, param, format_, out, known_at, is_due=is_due)
    with call.app() as app:
        if is_due:
            made = make_due(app)
        else:
            known = instant(known_at, "--known-at")
            formats: Any = [form.lower() for form in format_ or []]
            made = [make_report(app, name or "", _given(param or []), formats=formats, folder=out, known_at=known)]
    if call.as_json:
        runs = [_made(run) for run in made]
        call.screen.document(runs if is_due else runs[0])
        return
    if not made:
        call.screen.say("Nothing is due.", "green")
    for run in made:
        _show_made(call.screen, run)
    if made:
        call.screen.next("recoup report history")


def history(
    call: Call,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only of this report")] = None,
    most: Annotated[int, typer.Option(help="At most so many runs", min=1, max=10_000)] = 50,
) -> None:
    """List the runs that were made, newest first."""
    from recoup.app.reporting import history as made

    with call.app() as app:
        runs = made(app, name, most)
    if call.as_json:
        call.screen.document(runs)
        return
    columns = (
        Column("run", is_whole=True),
        Column("report", is_whole=True),
        Column("chosen"),
        Column("known at", from_width=100, is_whole=True),
        Column("rows", is_right=True),
        Column("hash of rows", from_width=100, is_whole=True),
        Column("made", is_whole=True),
        Column("by", from_width=120),
    )
    call.screen.table(columns, [_history_row(run) for run in runs])
    call.screen.say(f"{count(len(runs), 'run')}.", "dim")


def due(call: Call) -> None:
    """Say which reports are due now, and when each is due next."""
    from recoup.app.reporting import what_is_due

    with call.app() as app:
        plan = what_is_due(app)
    if call.as_json:
        call.screen.document(plan)
        return
    columns = (Column("report", is_whole=True), Column("due now", is_right=True), Column("since"), Column("next"))
    call.screen.table(
        columns, [(p.report, f"{p.due}", moment(p.oldest_slot_at), moment(p.next_at)) for p in plan.reports]
    )
    call.screen.say(f"{count(len(plan.runs), 'run')} due. Times in UTC.", "yellow" if plan.runs else "green")
    if plan.runs:
        call.screen.next("recoup report run --due")


def verify(
    call: Call, file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .parquet file of a report")]
) -> None:
    """Say whether the rows of a file are what a run gave, by their hash; exit 1 when they are not."""
    from recoup.app.reporting import verify as checked

    with call.app() as app:
        verdict = checked(app, file)
    if call.as_json:
        call.screen.document(verdict)
    else:
        _show_verdict(call.screen, file, verdict)
    if not verdict.same:
        raise typer.Exit(1)


# --- what is shown ---------------------------------------------------------------------------


def _check_usage(
    name: str | None, param: Any, formats: list[str] | None, out: Any, known_at: Any, *, is_due: bool
) -> None:
    if is_due and (name or param or formats or out or known_at):
        raise UsageProblem("report run", "--due beside a name or a choice", "one of the two")
    if not is_due and not name:
        raise UsageProblem("report run", "no report", "NAME or --due", "See: recoup report list")
    if unknown := [form for form in formats or [] if form.lower() not in FORMATS]:
        raise UsageProblem("--format", repr(unknown[0]), f"one of {', '.join(FORMATS)}")


def _given(words: list[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    if crooked := [key for key, sign, _ in pairs if not sign or not key]:
        raise UsageProblem("--param", repr(crooked[0]), "KEY=VALUE")
    return {key: value for key, _, value in pairs}


def _summary(report: Any) -> dict[str, Any]:
    d = report.definition
    shown = {"name": report.name, "title": d.title, "about": d.about, "owner": d.owner, "is_own": report.is_own}
    return {**shown, "formats": d.formats, "schedule": d.schedule, "answers_known_at": report.answers_known_at}


def _described(report: Any) -> dict[str, Any]:
    questions = [
        {"name": q.name, "tables": q.tables, "columns": q.columns, "parameters": sorted(q.parameters), "sql": q.text}
        for q in report.questions
    ]
    shown = {"parameters": report.definition.parameter, "questions": questions, "query_hash": report.query_hash}
    return {**_summary(report), **shown, "recipients": report.definition.recipient}


def _rhythm(schedule: Any) -> str:
    if schedule is None:
        return NOTHING
    rhythm = {
        "day": "daily",
        "business_day": f"each business day ({schedule.calendar})",
        "week": f"each {schedule.weekday}",
        "month": f"business day {schedule.business_day} of the month ({schedule.calendar})",
    }[schedule.every]
    return f"{rhythm} at {schedule.at} {schedule.zone}"


def _made(run: Any) -> dict[str, Any]:
    from recoup.reports.json_file import stamp_document

    return {**stamp_document(run.stamp), "folders": run.folders}


def _show_made(screen: Screen, run: Any) -> None:
    stamp = run.stamp
    chosen = ", ".join(value or f"any {name}" for name, value in stamp.asked.parameters.items())
    screen.say(f"{stamp.title}{f', {chosen}' if chosen else ''}", "bold")
    columns = (
        Column("question", is_whole=True),
        Column("rows", is_right=True),
        Column("sums"),
        Column("hash", is_whole=True),
    )
    screen.table(columns, [(a.question, f"{a.rows:,}", _sums(a.sums), a.rows_hash[:12]) for a in stamp.answers])
    screen.say(
        f"Run {short(stamp.run)}, known at {moment(stamp.asked.known_at)} UTC, rows {stamp.rows_hash[:12]}.", "dim"
    )
    for folder in run.folders:
        screen.say(f"Written: {folder}", "green")


def _sums(sums: Any) -> str:
    return "; ".join(
        f"{name.removesuffix('_minor')} {amounts((minor, currency) for currency, minor in kept.items())}"
        for name, kept in sums.items()
        if kept
    )


def _history_row(run: Any) -> tuple[str, ...]:
    chosen = ", ".join(value or "all" for value in run.parameters.values())
    facts = (short(run.run), run.report, chosen or NOTHING, moment(run.known_at), f"{run.rows:,}", run.rows_hash[:12])
    return (*facts, moment(run.made_at), run.actor)


def _show_verdict(screen: Screen, file: Path, verdict: Any) -> None:
    said = f"{count(verdict.rows, 'row')}, SHA-256 {verdict.rows_hash}"
    if not verdict.same:
        screen.say(f"{file.name} is not what a run gave: {said}.", "red")
        if verdict.claimed is not None:
            run, answer = verdict.claimed
            wanted = f"{count(answer.rows, 'row')}, SHA-256 {answer.rows_hash}"
            screen.indented(f"It says that it is {answer.question} of {run.report}, run {short(run.run)}: {wanted}.")
        return
    screen.say(f"{file.name} is what a run gave: {said}.", "green")
    for run, answer in verdict.runs:
        told = f"{answer.question} of {run.report}, run {short(run.run)}, known at {moment(run.known_at)} UTC"
        screen.indented(f"{told}, made {moment(run.made_at)} UTC by {run.actor}", "dim")
