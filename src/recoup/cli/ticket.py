"""`ticket …`: what a partner is asked about breaks, and what became of it. Nothing is sent by itself."""

from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command, instant
from recoup.cli.disputes import Partner
from recoup.cli.phrases import NOTHING, amounts, count, due, moment, money, short, span
from recoup.cli.render import Column, Screen, Style
from recoup.errors import UsageProblem

CHANNELS = ("mail", "portal", "phone", "outlet", "other")
DONE = {
    "sent": "sent",
    "answer": "answered",
    "credit": "credited",
    "remind": "reminded",
    "escalate": "escalated",
    "close": "closed",
    "reopen": "open again",
}
STYLES: dict[str, Style] = {"draft": "dim", "sent": "", "answered": "green", "closed": "dim"}

Id = Annotated[str, typer.Argument(metavar="TICKET", help="A ticket, by its id or the beginning of it")]
Reason = Annotated[str | None, typer.Option(help="Why, or what was said", metavar="TEXT")]
Minutes = Annotated[int | None, typer.Option(min=0, help="Minutes of work, for the work log", metavar="N")]
By = Annotated[str | None, typer.Option("--by", help=f"How: {', '.join(CHANNELS)}", metavar="WORD")]
To = Annotated[str | None, typer.Option("--to", help="The desk it went to; the contract's by default", metavar="TEXT")]
Due = Annotated[
    str | None,
    typer.Option(
        "--due", help="An answer is owed by an instant, or after a span like 3d; else as agreed", metavar="WHEN"
    ),
]
Out = Annotated[Path | None, typer.Option("--out", help="Put message and table into this folder, too", metavar="DIR")]


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(
        help="Tickets to partners: asked, answered, paid; nothing is sent by itself.", no_args_is_help=True
    )
    app.add_typer(group, name="ticket")
    command(group, "open")(open_)
    command(group, "list")(list_)
    for verb in (show, sent, answer, credit, remind, escalate, close, reopen):
        command(group)(verb)


def open_(
    call: Call,
    ids: Annotated[list[str], typer.Argument(metavar="BREAK…", help="Breaks or incidents, by their ids or beginnings")],
    ask: Annotated[
        list[str] | None,
        typer.Option(help="Ask this instead of what the runbook asks; may be repeated", metavar="TEXT"),
    ] = None,
    reason: Reason = None,
    out: Out = None,
    minutes: Minutes = None,
) -> None:
    """Write a message to a partner about breaks, with examples, counts, money and what we ask for."""
    with call.app() as app:
        known = app.tickets()
        ticket = known.open(ids, ask=ask or [], reason=reason, minutes=minutes)
        text, _ = known.message(ticket)
        paths = known.write_out(ticket, out) if out is not None else []
    if call.as_json:
        call.screen.document({"ticket": ticket, "message": text, "files": [str(path) for path in paths]})
        return
    call.screen.say(text.rstrip())
    call.screen.say()
    call.screen.say(f"{short(ticket.id)} is written, and not sent.", "green")
    for path in paths:
        call.screen.say(f"Written: {path}", "green")
    call.screen.next(f"recoup ticket sent {short(ticket.id)} --by mail", f"recoup ticket show {short(ticket.id)}")


def list_(
    call: Call,
    partner: Partner = None,
    is_all: Annotated[bool, typer.Option("--all", help="Closed ones too")] = False,
    is_overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose answer is late")] = False,
) -> None:
    """List tickets, those whose answer is late first."""
    with call.app() as app:
        now = app.now()
        rows = [row for row in app.tickets().listed(partner, is_all=is_all) if row.is_overdue or not is_overdue]
    if call.as_json:
        call.screen.document(rows)
        return
    if not rows:
        call.screen.say("No ticket." if is_all else "No open ticket.", "green")
        call.screen.next("recoup breaks")
        return
    for row in rows:
        _show_brief(call.screen, row, now)
    call.screen.next(f"recoup ticket show {short(rows[0].id)}")


def show(
    call: Call,
    id_: Id,
    has_message: Annotated[bool, typer.Option("--message", help="With its text as it was written")] = False,
    out: Out = None,
) -> None:
    """Show one ticket: what was done, what should come back and what did."""
    with call.app() as app:
        now, known = app.now(), app.tickets()
        ticket = known.one(id_)
        text, table = known.message(ticket)
        paths = known.write_out(ticket, out) if out is not None else []
    if call.as_json:
        files = [str(path) for path in paths]
        call.screen.document({"ticket": ticket, "message": text, "table": table, "files": files})
        return
    _show_brief(call.screen, ticket, now)
    _show_money(call.screen, ticket)
    _show_steps(call.screen, ticket)
    if has_message:
        call.screen.heading("Message")
        call.screen.say(text.rstrip())
    for path in paths:
        call.screen.say(f"Written: {path}", "green")
    call.screen.next(*_steps_next(ticket))


def sent(
    call: Call,
    id_: Id,
    by: By = None,
    to: To = None,
    due_: Due = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Put it into this folder, from which another program sends it", metavar="DIR"),
    ] = None,
    reason: Reason = None,
    minutes: Minutes = None,
) -> None:
    """Say that a ticket went out; an answer is owed from then on."""
    _check_channel(by, out)
    told: dict[str, Any] = {
        "channel": "outlet" if out is not None else by,
        "desk": to,
        "reason": reason,
        "minutes": minutes,
    }
    _act(call, id_, "sent", due_, out, **told)


def answer(
    call: Call,
    id_: Id,
    file: Annotated[
        Path | None, typer.Option("--file", help="The answer; its bytes are kept as they are", metavar="FILE")
    ] = None,
    record: Annotated[
        str | None, typer.Option(help="What `recoup record` took down of it, by its id", metavar="RECORD")
    ] = None,
    by: By = None,
    reason: Annotated[str | None, typer.Option("--reason", "--text", help="What was said", metavar="TEXT")] = None,
    minutes: Minutes = None,
) -> None:
    """Say what a partner answered: its bytes, what was recorded of it, or in words."""
    if file is None and record is None and not reason:
        raise UsageProblem("ticket answer", "no answer", "--file, --record or --text")
    _check_channel(by, None)
    told: dict[str, Any] = {"file": file, "record": record, "channel": by, "reason": reason, "minutes": minutes}
    _act(call, id_, "answer", **told)


def credit(
    call: Call,
    id_: Id,
    lines: Annotated[
        list[str] | None,
        typer.Argument(metavar="LINE…", help="Movements that came back; without any they are proposed"),
    ] = None,
    reason: Reason = None,
    minutes: Minutes = None,
) -> None:
    """Link money that came back to a ticket, or show what may be it."""
    if lines:
        _act(call, id_, "credit", lines=lines, reason=reason, minutes=minutes)
        return
    from recoup.app.tickets import candidates

    with call.app() as app:
        ticket = app.tickets().one(id_)
        with app.register.reading() as view:
            found = candidates(view, ticket)
    if call.as_json:
        call.screen.document({"ticket": ticket, "candidates": found})
        return
    _show_money(call.screen, ticket)
    if not found:
        call.screen.say("No movement of its disputes has come since.", "yellow")
        return
    columns = (
        Column("movement", is_whole=True),
        Column("dispute"),
        Column("day", is_whole=True),
        Column("amount", is_right=True),
    )
    call.screen.table(
        columns,
        [
            (c.identity, c.partner_dispute_id or NOTHING, c.effective_on, money(c.amount_minor, c.currency))
            for c in found
        ],
    )
    call.screen.next(f"recoup ticket credit {short(ticket.id)} {found[0].identity}")


def remind(
    call: Call, id_: Id, by: By = None, to: To = None, due_: Due = None, reason: Reason = None, minutes: Minutes = None
) -> None:
    """Say that a partner was reminded; an answer is owed anew from then on."""
    _check_channel(by, None)
    _act(call, id_, "remind", due_, channel=by, desk=to, reason=reason, minutes=minutes)


def escalate(
    call: Call, id_: Id, by: By = None, to: To = None, due_: Due = None, reason: Reason = None, minutes: Minutes = None
) -> None:
    """Say that a ticket went to the next higher desk of the contract, or to another."""
    _check_channel(by, None)
    told: dict[str, Any] = {"channel": by, "desk": to, "reason": _given(reason, "escalate"), "minutes": minutes}
    _act(call, id_, "escalate", due_, **told)


def close(call: Call, id_: Id, reason: Reason = None, minutes: Minutes = None) -> None:
    """Close a ticket, whether everything came back or not."""
    _act(call, id_, "close", reason=_given(reason, "close"), minutes=minutes)


def reopen(call: Call, id_: Id, reason: Reason = None, minutes: Minutes = None) -> None:
    """Open a closed ticket again."""
    _act(call, id_, "reopen", reason=_given(reason, "reopen"), minutes=minutes)


# --- how it is done -------------------------------------------------------------------------


def _given(reason: str | None, verb: str) -> str:
    if not reason:
        raise UsageProblem(f"ticket {verb}", "no --reason", "one", f"See: recoup ticket {verb} --help")
    return reason


def _check_channel(by: str | None, out: Path | None) -> None:
    if by is not None and by not in CHANNELS:
        raise UsageProblem("--by", repr(by), f"one of {', '.join(CHANNELS)}")
    if out is not None and by not in (None, "outlet"):
        raise UsageProblem("ticket sent", f"--out and --by {by}", "one of the two")


def _act(call: Call, id_: str, verb: Any, due_: str | None = None, out: Path | None = None, **told: Any) -> None:
    from recoup.app.tickets import Wanted

    with call.app() as app:
        now, known = app.now(), app.tickets()
        paths = known.write_out(known.one(id_), out) if out is not None else []
        ticket = known.act(id_, Wanted(verb=verb, due_at=_due_at(due_, now), **told))
    if call.as_json:
        call.screen.document(ticket)
        return
    _show_brief(call.screen, ticket, now)
    if verb in ("credit", "close"):
        _show_money(call.screen, ticket)
    call.screen.say()
    for path in paths:
        call.screen.say(f"Written: {path}", "green")
    call.screen.say(f"{short(ticket.id)} {DONE[verb]}.", "green")
    call.screen.next(*_steps_next(ticket))


def _due_at(text: str | None, now: int) -> int | None:
    from recoup.enquiry.selector import parse_span

    if text is None:
        return None
    at = instant(text, "--due") if "T" in text else now + parse_span(text, "--due")
    if at is not None and at <= now:
        raise UsageProblem("--due", text, "a time to come")
    return at


# --- what is shown --------------------------------------------------------------------------


def _show_brief(screen: Screen, row: Any, now: int) -> None:
    screen.say()
    style: Style = "red" if row.is_overdue else STYLES[row.status]
    screen.say(f"{row.status.upper():<8}  {short(row.id)}  {_time(row, now)}", style)
    screen.indented(row.title)
    facts = [count(len(row.breaks), "break"), *([count(row.disputes, "dispute")] if row.disputes else [])]
    facts += [count(row.reminders, "reminder")] if row.reminders else []
    facts += [count(row.escalations, "escalation")] if row.escalations else []
    screen.indented(" · ".join([*facts, f"by {row.actor}"]), "dim")


def _time(row: Any, now: int) -> str:
    if row.status == "sent":
        return f"answer {due(row.due_at, now)}" if row.due_at is not None else "answer owed, no time agreed"
    if row.status == "closed":
        return f"closed {moment(row.closed_at)} UTC"
    if row.status == "answered":
        return f"answered {moment(row.answered_at)} UTC"
    return f"written {span(max(0, now - row.opened_at))} ago, not sent"


def _show_money(screen: Screen, row: Any) -> None:
    if not row.expected and not row.received:
        return
    screen.heading("Money")
    received = {amount.currency: amount.minor for amount in row.received}
    expected = {amount.currency: amount.minor for amount in row.expected}
    columns = (Column("expected", is_right=True), Column("received", is_right=True), Column("missing", is_right=True))
    codes = sorted({*expected, *received})
    rows = [
        tuple(
            money(minor, code)
            for minor in (expected.get(code, 0), received.get(code, 0), _missing(expected, received, code))
        )
        for code in codes
    ]
    screen.table(columns, rows)


def _missing(expected: dict[str, int], received: dict[str, int], code: str) -> int:
    return max(0, expected.get(code, 0) - received.get(code, 0))


def _show_steps(screen: Screen, row: Any) -> None:
    screen.heading("Steps")
    for step in row.steps:
        came = amounts([(step.amount_minor, step.currency)]) if step.currency else None
        told = (step.channel, step.desk and f"to {step.desk}", came, step.object and f"bytes {step.object[:12]}")
        until = f"answer owed by {moment(step.due_at)} UTC" if step.due_at is not None else None
        said = ", ".join(part for part in (*told, until, step.reason) if part)
        screen.indented(f"{moment(step.at)}  {step.actor}  {step.verb}{f': {said}' if said else ''}")


def _steps_next(row: Any) -> list[str]:
    key = short(row.id)
    return {
        "draft": [f"recoup ticket sent {key} --by mail"],
        "sent": [f"recoup ticket answer {key} --text TEXT", f"recoup ticket remind {key}"],
        "answered": [f"recoup ticket credit {key}", f"recoup ticket close {key} --reason TEXT"],
        "closed": ["recoup ticket list"],
    }[row.status]
