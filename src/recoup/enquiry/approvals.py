"""What waits for a second person, beside decisions about breaks: records by hand, and rulings on accounts and books.

Reads: manual_record (one row per form that a person filled in), ruling.
"""

from collections.abc import Iterator, Mapping

import msgspec
from sqlalchemy import select

from recoup.domain.canonical import parse
from recoup.domain.instants import Instant
from recoup.domain.ruling import Kind
from recoup.storage import schema
from recoup.storage.register import View
from recoup.storage.rulings import standings

_PARTNER = "recoup partner approve {ruling} --reason TEXT"
_RULED: Mapping[Kind, tuple[str, str]] = {
    "account_phase": ("another phase", _PARTNER),
    "account_opening": ("the opening balances", _PARTNER),
    "books_locked_through": ("another lock of the books", "recoup books approve --book {subject} --reason TEXT"),
}
"""Rulings that a second person approves: what is asked for, and the command that lets it hold."""


class Waits(msgspec.Struct, frozen=True):
    """One thing that somebody asked for, and that holds nothing until another person approves it."""

    id: str
    what: str
    about: str
    by: str
    at: Instant
    approve: str
    """The command that lets it hold."""


def waiting(view: View) -> list[Waits]:
    """Give what waits, the longest first."""
    return sorted((*_records(view), *_rulings(view)), key=lambda one: (one.at, one.id))


def _records(view: View) -> Iterator[Waits]:
    m = schema.manual_record.c
    columns = (m.record, m.partner, m.partner_dispute_id, m.tells, m.actor, m.at)
    asked = view.rows(select(*columns).where(m.needs_approval == 1, m.approved_by.is_(None)))
    for record, partner, dispute, tells, actor, at in asked:
        what = f"{', '.join(parse(tells))} by hand"
        yield Waits(record, what, f"{partner} {dispute}", actor, at, f"recoup record approve {record}")


def _rulings(view: View) -> Iterator[Waits]:
    for kind, (what, command) in _RULED.items():
        for subject, stands in standings(view, kind).items():
            if (said := stands.waiting) is not None:
                approve = command.format(ruling=said.ruling, subject=subject)
                yield Waits(said.ruling, what, subject, said.actor, said.at, approve)
