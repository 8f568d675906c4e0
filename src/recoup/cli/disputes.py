"""`disputes` and `trace`: which there are, and the whole story of one."""

from typing import Annotated, Any

import typer

from recoup.cli.call import Call, KnownAt, command, instant
from recoup.cli.phrases import NOTHING, count, due, moment, money, short
from recoup.cli.render import Column, Screen

Partner = Annotated[str | None, typer.Option(help="Only of this partner", metavar="NAME")]
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
    Column("stands at"),
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
    place = row.stage or row.kind
    if row.outcome is not None:
        return f"{row.outcome} ({row.finality})" if row.finality == "provisional" else str(row.outcome)
    return f"{place}, {row.turn}'s turn" if row.turn not in ("nobody", "unknown") else place


def trace(
    call: Call,
    dispute: Annotated[str, typer.Argument(help="Our id or its beginning, the partner's id or a payment reference")],
) -> None:
    """Tell the story of one dispute, bytes to postings."""
    from recoup.enquiry.trace import trace as look

    with call.app() as app, app.register.reading() as view:
        now = app.now()
        found = look(view, dispute, now, app.open_bytes)
    if call.as_json:
        call.screen.document(found)
    else:
        _show(call.screen, found, now)


def _show(screen: Screen, found: Any, now: int) -> None:
    row = found.dispute
    screen.say(f"{row.partner_dispute_id}  {money(row.amount_minor, row.currency)}  {stands(row)}", "bold")
    screen.indented(
        f"{row.id}  {row.kind} at {row.partner}/{row.account}, payment {row.payment_ref or 'unknown'}", "dim"
    )
    if row.act_by_at is not None:
        screen.indented(f"act {due(row.act_by_at, now)}, by {moment(row.act_by_at)} UTC ({row.due_source})")
    screen.heading("What happened, in the order we knew it (UTC)")
    for told in found.timeline:
        _show_moment(screen, told)
    _show_proof(screen, found.proof)
    screen.next("recoup books entries --dispute " + row.id, f"recoup trace {short(row.id)} --json")


def _show_moment(screen: Screen, told: Any) -> None:
    screen.say(f"{moment(told.at)}  {told.kind:<11}  {told.text}")
    if told.position is not None:
        screen.indented(f"record {told.position} of {short(told.delivery)}{_places(told.fields)}", "dim", by=18)
    elif told.object is not None:
        screen.indented(f"{short(told.delivery)}, object {told.object[:12]}", "dim", by=18)


def _places(fields: Any) -> str:
    told = [
        f"{spot.field} {spot.path} {f'byte {spot.byte}' if spot.line is None else f'line {spot.line}'}"
        for spot in fields
    ]
    return f": {', '.join(told)}" if told else ""


def _show_proof(screen: Screen, proof: Any) -> None:
    screen.heading("Proved four ways" if proof.is_proved else "Not proved")
    if proof.legs:
        heads = ("announced", "settled", "charged", "confirmed")
        columns = (Column("leg"), *(Column(head, is_right=True) for head in heads))
        rows = [
            (leg.leg, *(money(getattr(leg, f"{head}_minor"), leg.currency) for head in heads)) for leg in proof.legs
        ]
        screen.table(columns, rows)
    for batch in proof.batches:
        parts = (batch.reported_minor, batch.paid_out_minor, batch.banked_minor)
        reported, paid, banked = (money(minor, batch.currency) for minor in parts)
        screen.indented(f"batch {batch.batch}: reported {reported}, paid out {paid}, at the bank {banked}")
    for left in proof.residuals:
        kept_by = left.leg or left.batch or ""
        amount = money(left.balance_minor, left.currency)
        screen.indented(f"left on {left.account} {kept_by}: {amount}, {left.name}: {left.why}", "yellow")
