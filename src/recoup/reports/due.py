"""What the schedules of reports ask for: which runs are due now, and when each report is due next.

A report that can be asked as known at an instant is made for every time that was missed, as of that time and as known
then; one that knows only the present is made for the latest time alone, as of now. One whose merchant must be given
is made for each merchant. A run for a time has an id that follows from it, so two that start at once make one.
"""

from collections.abc import Iterator, Mapping

import msgspec

from recoup.domain.instants import DAY
from recoup.reports.definition import Schedule
from recoup.reports.library import Library, Report
from recoup.reports.parameters import Known, Moment, chosen
from recoup.reports.runs import latest_slot, slots_kept
from recoup.reports.schedule import LOOK_BACK_DAYS, next_slot, slots
from recoup.reports.stamp import run_id
from recoup.storage.register import View


class Due(msgspec.Struct, frozen=True):
    """One run that a schedule asks for. Instants in microseconds UTC."""

    report: str
    slot_at: int
    as_of: int
    known_at: int | None
    given: Mapping[str, str]
    run: str


class Planned(msgspec.Struct, frozen=True):
    """One report with a schedule: how many runs are due, and when it is due after that."""

    report: str
    due: int
    oldest_slot_at: int | None
    next_at: int | None


def due(view: View, library: Library, now: int, known: Known) -> list[Due]:
    """Give the runs that are due, oldest first."""
    found = [run for report in library.reports.values() for run in _due(view, report, now, known)]
    return sorted(found, key=lambda run: (run.slot_at, run.report, run.run))


def planned(library: Library, runs: list[Due], now: int) -> list[Planned]:
    """Give each scheduled report with what is due of it, in order of name."""
    return [
        _planned(report.name, report.definition.schedule, runs, now)
        for report in library.reports.values()
        if report.definition.schedule is not None
    ]


def _planned(name: str, schedule: Schedule, runs: list[Due], now: int) -> Planned:
    mine = [run.slot_at for run in runs if run.report == name]
    return Planned(name, len(mine), min(mine, default=None), next_slot(schedule, now))


def _due(view: View, report: Report, now: int, known: Known) -> Iterator[Due]:
    schedule = report.definition.schedule
    if schedule is None:
        return
    # From its first time that is kept, not its last: a time in between may have failed.
    since = now - LOOK_BACK_DAYS * DAY
    made, latest = slots_kept(view, report.name, _open(report), since), latest_slot(view, report.name)
    before = latest if latest is not None and latest < since else None
    for given in _choices(report, known):
        mine = made.get(tuple(given.values()), frozenset())
        times = slots(schedule, min(mine, default=before), now)
        for slot in times if report.answers_known_at else times[-1:]:
            if slot not in mine:
                yield _run(report, slot, given, now, known)


def _choices(report: Report, known: Known) -> list[dict[str, str]]:
    open_ = _open(report)
    return [dict.fromkeys(open_, merchant) for merchant in sorted(known.merchants)] if open_ else [{}]


def _open(report: Report) -> tuple[str, ...]:
    """Give the parameters that must be given."""
    return tuple(parameter.name for parameter in report.definition.parameter if parameter.default is None)


def _run(report: Report, slot: int, given: dict[str, str], now: int, known: Known) -> Due:
    as_of, known_at = (slot, slot) if report.answers_known_at else (now, None)
    # What is chosen follows from the time of the schedule, not from when the run gets its turn.
    moment = Moment(slot, slot, report.definition.zone)
    values = chosen(report.definition.parameter, given, moment, known)
    settled = {name: value for name, value in values.items() if value is not None}
    return Due(report.name, slot, as_of, known_at, settled, run_id(report.name, values, slot))
