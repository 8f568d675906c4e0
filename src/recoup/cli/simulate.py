"""`simulate` and `score`: partners made up from a seed and broken on purpose, and whether Recoup sees what broke."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command
from recoup.cli.phrases import NOTHING, count, moment
from recoup.cli.render import Column
from recoup.errors import UsageProblem
from recoup.settings import Settings, read_settings


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app, options=("as_json", "as_of"))(simulate)
    command(app, options=("home", "as_json"))(score)


def simulate(
    call: Call,
    out: Annotated[Path | None, typer.Option(help="Directory to write, empty or absent", metavar="DIR")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes")] = 1,
    days: Annotated[int, typer.Option(help="How many days", min=1, max=366)] = 30,
    faults: Annotated[
        str, typer.Option(help="`none`, `all` that fit, or ids with commas: F1,W2@12 (from day 12 on)", metavar="LIST")
    ] = "none",
    payments: Annotated[int, typer.Option(help="About so many payments a day at each partner", min=1)] = 150,
    disputes: Annotated[int, typer.Option(help="Disputes for each 10,000 payments", min=0)] = 100,
    first_day: Annotated[str, typer.Option(help="First day", metavar="DAY")] = "2026-02-02",
    partners: Annotated[
        str, typer.Option(help="Who takes payments: `all`, or names with commas between them", metavar="LIST")
    ] = "stripe,adyen",
    calls: Annotated[
        bool, typer.Option("--calls", help="Partners' APIs are asked while it is scored, not written down")
    ] = False,
    serve: Annotated[
        Path | None, typer.Option(help="Serve the APIs of what simulate wrote, until Ctrl-C", metavar="DIR")
    ] = None,
    port: Annotated[int, typer.Option(help="For --serve; 0 for any that is free", min=0, max=65535)] = 0,
    is_list: Annotated[bool, typer.Option("--list", help="List all known faults, and which can be simulated")] = False,
) -> None:
    """Write what simulated partners send, with faults on purpose and the truth beside it."""
    if is_list:
        _show_known(call)
        return
    if serve is not None:
        _serve(call, serve, port)
        return
    if out is None:
        raise UsageProblem("--out", "no directory", "where to write, or --list", "Run: recoup simulate --out DIR")
    from recoup.simulator.faults import chosen
    from recoup.simulator.profiles import chosen_partners
    from recoup.simulator.run import simulate as run

    first, names = _day(first_day), chosen_partners(partners)
    with call.screen.progress("Simulating") as progress:
        counts = run(
            *(seed, days, out, chosen(faults), payments, progress),
            first_day=first,
            disputes_per_10k=disputes,
            partners=names,
            calls=calls,
        )
    if call.as_json:
        call.screen.document(counts)
        return
    call.screen.say(f"{count(days, 'day')} of simulated partners in {out}", "bold")
    call.screen.indented(f"{count(counts.deliveries, 'delivery', 'deliveries')}, {count(counts.payments, 'payment')}")
    call.screen.indented(f"{count(counts.disputes, 'dispute')}, {count(counts.faults, 'fault')} on purpose")
    call.screen.next(f"recoup score {out}")


def _serve(call: Call, folder: Path, port: int) -> None:
    """Serve until told to stop; the world's setup with the addresses comes first, alone on standard output."""
    import threading

    from recoup.app.serving_world import served_world

    with served_world(folder, call.as_of, port) as world, suppress(KeyboardInterrupt):
        if call.as_json:
            call.screen.document(world.accounts)
        else:
            call.screen.say(world.setup)
        call.screen.flush()
        call.screen.note(f"Serving {_as_of(world)}; stop with Ctrl-C.")
        threading.Event().wait()


def _as_of(world: Any) -> str:
    if world.is_live:
        return f"by the clock of this machine, for days that end at {moment(world.until)}"
    return f"as of {moment(world.until)}, whatever the clock says"


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as problem:
        raise UsageProblem("--first-day", repr(text), "a day as 2026-02-02") from problem


def _show_known(call: Call) -> None:
    from recoup.simulator.known import known_faults

    known = known_faults()
    if call.as_json:
        call.screen.document(known)
        return
    columns = (Column("fault", is_whole=True), Column("what goes wrong"), Column("where"), Column("ends"))
    rows = [(p.word, p.title, f"{p.partner} {p.feed}", p.ends) for fault in known for p in fault.places]
    call.screen.table(columns, rows)
    for heading, state, told in (
        ("On our own side: the tests bring it about in the running program", "on_us", "injected"),
        ("No data of ours can show", "undetectable", "outside_check"),
        ("Not built yet", "not_built", "waits_for"),
    ):
        found = [(k.fault, k.title, getattr(k, told) or NOTHING) for k in known if k.state == state]
        if found:
            call.screen.heading(heading)
            told_as = {"on_us": "how", "undetectable": "bounded by"}.get(state, "waits for")
            call.screen.table((Column("fault", is_whole=True), Column("what goes wrong"), Column(told_as)), found)
    built = sum(k.state == "built" for k in known)
    call.screen.say(f"\n{built} of {len(known)} known faults can be simulated.")


def score(
    call: Call,
    folder: Annotated[Path, typer.Argument(help="What simulate wrote", metavar="DIR")],
) -> None:
    """Live through simulated days, checking each evening, and compare the breaks with the truth.

    Works in a home that is thrown away; with --home in one that is made there and kept, to look at afterwards.
    """
    if call.home is not None:
        found = _scored(call, folder, call.settings)
    else:
        with tempfile.TemporaryDirectory(prefix="recoup-score-") as scratch:
            found = _scored(call, folder, read_settings({}, Path(scratch) / "home"))
    if call.as_json:
        call.screen.document(found)
    else:
        _show(call, found)


def _scored(call: Call, folder: Path, settings: Settings) -> Any:
    from recoup.app.scoring import score_directory

    with call.screen.progress("Living through it") as progress:
        return score_directory(folder, settings, progress)


def _show(call: Call, found: Any) -> None:
    screen = call.screen
    columns = (
        *(Column("fault", is_whole=True), Column("verdict"), Column("cause"), Column("said first"), Column("control")),
        *(Column("minutes", is_right=True), Column("disputes", is_right=True), Column("others", is_right=True)),
    )
    screen.table(columns, [_row(row) for row in found.per_fault])
    screen.say(
        f"{found.found} found, {found.absorbed} absorbed, {found.missed} missed, "
        f"{count(found.false_alarms, 'false alarm')}, {count(found.collateral, 'collateral break')}."
    )
    if found.class_top1_pct is not None:
        screen.say(
            f"Cause named first in {found.class_top1_pct:.2f} %, in the first three in {found.class_top3_pct:.2f} %."
        )
    for line in _figures(found):
        screen.say(line)
    for alarm in found.alarms:
        screen.say(f"False alarm: {alarm.control} ({alarm.class_}) at {alarm.partner} {alarm.feed or ''}", "yellow")
    for row in found.per_fault:
        if row.verdict == "missed":
            screen.say(f"Missed: {row.fault} {row.title}. Alone again:", "yellow")
            screen.indented(row.replay)


def _figures(found: Any) -> Iterator[str]:
    """What else was measured, where there was something to measure."""
    if found.in_time_pct is not None:
        yield f"Found in time: {found.in_time_pct:.2f} %."
    if found.affected_precision_pct is not None and found.affected_recall_pct is not None:
        yield (
            f"Of what the breaks name {found.affected_precision_pct:.2f} % was hit, "
            f"and of what was hit they name {found.affected_recall_pct:.2f} %."
        )
    if found.twins_same or found.twins_differ:
        same = "as if nothing had been" if not found.twins_differ else "not as in a world without faults"
        yield f"In the end all is {same}."


def _row(row: Any) -> tuple[str, ...]:
    wrong = row.class_ if row.class_ is not None and row.class_place != 1 else None
    return (
        row.fault,
        row.verdict,
        row.cause,
        NOTHING if row.class_ is None else (wrong or "the same"),
        row.control or NOTHING,
        NOTHING if row.latency_minutes is None else f"{row.latency_minutes:,}",
        f"{row.disputes_found}/{row.disputes_true}" + (f" +{row.disputes_more}" if row.disputes_more else ""),
        str(row.collateral),
    )
