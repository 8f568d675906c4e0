"""The register's tables as of another time and for one merchant: what restricts each, and which cannot answer.

Every version of a dispute is kept, and entries and facts say when they became known; so they answer for any instant.
Where only the last word is kept, the table says so and is refused rather than told wrongly.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, and_, case, literal, null, or_, select, union_all
from sqlalchemy.sql.selectable import NamedFromClause

from recoup.domain.instants import local_day
from recoup.marts.source import Asked
from recoup.storage import schema

_LANDED = frozenset(
    {"observation", "delivery", "money_line", "settlement_total", "payment", "refund", "account_merchant"}
    | {"allocation", "house_line", "quarantine"}
)
"""Tables whose rows were all told by a delivery and never change what they say."""
_SILENT: Mapping[str, str] = {
    "merchant": "only what the merchants feed said last is kept",
    "account": "only how the account is set up now is kept",
    "expectation": "what is no longer expected is not kept",
    "incident_break": "only which breaks an incident has now is kept",
    "held_expectation": "only what the last check found is kept",
    "finding": "a finding that no longer holds is not kept",
}
_LATEST_ONLY: Mapping[str, frozenset[str]] = {
    "money_line": frozenset({"dispute"}),
    "delivery": frozenset({"status", "records", "accepted", "quarantined", "lake_file"}),
    "break_": frozenset(
        {"kind", "classes", "merchant", "deliveries", "disputes", "amounts", "severity", "nearest_due_at"}
        | {"last_seen_at", "owner", "explanation", "symptoms"}
    ),
    "incident": frozenset({"joined_at", "severity", "alerted_as", "is_over_budget"}),
    "match_run": frozenset({"folder"}),
    "fingerprint": frozenset({"count", "subjects"}),
}
"""Columns that a later reading or check writes anew."""
Term = Callable[[FromClause, str], ColumnElement[bool]]


def silence(table: str) -> tuple[str, frozenset[str]]:
    """Say why a table cannot answer for another time, else nothing; and of which columns only the last word is kept.

    A table of which nobody said how it was known is not asked for another time.
    """
    is_told = table in _LANDED or table in _AS_KNOWN
    return _SILENT.get(table, "" if is_told else "nobody said how it was known"), _LATEST_ONLY.get(table, frozenset())


def carries_merchant(table: str) -> bool:
    """Say whether each row belongs to one merchant."""
    return table in _MERCHANT


def rows_of(table: Table, asked: Asked) -> FromClause:
    """Give a table as it is asked: the table itself where nothing restricts it."""
    found: FromClause = table if asked.known_at is None else _as_known(table, asked.known_at)
    if asked.merchant is None:
        return found
    return select(*found.c).where(_MERCHANT[str(table.name)](found, asked.merchant)).subquery()


def _as_known(table: Table, at: int) -> FromClause:
    name = str(table.name)
    if name in _LANDED:
        return _landed(table, at)
    return _AS_KNOWN[name](at) if name in _AS_KNOWN else table


def _landed(table: Table, at: int) -> NamedFromClause:
    columns = [
        case((column <= at, column), else_=null()).label(str(column.key)) if column.key == "released_at" else column
        for column in table.c
    ]
    return select(*columns).where(table.c.landed_at <= at).subquery()


def _disputes(at: int) -> NamedFromClause:
    current, earlier = schema.dispute, schema.dispute_version
    names = [str(column.name) for column in current.columns]
    still = select(*(current.c[name] for name in names)).where(current.c.known_from <= at)
    then = select(*(earlier.c[name] for name in names)).where(earlier.c.known_from <= at, earlier.c.known_to > at)
    return union_all(still, then).subquery()


def _versions(at: int) -> NamedFromClause:
    earlier = schema.dispute_version
    return select(earlier).where(earlier.c.known_to <= at).subquery()


def _entries(at: int) -> NamedFromClause:
    """Entries booked by then; one stands if it is no reversal and none had come by then."""
    entry, later = schema.entry, schema.entry.alias("later")
    is_reversed = select(later.c.entry).where(later.c.reverses == entry.c.entry, later.c.booked_at <= at).exists()
    stands = case((or_(entry.c.reverses.is_not(None), is_reversed), literal(0)), else_=literal(1))
    columns = [stands.label("is_active") if c.key == "is_active" else c for c in entry.c]
    return select(*columns).where(entry.c.booked_at <= at).subquery()


def _postings(at: int) -> NamedFromClause:
    entry, posting = schema.entry, schema.posting
    joined = posting.join(entry, entry.c.entry == posting.c.entry)
    return select(*posting.c).select_from(joined).where(entry.c.booked_at <= at).subquery()


def _breaks(at: int) -> NamedFromClause:
    table = schema.break_
    is_closed = and_(table.c.closed_at.is_not(None), table.c.closed_at <= at)
    shown: dict[str, ColumnElement[Any]] = {
        "status": case((is_closed, literal("closed")), else_=literal("open")),
        "closed_at": case((is_closed, table.c.closed_at), else_=null()),
    }
    columns = [shown[str(c.key)].label(str(c.key)) if c.key in shown else c for c in table.c]
    return select(*columns).where(table.c.first_seen_at <= at).subquery()


def _fingerprints(at: int) -> NamedFromClause:
    """Days up to then; what was counted later on that day is in it."""
    table = schema.fingerprint
    return select(table).where(table.c.landed_on <= local_day(at, "UTC").isoformat()).subquery()


def _by_then(table: Table, stamp: str) -> Callable[[int], NamedFromClause]:
    """Rows that are only ever added, by the instant at which each was."""
    return lambda at: select(table).where(table.c[stamp] <= at).subquery()


def _ended(table: Table, stamp: str, ends: Mapping[str, tuple[str, ...]]) -> Callable[[int], NamedFromClause]:
    """Rows that are added once and said to be over, or approved, later: what was said later was not known then.

    Args:
      table: Of which the rows are.
      stamp: The column that says when a row was added.
      ends: By the column that says when it was, the columns that were written then.
    """
    by_column = {name: end for end, names in ends.items() for name in (end, *names)}

    def rows(at: int) -> NamedFromClause:
        columns = [
            case((table.c[by_column[str(c.key)]] <= at, c), else_=null()).label(str(c.key))
            if str(c.key) in by_column
            else c
            for c in table.c
        ]
        return select(*columns).where(table.c[stamp] <= at).subquery()

    return rows


def _answers(at: int) -> NamedFromClause:
    run, answer = schema.report_run, schema.report_answer
    return select(answer).where(answer.c.run.in_(select(run.c.run).where(run.c.made_at <= at))).subquery()


_AS_KNOWN: Mapping[str, Callable[[int], FromClause]] = {
    "dispute": _disputes,
    "dispute_version": _versions,
    "entry": _entries,
    "posting": _postings,
    "break_": _breaks,
    "fingerprint": _fingerprints,
    "break_decision": _by_then(schema.break_decision, "at"),
    "touch": _by_then(schema.touch, "at"),
    "ticket": _by_then(schema.ticket, "opened_at"),
    "ticket_step": _by_then(schema.ticket_step, "at"),
    "incident": _ended(schema.incident, "opened_at", {"closed_at": (), "alerted_at": ()}),
    "outage_word": _by_then(schema.outage_word, "at"),
    "ruling": _by_then(schema.ruling, "at"),
    "manual_record": _ended(schema.manual_record, "at", {"approved_at": ("approved_by", "approved_delivery")}),
    "match_run": _by_then(schema.match_run, "recorded_at"),
    "match_decision": _ended(schema.match_decision, "at", {"ended_at": ("ended_by", "end_reason")}),
    "seal": _by_then(schema.seal, "sealed_at"),
    "seal_correction": _by_then(schema.seal_correction, "found_at"),
    "report_run": _by_then(schema.report_run, "made_at"),
    "report_answer": _answers,
    "audit": _by_then(schema.audit, "at"),
}


def _own(rows: FromClause, merchant: str) -> ColumnElement[bool]:
    return rows.c["merchant"] == merchant


def _by_payment(rows: FromClause, merchant: str) -> ColumnElement[bool]:
    payment = schema.payment
    return rows.c["payment"].in_(select(payment.c.payment).where(payment.c.merchant == merchant))


def _by_dispute(rows: FromClause, merchant: str) -> ColumnElement[bool]:
    dispute = schema.dispute
    return rows.c["dispute"].in_(select(dispute.c.dispute).where(dispute.c.merchant == merchant))


def _of_states(rows: FromClause, merchant: str) -> ColumnElement[bool]:
    """Earlier states of a dispute that is the merchant's now, but for those in which it was another's."""
    return and_(_by_dispute(rows, merchant), or_(rows.c["merchant"].is_(None), rows.c["merchant"] == merchant))


def _by_entry(rows: FromClause, merchant: str) -> ColumnElement[bool]:
    posting = schema.posting
    return rows.c["entry"].in_(select(posting.c.entry).where(posting.c.merchant == merchant))


_MERCHANT: Mapping[str, Term] = {
    **dict.fromkeys(("dispute", "payment", "merchant", "account_merchant", "house_line", "posting"), _own),
    **dict.fromkeys(("refund", "allocation"), _by_payment),
    **dict.fromkeys(("observation", "money_line"), _by_dispute),
    "dispute_version": _of_states,
    "entry": _by_entry,
}
"""How the rows of one merchant are told; every other table is the house's own."""
