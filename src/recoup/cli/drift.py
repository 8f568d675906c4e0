"""`drift …`: feeds whose records have another shape than was accepted, and accepting it."""

from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command, default
from recoup.cli.disputes import Partner
from recoup.cli.phrases import count
from recoup.cli.proof import Account
from recoup.cli.render import Column, Screen
from recoup.errors import UsageProblem

CHANGES_SHOWN, SHIFTS_SHOWN = 12, 5


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Feeds whose records have another shape than was accepted.")
    app.add_typer(group, name="drift")
    default(group)(list_)
    command(group)(accept)


def list_(call: Call, partner: Partner = None) -> None:
    """List feeds with what of their shape is other than what was learnt or accepted."""
    with call.app() as app:
        found = app.accepting().drifts(partner)
    if call.as_json:
        call.screen.document([_told(one) for one in found])
        return
    if not found:
        call.screen.say("Nothing has come yet.")
        call.screen.next("recoup ingest PATH")
        return
    call.screen.table(_COLUMNS, [_cells(one) for one in found])
    for one in found:
        _say_changes(call.screen, one)
    changed = [one for one in found if one.changes]
    if not changed:
        call.screen.say("Every feed that is learnt has the shape that was accepted.", "green")
    steps = [f'recoup drift accept {one.scope.partner} {one.scope.feed} --reason "…"' for one in changed[:1]]
    call.screen.next(*steps, "recoup breaks")


def accept(
    call: Call,
    partner: Annotated[str, typer.Argument(help="The partner", metavar="PARTNER")],
    feed: Annotated[str, typer.Argument(help="The feed", metavar="FEED")],
    account: Account = None,
    field: Annotated[str | None, typer.Option(help="This field alone; else all of them", metavar="PATH")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is right", metavar="TEXT")] = None,
) -> None:
    """Accept the shape that a feed has now: it is learnt from the day on that it began."""
    if not reason:
        again = f'Run: recoup drift accept {partner} {feed} --reason "…"'
        raise UsageProblem("drift accept", "no --reason", "why it is right", again)
    from recoup.app.accepting import Feed

    with call.app() as app:
        ruled = app.accepting().accept_shape(Feed(partner, feed, account), field, reason)
    if call.as_json:
        call.screen.document(ruled)
        return
    fields = count(len(ruled.accepted), "field")
    call.screen.say(
        f"Accepted {fields} of {ruled.partner}/{ruled.account} {ruled.feed} from {ruled.since_on} on.", "green"
    )
    call.screen.next("recoup check", "recoup drift")


# --- how it looks ---------------------------------------------------------------------------

_COLUMNS = (
    Column("feed"),
    Column("version", from_width=100),
    Column("days", is_right=True),
    Column("records", is_right=True),
    Column("learnt until", is_whole=True),
    Column("shape"),
)


def _cells(one: Any) -> tuple[str, ...]:
    scope = one.scope
    stands = count(len(one.changes), "change") if one.changes else "" if one.learnt_on is None else "as accepted"
    return (
        f"{scope.partner}/{scope.account} {scope.feed}",
        scope.version,
        f"{one.days:,}",
        f"{one.records:,}",
        one.learnt_on or "learning",
        stands,
    )


def _say_changes(screen: Screen, one: Any) -> None:
    if one.changes or one.shifts:
        screen.heading(f"{one.scope.partner}/{one.scope.account} {one.scope.feed}")
    for day, change in one.changes[:CHANGES_SHOWN]:
        screen.indented(f"since {day}: {change.said()}", "yellow")
    if len(one.changes) > CHANGES_SHOWN:
        screen.indented(f"and {len(one.changes) - CHANGES_SHOWN} more: --json", "dim")
    for shift in one.shifts[:SHIFTS_SHOWN]:
        screen.indented(f"only to know: {shift.said()}", "dim")
    if len(one.shifts) > SHIFTS_SHOWN:
        screen.indented(f"and {len(one.shifts) - SHIFTS_SHOWN} more such shares: --json", "dim")


def _told(one: Any) -> dict[str, Any]:
    scope = one.scope
    return {
        "partner": scope.partner,
        "account": scope.account,
        "feed": scope.feed,
        "version": scope.version or None,
        "days": one.days,
        "records": one.records,
        "learnt_on": one.learnt_on,
        "changes": [{"since_on": day, **_change(change)} for day, change in one.changes],
        "shares": [_change(change) for change in one.shifts],
    }


def _change(change: Any) -> dict[str, Any]:
    return {"field": change.path, "kind": change.kind, "count": change.count, "of": change.of, "text": change.said()}
