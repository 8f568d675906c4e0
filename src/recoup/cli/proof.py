"""`proof`: partner-days proved four ways."""

from typing import Annotated, Any

import typer

from recoup.cli.call import Call, KnownAt, command, instant
from recoup.cli.disputes import Partner
from recoup.cli.phrases import NOTHING, count, money, short
from recoup.cli.render import Column, Screen, Style
from recoup.errors import InstantRefused, UsageProblem

Account = Annotated[str | None, typer.Option(help="Only this account at the partner", metavar="NAME")]
DAYS_SHOWN = 31
"""So many days are proved when none is named: enough to see what has grown old."""
SIDE_WORDS = {
    "object": "object: legs announced",
    "money": "money: lines about disputes, net",
    "other": "the rest of the reports, net",
    "house": "house: merchants charged, credited",
    "paid_out": "paid out",
    "banked": "at the bank",
}
STYLES: dict[str, Style] = {"tied": "green", "waiting": "", "open": "yellow"}


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app)(proof)


def proof(
    call: Call,
    partner: Partner = None,
    account: Account = None,
    day: Annotated[str | None, typer.Option(help="This day, in the zone of the account", metavar="DAY")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="From this day on", metavar="DAY")] = None,
    to: Annotated[str | None, typer.Option(help="Up to this day, counted too", metavar="DAY")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Name every balance that is open, with why")] = False,
    known_at: KnownAt = None,
) -> None:
    """Prove partner-days four ways: object, partner's money, house, payout and bank."""
    from recoup.app.proving import prove
    from recoup.enquiry import partner_day

    known = instant(known_at, "--known-at")
    with call.app() as app:
        now = app.now() if known is None else min(app.now(), known)
        first_on, last_on = _days(now, day, from_, to)
        found = prove(app, partner_day.Which(first_on, last_on, partner, account), known)
    explained = partner_day.explained(found)
    if call.as_json:
        days = found if is_open else [partner_day.without_open(row) for row in found]
        call.screen.document({"days": days, "explained": explained})
        return
    if not found:
        call.screen.say(f"No money moved from {first_on} to {last_on}.")
        call.screen.next("recoup proof --from DAY --to DAY")
        return
    if day is not None:
        for row in found:
            _show_day(call.screen, row)
    else:
        call.screen.table(_COLUMNS, [_cells(row) for row in found])
    if is_open:
        _show_open(call.screen, found)
    _show_sum(call.screen, found, explained)


def _days(now: int, day: str | None, from_: str | None, to: str | None) -> tuple[str, str]:
    from recoup.domain.instants import DAY, local_day

    if day is not None and (from_ or to):
        raise UsageProblem("--day", "--from or --to beside it", "one day, or from a day to a day")
    for name, text in (("--day", day), ("--from", from_), ("--to", to)):
        if text is not None:
            check_day(name, text)
    if day is not None:
        return day, day
    last_on = to or local_day(now + DAY, "UTC").isoformat()  # it is tomorrow somewhere already
    return from_ or _before(last_on), last_on


def check_day(where: str, text: str) -> None:
    """Refuse what is no day.

    Raises:
      UsageProblem: It is none.
    """
    from recoup.domain.instants import parse_day

    try:
        parse_day(text)
    except InstantRefused as problem:
        raise UsageProblem(where, problem.found, problem.wanted) from problem


def _before(day: str) -> str:
    import datetime as dt

    return (dt.date.fromisoformat(day) - dt.timedelta(days=DAYS_SHOWN)).isoformat()


# --- days -----------------------------------------------------------------------------------

_COLUMNS = (
    Column("day", is_whole=True),
    Column("account"),
    Column("in", is_whole=True),
    Column("", is_whole=True),
    Column("object", is_right=True, is_whole=True, from_width=110),
    Column("money", is_right=True, is_whole=True),
    Column("house", is_right=True, is_whole=True, from_width=130),
    Column("paid out", is_right=True, is_whole=True, from_width=150),
    Column("at the bank", is_right=True, is_whole=True, from_width=150),
    Column("left"),
)


def _cells(row: Any) -> tuple[str, ...]:
    told = {side.side: side for side in row.sides}
    sums = [_sum(told.get(name), row.currency) for name in ("object", "money", "house", "paid_out", "banked")]
    return (row.covers_on, f"{row.partner}/{row.account}", row.currency, row.standing, *sums, _left(row))


def _sum(side: Any, currency: str) -> str:
    return NOTHING if side is None else money(side.told_minor, currency)


def _left(row: Any) -> str:
    apart = [
        f"{side.side} not as booked by {money(side.difference_minor, row.currency)}"
        for side in row.sides
        if side.difference_minor
    ]
    named = [
        f"{left.name.replace('_', ' ')} {money(left.minor, row.currency)} ({left.rows:,})" for left in row.remainders
    ]
    return ", ".join([*apart, *named]) or NOTHING


def _show_day(screen: Screen, row: Any) -> None:
    screen.heading(f"{row.partner}/{row.account}  {row.covers_on}  {row.currency}")
    columns = (
        Column("side"),
        Column("rows", is_right=True),
        Column("told", is_right=True, is_whole=True),
        Column("booked", is_right=True, is_whole=True),
        Column("apart", is_right=True, is_whole=True),
    )
    screen.table(columns, [_side(side, row.currency) for side in row.sides])
    for left in row.remainders:
        ids = [short(key) for key in (*left.disputes, *left.batches)]
        shown = f": {' '.join(ids[:3])}{' …' if len(ids) > 3 else ''}" if ids else ""
        told = f"{count(left.rows, 'balance')}, {money(left.minor, row.currency)}"
        screen.indented(f"left by {left.name.replace('_', ' ')}: {told}{shown}")
    screen.indented(
        {"tied": "Tied: nothing is left.", "waiting": "Waiting: what is left is not past due.", "open": "Open."}[
            row.standing
        ],
        STYLES[row.standing],
    )


def _side(side: Any, currency: str) -> tuple[str, ...]:
    apart = money(side.difference_minor, currency) if side.difference_minor else NOTHING
    return (
        SIDE_WORDS[side.side],
        f"{side.rows:,}",
        money(side.told_minor, currency),
        money(side.booked_minor, currency),
        apart,
    )


def _show_open(screen: Screen, found: list[Any]) -> None:
    rows = [(row, balance) for row in found for balance in row.open]
    if not rows:
        return
    screen.heading("Open balances")
    columns = (
        Column("day", is_whole=True),
        Column("account"),
        Column("dispute or batch", style="cyan"),
        Column("balance", is_right=True, is_whole=True),
        Column("by", is_whole=True),
        Column("why", from_width=100),
    )
    screen.table(columns, [_open(row, balance) for row, balance in rows])


def _open(row: Any, balance: Any) -> tuple[str, ...]:
    kept_by = f"{short(balance.dispute)} {balance.leg or ''}" if balance.dispute else balance.batch or NOTHING
    amount = money(balance.balance_minor, balance.currency)
    return row.covers_on, balance.account, kept_by, amount, balance.name.replace("_", " "), balance.why


def _show_sum(screen: Screen, found: list[Any], explained: list[Any]) -> None:
    standing = {name: sum(row.standing == name for row in found) for name in STYLES}
    screen.say()
    screen.say(
        f"{standing['tied']:,} tied, {standing['waiting']:,} waiting, {standing['open']:,} open.",
        "yellow" if standing["open"] else "green",
    )
    for row in explained:
        part = f"{money(row.explained_minor, row.currency)} of {money(row.minor, row.currency)}"
        screen.indented(f"left and explained: {part}, {row.explained_rows:,} of {count(row.rows, 'row')}", "dim")
    first = next(
        (balance.dispute for row in found for balance in row.open if balance.dispute and balance.name != "timing"), None
    )
    steps = [f"recoup trace {short(first)}"] if first else []
    screen.next(*steps, "recoup proof --open", "recoup seal due")
