"""`record`: what a person learnt from a portal, a call or a letter, landed as bytes with who and when."""

from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command, default
from recoup.cli.phrases import count, moment, short
from recoup.cli.render import Column
from recoup.errors import UsageProblem

TEMPLATE = "record_form.toml"
_COLUMNS = (
    Column("record", style="cyan", is_whole=True),
    Column("when", is_whole=True),
    Column("partner"),
    Column("dispute"),
    Column("by"),
    Column("tells"),
    Column("approved"),
)


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="What a portal, a call or a letter said, written down by a person.")
    app.add_typer(group, name="record")
    default(group)(record)
    command(group)(approve)
    command(group, "list")(list_)


def record(
    call: Call,
    partner: Annotated[str | None, typer.Option(help="Who said it", metavar="PARTNER")] = None,
    file: Annotated[Path | None, typer.Option(help="The form, filled in", metavar="FORM.toml")] = None,
    attach: Annotated[
        list[Path] | None, typer.Option(help="A file that shows it; may be repeated", metavar="F")
    ] = None,
    minutes: Annotated[int | None, typer.Option(min=0, help="Minutes of work, for the work log", metavar="N")] = None,
    is_template: Annotated[bool, typer.Option("--template", help="Print an empty form")] = False,
) -> None:
    """Record what a portal, a call or a letter said; an outcome, a deadline or money needs a second person."""
    if is_template:
        _print_template(call)
        return
    if partner is None or file is None:
        remedy = (
            "Run: recoup record --template > form.toml, fill it in, then recoup record --partner P --file form.toml"
        )
        raise UsageProblem("record", "no --partner or no --file", "both", remedy)
    with call.app() as app:
        found = app.recording().record(partner, file, attach or [], minutes)
    if call.as_json:
        call.screen.document(_told(found))
        return
    told = ", ".join(found.tells) or "nothing but a note"
    call.screen.say(f"{short(found.record)}  {found.partner}/{found.account}  {found.partner_dispute_id}: {told}.")
    if found.is_waiting:
        call.screen.say("It is kept, and tells nothing until a second person approves it.", "yellow")
        call.screen.next(f"recoup record approve {short(found.record)}")
    else:
        call.screen.next(f"recoup trace {found.partner_dispute_id}")


def approve(
    call: Call,
    id_: Annotated[str, typer.Argument(metavar="ID", help="The record, by its id or the beginning of it")],
) -> None:
    """Approve, as a second person, what another recorded."""
    with call.app() as app:
        found = app.recording().approve(id_)
    if call.as_json:
        call.screen.document(_told(found))
        return
    call.screen.say(f"{short(found.record)} approved: {', '.join(found.tells)}.", "green")
    call.screen.next(f"recoup trace {found.partner_dispute_id}", "recoup check")


def list_(
    call: Call,
    is_waiting: Annotated[bool, typer.Option("--waiting", help="Only what waits for approval")] = False,
) -> None:
    """List what was recorded by hand, the newest first."""
    with call.app() as app:
        found = app.recording().listed(is_waiting=is_waiting)
    if call.as_json:
        call.screen.document([_told(one) for one in found])
        return
    if not found:
        call.screen.say("Nothing waits for approval." if is_waiting else "Nothing was recorded by hand.", "green")
        call.screen.next("recoup record --template")
        return
    call.screen.table(_COLUMNS, [_cells(one) for one in found])
    waiting = [one for one in found if one.is_waiting]
    call.screen.say(f"{count(len(found), 'record')}, {len(waiting):,} waiting for approval.")
    call.screen.next(*(f"recoup record approve {short(one.record)}" for one in waiting[:1]))


def _print_template(call: Call) -> None:
    text = resources.files("recoup.cli").joinpath(TEMPLATE).read_text(encoding="utf-8")
    if call.as_json:
        call.screen.document({"template": text})
        return
    typer.echo(text, nl=False)


def _cells(one: Any) -> tuple[str, ...]:
    approved = one.approved_by or ("waits" if one.is_waiting else "not needed")
    tells = ", ".join(one.tells)
    return short(one.record), moment(one.at), one.partner, one.partner_dispute_id, one.actor, tells, approved


def _told(one: Any) -> dict[str, Any]:
    from msgspec import structs

    return {**structs.asdict(one), "is_waiting": one.is_waiting}
