"""Reports that are due are made beside the worker."""

import threading
from itertools import pairwise
from pathlib import Path

import pytest

from recoup.app import open_app
from recoup.app.reporting import due_now
from recoup.errors import ReportRefused
from recoup.portal.due_reports import RETRY_SECONDS_MAX, Asked, DueReports
from recoup.portal.loops import Told
from tests.fakes.command_line import answer, empty_home, settings_of

SOMETHING: Asked = frozenset({("ageing", 1)})
NOTHING: Asked = frozenset()


def is_due(home: Path) -> Asked:
    """What schedules of the home ask for."""
    with open_app(settings_of(home)) as app:
        return due_now(app)


class Processes(DueReports):
    """Counts the processes that it would have started, each of which fails while it is told to."""

    def __init__(self) -> None:
        self.asked, self.seconds, self.started, self.is_failing = SOMETHING, 0.0, 0, True
        super().__init__(Path("nowhere"), lambda: self.asked, threading.Event(), lambda: self.seconds)

    def _run(self) -> tuple[int, str]:
        self.started += 1
        return (1, "") if self.is_failing else (0, "[]")

    def goes(self) -> str:
        """What a round is told as."""
        told = Told("reports", 0)
        try:
            self.round(told)
        except ReportRefused:
            return "raised"
        return told.failed


def test_what_is_due_is_made_once_by_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pack's schedules are due in a new home; made, nothing asks for more."""
    monkeypatch.delenv("RECOUP_REGISTER_URL", raising=False)
    home = empty_home(tmp_path / "home")
    assert is_due(home)
    DueReports(home, lambda: is_due(home), threading.Event()).round(Told("reports", 0))
    made = answer(home, "report", "history")
    assert made
    assert not is_due(home)
    DueReports(home, lambda: NOTHING, threading.Event()).round(Told("reports", 0))
    assert answer(home, "report", "history") == made


def test_a_report_that_cannot_be_made_is_told_and_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is taken by a file."""
    monkeypatch.delenv("RECOUP_REGISTER_URL", raising=False)
    home = empty_home(tmp_path / "home")
    (home / "outbox").write_text("in the way")
    with pytest.raises(ReportRefused, match="report run --due"):
        DueReports(home, lambda: SOMETHING, threading.Event()).round(Told("reports", 0))


def test_a_worker_that_is_told_to_stop_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without calling that a failure."""
    monkeypatch.delenv("RECOUP_REGISTER_URL", raising=False)
    stop = threading.Event()
    stop.set()
    DueReports(empty_home(tmp_path / "home"), lambda: SOMETHING, stop).round(Told("reports", 0))


def test_what_failed_is_tried_later_and_later_and_is_told_as_failed_meanwhile() -> None:
    """Not each minute for ever: two minutes, four, up to an hour."""
    reports = Processes()
    tried = []
    while reports.seconds < 5 * RETRY_SECONDS_MAX:
        if reports.goes() == "raised":
            tried.append(reports.seconds)
        else:
            assert reports.goes() == "ReportRefused"
        reports.seconds += 60
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert waits[:6] == [120, 240, 480, 960, 1920, 3600]
    assert max(waits) == RETRY_SECONDS_MAX


def test_what_becomes_due_does_not_wait_for_what_failed() -> None:
    """And once all is made, nothing is owed any more."""
    reports = Processes()
    assert (reports.goes(), reports.goes()) == ("raised", "ReportRefused")
    reports.asked = SOMETHING | {("ageing", 2)}
    reports.is_failing = False
    assert (reports.goes(), reports.started) == ("", 2)
    reports.asked = NOTHING
    assert (reports.goes(), reports.started) == ("", 2)


def test_what_is_left_of_a_time_that_is_kept_is_tried_again() -> None:
    """As when one of many merchants' statements failed, and the schedule asks for nothing more."""
    reports = Processes()
    assert reports.goes() == "raised"
    reports.asked, reports.is_failing, reports.seconds = NOTHING, False, 120.0
    assert (reports.goes(), reports.started) == ("", 2)
