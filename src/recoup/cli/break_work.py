"""`break …`: what a person decides about breaks, one or many; many are shown first and decided about with --yes."""

from typing import Annotated, Any

import typer

from recoup.cli.breaks import show_break
from recoup.cli.call import Call, command, instant
from recoup.cli.disputes import DueWithin, Merchant, MinMoney, Partner
from recoup.cli.phrases import amounts, count, short
from recoup.errors import UsageProblem

DONE = {
    "assign": "assigned",
    "note": "noted",
    "snooze": "snoozed",
    "known": "known",
    "link": "linked",
    "close": "closed",
    "approve": "approved",
    "reopen": "open again",
}
SHOWN = 40

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Breaks, by their ids or the beginnings of them")]
Owner = Annotated[str | None, typer.Option(help="Those that this person works on", metavar="NAME")]
Class = Annotated[str | None, typer.Option("--class", help="Those with this likely cause", metavar="WORD")]
Reason = Annotated[str | None, typer.Option(help="Why", metavar="TEXT")]
Minutes = Annotated[int | None, typer.Option(min=0, help="Minutes of work on each, for the work log", metavar="N")]
Yes = Annotated[bool, typer.Option("--yes", help="Decide; without it, several breaks are only shown")]


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Work on breaks: each decision with its reason, kept for good.", no_args_is_help=True)
    app.add_typer(group, name="break")
    for verb in (assign, note, snooze, known, link, close, approve, reopen):
        command(group)(verb)


def assign(
    call: Call,
    ids: Ids = None,
    to: Annotated[str | None, typer.Option(help="Who works on it; nobody without it", metavar="NAME")] = None,
    partner: Partner = None,
    merchant: Merchant = None,
    due_within: DueWithin = None,
    min_money: MinMoney = None,
    owner: Owner = None,
    class_: Class = None,
    reason: Reason = None,
    minutes: Minutes = None,
    is_sure: Yes = False,
) -> None:
    """Say who works on breaks."""
    which = _which(partner, merchant, due_within, min_money, owner, class_)
    _decide(call, (ids, which, is_sure), verb="assign", value=to, reason=reason, minutes=minutes)


def note(
    call: Call,
    ids: Ids = None,
    partner: Partner = None,
    merchant: Merchant = None,
    due_within: DueWithin = None,
    min_money: MinMoney = None,
    owner: Owner = None,
    class_: Class = None,
    reason: Annotated[str | None, typer.Option("--reason", "--text", help="What to note", metavar="TEXT")] = None,
    minutes: Minutes = None,
    is_sure: Yes = False,
) -> None:
    """Note something about breaks; nothing else changes."""
    which = _which(partner, merchant, due_within, min_money, owner, class_)
    _decide(call, (ids, which, is_sure), verb="note", reason=_given(reason, "note", "--reason"), minutes=minutes)


def snooze(
    call: Call,
    ids: Ids = None,
    until: Annotated[
        str | None, typer.Option(help="Until an instant, or for a span like 3d or 12h; 30 days at most", metavar="WHEN")
    ] = None,
    partner: Partner = None,
    merchant: Merchant = None,
    due_within: DueWithin = None,
    min_money: MinMoney = None,
    owner: Owner = None,
    class_: Class = None,
    reason: Reason = None,
    minutes: Minutes = None,
    is_sure: Yes = False,
) -> None:
    """Look away from breaks until a time; they open again then, or when they grow."""
    which = _which(partner, merchant, due_within, min_money, owner, class_)
    said = {"reason": _given(reason, "snooze", "--reason"), "minutes": minutes}
    _decide(call, (ids, which, is_sure), verb="snooze", until=_given(until, "snooze", "--until"), **said)


def known(
    call: Call,
    ids: Ids = None,
    partner: Partner = None,
    merchant: Merchant = None,
    due_within: DueWithin = None,
    min_money: MinMoney = None,
    owner: Owner = None,
    class_: Class = None,
    reason: Reason = None,
    minutes: Minutes = None,
    is_sure: Yes = False,
) -> None:
    """Accept breaks as known until they grow; where much money is in question a second person approves."""
    which = _which(partner, merchant, due_within, min_money, owner, class_)
    _decide(call, (ids, which, is_sure), verb="known", reason=_given(reason, "known", "--reason"), minutes=minutes)


def link(
    call: Call,
    ids: Ids = None,
    ticket: Annotated[str | None, typer.Option(help="The ticket, by its number or address", metavar="TEXT")] = None,
    partner: Partner = None,
    merchant: Merchant = None,
    due_within: DueWithin = None,
    min_money: MinMoney = None,
    owner: Owner = None,
    class_: Class = None,
    reason: Reason = None,
    minutes: Minutes = None,
    is_sure: Yes = False,
) -> None:
    """Link breaks to a ticket of another system."""
    which = _which(partner, merchant, due_within, min_money, owner, class_)
    value = _given(ticket, "link", "--ticket")
    _decide(call, (ids, which, is_sure), verb="link", value=value, reason=reason, minutes=minutes)


def close(
    call: Call,
    ids: Ids = None,
    partner: Partner = None,
    merchant: Merchant = None,
    due_within: DueWithin = None,
    min_money: MinMoney = None,
    owner: Owner = None,
    class_: Class = None,
    reason: Reason = None,
    minutes: Minutes = None,
    is_sure: Yes = False,
) -> None:
    """Close breaks until they grow or come back; where much money is in question a second person approves."""
    which = _which(partner, merchant, due_within, min_money, owner, class_)
    _decide(call, (ids, which, is_sure), verb="close", reason=_given(reason, "close", "--reason"), minutes=minutes)


def approve(call: Call, ids: Ids = None, reason: Reason = None, minutes: Minutes = None, is_sure: Yes = False) -> None:
    """Approve, as a second person, what another decided about breaks."""
    _decide(call, (_given(ids, "approve", "ID"), None, is_sure), verb="approve", reason=reason, minutes=minutes)


def reopen(call: Call, ids: Ids = None, reason: Reason = None, minutes: Minutes = None, is_sure: Yes = False) -> None:
    """Take back that breaks are snoozed, known or closed, or that this waits for approval."""
    said = {"reason": _given(reason, "reopen", "--reason"), "minutes": minutes}
    _decide(call, (_given(ids, "reopen", "ID"), None, is_sure), verb="reopen", **said)


def _given(value: Any, verb: str, option: str) -> Any:
    if not value:
        raise UsageProblem(f"break {verb}", f"no {option}", "one", f"See: recoup break {verb} --help")
    return value


def _which(
    partner: str | None,
    merchant: str | None,
    due_within: str | None,
    min_money: str | None,
    owner: str | None,
    class_: str | None,
) -> Any:
    from recoup.enquiry import selector

    return selector.Breaks(
        partner=partner,
        merchant=merchant,
        due_within=None if due_within is None else selector.parse_span(due_within),
        min_money=None if min_money is None else selector.parse_at_least(min_money),
        owner=owner,
        class_=class_,
    )


def _decide(call: Call, chosen: tuple[list[str] | None, Any, bool], *, until: str | None = None, **said: Any) -> None:
    from recoup.app.break_work import Wanted
    from recoup.enquiry.selector import Breaks

    ids, which, is_sure = chosen
    which = which or Breaks()
    _check_choice(said["verb"], ids, which == Breaks())
    with call.app() as app:
        work, now = app.work(), app.now()
        rows = work.chosen(ids or [], which)
        is_done = bool(rows) and (is_sure or len(ids or []) == 1)
        if is_done:
            wanted = Wanted(until_at=_until(until, now), **said)
            rows = work.decide([row.id for row in rows], wanted)
    if call.as_json:
        call.screen.document({"is_done": is_done, "breaks": rows})
        return
    _show(call, said["verb"], rows, is_done, now)


def _check_choice(verb: str, ids: list[str] | None, is_all: bool) -> None:
    if not ids and is_all:
        remedy = f"Run: recoup break {verb} ID, or narrow it like recoup breaks, with --partner or --class."
        raise UsageProblem(f"break {verb}", "neither an id nor an option that narrows", "one of the two", remedy)
    if ids and not is_all:
        raise UsageProblem(f"break {verb}", "ids and options that narrow", "one of the two")


def _until(text: str | None, now: int) -> int | None:
    from recoup.enquiry.selector import parse_span

    if text is None:
        return None
    is_instant = "T" in text or "-" in text
    at = instant(text, "--until") if is_instant else now + parse_span(text, "--until")
    if at is not None and at <= now:
        raise UsageProblem("--until", text, "a time to come")
    return at


def _show(call: Call, verb: str, rows: list[Any], is_done: bool, now: int) -> None:
    if not rows:
        call.screen.say("No break fits.", "green")
        call.screen.next("recoup breaks")
        return
    for row in rows[:SHOWN]:
        show_break(call.screen, row, now, is_brief=True)
    if len(rows) > SHOWN:
        call.screen.indented(f"and {len(rows) - SHOWN:,} more: --json", "dim")
    money = _sum(rows)
    call.screen.say()
    if not is_done:
        call.screen.say(f"{count(len(rows), 'break')}, {money}. Nothing is decided yet: add --yes.", "yellow")
        return
    waiting = [row for row in rows if row.waits_for_approval and verb in ("known", "close")]
    if waiting:
        call.screen.say(f"{count(len(waiting), 'break')}, {money}: a second person has to approve.", "yellow")
        call.screen.next(f"recoup break approve {' '.join(short(row.id) for row in waiting[:3])}")
        return
    call.screen.say(f"{count(len(rows), 'break')} {DONE[verb]}.", "green")
    call.screen.next("recoup today", "recoup breaks")


def _sum(rows: list[Any]) -> str:
    sums: dict[str, int] = {}
    for row in rows:
        for amount in row.amounts:
            sums[amount.currency] = sums.get(amount.currency, 0) + abs(amount.minor)
    return amounts((minor, currency) for currency, minor in sorted(sums.items()))
