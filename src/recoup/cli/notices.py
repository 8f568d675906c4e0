"""`notices`: pages as they were brought to people, and whether they are there."""

from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command
from recoup.cli.phrases import count, moment, short
from recoup.cli.render import Screen

SHOWN = 20


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app)(notices)


def notices(
    call: Call, limit: Annotated[int, typer.Option(help="How many, the newest first", min=1, max=10_000)] = SHOWN
) -> None:
    """List pages, and how far each has come on its way to people."""
    from recoup.enquiry.notices import notices as find

    with call.app() as app, app.register.reading() as view:
        rows = find(view, limit)
    if call.as_json:
        call.screen.document(rows)
        return
    if not rows:
        call.screen.say("No page was made in this home.", "green")
        call.screen.next("recoup incidents")
        return
    for row in rows:
        _show(call.screen, row)
    told = next((row.incident for row in rows if row.incident), None)
    call.screen.next(f"recoup incidents {short(told)}" if told else "recoup incidents")


def _show(screen: Screen, row: Any) -> None:
    several = f"  {count(row.incidents, 'incident')} over the budget of the day" if row.incident is None else ""
    of = f"  {short(row.incident)}" if row.incident else ""
    screen.say()
    screen.say(f"{moment(row.changed_at)}  {row.partner} {row.family}{of}{several}")
    if not row.sendings:
        screen.indented("on no outlet", "dim")
    for sent in row.sendings:
        screen.indented(_said(sent), "dim" if sent.is_delivered else "red")


def _said(sent: Any) -> str:
    if sent.is_delivered:
        return f"{sent.outlet}: delivered {moment(sent.sent_at)}"
    return f"{sent.outlet}: not delivered after {count(sent.tries, 'try', 'tries')}: {sent.failure}"
