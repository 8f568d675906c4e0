"""`expectations …`: when files of each feed are expected and by whose word, and accepting what was learnt."""

from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command, default
from recoup.cli.disputes import Partner
from recoup.cli.phrases import moment
from recoup.cli.proof import Account
from recoup.cli.render import Column
from recoup.errors import UsageProblem

_SAID = {
    "contract": "the contract",
    "accepted": "accepted",
    "none": "accepted",
    "learnt": "learnt",
    "learning": "still learning",
    "irregular": "no pattern",
}


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="When files of each feed are expected, and by whose word.")
    app.add_typer(group, name="expectations")
    default(group)(list_)
    command(group)(accept)


def list_(call: Call, partner: Partner = None) -> None:
    """List feeds of files with when they are due: by contract, as accepted, or as learnt from what came."""
    with call.app() as app:
        found = app.accepting().habits(partner)
    if call.as_json:
        call.screen.document([_told(one) for one in found])
        return
    if not found:
        call.screen.say("No file has come yet.")
        call.screen.next("recoup ingest PATH")
        return
    call.screen.table(_COLUMNS, [_cells(one) for one in found])
    learnt = [one for one in found if one.source == "learnt"]
    steps = [f'recoup expectations accept {one.partner} {one.feed} --reason "…"' for one in learnt[:1]]
    call.screen.next(*steps, "recoup check")


def accept(
    call: Call,
    partner: Annotated[str, typer.Argument(help="The partner", metavar="PARTNER")],
    feed: Annotated[str, typer.Argument(help="The feed", metavar="FEED")],
    account: Account = None,
    is_none: Annotated[bool, typer.Option("--none", help="Its files have no schedule: nothing is expected")] = False,
    reason: Annotated[str | None, typer.Option(help="Why it is right", metavar="TEXT")] = None,
) -> None:
    """Accept the schedule that was learnt of a feed: from today on a file that is late by it is a break."""
    if not reason:
        again = f'Run: recoup expectations accept {partner} {feed} --reason "…"'
        raise UsageProblem("expectations accept", "no --reason", "why it is right", again)
    from recoup.app.accepting import Feed

    with call.app() as app:
        ruled = app.accepting().accept_schedule(Feed(partner, feed, account), reason, is_none=is_none)
    if call.as_json:
        call.screen.document(ruled)
        return
    what = "; ".join(ruled.accepted)
    call.screen.say(f"Accepted from {ruled.since_on} on: {ruled.partner}/{ruled.account} {ruled.feed} {what}.", "green")
    call.screen.next("recoup check", "recoup expectations")


# --- how it looks ---------------------------------------------------------------------------

_COLUMNS = (
    Column("feed"),
    Column("by", is_whole=True),
    Column("expected"),
    Column("files", is_right=True),
    Column("last covers", is_whole=True),
    Column("next due (UTC)", is_whole=True, from_width=100),
)


def _cells(one: Any) -> tuple[str, ...]:
    due = "" if one.next_due_at is None else moment(one.next_due_at)
    feed = f"{one.partner}/{one.account} {one.feed}"
    return (feed, _SAID[one.source], one.pattern or "nothing", f"{one.files:,}", one.covers_on, due)


def _told(one: Any) -> dict[str, Any]:
    names = ("partner", "account", "feed", "source", "pattern", "files", "covers_on", "next_due_at", "schedule")
    return {name: getattr(one, name) for name in names}
