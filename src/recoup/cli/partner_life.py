"""`partner life|gate|promote|trial|close|end|approve`, `books open-with`: an account's life, ruled step by step."""

from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command
from recoup.cli.phrases import NOTHING, count, moment, money, short
from recoup.cli.render import Column, Screen
from recoup.errors import UsageProblem

Name = Annotated[str, typer.Argument(metavar="PARTNER", help="The partner")]
Account = Annotated[str | None, typer.Option(help="Our account there; may be left out where it is the only one")]
On = Annotated[str | None, typer.Option(help="The day, in the account's zone; today by default", metavar="DAY")]
Reason = Annotated[str | None, typer.Option(help="Why; kept with the ruling", metavar="TEXT")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Although something is missing; a second person approves it")]
LACKS_SHOWN = 12
BALANCES_SHOWN = 30


def add_to(group: typer.Typer) -> None:
    """Add the commands to `partner`."""
    command(group)(life)
    command(group)(gate)
    command(group)(promote)
    command(group)(trial)
    command(group)(close)
    command(group)(end)
    command(group)(approve)


def life(
    call: Call,
    partner: Annotated[str | None, typer.Argument(metavar="PARTNER", help="Of this partner alone")] = None,
    account: Account = None,
) -> None:
    """List our accounts with their phase, since when they are booked, who ruled so, and what waits."""
    with call.app() as app:
        rows = app.lives().listed(partner, account)
    if call.as_json:
        call.screen.document(rows)
        return
    if not rows:
        call.screen.say("No account fits.")
        call.screen.next("recoup setup setup.toml")
        return
    columns = (
        Column("account", is_whole=True),
        Column("phase", is_whole=True),
        Column("since", is_whole=True),
        Column("booked", is_whole=True),
        Column("open disputes", is_right=True),
    )
    call.screen.table(columns, [_row(row) for row in rows])
    for row in rows:
        _show_life(call.screen, row)
    waiting = [w.ruling for row in rows for w in row.waiting]
    trial = [row for row in rows if row.phase == "shadow"]
    steps = [f"recoup partner approve {short(ruling)} --reason TEXT" for ruling in waiting[:1]]
    steps += [f"recoup partner gate {row.partner} --account {row.account}" for row in trial[:1]]
    call.screen.next(*steps)


def gate(
    call: Call,
    partner: Name,
    account: Account = None,
    on: Annotated[
        str | None,
        typer.Option(help="The first day that would be booked; the opening's by default, else today", metavar="DAY"),
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="Days of the window that is measured", metavar="N")] = 30,
) -> None:
    """Measure how far our reading of an account agrees with the partner's own, feed by feed and currency by currency.

    Exits 1 when the gate is not passed.
    """
    with call.app() as app, call.screen.progress("Measuring"):
        found = app.lives().gate(partner, account, on, days)
    if call.as_json:
        call.screen.document(found)
    else:
        _show_gate(call.screen, found)
    if not found.is_passed:
        raise typer.Exit(1)


def promote(
    call: Call, partner: Name, account: Account = None, on: On = None, reason: Reason = None, is_forced: Anyway = False
) -> None:
    """Make an account live: what happened on the day and later is booked, what was before is carried in.

    Refused with the list of what is missing where the gate is not passed.
    """
    said = _given(reason, "partner promote")
    with call.app() as app, call.screen.progress("Ruling"):
        found = app.lives().promote(partner, account, on or _today(app, partner, account), said, is_forced=is_forced)
    _say(call, found)


def trial(call: Call, partner: Name, account: Account = None, reason: Reason = None) -> None:
    """Take an account out of the books again, once a second person approves: its entries are reversed."""
    said = _given(reason, "partner trial")
    with call.app() as app, call.screen.progress("Ruling"):
        found = app.lives().back_to_trial(partner, account, said)
    _say(call, found)


def close(call: Call, partner: Name, account: Account = None, on: On = None, reason: Reason = None) -> None:
    """Begin the closing of an account: from the day on no new dispute is expected; what is open is listed."""
    said = _given(reason, "partner close")
    with call.app() as app, call.screen.progress("Ruling"):
        found = app.lives().close(partner, account, on or _today(app, partner, account), said)
    _say(call, found)


def end(
    call: Call,
    partner: Name,
    account: Account = None,
    on: On = None,
    statement: Annotated[
        str | None, typer.Option(help="The partner's last statement, by its number or date", metavar="TEXT")
    ] = None,
    reason: Reason = None,
    is_forced: Anyway = False,
) -> None:
    """Close an account for good: no dispute open, every balance at zero, and the last statement there."""
    said = _given(reason, "partner end")
    with call.app() as app, call.screen.progress("Ruling"):
        day = on or _today(app, partner, account)
        found = app.lives().end(partner, account, day, statement, said, is_forced=is_forced)
    _say(call, found)


def approve(
    call: Call,
    id_: Annotated[str, typer.Argument(metavar="RULING", help="What waits, by its id or the beginning of it")],
    reason: Reason = None,
) -> None:
    """Let hold, as the second person, what somebody ruled: an opening, a change of phase all the same."""
    said = _given(reason, "partner approve RULING")
    with call.app() as app, call.screen.progress("Ruling"):
        found = app.lives().approve(id_, said)
    _say(call, found)


def open_with(
    call: Call,
    partner: Name,
    account: Account = None,
    file: Annotated[
        Path | None, typer.Option(help="The form, filled in from the partner's statement", metavar="FORM.toml")
    ] = None,
    statement: Annotated[
        Path | None, typer.Option(help="The statement itself, for its hash; it is not taken in", metavar="F")
    ] = None,
    draft_on: Annotated[
        str | None, typer.Option("--draft", help="Print a form for this day, with what our facts say", metavar="DAY")
    ] = None,
    reason: Reason = None,
) -> None:
    """Agree the balances that the books of an account begin with; a second person approves them.

    Debit is positive: what the partner owes us on settlement_clearing or partner_balance, say.
    """
    if draft_on is not None:
        with call.app() as app, call.screen.progress("Adding up"):
            draft = app.lives().draft(partner, account, draft_on)
        _print_draft(call, draft)
        return
    if file is None:
        remedy = f"Run: recoup books open-with {partner} --draft DAY > opening.toml, fill it in, then give it by --file"
        raise UsageProblem("books open-with", "neither --file nor --draft", "one of the two", remedy)
    said = _given(reason, "books open-with")
    with call.app() as app, call.screen.progress("Adding up"):
        found, differing = app.lives().open_with(partner, account, file, said, statement)
    if call.as_json:
        apart = [
            dict(zip(("account", "currency", "agreed_minor", "carried_minor"), row, strict=True)) for row in differing
        ]
        call.screen.document({"ruled": found, "apart": apart})
        return
    _show_apart(call.screen, differing)
    _say(call, found)


def _given(reason: str | None, words: str) -> str:
    if reason is None or not reason.strip():
        raise UsageProblem(words, "no --reason", "why", f"See: recoup {words.removesuffix(' RULING')} --help")
    return reason


def _today(app: Any, partner: str, account: str | None) -> str:
    return str(app.lives().today(partner, account))


def _row(row: Any) -> tuple[str, ...]:
    booked = {None: "not booked", "": "from the first"}.get(row.books_from, f"from {row.books_from}")
    return f"{row.partner}/{row.account}", row.phase, row.since_on or NOTHING, booked, f"{row.disputes_open:,}"


def _show_life(screen: Screen, row: Any) -> None:
    if not row.history and not row.waiting:
        return
    screen.heading(f"{row.partner}/{row.account}")
    for step in row.history:
        also = f", approved by {step.approved_by}" if step.approved_by else ""
        screen.indented(f"{moment(step.at)}  {step.what}, by {step.by}{also}: {step.reason}")
        _show_lacks(screen, step.missing, "although")
    for waits in row.waiting:
        screen.indented(
            f"{short(waits.ruling)} waits for a second person: {waits.what}, asked by {waits.by}: {waits.reason}",
            "yellow",
        )
        _show_lacks(screen, waits.missing, "although")


def _show_lacks(screen: Screen, missing: tuple[str, ...], word: str) -> None:
    for lack in missing[:LACKS_SHOWN]:
        screen.indented(f"{word} {lack}", "dim", by=4)
    if len(missing) > LACKS_SHOWN:
        screen.indented(f"and {len(missing) - LACKS_SHOWN} more: --json", "dim", by=4)


def _show_gate(screen: Screen, found: Any) -> None:
    from recoup.controls.gate import shown

    screen.say(f"{found.partner}/{found.account}, {found.phase}: booked from {found.on}?", "bold")
    screen.indented(f"measured over {found.since_on} to {found.until_on}", "dim")
    columns = (
        Column("", is_whole=True),
        Column("check", is_whole=True),
        Column("feed", is_whole=True),
        Column("agreed", is_right=True, is_whole=True),
        Column("amount", is_right=True, is_whole=True),
        Column("found", is_right=True, is_whole=True),
    )
    screen.table(columns, [_verdict(v, shown) for v in found.verdicts])
    screen.say()
    if found.is_passed:
        screen.say("The gate is passed.", "green")
        screen.next(f'recoup partner promote {found.partner} --account {found.account} --on {found.on} --reason "…"')
        return
    screen.say(f"The gate is not passed: {count(len(found.missing), 'check')} not met.", "red")
    for lack in found.missing[:LACKS_SHOWN]:
        screen.indented(lack, "yellow")
    if len(found.missing) > LACKS_SHOWN:
        screen.indented(f"and {len(found.missing) - LACKS_SHOWN} more: --json", "dim")
    names = f"{found.partner} --account {found.account}"
    screen.next(f"recoup books open-with {names} --draft {found.on}", f"recoup breaks --partner {found.partner}")


def _verdict(v: Any, shown: Any) -> tuple[str, ...]:
    is_share = v.unit == "share_bps"
    amount = NOTHING if v.agreed_minor is None else money(v.agreed_minor, v.currency)
    return (
        "ok" if v.is_met else "NO",
        v.check,
        v.feed or NOTHING,
        f"{v.agreed:,} of {v.counted:,}" if is_share else NOTHING,
        amount,
        NOTHING if v.found is None else shown(v.found, v.unit),
    )


def _print_draft(call: Call, draft: Any) -> None:
    if call.as_json:
        call.screen.document(draft)
        return
    typer.echo(_form(draft), nl=False)


def _form(draft: Any) -> str:
    """Write a form: what our facts say, for a person to lay beside the statement; a wrong figure is changed here."""
    head = (
        f"# Opening balances of {draft.partner}/{draft.account} at the beginning of {draft.on}, debit positive,\n"
        "# in minor units. The figures are what our own facts say. Put the partner's in their place, and the\n"
        "# house's for merchant accounts: what differs is then shown as a balance of opening_clearing.\n"
        "# partner_balance, partner_held and bank are taken as the statement says, whatever our facts say.\n"
        f'on = "{draft.on}"\nstatement = ""  # its number or date\n'
    )
    rows = [
        f'\n[[balance]]\naccount = "{b.account}"\ncurrency = "{b.currency}"\namount_minor = {b.amount_minor}  '
        f'# {money(b.amount_minor, b.currency)}\nsays = ""  # where it stands\n'
        for b in draft.balances
    ]
    return head + "".join(rows)


def _show_apart(screen: Screen, differing: list[tuple[str, str, int, int]]) -> None:
    if not differing:
        screen.say("What was agreed is what our own facts carry in.", "green")
        return
    screen.say("Not what our own facts carry in:", "yellow")
    columns = (Column("account"), Column("agreed", is_right=True), Column("carried", is_right=True))
    rows = [(name, money(agreed, code), money(carried, code)) for name, code, agreed, carried in differing]
    screen.table(columns, rows[:BALANCES_SHOWN])


def _say(call: Call, found: Any) -> None:
    if call.as_json:
        call.screen.document(found)
        return
    name = f"{found.partner}/{found.account}"
    for lack in found.missing[:LACKS_SHOWN]:
        call.screen.indented(lack, "yellow")
    if found.is_waiting:
        call.screen.say(f"Asked for: a second person has to approve it. Until then {name} is {found.phase}.", "yellow")
        call.screen.next(f"recoup partner approve {short(found.ruling)} --reason TEXT")
        return
    booked = {None: "and not booked", "": "and booked from the first"}.get(
        found.books_from, f"and booked from {found.books_from}"
    )
    call.screen.say(f"{name} is {found.phase}, {booked}.", "green")
    call.screen.next("recoup check", f"recoup partner life {found.partner}", "recoup books clearing")
