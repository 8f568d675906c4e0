"""A journal entry as a value: balanced per currency, keyed by the fact it books.

A *fact* is what happened (rule, dispute, leg and cycle, money reference), not
who told it: webhook, API and report of one withdrawal are one entry. A fact can
be posted, reversed and posted again: its turns count 0, 1, 2, … and odd turns
are reversals.
"""

from collections.abc import Iterable

import msgspec

from recoup.domain.ids import derive


class Posting(msgspec.Struct, frozen=True, gc=False):
    """One line: debit positive, minor units. What a clearing account is kept by is leg, batch or payout."""

    account: str
    currency: str
    amount_minor: int
    sort: str | None = None
    """Kind of fee, income or other subdivision of the account."""
    merchant: str | None = None
    dispute: str | None = None
    leg: str | None = None
    batch: str | None = None


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """One entry that the facts ask for, before it is compared with what is posted."""

    fact: str
    rule: str
    book: str
    partner: str
    partner_account: str
    dispute: str | None
    subject: str | None
    """Batch, payout or bank line where there is no dispute."""
    effective_on: str
    known_at: int
    """Since when we know the fact: the earliest landing that tells it. Becomes booked_at; in no comparison."""
    postings: tuple[Posting, ...]


def fact(rule: str, *parts: str | int | None) -> str:
    """The key of a fact: rule and what it is about."""
    return derive("fct", rule, *parts)


def entry_id(fact_key: str, turn: int) -> str:
    """The id of one turn of a fact."""
    return derive("ent", fact_key, turn)


def unbalanced(postings: Iterable[Posting]) -> dict[str, int]:
    """What is left over per currency; empty when the entry balances."""
    left: dict[str, int] = {}
    for posting in postings:
        left[posting.currency] = left.get(posting.currency, 0) + posting.amount_minor
    return {currency: minor for currency, minor in left.items() if minor}
