"""How loud a break is: by money at risk, nearest deadline and count, never by the size of a metric."""

from collections.abc import Iterable
from typing import Literal

from recoup.domain.instants import HOUR, Instant
from recoup.domain.money import Amount

Severity = Literal["page", "ticket", "note"]

DEADLINE_HOURS = 72
"""A dispute due sooner leaves no working day to spare before a weekend: it pages."""
PAGE_MINOR = 1_000_000
"""Money that pages, in minor units of any currency: 10,000 EUR, 1,000,000 JPY, 1,000 KWD: some thousands of euros."""
PAGE_DISPUTES = 50
"""So many disputes by one cause are no single case any more."""


def severity(
    amounts: Iterable[Amount], nearest_due_at: Instant | None, disputes: int, as_of: Instant, *, is_note: bool
) -> Severity:
    """Page, ticket or note for one open cause."""
    money = [abs(amount.minor) for amount in amounts]
    is_urgent = nearest_due_at is not None and nearest_due_at - as_of < DEADLINE_HOURS * HOUR
    if is_urgent or disputes >= PAGE_DISPUTES or max(money, default=0) >= PAGE_MINOR:
        return "page"
    return "note" if is_note and not any(money) and nearest_due_at is None else "ticket"
