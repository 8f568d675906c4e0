"""Reports as use cases: make one now, make what is due, say what was made, check a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from recoup import __version__
from recoup.app import App, wall_clock
from recoup.app.marts import own_models
from recoup.enquiry.sql import Home
from recoup.errors import RecoupError
from recoup.reports import due as schedules
from recoup.reports import listing, making, runs, verification
from recoup.reports.definition import Format, Recipient
from recoup.reports.library import Library, Report, read_library, read_named
from recoup.reports.outputs import Run, write
from recoup.reports.stamp import Stamp

OUTBOX = "outbox"
"""Where outputs go that nobody asked to have elsewhere, below the home."""
FONTS = "fonts"
"""A folder of the home with fonts for scripts that ours do not know."""
VERB = "report"


class MadeReport(msgspec.Struct, frozen=True):
    """A run that was written and kept."""

    stamp: Stamp
    folders: tuple[str, ...]


class DuePlan(msgspec.Struct, frozen=True):
    """What is due now, and when each scheduled report is due next."""

    runs: tuple[schedules.Due, ...]
    reports: tuple[schedules.Planned, ...]


def library(app: App) -> Library:
    """Give the reports of the pack and of this home."""
    return read_library(app.settings.home)


def named(app: App, name: str) -> Report:
    """Give one report.

    Raises:
      ReportUnknown: There is none of this name.
      ReportInvalid: There is, and it does not hold together.
    """
    return read_named(app.settings.home, name)


def make_report(
    app: App,
    name: str,
    given: Mapping[str, str],
    *,
    formats: Sequence[Format] = (),
    folder: Path | None = None,
    known_at: int | None = None,
) -> MadeReport:
    """Make a report now, write it, keep the run.

    Raises:
      ReportUnknown: There is none of this name.
      ReportInvalid: There is, and it does not hold together.
      ParameterRefused: What is chosen is missing, or no value of its type.
      ReportRefused: It cannot be answered as asked.
    """
    report = named(app, name)
    run = _run(app, report, _asking(app, app.now(), given, known_at))
    chosen = Recipient("", tuple(formats) or report.definition.formats, str(folder.absolute() if folder else OUTBOX))
    return _deliver(app, run, [chosen])


def what_is_due(app: App) -> DuePlan:
    """Give the runs that schedules ask for and that are not kept yet, oldest first."""
    reports, now = library(app), app.now()
    with app.register.reading() as view:
        found = schedules.due(view, reports, now, making.known(view, frozenset(app.partners)))
    return DuePlan(tuple(found), tuple(schedules.planned(reports, found, now)))


def make_due(app: App) -> list[MadeReport]:
    """Make every run that is due, each written to its recipients and kept before the next begins.

    One that cannot be made stops no other; the first problem is told when all have had their turn.

    Raises:
      RecoupError: One or more could not be made.
    """
    reports = library(app)
    made: list[MadeReport] = []
    asked = [report.name for report in listing.scheduled(app.settings.home)]
    problems: list[RecoupError] = [reports.problems[name] for name in asked if name in reports.problems]
    for wanted in what_is_due(app).runs:
        try:
            made.append(_make_due(app, reports.reports[wanted.report], wanted))
        except RecoupError as problem:
            problems.append(problem)
    if problems:
        raise problems[0]
    return made


def due_now(app: App) -> frozenset[tuple[str, int]]:
    """Give each report that a schedule asks for, with its last time, without looking at any question."""
    now = app.now()
    with app.register.reading() as view:
        merchants = making.known(view, frozenset()).merchants
        asked = [
            (report.name, listing.due_slot(report, runs.latest_slot(view, report.name), now))
            for report in listing.scheduled(app.settings.home)
            if merchants or not report.is_by_merchant
        ]
    return frozenset((name, slot) for name, slot in asked if slot is not None)


def history(app: App, name: str | None, most: int) -> list[runs.Kept]:
    """Give the latest runs, newest first."""
    with app.register.reading() as view:
        return runs.history(view, name, most)


def verify(app: App, path: Path) -> verification.Verdict:
    """Look whether a file holds what a run gave.

    Raises:
      OutputUnreadable: It is neither CSV nor Parquet as a report writes it.
    """
    with app.register.reading() as view:
        return verification.verify(view, path)


def _make_due(app: App, report: Report, wanted: schedules.Due) -> MadeReport:
    asking = _asking(app, wanted.as_of, wanted.given, wanted.known_at, wanted.slot_at)
    by_default = Recipient("", report.definition.formats, OUTBOX)
    return _deliver(app, _run(app, report, asking), report.definition.recipient or [by_default])


def _asking(
    app: App, as_of: int, given: Mapping[str, str], known_at: int | None, slot_at: int | None = None
) -> making.Asking:
    return making.Asking(as_of, wall_clock(), app.actor, __version__, given, known_at, slot_at)


def _run(app: App, report: Report, asking: making.Asking) -> Run:
    home = app.settings.home
    with app.register.reading() as view:
        return making.make(
            view, report, asking, frozenset(app.partners), Home(home / "tmp", home / "lake", own_models(home))
        )


def _deliver(app: App, run: Run, recipients: Sequence[Recipient]) -> MadeReport:
    """Write first and keep then: a run that is kept was written."""
    home = app.settings.home
    # A folder that is absolute stays so.
    folders = [write(run, recipient.formats, home / recipient.folder, home / FONTS) for recipient in recipients]
    with app.register.transaction(app.actor, VERB, run.stamp.run, run.stamp.asked.made_at) as batch:
        runs.record(batch, run.stamp)
    return MadeReport(run.stamp, tuple(str(folder) for folder in folders))
