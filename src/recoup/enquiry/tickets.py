"""Tickets to partners, read from the register: what each asks for, its steps, and how it stands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.domain.canonical import parse
from recoup.domain.instants import DAY, Instant
from recoup.domain.tickets import Step, TicketStanding, ticket_standing
from recoup.enquiry.lists import Amount
from recoup.storage import schema
from recoup.storage.register import View

STEP_COLUMNS: tuple[str, ...] = tuple(str(column.name) for column in schema.ticket_step.columns)
TICKET_COLUMNS: tuple[str, ...] = tuple(str(column.name) for column in schema.ticket.columns)


class TicketRow(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket. Amounts in minor units, instants in microseconds UTC."""

    id: str
    partner: str
    account: str | None
    control: str
    kind: str
    first_class: str
    title: str
    breaks: tuple[str, ...]
    disputes: int
    status: str
    opened_at: Instant
    sent_at: Instant | None
    due_at: Instant | None
    """By when an answer is owed; None where none is, or nobody said."""
    due_rule: str | None
    is_overdue: bool
    answered_at: Instant | None
    closed_at: Instant | None
    age_days: int
    reminders: int
    escalations: int
    expected: tuple[Amount, ...]
    """What should come back."""
    received: tuple[Amount, ...]
    message: str
    """Hash of the object with its text."""
    attachment: str
    actor: str
    steps: tuple[Step, ...] = ()
    """Only where one ticket is asked for by its id."""


def tickets(
    view: View, now: Instant, *, id_: str | None = None, partner: str | None = None, is_all: bool = False
) -> list[TicketRow]:
    """Give tickets, the overdue and then the oldest first: those that are not closed, all, or those that begin so."""
    rows = [dict(zip(TICKET_COLUMNS, row, strict=True)) for row in view.rows(select(schema.ticket))]
    chosen = [r for r in rows if (id_ is None or r["ticket"].startswith(id_)) and partner in (None, r["partner"])]
    said = steps(view, [row["ticket"] for row in chosen])
    found = [_row(row, said.get(row["ticket"], []), now, is_asked_for=id_ is not None) for row in chosen]
    shown = [one for one in found if is_all or id_ is not None or one.status != "closed"]
    return sorted(shown, key=lambda one: (not one.is_overdue, one.due_at or one.opened_at, one.id))


def steps(view: View, keys: Iterable[str]) -> dict[str, list[Step]]:
    """Give the steps of tickets, by ticket, in order."""
    found: dict[str, list[Step]] = {}
    read = (_step(row) for row in view.by_keys(schema.ticket_step, "ticket", keys))
    for step in sorted(read, key=lambda s: (s.ticket, s.sequence)):
        found.setdefault(step.ticket, []).append(step)
    return found


def _step(row: Sequence[Any]) -> Step:
    told = dict(zip(STEP_COLUMNS, row, strict=True))
    return Step(**{name: told["ticket_step" if name == "step" else name] for name in Step.__struct_fields__})


def _row(row: Mapping[str, Any], said: Sequence[Step], now: Instant, *, is_asked_for: bool) -> TicketRow:
    stands: TicketStanding = ticket_standing(said)
    same = ("partner", "account", "control", "kind", "first_class", "title", "disputes", "opened_at", "message")
    return TicketRow(
        id=row["ticket"],
        **{name: row[name] for name in (*same, "attachment", "actor")},
        breaks=tuple(parse(row["breaks"])),
        status=stands.status,
        sent_at=stands.sent_at,
        due_at=stands.due_at,
        due_rule=stands.due_rule,
        is_overdue=stands.is_overdue(now),
        answered_at=stands.answered_at,
        closed_at=stands.closed_at,
        age_days=max(0, now - row["opened_at"]) // DAY,
        reminders=stands.reminders,
        escalations=stands.escalations,
        expected=tuple(msgspec.convert(parse(row["amounts"]), list[Amount])),
        received=tuple(Amount(code, minor) for code, minor in sorted(stands.received.items())),
        steps=tuple(said) if is_asked_for else (),
    )
