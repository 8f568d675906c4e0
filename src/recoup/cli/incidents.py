"""`incidents`: breaks that are one matter, with what is at stake, who works on it, what happened, and what to do."""

from typing import Annotated, Any

import typer

from recoup.cli.breaks import STYLES, show_runbook
from recoup.cli.call import Call, command
from recoup.cli.phrases import amounts, count, due, moment, readable, short
from recoup.cli.render import Screen
from recoup.errors import UsageProblem

EVENTS_SHOWN = 40
CLASSES_SHOWN = 3


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app)(incidents)


def incidents(
    call: Call,
    id_: Annotated[
        str | None, typer.Argument(metavar="ID", help="One incident, by its id or the beginning of it, open or not")
    ] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Those that are over too")] = False,
) -> None:
    """List incidents, the loudest and oldest first; one with its timeline and runbook."""
    from recoup.enquiry.incidents import incidents as find

    with call.app() as app, app.register.reading() as view:
        now = app.now()
        rows = find(view, now, id_=id_, is_all=is_all)
    if id_ is not None and not rows:
        raise UsageProblem(
            "incidents ID", repr(id_), "the id of an incident, or its beginning", "See: recoup incidents"
        )
    if call.as_json:
        call.screen.document([_told(row) for row in rows] if id_ is not None else rows)
        return
    if not rows:
        call.screen.say("No open incidents.", "green")
        call.screen.next("recoup incidents --all")
        return
    for row in rows:
        _show(call.screen, row, now)
        if id_ is not None:
            _show_detail(call.screen, row)
    call.screen.next(
        f"recoup incidents {short(rows[0].id)}" if id_ is None else f"recoup breaks {short(rows[0].breaks[0])}"
    )


def _told(row: Any) -> dict[str, Any]:
    from msgspec import structs

    from recoup.controls.runbooks import runbook

    books = [runbook([name]) for name in row.classes]
    return {**structs.asdict(row), "runbook": runbook(row.classes), "runbooks": books}


def _show(screen: Screen, row: Any, now: int) -> None:
    place = "/".join(part for part in (row.partner, row.feed) if part)
    money = amounts((amount.minor, amount.currency) for amount in row.amounts)
    status = "" if row.status == "open" else "  over"
    age = f"{count(row.age_days, 'day')} old" if row.age_days else "new"
    screen.say()
    line = f"{row.severity.upper():<6}  {short(row.id)}  {money}  {place} {row.family}  {age}{status}"
    screen.say(line, STYLES.get(row.severity, ""))
    screen.indented(" · ".join(_facts(row, now)), "dim")


def _facts(row: Any, now: int) -> list[str]:
    facts = [f"{count(row.breaks_open, 'open break')} of {len(row.breaks):,}"]
    if row.classes:
        facts.append(f"likely {', '.join(row.classes[:CLASSES_SHOWN])}")
    if row.disputes:
        facts.append(count(row.disputes, "dispute"))
    if row.nearest_due_at is not None:
        facts.append(due(row.nearest_due_at, now))
    if row.owner:
        facts.append(f"owner {row.owner}")
    if row.is_over_budget:
        facts.append("a ticket: the pages of the day were used up")
    return facts


def _show_detail(screen: Screen, row: Any) -> None:
    screen.heading("What happened")
    for event in row.timeline[-EVENTS_SHOWN:]:
        screen.indented(f"{moment(event.at)}  {event.kind:<8}  {short(event.id)}  {readable(event.text)}")
    if len(row.timeline) > EVENTS_SHOWN:
        screen.indented(f"the last {EVENTS_SHOWN} of {len(row.timeline):,}; all of them: --json", "dim")
    for name in row.classes[:CLASSES_SHOWN] or ("",):
        of = f": {name}" if len(row.classes) > 1 else ""
        screen.heading(f"What to look at, and what to do{of}")
        show_runbook(screen, [name])
