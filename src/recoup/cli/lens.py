"""`lens`: a file as its partner means it, record by record, field by field."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command
from recoup.cli.phrases import count, money
from recoup.cli.render import Column, Screen
from recoup.errors import UsageProblem

RECORDS = "1-50"
VALUE_CHARACTERS = 160
"""Of a value in the terminal; --json shows more."""
TOLD_SHOWN = 20
_COLUMNS = (
    Column("field"),
    Column("where", style="dim", from_width=60),
    Column("value"),
    Column("meaning", style="cyan"),
)
_RANGE = re.compile(r"([0-9]{1,12})(?:(-)([0-9]{1,12})?)?")


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, options=("home", "as_json"))(lens)


def lens(
    call: Call,
    file: Annotated[Path, typer.Argument(help="Any file that a partner sends, or a raw HTTP message")],
    partner: Annotated[str | None, typer.Option(help="Whose file it is; found out by default", metavar="NAME")] = None,
    feed: Annotated[str | None, typer.Option(help="By which feed it comes; found out", metavar="NAME")] = None,
    records: Annotated[str, typer.Option(help="Which records: 7, 1-50, 51-", metavar="N-M")] = RECORDS,
    findings: Annotated[bool, typer.Option("--findings", help="Only records with a finding")] = False,
) -> None:
    """Show a file as its partner means it: records, fields, values, meanings, findings.

    Needs no home: nothing is kept. Card numbers are masked.
    """
    from recoup.enquiry.lens import recognise
    from recoup.enquiry.lens import records as laid_out
    from recoup.partners.installed import partners_of

    first, last = _range(records)
    if not file.is_file():
        found = "a directory" if file.is_dir() else "no such file"
        raise UsageProblem(str(file), found, "a file to look at")
    if feed is not None and partner is None:
        raise UsageProblem("--feed", repr(feed[:40]), "--partner with it")
    seen = recognise(file, partners_of(call.settings.home), partner, feed)
    wanted = (laid for laid in laid_out(seen) if laid.number >= first and (laid.findings or not findings))
    shown = wanted if last is None else _until(wanted, last)
    if call.as_json:
        call.screen.document(_document(seen.sight, shown))
    else:
        _show(call.screen, seen.sight, shown, last)


def _range(text: str) -> tuple[int, int | None]:
    told = _RANGE.fullmatch(text)
    if told is None or int(told[1]) < 1 or (told[3] and int(told[3]) < int(told[1])):
        raise UsageProblem("--records", repr(text[:40]), "a record or a range of them: 7, 1-50, 51-")
    return int(told[1]), (int(told[3]) if told[3] else None) if told[2] else int(told[1])


def _until(records: Iterable[Any], last: int) -> Iterator[Any]:
    """Give the records up to one; the one after it ends the reading, unread."""
    for laid in records:
        if laid.number > last:
            return
        yield laid
        if laid.number == last:
            return


def _document(sight: Any, records: Iterable[Any]) -> dict[str, Any]:
    shown = list(records)
    return {
        "file": sight.file,
        "format": sight.format,
        "why": sight.why,
        "is_packed": sight.is_packed,
        "candidates": sight.candidates,
        "says": sight.says,
        "records": shown,
    }


def _show(screen: Screen, sight: Any, records: Iterable[Any], last: int | None) -> None:
    packed = ", packed by gzip" if sight.is_packed else ""
    screen.say(f"{sight.file}: {sight.format}{packed} ({sight.why}).")
    _show_candidates(screen, sight.candidates)
    number = 0
    for laid in records:
        number = laid.number
        _show_record(screen, laid)
    if not number:
        screen.say("No such record.")
    if sight.says is not None:
        _show_says(screen, sight.says)
    if last is not None and number == last:
        screen.next(f"recoup lens {sight.file} --records {last + 1}-")


def _show_candidates(screen: Screen, found: Any) -> None:
    if len(found) == 1:
        screen.say(f"Read as {found[0].partner} {found[0].feed}: {found[0].why}.")
    elif not found:
        screen.say("No partner's feed takes it for its own; shown as the format alone says.", "dim")
    else:
        screen.say("It may be a file of several feeds; say which with --partner and --feed:")
        for one in found:
            screen.indented(f"{one.partner} {one.feed}: {one.why}")


def _show_record(screen: Screen, laid: Any) -> None:
    screen.heading(f"record {laid.number}  {laid.kind}  {laid.at}")
    if laid.fields:
        rows = [(f.name, f.at, _cut(f.raw), f.meaning or "") for f in laid.fields]
        screen.table(_COLUMNS, rows)
    for found in laid.findings:
        screen.indented(_sentence(found), "yellow")


def _show_says(screen: Screen, says: Any) -> None:
    screen.heading("What it says")
    screen.say(
        f"{count(says.records, 'record')}: {says.accepted:,} accepted, {len(says.quarantined):,} quarantined."
        f"{f' It reports on {says.covers_on}.' if says.covers_on else ''}"
    )
    if says.held is not None:
        screen.indented(f"Held whole: {_sentence(says.held)}", "red")
    for one in says.told[:TOLD_SHOWN]:
        screen.indented(f"record {one.position}: {_fact(one.said)}")
    if len(says.told) > TOLD_SHOWN:
        screen.indented(f"… and {len(says.told) - TOLD_SHOWN:,} more; all of them: --json", "dim")
    for control in says.controls:
        screen.indented(f"{control.name}: stated {control.stated:,}, computed {control.computed:,}")
    for found in islice((*(q.finding for q in says.quarantined), *says.findings), TOLD_SHOWN):
        screen.indented(_sentence(found), "yellow")


def _fact(said: Any) -> str:
    """Say one fact in a line: a movement of money, or a move of a dispute."""
    if hasattr(said, "identity"):
        about = f" of {said.partner_dispute_id}" if said.partner_dispute_id else ""
        return (
            f"{said.kind}{about}, net {money(said.net_minor, said.currency)} on {said.effective_on} ({said.identity})"
        )
    amount = f", {money(said.amount_minor, said.currency)}" if said.amount_minor is not None else ""
    reason = f", reason {' '.join(filter(None, (said.network, said.reason_code)))}" if said.reason_code else ""
    nature = f" ({said.nature})" if said.nature else ""
    move = said.move.replace("_", " ")
    return f"{said.kind or 'dispute'} {said.partner_dispute_id}: {move}{nature}{amount}{reason}"


def _sentence(found: Any) -> str:
    return f"{found.where}: {found.found}; wanted {found.wanted} [{found.check}]"


def _cut(text: str) -> str:
    return text if len(text) <= VALUE_CHARACTERS else f"{text[:VALUE_CHARACTERS]}… ({len(text)} characters)"
