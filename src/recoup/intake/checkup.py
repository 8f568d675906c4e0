"""The health of an installation, looked at part by part: what is right is said too."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from recoup.domain import tables
from recoup.domain.calendar import calendar, nearing_end
from recoup.domain.instants import DAY, MINUTE, Instant, local_day
from recoup.domain.terms import NO_TERMS
from recoup.errors import RecoupError
from recoup.intake import grounding
from recoup.intake.call_standing import Expires, Standing, standing
from recoup.intake.ground import Account
from recoup.partners.installed import partners_of
from recoup.settings import Settings
from recoup.storage import schema
from recoup.storage.audit import verify
from recoup.storage.chain import AuditReport, Head
from recoup.storage.kept_head import kept_head
from recoup.storage.migrate import current_revision, differences
from recoup.storage.objects import ObjectStore, Stored
from recoup.storage.register import Register

WAL_RESET_FIXED = (3, 51, 3)
"""SQLite's release that mended the WAL-reset bug (sqlite.org/wal.html, "the WAL-reset bug")."""
OBJECTS_SAMPLED = 20
HEAD_NAME = "audit.head"
"""The file of a home that names the last link of its audit."""
ACCOUNTS_MAX = 20
"""More accounts than these are counted, not listed."""
_COMPARE = "Compare with a copy from before; do not mend."


class Checkup(msgspec.Struct, frozen=True):
    """One part of the installation: whether it is well, what was seen, what to do."""

    name: str
    is_ok: bool
    said: str
    remedy: str = ""


def all_checks(
    settings: Settings,
    register: Register,
    objects: ObjectStore,
    now: Instant,
    as_of: Instant,
    heads: Sequence[Head] = (),
) -> list[Checkup]:
    """Look at everything; a part that cannot even be looked at is not well.

    Args:
      settings: Where the home is.
      register: Its register.
      objects: Its kept bytes.
      now: The wall clock, for the age of keys and the end of calendars.
      as_of: The home's own present, for the contracts that are in force.
      heads: Heads of the audit chain that were kept elsewhere.
    """
    kept = kept_head(settings.home / HEAD_NAME)
    report = verify(register, [*heads, *((kept,) if kept else ())])
    checks = (
        ("key", lambda: _key(settings.home)),
        ("register", lambda: _register(settings)),
        ("tables", lambda: _tables_of(register)),
        ("audit chain", lambda: _audit(report, heads)),
        ("audit head", lambda: _kept_head(report, kept)),
        ("rule tables", _tables),
        ("partners", lambda: _partners(settings.home)),
        ("calendars", lambda: _calendars(now)),
        ("objects", lambda: _objects(register, objects)),
        ("secrets", lambda: _secrets(register, now)),
    )
    found = [found for name, check in checks for found in _guarded(name, check)]
    return [*found, *_calls(register, as_of), *_contracts(register, as_of)]


def _guarded(name: str, check: object) -> Iterator[Checkup]:
    assert callable(check)
    try:
        yield check()
    except RecoupError as problem:
        yield Checkup(name, False, f"{problem.found}; wanted {problem.wanted}", problem.remedy)


def _key(home: Path) -> Checkup:
    mode = (home / "keys" / "home.key").stat().st_mode & 0o777
    return Checkup(
        "key", mode == 0o600, f"keys/home.key has mode {mode:04o}", "" if mode == 0o600 else "Run: chmod 600"
    )


def _register(settings: Settings) -> Checkup:
    if not settings.is_embedded:
        return Checkup("register", True, "PostgreSQL")
    version = sqlite3.sqlite_version
    is_mended = sqlite3.sqlite_version_info >= WAL_RESET_FIXED
    # Not a failure: writers take turns and checkpoints run under the same lock, which keeps clear of the bug.
    note = "" if is_mended else " (before 3.51.3: kept clear of its WAL-reset bug by turns)"
    return Checkup("register", True, f"SQLite {version}{note}")


def _tables_of(register: Register) -> Checkup:
    """The register's tables, compared with those that this version reads and writes."""
    odd = differences(register)
    at = f"revision {current_revision(register)}"
    if odd:
        remedy = "Make a new home, and ingest into it; or bring the register back from a copy."
        return Checkup(
            "tables", False, f"{at}, but {len(odd)} tables or columns are not as this version has them", remedy
        )
    return Checkup("tables", True, f"{at}, as this version has them")


def _audit(report: AuditReport, heads: Sequence[Head]) -> Checkup:
    if not report.entries:
        # Making a home writes the first link, so a chain without any was emptied.
        return Checkup("audit chain", False, "no links", _COMPARE)
    if report.first_broken is not None:
        return Checkup("audit chain", False, f"link {report.first_broken}: {report.why}", _COMPARE)
    for head in heads:
        if head in report.missing:
            return Checkup("audit chain", False, _missing(head, report), _COMPARE)
    asked = f"; {_count(len(heads), 'head')} kept elsewhere found in it" if heads else ""
    return Checkup("audit chain", True, f"{report.entries} links, head {Head(report.entries, report.head)}{asked}")


def _kept_head(report: AuditReport, kept: Head | None) -> Checkup:
    if kept is None:
        remedy = f"The next change writes {HEAD_NAME} anew. Compare the chain with a head kept elsewhere: --head."
        return Checkup("audit head", False, f"{HEAD_NAME} is not there, or holds no head", remedy)
    if kept in report.missing:
        return Checkup("audit head", False, f"{HEAD_NAME}: {_missing(kept, report)}", _COMPARE)
    return Checkup("audit head", True, f"{HEAD_NAME} names link {kept.sequence} of {report.entries}, and it is there")


def _missing(head: Head, report: AuditReport) -> str:
    """What a head that is not in the chain says of it."""
    is_shorter = report.entries < head.sequence
    what = f"the chain ends at link {report.entries}" if is_shorter else f"link {head.sequence} is another one now"
    return f"head {head} is not in the chain: {what}"


def _tables() -> Checkup:
    checked = tables.check_all()
    rows = sum(checked.rows.values())
    return Checkup(
        "rule tables", True, f"{rows} rows hold together; {len(checked.untyped)} cells are listed as untyped"
    )


def _partners(home: Path) -> Checkup:
    known = partners_of(home).values()
    problems = [(partner.name, partner.unreadable) for partner in known if partner.unreadable is not None]
    if not problems:
        return Checkup("partners", True, f"{len(known)} are known, and each can be read")
    said = "; ".join(f"{name} cannot be read: {why.where}: {why.found}; wanted {why.wanted}" for name, why in problems)
    remedy = " ".join(why.remedy for _, why in problems)
    return Checkup("partners", False, f"{said}; deliveries of others are read as ever", remedy)


def _calendars(now: int) -> Checkup:
    today = local_day(now, "UTC")
    ending = sorted(span.calendar for span in tables.calendars() if nearing_end(calendar(span.calendar), today))
    if ending:
        return Checkup("calendars", False, f"near their last year: {', '.join(ending)}", "Add the next years' days.")
    return Checkup("calendars", True, "all reach beyond the coming year")


def _objects(register: Register, objects: ObjectStore) -> Checkup:
    table = schema.object_
    with register.reading() as view:
        count = view.rows(select(func.count()).select_from(table))[0][0]
        sample = view.rows(
            select(table).where(table.c.wrapped_key.is_not(None)).order_by(table.c.object).limit(OBJECTS_SAMPLED)
        )
    for row in sample:
        objects.get(Stored(*row))
    return Checkup("objects", True, f"{count} kept; {len(sample)} opened and hashed")


# --- what was agreed --------------------------------------------------------------------------


def _secrets(register: Register, now: Instant) -> Checkup:
    """The live keys of partners by age, the oldest first; nothing of what they hold."""
    table = schema.secret.c
    with register.reading() as view:
        rows = view.rows(select(table.partner, table.account, table.name, table.added_at, table.retired_at))
    live = sorted(
        (added_at, f"{partner}/{account} {name}") for partner, account, name, added_at, end in rows if end is None
    )
    told = [f"{name} {_days(max(0, now - added_at) // DAY)} old" for added_at, name in live[:ACCOUNTS_MAX]]
    more = f"and {len(live) - ACCOUNTS_MAX} younger ones" if len(live) > ACCOUNTS_MAX else ""
    retired = f"{len(rows) - len(live)} retired" if len(rows) > len(live) else ""
    return Checkup("secrets", True, "; ".join(part for part in (*told, more, retired) if part) or "none")


def _calls(register: Register, as_of: Instant) -> Iterator[Checkup]:
    """How each account's API is asked, and what of it ends."""
    with register.reading() as view:
        found = standing(view, as_of)
    for one in found:
        remedy = "" if one.is_well else f"See: recoup calls --partner {one.partner}"
        yield Checkup(f"calls {one.partner}/{one.account}", one.is_well, _asked(one, as_of), remedy)


def _asked(one: Standing, as_of: Instant) -> str:
    """Say in a few words how asking stands."""
    parts = ["not asked yet" if one.asked_at is None else f"asked {_ago(as_of - one.asked_at)}"]
    if one.asked_at is not None:
        parts.append("no whole list yet" if one.listed_at is None else f"last whole list {_ago(as_of - one.listed_at)}")
    if one.failure:
        parts.append(f"{one.failure}: {one.said}")
    counted = ((one.missed, "left out of its list"), (one.absent, "not found by its id"))
    parts += [f"{_count(len(names), 'dispute')} {what}" for names, what in counted if names]
    parts += [f"{e.name} {_ends(e)}" for e in one.expires]
    return "; ".join(parts)


def _ends(one: Expires) -> str:
    if one.days_left < 0:
        return f"ended on {one.expires_on}"
    return f"ends on {one.expires_on}, in {_days(one.days_left)}"


def _ago(span: int) -> str:
    minutes = max(0, span) // MINUTE
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"


def _contracts(register: Register, as_of: Instant) -> Iterator[Checkup]:
    """What was agreed about each account; that nothing was is said, and is no fault of the installation."""
    with register.reading() as view:
        accounts = grounding.accounts(view)
    for account in accounts[:ACCOUNTS_MAX]:
        yield Checkup(f"contract {account.partner}/{account.account}", True, agreed(account, as_of))
    if len(accounts) > ACCOUNTS_MAX:
        counts = Counter("no contract" if not account.terms else "a contract" for account in accounts[ACCOUNTS_MAX:])
        said = ", ".join(f"{count} with {what}" for what, count in sorted(counts.items()))
        yield Checkup("more accounts", True, said)


def agreed(account: Account, as_of: Instant) -> str:
    """Say which contract of an account is in force, what it holds, and what ended or is to come."""
    if not account.terms:
        return "no contract"
    today = local_day(as_of, account.zone).isoformat()
    terms = account.terms_on(today)
    if terms is NO_TERMS:
        last = max(account.terms, key=lambda t: t.valid_from)
        what = f"ended on {last.valid_to}" if last.valid_from <= today else f"begins on {last.valid_from}"
        return f"no contract now: {what}"
    parts = [
        f"from {terms.valid_from}{f' to {terms.valid_to}' if terms.valid_to else ''}",
        f"{_count(len(terms.fees), 'fee')}, {_count(len(terms.schedules), 'schedule')}",
    ]
    to_come = sorted(t.valid_from for t in account.terms if t.valid_from > today)
    return "; ".join([*parts, *(f"another begins on {day}" for day in to_come[:1])])


def _days(count: int) -> str:
    return _count(count, "day")


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
