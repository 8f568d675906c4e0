"""`seal …`: partner-days declared complete, what each other day waits for, and what came after."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command
from recoup.cli.disputes import Partner
from recoup.cli.phrases import NOTHING, amounts, brief, count, moment, money, readable, short
from recoup.cli.proof import Account, check_day
from recoup.cli.render import Column, Screen
from recoup.errors import UsageProblem

SEALS_SHOWN = 40
WAITS_SHOWN = 2


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Partner-days declared complete, and what later facts changed.", no_args_is_help=True)
    app.add_typer(group, name="seal")
    command(group, "list")(list_)
    command(group)(show)
    command(group)(day)
    command(group)(due)
    command(group)(accept)
    command(group)(month)
    command(group)(verify)


def list_(call: Call, partner: Partner = None, account: Account = None) -> None:
    """List sealed days, and the corrections that nobody has accepted."""
    with call.app() as app:
        found = app.sealing().seals(partner, account)
        corrections = app.sealing().corrections(partner, account)
    if call.as_json:
        call.screen.document({"seals": found, "corrections": corrections})
        return
    if not found:
        call.screen.say("No day is sealed.")
        call.screen.next("recoup seal due")
        return
    changed = {c.seal for c in corrections}
    call.screen.table(_COLUMNS, [_cells(seal, seal.seal in changed) for seal in found[-SEALS_SHOWN:]])
    if len(found) > SEALS_SHOWN:
        call.screen.say(f"The last {SEALS_SHOWN} of {len(found):,}; all of them: --json", "dim")
    _show_corrections(call.screen, corrections)
    steps = [f"recoup seal accept {short(c.correction)} --reason TEXT" for c in corrections[:1]]
    call.screen.next(*steps, "recoup seal due")


def show(
    call: Call,
    id_: Annotated[str, typer.Argument(metavar="ID", help="A seal or a correction, by its id or its beginning")],
) -> None:
    """Show one seal, with the corrections that came after it."""
    with call.app() as app:
        seal, corrections = app.sealing().find(id_)
    if call.as_json:
        call.screen.document({"seal": seal, "corrections": corrections})
        return
    call.screen.say(f"{seal.partner}/{seal.account}  {seal.covers_on}  ({seal.zone})", "bold")
    call.screen.indented(
        f"{seal.seal}, number {seal.sequence}, sealed {moment(seal.sealed_at)} UTC by {seal.sealed_by}", "dim"
    )
    if seal.reason:
        call.screen.indented(f"reason: {seal.reason}")
    for wait in seal.waits:
        call.screen.indented(f"sealed all the same: {readable(wait)}", "yellow")
    call.screen.heading("What was sealed")
    rows = [(name.replace("_", " "), f"{told['rows']:,}", told["hash"][:16]) for name, told in seal.sections.items()]
    came = [("deliveries", f"{seal.deliveries:,}", ""), ("records", f"{seal.records:,}", "")]
    call.screen.table((Column("kind"), Column("rows", is_right=True), Column("hash")), [*came, *rows])
    call.screen.indented(f"facts  {seal.content}", "dim")
    call.screen.indented(f"seal   {seal.hash}", "dim")
    _show_sums(call.screen, seal)
    _show_corrections(call.screen, corrections)
    call.screen.next(f"recoup proof --partner {seal.partner} --account {seal.account} --day {seal.covers_on}")


def day(
    call: Call,
    partner: Annotated[str, typer.Argument(help="The partner", metavar="PARTNER")],
    day: Annotated[str, typer.Argument(help="The day, in the zone of the account", metavar="DAY")],
    account: Account = None,
    reason: Annotated[
        str | None, typer.Option(help="Why it is sealed although it waits for something", metavar="TEXT")
    ] = None,
) -> None:
    """Seal one partner-day."""
    check_day("DAY", day)
    with call.app() as app:
        seal = app.sealing().seal_day(partner, day, account, reason)
    if call.as_json:
        call.screen.document(seal)
        return
    _say_sealed(call.screen, seal)
    call.screen.next(f"recoup seal show {short(seal.seal)}", "recoup seal due")


def due(
    call: Call,
    partner: Partner = None,
    account: Account = None,
    is_sealing: Annotated[bool, typer.Option("--seal", help="Seal every day that waits for nothing")] = False,
) -> None:
    """List days that are over and not sealed: those that could be, and what each of the others waits for."""
    with call.app() as app:
        made = app.sealing().seal_due(partner, account) if is_sealing else []
        found = app.sealing().due(partner, account)
    if call.as_json:
        call.screen.document({"sealed": made, "due": found})
        return
    for seal in made:
        _say_sealed(call.screen, seal)
    ready = [row for row in found if not row.waits]
    columns = (Column("from", is_whole=True), Column("to", is_whole=True), Column("account"), Column("waits for"))
    call.screen.table(columns, _spans(found))
    call.screen.say(
        f"{count(len(found), 'day')} not sealed, {len(ready):,} could be.", "green" if ready or not found else ""
    )
    call.screen.next(*(["recoup seal due --seal"] if ready else ["recoup check"]), "recoup seal list")


def accept(
    call: Call,
    correction: Annotated[str, typer.Argument(metavar="ID", help="The correction, by its id or its beginning")],
    reason: Annotated[str | None, typer.Option(help="Why the change is right", metavar="TEXT")] = None,
) -> None:
    """Accept what later facts did to a sealed day: it is sealed again, linked to the seal before."""
    if not reason:
        raise UsageProblem(
            "seal accept",
            "no --reason",
            "why the change is right",
            f'Run: recoup seal accept {correction} --reason "…"',
        )
    with call.app() as app:
        seal = app.sealing().accept(correction, reason)
    if call.as_json:
        call.screen.document(seal)
        return
    _say_sealed(call.screen, seal)
    call.screen.next(f"recoup seal show {short(seal.seal)}", "recoup check")


def month(
    call: Call,
    month: Annotated[str, typer.Argument(metavar="MONTH", help="The month, 2026-03")],
) -> None:
    """Say what is missing to close a month: every day sealed, every correction accepted.

    Exits 1 when the month is not ready.
    """
    with call.app() as app:
        found = app.sealing().month(month)
    if call.as_json:
        call.screen.document(found)
    else:
        _show_month(call.screen, found)
    if not found.is_ready:
        raise typer.Exit(1)


def verify(call: Call) -> None:
    """Compute every sealed day again, and follow the links of the seals.

    Exits 1 when a seal does not hold, or a sealed day has changed and nobody has accepted it.
    """
    with call.app() as app:
        broken = app.sealing().broken()
        app.sealing().correct(is_whole=True)
        corrections = app.sealing().corrections()
    if call.as_json:
        told = [{"seal": seal.seal, "why": why} for seal, why in broken]
        call.screen.document({"is_whole": not broken, "broken": told, "corrections": corrections})
    else:
        for seal, why in broken:
            call.screen.say(f"{seal.seal}: {why}", "red")
        _show_corrections(call.screen, corrections)
        if not broken and not corrections:
            call.screen.say("Every seal holds, and every sealed day is as it was sealed.", "green")
    if broken or corrections:
        raise typer.Exit(1)


# --- how it looks ---------------------------------------------------------------------------

_COLUMNS = (
    Column("day", is_whole=True),
    Column("account"),
    Column("seal", style="cyan", is_whole=True),
    Column("no", is_right=True),
    Column("observations", is_right=True, from_width=110),
    Column("lines", is_right=True, from_width=100),
    Column("entries", is_right=True, from_width=100),
    Column("facts", is_whole=True),
    Column(""),
)


def _cells(seal: Any, is_changed: bool) -> tuple[str, ...]:
    counts = (f"{seal.observations:,}", f"{seal.money_lines:,}", f"{seal.entries:,}")
    mark = "CHANGED" if is_changed else "with a reason" if seal.reason else ""
    return (
        seal.covers_on,
        f"{seal.partner}/{seal.account}",
        short(seal.seal),
        str(seal.sequence),
        *counts,
        seal.content[:12],
        mark,
    )


def _show_sums(screen: Screen, seal: Any) -> None:
    names = ("object", "money", "other", "house", "paid_out", "banked")
    columns = (Column("moved"), *(Column(name.replace("_", " "), is_right=True, is_whole=True) for name in names))
    rows = [(row["currency"], *(money(row[f"{name}_minor"], row["currency"]) for name in names)) for row in seal.sums]
    if rows:
        screen.heading("Sums, as told")
        screen.table(columns, rows)


def _show_corrections(screen: Screen, corrections: Any) -> None:
    for c in corrections:
        by = amounts((a["minor"], a["currency"]) for a in c.amounts)
        changed = "" if by == NOTHING else f" by {by}"
        screen.say()
        screen.say(f"{short(c.correction)}  {c.partner}/{c.account} {c.covers_on} changed{changed}", "yellow")
        screen.indented(c.reason)


def _say_sealed(screen: Screen, seal: Any) -> None:
    entries = count(seal.entries, "entry", "entries")
    told = f"{count(seal.observations, 'observation')}, {count(seal.money_lines, 'line')}, {entries}"
    screen.say(f"Sealed {seal.partner}/{seal.account} {seal.covers_on}: {told}; facts {seal.content[:12]}.", "green")


def _spans(found: Iterable[Any]) -> list[tuple[str, str, str, str]]:
    """Give a row for days of an account that follow each other and wait for the same."""
    rows: list[tuple[str, str, str, str]] = []
    for row in found:
        account, waits = f"{row.partner}/{row.account}", _waits(row.waits)
        if rows and rows[-1][2:] == (account, waits) and _is_next_day(rows[-1][1] or rows[-1][0], row.covers_on):
            rows[-1] = (rows[-1][0], row.covers_on, account, waits)
        else:
            rows.append((row.covers_on, "", account, waits))
    return rows


def _is_next_day(day: str, other: str) -> bool:
    return dt.date.fromisoformat(other) - dt.date.fromisoformat(day) == dt.timedelta(days=1)


def _waits(waits: Any) -> str:
    if not waits:
        return "nothing"
    told = "; ".join(brief(wait.what) for wait in waits[:WAITS_SHOWN])
    return f"{told}; and {len(waits) - WAITS_SHOWN} more" if len(waits) > WAITS_SHOWN else told


def _show_month(screen: Screen, found: Any) -> None:
    columns = (Column("account"), Column("days", is_right=True), Column("sealed", is_right=True), Column("missing"))
    screen.table(columns, [_month_cells(row) for row in found.accounts])
    text = f"{found.month} is ready to be closed." if found.is_ready else f"{found.month} is not ready to be closed."
    screen.say(text, "green" if found.is_ready else "yellow")
    screen.next("recoup seal due", "recoup seal list")


def _month_cells(row: Any) -> tuple[str, ...]:
    missing = [f"{day.covers_on}: {_waits(day.waits[:1])}" for day in row.unsealed[:WAITS_SHOWN]]
    more = len(row.unsealed) - len(missing)
    missing += [f"and {more} more days"] if more else []
    missing += [f"{count(len(row.corrections), 'correction')} not accepted"] if row.corrections else []
    return f"{row.partner}/{row.account}", str(row.days), str(row.sealed), "\n".join(missing) or "nothing"
