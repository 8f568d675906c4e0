"""Breaks: causes written down, one row each, from first sight until they are gone.

The id is derived from control and cause, so that a break keeps its name,
age from check to check. What nothing shows any more is closed by the check
itself; what people decided about it lies beside it (`decisions.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from recoup.controls.explain import Cause, at_risk, explanation, ranked_classes
from recoup.controls.moment import Moment
from recoup.controls.severity import Severity, severity
from recoup.controls.shown import shown
from recoup.controls.symptom import STATISTICAL
from recoup.domain.canonical import canonical
from recoup.domain.ids import derive
from recoup.domain.instants import Instant
from recoup.domain.money import Amount
from recoup.domain.symptoms import as_text

Row = tuple[Any, ...]

OPEN, CLOSED = "open", "closed"


class Brief(msgspec.Struct, frozen=True, gc=False):
    """What a break needs to know of a dispute."""

    merchant: str | None
    act_by_at: Instant | None
    """None where nobody has to act: decided, answered, or no time known."""


class Break(msgspec.Struct, frozen=True):
    """One row of table break_."""

    id: str
    control: str
    cause: str
    kind: str
    classes: str
    partner: str
    account: str | None
    feed: str | None
    merchant: str | None
    deliveries: str
    disputes: str
    amounts: str
    severity: str
    nearest_due_at: Instant | None
    first_seen_at: Instant
    last_seen_at: Instant
    closed_at: Instant | None
    status: str
    owner: str | None
    explanation: str
    symptoms: str

    def row(self) -> Row:
        """As the table has it."""
        return msgspec.structs.astuple(self)


def read_break(row: Sequence[Any]) -> Break:
    """A row of table break_ as a value."""
    return Break(*row)


def written_down(cause: Cause, briefs: Mapping[str, Brief], moment: Moment) -> Break:
    """A cause as the break it would be if it was first seen now."""
    root = cause.root
    disputes = _all(s.disputes for s in cause.all)
    amounts = at_risk(cause)
    due_at = _nearest_due(cause, disputes, briefs)
    is_over = root.ended_at is not None
    seen_at = moment.as_of if root.ended_at is None else root.ended_at
    return Break(
        id=derive("brk", root.control, root.cause),
        control=root.control,
        cause=root.cause,
        kind=root.kind,
        classes=canonical(list(ranked_classes(cause))),
        partner=root.partner,
        account=root.account,
        feed=root.feed,
        merchant=_one({briefs[d].merchant for d in disputes if d in briefs}),
        # Where else it shows is no part of what was hit: that stands with the symptoms.
        deliveries=canonical(_all([root.deliveries])),
        disputes=canonical(disputes),
        amounts=canonical([{"currency": a.currency, "minor": a.minor} for a in amounts]),
        severity=_severity(cause, amounts, due_at, len(disputes), moment),
        nearest_due_at=due_at,
        first_seen_at=moment.as_of,
        last_seen_at=seen_at,
        closed_at=root.ended_at,
        status=CLOSED if is_over else OPEN,
        owner=root.owner,
        explanation=explanation(cause),
        symptoms=as_text(shown(cause)),
    )


class Difference(msgspec.Struct):
    """What a check changes: rows to write, and how many breaks opened and closed."""

    rows: list[Row] = []
    opened: int = 0
    closed: int = 0
    open: int = 0
    gone: list[Break] = []
    """What was not closed, and is over now."""


def compared(seen: Iterable[Break], known: Iterable[Break], as_of: Instant) -> Difference:
    """Compare what is seen with what is written down.

    A cause that was over before we looked is written down as closed, and counts as opened and as closed.
    """
    difference = Difference()
    before = {b.id: b for b in known}
    for b in seen:
        was = before.pop(b.id, None)
        _note(difference, was, b if was is None else _kept(b, was))
    for was in before.values():
        gone = was if was.status == CLOSED else msgspec.structs.replace(was, status=CLOSED, closed_at=as_of)
        _note(difference, was, gone)
    return difference


def _kept(b: Break, was: Break) -> Break:
    """What is seen now, and since when we know it."""
    return msgspec.structs.replace(b, first_seen_at=was.first_seen_at)


def _note(difference: Difference, was: Break | None, b: Break) -> None:
    was_open = was is not None and was.status != CLOSED
    is_open = b.status != CLOSED
    difference.opened += (is_open and not was_open) or was is None
    difference.closed += not is_open and (was_open or was is None)
    difference.open += is_open
    if was is not None and was_open and not is_open:
        difference.gone.append(was)
    if was != b:
        difference.rows.append(b.row())


def _all(lists: Iterable[Iterable[str]]) -> list[str]:
    return sorted({item for items in lists for item in items})


def _one(names: set[str | None]) -> str | None:
    return names.pop() if len(names) == 1 else None


def _nearest_due(cause: Cause, disputes: Sequence[str], briefs: Mapping[str, Brief]) -> Instant | None:
    own = [s.due_at for s in cause.all if s.due_at is not None]
    of_disputes = [briefs[d].act_by_at for d in disputes if d in briefs]
    return min((at for at in (*own, *of_disputes) if at is not None), default=None)


def _severity(
    cause: Cause, amounts: Sequence[Amount], due_at: Instant | None, disputes: int, moment: Moment
) -> Severity:
    root = cause.root
    if root.ended_at is not None:
        return "note"
    is_note = all(s.is_note for s in cause.all)
    limits = moment.page_limits((root.partner, root.account))
    loud = "page" if root.is_page else severity(amounts, due_at, disputes, moment.as_of, is_note=is_note, limits=limits)
    is_quiet = (root.partner, root.account) in moment.shadows or root.kind == STATISTICAL
    return "ticket" if is_quiet and loud == "page" else loud
