"""Incidents as values: breaks of one partner, feed and family that come together are one matter for a person.

Whether somebody is woken follows from money, nearest deadline and count of the incident as a whole, within a budget
of pages; what is due soon is never held back by it.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from recoup.domain.instants import DAY, HOUR, Instant

GROUP_WITHIN = 24 * HOUR
"""A break joins an incident that grew within this time: one bad night is one matter, the next week is another."""
PAGES_A_DAY = 5
"""How many incidents of one partner may wake somebody within a day; the rest are tickets, counted by one page more."""
URGENT_WITHIN = 72 * HOUR
"""What is due sooner pages whatever the budget says."""
LOUDNESS: Mapping[str, int] = {"note": 0, "ticket": 1, "page": 2}


class Member(msgspec.Struct, frozen=True):
    """One break, as far as incidents look at it."""

    break_: str
    partner: str
    feed: str | None
    family: str
    first_seen_at: Instant
    is_open: bool
    severity: str
    nearest_due_at: Instant | None

    @property
    def group(self) -> tuple[str, str | None, str]:
        """What breaks of one incident have in common."""
        return self.partner, self.feed, self.family


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table incident."""

    incident: str
    partner: str
    feed: str | None
    family: str
    opened_at: Instant
    joined_at: Instant
    """When the latest break joined."""
    closed_at: Instant | None = None
    severity: str
    alerted_as: str | None = None
    """How loud people were told; louder than before is told again."""
    alerted_at: Instant | None = None
    is_over_budget: bool = False
    """It would have paged, and the partner's pages of the day were used up."""

    @property
    def group(self) -> tuple[str, str | None, str]:
        """What its breaks have in common."""
        return self.partner, self.feed, self.family


def joins(member: Member, incidents: Iterable[Incident]) -> Incident | None:
    """Give the incident that a break belongs to: the latest of its group that grew within the time, else none."""
    near = [
        one
        for one in incidents
        if one.group == member.group and abs(member.first_seen_at - one.joined_at) <= GROUP_WITHIN
    ]
    return max(near, key=lambda one: (one.joined_at, one.incident), default=None)


def loudest(severities: Iterable[str]) -> str:
    """Give the loudest of severities; a note where there are none."""
    return max(severities, key=lambda one: LOUDNESS.get(one, 0), default="note")


def alerted(
    one: Incident, due_at: Instant | None, others: Sequence[Incident], now: Instant, pages_a_day: int = PAGES_A_DAY
) -> Incident:
    """Tell people of an incident where it is louder than they were told: page or ticket, within the budget.

    Args:
      one: The incident as it is now.
      due_at: The nearest deadline of its open breaks.
      others: All other incidents, of any partner.
      now: When this is looked at.
      pages_a_day: The budget.
    """
    if one.closed_at is not None or one.severity == "note":
        return one
    if one.alerted_as is not None and LOUDNESS[one.alerted_as] >= LOUDNESS[one.severity]:
        return one
    is_urgent = due_at is not None and due_at - now < URGENT_WITHIN
    over = one.severity == "page" and not is_urgent and _pages(one.partner, others, now) >= pages_a_day
    if over and one.alerted_as == "ticket":
        return msgspec.structs.replace(one, is_over_budget=True)
    level = "ticket" if over else one.severity
    return msgspec.structs.replace(one, alerted_as=level, alerted_at=now, is_over_budget=over)


def _pages(partner: str, others: Sequence[Incident], now: Instant) -> int:
    return sum(
        1
        for other in others
        if other.partner == partner
        and other.alerted_as == "page"
        and other.alerted_at is not None
        and now - other.alerted_at < DAY
    )
