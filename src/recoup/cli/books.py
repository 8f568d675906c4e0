"""`books …`: balances, entries, and the periods that take them."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, KnownAt, command, instant
from recoup.cli.disputes import Merchant, Partner
from recoup.cli.partner_life import open_with
from recoup.cli.phrases import NOTHING, count, moment, money, short
from recoup.cli.render import Column
from recoup.errors import UsageProblem

Book = Annotated[str | None, typer.Option(help="Only of this set of books", metavar="NAME")]
Account = Annotated[str | None, typer.Option(help="Only this account of the chart", metavar="NAME")]
OneBook = Annotated[str, typer.Option("--book", help="The set of books", metavar="NAME")]
Period = Annotated[str, typer.Argument(metavar="PERIOD", help="The month, 2026-03")]
Reason = Annotated[str | None, typer.Option(help="Why; kept with the decision", metavar="TEXT")]
ENTRIES_SHOWN = 50


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Trial balance, open clearing balances, entries, locked periods.", no_args_is_help=True)
    app.add_typer(group, name="books")
    command(group)(trial)
    command(group)(clearing)
    command(group)(entries)
    command(group, "open-with")(open_with)
    command(group)(periods)
    command(group)(lock)
    command(group)(unlock)
    command(group)(approve)


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


def periods(call: Call, book: Book = None) -> None:
    """List the months of the books: what each took, which are locked, and who ruled so."""
    from recoup.enquiry import books

    with call.app() as app, app.register.reading() as view:
        found = books.periods(view, book)
    if call.as_json:
        call.screen.document(found)
        return
    if not found.periods:
        call.screen.say("Nothing is booked, and nothing is locked.")
        return
    columns = (
        Column("book"),
        Column("period", is_whole=True),
        Column(""),
        Column("entries", is_right=True),
        Column("from locked periods", is_right=True),
    )
    call.screen.table(columns, [_period_cells(row) for row in found.periods])
    for lock in found.locks:
        call.screen.say(_lock_told(lock), "yellow" if lock.since_at is None else "dim")
    oldest = next((row for row in found.periods if not row.is_locked), found.periods[-1])
    call.screen.next(f"recoup seal month {oldest.period}", "recoup books entries")


def lock(
    call: Call,
    period: Period,
    book: OneBook = "main",
    reason: Reason = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Although days are open or books differ; a second person approves it")
    ] = False,
) -> None:
    """Lock a month and all before it: entries about its days then go to the next open month, with their own day.

    Refused while the month lasts, while the books do not balance, and while a day of it is not sealed.
    """
    said = _reason(reason, f"books lock {period}")
    with call.app() as app:
        found = app.locking().lock(period, book, said, is_forced=anyway)
    _say_locked(call, found)


def unlock(call: Call, period: Period, book: OneBook = "main", reason: Reason = None) -> None:
    """Open a locked month and all after it, once a second person approves; what other months took stays there."""
    said = _reason(reason, f"books unlock {period}")
    with call.app() as app:
        found = app.locking().unlock(period, book, said)
    _say_locked(call, found)


def approve(call: Call, book: OneBook = "main", reason: Reason = None) -> None:
    """Let hold, as the second person, what somebody asked for: a lock all the same, or the opening of a month."""
    said = _reason(reason, "books approve")
    with call.app() as app:
        found = app.locking().approve(book, said)
    _say_locked(call, found)


def _reason(reason: str | None, words: str) -> str:
    if reason is None or not reason.strip():
        raise UsageProblem(words, "no --reason", "why", f'Run: recoup {words} --reason "…"')
    return reason


def _period_cells(row: Any) -> tuple[str, ...]:
    state = "locked" if row.is_locked else "open"
    return row.book, row.period, state, f"{row.entries:,}", f"{row.moved_in:,}" if row.moved_in else NOTHING


def _lock_told(lock: Any) -> str:
    what = f"{lock.book}: " + (f"locked through {lock.locked_through}" if lock.locked_through else "nothing locked")
    if lock.since_at is None:
        return f"{what}: asked for by {lock.by}, waits for a second person: {lock.reason}"
    also = f", approved by {lock.approved_by}" if lock.approved_by else ""
    return f"{what} since {moment(lock.since_at)} UTC, by {lock.by}{also}: {lock.reason}"


def _say_locked(call: Call, found: Any) -> None:
    if call.as_json:
        call.screen.document(found)
        return
    through = f"locked through {found.locked_through}" if found.locked_through else "not locked"
    if not found.is_waiting:
        call.screen.say(f"Book {found.book} is {through}.", "green")
        call.screen.next("recoup books periods")
        return
    for line in found.missing:
        call.screen.indented(line, "yellow")
    after = f"locked through {found.waiting}" if found.waiting else "not locked at all"
    call.screen.say(f"Asked for: book {found.book} {after}. A second person has to approve it.", "yellow")
    call.screen.say(f"Until then it is {through}.")
    call.screen.next(f"recoup books approve --book {found.book} --reason TEXT")


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
    moved = [f"in {row.period}"] if row.period != row.effective_on[:7] else []
    marks = [f"reverses {short(row.reverses)}"] if row.reverses else [] if row.is_active else ["reversed since"]
    about = short(row.dispute) if row.dispute else row.subject or ""
    call.screen.say()
    call.screen.say(
        "  ".join([row.effective_on, short(row.id), row.rule, about, *moved, *marks]), "" if row.is_active else "dim"
    )
    for posting in row.postings:
        kept_by = posting.leg or posting.batch or posting.sort or ""
        amount = money(abs(posting.amount_minor), posting.currency)
        is_debit = posting.amount_minor >= 0
        name = f"{posting.account} {kept_by}".strip()
        indent = "" if is_debit else "    "
        call.screen.indented(f"{indent}{'Dr' if is_debit else 'Cr'} {name:<44} {amount:>18}")
