"""What the schedules of reports ask for: which runs are due now, and when each report is due next.

A report that can be asked as known at an instant is made for every time that was missed, as of that time and as known
then; one that knows only the present is made for the latest time alone, as of now. One whose merchant must be given
is made for each merchant. A run for a time has an id that follows from it, so two that start at once make one.
"""

from collections.abc import Iterator, Mapping

import msgspec

from recoup.reports.definition import Schedule
from recoup.reports.library import Library, Report
from recoup.reports.parameters import Known, Moment, chosen
from recoup.reports.runs import kept, latest_slot
from recoup.reports.schedule import next_slot, slots
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
    missing = {run.run for run in found} - kept(view, [run.run for run in found])
    return sorted((run for run in found if run.run in missing), key=lambda run: (run.slot_at, run.report, run.run))


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
    latest = latest_slot(view, report.name)
    # The latest time again: of several merchants, some may have been left when a run was cut off.
    times = slots(schedule, None if latest is None else latest - 1, now)
    for slot in times if report.answers_known_at else times[-1:]:
        for given in _choices(report, known):
            yield _run(report, slot, given, now, known)


def _choices(report: Report, known: Known) -> list[dict[str, str]]:
    open_ = [parameter.name for parameter in report.definition.parameter if parameter.default is None]
    return [dict.fromkeys(open_, merchant) for merchant in sorted(known.merchants)] if open_ else [{}]


def _run(report: Report, slot: int, given: dict[str, str], now: int, known: Known) -> Due:
    as_of, known_at = (slot, slot) if report.answers_known_at else (now, None)
    # What is chosen follows from the time of the schedule, not from when the run gets its turn.
    moment = Moment(slot, slot, report.definition.zone)
    values = chosen(report.definition.parameter, given, moment, known)
    settled = {name: value for name, value in values.items() if value is not None}
    return Due(report.name, slot, as_of, known_at, settled, run_id(report.name, values, slot))
