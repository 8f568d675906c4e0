"""`demo`: a month of a small marketplace, simulated, broken on purpose, taken in and explained."""

import shutil
import sys
from typing import Annotated, Any

import typer

from recoup.cli.breaks import show_break
from recoup.cli.call import Call, command
from recoup.cli.phrases import count
from recoup.cli.render import Column
from recoup.cli.serve import serve_home
from recoup.settings import Settings


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, options=("home", "as_json"))(demo)


def demo(
    call: Call,
    seed: Annotated[int, typer.Option(help="Start of the random numbers: the same seed gives the same month")] = 1,
    days: Annotated[int, typer.Option(help="How many days", min=1, max=366)] = 30,
    serve: Annotated[bool, typer.Option("--serve", help="Start the server on the demo's home afterwards")] = False,
) -> None:
    """Show a simulated month, its faults explained."""
    from recoup.app.demo import demo as run_demo

    settings = call.settings
    with call.screen.progress("Simulating") as progress:
        report = run_demo(settings, seed=seed, days=days, progress=progress)
    if call.as_json:
        call.screen.document(report)
    else:
        _show(call, settings, report, days)
    if serve:
        serve_home(call, settings)


def _show_breaks(call: Call) -> None:
    """Print the breaks with most money in brief."""
    from recoup.enquiry.today import today

    with call.app() as app, app.register.reading() as view:
        found = today(view, app.now())
    for row in found.breaks_largest:
        show_break(call.screen, row, found.now_at, is_brief=True)
    if more := found.breaks_open - len(found.breaks_largest):
        call.screen.say(f"\nand {more:,} more, in: recoup breaks", "dim")


def _show(call: Call, settings: Settings, report: Any, days: int) -> None:
    screen, home = call.screen, settings.home
    screen.say(f"{count(days, 'day')} of a small marketplace, taken in and checked.", "bold")
    screen.indented(f"{count(report.deliveries, 'delivery', 'deliveries')} kept, byte for byte")
    screen.indented(f"{count(report.disputes, 'dispute')} folded from them")
    screen.indented(f"{count(report.breaks, 'break')} found; what broke was broken on purpose")
    _show_breaks(call)
    screen.heading("Value in breaks that is explained")
    columns = (Column("currency"), Column("explained", is_right=True))
    screen.table(columns, [(code, f"{share:.2f} %") for code, share in sorted(report.value_explained_pct.items())])
    screen.next(
        *([] if shutil.which("recoup") or sys.prefix == sys.base_prefix else [f"source {sys.prefix}/bin/activate"]),
        f"export RECOUP_HOME={home}",
        "recoup today",
        "recoup breaks",
        "recoup disputes",
        "recoup books clearing",
        "recoup replay --check",
    )
