"""`books trial`, `books clearing`, `books entries`."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, KnownAt, command, instant
from recoup.cli.disputes import Merchant, Partner
from recoup.cli.phrases import NOTHING, count, money, short
from recoup.cli.render import Column

Book = Annotated[str | None, typer.Option(help="Only of this set of books", metavar="NAME")]
Account = Annotated[str | None, typer.Option(help="Only this account of the chart", metavar="NAME")]
ENTRIES_SHOWN = 50


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Trial balance, open clearing balances, entries.", no_args_is_help=True)
    app.add_typer(group, name="books")
    command(group)(trial)
    command(group)(clearing)
    command(group)(entries)


def trial(
    call: Call,
    book: Book = None,
    account: Account = None,
    partner: Partner = None,
    merchant: Merchant = None,
    known_at: KnownAt = None,
) -> None:
    """Print the trial balance."""
    from recoup.enquiry import books

    which = books.Which(book=book, account=account, partner=partner, merchant=merchant)
    with call.app() as app, app.register.reading() as view:
        found = books.trial(view, which, instant(known_at, "--known-at"))
    if call.as_json:
        call.screen.document(found)
        return
    if not found.accounts:
        call.screen.say("Nothing is booked.")
        return
    columns = (
        Column("account"),
        Column("partner"),
        Column("merchant"),
        Column("debit", is_right=True, from_width=110),
        Column("credit", is_right=True, from_width=110),
        Column("balance", is_right=True, is_whole=True),
    )
    standing = [row for row in found.accounts if row.balance_minor]
    call.screen.table(columns, [*map(_trial_cells, standing), *_trial_sums(found.accounts)])
    if settled := len(found.accounts) - len(standing):
        call.screen.say(f"{count(settled, 'account')} at zero not shown; all of them: --json", "dim")
    is_well = found.balanced
    call.screen.say("Balanced." if is_well else "NOT balanced.", "green" if is_well else "red")
    call.screen.next("recoup books clearing")


def clearing(
    call: Call,
    account: Account = None,
    partner: Partner = None,
    merchant: Merchant = None,
    dispute: Annotated[
        str | None, typer.Option(help="Only of this dispute, by any of its names", metavar="DISPUTE")
    ] = None,
    known_at: KnownAt = None,
) -> None:
    """List what has not returned to zero, the oldest first."""
    from recoup.enquiry import books

    with call.app() as app, app.register.reading() as view:
        which = books.Which(account=account, partner=partner, merchant=merchant, dispute=_named(view, dispute))
        rows = books.clearing(view, which, app.now(), instant(known_at, "--known-at"))
    if call.as_json:
        call.screen.document(rows)
        return
    if not rows:
        call.screen.say("Every clearing account is at zero.", "green")
        return
    columns = (
        Column("age", is_right=True, is_whole=True),
        Column("account"),
        Column("partner", from_width=100),
        Column("dispute or batch", style="cyan"),
        Column("leg"),
        Column("balance", is_right=True, is_whole=True),
    )
    call.screen.table(columns, [_clearing_cells(row) for row in rows])
    call.screen.say(f"{count(len(rows), 'open balance')}.", "dim")
    about = next((row.dispute for row in rows if row.dispute), None)
    call.screen.next(*([f"recoup trace {short(about)}"] if about else []), "recoup breaks")


def entries(
    call: Call,
    book: Book = None,
    account: Account = None,
    partner: Partner = None,
    merchant: Merchant = None,
    dispute: Annotated[
        str | None, typer.Option(help="Only about this dispute, by any of its names", metavar="DISPUTE")
    ] = None,
    rule: Annotated[str | None, typer.Option(help="Only by this posting rule", metavar="NAME")] = None,
    known_at: KnownAt = None,
) -> None:
    """List journal entries in the order they were booked, reversed ones and reversals too."""
    from recoup.enquiry import books

    with call.app() as app, app.register.reading() as view:
        which = books.Which(
            book=book, account=account, partner=partner, merchant=merchant, dispute=_named(view, dispute), rule=rule
        )
        rows = books.entries(view, which, instant(known_at, "--known-at"))
    if call.as_json:
        call.screen.document(rows)
        return
    if not rows:
        call.screen.say("No entry fits.")
        return
    for row in rows[-ENTRIES_SHOWN:]:
        _show_entry(call, row)
    if len(rows) > ENTRIES_SHOWN:
        call.screen.say()
        call.screen.say(f"The last {ENTRIES_SHOWN} of {len(rows):,}; all of them: --json", "dim")


def _named(view: Any, reference: str | None) -> str | None:
    from recoup.enquiry.naming import find

    return None if reference is None else find(view, reference)


def _trial_cells(row: Any) -> tuple[str, ...]:
    return (
        row.account,
        row.partner,
        row.merchant or NOTHING,
        money(row.debit_minor, row.currency),
        money(row.credit_minor, row.currency),
        money(row.balance_minor, row.currency),
    )


def _trial_sums(rows: Sequence[Any]) -> list[tuple[str, ...]]:
    sums = []
    for currency in sorted({row.currency for row in rows}):
        told = [row for row in rows if row.currency == currency]
        moved = (sum(row.debit_minor for row in told), sum(row.credit_minor for row in told))
        balance = sum(row.balance_minor for row in told)
        sums.append((f"all, {currency}", "", "", *(money(minor, currency) for minor in (*moved, balance))))
    return sums


def _clearing_cells(row: Any) -> tuple[str, ...]:
    return (
        f"{row.age_days} d",
        row.account,
        row.partner,
        short(row.dispute) if row.dispute else row.batch or NOTHING,
        row.leg or NOTHING,
        money(row.balance_minor, row.currency),
    )


def _show_entry(call: Call, row: Any) -> None:
    marks = [f"reverses {short(row.reverses)}"] if row.reverses else [] if row.is_active else ["reversed since"]
    about = short(row.dispute) if row.dispute else row.subject or ""
    call.screen.say()
    call.screen.say(
        "  ".join([row.effective_on, short(row.id), row.rule, about, *marks]), "" if row.is_active else "dim"
    )
    for posting in row.postings:
        kept_by = posting.leg or posting.batch or posting.sort or ""
        amount = money(abs(posting.amount_minor), posting.currency)
        is_debit = posting.amount_minor >= 0
        name = f"{posting.account} {kept_by}".strip()
        indent = "" if is_debit else "    "
        call.screen.indented(f"{indent}{'Dr' if is_debit else 'Cr'} {name:<44} {amount:>18}")
