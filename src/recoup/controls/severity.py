"""How loud a break is: by money at risk, nearest deadline and count, never by the size of a metric."""

from collections.abc import Iterable, Mapping
from typing import Literal

from recoup.domain.instants import HOUR, Instant
from recoup.domain.money import Amount
from recoup.domain.terms import PAGE_MINOR

Severity = Literal["page", "ticket", "note"]

DEADLINE_HOURS = 72
"""A dispute due sooner leaves no working day to spare before a weekend: it pages."""
PAGE_DISPUTES = 50
"""So many disputes by one cause are no single case any more."""


def severity(
    amounts: Iterable[Amount],
    nearest_due_at: Instant | None,
    disputes: int,
    as_of: Instant,
    *,
    is_note: bool,
    limits: Mapping[str, int],
) -> Severity:
    """Page, ticket or note for one open cause; `limits` say from how much money on a currency pages."""
    money = [(abs(amount.minor), limits.get(amount.currency, PAGE_MINOR)) for amount in amounts]
    is_urgent = nearest_due_at is not None and nearest_due_at - as_of < DEADLINE_HOURS * HOUR
    if is_urgent or disputes >= PAGE_DISPUTES or any(minor >= limit for minor, limit in money):
        return "page"
    return "note" if is_note and not any(minor for minor, _ in money) and nearest_due_at is None else "ticket"
