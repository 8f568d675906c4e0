"""Lists of disputes and of breaks, as they are now or as we knew them at another time.

The fields are those of the command line contract; other tools are written against them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, or_, select, union_all
from sqlalchemy.sql.selectable import Subquery

from recoup.domain.break_work import Decision, standing
from recoup.domain.canonical import parse
from recoup.domain.instants import DAY
from recoup.domain.observation import UNDISPUTED
from recoup.enquiry import selector
from recoup.enquiry.break_work import decisions
from recoup.storage import schema
from recoup.storage.register import View


class DisputeRow(msgspec.Struct, frozen=True):
    """One dispute. Amounts in minor units of `currency`, instants in microseconds UTC."""

    id: str
    kind: str
    nature: str | None
    chain: str
    partner: str
    account: str
    merchant: str | None
    partner_dispute_id: str
    payment_ref: str | None
    network: str | None
    stage: str | None
    turn: str
    partner_status: str | None
    outcome: str | None
    finality: str | None
    amount_minor: int | None
    amount_won_minor: int | None
    amount_lost_minor: int | None
    currency: str | None
    reason_code: str | None
    partner_due_at: int | None
    act_by_at: int | None
    due_source: str | None
    opened_at: int | None


class Amount(msgspec.Struct, frozen=True):
    """Money in question, in minor units."""

    currency: str
    minor: int


class WorkDone(msgspec.Struct, frozen=True):
    """One decision about a break."""

    at: int
    actor: str
    is_automatic: bool
    verb: str
    value: str | None
    until_at: int | None
    reason: str | None
    needs_approval: bool


class BreakRow(msgspec.Struct, frozen=True):
    """One break. `classes` are ranked, the likeliest first."""

    id: str
    kind: str
    classes: tuple[str, ...]
    control: str
    partner: str
    account: str | None
    feed: str | None
    merchant: str | None
    deliveries: tuple[str, ...]
    disputes: tuple[str, ...]
    amounts: tuple[Amount, ...]
    severity: str
    nearest_due_at: int | None
    age_days: int
    first_seen_at: int
    status: str
    owner: str | None
    explanation: str
    ticket: str | None = None
    snoozed_until_at: int | None = None
    waits_for_approval: str | None = None
    """What somebody decided and a second person has not approved: `known` or `close`."""
    work: tuple[WorkDone, ...] = ()
    """What was decided about it, in order; only where one break is asked for by its id."""
    symptoms: tuple[Mapping[str, Any], ...] = ()
    """What shows it, as `domain/symptoms.py` names it: its own symptom first, then what it explains."""


SEVERITIES = ("page", "ticket", "note")
"""Most urgent first."""


def disputes(view: View, which: selector.Disputes, now: int, known_at: int | None = None) -> list[DisputeRow]:
    """Give the selected disputes, those that must be acted on soonest first, then the newest.

    Args:
      view: One unchanging view of the register.
      which: The selection, checked.
      now: The present, for spans.
      known_at: As we knew it at this instant; None for all we know.
    """
    table = disputes_known(known_at)
    statement = select(*_columns(table)).where(*_dispute_terms(table, which, now))
    rows = [DisputeRow(*row) for row in view.rows(statement)]
    if which.min_money is not None:
        rows = [row for row in rows if which.min_money.admits(row.amount_minor, row.currency)]
    return sorted(rows, key=_urgency)


def disputes_by_id(view: View, ids: list[str]) -> list[DisputeRow]:
    """Give disputes by our ids, in the order of the lists; unknown ids are left out."""
    names = [column.name for column in schema.dispute.columns]
    at = [names.index("dispute" if name == "id" else name) for name in DisputeRow.__struct_fields__]
    rows = view.by_keys(schema.dispute, "dispute", ids)
    return sorted((DisputeRow(*(row[index] for index in at)) for row in rows), key=_urgency)


def breaks(view: View, which: selector.Breaks, now: int, known_at: int | None = None) -> list[BreakRow]:
    """Give the selected breaks, the most severe and then the oldest first; `now` gives their age."""
    table = schema.break_
    statement = select(table).where(*_break_terms(which, now, known_at))
    rows = [_break_row(row, now, known_at) for row in _mappings(view, statement)]
    fitting = sorted((row for row in rows if _fits(row, which)), key=_severity)
    # Only what was decided by then, as all else is of then.
    said = decisions(view, [row.id for row in fitting])
    return [_with_work(row, said.get(row.id, []), which.id is not None, known_at) for row in fitting]


def _with_work(row: BreakRow, said: list[Decision], is_asked_for: bool, known_at: int | None) -> BreakRow:
    then = [one for one in said if known_at is None or one.at <= known_at]
    now = standing(then)
    return msgspec.structs.replace(
        row,
        ticket=now.ticket,
        snoozed_until_at=now.until_at,
        waits_for_approval=None if now.waiting is None else now.waiting.verb,
        work=tuple(_work_done(one) for one in then) if is_asked_for else (),
    )


def _work_done(one: Decision) -> WorkDone:
    return WorkDone(**{name: getattr(one, name) for name in WorkDone.__struct_fields__})


def disputes_known(known_at: int | None) -> Subquery:
    """The table of disputes, as of an instant of knowing: each once, in the state that stood then."""
    current, earlier = schema.dispute, schema.dispute_version
    names = [column.name for column in current.columns]
    if known_at is None:
        return select(current).subquery()
    still = select(*(current.c[name] for name in names)).where(current.c.known_from <= known_at)
    then = select(*(earlier.c[name] for name in names)).where(
        earlier.c.known_from <= known_at, earlier.c.known_to > known_at
    )
    return union_all(still, then).subquery()


def _columns(table: Subquery) -> list[ColumnElement[Any]]:
    return [table.c["dispute" if name == "id" else name] for name in DisputeRow.__struct_fields__]


def _dispute_terms(table: Subquery, which: selector.Disputes, now: int) -> list[ColumnElement[bool]]:
    terms = [
        table.c[name] == value
        for name in ("partner", "merchant", "stage", "kind")
        if (value := getattr(which, name)) is not None
    ]
    if which.kind is None:
        terms.append(table.c.kind.not_in(selector.HIDDEN_KINDS))
        terms.append(or_(table.c.nature.is_(None), table.c.nature.not_in(sorted(UNDISPUTED))))
    if which.outcome is not None:
        is_open = which.outcome == selector.OPEN
        terms.append(table.c.outcome.is_(None) if is_open else table.c.outcome == which.outcome)
    if which.due_within is not None:
        terms.append(table.c.act_by_at <= now + which.due_within)
    return terms


def _urgency(row: DisputeRow) -> tuple[bool, int, int, str]:
    return row.act_by_at is None, row.act_by_at or 0, -(row.opened_at or 0), row.id


def _break_terms(which: selector.Breaks, now: int, known_at: int | None) -> list[ColumnElement[bool]]:
    table = schema.break_
    terms = [
        table.c[name] == value
        for name in ("partner", "merchant", "owner")
        if (value := getattr(which, name)) is not None
    ]
    if which.due_within is not None:
        terms.append(table.c.nearest_due_at <= now + which.due_within)
    if known_at is not None:
        terms.append(table.c.first_seen_at <= known_at)
    if which.id is not None:
        terms.append(table.c["break_"].startswith(which.id, autoescape=True))
    elif not which.is_all:
        is_open: ColumnElement[bool] = table.c.status == "open"
        if known_at is not None:
            is_open = or_(is_open, and_(table.c.closed_at.is_not(None), table.c.closed_at > known_at))
        terms.append(is_open)
    return terms


def _mappings(view: View, statement: Select[Any]) -> list[dict[str, Any]]:
    names = [column.name for column in statement.selected_columns]
    return [dict(zip(names, row, strict=True)) for row in view.rows(statement)]


def _break_row(row: dict[str, Any], now: int, known_at: int | None) -> BreakRow:
    was_open = known_at is not None and row["closed_at"] is not None and row["closed_at"] > known_at
    return BreakRow(
        id=row["break_"],
        kind=row["kind"],
        classes=tuple(parse(row["classes"])),
        control=row["control"],
        partner=row["partner"],
        account=row["account"],
        feed=row["feed"],
        merchant=row["merchant"],
        deliveries=tuple(parse(row["deliveries"])),
        disputes=tuple(parse(row["disputes"])),
        amounts=tuple(msgspec.convert(parse(row["amounts"]), list[Amount])),
        severity=row["severity"],
        nearest_due_at=row["nearest_due_at"],
        age_days=max(0, now - row["first_seen_at"]) // DAY,
        first_seen_at=row["first_seen_at"],
        status="open" if was_open else row["status"],
        owner=row["owner"],
        explanation=row["explanation"],
        symptoms=tuple(parse(row["symptoms"])),
    )


def _fits(row: BreakRow, which: selector.Breaks) -> bool:
    is_large = which.min_money is None or any(which.min_money.admits(a.minor, a.currency) for a in row.amounts)
    return is_large and (which.class_ is None or which.class_ in row.classes)


def _severity(row: BreakRow) -> tuple[int, int, str]:
    rank = SEVERITIES.index(row.severity) if row.severity in SEVERITIES else len(SEVERITIES)
    return rank, row.first_seen_at, row.id
