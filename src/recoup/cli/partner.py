"""`partner`: who is known, a folder for a new one, whether a folder keeps the contract; the life of its accounts."""

from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli import partner_life
from recoup.cli.call import Call, command
from recoup.cli.phrases import count
from recoup.cli.render import Column
from recoup.errors import UsageProblem


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    partner = typer.Typer(
        help="Partners: list, declare and check them, and bring their accounts live.",
        no_args_is_help=True,
    )
    app.add_typer(partner, name="partner")
    command(partner, "list", options=("home", "as_json"))(list_partners)
    command(partner, "new", options=("as_json",))(new)
    command(partner, "check", options=("as_json",))(check)
    partner_life.add_to(partner)


def list_partners(call: Call) -> None:
    """List the partners that are known: built in, brought by packages, declared in the home."""
    from recoup.partners.installed import partners_of
    from recoup.partners.registry import built_in, partners

    ours = {partner.name for partner in built_in()}
    brought = set(partners())
    rows = [_row(partner, ours, brought) for partner in partners_of(call.settings.home).values()]
    if call.as_json:
        call.screen.document(rows)
        return
    columns = (Column("name", is_whole=True), Column("from", is_whole=True), Column("feeds"))
    shown = [(row["name"], row["from"], ", ".join(row["feeds"]) or "cannot be read") for row in rows]
    call.screen.table(columns, shown)
    for row in rows:
        if row["problem"] is not None:
            call.screen.heading(row["name"])
            call.screen.indented(row["problem"], "red")


def new(
    call: Call,
    name: Annotated[str, typer.Argument(help="Its name: lower-case letters, digits, underscores")],
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Where the folder is made; here by default", metavar="DIR")
    ] = None,
) -> None:
    """Write the folder of a new partner: declared, commented, with samples, passing its own check."""
    from recoup.app.partner_folders import write

    folder = write(name, directory or Path())
    if call.as_json:
        call.screen.document({"partner": name, "folder": str(folder)})
        return
    call.screen.say(f"Wrote {folder}, a partner that reads two CSV files; README.md says what is in it.")
    call.screen.next(f"recoup partner check {folder}")


def check(
    call: Call,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a declared partner")],
) -> None:
    """Hold a declared partner to the contract, over its samples.

    Exits 1 when it does not keep it.
    """
    from recoup.app.partner_folders import check as checked

    if not folder.is_dir():
        raise UsageProblem(str(folder), "no such folder", "the folder of a declared partner")
    with call.screen.progress("Checking") as progress:
        results = checked(folder, progress)
    is_kept = not any(result.wrong for result in results)
    if call.as_json:
        call.screen.document({"is_kept": is_kept, "checks": [_result(result) for result in results]})
    else:
        _show(call, results, is_kept)
    if not is_kept:
        raise typer.Exit(1)


def _row(partner: Any, ours: set[str], brought: set[str]) -> dict[str, Any]:
    declared = "package" if partner.name in brought else "home"
    return {
        "name": partner.name,
        "title": partner.title,
        "from": "built in" if partner.name in ours else declared,
        "feeds": sorted(partner.feeds),
        "problem": None if partner.unreadable is None else str(partner.unreadable),
    }


def _result(result: Any) -> dict[str, Any]:
    return {
        "check": result.name,
        "says": result.says,
        "status": result.status,
        "looked": result.times,
        "wrong": list(result.wrong),
        "remedy": result.remedy if result.wrong else None,
    }


def _show(call: Call, results: list[Any], is_kept: bool) -> None:
    shown = {"passed": "ok", "failed": "WRONG", "nothing": "–"}
    columns = (
        Column("", is_whole=True),
        Column("check", is_whole=True),
        Column("looked", is_right=True),
        Column("says"),
    )
    call.screen.table(columns, [(shown[r.status], r.name, f"{r.times:,}", r.says) for r in results])
    for result in results:
        if result.wrong:
            call.screen.heading(result.name)
            for wrong in result.wrong:
                call.screen.indented(wrong, "yellow")
            call.screen.indented(result.remedy)
    failed = sum(1 for result in results if result.wrong)
    call.screen.say()
    if is_kept:
        call.screen.say("It keeps the contract. Checks with a dash found nothing to look at in its samples.", "green")
    else:
        call.screen.say(f"It does not keep the contract: {count(failed, 'check')} failed.", "red")
