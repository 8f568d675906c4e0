"""`work`: what people spend their time on, by kind of break, so that a team sees what to automate next."""

from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command
from recoup.cli.disputes import Partner
from recoup.cli.phrases import NOTHING, amounts, count, money
from recoup.cli.render import Column


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app)(work)


def work(
    call: Call,
    month: Annotated[str | None, typer.Option(help="Only of this month; all by default", metavar="YYYY-MM")] = None,
    partner: Partner = None,
) -> None:
    """Show touches, minutes and cost of work on breaks and tickets, by kind, the most work by hand first."""
    from recoup.app import work_cost

    with call.app() as app:
        rows = work_cost.work(app, month, partner)
    if call.as_json:
        call.screen.document(rows)
        return
    if not rows:
        call.screen.say("Nobody has worked on a break or ticket.", "green")
        call.screen.next("recoup breaks")
        return
    columns = (
        Column("likely cause"),
        Column("partner"),
        Column("found by", from_width=100),
        Column("month", is_whole=True),
        Column("by hand", is_right=True),
        Column("by itself", is_right=True),
        Column("minutes", is_right=True),
        Column("cost", is_right=True, is_whole=True),
    )
    call.screen.table(columns, [_cells(row) for row in rows])
    _sums(call, rows)
    call.screen.next("recoup break note ID --reason TEXT --minutes N", 'recoup sql "select * from work_cost"')


def _cells(row: Any) -> tuple[str, ...]:
    minutes = NOTHING if row.minutes is None else f"{row.minutes:,}"
    kind = (row.first_class or NOTHING, row.partner, row.control, row.month)
    return (*kind, f"{row.by_hand:,}", f"{row.by_itself:,}", minutes, money(row.cost_minor, row.currency))


def _sums(call: Call, rows: list[Any]) -> None:
    by_hand, timed = sum(row.by_hand for row in rows), sum(row.timed for row in rows)
    cost: dict[str, int] = {}
    for row in rows:
        if row.cost_minor is not None:
            cost[row.currency] = cost.get(row.currency, 0) + row.cost_minor
    call.screen.say()
    said = f"{count(by_hand, 'touch', 'touches')} by hand, {timed:,} of them timed"
    call.screen.say(
        f"{said}: {count(sum(row.minutes or 0 for row in rows), 'minute')}.", "yellow" if by_hand else "green"
    )
    if cost:
        call.screen.say(f"That cost {amounts((minor, code) for code, minor in sorted(cost.items()))}.")
    elif timed:
        call.screen.say("What an hour costs stands in no contract of the house: work_hour.", "dim")
