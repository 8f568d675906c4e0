"""What is done about a ticket to a partner, as values: sent, reminded, escalated, answered, paid, closed.

Steps are only ever added; how a ticket stands is a fold of them. Nothing is sent by itself: a step says that a person,
or an outlet that a person named, did it.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

import msgspec

from recoup.domain.instants import Instant

TicketVerb = Literal["open", "sent", "remind", "escalate", "answer", "credit", "close", "reopen"]
TicketStatus = Literal["draft", "sent", "answered", "closed"]
Channel = Literal["mail", "portal", "phone", "outlet", "other"]
CHANNELS: tuple[str, ...] = get_args(Channel)
ASKING: tuple[TicketVerb, ...] = ("sent", "remind", "escalate")
"""Steps after which an answer is owed again."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done about one ticket; instants in microseconds UTC."""

    step: str
    ticket: str
    sequence: int
    """1 for the first of a ticket."""
    verb: TicketVerb
    at: Instant
    actor: str
    reason: str | None = None
    channel: str | None = None
    desk: str | None = None
    due_at: Instant | None = None
    """By when an answer is owed; None where nothing was agreed and nobody said."""
    due_rule: str | None = None
    object: str | None = None
    """Hash of the bytes of an answer."""
    delivery: str | None = None
    """What was recorded by hand of it."""
    money_line: str | None = None
    amount_minor: int | None = None
    """Of the money line that came back."""
    currency: str | None = None


class TicketStanding(msgspec.Struct, frozen=True):
    """How a ticket stands by its steps."""

    status: TicketStatus = "draft"
    sent_at: Instant | None = None
    due_at: Instant | None = None
    due_rule: str | None = None
    answered_at: Instant | None = None
    """When the first answer came."""
    closed_at: Instant | None = None
    reminders: int = 0
    escalations: int = 0
    answers: int = 0
    is_owed: bool = False
    """The partner was asked, and has not answered since."""
    received: Mapping[str, int] = {}
    """What came back, in minor units by currency."""

    def is_overdue(self, now: Instant) -> bool:
        """Say whether an answer is owed and its time is over."""
        return self.status == "sent" and self.due_at is not None and self.due_at < now


def ticket_standing(steps: Iterable[Step]) -> TicketStanding:
    """Fold the steps of a ticket, in any order, into how it stands."""
    now = TicketStanding()
    for step in sorted(steps, key=lambda s: s.sequence):
        now = _after(now, step)
    return now


def _after(now: TicketStanding, step: Step) -> TicketStanding:
    change = msgspec.structs.replace
    if step.verb in ASKING:
        return change(
            now,
            status="sent",
            is_owed=True,
            sent_at=now.sent_at if now.sent_at is not None else step.at,
            due_at=step.due_at,
            due_rule=step.due_rule,
            reminders=now.reminders + (step.verb == "remind"),
            escalations=now.escalations + (step.verb == "escalate"),
        )
    if step.verb == "answer":
        first = now.answered_at if now.answered_at is not None else step.at
        answered = {"status": "answered", "answered_at": first, "is_owed": False, "due_at": None, "due_rule": None}
        return change(now, answers=now.answers + 1, **answered)
    if step.verb == "credit" and step.currency is not None:
        sum_minor = now.received.get(step.currency, 0) + (step.amount_minor or 0)
        return change(now, received={**now.received, step.currency: sum_minor})
    if step.verb == "close":
        return change(now, status="closed", closed_at=step.at)
    if step.verb == "reopen":
        return change(now, status=_before_closing(now), closed_at=None)
    return now


def _before_closing(now: TicketStanding) -> TicketStatus:
    if now.sent_at is None:
        return "draft"
    return "sent" if now.is_owed else "answered"


def missing(expected: Mapping[str, int], received: Mapping[str, int]) -> dict[str, int]:
    """What has not come back, by currency; more than was expected is negative."""
    return {code: minor - received.get(code, 0) for code, minor in sorted(expected.items())}
