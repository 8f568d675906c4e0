"""`check`, `today`, `breaks`: what is not as it should be, and what needs a person now."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, KnownAt, command, instant
from recoup.cli.disputes import COLUMNS, DueWithin, Merchant, MinMoney, Partner, cells
from recoup.cli.phrases import amounts, count, due, moment, readable, short, span, waited_for
from recoup.cli.render import Column, Screen, Style

STYLES: dict[str, Style] = {"page": "red", "ticket": "yellow", "note": "dim"}
CLASSES_SHOWN = 3
IDS_SHOWN = 12
PAGES_SHOWN = 10
"""So many of what pages are told in `today`, whatever their money and age; more than that is a list."""
IDS_NAMED = 4
"""Of each thing that a break explains."""


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app)(check)
    command(app)(today)
    command(app)(breaks)


def check(call: Call) -> None:
    """Open and close expectations and breaks as of now."""
    with call.app() as app:
        report = app.check()
    if call.as_json:
        call.screen.document(report)
        return
    call.screen.say(
        f"{count(report.opened, 'break')} opened, {report.closed:,} closed; {report.open:,} open now.",
        "yellow" if report.open else "green",
    )
    call.screen.next(*(["recoup breaks", "recoup today"] if report.open else ["recoup today"]))


def breaks(
    call: Call,
    id_: Annotated[
        str | None, typer.Argument(metavar="ID", help="One break, by its id or the beginning of it, open or not")
    ] = None,
    partner: Partner = None,
    merchant: Merchant = None,
    due_within: DueWithin = None,
    min_money: MinMoney = None,
    owner: Annotated[str | None, typer.Option(help="Only those that this person works on", metavar="NAME")] = None,
    class_: Annotated[str | None, typer.Option("--class", help="Only with this likely cause", metavar="WORD")] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Closed, known and snoozed ones too")] = False,
    known_at: KnownAt = None,
) -> None:
    """List open breaks, the most severe and oldest first."""
    from recoup.enquiry import lists, selector

    which = selector.Breaks(
        partner=partner,
        merchant=merchant,
        due_within=None if due_within is None else selector.parse_span(due_within),
        min_money=None if min_money is None else selector.parse_at_least(min_money),
        owner=owner,
        class_=class_,
        is_all=is_all,
        id=id_,
    )
    with call.app() as app, app.register.reading() as view:
        now = app.now()
        rows = lists.breaks(view, which, now, instant(known_at, "--known-at"))
    if call.as_json:
        call.screen.document(rows if id_ is None else [_with_runbook(row) for row in rows])
        return
    if not rows:
        is_narrowed = which != selector.Breaks()
        call.screen.say("No break fits." if is_narrowed else "No open breaks.", "green")
        call.screen.next("recoup breaks --all" if not is_all else "recoup check")
        return
    for row in rows:
        show_break(call.screen, row, now)
        if id_ is not None:
            _show_what_it_is_about(call.screen, row)
            _show_what_it_explains(call.screen, row)
            _show_work(call.screen, row)
            show_runbook(call.screen, row.classes)
    call.screen.next(*_next_steps(rows, is_one=id_ is not None))


def _next_steps(rows: list[Any], *, is_one: bool) -> list[str]:
    """From a list to its first break with its runbook, from there to the story of a dispute."""
    first = next((row.disputes[0] for row in rows if row.disputes), None)
    opened = [] if is_one else [f"recoup breaks {short(rows[0].id)}"]
    return [*opened, *([f"recoup trace {short(first)}"] if first else []), "recoup books clearing"]


def today(call: Call) -> None:
    """Say what needs a person now."""
    from recoup.enquiry.today import today as look

    with call.app() as app, app.register.reading() as view:
        found = look(view, app.now())
    if call.as_json:
        call.screen.document(found)
    else:
        _show_today(call.screen, found)


def show_break(screen: Screen, row: Any, now: int, *, is_brief: bool = False) -> None:
    """Print one break: what and how much on one line, why below it; in brief the first sentence of it."""
    place = "/".join(part for part in (row.partner, row.account, row.feed) if part)
    status = "" if row.status == "open" else f"  {row.status}"
    money = amounts((amount.minor, amount.currency) for amount in row.amounts)
    age = f"{count(row.age_days, 'day')} old" if row.age_days else "new"
    screen.say()
    screen.say(f"{row.severity.upper():<6}  {short(row.id)}  {money}  {place}  {age}{status}", STYLES[row.severity])
    told = readable(row.explanation)
    screen.indented(told.partition(". ")[0].rstrip(".") + "." if is_brief else told)
    screen.indented(" · ".join(_facts(row, now)), "dim")


def _show_what_it_is_about(screen: Screen, row: Any) -> None:
    for what, ids in (("disputes", row.disputes), ("deliveries", row.deliveries)):
        if ids:
            more = f" and {len(ids) - IDS_SHOWN:,} more: --json" if len(ids) > IDS_SHOWN else ""
            screen.indented(f"{what}  {' '.join(map(short, ids[:IDS_SHOWN]))}{more}", "dim")


def _show_what_it_explains(screen: Screen, row: Any) -> None:
    from recoup.domain.symptoms import read

    for shown in map(read, row.symptoms[1:]):
        if not (shown.amounts or shown.batches or shown.legs):
            continue  # its sentence says all of it
        money = amounts((amount.minor, amount.currency) for amount in shown.amounts) if shown.amounts else ""
        about = _named("batches", [batch.rpartition(":")[2] for batch in shown.batches])
        legs = _named("legs", [":".join(map(short, leg.split(":"))) for leg in shown.legs])
        what = f"{shown.things:,} {shown.control.replace('_', ' ')}, {shown.class_}"
        screen.indented("explains  " + "  ".join(part for part in (what, money, about, legs) if part), "dim")


def _named(what: str, ids: Sequence[str]) -> str:
    more = f" and {len(ids) - IDS_NAMED:,} more" if len(ids) > IDS_NAMED else ""
    return f"{what} {' '.join(ids[:IDS_NAMED])}{more}" if ids else ""


def _show_work(screen: Screen, row: Any) -> None:
    for done in row.work:
        until = f"until {moment(done.until_at)} UTC" if done.until_at is not None else None
        asks = "to be approved" if done.needs_approval else None
        told = (done.verb, *(part for part in (done.value, until, asks) if part))
        why = f": {readable(done.reason)}" if done.reason else ""
        screen.indented(f"{moment(done.at)}  {done.actor}  {' '.join(told)}{why}", "dim")


def _with_runbook(row: Any) -> dict[str, Any]:
    from msgspec import structs

    from recoup.controls.runbooks import runbook

    return {**structs.asdict(row), "runbook": runbook(row.classes)}


def show_runbook(screen: Screen, classes: Sequence[str]) -> None:
    """Print what to look at and what to do for the likeliest cause."""
    from recoup.controls.runbooks import runbook

    found = runbook(classes)
    for what, steps in (("look", found.look), ("do", found.do)):
        for step in steps:
            screen.indented(f"{what:<4}  {step}")


def _facts(row: Any, now: int) -> list[str]:
    facts = [f"likely {', '.join(row.classes[:CLASSES_SHOWN])}"] if row.classes else []
    if row.nearest_due_at is not None:
        facts.append(due(row.nearest_due_at, now))
    if row.disputes:
        facts.append(count(len(row.disputes), "dispute"))
    if row.deliveries:
        facts.append(count(len(row.deliveries), "delivery", "deliveries"))
    if row.owner:
        facts.append(f"owner {row.owner}")
    if row.ticket:
        facts.append(f"ticket {short(row.ticket)}")
    if row.snoozed_until_at is not None:
        facts.append(f"until {moment(row.snoozed_until_at)} UTC")
    if row.waits_for_approval:
        facts.append(f"{row.waits_for_approval} waits for a second person")
    return facts or [row.control]


def _show_today(screen: Screen, found: Any) -> None:
    now = found.now_at
    screen.say(f"As of {moment(now)} UTC", "dim")
    screen.heading(f"Due within 72 hours, no evidence: {len(found.due):,}")
    if found.due:
        screen.table(COLUMNS, [cells(row, now) for row in found.due])
    else:
        screen.indented("Nothing.", "green")
    screen.heading(f"Open breaks: {found.breaks_open:,}")
    shown = {row.id: row for row in (*found.breaks_urgent[:PAGES_SHOWN], *found.breaks_largest, *found.breaks_oldest)}
    for row in shown.values():
        show_break(screen, row, now, is_brief=True)
        _show_first_step(screen, row)
    if not shown:
        screen.indented("None.", "green")
    if more := found.breaks_open - len(shown):
        screen.indented(f"and {more:,} more, neither urgent nor among the largest or oldest: recoup breaks", "dim")
    if found.breaks_away:
        screen.say()
        screen.indented(f"{found.breaks_away:,} more snoozed or known: recoup breaks --all", "dim")
    _show_approvals(screen, found)
    _show_outages(screen, found)
    _show_late(screen, found)
    if found.tickets:
        screen.heading(f"Tickets without their answer: {len(found.tickets):,}")
        for row in found.tickets:
            screen.indented(f"{short(row.id)}  {due(row.due_at, now)}  {row.title}", "yellow")
    _show_changes(screen, found.changes)
    steps = [f"recoup trace {short(found.due[0].id)}"] if found.due else []
    steps += [f"recoup breaks {key}" for key in map(short, list(shown)[:1])]
    screen.next(*steps, "recoup breaks" if shown else "recoup check")


def _show_first_step(screen: Screen, row: Any) -> None:
    """What the runbook of the likeliest cause says to do first, but where somebody asked a partner already."""
    from recoup.controls.runbooks import runbook

    if row.ticket is None:
        screen.indented(f"do    {runbook(row.classes).do[0]}")


def _show_approvals(screen: Screen, found: Any) -> None:
    if not found.approvals and not found.waiting:
        return
    screen.heading(f"Waiting for a second person: {len(found.approvals) + len(found.waiting):,}")
    for row in found.approvals:
        screen.indented(f"{short(row.id)}  {row.waits_for_approval}: recoup break approve {short(row.id)}")
    for one in found.waiting:
        command = one.approve.replace(one.id, short(one.id))
        screen.indented(f"{short(one.id)}  {one.what}, {readable(one.about)}, by {one.by}")
        screen.indented(command, by=6)


def _show_outages(screen: Screen, found: Any) -> None:
    for row in found.outages:
        screen.heading(_out(row))
        facts = f"{count(len(row.held), 'expectation')} held, {count(len(row.at_risk), 'dispute')} at risk"
        screen.indented(f"{short(row.id)}  {facts}: recoup outage show {short(row.id)}", "yellow")
    for one in found.outage_proposals:
        screen.heading(f"Looks like an outage: {one.partner}/{one.account}")
        screen.indented(f"{one.why}: recoup outage open {one.partner} --account {one.account} --reason TEXT", "yellow")


def _out(row: Any) -> str:
    if row.status == "planned":
        return f"{row.partner} will be out from {moment(row.from_at)} UTC"
    if row.status == "ended":
        return f"{row.partner} was out until {moment(row.to_at)} UTC, and may send late until {moment(row.released_at)}"
    end = "" if row.to_at is None else f" until {moment(row.to_at)}"
    return f"{row.partner} is out since {moment(row.from_at)} UTC{end}"


def _show_late(screen: Screen, found: Any) -> None:
    screen.heading(f"Late partners: {len(found.late):,}")
    if not found.late:
        screen.indented("None.", "green")
        return
    columns = (
        Column("partner"),
        Column("what"),
        Column("how many", is_right=True),
        Column("oldest overdue", is_right=True),
    )
    rows = [
        (
            f"{late.partner}/{late.account}",
            waited_for(late.kind, late.feed),
            f"{late.count:,}",
            span(found.now_at - late.oldest_due_at),
        )
        for late in found.late
    ]
    screen.table(columns, rows)


def _show_changes(screen: Screen, changes: Any) -> None:
    screen.heading("Since yesterday")
    quarantined = f", {count(changes.quarantined, 'record')} quarantined" if changes.quarantined else ""
    screen.indented(f"{count(changes.deliveries, 'delivery', 'deliveries')}{quarantined}")
    screen.indented(
        f"{count(changes.disputes_new, 'new dispute')}, {changes.disputes_changed:,} changed,"
        f" {changes.disputes_decided:,} decided"
    )
    screen.indented(
        f"{count(changes.breaks_opened, 'break')} opened, {changes.breaks_closed:,} closed;"
        f" {count(changes.entries, 'entry', 'entries')} booked"
    )
