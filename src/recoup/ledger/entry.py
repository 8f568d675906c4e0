"""A journal entry as a value: balanced per currency, keyed by the fact it books.

A *fact* is what happened (event, dispute, leg or money line), not who told it:
webhook, API and report of one withdrawal are one entry. A fact can be posted,
reversed and posted again: its turns count 0, 1, 2, … and odd turns are
reversals.
"""

from collections.abc import Iterable

import msgspec

from recoup.domain.ids import derive


class Posting(msgspec.Struct, frozen=True, gc=False):
    """One line: debit positive, minor units. Its fields are the columns of the table, after entry and line."""

    account: str
    sort: str | None
    """Kind of fee, of income or of line: a subdivision of the account."""
    partner: str
    partner_account: str
    merchant: str | None
    dispute: str | None
    leg: str | None
    batch: str | None
    """Batch, payout or line, whichever the account is kept by."""
    currency: str
    amount_minor: int


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """One entry that the facts ask for, before it is compared with what is posted."""

    fact: str
    rule: str
    rule_version: int
    book: str
    partner: str
    partner_account: str
    dispute: str | None
    subject: str | None
    """Delivery or money line that is booked, where there is no dispute."""
    effective_on: str
    known_at: int
    """Since when we know the fact: the earliest landing that tells it. Becomes booked_at; in no comparison."""
    postings: tuple[Posting, ...]


def fact(event: str, *parts: str) -> str:
    """The key of a fact, readable: what happened, then to what.

    The parts are ids and leg names, which hold no blanks; only the last may be
    another's text, so that no two facts read alike.
    """
    return " ".join((event, *parts))


def entry_id(fact_key: str, turn: int) -> str:
    """The id of one turn of a fact."""
    return derive("ent", fact_key, turn)


def unbalanced(postings: Iterable[Posting]) -> dict[str, int]:
    """What is left over per currency; empty when the entry balances."""
    left: dict[str, int] = {}
    for posting in postings:
        left[posting.currency] = left.get(posting.currency, 0) + posting.amount_minor
    return {currency: minor for currency, minor in left.items() if minor}
