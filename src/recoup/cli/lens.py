"""`lens`: a file as its partner means it, record by record, field by field."""

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command
from recoup.cli.phrases import count, money
from recoup.cli.render import Column, Screen
from recoup.errors import UsageProblem

RECORDS = "1-50"
EVERY = "1-"
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
    records: Annotated[
        str | None,
        typer.Option(help="Which records: 7, 1-50, 51-; the first 50, with --findings all", metavar="N-M"),
    ] = None,
    findings: Annotated[bool, typer.Option("--findings", help="Only records with a finding")] = False,
) -> None:
    """Show a file as its partner means it: records, fields, values, meanings, findings.

    Needs no home: nothing is kept. Card numbers are masked. At the end stands what an ingest would say of it.
    """
    from recoup.enquiry.lens import recognise
    from recoup.enquiry.lens import records as laid_out
    from recoup.partners.installed import partners_of

    first, last = _range(records or (EVERY if findings else RECORDS))
    if not file.is_file():
        found = "a directory" if file.is_dir() else "no such file"
        raise UsageProblem(str(file), found, "a file to look at")
    if feed is not None and partner is None:
        raise UsageProblem("--feed", repr(feed[:40]), "--partner with it")
    seen = recognise(file, partners_of(call.settings.home), partner, feed)
    shown = _Shown(laid_out(seen), first, last, findings)
    if call.as_json:
        call.screen.document(_document(seen, shown))
    else:
        _show(call.screen, seen, shown)


class _Shown:
    """The records that were asked for, out of all that are read for them."""

    def __init__(self, records: Iterable[Any], first: int, last: int | None, with_findings: bool) -> None:
        self.first, self.last = first, last
        self.with_findings = with_findings
        self.read = 0
        """Records read, in the range or before it."""
        self.goes_on = False
        """Whether there are more records behind the range."""
        self._records = records

    def __iter__(self) -> Iterator[Any]:
        for laid in self._records:
            if self.last is not None and laid.number > self.last:
                self.goes_on = True
                return
            self.read = laid.number
            if laid.number >= self.first and (laid.findings or not self.with_findings):
                yield laid


def _range(text: str) -> tuple[int, int | None]:
    told = _RANGE.fullmatch(text)
    if told is None or int(told[1]) < 1 or (told[3] and int(told[3]) < int(told[1])):
        raise UsageProblem("--records", repr(text[:40]), "a record or a range of them: 7, 1-50, 51-")
    return int(told[1]), (int(told[3]) if told[3] else None) if told[2] else int(told[1])


def _document(seen: Any, records: Iterable[Any]) -> dict[str, Any]:
    sight = seen.sight
    shown = list(records)
    return {
        "file": sight.file,
        "format": sight.format,
        "why": sight.why,
        "is_packed": sight.is_packed,
        "candidates": sight.candidates,
        "because": sight.because,
        "nearest": sight.nearest,
        "says": _foretold(seen),
        "records": shown,
    }


def _foretold(seen: Any) -> Any:
    """Give what an ingest would say of the file; None where no feed takes it, or where it is large."""
    if seen.partner is None or seen.sheet.body is None:
        return None
    from recoup.intake.foretelling import foretell

    sheet = seen.sheet
    came_at = seen.path.stat().st_mtime_ns // 1_000
    return foretell(
        seen.partner,
        seen.feed.name,
        sheet.name,
        sheet.body,
        start_line=sheet.start_line,
        headers=sheet.headers,
        landed_at=came_at,
    )


def _show(screen: Screen, seen: Any, records: _Shown) -> None:
    sight = seen.sight
    packed = ", packed by gzip" if sight.is_packed else ""
    screen.say(f"{sight.file}: {sight.format}{packed} ({sight.why}).")
    _show_candidates(screen, sight)
    is_any = False
    for laid in records:
        is_any = True
        _show_record(screen, laid)
    if not is_any:
        screen.say(_nothing(records))
    _show_foretold(screen, seen)
    if records.goes_on:
        screen.next(f"recoup lens {shlex.quote(str(seen.path))} --records {records.read + 1}-")


def _nothing(records: _Shown) -> str:
    read = count(records.read, "record")
    if not records.with_findings or records.read < records.first:
        return f"No such record: the file has {read}."
    return f"No findings: {read} read."


def _show_candidates(screen: Screen, sight: Any) -> None:
    found = sight.candidates
    if not found:
        screen.say("No partner's feed takes it for its own; shown as the format alone says.", "dim")
        if sight.nearest is not None:
            near = sight.nearest
            screen.say(f"Nearest is {near.partner} {near.feed} ({near.layout}), of whose columns it lacks:", "yellow")
            screen.indented(", ".join(near.missing), "yellow")
        return
    first = found[0]
    if len(found) == 1:
        screen.say(f"Read as {first.partner} {first.feed}: {first.why}.")
        return
    screen.say("It could be:")
    for one in found:
        screen.indented(f"{one.partner} {one.feed}: {one.why}")
    screen.say(f"Shown as {first.partner} {first.feed}, because {sight.because}; choose with --partner and --feed.")


def _show_record(screen: Screen, laid: Any) -> None:
    screen.heading(f"record {laid.number}  {laid.kind}  {laid.at}")
    if laid.fields:
        rows = [(f.name, f.at, _cut(f.raw), f.meaning or "") for f in laid.fields]
        screen.table(_COLUMNS, rows)
    for found in laid.findings:
        screen.indented(_sentence(found), "yellow")


def _show_foretold(screen: Screen, seen: Any) -> None:
    if seen.partner is None:
        return
    screen.heading(f"What an ingest as {seen.partner.name} {seen.feed.name} would say")
    says = _foretold(seen)
    if says is None:
        screen.say("Too large to be read here as a whole: hand it in to learn it.", "dim")
        return
    if seen.sight.is_packed:
        screen.say("Once it is unpacked: an ingest takes bytes as they come.", "dim")
    _show_counts(screen, says)
    for one in says.told[:TOLD_SHOWN]:
        screen.indented(f"record {one.position}: {_fact(one.said)}")
    if len(says.told) > TOLD_SHOWN:
        screen.indented(f"… and {len(says.told) - TOLD_SHOWN:,} more; all of them: --json", "dim")
    for control in says.controls:
        stated, computed = (_total(total, control.currency) for total in (control.stated, control.computed))
        is_even = control.stated == control.computed
        screen.indented(f"{control.name}: stated {stated}, computed {computed}", "" if is_even else "red")
    refused = [one.finding for one in says.quarantined]
    bad = [f"quarantined: {_sentence(found)}" for found in refused]
    bad += [_sentence(found) for found in says.findings if found not in refused]
    for text in bad[:TOLD_SHOWN]:
        screen.indented(text, "yellow")
    if len(bad) > TOLD_SHOWN:
        screen.indented(f"… and {len(bad) - TOLD_SHOWN:,} more; all of them: --json", "dim")


def _total(total: int, currency: str | None) -> str:
    return f"{total:,}" if currency is None else money(total, currency)


def _show_counts(screen: Screen, says: Any) -> None:
    if says.held is not None:
        screen.say("Held whole: nothing of it would be applied.", "red")
        screen.indented(_sentence(says.held), "red")
        return
    day = f" It reports on {says.covers_on}." if says.covers_on else ""
    bad = len(says.quarantined)
    screen.say(f"{count(says.records, 'record')}: {says.accepted:,} would be accepted, {bad:,} quarantined.{day}")


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
