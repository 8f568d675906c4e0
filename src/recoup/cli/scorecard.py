"""`scorecard`: how one partner did in one month, of how many, and the files that prove it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command
from recoup.cli.phrases import NOTHING, amounts, count, moment, short, span
from recoup.cli.render import Column, Screen, Style
from recoup.errors import UsageProblem

FORMATS = ("csv", "parquet", "xlsx", "json", "pdf")
AREAS = {
    "timeliness": "Timeliness",
    "completeness": "Completeness",
    "correctness": "Correctness",
    "money": "Money",
    "evidence": "Evidence",
    "breaks": "Breaks",
}
TITLE_WIDTH, FAILED_WIDTH, OF_WIDTH = 27, 7, 30
WHY = {"no_contract": "no contract", "not_measured": "not measured"}


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app)(scorecard)


def scorecard(
    call: Call,
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Whose scorecard")],
    month: Annotated[
        str | None, typer.Option(help="The month; by default the last one that is over", metavar="YYYY-MM")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Only this account of ours", metavar="NAME")] = None,
    export: Annotated[
        Path | None,
        typer.Option(help="Write the evidence behind each figure into a folder of its own here", metavar="DIR"),
    ] = None,
    format_: Annotated[
        list[str] | None, typer.Option("--format", help=f"One of {', '.join(FORMATS)}; may be repeated", metavar="NAME")
    ] = None,
) -> None:
    """Show how a partner did in a month: what counts against it, of how many, and what nobody measures."""
    from recoup.app import scorecards

    formats = _formats(format_, export)
    with call.app() as app:
        now = app.now()
        cards = scorecards.cards(app, partner, month, account)
        made = scorecards.export(app, partner, cards[0].month, account, export, formats) if export else None
    if call.as_json:
        folder = {} if made is None else {"export": {"run": made.stamp.run, "folder": made.folder}}
        call.screen.document({"partner": partner, "month": cards[0].month, "cards": cards, **folder})
        return
    for card in cards:
        _show(call.screen, card, now)
    if made is not None:
        _show_export(call.screen, made)
        return
    call.screen.next(
        f"recoup scorecard {partner} --month {cards[0].month} --export DIR", f"recoup breaks --partner {partner}"
    )


def _formats(given: list[str] | None, export: Path | None) -> Any:
    if given and export is None:
        raise UsageProblem("--format", "no --export", "both")
    formats = [form.lower() for form in given or ["csv"]]
    if unknown := [form for form in formats if form not in FORMATS]:
        raise UsageProblem("--format", repr(unknown[0]), f"one of {', '.join(FORMATS)}")
    return formats


def _show(screen: Screen, card: Any, now: int) -> None:
    to_date = f", to date ({moment(now)} UTC)" if card.is_to_date else ""
    screen.say()
    screen.say(f"{card.partner}  {card.account or 'without an account'}  {card.month}{to_date}", "bold")
    area = ""
    for figure in card.figures:
        if figure.area != area:
            area = figure.area
            screen.heading(AREAS[area])
        _show_figure(screen, figure)
    failing = sum(1 for figure in card.figures if figure.failed)
    silent = sum(1 for figure in card.figures if figure.state in WHY)
    told = f"{failing} of {count(len(card.figures), 'figure')} against {card.partner}"
    screen.say()
    screen.say(f"{told}; {silent} without a contract or not measured.", "yellow" if failing else "green")


def _show_figure(screen: Screen, figure: Any) -> None:
    """Print one figure on a line of its own, and below it money and times where there are any."""
    of = WHY.get(figure.state) or (
        f"no {figure.counted_of}" if figure.state == "nothing" else f"of {figure.things:,} {figure.counted_of}"
    )
    failed = f"{figure.failed:,}" if figure.state == "measured" else NOTHING
    share = f"{figure.failed_bps // 100}.{figure.failed_bps % 100:02} %" if figure.failed and figure.things else ""
    style: Style = "yellow" if figure.failed else "" if figure.state == "measured" else "dim"
    screen.say(f"  {figure.title:<{TITLE_WIDTH}}{failed:>{FAILED_WIDTH}}  {of:<{OF_WIDTH}}{share:>9}".rstrip(), style)
    if more := _more(figure):
        screen.indented(more, "dim", by=TITLE_WIDTH + FAILED_WIDTH + 4)


def _more(figure: Any) -> str:
    parts = [amounts((amount.minor, amount.currency) for amount in figure.amounts)] if figure.amounts else []
    if figure.longest_microseconds:
        parts.append(_longest(figure))
    return ", ".join(parts)


def _longest(figure: Any) -> str:
    if figure.figure == "message_late":
        return f"95 of 100 within {_length(figure.p95_microseconds)}"
    return f"{'oldest' if figure.area == 'breaks' else 'longest'} {_length(figure.longest_microseconds)}"


def _length(microseconds: int) -> str:
    return f"{-(-microseconds // 1_000_000)} s" if microseconds < 120_000_000 else span(microseconds)


def _show_export(screen: Screen, made: Any) -> None:
    stamp = made.stamp
    screen.heading("Evidence")
    columns = (Column("file", is_whole=True), Column("rows", is_right=True), Column("hash", is_whole=True))
    screen.table(columns, [(a.question, f"{a.rows:,}", a.rows_hash[:12]) for a in stamp.answers])
    screen.say(
        f"Run {short(stamp.run)}, rows {stamp.rows_hash[:12]}. Check a file with: recoup report verify FILE", "dim"
    )
    screen.say(f"Written: {made.folder}", "green")
