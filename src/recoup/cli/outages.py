"""`outage open|change|close|withdraw|list|show|pack`: a partner that is out, as one thing people open and close."""

from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command, instant
from recoup.cli.phrases import NOTHING, amounts, count, due, moment, money, readable, short, waited_for
from recoup.cli.render import Column, Screen
from recoup.errors import UsageProblem

Id = Annotated[str, typer.Argument(metavar="ID", help="The outage, by its id or the beginning of it")]
From = Annotated[str | None, typer.Option("--from", help="Since when; now by default", metavar="INSTANT")]
To = Annotated[str | None, typer.Option("--to", help="Until when, where it is known", metavar="INSTANT")]
Grace = Annotated[
    int | None, typer.Option("--grace-hours", min=0, help="After the end, until what was held is due", metavar="N")
]
Reason = Annotated[str | None, typer.Option(help="Why; kept with it", metavar="TEXT")]
SHOWN = 20


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Outages of partners: what they hold, what they put at risk.", no_args_is_help=True)
    app.add_typer(group, name="outage")
    command(group, "open")(open_)
    command(group)(change)
    command(group)(close)
    command(group)(withdraw)
    command(group, "list")(list_)
    command(group)(show)
    command(group)(pack)


def open_(
    call: Call,
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Who is out")],
    account: Annotated[str | None, typer.Option(help="Our account there; all of them without it")] = None,
    feed: Annotated[
        list[str] | None, typer.Option(help="A feed that is out; may be repeated; all without it", metavar="FEED")
    ] = None,
    from_: From = None,
    to: To = None,
    grace_hours: Grace = None,
    reason: Reason = None,
) -> None:
    """Open an outage: what is due of the partner within it is held, and what is at risk is one break."""
    told = _told(call, from_, to, grace_hours, _given(reason, "outage open"))
    with call.app() as app:
        row = app.outages().open(partner, account, tuple(feed or ()), told)
        app.check()
        row = app.outages().show(row.id)
    _say(call, row)


def change(
    call: Call, id_: Id, from_: From = None, to: To = None, grace_hours: Grace = None, reason: Reason = None
) -> None:
    """Change the times of an outage; what was said before stays."""
    _change(call, id_, "change", _told(call, from_, to, grace_hours, _given(reason, "outage change ID")))


def close(call: Call, id_: Id, to: To = None, grace_hours: Grace = None, reason: Reason = None) -> None:
    """Say that an outage is over: what it held is due after its end and the grace."""
    _change(call, id_, "close", _told(call, None, to, grace_hours, _given(reason, "outage close ID")))


def withdraw(call: Call, id_: Id, reason: Reason = None) -> None:
    """Take an outage back: it was none, and what it held is due as it always was."""
    _change(call, id_, "withdraw", _told(call, None, None, None, _given(reason, "outage withdraw ID")))


def list_(
    call: Call, is_all: Annotated[bool, typer.Option("--all", help="Those that are over or were withdrawn too")] = False
) -> None:
    """List outages, and what looks like one and nobody has opened."""
    with call.app() as app:
        rows, proposals = app.outages().listed(is_all=is_all)
        now = app.now()
    if call.as_json:
        call.screen.document({"outages": rows, "proposals": proposals})
        return
    for row in rows:
        _show(call.screen, row, now)
    if not rows:
        call.screen.say("No partner is out, as far as anybody said.", "green")
    for one in proposals:
        call.screen.say()
        call.screen.say(f"Looks like an outage: {one.partner}/{one.account} since {moment(one.from_at)} UTC", "yellow")
        call.screen.indented(one.why)
    steps = [f"recoup outage show {short(row.id)}" for row in rows[:1]]
    steps += [f"recoup outage open {one.partner} --account {one.account} --reason TEXT" for one in proposals[:1]]
    call.screen.next(*steps)


def show(call: Call, id_: Id) -> None:
    """Show one outage: what it holds, which disputes are at risk, what was said of it."""
    with call.app() as app:
        row, now = app.outages().show(id_), app.now()
    if call.as_json:
        call.screen.document(row)
        return
    _show(call.screen, row, now)
    _show_risk(call.screen, row, now)
    _show_held(call.screen, row)
    call.screen.heading("What was said")
    for word in row.words:
        call.screen.indented(f"{moment(word.at)}  {word.verb}, by {word.actor}: {readable(word.reason)}")
    call.screen.next(*_steps(row))


def _steps(row: Any) -> list[str]:
    """What can follow: work by hand where something is at risk, and its end where nobody has said it."""
    packed = [f"recoup outage pack {short(row.id)} --out DIR"] if row.at_risk else []
    closed = [f"recoup outage close {short(row.id)} --reason TEXT"] if row.status == "open" else []
    return [*packed, *closed] or ["recoup outage list --all"]


def pack(
    call: Call,
    id_: Id,
    out: Annotated[Path, typer.Option(help="A new directory, or a file that ends in .zip", metavar="DIR|FILE.zip")],
    hours: Annotated[
        int | None,
        typer.Option(min=0, help="Only disputes to be answered so many hours after the end, or now", metavar="N"),
    ] = None,
) -> None:
    """Write the fallback pack: disputes at risk as CSV, where to answer by hand, forms to record, texts to send."""
    with call.app() as app:
        found = app.outages().pack(id_, out, hours)
    if call.as_json:
        call.screen.document(found)
        return
    files = count(len(found.files), "file")
    call.screen.say(
        f"Wrote {files} to {found.path}: {count(found.disputes, 'dispute')} at risk. Nothing was sent.", "green"
    )
    call.screen.indented("Read what-to-do.md first; disputes.csv has the soonest at the top.")


def _told(call: Call, from_: str | None, to: str | None, grace_hours: int | None, reason: str) -> Any:
    from recoup.app.outages import Told

    return Told(from_at=instant(from_, "--from"), to_at=instant(to, "--to"), grace_hours=grace_hours, reason=reason)


def _given(reason: str | None, words: str) -> str:
    if reason is None or not reason.strip():
        raise UsageProblem(words, "no --reason", "why", f"See: recoup {words.removesuffix(' ID')} --help")
    return reason


def _change(call: Call, id_: str, verb: str, told: Any) -> None:
    with call.app() as app:
        row = app.outages().change(id_, verb, told)
        app.check()
        row = app.outages().show(row.id)
    _say(call, row)


def _say(call: Call, row: Any) -> None:
    if call.as_json:
        call.screen.document(row)
        return
    with call.app() as app:
        now = app.now()
    _show(call.screen, row, now)
    _show_risk(call.screen, row, now)
    steps = [f"recoup outage pack {short(row.id)} --out DIR"] if row.at_risk else []
    call.screen.next(*steps, f"recoup outage show {short(row.id)}", "recoup today")


def _show(screen: Screen, row: Any, now: int) -> None:
    place = row.partner + (f"/{row.account}" if row.account else "")
    end = f"to {moment(row.to_at)}" if row.to_at is not None else "end not known"
    screen.say()
    screen.say(f"{row.status.upper():<9} {short(row.id)}  {place}  {', '.join(row.feeds) or 'every feed'}", "bold")
    screen.indented(f"from {moment(row.from_at)} {end}, UTC: {readable(row.reason)}")
    facts = [f"{count(len(row.held), 'expectation')} held", f"{count(len(row.at_risk), 'dispute')} at risk"]
    if row.amounts:
        facts.append(amounts((a.minor, a.currency) for a in row.amounts))
    if row.released_at is not None and row.status not in ("over", "withdrawn"):
        facts.append(f"what is held is due {due(row.released_at, now)}")
    screen.indented(" · ".join(facts), "dim")


def _show_risk(screen: Screen, row: Any, now: int) -> None:
    if not row.at_risk:
        return
    screen.heading(f"Deadlines at risk: {len(row.at_risk):,}")
    columns = (
        Column("act by", is_whole=True),
        Column("dispute", style="cyan", is_whole=True),
        Column("partner's id"),
        Column("stage"),
        Column("amount", is_right=True, is_whole=True),
    )
    rows = [
        (
            due(r.act_by_at, now),
            short(r.dispute),
            r.partner_dispute_id,
            r.stage or NOTHING,
            money(r.amount_minor, r.currency),
        )
        for r in row.at_risk[:SHOWN]
    ]
    screen.table(columns, rows)
    if len(row.at_risk) > SHOWN:
        screen.indented(f"and {len(row.at_risk) - SHOWN:,} more: --json", "dim")


def _show_held(screen: Screen, row: Any) -> None:
    if not row.held:
        return
    screen.heading(f"Held, not overdue: {len(row.held):,}")
    columns = (Column("what"), Column("account"), Column("was due", is_whole=True), Column("is due", is_whole=True))
    rows = [
        (
            waited_for(held.kind, held.feed),
            held.account,
            moment(held.due_at),
            NOTHING if held.until_at is None else moment(held.until_at),
        )
        for held in row.held[:SHOWN]
    ]
    screen.table(columns, rows)
    if len(row.held) > SHOWN:
        screen.indented(f"and {len(row.held) - SHOWN:,} more: --json", "dim")
