"""`calls`: how partners' APIs answer us, account by account, and what opens them that ends soon."""

from typing import Any

import typer

from recoup.cli.call import Call, OnlyPartner, command
from recoup.cli.phrases import NOTHING, count, moment
from recoup.cli.render import Column, Screen, Style

NAMES_SHOWN = 5


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app)(calls)


def calls(
    call: Call,
    partner: OnlyPartner = None,
) -> None:
    """Show how partners' APIs answer: the last rounds, tries of the last day by operation, keys that end."""
    from recoup.intake.call_standing import standing

    with call.app() as app, app.register.reading() as view:
        found = [one for one in standing(view, app.now()) if partner in (None, one.partner)]
    if call.as_json:
        call.screen.document(found)
        return
    if not found:
        call.screen.say("Nobody is asked: no account has an api_url and a key named api that was used.")
        call.screen.next("recoup setup FILE")
        return
    for one in found:
        _show(call.screen, one)


def _show(screen: Screen, one: Any) -> None:
    screen.heading(f"{one.partner} {one.account}")
    for line, style in _lines(one):
        screen.indented(line, style)
    if one.operations:
        columns = (
            *(Column("operation", is_whole=True), Column("tries", is_right=True), Column("done", is_right=True)),
            *(Column("not done"), Column("slowest", is_right=True)),
        )
        screen.table(columns, [_row(of) for of in one.operations])


def _lines(one: Any) -> list[tuple[str, Style]]:
    """What is to be said of an account, each with its style."""
    asked = "not asked yet" if one.asked_at is None else f"asked at {moment(one.asked_at)}"
    whole = "no whole list yet" if one.listed_at is None else f"last whole list {moment(one.listed_at)}"
    lines: list[tuple[str, Style]] = [(asked if one.asked_at is None else f"{asked}, {whole}", "")]
    if one.failure:
        lines.append((f"{one.failure}: {one.said}", "red"))
    if one.circuit != "closed":
        until = f", and is left alone until {moment(one.rests_until)}" if one.rests_until else ""
        lines.append((f"broke off {count(one.rounds_failed, 'time')} in a row{until}", "red"))
    for burn in one.burns:
        if burn.is_too_fast:
            lines.append((f"{burn.bad} of {burn.tries} tries failed within {_hours(burn.span)}", "red"))
    for names, what in ((one.missed, "left out of its list"), (one.absent, "not found by their ids")):
        if names:
            more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
            lines.append((f"{what}: {', '.join(names[:NAMES_SHOWN])}{more}", "yellow"))
    if one.clock_offset:
        lines.append((f"its clock is {_apart(one.clock_offset)} ours", ""))
    lines += [(f"{e.name} {_ends(e)}", "yellow" if e.days_left <= 14 else "") for e in one.expires]
    return lines


def _ends(one: Any) -> str:
    if one.days_left < 0:
        return f"ended on {one.expires_on}"
    return f"ends on {one.expires_on}, in {count(one.days_left, 'day')}"


def _hours(span: int) -> str:
    return count(span // 3_600_000_000, "hour")


def _apart(span: int) -> str:
    """How far a clock is from another, in the largest unit of which there are two."""
    seconds = abs(span) // 1_000_000
    units = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
    large = next((count(seconds // size, word) for size, word in units if seconds >= 2 * size), f"{seconds} s")
    return f"{large} {'ahead of' if span > 0 else 'behind'}"


def _row(of: Any) -> tuple[str, ...]:
    from recoup.intake.call_standing import NOT_DONE

    parts = [f"{name} {getattr(of, name):,}" for name in (*NOT_DONE, "slow") if getattr(of, name)]
    slowest = f"{of.slowest // 1000:,} ms"
    return of.operation, f"{of.tries:,}", f"{of.done:,}", ", ".join(parts) or NOTHING, slowest
