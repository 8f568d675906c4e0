"""Counts how deliveries are shaped, once for each as it is first read: sums by feed and day, and never a value.

Counted over the bytes and not over what was read of them, so that a mapping which is mended later changes nothing.
Refused messages are somebody else's and do not count; nor do known bytes, which say nothing new. Of a table the first
rows are looked at. Reads: nothing but bytes. Makes: fingerprint (one row per feed, day of landing, field and facet).
Read `recoup.domain.shapes` for what is counted, `recoup.controls.drift` for what it is compared with.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from recoup.domain.instants import local_day
from recoup.domain.shapes import Counting, Shape, Tally, count_document, count_rows, merge, subject_of
from recoup.formats.sample import Sample, Table, sample, sample_file
from recoup.intake.arrival import Landed
from recoup.intake.reading import Taken
from recoup.partners.contract import Feed, Partner, TableFeed
from recoup.storage import schema
from recoup.storage.register import Batch, View

COUNTED = ("read", "held")
BY_PEOPLE = frozenset({"manual", "sent"})
"""Feeds that people write by hand, or that are our own."""
MANY = "*"
_VERSIONS = ("api_version", "apiVersion", "schema_version", "version")

Scope = tuple[str, str, str, str, str]
"""Partner, account, feed, version as the partner names it, ISO day of landing in UTC."""


def sampled(landed: Landed, feed: Feed) -> Sample | None:
    """Lay out the beginning of a large file while it is there; of small ones the bytes stay at hand."""
    path = landed.arrival.path
    if path is None or landed.arrival.feed in BY_PEOPLE:
        return None
    return sample_file(path, feed.delimiter if isinstance(feed, TableFeed) else None)


def write(batch: Batch, taken: Iterable[Taken], partners: Mapping[str, Partner]) -> None:
    """Add the shapes of new deliveries to the sums of their feeds and days."""
    scopes: dict[Scope, Counting] = {}
    for one in taken:
        _count(scopes, one, partners)
    known = _known(batch, scopes)
    rows: list[tuple[Any, ...]] = []
    for scope, counting in scopes.items():
        before = known.get(scope, {})
        after = merge((before, counting.shape()))
        rows += [fingerprint_row(scope, key, tally) for key, tally in after.items() if before.get(key) != tally]
        batch.delete(schema.fingerprint, [(*scope, *key) for key in before.keys() - after.keys()])
    batch.upsert(schema.fingerprint, rows)


def _count(scopes: dict[Scope, Counting], taken: Taken, partners: Mapping[str, Partner]) -> None:
    landed, arrival = taken.landed, taken.landed.arrival
    if taken.status not in COUNTED or arrival.feed in BY_PEOPLE or arrival.broken is not None:
        return
    found = taken.sample
    if arrival.body is not None:
        feed = partners[arrival.partner].feeds[arrival.feed]
        found = sample(arrival.body, feed.delimiter if isinstance(feed, TableFeed) else None)
    if found is None:
        return
    day = local_day(arrival.landed_at, "UTC").isoformat()
    scope = (arrival.partner, landed.account, arrival.feed, _version(found), day)
    place = scopes.setdefault(scope, Counting(""))
    subject = subject_of(taken.observations[0][1] if taken.observations else landed.delivery)
    if isinstance(found, Table):
        count_rows(place, found.header, found.rows, subject)
    else:
        count_document(place, found.value, subject)


def _version(found: Sample) -> str:
    """Give the version of its messages that a partner names."""
    if isinstance(found, Table) or not isinstance(found.value, dict):
        return ""
    told = (found.value.get(name) for name in _VERSIONS)
    return next((str(one)[:40] for one in told if isinstance(one, (str, int)) and one is not True), "")


# --- rows -----------------------------------------------------------------------------------


def fingerprint_row(scope: Scope, key: tuple[str, str], tally: Tally) -> tuple[Any, ...]:
    """Table fingerprint."""
    subjects = MANY if tally.subjects is None else ",".join(f"{one:x}" for one in sorted(tally.subjects))
    return (*scope, *key, tally.count, subjects)


def tally_of(count: int, subjects: str) -> Tally:
    """Give what a row counts."""
    if subjects == MANY:
        return Tally(count, None)
    return Tally(count, frozenset(int(one, 16) for one in subjects.split(",") if one))


def _known(view: View, scopes: Iterable[Scope]) -> dict[Scope, Shape]:
    """What these feeds and days have been counted to have."""
    f = schema.fingerprint.c
    days: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for partner, account, feed, _, day in scopes:
        days[partner, account, feed].add(day)
    found: dict[Scope, Shape] = defaultdict(dict)
    for (partner, account, feed), landed in days.items():
        is_it = (f.partner == partner, f.account == account, f.feed == feed, f.landed_on.in_(sorted(landed)))
        for row in view.rows(select(schema.fingerprint).where(*is_it)):
            scope, path, facet, count, subjects = _scope(row), row[5], row[6], row[7], row[8]
            found[scope][path, facet] = tally_of(count, subjects)
    return found


def _scope(row: Sequence[Any]) -> Scope:
    partner, account, feed, version, landed_on = row[:5]
    return partner, account, feed, version, landed_on
