"""`disputes` and `trace`: which there are, and the whole story of one."""

from typing import Annotated, Any

import typer

from recoup.cli.call import Call, KnownAt, OnlyPartner, command, instant
from recoup.cli.phrases import NOTHING, count, due, money
from recoup.cli.render import Column
from recoup.cli.story import show_story

Partner = OnlyPartner
Merchant = Annotated[str | None, typer.Option(help="Only of this merchant", metavar="ID")]
DueWithin = Annotated[
    str | None, typer.Option(help="Only what is due within this time, or overdue: 72h, 3d", metavar="SPAN")
]
MinMoney = Annotated[
    str | None,
    typer.Option(help="Only from this amount on: 5000 (minor units of any currency) or 50.00EUR", metavar="AMOUNT"),
]
COLUMNS = (
    Column("act by", is_whole=True),
    Column("amount", is_right=True, is_whole=True),
    Column("dispute", style="cyan"),
    Column("stage: turn"),
    Column("reason", from_width=100),
    Column("merchant", from_width=120),
    Column("partner", from_width=100),
)
EMPTY_HINTS = ("recoup ingest PATH --partner PARTNER --feed FEED", "recoup demo")


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app)(disputes)
    command(app)(trace)


def disputes(
    call: Call,
    partner: Partner = None,
    merchant: Merchant = None,
    due_within: DueWithin = None,
    min_money: MinMoney = None,
    stage: Annotated[str | None, typer.Option(help="Only at this stage", metavar="WORD")] = None,
    outcome: Annotated[
        str | None, typer.Option(help="Only with this outcome; open: not decided", metavar="WORD")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Only of this kind; notices are left out otherwise", metavar="WORD")
    ] = None,
    known_at: KnownAt = None,
) -> None:
    """List disputes, what must be acted on soonest first."""
    from recoup.enquiry import lists, selector

    which = selector.check_disputes(
        selector.Disputes(
            partner=partner,
            merchant=merchant,
            due_within=None if due_within is None else selector.parse_span(due_within),
            min_money=None if min_money is None else selector.parse_at_least(min_money),
            stage=stage,
            outcome=outcome,
            kind=kind,
        )
    )
    with call.app() as app, app.register.reading() as view:
        now = app.now()
        rows = lists.disputes(view, which, now, instant(known_at, "--known-at"))
    if call.as_json:
        call.screen.document(rows)
        return
    if not rows:
        is_narrowed = which != selector.Disputes() or known_at is not None
        call.screen.say("No dispute fits." if is_narrowed else "No disputes yet.")
        call.screen.next(*(["recoup disputes"] if is_narrowed else EMPTY_HINTS))
        return
    call.screen.table(COLUMNS, [cells(row, now) for row in rows])
    is_open = sum(row.outcome is None for row in rows)
    call.screen.say(f"{count(len(rows), 'dispute')}, {is_open:,} open.", "dim")
    call.screen.next(f"recoup trace {rows[0].partner_dispute_id}")


def cells(row: Any, now: int) -> tuple[str, ...]:
    """Give the cells of one dispute for `COLUMNS`."""
    return (
        due(row.act_by_at, now),
        money(row.amount_minor, row.currency),
        row.partner_dispute_id,
        stands(row),
        row.reason_code or NOTHING,
        row.merchant or NOTHING,
        row.partner,
    )


def stands(row: Any) -> str:
    """Say where a dispute stands: how it ended, else its stage and whose turn it is."""
    if row.outcome is not None:
        return f"{row.outcome} ({row.finality})" if row.finality == "provisional" else str(row.outcome)
    place = row.stage or row.kind
    return place if row.turn in ("nobody", "unknown") else f"{place}: {row.turn}"


def trace(
    call: Call,
    dispute: Annotated[str, typer.Argument(help="Our id or its beginning, the partner's id or a payment reference")],
) -> None:
    """Tell the story of one dispute, bytes to postings."""
    from recoup.domain.card_numbers import tokenise
    from recoup.enquiry.trace import trace as look

    with call.app() as app, app.register.reading() as view:
        now = app.now()
        # Identifiers that hold a card number stand in the register as tokens; so does what is asked for.
        found = look(view, tokenise(dispute, app.key.token), now, app.open_bytes)
    if call.as_json:
        call.screen.document(found)
    else:
        show_story(call.screen, found, stands(found.dispute), now)
