"""The health of an installation, looked at part by part: what is right is said too."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from recoup.domain import tables
from recoup.domain.calendar import calendar, nearing_end
from recoup.domain.instants import local_day
from recoup.errors import RecoupError
from recoup.partners.installed import partners_of
from recoup.settings import Settings
from recoup.storage import schema
from recoup.storage.audit import verify
from recoup.storage.objects import ObjectStore, Stored
from recoup.storage.register import Register

WAL_RESET_FIXED = (3, 51, 3)
"""SQLite's release that mended the WAL-reset bug (sqlite.org/wal.html, "the WAL-reset bug")."""
OBJECTS_SAMPLED = 20


class Checkup(msgspec.Struct, frozen=True):
    """One part of the installation: whether it is well, what was seen, what to do."""

    name: str
    is_ok: bool
    said: str
    remedy: str = ""


def all_checks(settings: Settings, register: Register, objects: ObjectStore, now: int) -> list[Checkup]:
    """Look at everything; a part that cannot even be looked at is not well."""
    checks = (
        ("key", lambda: _key(settings.home)),
        ("register", lambda: _register(settings)),
        ("audit chain", lambda: _audit(register)),
        ("rule tables", _tables),
        ("partners", lambda: _partners(settings.home)),
        ("calendars", lambda: _calendars(now)),
        ("objects", lambda: _objects(register, objects)),
    )
    return [found for name, check in checks for found in _guarded(name, check)]


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


def _audit(register: Register) -> Checkup:
    report = verify(register)
    if not report.entries:
        # Making a home writes the first link, so a chain without any was emptied.
        return Checkup("audit chain", False, "no links", "Compare with a copy from before; do not mend.")
    if report.first_broken is None:
        return Checkup(
            "audit chain", True, f"{report.entries} links, head {report.head[:12] if report.head else 'none'}"
        )
    return Checkup(
        "audit chain",
        False,
        f"link {report.first_broken}: {report.why}",
        "Compare with a copy from before; do not mend.",
    )


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
