"""What must be true of the books whatever the facts were; each that is not is a finding.

These look at rows, not at rules: a hand in the database, a lost row or a
mistake of ours shows here. Balances that are merely open are no concern of this
file. Each check is one select that gives only what is wrong.
"""

from collections.abc import Callable

from sqlalchemy import Select, and_, func, or_, select

from recoup.domain.findings import Finding
from recoup.ledger.accounts import chart
from recoup.storage.register import View, total
from recoup.storage.schema import entry, posting

Check = Callable[[View], list[Finding]]


def broken_books(view: View) -> list[Finding]:
    """Every breach of the ledger's laws, in order of check and place; none in sound books."""
    return [finding for check in CHECKS for finding in check(view)]


def unbalanced_entries(view: View) -> list[Finding]:
    """Each entry balances in each currency."""
    left = total(posting.c.amount_minor)
    statement = (
        select(posting.c.entry, posting.c.currency, left)
        .group_by(posting.c.entry, posting.c.currency)
        .having(left != 0)
        .order_by(posting.c.entry, posting.c.currency)
    )
    return [
        _finding("entry_unbalanced", where, f"{minor} {currency} left over", "debits equal to credits")
        for where, currency, minor in view.rows(statement)
    ]


def empty_entries(view: View) -> list[Finding]:
    """Each entry has postings, and each posting an entry."""
    without = select(entry.c.entry).where(~select(posting.c.line).where(posting.c.entry == entry.c.entry).exists())
    orphans = select(posting.c.entry).where(~select(entry.c.turn).where(entry.c.entry == posting.c.entry).exists())
    return [
        *(_finding("entry_empty", row[0], "no postings", "two or more") for row in _ordered(view, without)),
        *(_finding("posting_orphaned", row[0], "no entry", "one") for row in _ordered(view, orphans.distinct())),
    ]


def standing_twice(view: View) -> list[Finding]:
    """Each fact stands once at most."""
    statement = (
        select(entry.c.fact, func.count())
        .where(entry.c.is_active == 1)
        .group_by(entry.c.fact)
        .having(func.count() > 1)
        .order_by(entry.c.fact)
    )
    return [
        _finding("fact_twice", fact, f"{count} standing entries", "one at most") for fact, count in view.rows(statement)
    ]


def standing_reversals(view: View) -> list[Finding]:
    """No reversal stands; every reversal has an odd turn and names what it reverses, and nothing else does."""
    is_odd = entry.c.turn % 2 == 1
    wrong = or_(
        and_(is_odd, entry.c.is_active == 1),
        and_(is_odd, entry.c.reverses.is_(None)),
        and_(entry.c.turn % 2 == 0, entry.c.reverses.is_not(None)),
    )
    statement = select(entry.c.entry, entry.c.turn, entry.c.is_active).where(wrong)
    return [
        _finding(
            "turn_wrong",
            row[0],
            f"turn {row[1]}, {'standing' if row[2] else 'not standing'}",
            "even turns standing or reversed, odd turns reversing the one before",
        )
        for row in _ordered(view, statement)
    ]


def half_reversals(view: View) -> list[Finding]:
    """An entry stands exactly when no reversal of it is there."""
    later = entry.alias("later")
    is_reversed = select(later.c.entry).where(later.c.fact == entry.c.fact, later.c.turn == entry.c.turn + 1).exists()
    wrong = or_(and_(entry.c.is_active == 1, is_reversed), and_(entry.c.is_active == 0, ~is_reversed))
    statement = select(entry.c.entry, entry.c.is_active).where(entry.c.turn % 2 == 0, wrong)
    return [
        _finding(
            "reversal_half",
            row[0],
            "standing, with a reversal" if row[1] else "not standing, without a reversal",
            "standing without a reversal, or not standing with one",
        )
        for row in _ordered(view, statement)
    ]


def unlike_reversals(view: View) -> list[Finding]:
    """A reversal has the lines of what it reverses, each negated."""
    original = posting.alias("original")
    mirrored = (
        select(original.c.line)
        .where(
            original.c.entry == entry.c.reverses,
            original.c.line == posting.c.line,
            original.c.account == posting.c.account,
            original.c.currency == posting.c.currency,
            original.c.amount_minor == -posting.c.amount_minor,
        )
        .exists()
    )
    statement = (
        select(entry.c.entry)
        .join(posting, posting.c.entry == entry.c.entry)
        .where(entry.c.reverses.is_not(None), ~mirrored)
        .distinct()
    )
    return [
        _finding("reversal_unlike", row[0], "a line that mirrors none of what it reverses", "each line negated")
        for row in _ordered(view, statement)
    ]


def unknown_accounts(view: View) -> list[Finding]:
    """Every posting is on an account of the chart, and names what that account is kept by."""
    by_leg = [name for name, row in chart().items() if row.kept_by == "leg"]
    outside = select(posting.c.account).where(posting.c.account.not_in(list(chart()))).distinct()
    legless = select(posting.c.entry).where(posting.c.account.in_(by_leg), posting.c.leg.is_(None)).distinct()
    return [
        *(
            _finding("account_unknown", row[0], "postings on it", "an account of the chart")
            for row in _ordered(view, outside)
        ),
        *(
            _finding("leg_missing", row[0], "no leg", "the leg its account is kept by")
            for row in _ordered(view, legless)
        ),
    ]


CHECKS: tuple[Check, ...] = (
    unbalanced_entries,
    empty_entries,
    standing_twice,
    standing_reversals,
    half_reversals,
    unlike_reversals,
    unknown_accounts,
)


def _ordered(
    view: View, statement: Select[tuple[str]] | Select[tuple[str, int]] | Select[tuple[str, int, int]]
) -> list[tuple[object, ...]]:
    return sorted(view.rows(statement), key=lambda row: str(row[0]))


def _finding(check: str, where: object, found: str, wanted: str) -> Finding:
    return Finding(f"ledger.{check}", f"books {where}", found, wanted)
