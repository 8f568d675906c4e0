"""The control on files held whole: nothing of them was applied, and files held in a row for one reason are one cause.

Reads: delivery (one row per arrival), finding.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from recoup.controls.classes import class_of_check
from recoup.controls.deliveries import Arrived, days_of, deliveries_where
from recoup.controls.moment import Moment
from recoup.controls.symptom import Symptom
from recoup.domain.instants import Instant
from recoup.intake.reading import EVERY_RECORD_REFUSED
from recoup.storage import schema
from recoup.storage.register import View

Feed = tuple[str, str, str]
"""Partner, account, feed."""
Reason = tuple[str, str, str]
"""The check that held a delivery, what it found, what it wanted."""
_NO_REASON = ("intake.held", "no reason written down", "a reason")
_LIKELY = ("truncated_file", "control_total", "format_drift")
"""What a file is held for, whatever its reason says."""
_BY_WRITING = frozenset({"bad_record", "control_total"})
"""Reasons that another way of writing has as well: amounts that cannot be read add up to nothing."""


class _File(msgspec.Struct, frozen=True):
    """One object that is held, with each of its arrivals, why, and when its period was read after all."""

    arrivals: tuple[Arrived, ...]
    reason: Reason
    read_at: Instant | None
    is_other: bool
    """It is written otherwise than files of its feed: no record could be made out, or every one was refused."""

    @property
    def first(self) -> Arrived:
        """Its first arrival."""
        return self.arrivals[0]


def held_delivery(view: View, moment: Moment) -> list[Symptom]:
    """Deliveries held whole. Over once the same periods or numbers were read.

    Files of a feed that are held one after another for one reason, with none read between, are one cause: the partner
    changed something, and sends it every day.
    """
    by_object: dict[tuple[str, str, str], list[Arrived]] = defaultdict(list)
    for arrived in deliveries_where(view, moment, schema.delivery.c.status == "held"):
        by_object[arrived.partner, arrived.feed, arrived.object].append(arrived)
    if not by_object:
        return []
    reasons, unread = _reasons(view, [a.delivery for held in by_object.values() for a in held])
    whole = _whole_ones(view, moment, {_feed(a) for held in by_object.values() for a in held})
    by_feed: dict[Feed, list[_File]] = defaultdict(list)
    for held in by_object.values():
        read = whole.get(_feed(held[0]), ())
        reason = reasons.get(held[0].delivery, _NO_REASON)
        is_other = held[0].delivery in unread or _is_unknown(held[0], moment)
        by_feed[_feed(held[0])].append(_File(tuple(held), reason, _read_after(held[0], read), is_other))
    return [_held(run, moment) for feed, files in by_feed.items() for run in _runs(files, whole.get(feed, ()))]


def _feed(arrived: Arrived) -> Feed:
    return arrived.partner, arrived.account, arrived.feed


def _is_unknown(arrived: Arrived, moment: Moment) -> bool:
    """Whether it is a file of which not even one record could be made out."""
    return not arrived.records and (arrived.partner, arrived.feed) in moment.files


def _reasons(view: View, deliveries: Sequence[str]) -> tuple[dict[str, Reason], set[str]]:
    """The finding that held each delivery, the gravest, then the first by name; and those without one good record."""
    found: dict[str, Reason] = {}
    unread: set[str] = set()
    columns = [c.name for c in schema.finding.columns]
    at = {name: columns.index(name) for name in ("finding", "delivery", "check_", "found", "wanted", "severity")}
    rows = view.by_keys(schema.finding, "delivery", deliveries)
    for row in sorted(rows, key=lambda r: (r[at["severity"]] != "error", r[at["finding"]])):
        found.setdefault(row[at["delivery"]], (row[at["check_"]], row[at["found"]], row[at["wanted"]]))
        if row[at["check_"]] == EVERY_RECORD_REFUSED:
            unread.add(row[at["delivery"]])
    return found, unread


def _whole_ones(view: View, moment: Moment, feeds: set[tuple[str, str, str]]) -> dict[Feed, list[Arrived]]:
    """The deliveries that were read, of the feeds named, by partner, account and feed."""
    d = schema.delivery.c
    names = sorted({feed for _, _, feed in feeds})
    found: dict[tuple[str, str, str], list[Arrived]] = defaultdict(list)
    for arrived in deliveries_where(view, moment, d.status == "read", d.feed.in_(names)):
        found[arrived.partner, arrived.account, arrived.feed].append(arrived)
    return found


def _runs(files: Sequence[_File], whole: Sequence[Arrived]) -> Iterator[list[_File]]:
    """Files held in a row for one reason, with no file read between."""
    run: list[_File] = []
    for file in sorted(files, key=lambda f: (f.first.landed_at, f.first.delivery)):
        if run and (file.reason[0] != run[-1].reason[0] or _is_read_between(run[-1].first, file.first, whole)):
            yield run
            run = []
        run.append(file)
    if run:
        yield run


def _is_read_between(one: Arrived, other: Arrived, whole: Sequence[Arrived]) -> bool:
    return any(one.landed_at <= read.landed_at < other.landed_at for read in whole)


def _held(run: Sequence[_File], moment: Moment) -> Symptom:
    first, (check, found, wanted) = run[0].first, run[0].reason
    classes = _classes(check, is_other=all(file.is_other for file in run))
    days = [day for file in run for day in days_of(file.first, moment)]
    ends = [file.read_at for file in run]
    of = f"on {first.partner} {first.feed}"
    held = f"{first.name} {of} is held" if len(run) == 1 else f"{len(run)} files {of} from {first.name} on are held"
    return Symptom(
        control="held_delivery",
        kind="delivery",
        cause=first.object,
        classes=classes,
        partner=first.partner,
        account=first.account,
        feed=first.feed,
        deliveries=tuple(a.delivery for file in run for a in file.arrivals),
        since_on=min(days),
        until_on=max(days),
        ended_at=None if None in ends else max(at for at in ends if at is not None),
        seen=f"{held}, and nothing of {'it' if len(run) == 1 else 'them'} was applied: {found}",
        expected=f"Wanted was {wanted}",
    )


def _classes(check: str, *, is_other: bool) -> tuple[str, ...]:
    class_ = class_of_check(check)
    first = ("format_drift", class_) if is_other and class_ in _BY_WRITING else (class_,)
    return (*first, *(name for name in _LIKELY if name not in first))


def _read_after(held: Arrived, whole: Sequence[Arrived]) -> Instant | None:
    """When the same period, number or name was read after all."""
    return min((a.landed_at for a in whole if a.landed_at >= held.landed_at and _is_same_file(a, held)), default=None)


def _is_same_file(one: Arrived, other: Arrived) -> bool:
    if one.covers_on is not None and other.covers_on is not None:
        return one.covers_on == other.covers_on
    if one.sequence is not None and other.sequence is not None:
        return one.sequence == other.sequence
    return one.name == other.name
